"""Every way to clean a picture, the noise estimate, the scores, and all of them compared."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from aestudio.core.data.carried import carried
from aestudio.core.data.reading.pictures import fit_image, read_image
from aestudio.core.denoise import learning
from aestudio.core.denoise.advice import removed
from aestudio.core.denoise.cleaning import clean
from aestudio.core.denoise.comparing import compare
from aestudio.core.denoise.halves import Tiny, halves
from aestudio.core.denoise.learning import Crops
from aestudio.core.denoise.noise import DOUBTFUL, Noise, add_noise, estimate
from aestudio.core.denoise.picture import Picture, Values
from aestudio.core.denoise.pipeline import Cleaning, Result
from aestudio.core.denoise.scores import picture_psnr, ssim
from aestudio.core.denoise.way import NO_CALLBACKS, Callbacks, Cleaner, Way
from aestudio.core.denoise.ways import photo
from aestudio.core.denoise.ways.blind_spot import BlindSpot, hidden
from aestudio.core.denoise.ways.despeckle import Despeckle
from aestudio.core.denoise.ways.nlm import NonLocalMeans
from aestudio.core.denoise.ways.photo import Photo
from aestudio.core.denoise.ways.tv import TotalVariation
from aestudio.core.denoise.ways.wavelet import Wavelet
from aestudio.core.denoise.ways.zero_shot import ZeroShot
from aestudio.core.ground.compute import Compute
from aestudio.core.ground.errors import Cancelled, DenoiseError
from aestudio.core.ground.resources import resource
from aestudio.core.model import model_file
from aestudio.core.parts.corruptions.camera import CameraNoise
from aestudio.core.parts.corruptions.gaussian import GaussianNoise
from aestudio.core.parts.corruptions.jpeg import Jpeg
from aestudio.core.parts.corruptions.poisson import Poisson
from aestudio.core.parts.corruptions.salt_and_pepper import SaltAndPepper
from aestudio.core.parts.slots import options
from aestudio.core.run.recipes import find

CLASSICAL: tuple[Way, ...] = (NonLocalMeans(), TotalVariation(), Wavelet())
LEARNING: tuple[Way, ...] = (ZeroShot(steps=150, crop=64, learning_rate=3e-3), BlindSpot(steps=150, crop=48))


def photograph(channels: int = 1, size: int = 128) -> Values:
    """The middle of scikit-image's cat, in [0, 1]."""
    values = read_image(carried("skimage", "data/chelsea.png"))[80 : 80 + size, 100 : 100 + size]
    if channels == 3:
        return np.ascontiguousarray(values)
    grey = fit_image(values, (1, size, size)).transpose(1, 2, 0)
    return grey.astype(np.float32) / np.float32(255)


def noisy(values: Values, sigma: float) -> Picture:
    return Picture(add_noise(Picture(values, 1.0), GaussianNoise(sigma=sigma)), 1.0, name="noisy")


def as_images(values: Values) -> torch.Tensor:
    return torch.from_numpy(values).permute(2, 0, 1)[None]


# -- all of them -------------------------------------------------------------------------------------------------------


def test_every_way_is_found_by_its_kind() -> None:
    assert list(options(Way)) == ["photo", "model", "zero-shot", "blind-spot", "nlm", "tv", "wavelet", "despeckle"]


@pytest.mark.parametrize("channels", [1, 3], ids=["grey", "colour"])
@pytest.mark.parametrize("way", [Photo(), *CLASSICAL, *LEARNING], ids=lambda way: way.kind)
@pytest.mark.slow
def test_a_way_takes_noise_off(way: Way, channels: int) -> None:
    values = photograph(channels)
    picture = noisy(values, 25 / 255)
    made = clean(picture, way.prepare([picture], 25 / 255)).stored
    assert made.shape == values.shape
    assert made.dtype == np.float32
    assert picture_psnr(values, made) > picture_psnr(values, picture.stored) + 2


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (3, 3), (9, 2)], ids=str)
@pytest.mark.parametrize("channels", [1, 3], ids=["grey", "colour"])
@pytest.mark.parametrize(
    "way", [*CLASSICAL, ZeroShot(steps=10), BlindSpot(steps=10, crop=16)], ids=lambda way: way.kind
)
def test_a_way_takes_pictures_of_a_few_pixels(way: Way, channels: int, size: tuple[int, int]) -> None:
    picture = Picture(np.random.default_rng(0).random((*size, channels), np.float32), 1.0)
    made = clean(picture, way.prepare([picture], 0.1)).stored
    assert made.shape == picture.stored.shape
    assert np.isfinite(made).all()


