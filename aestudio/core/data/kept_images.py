"""Images that were made of many files, kept on the disk: the next start maps them into memory, and reads no file again.

What is mapped takes no memory that the system could not have back, so there may be more images than memory.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from aestudio import __version__
from aestudio.core.data.walking import FoundFile
from aestudio.core.ground import atomic, folders, texts

MANY = 1000
"""Files from which on it is worth it."""
MOST = 20 * 2**30
"""Bytes that all that is kept may take; what was not used for the longest time goes first, and the newest
stays, however large."""
SPARE = 2**30
"""Bytes of the disk that are left for others."""
CHUNK = 1024
"""Images that are copied at a time."""
IMAGES, ABOUT = "images.bin", "about.json"


def key_of(settings: Mapping[str, Any], folder: Path, files: Iterable[FoundFile]) -> str:
    """The same for the same files, by their names, sizes and times, read with the same settings. Raises OSError."""
    digest = hashlib.sha256(json.dumps([__version__, texts.language(), dict(settings)], sort_keys=True).encode())
    for file in files:
        status = file.path.stat()
        name = str(file.path.relative_to(folder)).encode("utf-8", "surrogateescape")
        digest.update(b"%d %d %d %s\0" % (status.st_size, status.st_mtime_ns, len(name), name))
    return digest.hexdigest()[:32]


def find(key: str) -> tuple[NDArray[np.uint8], dict[str, Any]] | None:
    """The images [N, C, H, W], mapped, and what was kept with them; None where that is not there or damaged."""
    place = folders.images() / key
    try:
        about = json.loads((place / ABOUT).read_text("utf-8"))
        images = _mapped(place / IMAGES, about["shape"])
        (place / ABOUT).touch()
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return images, about


class Making:
    """Images on their way to the disk, one after the other."""

    def __init__(self, place: Path, key: str, file: BinaryIO) -> None:
        self._place, self._key, self._file = place, key, file
        self._count = 0

    def add(self, images: NDArray[np.uint8]) -> None:
        """Raises OSError where the disk does not take them."""
        self._file.write(images.tobytes())
        self._count += len(images)
        self._each = images.shape[1:]

    def finish(self, order: NDArray[np.int64], about: Mapping[str, Any]) -> NDArray[np.uint8]:
        """All of them in another order, mapped and kept. Raises OSError."""
        self._file.flush()
        images = _mapped(Path(self._file.name), (self._count, *self._each))
        made, place = self._place / "made", folders.images() / self._key
        made.mkdir()
        with (made / IMAGES).open("wb") as file:
            for start in range(0, len(order), CHUNK):
                file.write(images[order[start : start + CHUNK]].tobytes())
            file.flush()
            os.fsync(file.fileno())
        del images
        self._file.close()
        Path(self._file.name).unlink()
        kept = {**about, "shape": [len(order), *self._each]}
        atomic.write_text(made / ABOUT, json.dumps(kept))
        if place.exists() and find(self._key) is None:
            shutil.rmtree(place, ignore_errors=True)
        try:
            made.rename(place)
        except OSError:  # another program has kept the same at the same time
            if (found := find(self._key)) is None:
                raise
            return found[0]
        _prune(place)
        return _mapped(place / IMAGES, kept["shape"])


@contextmanager
def making(key: str, size: int) -> Iterator[Making | None]:
    """Room for so many bytes of images; None where the disk has none. What is not finished leaves nothing."""
    folder = folders.images()
    with ExitStack() as held:
        made = None
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(folder).free >= 2 * size + SPARE:
                place = held.enter_context(atomic.workshop(folder / key))
                made = Making(place, key, held.enter_context((place / "unordered.bin").open("wb")))
        yield made


def _mapped(path: Path, shape: Iterable[int]) -> NDArray[np.uint8]:
    """Raises OSError, or ValueError where the file has another size."""
    wanted = tuple(int(length) for length in shape)
    if path.stat().st_size != int(np.prod(wanted, dtype=np.int64)):
        raise ValueError(f"{path} is not {wanted}.")
    return np.memmap(path, np.uint8, "c", shape=wanted)


def _prune(newest: Path) -> None:
    """Removes what is older, until all that is kept takes no more than it may."""
    kept: list[tuple[float, int, Path]] = []
    for place in folders.images().iterdir():
        with suppress(OSError):
            kept.append(((place / ABOUT).stat().st_mtime, (place / IMAGES).stat().st_size, place))
    total = 0
    for _, size, place in sorted(kept, reverse=True, key=lambda one: (one[2] == newest, one[0])):
        total += size
        if total > MOST and place != newest:
            shutil.rmtree(place, ignore_errors=True)
