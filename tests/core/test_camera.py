"""What a camera makes of a picture: the parts of its pipeline against their definitions, and what comes out of all."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from aestudio.core.ground.errors import RunError
from aestudio.core.parts import bayer, jpeg, wiener
from aestudio.core.parts.camera import Camera, noise_levels, photographed, rescaled, sensed
from aestudio.core.parts.corruptions.camera import CameraNoise
from aestudio.core.parts.corruptions.jpeg import Jpeg
from aestudio.core.parts.corruptions.mixed import MixedNoise, alike
from aestudio.core.parts.families.corruption import Corruption
from aestudio.core.run.run import Run

CPU = torch.device("cpu")


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def smooth(count: int = 4, channels: int = 3, side: int = 48) -> Tensor:
    """Pictures with structure and without noise, within [0.1, 0.9]."""
    coarse = torch.rand(count, channels, 6, 6, generator=seeded())
    made = torch.nn.functional.interpolate(coarse, size=side, mode="bilinear")
    return 0.1 + 0.8 * made


# -- light and tones ---------------------------------------------------------------------------------------------------


def test_tones_undo_light_and_colours_undo_raw_within_the_range_of_a_sensor() -> None:
    camera = Camera.drawn(64, 0.5, CPU, seeded())
    assert 0 < float(camera.curved.float().mean()) < 1
    tones = torch.rand(64, 3, 8, 8, generator=seeded(1))
    torch.testing.assert_close(camera.tones(camera.light(tones)), tones, atol=1e-3, rtol=0)
    raw = camera.raw(tones)
    assert 0 <= float(raw.min()) <= float(raw.max()) <= 1
    torch.testing.assert_close(camera.colours(raw), tones, atol=1e-5, rtol=0)


def test_grey_stays_grey_and_white_balance_is_what_the_source_says() -> None:
    camera = Camera.drawn(1000, 0.5, CPU, seeded())
    red, green, blue = camera.gains[:, :, 0, 0].unbind(1)
    assert 1.9 <= float(red.min()) < 1.95
    assert 2.35 < float(red.max()) <= 2.4
    assert 1.5 <= float(blue.min()) < float(blue.max()) <= 1.9
    assert green.eq(1).all()
    grey = torch.full((1000, 3, 1, 1), 0.4)
    torch.testing.assert_close(camera.colours(camera.raw(grey)), grey)


# -- noise -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("light", [0.1, 0.5])
def test_the_variance_of_a_raw_value_is_shot_times_light_plus_read(light: float) -> None:
    levels = torch.tensor([4e-4, 3e-4]).view(2, 1, 1, 1, 1)
    noise = sensed(torch.full((1, 1, 400, 400), light), levels, seeded()) - light
    assert float(noise.var()) == pytest.approx(4e-4 * light + 3e-4, rel=0.02)
    assert float(noise.mean()) == pytest.approx(0, abs=2e-4)


def test_shot_noise_is_log_uniform_and_read_noise_lies_near_its_line() -> None:
    shot, read = noise_levels(20_000, 1e-4, 1e-2, CPU, seeded()).log().view(2, -1).double()
    assert float(shot.min()) == pytest.approx(np.log(1e-4), abs=1e-2)
    assert float(shot.max()) == pytest.approx(np.log(1e-2), abs=1e-2)
    assert float(shot.mean()) == pytest.approx(np.log(1e-3), abs=0.03)
    assert float(shot.var()) == pytest.approx(np.log(100) ** 2 / 12, rel=0.02)
    rest = read - (2.18 * shot + 1.20)
    assert float(rest.mean()) == pytest.approx(0, abs=0.01)
    assert float(rest.std()) == pytest.approx(0.26, rel=0.02)


# -- the colour filter -------------------------------------------------------------------------------------------------


def by_hand(measured: np.ndarray, corner: int, y: int, x: int) -> list[float]:
    """Red, green and blue at a pixel by bilinear interpolation: the mean of the nearest measurements of each."""
    found: list[float] = []
    for colour in range(3):
        near = {
            (dy, dx)
            for dy in (-1, 0, 1)
            for dx in (-1, 0, 1)
            if bayer.COLOUR[2 * ((y + dy + corner // 2) % 2) + (x + dx + corner % 2) % 2] == colour
        }
        least = min(abs(dy) + abs(dx) for dy, dx in near)
        found.append(float(np.mean([measured[y + dy, x + dx] for dy, dx in near if abs(dy) + abs(dx) == least])))
    return found


@pytest.mark.parametrize("corner", range(4))
def test_bilinear_demosaicing_is_the_mean_of_the_nearest_of_each_colour(corner: int) -> None:
    images = torch.rand(1, 3, 6, 7, generator=seeded())
    where = bayer.places(6, 7, torch.tensor([corner]))
    measured = bayer.mosaic(images, where)
    made = bayer.demosaic(measured, where, torch.zeros(1))
    for y in range(1, 5):
        for x in range(1, 6):
            assert made[0, :, y, x].tolist() == pytest.approx(by_hand(measured[0, 0].numpy(), corner, y, x), abs=1e-6)


@pytest.mark.parametrize("sharpness", [0.0, 1.0])
def test_what_was_measured_stays_and_plain_colours_and_ramps_come_back_whole(sharpness: float) -> None:
    corner, sharp = torch.arange(4), torch.full((4,), sharpness)
    where = bayer.places(10, 12, corner)
    plain = torch.tensor([0.2, 0.5, 0.9]).view(1, 3, 1, 1).expand(4, 3, 10, 12)
    torch.testing.assert_close(bayer.demosaic(bayer.mosaic(plain, where), where, sharp), plain)
    ramp = torch.linspace(0, 1, 12).expand(4, 3, 10, 12)
    made = bayer.demosaic(bayer.mosaic(ramp, where), where, sharp)
    torch.testing.assert_close(made[..., 3:-3], ramp[..., 3:-3])
    measured = bayer.mosaic(torch.rand(4, 3, 10, 12, generator=seeded()), where)
    assert bayer.mosaic(bayer.demosaic(measured, where, sharp), where).equal(measured)


# -- JPEG --------------------------------------------------------------------------------------------------------------


def test_a_block_of_a_grey_jpeg_is_its_cosines_rounded_to_multiples_of_the_table() -> None:
    table = np.array(
        [
            [16, 11, 10, 16, 24, 40, 51, 61],
            [12, 12, 14, 19, 26, 58, 60, 55],
            [14, 13, 16, 24, 40, 57, 69, 56],
            [14, 17, 22, 29, 51, 87, 80, 62],
            [18, 22, 37, 56, 68, 109, 103, 77],
            [24, 35, 55, 64, 81, 104, 113, 92],
            [49, 64, 78, 87, 103, 121, 120, 101],
            [72, 92, 95, 98, 112, 100, 103, 99],
        ]
    )  # ITU-T T.81, table K.1, which is quality 50
    place, wave = np.arange(8) + 0.5, np.arange(8)[:, None]
    cosines = np.cos(np.pi / 8 * wave * place) / 2
    cosines[0] /= 2**0.5
    pixels = torch.randint(0, 256, (1, 1, 8, 8), generator=seeded())
    block = pixels[0, 0].numpy() - 128.0
    rounded = table * np.round(cosines @ block @ cosines.T / table)
    wanted = np.clip(cosines.T @ rounded @ cosines + 128, 0, 255)
    made = jpeg.compressed(pixels / 255, [50], [jpeg.FULL])[0, 0].numpy() * 255
    assert np.abs(made - wanted).max() <= 2  # its transforms are of whole numbers


def test_coarse_colours_keep_brightness_and_lose_detail_of_colour() -> None:
    stripes = torch.zeros(1, 3, 16, 16)
    stripes[:, 0, :, ::2] = stripes[:, 2, :, 1::2] = 1.0
    fine, coarse = (jpeg.compressed(stripes, [100], [how]) for how in (jpeg.FULL, jpeg.HALVED))
    assert float((fine - stripes).abs().max()) < 0.02
    assert float((coarse - stripes).abs().mean()) > 0.3


def test_quality_and_subsampling_are_those_that_are_asked_for() -> None:
    images = smooth() + 0.05 * torch.randn(4, 3, 48, 48, generator=seeded(2))

    def lost(**settings: object) -> float:
        return float(Jpeg.model_validate(settings)(images, seeded()).given["sigma"].mean())

    assert lost(low=100, high=100, colours="4:4:4") < lost(low=90, high=90, colours="4:4:4")
    assert lost(low=90, high=90, colours="4:4:4") < lost(low=90, high=90, colours="4:2:0") < lost(low=20, high=20)
    either = Jpeg(low=90, high=90)(images, seeded()).seen
    both = [Jpeg(low=90, high=90, colours=how)(images, seeded()).seen for how in ("4:4:4", "4:2:0")]
    assert all(any(one.equal(other[index]) for other in both) for index, one in enumerate(either))


# -- what comes out ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("jpeg_share", [0.0, 1.0])
def test_what_should_come_out_of_a_camera_is_the_picture_without_noise_mosaic_or_jpeg(
    channels: int, jpeg_share: float
) -> None:
    clean = smooth(channels=channels)
    done = CameraNoise(jpeg_share=jpeg_share)(clean, seeded())
    assert done.target.equal(clean)
    assert done.seen.shape == clean.shape
    wrong = (done.seen - clean).flatten(1)
    torch.testing.assert_close(done.given["sigma"], wrong.square().mean(1).sqrt())
    assert 0.002 < float(wrong.std()) < 0.2
    assert float(wrong.mean()) == pytest.approx(0, abs=0.02)


def test_without_noise_a_camera_shows_a_smooth_picture_as_it_is() -> None:
    clean = smooth()
    seen = photographed(clean, (1e-9, 1e-9), seeded())
    assert float((seen - clean).square().mean().sqrt()) < 0.01


def test_a_rescaled_picture_is_rescaled_as_what_should_come_out_too() -> None:
    clean = smooth()
    done = CameraNoise(scale=2.0, shot_low=1e-6, shot_high=1e-6, jpeg_share=0)(clean, seeded())
    assert not done.target.equal(clean)
    far, near = ((done.seen - one).abs().mean() for one in (clean, done.target))
    assert float(near) < 0.2 * float(far)
    torch.testing.assert_close(rescaled(clean, torch.ones(4)), clean, atol=1e-5, rtol=0)
    twice = rescaled(clean, torch.full((4,), 2.0))
    torch.testing.assert_close(
        twice[..., 23:25, 23:25].mean((2, 3)), clean[..., 23:25, 23:25].mean((2, 3)), atol=0.01, rtol=0
    )


def test_camera_noise_is_stronger_in_light_where_tones_are_flat_and_alike_in_neighbours() -> None:
    grey = torch.full((64, 3, 64, 64), 0.5)
    independent = CameraNoise(colour_filter=False, jpeg_share=0)(grey, seeded()).seen - grey
    filtered = CameraNoise(jpeg_share=0)(grey, seeded()).seen - grey

    def correlation(noise: Tensor) -> float:
        return float((noise[..., 1:] * noise[..., :-1]).mean() / noise.square().mean())

    assert correlation(independent) == pytest.approx(0, abs=0.01)
    assert correlation(filtered) > 0.15


def test_noise_that_is_made_alike_keeps_its_strength() -> None:
    white = torch.randn(4, 3, 64, 64, generator=seeded())
    width = torch.tensor([0.0, 0.0, 1.0, 1.0])
    common = torch.tensor([0.0, 1.0, 0.0, 1.0])
    made = alike(white, width, common)
    torch.testing.assert_close(made[0], white[0], atol=1e-5, rtol=0)
    assert made.flatten(1).std(1).tolist() == pytest.approx([1] * 4, rel=0.1)
    torch.testing.assert_close(made[1, 0], made[1, 2])
    near = (made[2, :, 1:] * made[2, :, :-1]).mean() / made[2].square().mean()
    assert float(near) == pytest.approx(np.exp(-0.25), abs=0.08)  # of a Gaussian of σ 1, one pixel apart


# -- being told --------------------------------------------------------------------------------------------------------


def test_nobody_is_told_of_noise_unless_it_is_asked_for() -> None:
    assert MixedNoise()(smooth(), seeded()).given["sigma"].eq(0).all()


def test_the_share_without_noise_is_seen_as_it_is() -> None:
    clean = smooth(count=40, side=16)
    done = MixedNoise(clean_share=0.5, camera_share=0.2, alike_share=0.2, jpeg_share=1)(clean, seeded())
    same = [bool(one.equal(other)) for one, other in zip(done.seen, clean, strict=True)]
    assert 10 < sum(same) < 30
    assert done.target.equal(clean)


def test_who_is_told_the_noise_level_gets_the_clean_picture_and_who_is_told_more_gets_less_detail() -> None:
    clean = torch.rand(32, 3, 32, 32, generator=seeded(5))
    told = MixedNoise(told_share=1, more_share=0)(clean, seeded())
    assert told.target.equal(clean)
    wrong = (told.seen - clean).flatten(1).square().mean(1).sqrt()
    torch.testing.assert_close(told.given["sigma"], wrong)
    more = MixedNoise(told_share=1, more_share=1)(clean, seeded())
    assert more.seen.equal(told.seen)
    assert (more.given["sigma"] > told.given["sigma"]).all()
    assert (more.target.flatten(1).var(1) < clean.flatten(1).var(1)).all()


def test_a_filter_keeps_all_where_there_is_no_noise_and_the_means_of_blocks_where_there_is_nothing_else() -> None:
    images = torch.rand(3, 1, 17, 22, generator=seeded())
    none, some, all_ = wiener.kept(images, torch.tensor([0.0, 0.2, 1e4]))
    torch.testing.assert_close(none, images[0], atol=1e-5, rtol=0)
    assert float(all_.std()) < float(some.std()) < float(none.std())
    assert float((some - images[1]).abs().mean()) > 0.02
    plain = torch.full((1, 3, 8, 8), 0.3)
    torch.testing.assert_close(wiener.kept(plain, torch.tensor([0.5])), plain)


# -- what fits it ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "shape", "sentence"),
    [
        ({"kind": "camera", "shot_low": 0.1, "shot_high": 0.01}, (1, 8, 8), r"The least shot noise \(0.1\)"),
        ({"kind": "camera"}, (1, 1, 2), "grey or colour pictures of at least 3×3"),
        ({"kind": "camera"}, (2, 8, 8), "grey or colour pictures"),
        ({"kind": "mixed"}, (2, 8, 8), "grey or colour pictures"),
        ({"kind": "mixed", "low": 0.5, "high": 0.1}, (1, 8, 8), r"The least noise σ \(0.5\)"),
        (
            {"kind": "mixed", "camera_share": 0.8, "alike_share": 0.4},
            (1, 8, 8),
            r"\(0.8\), of correlated noise \(0.4\)",
        ),
        ({"kind": "jpeg"}, (2, 8, 8), "grey or colour pictures"),
        ({"kind": "jpeg", "low": 90, "high": 50}, (1, 8, 8), r"The least JPEG quality \(90\)"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(
    settings: dict[str, object], shape: tuple[int, int, int], sentence: str
) -> None:
    run = Run.from_settings({"network": {"kind": "mlp", "widths": [4]}, "corruption": settings})
    with pytest.raises(RunError, match=sentence):
        run.check(shape)


@pytest.mark.parametrize("make", [CameraNoise, MixedNoise, Jpeg])
def test_pictures_are_corrupted_one_by_one_and_double_stays_double(make: Callable[[], Corruption]) -> None:
    done = make()(smooth().double(), seeded())
    assert done.seen.dtype == done.target.dtype == torch.float64