@pytest.mark.parametrize("way", CLASSICAL, ids=lambda way: way.kind)
def test_without_noise_a_classical_way_leaves_the_picture_alone(way: Way) -> None:
    picture = Picture(photograph(), 1.0)
    assert (clean(picture, way.prepare([picture], 0.0)).stored == picture.stored).all()


# -- the bundled photo denoiser ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 3], ids=["grey", "colour"])
@pytest.mark.parametrize(("sigma", "gain"), [(5, 1.5), (15, 5), (25, 7), (50, 10)])
def test_the_photo_denoiser_is_not_told_the_noise_level_and_beats_the_classical_ways_at_each(
    channels: int, sigma: int, gain: float
) -> None:
    values = photograph(channels, 200)
    picture = noisy(values, sigma / 255)
    ours = picture_psnr(values, clean(picture, Photo().prepare([picture], 0.0)).stored)
    assert ours > picture_psnr(values, picture.stored) + gain
    for way in CLASSICAL:
        assert ours > picture_psnr(values, clean(picture, way.prepare([picture], sigma / 255)).stored)


@pytest.mark.parametrize("channels", [1, 3], ids=["grey", "colour"])
def test_the_photo_denoiser_leaves_a_clean_photograph_nearly_as_it_is(channels: int) -> None:
    picture = Picture(photograph(channels, 200), 1.0)
    assert picture_psnr(picture.values(), clean(picture, Photo().prepare([picture], 0.0)).stored) > 38


@pytest.mark.parametrize("channels", [1, 3], ids=["grey", "colour"])
def test_noise_that_was_saved_as_a_jpeg_is_taken_off(channels: int) -> None:
    values = photograph(channels, 200)
    seen = Jpeg(low=90, high=90, colours="4:2:0").seen(as_images(noisy(values, 25 / 255).stored))
    picture = Picture(np.ascontiguousarray(seen[0].permute(1, 2, 0).numpy()), 1.0)
    made = clean(picture, Photo().prepare([picture], 0.0)).stored
    assert picture_psnr(values, made) > picture_psnr(values, picture.stored) + 5


def test_noise_that_is_known_beyond_doubt_is_taken_off_detail_too() -> None:
    """The finding: held to what dark plain parts lose, results of σ 25 as a JPEG were 0.25 dB worse."""
    values = photograph(3, 200)
    seen = Jpeg(low=90, high=90, colours="4:2:0").seen(as_images(noisy(values, 25 / 255).stored))
    picture = Picture(np.ascontiguousarray(seen[0].permute(1, 2, 0).numpy()), 1.0)
    found = estimate(picture)
    assert found.alike
    assert found.sure == found.sigma
    said = Cleaning(Photo(), sigma=found.sigma + photo.IN_DETAIL).run(picture).picture
    made = Cleaning(Photo()).run(picture).picture
    assert said is not None
    assert made is not None
    assert np.abs(said.stored - made.stored).max() < 1e-5


@pytest.mark.parametrize("jpeg_share", [0.0, 1.0], ids=["camera", "JPEG of a camera"])
@pytest.mark.parametrize("channels", [1, 3], ids=["grey", "colour"])
def test_noise_of_a_camera_is_taken_off(channels: int, jpeg_share: float) -> None:
    values = photograph(channels, 200)
    camera = CameraNoise(shot_low=0.008, shot_high=0.008, jpeg_share=jpeg_share, quality_low=90)
    picture = Picture(add_noise(Picture(values, 1.0), camera), 1.0)
    made = clean(picture, Photo().prepare([picture], 0.0)).stored
    assert picture_psnr(values, made) > picture_psnr(values, picture.stored) + (4 if channels == 3 else 2.5)


