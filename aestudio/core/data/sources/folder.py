"""A person's own folder of images."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass, replace
from itertools import islice
from math import prod
from pathlib import Path
from statistics import median
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from aestudio.core.data import kept_images
from aestudio.core.data.arrays import LEVELS_TIP, check_room, chosen_path, few_levels, named_labels, reorder
from aestudio.core.data.dataset import Dataset, Resident, Split, split_at_random
from aestudio.core.data.reading.pictures import (
    FEWEST,
    Range,
    fit_image,
    fitted,
    page_count,
    random_patches,
    read_counted,
    shorter_side,
)
from aestudio.core.data.skipped import Skipped
from aestudio.core.data.source import Data
from aestudio.core.data.walking import FoundFile, is_image_name, walk
from aestudio.core.ground.errors import DataError, reason
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.shapes import Shape
from aestudio.core.ground.system_words import system_words
from aestudio.core.ground.texts import Text, say
from aestudio.core.parts.slots import knob

READERS = min(8, os.cpu_count() or 1)
"""Files decoded at the same time; Pillow lets go of the interpreter while it decodes."""

AHEAD = 1024
"""Files that wait for the readers at most."""
GLIMPSED = 16
"""Images that are seen before all others are read."""
LOOKED_AT = 200
"""Files between two reports."""
_TRAIN = frozenset(("train", "training"))
_HELD_OUT = frozenset(("test", "testing", "val", "valid", "validation", "held-out", "held_out"))
MUCH_LARGER = 4
"""So many times the size: from there on a whole photograph as one image is a thumbnail, which shows nothing of it."""
MEASURED = 100
"""About so many images say how large those of a folder are."""
Take = Literal["by size", "whole images", "random patches"]


@dataclass(frozen=True, eq=False)
class Read:
    """What was made of a page."""

    images: NDArray[np.uint8]
    """[N, C, H, W]: the image, or patches of it."""
    grey_levels: int
    """Of 256, that black and white leave it."""


Job = tuple[FoundFile, int, int]
"""An image to read, how many images or patches to make of it, and the seed of their places."""


class ImageFolder(Data):
    """Your own folder of images of any sizes and formats, with all folders in it; files that cannot be read are listed.

    Where every image lies in a subfolder, the subfolders' names become labels. Where the subfolders are called train
    and test (or val), they are the split. Hidden files are passed over.
    """

    kind: ClassVar[str] = "folder"
    title: ClassVar[str] = "Folder of images"
    about: ClassVar[str] = (
        "Your own folder of images of any sizes and formats, with all folders in it; files that cannot be read are "
        "listed."
    )
    rank: ClassVar[int] = 20
    embedded: ClassVar[bool] = False

    path: str = knob("", "Folder", tip="Its images, and those of all folders in it, are used.")
    size: int = knob(32, "Size", low=4, high=512, unit="pixels", tip="The height and width of an image or a patch.")
    colour: bool = knob(True, "Colour", tip="Red, green and blue; otherwise grey.")
    take: Take = knob(
        "by size",
        "Take",
        tip="Whole images, cropped to the middle square and resized, or patches cut out at full resolution. By size: "
        "patches where the shorter side of most images is at least four times the size, else whole images.",
    )
    patches: int = knob(
        20_000,
        "Patches",
        low=2,
        high=1_000_000,
        log=True,
        tip="How many in all, evenly from all images, where patches are taken.",
    )
    held_out: float = knob(
        0.1,
        "Part held out",
        low=0.01,
        high=0.9,
        tip="The fraction of images kept from training, to score it. "
        "Has no effect where folders train and test are the split.",
    )

    levels: Range = knob("of the type", "Black and white", tip=LEVELS_TIP)

    given_split: bool = knob(
        True, "Split by folders", tip="Where there are folders train and test (or val), they are the split."
    )

    def read(self, report: Report = unheard) -> Dataset:
        folder = chosen_path(self.path, Text("a folder of images"))
        if not folder.is_dir():
            raise DataError("{folder} is a file: choose the folder that it lies in.", folder=folder)
        entries, skipped = scan(folder, report)
        if not entries:
            raise DataError("There are no images in {folder} or the folders in it.", folder=folder)
        key = self._key(folder, entries)
        if key and (found := kept_images.find(key)) is not None:
            return self._dataset(folder, *found, skipped)
        pages: list[FoundFile] = []
        for number, entry in enumerate(entries):
            if number % LOOKED_AT == 0:
                report(say("Looking at pictures: {count:,}", count=number), None)
            pages += every_page(entry)
        shape: Shape = (3 if self.colour else 1, self.size, self.size)
        whole = self._takes_whole(pages)
        shares = [1] * len(pages) if whole else _shares(self.patches, len(pages))
        jobs = [(page, share, seed) for seed, (page, share) in enumerate(zip(pages, shares, strict=True)) if share]
        with kept_images.making(key, sum(shares) * prod(shape)) if key else nullcontext() as making:
            if making is None:
                check_room(sum(shares), shape)
            store = making or InMemory(sum(shares), shape)
            try:
                about, order = self._fill(store, folder, jobs, shape, whole, report)
                return self._dataset(folder, store.finish(order, about), about, skipped)
            except OSError as error:  # of the disk that the images are kept on
                raise DataError(
                    "The images of {folder} cannot be kept: {reason}", folder=folder, reason=reason(error)
                ) from error

    def glimpse(self) -> NDArray[np.uint8] | None:
        files = (found for here in walk(chosen_path(self.path, Text("a folder of images"))) for found in here)
        first = list(islice(files, GLIMPSED))
        shape = (3 if self.colour else 1, self.size, self.size)
        with closing(self._read_all([(one, 1, 0) for one in first], shape, self._takes_whole(first))) as results:
            images = [made.images for _, made in results if isinstance(made, Read)]
        return np.concatenate(images) if images else None

    def _key(self, folder: Path, entries: list[FoundFile]) -> str:
        """What the images are kept under; empty where that is not worth it."""
        if len(entries) < kept_images.MANY:
            return ""
        try:
            return kept_images.key_of(self.model_dump(mode="json", exclude={"path", "binarise"}), folder, entries)
        except OSError:  # it is listed with its reason when it is read
            return ""

    def _fill(
        self, store: Store, folder: Path, jobs: list[Job], shape: Shape, whole: bool, report: Report
    ) -> tuple[dict[str, Any], NDArray[np.int64]]:
        """Reads all images; gives what has to be known of them, and the order in which the training ones come first."""
        skipped: list[Skipped] = []
        used: list[FoundFile] = []
        counts: list[int] = []
        dim = 0
        with closing(self._read_all(jobs, shape, whole)) as results:  # stops the readers where the person cancels
            for done, (entry, result) in enumerate(results):
                report(
                    say("Reading images: {done:,} of {count:,}", done=done + 1, count=len(jobs)),
                    (done + 1) / len(jobs),
                )
                if isinstance(result, Skipped):
                    skipped.append(result)
                else:
                    store.add(result.images)
                    counts.append(len(result.images))
                    used.append(entry)
                    dim += result.grey_levels < FEWEST
        if len(used) < 2:
            raise _too_few(folder, len(used), skipped)
        parts, labels, names = self._parts(used)
        starts = np.concatenate([[0], np.cumsum(counts)])
        order = [np.concatenate([np.arange(starts[i], starts[i + 1]) for i in part]) for part in parts]
        about = {
            "train": len(order[0]),
            "labels": None if labels is None else [labels[i] for part in parts for i in part for _ in range(counts[i])],
            "names": list(names),
            "skipped": [[os.path.relpath(one.path, folder), one.reason] for one in skipped],
            "used": len(used),
            "whole": whole,
            "dim": dim,
        }
        return about, np.concatenate(order)

    def _read_all(
        self, jobs: list[Job], shape: Shape, whole: bool
    ) -> Generator[tuple[FoundFile, Read | Skipped], None, None]:
        pool = ThreadPoolExecutor(READERS, thread_name_prefix="read-images")
        try:
            for start in range(0, len(jobs), AHEAD):  # what waits takes memory, too
                some = jobs[start : start + AHEAD]
                made = pool.map(lambda job: self._read(job, shape, whole), some)
                yield from zip((job[0] for job in some), made, strict=True)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _made(self, count: int, whole: bool) -> Text:
        return Text(
            "{count:,} whole images, each made {size}×{size} pixels large."
            if whole
            else "Patches of {size}×{size} pixels, cut out of {count:,} images at full resolution.",
            count=count,
            size=self.size,
        )

    def _takes_whole(self, entries: list[FoundFile]) -> bool:
        """Whether an image is made of each file, and not patches."""
        if self.take != "by size":
            return self.take == "whole images"
        sides: list[int] = []
        for entry in entries[:: max(1, len(entries) // MEASURED)]:
            with suppress(DataError):  # it is listed with its reason when it is read
                sides.append(shorter_side(entry.path))
        return not sides or median(sides) < MUCH_LARGER * self.size

    def _read(self, job: Job, shape: Shape, whole: bool) -> Read | Skipped:
        """The image as uint8 [1, C, H, W], or patches of it [count, C, H, W]."""
        entry, count, seed = job
        try:
            if whole:
                pixels, levels = read_counted(entry.path, entry.page, at_least=2 * self.size, range=self.levels)
                return Read(fit_image(pixels, shape)[None], levels)
            pixels, levels = read_counted(entry.path, entry.page, range=self.levels)
            try:
                cut = random_patches(pixels, self.size, count, np.random.default_rng(seed))
            except DataError as error:
                raise DataError("{name} {error}", name=entry.path.name, error=error) from error
        except DataError as error:
            return Skipped(entry.name, str(error))
        return Read(fitted(torch.from_numpy(cut).permute(0, 3, 1, 2), shape).numpy(), levels)

    def _parts(self, used: list[FoundFile]) -> tuple[list[list[int]], list[int] | None, tuple[str, ...]]:
        """Which files are trained on and which are held out, by their place; the labels of all, with their names."""
        sides = [_side(entry) for entry in used]
        given = self.given_split and {*sides} == {"train", "held-out"}
        if given:
            chosen = [[i for i, side in enumerate(sides) if side == wanted] for wanted in ("train", "held-out")]
        else:
            chosen = [part.tolist() for part in split_at_random(len(used), self.held_out, seed=0)]
        return chosen, *_labels(used, depth=1 if given else 0)

    def _dataset(
        self, folder: Path, images: NDArray[np.uint8], about: Mapping[str, Any], others: list[Skipped]
    ) -> Dataset:
        made = self._made(about["used"], about["whole"])
        if about["dim"]:
            made = Text("{made} {dim}", made=made, dim=few_levels(about["dim"]))
        every = torch.from_numpy(images)
        labels = None if about["labels"] is None else torch.tensor(about["labels"])
        first = slice(about["train"]), slice(about["train"], None)
        train, held_out = (Split(Resident(every[one]), None if labels is None else labels[one]) for one in first)
        skipped = (*others, *(Skipped(str(folder / path), why) for path, why in about["skipped"]))
        name = folder.resolve().name or str(folder)
        return Dataset(name, train, held_out, tuple(about["names"]), skipped, made)


class Store(Protocol):
    """Where images go that are read one after the other."""

    def add(self, images: NDArray[np.uint8]) -> None: ...

    def finish(self, order: NDArray[np.int64], about: Mapping[str, Any]) -> NDArray[np.uint8]:
        """All of them in that order."""
        ...


class InMemory:
    """A Store that holds so many images at most."""

    def __init__(self, count: int, shape: Shape) -> None:
        self._images = np.empty((count, *shape), np.uint8)
        self._count = 0

    def add(self, images: NDArray[np.uint8]) -> None:
        self._images[self._count : self._count + len(images)] = images
        self._count += len(images)

    def finish(self, order: NDArray[np.int64], about: Mapping[str, Any]) -> NDArray[np.uint8]:
        del about
        made = self._images[: self._count]
        reorder(made, order)
        return made


def _too_few(folder: Path, used: int, unusable: list[Skipped]) -> DataError:
    if used:
        few = Text(
            "{folder} holds 1 usable image, but at least two are needed: one to train on, one to score.",
            folder=folder,
        )
    else:
        few = Text(
            "{folder} holds no usable images, but at least two are needed: one to train on, one to score.",
            folder=folder,
        )
    if not unusable:
        return DataError(few)
    return DataError("{few} The first that could not be used: {reason}", few=few, reason=unusable[0].reason)


def every_page(entry: FoundFile) -> list[FoundFile]:
    """The file's pages; a file that cannot be read is one, and listed when its turn comes."""
    try:
        count = page_count(entry.path)
    except DataError:
        count = 1
    return [replace(entry, page=page, pages=count) for page in range(count)]


