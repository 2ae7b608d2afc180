"""A person's own files as training data: every page, every kind of number, and labels that cannot be read."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image

from aestudio.core.data import kept_images
from aestudio.core.data.arrays import Raw
from aestudio.core.data.dataset import Dataset, split_at_random
from aestudio.core.data.sources.folder import ImageFolder
from aestudio.core.data.sources.npz import Npz
from aestudio.core.ground import atomic, folders
from aestudio.core.ground.errors import Cancelled, DataError

CASES = Path(__file__).parents[3] / "shared" / "cases"


def whole(folder: Path, **settings: Any) -> Dataset:
    return ImageFolder(path=str(folder), size=8, colour=False, take="whole images", **settings).load()


def means(dataset: Dataset) -> list[int]:
    """The mean grey of every image, sorted."""
    splits = (dataset.train, dataset.held_out)
    images = torch.cat([split.images.gather(torch.arange(len(split))) for split in splits])
    return sorted(round(float(one)) for one in images.float().mean((1, 2, 3)))


@pytest.mark.parametrize("kind", ["imagej", "plain", "gif", "png", "webp"])
def test_every_page_of_a_folder_s_files_is_trained_on(tmp_path: Path, kind: str) -> None:
    greys = (10, 60, 110, 160, 210)
    stack = np.stack([np.full((12, 12), grey, np.uint8) for grey in greys])
    if kind in ("imagej", "plain"):
        tifffile.imwrite(tmp_path / "stack.tif", stack, imagej=kind == "imagej", photometric="minisblack")
    else:
        first, *others = [Image.fromarray(page).convert("RGB") for page in stack]
        more: dict[str, Any] = {"lossless": True} if kind == "webp" else {}
        first.save(tmp_path / f"moving.{kind}", save_all=True, append_images=others, **more)
    dataset = whole(tmp_path)
    assert means(dataset) == pytest.approx(greys, abs=1)
    assert not dataset.skipped


def test_a_page_that_is_cut_off_is_listed_and_the_others_are_used(tmp_path: Path) -> None:
    stack = np.stack([np.full((40, 40), grey, np.uint8) for grey in (10, 60, 110)])
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, stack, photometric="minisblack", metadata=None)
    content = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as tiff:
        place = tiff.pages[2].aspage().tags[273].valueoffset
    content[place : place + 4] = (len(content) - 5).to_bytes(4, "little")
    path.write_bytes(content)
    dataset = whole(tmp_path)
    assert means(dataset) == [10, 60]
    (left,) = dataset.skipped
    assert left.path.endswith("stack.tif, page 3")
    assert "cut short" in left.reason


@pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not here")
def test_all_pages_of_the_shared_stacks_are_used() -> None:
    dataset = whole(CASES / "05" / "stacks")
    assert len(dataset.train) + len(dataset.held_out) == 90


def frames(folder: Path) -> None:
    for number in range(4):
        values = np.random.default_rng(number).integers(100, 1100, (16, 16), dtype=np.uint16)
        tifffile.imwrite(folder / f"{number}.tif", values)


@pytest.mark.parametrize("take", ["whole images", "random patches"])
def test_images_of_few_grey_levels_are_warned_of_and_the_range_found_brings_them_back(
    tmp_path: Path, take: Any
) -> None:
    frames(tmp_path)
    settings: dict[str, Any] = {"path": str(tmp_path), "size": 8, "colour": False, "take": take, "patches": 20}
    dim = ImageFolder(**settings).load()
    assert "4 images keep fewer than 32 of 256 grey levels" in str(dim.made)
    assert "“as found”" in str(dim.made)
    found = ImageFolder(**settings, levels="as found").load()
    assert "fewer than" not in str(found.made)
    assert np.ptp(means(found)) > np.ptp(means(dim))
    assert max(means(found)) > 90


def test_pictures_of_8_bits_are_never_warned_of(tmp_path: Path) -> None:
    for number in range(3):
        Image.new("L", (16, 16), 100 + number).save(tmp_path / f"{number}.png")
    assert "fewer than" not in str(whole(tmp_path).made)


def test_values_of_no_known_range_are_used_by_the_range_found_in_them(tmp_path: Path) -> None:
    for number in range(3):
        tifffile.imwrite(
            tmp_path / f"{number}.tif", np.random.default_rng(number).normal(0, 1000, (16, 16)).astype(np.float32)
        )
    dataset = whole(tmp_path)
    assert not dataset.skipped
    assert 90 < np.mean(means(dataset)) < 165


@pytest.mark.parametrize("name", ["own.npy", "own.npz"])
def test_images_that_are_python_objects_are_refused_in_words_of_the_program(name: str, tmp_path: Path) -> None:
    path, objects = tmp_path / name, np.array([[[{}]]], object)
    if path.suffix == ".npy":
        np.save(path, objects)
    else:
        np.savez(path, own=objects)
    with pytest.raises(DataError) as caught:
        Npz(path=str(path)).read()
    assert str(caught.value) == f"own in {name} is made of Python objects, which are not read; save it as numbers."


def test_labels_that_are_python_objects_are_left_out_and_said(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (6, 8, 8), dtype=np.uint8)
    np.savez(tmp_path / "one.npz", x_train=images, y_train=np.array([{"a": 1}] * 6, object), allow_pickle=True)
    dataset = Npz(path=str(tmp_path / "one.npz")).load()
    assert len(dataset.train) + len(dataset.held_out) == 6
    assert not dataset.label_names
    assert str(dataset.made) == "The labels y_train are Python objects, which are not read; the images have none."


@pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not here")
def test_the_shared_archive_with_object_labels_loads() -> None:
    assert Npz(path=str(CASES / "14" / "object_labels.npz")).load().made is not None


@pytest.mark.parametrize("bad", [None, np.nan])
def test_an_archive_of_values_of_no_known_range_is_used_by_the_range_found(tmp_path: Path, bad: float | None) -> None:
    images = np.random.default_rng(0).normal(0, 1000, (6, 8, 8)).astype(np.float32)
    if bad is not None:
        images[0, 3, 4] = bad
    np.savez(tmp_path / "one.npz", images=images)
    dataset = Npz(path=str(tmp_path / "one.npz")).load()
    assert 90 < np.mean(means(dataset)) < 165
    assert "Black is " in str(dataset.made)


def test_an_archive_of_few_grey_levels_is_warned_of_and_the_range_found_brings_them_back(tmp_path: Path) -> None:
    np.savez(tmp_path / "one.npz", images=np.random.default_rng(0).integers(100, 1100, (6, 8, 8), dtype=np.uint16))
    assert "fewer than 32 of 256 grey levels" in str(Npz(path=str(tmp_path / "one.npz")).load().made)
    found = Npz(path=str(tmp_path / "one.npz"), levels="as found").load()
    assert max(means(found)) > 90


def test_images_are_split_within_their_own_memory_as_copies_would_be() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (50, 1, 9, 11), dtype=np.uint8)
    labels = np.arange(50)
    kept, aside = split_at_random(50, 0.2, seed=0)
    copies = [Raw(pixels, 255.0, labels).part(index) for index in (kept, aside)]
    own = pixels.copy()
    divided = Raw(own, 255.0, labels).divided(kept, aside)
    for mine, wanted in zip(divided, copies, strict=True):
        assert np.array_equal(mine.pixels, wanted.pixels)
        assert np.array_equal(np.asarray(mine.labels), np.asarray(wanted.labels))
        assert np.shares_memory(mine.pixels, own)


def test_images_that_nobody_may_write_to_are_copied() -> None:
    pixels = np.zeros((10, 1, 2, 2), np.uint8)
    pixels.flags.writeable = False
    first, _ = Raw(pixels, 255.0).divided(*split_at_random(10, 0.2, seed=0))
    assert not np.shares_memory(first.pixels, pixels)


# -- a folder of many files --------------------------------------------------------------------------------------------


@pytest.fixture
def many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose images are kept."""
    monkeypatch.setattr(kept_images, "MANY", 5)
    monkeypatch.setattr(folders, "images", lambda: tmp_path / "kept")
    folder = tmp_path / "many"
    folder.mkdir()
    for grey in range(0, 240, 20):
        Image.new("L", (12, 12), grey).save(folder / f"{grey}.png")
    (folder / "broken.png").write_bytes(b"no picture")
    return folder


