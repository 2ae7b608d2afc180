"""A folder of idx files, the form that MNIST is given in: plain or gzipped."""

from __future__ import annotations

import gzip
import re
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from aestudio.core.data.arrays import Arrays, Raw, check_room, chosen_path
from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.errors import DataError
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.system_words import system_words
from aestudio.core.ground.texts import Text, listed, say
from aestudio.core.parts.slots import knob

_NAME = re.compile(
    r"(?:(?P<set>.+?)-)??(?:(?P<side>train|t10k|test)-)?(?P<what>images|labels)[-.]idx[13]-ubyte(?P<packed>\.gz)?",
    re.IGNORECASE,
)
_UNSIGNED_BYTE = 0x08
_WHAT = Text("a folder with files such as train-images-idx3-ubyte.gz")


class Idx(Arrays):
    """Your own folder with images in idx files, plain or .gz: MNIST and everything that comes in its form.

    train-images… are trained on and t10k-images… or test-images… held out; a single …-images-idx3-ubyte is split.
    Labels are read where they lie beside.
    """

    kind: ClassVar[str] = "idx"
    title: ClassVar[str] = "Folder of idx files"
    about: ClassVar[str] = (
        "Your own folder with images in idx files, plain or .gz: MNIST and everything that comes in its form."
    )
    source: ClassVar[str] = "LeCun, Cortes, Burges (1998), The MNIST database of handwritten digits: file formats"
    rank: ClassVar[int] = 21

    path: str = knob("", "Folder", tip="Holds files such as train-images-idx3-ubyte.gz.")

    def read(self, report: Report = unheard) -> Dataset:
        folder = chosen_path(self.path, _WHAT)
        if not folder.is_dir():
            raise DataError("{folder} is a file: choose {what}.", folder=folder, what=_WHAT)
        found = find_idx(folder)
        report(say("Reading {name}", name=found.train.name), None)
        train = self._read(found.train, found.labels)
        held_out = None
        if found.held_out:
            report(say("Reading {name}", name=found.held_out.name), None)
            held_out = self._read(found.held_out, found.labels)
        return self.assemble(found.name or folder.resolve().name, train, held_out, report)

    def _read(self, images: Path, labels: dict[Path, Path]) -> Raw:
        pixels = read_idx(images, dimensions=3, limit=self.limit)
        names = None
        if images in labels:
            names = read_idx(labels[images], dimensions=1, limit=self.limit)
            if len(names) != len(pixels):
                raise DataError(
                    "{name} holds {labels} labels for {count} images of {images}.",
                    name=labels[images].name,
                    labels=len(names),
                    count=len(pixels),
                    images=images.name,
                )
        return Raw(pixels[:, None], 255.0, names)


@dataclass(frozen=True)
class IdxFiles:
    """The idx files of one data set."""

    name: str
    train: Path
    held_out: Path | None = None
    labels: dict[Path, Path] = field(default_factory=dict)
    """By the file of the images they belong to."""


def holds_idx(folder: Path) -> bool:
    """Whether there are idx images in a folder, or in its folder `raw`."""
    return any(match["what"].lower() == "images" for _, match in _matches(folder))


def _matches(folder: Path) -> list[tuple[Path, re.Match[str]]]:
    # Backwards, so that a plain file comes after its .gz and takes its place.
    try:
        paths = sorted([*folder.iterdir(), *folder.glob("raw/*")], reverse=True)
    except OSError as error:
        raise DataError("{folder} cannot be opened: {reason}.", folder=folder, reason=system_words(error)) from error
    return [(path, match) for path in paths if (match := _NAME.fullmatch(path.name)) and path.is_file()]


def find_idx(folder: Path) -> IdxFiles:
    """The one data set in a folder, or in its folder `raw`, where torchvision keeps it.

    Raises: DataError where there is none, or more than one.
    """
    sets: dict[str, dict[tuple[str, str], Path]] = {}
    for path, match in _matches(folder):
        side = {"train": "train", "t10k": "test", "test": "test"}.get((match["side"] or "").lower(), "")
        sets.setdefault(match["set"] or "", {})[side, match["what"].lower()] = path
    sets = {name: files for name, files in sets.items() if any(what == "images" for _, what in files)}
    if not sets:
        raise DataError("There are no idx images in {folder}: choose {what}.", folder=folder, what=_WHAT)
    if len(sets) > 1:
        raise DataError(
            "{folder} holds several data sets ({sets}): move the files of each into a folder of its own.",
            folder=folder,
            sets=listed(sorted(sets)),
        )
    ((name, files),) = sets.items()
    images = {side: path for (side, what), path in files.items() if what == "images"}
    labels = {path: files[side, "labels"] for side, path in images.items() if (side, "labels") in files}
    sides = [side for side in ("train", "", "test") if side in images]
    train, *rest = [images[side] for side in sides]
    return IdxFiles(name, train, rest[-1] if rest else None, labels)


def read_idx(path: Path, *, dimensions: int, limit: int = 0) -> NDArray[np.uint8]:
    """An array of unsigned bytes with this many dimensions; only the first `limit` items where it is not 0.

    Raises: DataError, one sentence that starts with the file's name, where it is not that or is cut short.
    """
    try:
        with gzip.open(path) if _is_packed(path) else path.open("rb") as file:
            return _read_idx(file, path.name, dimensions, limit)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError("{name} is cut short or is no gzip file: fetch it again.", name=path.name) from error
    except OSError as error:
        raise DataError("{name} cannot be read: {reason}.", name=path.name, reason=system_words(error)) from error


def _is_packed(path: Path) -> bool:
    """By its content: browsers and unpackers leave files whose names say the opposite."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def _read_idx(file: Any, name: str, dimensions: int, limit: int) -> NDArray[np.uint8]:
    head = file.read(4)
    if len(head) < 4 or head[:2] != b"\0\0":
        raise DataError("{name} is not an idx file: it does not start with two zero bytes.", name=name)
    if head[2] != _UNSIGNED_BYTE:
        raise DataError(
            "{name} holds numbers of type 0x{kind:02x}, but only unsigned bytes (0x08) can be read.",
            name=name,
            kind=head[2],
        )
    if head[3] != dimensions:
        raise DataError(
            "{name} has {found} as its number of dimensions, where {dimensions} is expected.",
            name=name,
            found=head[3],
            dimensions=dimensions,
        )
    sizes = file.read(4 * dimensions)
    if len(sizes) < 4 * dimensions:
        raise DataError("{name} is cut short: it ends within its sizes.", name=name)
    shape = [int(size) for size in np.frombuffer(sizes, ">u4")]
    if 0 in shape:
        raise DataError("{name} is empty: its sizes are {shape}.", name=name, shape="×".join(map(str, shape)))
    promised = shape[0]
    shape[0] = min(promised, limit) if limit else promised
    if dimensions == 3:
        check_room(shape[0], (1, shape[1], shape[2]))
    wanted = int(np.prod(shape, dtype=np.int64))
    values = bytearray()
    while len(values) < wanted and (chunk := file.read(min(1 << 20, wanted - len(values)))):
        values += chunk
    if len(values) < wanted:
        each = wanted // shape[0]
        raise DataError(
            "{name} is cut short: it promises {promised:,} items and holds {held:,}.",
            name=name,
            promised=promised,
            held=len(values) // each,
        )
    if shape[0] == promised and file.read(1):
        raise DataError(
            "{name} is damaged: it holds more than the {promised:,} items that it promises.",
            name=name,
            promised=promised,
        )
    return np.frombuffer(values, np.uint8).reshape(shape)
