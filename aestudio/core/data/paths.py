"""Which source a path is for: what `--data PATH` and a folder dropped on the window become."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import dropwhile, islice
from operator import not_
from pathlib import Path
from typing import Any

from aestudio.core.data.arrays import chosen_path
from aestudio.core.data.reading.header import Header
from aestudio.core.data.reading.planes import read_head
from aestudio.core.data.reading.sentences import in_sentences
from aestudio.core.data.source import Data
from aestudio.core.data.sources.folder import ImageFolder
from aestudio.core.data.sources.idx import Idx, holds_idx
from aestudio.core.data.sources.npz import SUFFIXES, Npz
from aestudio.core.data.walking import is_image_name, walk
from aestudio.core.ground.errors import DataError
from aestudio.core.ground.texts import Text
from aestudio.core.parts.slots import validated

FOLDERS, IN_EACH = 8, 4
"""So many folders with images are looked into, and at so many images of each."""
WALKED = 200
"""From the first of them on so many folders are gone through for that: a window waits."""
LEAST, SMALL = 8, 64
"""Pixels: squares between these are used as large as they are."""
_WHAT = Text("a folder of images, a folder of idx files or an .npz or .npy file")


def data_from_path(path: str | Path) -> Data:
    """The source that reads what lies at `path`, with its other settings as they come; a folder of images is grey, or
    of a certain size, where its first images are.

    Raises: DataError where nothing there can be trained on.
    """
    chosen = chosen_path(str(path), _WHAT).absolute()
    if chosen.is_file():
        if chosen.suffix.lower() in SUFFIXES:
            return Npz(path=str(chosen))
        if "-ubyte" in chosen.name:
            return Idx(path=str(chosen.parent))
        if is_image_name(chosen.name):
            raise DataError("{name} is a single image: choose the folder that it lies in.", name=chosen.name)
        raise DataError("{name} cannot be trained on: choose {what}.", name=chosen.name, what=_WHAT)
    if holds_idx(chosen):
        return Idx(path=str(chosen))
    if any(walk(chosen)):
        return _images(chosen)
    files = list(chosen.iterdir())
    for suffix in SUFFIXES:
        if len(arrays := [file for file in files if file.suffix.lower() == suffix]) == 1:
            return Npz(path=str(arrays[0]))
    raise DataError("There is nothing to train on in {chosen}: choose {what}.", chosen=chosen, what=_WHAT)


def data_of_kind(kind: str, path: str) -> Data:
    """The source of this kind for a path that a person has chosen, as it would be found there; what is wrong with the
    path is told when it is read.
    """
    with suppress(DataError):
        chosen = chosen_path(path, _WHAT).absolute()
        if kind == ImageFolder.kind and chosen.is_dir():  # which may hold idx files, too
            return _images(chosen)
        if (found := data_from_path(chosen)).kind == kind:
            return found
    return validated(Data, {"kind": kind, "path": path})


def _images(folder: Path) -> ImageFolder:
    """Grey where the first images are, and of their size where all are small squares."""
    heads = list(_first_heads(folder))
    sides = {side for head in heads for side in head.stored}
    found: dict[str, Any] = {}
    if heads and all(head.channels == 1 for head in heads):
        found["colour"] = False
    if len(sides) == 1 and LEAST <= min(sides) <= SMALL:
        found["size"] = min(sides)
    return ImageFolder(path=str(folder), **found)


def _first_heads(folder: Path) -> Iterator[Header]:
    """Of some images of some folders; those that cannot be read are told when all are."""
    near = islice(dropwhile(not_, walk(folder)), WALKED)
    for here in islice(filter(None, near), FOLDERS):
        for file in here[:: -(-len(here) // IN_EACH)]:
            with suppress(DataError), in_sentences(file.path, DataError):
                yield read_head(file.path)