def tensors(dataset: Dataset) -> list[torch.Tensor]:
    return [split.images.gather(torch.arange(len(split))) for split in (dataset.train, dataset.held_out)]


def test_the_second_start_reads_no_file_again(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = whole(many)

    def never(*_: Any, **__: Any) -> Any:
        raise AssertionError("a file is read again")

    monkeypatch.setattr("aestudio.core.data.sources.folder.read_counted", never)
    monkeypatch.setattr("aestudio.core.data.sources.folder.page_count", never)
    again = whole(many)
    assert all(torch.equal(mine, wanted) for mine, wanted in zip(tensors(again), tensors(first), strict=True))
    assert (again.name, again.made, again.label_names) == (first.name, first.made, first.label_names)
    assert again.skipped == first.skipped
    assert again.fingerprint() == first.fingerprint()


def test_kept_images_are_those_of_a_folder_that_is_not_kept(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = whole(many)
    monkeypatch.setattr(kept_images, "MANY", 1000)
    assert whole(many).fingerprint() == kept.fingerprint()


def test_a_file_that_has_changed_is_read_again(many: Path) -> None:
    whole(many)
    Image.new("L", (12, 12), 255).save(many / "0.png")
    assert 255 in means(whole(many))
    assert 0 not in means(whole(many))


def test_kept_images_that_are_damaged_are_made_again(many: Path, tmp_path: Path) -> None:
    first = means(whole(many))
    (place,) = (tmp_path / "kept").iterdir()
    (place / kept_images.IMAGES).write_bytes(b"short")
    assert means(whole(many)) == first


def test_a_folder_that_was_renamed_is_kept_and_its_broken_files_are_told_where_they_are_now(
    many: Path, tmp_path: Path
) -> None:
    whole(many)
    (skipped,) = whole(many.rename(tmp_path / "renamed")).skipped
    assert skipped.path == str(tmp_path / "renamed/broken.png")
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_two_programs_may_keep_the_same_folder_at_the_same_time(
    many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename
    other: list[Any] = []

    def rename_second(made: Path, place: Path) -> Path:
        if not other:
            other.append(made)
            other[0] = whole(many)
        return rename(made, place)

    monkeypatch.setattr(Path, "rename", rename_second)
    assert whole(many).fingerprint() == other[0].fingerprint()
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_what_a_killed_program_was_reading_is_swept_after_a_day(many: Path, tmp_path: Path) -> None:
    with kept_images.making("0", 1) as making:
        assert making is not None
        (left,) = (tmp_path / "kept").iterdir()
        shutil.copytree(left, tmp_path / "copy")
    shutil.move(tmp_path / "copy", left)
    long_ago = time.time() - 2 * atomic.ABANDONED_SECONDS
    os.utime(left, (long_ago, long_ago))
    whole(many)
    assert not left.exists()


def test_what_is_kept_takes_no_more_than_it_may(many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_images, "MOST", 1)
    whole(many)
    whole(many, held_out=0.5)
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_reading_that_is_called_off_leaves_nothing(many: Path, tmp_path: Path) -> None:
    def report(_doing: str, fraction: float | None) -> None:
        if fraction:
            raise Cancelled

    with pytest.raises(Cancelled):
        ImageFolder(path=str(many), size=8, take="whole images").load(report)
    assert not list((tmp_path / "kept").iterdir())