@pytest.mark.parametrize("channels", [1, 3], ids=["grey", "colour"])
def test_the_photo_denoiser_that_fits_the_noise_is_taken(channels: int) -> None:
    values = photograph(channels, 200)
    taken = Picture(add_noise(Picture(values, 1.0), CameraNoise(jpeg_share=0)), 1.0)
    for picture, kind in ((noisy(values, 25 / 255), "even"), (taken, "camera or JPEG")):
        chosen = Photo().suited(estimate(picture))
        assert isinstance(chosen, Photo)
        assert chosen.noise == kind
        by_itself, by_hand = (clean(picture, way.prepare([picture], 0.0)).stored for way in (Photo(), chosen))
        assert (by_itself == by_hand).all()
    assert Photo(noise="even").suited(estimate(taken)).model_dump() == Photo(noise="even").model_dump()


@pytest.mark.parametrize("width", [0.0, 0.45, 0.5], ids=str)
def test_noise_that_only_seems_even_is_taken_off(width: float) -> None:
    """The finding: of an old photograph's grain, a little alike in neighbours, a tenth was taken off."""
    values = photograph(1, 200)
    drawn = np.random.default_rng(0).normal(size=values.shape)
    if width:
        drawn = gaussian_filter(drawn, (width, width, 0))
    picture = Picture((values + 14 / 255 * drawn / drawn.std()).astype(np.float32), 1.0)
    assert not estimate(picture).alike
    for made in (Cleaning(Photo()).run(picture).picture, clean(picture, Photo().prepare([picture], 0.0))):
        assert made is not None
        assert picture_psnr(values, made.stored) > picture_psnr(values, picture.stored) + 4.5


@pytest.mark.parametrize("channels", [1, 3], ids=["grey", "colour"])
def test_the_higher_the_noise_level_that_is_said_the_more_is_taken_off(channels: int) -> None:
    """Up to flat colours: in a picture with a little noise a level that is far too high takes detail too."""
    picture = noisy(photograph(channels, 200), 10 / 255)
    gone = [removed(picture, clean(picture, Photo().prepare([picture], sigma / 255))) for sigma in (10, 20, 30, 45, 60)]
    assert gone == sorted(gone)
    assert gone[-1] > 1.2 * gone[0]
    unsaid = removed(picture, clean(picture, Photo().prepare([picture], 0.0)))
    assert unsaid == pytest.approx(10 / 255, rel=0.2)


def test_both_ways_up_is_the_mean_of_upright_and_upside_down_and_better() -> None:
    values = photograph(3, 203)
    picture = noisy(values, 25 / 255)
    once, twice = (clean(picture, Photo(twice=how).prepare([picture], 0.0)).stored for how in ("never", "always"))
    around = np.ascontiguousarray(np.pad(picture.stored, ((0, 5), (0, 5), (0, 0)), "edge")[::-1, ::-1])
    turned = Photo(twice="never").prepare([picture], 0.0).clean(around)[::-1, ::-1][:203, :203]
    assert np.abs(twice - (once + turned) / 2).max() < 1e-5
    assert picture_psnr(values, twice) > picture_psnr(values, once) + 0.05


def test_a_large_picture_is_cleaned_once_where_nobody_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = noisy(photograph(), 0.1)
    upright = clean(picture, Photo(twice="never").prepare([picture], 0.0)).stored
    monkeypatch.setattr(photo, "LARGE", picture.megapixels - 0.001)
    assert (clean(picture, Photo().prepare([picture], 0.0)).stored == upright).all()
    monkeypatch.setattr(photo, "LARGE", picture.megapixels)
    assert (clean(picture, Photo().prepare([picture], 0.0)).stored != upright).any()


