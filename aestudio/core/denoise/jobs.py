"""Which pictures a batch cleans, and where each result goes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from aestudio.core.data.reading.header import Header
from aestudio.core.data.skipped import Skipped
from aestudio.core.data.walking import is_image_name, walk
from aestudio.core.denoise.earlier import Earlier
from aestudio.core.denoise.files.reading import read_header
from aestudio.core.denoise.output import AS_IT_IS, Output
from aestudio.core.ground.errors import DenoiseError, reason
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.system_words import system_words
from aestudio.core.ground.texts import listed, say


@dataclass(frozen=True)
class CleaningJob:
    """A picture to clean."""

    header: Header
    name: str
    """Its path below the folder that was chosen, with slashes."""
    result: str
    """The path of the cleaned picture below the output folder, with slashes."""
    size: int
    """Of the file, in bytes."""
    mtime_ns: int

    @property
    def pixels(self) -> int:
        """Of all pages."""
        return self.header.pixels * self.header.frames

    @property
    def path(self) -> Path:
        return self.header.path


@dataclass(frozen=True)
class Gathered:
    """Every file that was given, and every one of the folders that is not hidden."""

    jobs: list[CleaningJob]
    skipped: list[Skipped]
    """Pictures, or what is called so, that cannot be cleaned, and folders that cannot be opened."""
    others: list[Skipped]
    """Files of folders that are no pictures."""
    earlier: list[str]
    """Pictures of folders that this program has made; they are left out."""


def gather(
    inputs: Sequence[Path],
    out: Path,
    report: Report = unheard,
    output: Output = AS_IT_IS,
    *,
    with_earlier: bool = False,
) -> Gathered:
    """The pictures among files and in folders, and what is passed over with the reason.

    A file of a folder is a picture by its name, or where its content says so. The paths of what is passed over are, as
    those of pictures, relative to the folder that was given.

    Earlier results of this program among the pictures of a folder are left out, unless they are to be cleaned as well,
    `with_earlier`. The structure of a folder is kept; where several are given, each becomes a folder of its own.

    Raises: DenoiseError where there is nothing to clean, or where results would lie among the originals; Cancelled
    where `report` raises it.
    """
    if not inputs:
        raise DenoiseError("There is nothing to clean; choose pictures or a folder of them.")
    _check_apart(inputs, out)
    output.check()
    if not any(map(_is_there, inputs)):
        raise DenoiseError("There is nothing at {inputs}.", inputs=listed(map(str, inputs)))
    jobs: list[CleaningJob] = []
    skipped: list[Skipped] = []
    others: list[Skipped] = []
    earlier: list[str] = []
    made = Earlier()
    taken: set[str] = set()
    seen: set[Path] = set()
    for found in _files(inputs, out.resolve()):
        if isinstance(found, Skipped):
            skipped.append(found)
            continue
        path, name, root = found
        resolved = path.resolve()
        if resolved in seen:
            continue
        seen.add(resolved)
        report(say("Looking at pictures: {count:,}", count=len(jobs) + len(skipped)), None)
        if root is not None and not with_earlier and made.holds(path):
            earlier.append(name.as_posix())
            continue
        is_named = path in inputs or is_image_name(path.name)
        try:
            header = read_header(path)
            if not is_named and header.format not in KNOWN_BY_CONTENT:
                raise DenoiseError("{name} is not a picture by its name.", name=path.name)
            status, wanted = path.stat(), output.name(name, header)
        except DenoiseError as error:
            (skipped if is_named else others).append(Skipped(name.as_posix(), str(error)))
        except OSError as error:
            why = say("{name} cannot be opened: {reason}", name=path.name, reason=reason(error))
            skipped.append(Skipped(name.as_posix(), why))
        else:
            jobs.append(CleaningJob(header, name.as_posix(), _free(wanted, taken), status.st_size, status.st_mtime_ns))
    if not jobs and not skipped and earlier:
        raise DenoiseError(
            "All pictures in {inputs} are earlier results of this program; choose others, or have these cleaned too.",
            inputs=listed(map(str, inputs)),
        )
    if not jobs and not skipped:
        raise DenoiseError("There are no pictures in {inputs}.", inputs=listed(map(str, inputs)))
    return Gathered(jobs, skipped, others, earlier)


KNOWN_BY_CONTENT = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF", "AVIF", "HEIF", "JPEG2000")
"""Formats that begin in a way nothing else does: a file of these is a picture whatever it is called."""


def _is_there(path: Path) -> bool:
    return os.path.lexists(path)


def _check_apart(inputs: Sequence[Path], out: Path) -> None:
    for given in inputs:
        folder = given if os.path.isdir(given) else given.parent
        if os.path.exists(out) and os.path.exists(folder) and out.samefile(folder):
            raise DenoiseError(
                "The pictures lie in {out}, so the results cannot; choose another folder for them.", out=out
            )
    if os.path.exists(out) and not out.is_dir():
        raise DenoiseError("{out} is a file; choose a folder for the results.", out=out)


def _files(inputs: Sequence[Path], out: Path) -> Iterator[tuple[Path, PurePosixPath, Path | None] | Skipped]:
    """Each with its name, and the folder that was given where it lies in one."""
    several = sum(map(os.path.isdir, inputs)) > 1
    for given in inputs:
        if not os.path.isdir(given):
            yield given, PurePosixPath(given.name), None
            continue
        root = given.resolve()
        start = PurePosixPath(root.name if several else "")
        inside = out.is_relative_to(root)  # results of this program are nothing to clean
        closed: list[OSError] = []
        for entries in walk(given, closed.append, every=True):
            for entry in entries:
                if not (inside and root.joinpath(*entry.parts).is_relative_to(out)):
                    yield entry.path, start.joinpath(*entry.parts, entry.path.name), given
        for error in closed:
            folder = start.joinpath(*Path(error.filename).relative_to(given).parts)
            why = say("The folder cannot be opened: {reason}.", reason=system_words(error))
            yield Skipped(folder.as_posix(), why)


def _free(wanted: PurePosixPath, taken: set[str]) -> str:
    """A name that no other result has, on disks too that do not tell capital letters."""
    found, number = wanted, 1
    while found.as_posix().casefold() in taken:
        number += 1
        found = wanted.with_name(f"{wanted.stem} ({number}){wanted.suffix}")
    taken.add(found.as_posix().casefold())
    return found.as_posix()
