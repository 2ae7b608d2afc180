"""What is taken off detail is held to what plain parts of the picture lose."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from aestudio.core.data.carried import carried
from aestudio.core.data.reading.pictures import read_image
from aestudio.core.denoise import restraint
from aestudio.core.denoise.cleaning import clean
from aestudio.core.denoise.noise import Noise, add_noise
from aestudio.core.denoise.picture import Picture, Values
from aestudio.core.denoise.pipeline import Cleaning
from aestudio.core.denoise.restraint import restrained
from aestudio.core.denoise.scores import picture_psnr
from aestudio.core.denoise.way import Cleaner
from aestudio.core.denoise.ways import photo
from aestudio.core.denoise.ways.photo import Photo
from aestudio.core.parts.corruptions.camera import CameraNoise

CAMERA = Photo(noise="camera or JPEG", twice="never")
BLUR = Cleaner(lambda values: gaussian_filter(values, (2, 2, 0)).astype(np.float32), halo=8)
"""As rough as a cleaner can be: it takes all that is fine."""

RIGHT = 160
"""Where the texture begins."""


def photograph(channels: int = 3) -> Picture:
    values = read_image(carried("skimage", "data/chelsea.png"))[60:220, 90:270, :channels]
    return Picture(np.ascontiguousarray(values), 1.0)


def half_plain(noise: float, texture: float) -> Values:
    """Grey, darker below, with noise all over, and texture on the right."""
    drawn = np.random.default_rng(0).normal(size=(2, 128, 256, 1)).astype(np.float32)
    values: Values = np.linspace(0.7, 0.3, 128, dtype=np.float32)[:, None, None] + noise * drawn[0]
    values[:, RIGHT:] += texture * drawn[1, :, RIGHT:]
    return values


def lost(before: Values, after: Values) -> float:
    return float(np.sqrt(np.mean((before - after) ** 2)))


@pytest.mark.parametrize("noise", [0.02, 0.05])
def test_texture_loses_little_more_than_plain_parts_do(noise: float) -> None:
    picture = Picture(half_plain(noise, 0.2), 1.0)
    free = clean(picture, BLUR).stored
    held = clean(picture, restrained(BLUR, BLUR, picture)).stored
    plain, textured = slice(0, RIGHT - 32), slice(RIGHT + 24, 256)
    assert lost(picture.stored[:, textured], free[:, textured]) > 3 * noise
    assert lost(picture.stored[:, textured], held[:, textured]) < 1.6 * noise
    assert lost(free[:, plain], held[:, plain]) < 0.1 * noise  # noise in plain parts goes as without it


def test_a_picture_whose_plain_parts_are_clean_keeps_its_texture() -> None:
    picture = Picture(half_plain(0, 0.2), 1.0)
    assert (clean(picture, restrained(BLUR, BLUR, picture)).stored == picture.stored).all()


def test_noise_that_is_the_same_everywhere_goes_as_without_restraint() -> None:
    picture = Picture(half_plain(0.1, 0), 1.0)
    held = clean(picture, restrained(BLUR, BLUR, picture)).stored
    assert lost(held, clean(picture, BLUR).stored) < 0.01


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 3), (33, 20)], ids=str)
def test_a_picture_of_a_few_pixels_is_held_too(size: tuple[int, int]) -> None:
    picture = Picture(np.random.default_rng(0).random((*size, 3), np.float32), 1.0)
    assert np.isfinite(clean(picture, restrained(BLUR, BLUR, picture)).stored).all()


def test_of_a_large_picture_nine_squares_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[tuple[int, ...]] = []

    def look(values: Values) -> Values:
        looked.append(values.shape[:2])
        return values

    monkeypatch.setattr(restraint, "WHOLE", 0.0)
    picture = Picture(np.zeros((500, 700, 1), np.float32), 1.0)
    restrained(BLUR, Cleaner(look, halo=0), picture)
    assert looked == [(restraint.SIDE, restraint.SIDE)] * 9


@pytest.fixture(params=[1, 3], ids=["grey", "colour"])
def taken(request: pytest.FixtureRequest) -> tuple[Picture, Picture]:
    """A photograph, and what a camera made of it."""
    clear = photograph(request.param)
    return clear, Picture(add_noise(clear, CameraNoise(shot_low=0.004, shot_high=0.004)), 1.0)


def test_a_clean_photograph_that_is_taken_for_one_of_a_camera_keeps_most_of_its_detail(
    taken: tuple[Picture, Picture],
) -> None:
    clear, noisy = taken
    smooth = Noise(0.01, 0.01, 0.01, alike=True, smoothness=3)  # so that the network is told of strong noise
    held, unheld, cleaned = (
        how.run(picture).picture
        for how, picture in (
            (Cleaning(CAMERA, estimate=smooth), clear),
            (Cleaning(CAMERA, sigma=photo.SMOOTHED), clear),  # what a person says is noise goes
            (Cleaning(CAMERA), noisy),
        )
    )
    assert held is not None
    assert unheld is not None
    assert cleaned is not None
    assert picture_psnr(clear.stored, held.stored) > picture_psnr(clear.stored, unheld.stored) + 3
    assert picture_psnr(clear.stored, cleaned.stored) > picture_psnr(clear.stored, noisy.stored) + 1


def test_every_picture_of_a_batch_is_held_to_its_own_plain_parts(taken: tuple[Picture, Picture]) -> None:
    together = Cleaning(CAMERA)
    for picture in taken:
        made, alone = together.run(picture).picture, Cleaning(CAMERA).run(picture).picture
        assert made is not None
        assert alone is not None
        assert (made.stored == alone.stored).all()