@pytest.mark.parametrize("kind", ["photo-denoiser", "photo-denoiser-real"])
@pytest.mark.parametrize("colours", ["", "-grey"])
def test_a_bundled_denoiser_is_small_comes_from_its_recipe_and_carries_no_photograph(kind: str, colours: str) -> None:
    name = kind + colours
    path = resource("models", f"{name}.safetensors")
    assert path.stat().st_size <= 4_000_000
    found = model_file.load(path)
    recipe = find(name).run()
    for slot in ("network", "code", "corruption", "loss", "penalties", "optimiser", "rate", "schedule"):
        assert getattr(found.run, slot) == getattr(recipe, slot)
    assert found.samples is None
    assert found.run.data.model_dump()["path"] == "BSD400"  # no folder of the machine that trained it


# -- those that learn --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [ZeroShot(steps=20, crop=32), BlindSpot(steps=20, crop=32)], ids=lambda way: way.kind)
def test_the_seed_fixes_what_is_learned(way: Way) -> None:
    picture = noisy(photograph(), 0.1)
    first, again, other = (
        clean(picture, one.prepare([picture], 0.1)).stored for one in (way, way, way.model_copy(update={"seed": 1}))
    )
    assert (first == again).all()
    assert not (first == other).all()


@pytest.mark.parametrize("way", [ZeroShot(steps=400, crop=32), BlindSpot(steps=400, crop=32)], ids=lambda way: way.kind)
def test_learning_tells_how_far_it_is_and_ends_where_it_is_cancelled(way: Way) -> None:
    told: list[float] = []

    def report(_doing: str, fraction: float | None) -> None:
        told.append(fraction or 0.0)
        if len(told) == 3:
            raise Cancelled("Enough.")

    picture = noisy(photograph(), 0.1)
    with pytest.raises(Cancelled):
        way.prepare([picture], 0.1, Callbacks(report))
    assert told[0] == 0
    assert 0 < told[1] < told[2] < 1


def test_learning_shows_what_it_has_learned_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aestudio.core.denoise.learning.SHOWN", 0.0)
    picture, seen = noisy(photograph(), 0.1), []
    ZeroShot(steps=10, crop=32).prepare(
        [picture],
        0.1,
        Callbacks(show=lambda cleaner: seen.append(cleaner.clean(picture.values(slice(0, 8), slice(0, 8))))),
    )
    assert len(seen) == 10
    assert not (seen[0] == seen[-1]).all()


@pytest.mark.parametrize("way", [ZeroShot(steps=80), BlindSpot(steps=80)], ids=lambda way: way.kind)
def test_the_first_preview_comes_early_and_the_others_a_second_apart(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1000))
    monkeypatch.setattr("aestudio.core.denoise.learning.time.perf_counter", lambda: 0.1 * next(clock))
    seen: list[float] = []
    way.prepare([noisy(photograph(size=48), 0.1)], 0.1, Callbacks(show=lambda _cleaner: seen.append(0.1 * next(clock))))
    assert seen[0] < 0.6
    assert len(seen) > 3
    assert np.diff(seen).min() > 1


@pytest.mark.parametrize("way", [ZeroShot(steps=100_000), BlindSpot(steps=100_000)], ids=lambda way: way.kind)
def test_learning_ends_when_its_time_is_over_and_says_so(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1000))
    monkeypatch.setattr("aestudio.core.denoise.learning.time.perf_counter", lambda: float(next(clock)))
    picture = noisy(photograph(), 0.1)
    told: list[float] = []
    cleaner = way.prepare([picture], 0.1, Callbacks(lambda _doing, fraction: told.append(fraction or 0.0)))
    assert next(clock) == 1 + 18  # one look at the clock a step, a second apart
    assert "Learned for 18 s, which was 17 of 100,000 steps" in cleaner.note
    assert told == sorted(told)
    assert told[-1] == 1.0


@pytest.mark.parametrize("way", [ZeroShot(), BlindSpot()], ids=lambda way: way.kind)
def test_a_tiny_picture_takes_few_steps(way: Way) -> None:
    picture = Picture(np.full((1, 1, 1), 0.5, np.float32), 1.0)
    assert learning.steps_for(way.steps, [picture], way.crop) == learning.FEWEST  # type: ignore[attr-defined]
    assert learning.steps_for(way.steps, [noisy(photograph(), 0.1)], way.crop) == way.steps  # type: ignore[attr-defined]
    assert learning.steps_for(50, [picture], 64) == 50


