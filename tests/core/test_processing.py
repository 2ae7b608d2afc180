"""What a camera's own software makes of noise."""

from __future__ import annotations

import numpy as np
import torch

from aestudio.core.data.carried import carried
from aestudio.core.data.reading.pictures import read_image
from aestudio.core.ground.shapes import OPPONENT
from aestudio.core.parts import wiener
from aestudio.core.parts.corruptions.mixed import MixedNoise
from aestudio.core.parts.processing import processed


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def photograph(count: int) -> torch.Tensor:
    values = read_image(carried("skimage", "data/chelsea.png"))[100:164, 100:164]
    return torch.from_numpy(np.ascontiguousarray(values)).permute(2, 0, 1).expand(count, -1, -1, -1)


def likeness(noise: torch.Tensor, away: int) -> float:
    """The correlation of pixels of noise [N, H, W] that are so far apart in a row, the mean of all pictures."""
    each = (noise[..., away:] * noise[..., :-away]).mean((1, 2)) / noise.square().mean((1, 2))
    return float(each.mean())


def test_noise_becomes_alike_in_neighbours_that_of_colours_further_than_that_of_brightness() -> None:
    clean = torch.full((200, 3, 64, 64), 0.5)
    noise = 0.05 * torch.randn(clean.shape, generator=seeded(0))
    seen, target = processed(clean, noise, seeded(1))
    planes = torch.einsum("oc,nchw->onhw", torch.tensor(OPPONENT), seen - target)
    assert abs(likeness(noise[:, 0], 2)) < 0.01
    assert likeness(planes[0], 1) > 0.2
    assert likeness(planes[1], 4) > likeness(planes[0], 4) + 0.05
    assert planes[1].square().mean() < planes[0].square().mean()


def test_the_second_picture_is_about_the_mean_of_many_such_files() -> None:
    """The same draws for all of them but for the noise: what a camera takes off every time is no noise."""
    clean, files, wanted = photograph(1), [], clean_copy()
    for seed in range(200):
        noise = 0.03 * torch.randn(clean.shape, generator=seeded(seed))
        seen, wanted = processed(clean, noise, seeded(3))
        files.append(seen)
    assert not torch.equal(wanted, clean)  # this draw takes weak waves off
    mean = torch.cat(files).mean(0, keepdim=True)
    assert (mean - wanted).square().mean() < 0.25 * (wanted - clean).square().mean()
    assert (mean - wanted).square().mean() < 0.1 * (files[0] - wanted).square().mean()


def clean_copy() -> torch.Tensor:
    return photograph(1).clone()


def test_a_picture_without_noise_stays_as_it_is() -> None:
    clean = photograph(8)
    seen, target = processed(clean, torch.zeros_like(clean), seeded(0))
    assert torch.allclose(seen, clean, atol=1e-5)
    assert torch.allclose(target, clean, atol=1e-5)


def test_weak_waves_are_taken_off_and_strong_ones_stay() -> None:
    wave = torch.cos(torch.pi / 8 * 4 * (torch.arange(64) + 0.5)).expand(1, 1, 64, 64)
    for size, kept in ((0.5, 1.0), (0.001, 0.0)):
        made = wiener.without_weak(0.5 + size * wave, torch.tensor([0.05]))
        assert torch.allclose(made[..., 8:-8, 8:-8] - 0.5, kept * size * wave[..., 8:-8, 8:-8], atol=0.02 * size + 1e-6)


def test_the_share_of_processed_noise_is_that_of_pictures_with_noise_that_a_camera_makes() -> None:
    clean = photograph(64).clone()
    settings = {"jpeg_share": 0.0, "camera_share": 0.0, "low": 0.1, "high": 0.1}
    alone = MixedNoise(alike_share=0.0, processed_share=1.0, **settings)(clean, seeded(0))
    assert torch.equal(alone.target, clean)  # independent noise is left as it is
    some = MixedNoise(alike_share=1.0, processed_share=0.5, **settings)(clean, seeded(0))
    changed = (some.target != clean).flatten(1).any(1).float().mean()
    assert 0.1 < changed < 0.45  # half of half: those that are filtered lose detail
