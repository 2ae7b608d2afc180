"""Files of every kind that the program reads, and the same with a few places changed."""

from __future__ import annotations

import gzip
import sqlite3
import struct
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from aestudio.core.data.sources.idx import Idx
from aestudio.core.data.sources.npz import Npz
from aestudio.core.denoise.files.reading import read_picture
from aestudio.core.ground.errors import StudioError
from aestudio.core.ground.ini import Ini
from aestudio.core.ground.resources import resource
from aestudio.core.library import schema
from aestudio.core.library.asking import settings_of
from aestudio.core.library.catalogue import MODEL, Library
from aestudio.core.library.changes import changes_of
from aestudio.core.library.keeping import fit_and_keep
from aestudio.core.model import model_file
from aestudio.core.run import recipes
from aestudio.core.run.run import Run
from aestudio.core.training import checkpoint
from tests.core.conftest import small_dataset
from tests.core.trainings import EACH_EPOCH, RUN

SECONDS, MEGABYTES = 2.0, 100.0
"""What reading a small file may cost; a guard asserts ten times as much."""
SPECIAL = (
    b"",
    b"\0",
    b"\xff",
    b"\xff" * 4,
    b"\0" * 8,
    b"\x7f\xff\xff\xff",
    b"-1",
    b"9" * 20,
    b"1e999",
    b"NaN",
    b"[" * 50,
)
"""What readers have stumbled over: put in the place of what is there."""

Change = tuple[float, int, int]
"""Where, as a share of the file; how, 0 to 5; and with what."""


def changed(content: bytes, changes: Sequence[Change]) -> bytes:
    """A file with some places changed: a bit, a byte, a piece taken out, doubled, put in, or the end cut off."""
    made = bytearray(content)
    for share, how, what in changes:
        place = int(share * max(0, len(made) - 1))
        match how % 6:
            case 0 if made:
                made[place] ^= 1 << what % 8
            case 1 if made:
                made[place] = what % 256
            case 2:
                del made[place : place + 1 + what % 64]
            case 3:
                made[place:place] = made[place : place + 1 + what % 64]
            case 4:
                new = SPECIAL[what % len(SPECIAL)]
                made[place : place + len(new)] = new
            case 5:
                del made[place:]
    return bytes(made)


@dataclass(frozen=True)
class Kind:
    """Files of a kind: `make` gives the name and the content of a good one, `read` reads it in a folder."""

    make: Callable[[Path], tuple[str, bytes]]
    read: Callable[[Path], object]


def _library(folder: Path) -> Path:
    """With one run, made once for all kinds."""
    if not folder.exists():
        list(fit_and_keep(RUN.with_value("epochs", 1), small_dataset(), folder=folder, every=EACH_EPOCH))
        with closing(sqlite3.connect(folder / schema.FILE)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
    return folder


def _of_library(pattern: str, name: str) -> Callable[[Path], tuple[str, bytes]]:
    return lambda scratch: (name, next(_library(scratch / "library").glob(pattern)).read_bytes())


def _picture(suffix: str, mode: str) -> Callable[[Path], tuple[str, bytes]]:
    def make(scratch: Path) -> tuple[str, bytes]:
        values = np.random.default_rng(0).integers(0, 255, (24, 24, 3), np.uint8)
        path = scratch / f"good{suffix}"
        Image.fromarray(values).convert(mode).save(path)
        return f"picture{suffix}", path.read_bytes()

    return make


def _npz(scratch: Path) -> tuple[str, bytes]:
    path = scratch / "good.npz"
    np.savez_compressed(path, images=np.zeros((20, 8, 8), np.uint8), labels=np.arange(20))
    return "images.npz", path.read_bytes()


def _idx(_scratch: Path) -> tuple[str, bytes]:
    content = struct.pack(">BBBBIII", 0, 0, 8, 3, 20, 8, 8) + bytes(20 * 64)
    return "train-images-idx3-ubyte", content


def _packed_idx(scratch: Path) -> tuple[str, bytes]:
    name, content = _idx(scratch)
    return f"{name}.gz", gzip.compress(content, mtime=0)


def _settings(scratch: Path) -> tuple[str, bytes]:
    settings = Ini(scratch / "good.ini")
    settings.keep("theme", "dark")
    settings.keep("splitter/runs", bytes(range(64)))
    settings.save()
    return "window.ini", (scratch / "good.ini").read_bytes()


def _read_settings(path: Path) -> None:
    settings = Ini(path)
    settings.value("theme")
    settings.data("splitter/runs")
    settings.keep("theme", "light")
    settings.save()
    assert Ini(path).value("theme") == "light"


def _read_library(path: Path) -> None:
    questions: tuple[Callable[[Library], object], ...] = (
        Library.runs,
        Library.interrupted,
        lambda library: library.run(1),
        lambda library: library.curves(1),
        lambda library: library.samples(1),
        lambda library: library.model(1),
        lambda library: library.saved(1),
        lambda library: changes_of(library, 1),
        lambda library: settings_of(library, 1),
        Library.last,
        lambda library: library.rename(1, "Another"),
        lambda library: library.make_sure_it_is_whole(full=True),
    )
    with Library(path.parent) as library:
        for question in questions:
            try:
                question(library)
            except StudioError:
                continue


KINDS = {
    "model": Kind(_of_library(f"runs/*/{MODEL}", "model.safetensors"), model_file.load),
    "checkpoint": Kind(_of_library("runs/*/*.checkpoint", "1.checkpoint"), checkpoint.load),
    "run": Kind(
        lambda _: ("run.json", RUN.to_json().encode()),
        lambda path: Run.from_json(path.read_text("utf-8", "replace")),
    ),
    "recipe": Kind(
        lambda _: ("mine.toml", resource("recipes", "sparse-kl.toml").read_bytes()),
        lambda path: recipes.read(path).run(),
    ),
    "png": Kind(_picture(".png", "RGB"), read_picture),
    "jpeg": Kind(_picture(".jpg", "RGB"), read_picture),
    "tiff": Kind(_picture(".tif", "RGB"), read_picture),
    "pgm": Kind(_picture(".pgm", "L"), read_picture),
    "webp": Kind(_picture(".webp", "RGB"), read_picture),
    "idx": Kind(_idx, lambda path: Idx(path=str(path.parent)).load()),
    "packed idx": Kind(_packed_idx, lambda path: Idx(path=str(path.parent)).load()),
    "npz": Kind(_npz, lambda path: Npz.model_validate({"path": str(path)}).load()),
    "settings": Kind(_settings, _read_settings),
    "library": Kind(_of_library(schema.FILE, schema.FILE), _read_library),
}  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """What reading one file came to."""

    refused: bool
    seconds: float
    megabytes: float
    """By which the process has grown."""


def read(kind: Kind, name: str, content: bytes, folder: Path) -> Reading:
    """Reads a file with this content. Raises whatever is no sentence for a person."""
    folder.mkdir(exist_ok=True)
    for left in folder.iterdir():
        if left.is_file():
            left.unlink()
    path, process = folder / name, psutil.Process()
    path.write_bytes(content)
    before, began = process.memory_info().rss, time.perf_counter()
    try:
        kind.read(path)
        said = None
    except StudioError as error:
        said = str(error)
    assert said != "", "a refusal without a word"
    return Reading(said is not None, time.perf_counter() - began, (process.memory_info().rss - before) / 1e6)