def test_the_two_halves_are_the_means_of_the_diagonals() -> None:
    one, two = halves(torch.tensor([[[[1.0, 2.0], [4.0, 8.0]]]]))
    assert (one.item(), two.item()) == (3.0, 4.5)


def test_the_zero_shot_network_is_the_paper_s() -> None:
    assert sum(p.numel() for p in Tiny(1).parameters()) == 9 * 48 + 48 + 48 * 48 * 9 + 48 + 48 + 1


def test_a_hidden_pixel_shows_a_neighbour_and_never_itself() -> None:
    places = torch.arange(2 * 20 * 24, dtype=torch.float32).view(2, 1, 20, 24)
    seen, mask = hidden(places, 0.2, torch.Generator().manual_seed(0))
    assert (seen[~mask] == places[~mask]).all()
    assert (seen[mask] != places[mask]).all()
    assert 0.15 < float(mask.float().mean()) < 0.25
    moved = (seen.long() % 480)[mask]
    here = (places.long() % 480)[mask]
    rows, columns = (moved // 24 - here // 24).abs(), (moved % 24 - here % 24).abs()
    assert (torch.minimum(rows, 20 - rows) <= 2).all()
    assert (torch.minimum(columns, 24 - columns) <= 2).all()


def test_crops_come_from_all_pictures_and_have_even_sides() -> None:
    pictures = [Picture(np.full((30, 41, 1), value, np.float32), 1.0) for value in (0.25, 0.75)]
    crops = Crops(pictures, 33, 2, 0, torch.device("cpu"))
    seen = {(tuple(crop.shape), float(crop.mean())) for crop in (crops() for _ in range(20))}
    assert seen == {((2, 1, 30, 34), 0.25), ((2, 1, 30, 34), 0.75)}


# -- numbers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 3], ids=["grey", "colour"])
@pytest.mark.parametrize("sigma", [15, 25, 50])
def test_the_noise_level_is_found_on_a_photograph(sigma: int, channels: int) -> None:
    picture = noisy(photograph(channels, 200), sigma / 255)
    assert 255 * estimate(picture).sigma == pytest.approx(sigma, abs=1)


def test_a_large_picture_is_estimated_from_some_of_it() -> None:
    drawn = np.random.default_rng(0).normal(0.5, 0.1, (1500, 700, 1)).astype(np.float32)
    assert estimate(Picture(drawn, 1.0)).sigma == pytest.approx(0.1, rel=0.02)


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 2, 3), (40, 50, 1)], ids=str)
def test_a_picture_of_one_colour_has_no_noise(shape: tuple[int, int, int]) -> None:
    assert estimate(Picture(np.full(shape, 100, np.uint8))).sigma == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("channels", [1, 3], ids=["grey", "colour"])
def test_independent_noise_is_told_from_that_of_a_camera(channels: int) -> None:
    values = photograph(channels, 200)
    even = estimate(noisy(values, 20 / 255))
    assert not even.alike
    assert not even.uneven
    assert even.low < 20 / 255 < even.high
    assert Noise(16.5 / 255, 16.5 / 255, 21 / 255).describe() == "σ 16.5 of 255 (16.5 to 21.0)"
    taken = add_noise(Picture(values, 1.0), CameraNoise(shot_low=0.012, shot_high=0.012, jpeg_share=0))
    found = estimate(Picture(taken, 1.0))
    assert found.alike
    assert "alike in neighbouring pixels" in found.describe()
    assert found.low < float(np.sqrt(np.mean((taken - values) ** 2))) < found.high


def test_noise_that_grows_with_light_is_found_to_differ_from_tone_to_tone() -> None:
    ramp = np.linspace(0.05, 0.95, 256, dtype=np.float32)[None, :, None].repeat(256, 0)
    assert estimate(Picture(add_noise(Picture(ramp, 1.0), Poisson(peak=100)), 1.0)).uneven
    assert not estimate(noisy(ramp, 0.05)).uneven


