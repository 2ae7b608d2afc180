"""Images in a NumPy array or an archive of them."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import IO, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from aestudio.core.data.arrays import LEVELS_TIP, Arrays, Raw, check_room, chosen_path, few_levels
from aestudio.core.data.dataset import Dataset
from aestudio.core.data.reading.levels import found_levels, white_level
from aestudio.core.data.reading.pictures import FEWEST, Range, levels_left
from aestudio.core.ground.errors import DataError
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.system_words import system_words
from aestudio.core.ground.texts import SPACE, Text, listed, say
from aestudio.core.parts.slots import knob

# Names that archives on the web use (Keras, MedMNIST, dSprites), in lower case: images, then their labels.
_TRAIN = ("x_train", "train_images", "train_x", "images_train", "train")
_TEST = ("x_test", "test_images", "test_x", "images_test", "test")
_IMAGES = ("images", "imgs", "image", "x", "data", "arr_0")
_LABELS = {
    **dict.fromkeys(_TRAIN, ("y_train", "train_labels", "train_y", "labels_train")),
    **dict.fromkeys(_TEST, ("y_test", "test_labels", "test_y", "labels_test")),
}
_UNNAMED = "arr_1"
"""What savez calls the second of arrays without names, which may be anything."""
_ANY_LABELS = ("labels", "label", "y", "target", "targets", _UNNAMED)

COPIES = 3
"""How often an array lies in memory at most: as it is read, split in two, and as what the network sees."""
LONGEST_LABEL = 2**14
"""Bytes of one; an archive may name a million letters for each and pack them to nothing."""
SMALL, LARGE = 1e-30, 1e30
"""From black to white: what 32 bits hold with room to spare. Values beyond are divided by it."""
LARGEST_WHOLE = 2.0**53
"""From here on not every whole number is one of floating point."""
Size = tuple[tuple[int, ...], int, bool]
"""Of an array: shape, bytes of a value, and whether it is a Python object."""
Sizes = dict[str, Size]

SUFFIXES = (".npz", ".npy")
"""An archive of arrays, and one array."""
_WHAT = Text("an .npz or .npy file with an array of images")


class Npz(Arrays):
    """Your own .npz or .npy file with an array of images: N×H×W, N×H×W×C or N×C×H×W, of bytes, 16 bits, floats or
    booleans.

    Floats lie in 0–1 or in 0–255. An array x_train or train_images is trained on and x_test or test_images held out.
    Labels are read where they are called y_train, train_labels, labels and the like: whole numbers, words or one-hot
    rows. Python objects are refused.
    """

    kind: ClassVar[str] = "npz"
    title: ClassVar[str] = "NumPy archive"
    about: ClassVar[str] = (
        "Your own .npz or .npy file with an array of images: N×H×W, N×H×W×C or N×C×H×W, of bytes, 16 bits, floats or "
        "booleans."
    )
    source: ClassVar[str] = "numpy.lib.format"
    rank: ClassVar[int] = 22

    path: str = knob("", "File", tip="An .npz or .npy file.")
    levels: Range = knob("of the type", "Black and white", tip=LEVELS_TIP)
    key: str = knob("", "Array", tip="The name of the array of images in the file; empty finds it.")

    def read(self, report: Report = unheard) -> Dataset:
        path = chosen_path(self.path, _WHAT)
        if path.is_dir():
            raise DataError("{path} is a folder: choose {what}.", path=path, what=_WHAT)
        report(say("Reading {name}", name=path.name), None)
        try:
            with _opened(path) as (arrays, sizes):
                shapes = {name: shape for name, (shape, _, _) in sizes.items()}
                train, test = self._choose(path, shapes)
                report(say("Reading {train} of {name}", train=train, name=path.name), None)
                read = [_read(arrays, sizes, name, path, self.levels) for name in (train, test) if name]
        except (zipfile.BadZipFile, EOFError, zlib.error, KeyError, NotImplementedError, RuntimeError) as error:
            raise DataError(
                "{name} is no file of NumPy arrays, or is damaged ({error}).",
                name=path.name,
                error=str(error).strip(". "),
            ) from error
        except ValueError as error:
            raise DataError("{name} cannot be read ({error}).", name=path.name, error=str(error).strip(". ")) from error
        except OSError as error:
            raise DataError("{name} cannot be read: {reason}.", name=path.name, reason=system_words(error)) from error
        parts = [part for part, _ in read]
        made = self.assemble(path.stem, parts[0], parts[1] if len(parts) > 1 else None, report)
        told = [said for _, some in read for said in some]
        return replace(made, made=Text("{told}", told=listed(told, SPACE))) if told else made

    def _choose(self, path: Path, shapes: dict[str, tuple[int, ...]]) -> tuple[str, str]:
        """The names of the arrays to train on and to hold out (empty where there is none)."""
        held = [f"{name} [{'×'.join(map(str, shape))}]" for name, shape in shapes.items()]
        told = listed(held) if held else Text("nothing")
        if self.key:
            if self.key not in shapes:
                raise DataError(
                    "{name} has no array called {key}; it holds {told}.", name=path.name, key=self.key, told=told
                )
            named = {self.key.lower(): self.key}
        else:
            named = {name.lower(): name for name, shape in shapes.items() if len(shape) in (3, 4)}
        lower = {name.lower(): name for name in shapes}
        for train, test in zip(_TRAIN, _TEST, strict=True):
            if train in named:
                held_out = lower.get(test, "")
                alike = held_out and len(shapes[held_out]) == len(shapes[named[train]])
                return named[train], held_out if alike else ""
        first = next((named[name] for name in _IMAGES if name in named), None)
        if first is None:
            if len(named) != 1:
                raise DataError(
                    "{name} holds several arrays that may be images: it has {told}; name one."
                    if named
                    else "{name} holds no array of images: it has {told}; N×H×W is needed.",
                    name=path.name,
                    told=told,
                )
            (first,) = named.values()
        return first, ""


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Mapping[str, Any], Sizes]]:
    """The arrays of a file, none of them in memory yet, and their sizes. An array alone is called as its file is."""
    if path.suffix.lower() == ".npy":
        with path.open("rb") as file:
            sizes = {path.stem: _size(file)}
        is_object = sizes[path.stem][2]
        yield {} if is_object else {path.stem: np.load(path, mmap_mode="r", allow_pickle=False)}, sizes
        return
    with zipfile.ZipFile(path) as archive, np.load(path, allow_pickle=False) as arrays:
        sizes = {}
        for member in archive.namelist():
            if member.endswith(".npy"):
                with archive.open(member) as packed:
                    sizes[member.removesuffix(".npy")] = _size(packed)
        yield arrays, sizes


def _size(file: IO[bytes]) -> Size:
    """From the header alone: an archive may hold more than fits into memory."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, kind = read(file)
    return shape, kind.itemsize, kind.hasobject


