"""Pages, black and white of the pictures on the desk, and files of many pages written whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from aestudio.core.denoise.cleaning import Region
from aestudio.core.denoise.files.reading import read_picture
from aestudio.core.denoise.way import Way
from aestudio.core.denoise.ways.zero_shot import ZeroShot
from aestudio.core.parts.corruptions.gaussian import GaussianNoise
from aestudio.core.parts.slots import options
from aestudio.studio.denoise.desk import Desk
from aestudio.studio.denoise.desk_events import (
    DeskEvent,
)
from aestudio.studio.denoise.entries import DeskEntry
from aestudio.studio.denoise.looks import about, histogram_of
from aestudio.studio.notice import Failed, Noted
from tests.present import present
from tests.studio.waiting import wait_until


@pytest.fixture
def heard() -> list[DeskEvent]:
    return []


@pytest.fixture
def desk(heard: list[DeskEvent]) -> Iterator[Desk]:
    made = Desk()
    made.listen(heard.append)
    yield made
    assert made.close(60)


def idle(desk: Desk) -> None:
    def rests() -> bool:
        desk.tick()
        return not desk.running

    wait_until(rests)


def frames(pages: int = 3) -> NDArray[np.uint16]:
    """Of 12 bits, [pages, 32, 40], each brighter than the last."""
    brightness = 500 + 500 * np.arange(pages)[:, None, None]
    return np.random.default_rng(0).normal(brightness, 60, (pages, 32, 40)).astype(np.uint16)


def opened(desk: Desk, path: Path) -> DeskEntry:
    desk.open([path])
    idle(desk)
    return present(desk.current)


def smoother() -> Way:
    return options(Way)["tv"]()


def test_every_page_of_a_stack_is_looked_at_and_saving_writes_all_of_them(
    desk: Desk, heard: list[DeskEvent], tmp_path: Path
) -> None:
    stack = frames()
    tifffile.imwrite(tmp_path / "stack.tif", stack, imagej=True, metadata={"axes": "TYX"})
    entry = opened(desk, tmp_path / "stack.tif")
    assert (entry.page, entry.pages) == (0, 3)
    desk.show_page(2)
    idle(desk)
    assert np.array_equal(entry.picture.stored[..., 0], stack[2])
    assert 0 < entry.sigma < 1
    desk.clean("Smooth", smoother())
    idle(desk)
    desk.save("Smooth", tmp_path / "out.tif")
    idle(desk)
    assert isinstance(heard[-1], Noted)
    with tifffile.TiffFile(tmp_path / "out.tif") as made, tifffile.TiffFile(tmp_path / "stack.tif") as before:
        assert made.series[0].axes == before.series[0].axes
        assert made.pages.first.description == before.pages.first.description
        values = made.asarray()
    assert np.array_equal(values[2][..., None], present(entry.results["Smooth"].picture).stored)
    assert all(page.std() < noisy.std() / 2 for page, noisy in zip(values, stack, strict=True))


def test_a_region_that_was_cleaned_otherwise_leaves_the_file_as_the_whole_result_was_made(
    desk: Desk, tmp_path: Path
) -> None:
    stack = frames()
    tifffile.imwrite(tmp_path / "stack.tif", stack, photometric="minisblack")
    entry = opened(desk, tmp_path / "stack.tif")
    desk.clean("Smooth", smoother())
    idle(desk)
    desk.clean("Smooth", smoother(), strength=0.1, region=Region(0, 0, 24, 24))
    idle(desk)
    desk.clean("Smooth", ZeroShot(steps=100_000, crop=16))
    desk.cancel()
    idle(desk)
    desk.save("Smooth", tmp_path / "out.tif")
    idle(desk)
    written = tifffile.imread(tmp_path / "out.tif")
    assert np.array_equal(written[0][..., None], present(entry.results["Smooth"].picture).stored)
    assert all(page.std() < noisy.std() / 2 for page, noisy in zip(written, stack, strict=True))


def test_a_region_of_one_page_is_not_saved_as_all(desk: Desk, heard: list[DeskEvent], tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "stack.tif", frames(), photometric="minisblack")
    opened(desk, tmp_path / "stack.tif")
    desk.clean("Smooth", smoother(), region=Region(0, 0, 24, 24))
    idle(desk)
    desk.save("Smooth, in the region", tmp_path / "out.tif")
    idle(desk)
    assert heard[-1] == Failed("This result is of a region only: clean the whole picture first.")
    assert not (tmp_path / "out.tif").exists()


def test_another_page_forgets_what_was_made_of_the_one_before(desk: Desk, tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "stack.tif", frames(), photometric="minisblack")
    entry = opened(desk, tmp_path / "stack.tif")
    desk.clean("Smooth", smoother())
    idle(desk)
    assert entry.results
    desk.show_page(1)
    idle(desk)
    assert not entry.results
    desk.show_page(9)
    assert not desk.running


def test_noise_that_was_added_to_one_page_is_not_saved_as_all(
    desk: Desk, heard: list[DeskEvent], tmp_path: Path
) -> None:
    tifffile.imwrite(tmp_path / "stack.tif", frames(), photometric="minisblack")
    opened(desk, tmp_path / "stack.tif")
    desk.add_noise(GaussianNoise())
    idle(desk)
    desk.clean("Smooth", smoother())
    idle(desk)
    desk.save("Smooth", tmp_path / "out.tif")
    idle(desk)
    assert isinstance(heard[-1], Failed)
    assert "one page alone" in heard[-1].sentence
    assert not (tmp_path / "out.tif").exists()


def test_black_and_white_are_set_and_found_again(desk: Desk, tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "frame.tif", frames(1)[0])
    entry = opened(desk, tmp_path / "frame.tif")
    found, sigma = entry.picture.black_and_white, entry.sigma
    assert about(entry.picture) == f"black {found[0]:.6g}, white {found[1]:.6g}"
    desk.set_levels((0.0, 4095.0))
    idle(desk)
    assert entry.picture.black_and_white == (0.0, 4095.0)
    assert entry.sigma < sigma / 5
    desk.set_levels(None)
    idle(desk)
    assert entry.picture.black_and_white == found


def test_levels_that_were_set_hold_for_the_other_pages_and_for_the_file(desk: Desk, tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "stack.tif", frames(), photometric="minisblack")
    entry = opened(desk, tmp_path / "stack.tif")
    desk.set_levels((0.0, 4095.0))
    idle(desk)
    desk.show_page(1)
    idle(desk)
    assert entry.picture.black_and_white == (0.0, 4095.0)


def test_a_picture_with_noise_added_keeps_its_reference_under_other_levels(desk: Desk, tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "frame.tif", frames(1)[0])
    entry = opened(desk, tmp_path / "frame.tif")
    desk.add_noise(GaussianNoise(sigma=0.1))
    idle(desk)
    before = present(entry.as_it_is).psnr
    desk.set_levels((0.0, 4095.0))
    idle(desk)
    assert entry.picture.black_and_white == present(entry.before_noise).black_and_white == (0.0, 4095.0)
    assert present(entry.as_it_is).psnr == before
    desk.clean("Smooth", smoother())
    idle(desk)
    assert entry.as_file(present(entry.results["Smooth"].picture)).stored.dtype == np.uint16


def test_pictures_of_8_bits_have_no_levels_to_set(desk: Desk, tmp_path: Path) -> None:
    Image.new("L", (16, 16), 90).save(tmp_path / "plain.png")
    entry = opened(desk, tmp_path / "plain.png")
    desk.set_levels((10.0, 20.0))
    assert not desk.running
    assert about(entry.picture) == ""


def test_the_histogram_shows_black_and_white_with_room_beside_them(tmp_path: Path) -> None:
    frame = frames(1)[0]
    frame[3, 4] = 65535
    tifffile.imwrite(tmp_path / "frame.tif", frame)
    picture = read_picture(tmp_path / "frame.tif")
    black, white = picture.black_and_white
    found = histogram_of(picture)
    assert found.low < black < white < found.high < 2000
    assert found.counts.sum() == frame.size
    assert histogram_of(picture.with_levels((0.0, 4095.0))).high == 4095