def test_texture_is_not_taken_for_noise_where_some_of_the_picture_is_plain() -> None:
    drawn = np.random.default_rng(0)
    values = np.full((256, 256, 1), 0.5, np.float32)
    values[:, :192, 0] += 0.2 * np.sin(np.arange(192) * 2.1) * np.sin(np.arange(256) * 1.7)[:, None]
    values += drawn.normal(0, 4 / 255, values.shape).astype(np.float32)
    assert 255 * estimate(Picture(values, 1.0)).sigma == pytest.approx(4, abs=1)


def test_texture_that_may_be_taken_for_noise_is_hardly_taken_off() -> None:
    """The finding: clean pictures with fine texture everywhere were taken for noise of a camera and came out soft."""
    values = read_image(carried("skimage", "data/chelsea.png"))
    picture = Picture(np.ascontiguousarray(values[:256, :256]), 1.0)
    noise = estimate(picture)
    assert noise.alike
    assert noise.high > DOUBTFUL * noise.sigma
    assert noise.sure == noise.low < 0.5 * noise.sigma
    made = Cleaning(Photo(), estimate=noise).run(picture).picture
    assert made is not None
    assert picture_psnr(picture.stored, made.stored) > 42
    assert Noise(0.1, 0.09, 0.12).sure == 0.1


def test_black_and_white_dots_are_found_and_strong_noise_is_none() -> None:
    values = photograph(1, 200)
    dotted = estimate(Picture(add_noise(Picture(values, 1.0), SaltAndPepper(fraction=0.1)), 1.0))
    assert dotted.dots == pytest.approx(0.1, abs=0.03)
    assert dotted.sigma < 10 / 255
    assert estimate(noisy(values, 50 / 255)).dots == 0
    assert estimate(Picture(values, 1.0)).dots == 0


def test_the_median_takes_off_dots_and_leaves_every_other_pixel_as_it_is() -> None:
    values = photograph(3, 200)
    assert (clean(Picture(values, 1.0), Despeckle().prepare([Picture(values, 1.0)], 0.0)).stored == values).all()
    dotted = Picture(add_noise(Picture(values, 1.0), SaltAndPepper(fraction=0.1)), 1.0)
    made = clean(dotted, Despeckle().prepare([dotted], 0.0)).stored
    inside = (dotted.stored > 0) & (dotted.stored < 1)
    assert (made[inside] == dotted.stored[inside]).all()
    best = max(picture_psnr(values, clean(dotted, way.prepare([dotted], 0.2)).stored) for way in CLASSICAL)
    assert picture_psnr(values, made) > best + 6


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 3, 3), (12, 1, 1)], ids=str)
def test_the_median_takes_pictures_of_any_size(shape: tuple[int, int, int]) -> None:
    picture = Picture(np.zeros(shape, np.float32), 1.0)
    assert (clean(picture, Despeckle().prepare([picture], 0.0)).stored == 0).all()


def test_added_noise_is_not_cut_off_and_its_seed_fixes_it() -> None:
    white = Picture(np.full((50, 50, 1), 255, np.uint8))
    first, again, other = (add_noise(white, GaussianNoise(sigma=0.2), seed) for seed in (0, 0, 1))
    assert (first == again).all()
    assert not (first == other).all()
    assert first.max() > 1.3


def test_shot_noise_has_the_mean_of_the_image_and_a_variance_that_grows_with_it() -> None:
    clean_images = torch.tensor([0.1, 0.5]).view(2, 1, 1, 1).expand(2, 1, 300, 300)
    seen = Poisson(peak=50).seen(clean_images, torch.Generator().manual_seed(0)).flatten(1)
    assert seen.mean(1).tolist() == pytest.approx([0.1, 0.5], rel=0.02)
    assert seen.var(1).tolist() == pytest.approx([0.1 / 50, 0.5 / 50], rel=0.03)


def test_psnr_and_ssim_of_equal_pictures_are_perfect_and_of_others_what_the_definition_says() -> None:
    values = photograph()
    assert picture_psnr(values, values) == math.inf
    assert ssim(values, values) == pytest.approx(1)
    assert picture_psnr(values, values + np.float32(0.1)) == pytest.approx(20, abs=1e-4)
    assert ssim(values, noisy(values, 0.2).stored) < 0.5


