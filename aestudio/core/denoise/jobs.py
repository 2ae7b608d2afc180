"""Which pictures a batch cleans, and where each result goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from aestudio.core.data.dataset import Skipped
from aestudio.core.data.sources.folder import walk
from aestudio.core.denoise.files.header import Header
from aestudio.core.denoise.files.reading import read_header
from aestudio.core.denoise.files.writing import fitting_suffix
from aestudio.core.ground.errors import DenoiseError, reason
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import listed, say


@dataclass(frozen=True)
class Job:
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
    def path(self) -> Path:
        return self.header.path


def gather(inputs: Sequence[Path], out: Path, report: Report = unheard) -> tuple[list[Job], list[Skipped]]:
    """The pictures among files and in folders, and what is passed over with the reason; hidden files are not mentioned.

    The structure of a folder is kept; where several are given, each becomes a folder of its own. A result has the name
    of its picture, and another ending behind it where its format cannot be written.

    Raises: DenoiseError where there is nothing to clean, or where results would lie among the originals; Cancelled
    where `report` raises it.
    """
    if not inputs:
        raise DenoiseError("There is nothing to clean; choose pictures or a folder of them.")
    _check_apart(inputs, out)
    jobs: list[Job] = []
    skipped: list[Skipped] = []
    taken: set[str] = set()
    seen: set[Path] = set()
    for found in _files(inputs, out.resolve()):
        if isinstance(found, Skipped):
            skipped.append(found)
            continue
        path, name = found
        resolved = path.resolve()
        if resolved in seen:
            continue
        seen.add(resolved)
        report(say("Looking at pictures: {count:,}", count=len(jobs) + len(skipped)), None)
        try:
            header = read_header(path)
            status = path.stat()
        except DenoiseError as error:
            skipped.append(Skipped(str(path), str(error)))
        except OSError as error:
            skipped.append(
                Skipped(str(path), say("{name} cannot be opened: {reason}", name=path.name, reason=reason(error)))
            )
        else:
            result = _free(_result(name, header), taken)
            jobs.append(Job(header, name.as_posix(), result, status.st_size, status.st_mtime_ns))
    if not jobs and not skipped:
        raise DenoiseError("There are no pictures in {inputs}.", inputs=listed(map(str, inputs)))
    return jobs, skipped


def _check_apart(inputs: Sequence[Path], out: Path) -> None:
    for given in inputs:
        folder = given if given.is_dir() else given.parent
        if out.exists() and folder.exists() and out.samefile(folder):
            raise DenoiseError(
                "The pictures lie in {out}, so the results cannot; choose another folder for them.", out=out
            )
    if out.exists() and not out.is_dir():
        raise DenoiseError("{out} is a file; choose a folder for the results.", out=out)


def _files(inputs: Sequence[Path], out: Path) -> Iterator[tuple[Path, PurePosixPath] | Skipped]:
    several = sum(given.is_dir() for given in inputs) > 1
    for given in inputs:
        if not given.is_dir():
            yield given, PurePosixPath(given.name)
            continue
        closed: list[Skipped] = []

        def note(error: OSError, closed: list[Skipped] = closed) -> None:
            closed.append(
                Skipped(
                    str(error.filename), say("The folder cannot be opened: {reason}.", reason=error.strerror or error)
                )
            )

        root = given.resolve()
        start = PurePosixPath(root.name if several else "")
        inside = out.is_relative_to(root)  # results of this program are nothing to clean
        for entries in walk(given, note):
            for entry in entries:
                if not (inside and root.joinpath(*entry.parts).is_relative_to(out)):
                    yield entry.path, start.joinpath(*entry.parts, entry.path.name)
        yield from closed


def _result(name: PurePosixPath, header: Header) -> PurePosixPath:
    suffix = fitting_suffix(header, name.suffix)
    return name if suffix == name.suffix else name.with_name(name.name + suffix)


def _free(wanted: PurePosixPath, taken: set[str]) -> str:
    """A name that no other result has, on disks too that do not tell capital letters."""
    found, number = wanted, 1
    while found.as_posix().casefold() in taken:
        number += 1
        found = wanted.with_name(f"{wanted.stem} ({number}){wanted.suffix}")
    taken.add(found.as_posix().casefold())
    return found.as_posix()