def scan(folder: Path, report: Report = unheard) -> tuple[list[FoundFile], list[Skipped]]:
    """The image files in a folder and the folders in it, by name; and what is left out: the other files, and folders
    that cannot be opened.
    """
    skipped: list[Skipped] = []

    def closed(error: OSError) -> None:
        skipped.append(
            Skipped(str(error.filename), say("The folder cannot be opened: {reason}.", reason=system_words(error)))
        )

    entries: list[FoundFile] = []
    for found in walk(folder, closed, every=True):
        for one in found:
            if is_image_name(one.path.name):
                entries.append(one)
            else:
                skipped.append(Skipped(str(one.path), say("It is no picture by its name.")))
        report(say("Looking for images: {count:,} found", count=len(entries)), None)
    return entries, skipped


def _shares(total: int, count: int) -> list[int]:
    """`total` as `count` whole numbers that differ by one at most, the larger ones spread evenly."""
    ends = [total * (i + 1) // count for i in range(count)]
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]


def _side(entry: FoundFile) -> str:
    top = entry.parts[0].lower() if entry.parts else ""
    return "train" if top in _TRAIN else "held-out" if top in _HELD_OUT else ""


def _labels(used: Iterable[FoundFile], depth: int) -> tuple[list[int] | None, tuple[str, ...]]:
    """Indices into the names of the subfolders at `depth`, where every image lies in one and there are at least two."""
    names: list[Any] = [entry.parts[depth] if len(entry.parts) > depth else None for entry in used]
    if None in names or len(set(names)) < 2:
        return None, ()
    (labels,), known = named_labels([np.array(names)])
    return None if labels is None else labels.tolist(), known