def _read(arrays: Any, sizes: Sizes, name: str, path: Path, levels: Range) -> tuple[Raw, list[Text]]:
    """The images, and what is to be said of them."""
    shape, itemsize, is_object = sizes[name]
    if is_object:
        raise DataError(
            "{name} in {file} is made of Python objects, which are not read; save it as numbers.",
            name=name,
            file=path.name,
        )
    if len(shape) not in (3, 4) or 0 in shape:
        raise DataError(
            "{name} in {file} is {shape}; N×H×W, N×H×W×C or N×C×H×W is needed.",
            name=name,
            file=path.name,
            shape="×".join(map(str, shape)) or Text("a single number"),
        )
    height, width = shape[1:3]
    check_room(shape[0], (prod(shape[3:]), height, width), copies=COPIES, itemsize=itemsize)
    values: NDArray[Any] = arrays[name]
    told: list[Text] = []
    if values.dtype == np.uint8:
        # Archives of masks, dSprites among them, keep 0 and 1 as bytes.
        white = 255.0 if values.max() > 1 else 1.0
    else:
        values, white, told = _by_levels(values, name, path, levels)
    labels, unread = _labels(arrays, sizes, name)
    return Raw(_channels_first(values, name, path), white, labels), told + unread


def _by_levels(values: NDArray[Any], name: str, path: Path, levels: Range) -> tuple[NDArray[Any], float, list[Text]]:
    """Values with black at 0, what stands for white, and what is to be said. Raises: DataError where they are none."""
    if values.dtype.kind not in "biuf" or not np.isfinite(values).any():
        raise DataError("{name} in {file} holds no numbers that are brightnesses.", name=name, file=path.name)
    full = None
    with suppress(DataError):
        full = white_level(values)
    if full is not None and (levels == "of the type" or values.dtype.kind == "b"):
        black, white = found_levels(values)
        return values, full, [few_levels(len(values))] if levels_left(black, white, full) < FEWEST else []
    black, white = found_levels(values)
    told = Text("Black is {black:.6g} and white {white:.6g}, as found.", black=black, white=white)
    span = white - black
    unit = 1.0 if SMALL <= span <= LARGE else span
    values = (values - np.float64(black)) / unit
    white = span / unit
    return np.nan_to_num(values, nan=0.0, posinf=white, neginf=0.0).astype(np.float32), white, [told]


