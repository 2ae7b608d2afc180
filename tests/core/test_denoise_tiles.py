"""Every way gives the same in tiles as on the whole picture, whatever memory there is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from aestudio.core.data.carried import carried
from aestudio.core.data.reading.pictures import read_image
from aestudio.core.denoise.cleaning import Region, clean, tile_side
from aestudio.core.denoise.noise import Noise, add_noise
from aestudio.core.denoise.picture import Picture, Values
from aestudio.core.denoise.scores import picture_psnr
from aestudio.core.denoise.way import Cleaner, Way
from aestudio.core.denoise.ways.photo import Photo
from aestudio.core.denoise.ways.tv import TotalVariation
from aestudio.core.denoise.ways.wavelet import Wavelet
from aestudio.core.ground.resources import resource
from aestudio.core.parts.corruptions.gaussian import GaussianNoise
from aestudio.core.parts.slots import options

SETTINGS: dict[str, dict[str, Any]] = {
    "model": {"path": str(resource("models", "photo-denoiser-grey.safetensors"))},
    "zero-shot": {"steps": 10},
    "blind-spot": {"steps": 10},
    "photo": {"noise": "even"},
}
"""What a way needs, or what makes it quick; the others are taken as they come."""
EQUAL = 2e-5
SIGMA = 0.1
ROWS, COLUMNS = 190, 250


def photograph(channels: int) -> Picture:
    values = read_image(carried("skimage", "data/chelsea.png"))[60 : 60 + ROWS, 90 : 90 + COLUMNS, :channels]
    return Picture(np.ascontiguousarray(values), 1.0)


def noisy(channels: int) -> Picture:
    return Picture(add_noise(photograph(channels), GaussianNoise(sigma=SIGMA)), 1.0)


WAYS = [options(Way)[kind].model_validate(SETTINGS.get(kind, {})) for kind in options(Way)]
SMOOTH = Noise(SIGMA, SIGMA, SIGMA, alike=True, smoothness=3)
WAYS += [Photo(noise="camera or JPEG", twice="never").suited(SMOOTH)]  # what it takes off detail is held back


def seen_in_part(way: Way, channels: int) -> tuple[Picture, Cleaner]:
    """A picture, and its cleaner, which sees less than its width from a tile of 40 pixels."""
    for columns in (170, COLUMNS):
        picture = Picture(noisy(channels).stored[:130, :columns], 1.0)
        cleaner = way.prepare([picture], 0.0 if way.finds_noise else SIGMA)
        if 40 + cleaner.halo < columns - cleaner.step:
            return picture, cleaner
    raise AssertionError("It sees farther than the picture is wide.")


@pytest.mark.parametrize("channels", [1, 3], ids=["grey", "colour"])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way.kind} {getattr(way, 'noise', '')}".strip())
@pytest.mark.slow
def test_a_way_gives_the_same_in_tiles_of_any_size_as_on_the_whole_picture(way: Way, channels: int) -> None:
    picture, cleaner = seen_in_part(way, channels)
    whole = clean(picture, cleaner, budget=1 << 40).stored
    assert np.abs(whole - picture.stored).max() > 0
    widths: list[int] = []

    def watched(seen: Values) -> Values:
        widths.append(seen.shape[1])
        return cleaner.clean(seen)

    for wanted in (40, 70, 120):
        budget = int(cleaner.memory * channels * (2 * cleaner.halo + wanted + 1) ** 2)
        assert tile_side(cleaner, channels, budget) == pytest.approx(wanted, abs=1)
        assert np.abs(clean(picture, replace(cleaner, clean=watched), budget=budget).stored - whole).max() < EQUAL
    assert min(widths) < picture.width
    region = Region(33, 51, 64, 90)
    part = clean(picture, cleaner, region=region).stored
    assert np.abs(part - whole[region.rows, region.columns]).max() < EQUAL


@pytest.mark.parametrize("way", [TotalVariation(), Wavelet()], ids=lambda way: way.kind)
def test_no_part_of_a_picture_is_left_noisy(way: Way) -> None:
    """The finding: a test of when to stop, taken for each tile, ended at once in some of them."""
    clear, picture = photograph(1), noisy(1)
    made = clean(picture, way.prepare([picture], SIGMA), budget=1).stored
    for top in range(0, ROWS - 40, 30):
        for left in range(0, COLUMNS - 40, 30):
            there = slice(top, top + 40), slice(left, left + 40)
            assert (
                picture_psnr(clear.stored[there], made[there])
                > picture_psnr(clear.stored[there], picture.stored[there]) + 2
            )


@pytest.mark.parametrize("way", [TotalVariation(), Wavelet()], ids=lambda way: way.kind)
def test_a_picture_of_little_light_is_cleaned_as_well_as_a_bright_one(way: Way) -> None:
    picture = noisy(3)
    bright = clean(picture, way.prepare([picture], SIGMA)).stored
    dark = Picture(picture.stored * np.float32(1e-4), 1.0)
    made = clean(dark, way.prepare([dark], 1e-4 * SIGMA)).stored
    assert np.abs(made * 1e4 - bright).max() < 1e-4


def test_the_denoiser_for_camera_noise_casts_no_colour_over_a_picture() -> None:
    """The finding: waves of blue longer than 64 pixels were twice as strong in results as in the pictures."""
    picture = noisy(3)
    made = clean(picture, Photo(noise="camera or JPEG").prepare([picture], 3 * SIGMA)).stored
    away = made - picture.stored
    for top in (0, ROWS - 96):
        for left in (0, COLUMNS - 96):
            assert np.abs(away[top : top + 96, left : left + 96].mean((0, 1))).max() < 1 / 255