def test_scores_of_pictures_that_differ_in_size_are_refused() -> None:
    with pytest.raises(DenoiseError, match="has 128×128 pixels in grey, the picture 64×64 pixels in grey"):
        picture_psnr(photograph(), photograph(size=64))


def test_a_picture_that_no_window_fits_has_no_ssim() -> None:
    assert math.isnan(ssim(photograph(size=8), photograph(size=8)))


# -- compared ----------------------------------------------------------------------------------------------------------


class Failing(Way):
    """Never succeeds."""

    kind: ClassVar[str] = "failing"
    title: ClassVar[str] = "Failing"
    about: ClassVar[str] = "Never succeeds."
    source: ClassVar[str] = "this test"

    def prepare(self, pictures: Sequence[Picture], sigma: float, callbacks: Callbacks = NO_CALLBACKS) -> Cleaner:
        raise DenoiseError("It cannot.")


def compared(**settings: Any) -> list[Result]:
    picture = noisy(photograph(), 0.1)
    ways = {"tv": TotalVariation(), "broken": Failing(), "nlm": NonLocalMeans()}
    return compare(picture, ways, 0.1, **settings)


def test_ways_are_ranked_by_psnr_and_one_that_fails_says_why() -> None:
    results = compared(reference=Picture(photograph(), 1.0))
    assert [one.name for one in results] == ["nlm", "tv", "broken"]
    best, second, failed = results
    assert best.psnr is not None
    assert second.psnr is not None
    assert best.psnr > second.psnr
    assert best.ssim is not None
    assert 0 < best.ssim < 1
    assert (failed.picture, failed.problem) == (None, "It cannot.")


def test_without_a_reference_there_are_no_scores_and_the_order_stays() -> None:
    results = compared()
    assert [one.name for one in results] == ["tv", "nlm", "broken"]
    assert all(one.psnr is None and one.ssim is None for one in results)


def test_each_result_is_told_at_once_and_progress_rises_over_all_ways() -> None:
    told: list[float] = []
    seen: list[str] = []
    compared(report=lambda _doing, fraction: told.append(fraction or 0.0), on_result=lambda one: seen.append(one.name))
    assert sorted(seen) == ["broken", "nlm", "tv"]
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_quick_ways_come_first_and_nothing_that_is_done_once_is_timed() -> None:
    seen: list[str] = []
    prepared: list[tuple[str, int]] = []

    class Counted(TotalVariation):
        """Total variation that notes what it is prepared for."""

        def prepare(self, pictures: Sequence[Picture], sigma: float, callbacks: Callbacks = NO_CALLBACKS) -> Cleaner:
            prepared.append((self.kind, pictures[0].height))
            return super().prepare(pictures, sigma, callbacks)

    picture = noisy(photograph(), 0.1)
    ways = {"zero-shot": ZeroShot(steps=10), "tv": Counted()}
    compare(picture, ways, 0.1, on_result=lambda one: seen.append(one.name))
    assert seen == ["tv", "zero-shot"]
    assert prepared == [("tv", 64)]  # the corner made it ready, the whole picture found it so


def test_a_cancel_ends_the_comparison() -> None:
    def report(_doing: str, _fraction: float | None) -> None:
        raise Cancelled("Enough.")

    with pytest.raises(Cancelled):
        compared(report=report)


@pytest.mark.parametrize(("depth", "wanted"), [(np.uint8, "auto"), (np.uint16, "float32")])
def test_only_pictures_of_8_bits_are_cleaned_with_rounded_factors(
    depth: type, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = set()
    honest = Compute.factors_in

    def spy(self: Compute, precision: str, work: int = 0) -> AbstractContextManager[None]:
        asked.add(precision)
        return honest(self, precision, work)

    monkeypatch.setattr(Compute, "factors_in", spy)
    noisy: Any = (np.random.default_rng(0).normal(0.5, 0.1, (32, 32, 1)).clip(0, 1) * np.iinfo(depth).max).astype(depth)
    picture = Picture(noisy, white=float(np.iinfo(depth).max))
    clean(picture, options(Way)["photo"]().prepare([picture], 0.0))
    assert asked == {wanted}