def _channels_first(values: NDArray[Any], name: str, path: Path) -> NDArray[Any]:
    if values.ndim == 3:
        return values[:, None]
    if values.shape[3] in (1, 3):
        return values.transpose(0, 3, 1, 2)
    if values.shape[1] in (1, 3):
        return values
    raise DataError(
        "{name} in {file} is {shape}; its images need 1 or 3 channels, first or last.",
        name=name,
        file=path.name,
        shape="×".join(map(str, values.shape)),
    )


def _labels(arrays: Any, sizes: Sizes, images: str) -> tuple[NDArray[Any] | None, list[Text]]:
    """The labels that belong to an array of images by name, one whole number or word for each, and where there are none
    what is to be said of those that are not read.
    """
    count = sizes[images][0][0]
    by_name = {name.lower(): name for name in sizes}
    unread: list[Text] = []
    for lower in _LABELS.get(images.lower(), _ANY_LABELS):
        if (name := by_name.get(lower)) is None or name == images:
            continue
        shape, itemsize, is_object = sizes[name]
        if is_object:
            why = Text("The labels {name} are Python objects, which are not read; the images have none.", name=name)
        elif shape[:1] != (count,):
            told = "×".join(map(str, shape)) or Text("a single number")
            why = Text(
                "The labels {name} are {shape}, and there are {count} images; the images have none.",
                name=name,
                shape=told,
                count=count,
            )
        elif (
            len(shape) > 2 or itemsize * prod(shape[1:]) > LONGEST_LABEL or (labels := _one_each(arrays[name])) is None
        ):
            why = Text(
                "The labels {name} are not one whole number, word, or row of noughts and a single one for each image; "
                "the images have none.",
                name=name,
            )
        else:
            return labels, []
        if lower != _UNNAMED:
            unread.append(why)
    return None, unread


def _one_each(values: NDArray[Any]) -> NDArray[Any] | None:
    """Labels [N], [N, 1] or one-hot [N, K] as [N] whole numbers or words; None where they are something else."""
    if values.ndim == 2 and values.shape[1] > 1:
        if values.dtype.kind not in "biuf" or not ((values == 0) | (values == 1)).all() or (values.sum(1) != 1).any():
            return None
        classes: NDArray[Any] = np.argmax(values, 1)
        return classes
    if values.size != len(values):
        return None
    values = values.reshape(len(values))
    if values.dtype.kind == "f" and (np.abs(values) <= LARGEST_WHOLE).all() and (values == np.rint(values)).all():
        return values.astype(np.int64)
    return values if values.dtype.kind in "biuUS" else None
