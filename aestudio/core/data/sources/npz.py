"""Images in a NumPy archive."""

from __future__ import annotations

import zipfile
import zlib
from contextlib import suppress
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Any, ClassVar

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
_ANY_LABELS = ("labels", "label", "y", "target", "targets", "arr_1")

COPIES = 3
"""How often an array lies in memory at most: as it is read, split in two, and as what the network sees."""
LONGEST_LABEL = 4096
"""Bytes of one; an archive may name a million letters for each and pack them to nothing."""
Sizes = dict[str, tuple[tuple[int, ...], int, bool]]
"""Shape, bytes of a value, and whether it is a Python object, by array."""

_WHAT = Text("an .npz file with an array of images")


class Npz(Arrays):
    """Your own .npz file with an array of images: N×H×W, N×H×W×C or N×C×H×W, of bytes, 16 bits, floats or booleans.

    Floats lie in 0–1 or in 0–255. An array x_train or train_images is trained on and x_test or test_images held out.
    Labels are read where they are called y_train, train_labels, labels and the like. Python objects are refused.
    """

    kind: ClassVar[str] = "npz"
    title: ClassVar[str] = "NumPy archive"
    about: ClassVar[str] = (
        "Your own .npz file with an array of images: N×H×W, N×H×W×C or N×C×H×W, of bytes, 16 bits, floats or booleans."
    )
    source: ClassVar[str] = "numpy.lib.format"
    rank: ClassVar[int] = 22

    path: str = knob("", "File", tip="An .npz file.")
    levels: Range = knob("of the type", "Black and white", tip=LEVELS_TIP)
    key: str = knob("", "Array", tip="The name of the array of images in the file; empty finds it.")

    def read(self, report: Report = unheard) -> Dataset:
        path = chosen_path(self.path, _WHAT)
        if path.is_dir():
            raise DataError("{path} is a folder: choose {what}.", path=path, what=_WHAT)
        report(say("Reading {name}", name=path.name), None)
        try:
            with zipfile.ZipFile(path) as archive, np.load(path, allow_pickle=False) as arrays:
                sizes = _sizes(archive)
                shapes = {name: shape for name, (shape, _, _) in sizes.items()}
                train, test = self._choose(path, shapes)
                report(say("Reading {train} of {name}", train=train, name=path.name), None)
                read = [_read(arrays, sizes, name, path, self.levels) for name in (train, test) if name]
                unread = [name for part in (train, test) if part and (name := _object_labels(sizes, part))]
        except (zipfile.BadZipFile, EOFError, zlib.error, KeyError, NotImplementedError, RuntimeError) as error:
            raise DataError(
                "{name} is not an .npz file, or is damaged ({error}).", name=path.name, error=str(error).strip(". ")
            ) from error
        except ValueError as error:
            raise DataError("{name} cannot be read ({error}).", name=path.name, error=str(error).strip(". ")) from error
        except OSError as error:
            raise DataError("{name} cannot be read: {reason}.", name=path.name, reason=system_words(error)) from error
        parts = [part for part, _ in read]
        made = self.assemble(path.stem, parts[0], parts[1] if len(parts) > 1 else None, report)
        told = [said for _, some in read for said in some]
        told += [
            Text("The labels {name} are Python objects, which are not read; the images have none.", name=name)
            for name in unread
        ]
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


def _sizes(archive: zipfile.ZipFile) -> Sizes:
    """The shape of every array and the bytes of a value, from the headers alone: an archive may hold more than fits
    into memory.
    """
    sizes = {}
    for member in archive.namelist():
        if member.endswith(".npy"):
            with archive.open(member) as file:
                version = np.lib.format.read_magic(file)
                read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
                shape, _, kind = read(file)
                sizes[member.removesuffix(".npy")] = shape, kind.itemsize, kind.hasobject
    return sizes


def _read(arrays: Any, sizes: Sizes, name: str, path: Path, levels: Range) -> tuple[Raw, list[Text]]:
    """The images, and what is to be said of them."""
    shape, itemsize, _ = sizes[name]
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
    return Raw(_channels_first(values, name, path), white, _labels(arrays, sizes, name)), told


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
    return np.nan_to_num(values - np.float64(black), nan=0.0).astype(np.float32), white - black, [told]


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


def _object_labels(sizes: Sizes, images: str) -> str:
    """The name of an array of labels that belongs to the images and holds Python objects; empty where there is none."""
    by_name = {name.lower(): name for name in sizes}
    found = (by_name.get(lower, "") for lower in _LABELS.get(images.lower(), _ANY_LABELS))
    return next((name for name in found if name and sizes[name][2]), "")


def _labels(arrays: Any, sizes: Sizes, images: str) -> NDArray[Any] | None:
    """The labels that belong to an array of images by name, where there is exactly one number or word for each, and
    none is longer than a word.
    """
    count = sizes[images][0][0]
    by_name = {name.lower(): name for name in sizes}
    for lower in _LABELS.get(images.lower(), _ANY_LABELS):
        name = by_name.get(lower)
        if name and sizes[name][0] in ((count,), (count, 1)) and sizes[name][1] <= LONGEST_LABEL and not sizes[name][2]:
            values: NDArray[Any] = arrays[name].reshape(count)
            if values.dtype.kind in "biuUS":
                return values
    return None
