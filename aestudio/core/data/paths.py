"""Which source a path is for: what `--data PATH` and a folder dropped on the window become."""

from __future__ import annotations

from pathlib import Path

from aestudio.core.data.arrays import chosen_path
from aestudio.core.data.source import Data
from aestudio.core.data.sources.folder import ImageFolder
from aestudio.core.data.sources.idx import Idx, holds_idx
from aestudio.core.data.sources.npz import Npz
from aestudio.core.data.walking import is_image_name, walk
from aestudio.core.ground.errors import DataError
from aestudio.core.ground.texts import Text

_WHAT = Text("a folder of images, a folder of idx files or an .npz file")


def data_from_path(path: str | Path) -> Data:
    """The source that reads what lies at `path`, with its other settings as they come.

    Raises: DataError where nothing there can be trained on.
    """
    chosen = chosen_path(str(path), _WHAT).absolute()
    if chosen.is_file():
        if chosen.suffix.lower() == ".npz":
            return Npz(path=str(chosen))
        if "-ubyte" in chosen.name:
            return Idx(path=str(chosen.parent))
        if is_image_name(chosen.name):
            raise DataError("{name} is a single image: choose the folder that it lies in.", name=chosen.name)
        raise DataError("{name} cannot be trained on: choose {what}.", name=chosen.name, what=_WHAT)
    if holds_idx(chosen):
        return Idx(path=str(chosen))
    if any(walk(chosen)):
        return ImageFolder(path=str(chosen))
    archives = sorted(chosen.glob("*.npz"))
    if len(archives) == 1:
        return Npz(path=str(archives[0]))
    raise DataError("There is nothing to train on in {chosen}: choose {what}.", chosen=chosen, what=_WHAT)
