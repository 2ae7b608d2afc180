"""Blind-spot training on noisy pictures, without a clean one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from aestudio.core.denoise.learning import (
    SECONDS,
    SECONDS_TIP,
    STEPS_TIP,
    Crops,
    cleaner_of_network,
    half_a_cosine,
    learn,
    steps_for,
)
from aestudio.core.denoise.picture import Picture
from aestudio.core.denoise.way import NO_CALLBACKS, Callbacks, Cleaner, Way
from aestudio.core.ground.texts import say
from aestudio.core.parts.slots import knob

if TYPE_CHECKING:
    import torch
    from torch import Tensor

WIDTH, REACH = 32, 2
"""Feature maps at full resolution, and how far away the pixel may lie that takes a hidden one's place."""


def hidden(noisy: Tensor, share: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Images [N, C, H, W] in which a random share of the places shows a neighbour's value instead of its own, and a
    mask [N, 1, H, W] of those places.
    """
    import torch

    count, _, height, width = noisy.shape
    mask = torch.rand(count, 1, height, width, generator=generator) < share
    # One of the (2·REACH + 1)² − 1 neighbours, never the place itself.
    side = 2 * REACH + 1
    which = torch.randint(0, side**2 - 1, (count, 1, height, width), generator=generator)
    which += which >= side**2 // 2
    rows = (torch.arange(height)[:, None] + which // side - REACH) % height
    columns = (torch.arange(width) + which % side - REACH) % width
    place = (rows * width + columns).to(noisy.device).expand(-1, noisy.shape[1], -1, -1)
    neighbours = noisy.flatten(2).gather(2, place.flatten(2)).view_as(noisy)
    mask = mask.to(noisy.device)
    return torch.where(mask, neighbours, noisy), mask


class BlindSpot(Way):
    """Learns from noisy pictures alone to guess a pixel from its neighbours. Noise that is independent from pixel
    to pixel cannot be guessed, so what is guessed is the picture. The more similar pictures, the better.
    """

    kind: ClassVar[str] = "blind-spot"
    title: ClassVar[str] = "Blind spot, on noisy pictures"
    about: ClassVar[str] = (
        "Learns from noisy pictures alone to guess a pixel from its neighbours. Noise that is "
        "independent from pixel to pixel cannot be guessed, so what is guessed is the picture. The "
        "more similar pictures, the better."
    )
    equation: ClassVar[str] = r"\sum_{i \in M} \left( f(y_{\setminus M})_i - y_i \right)^2"
    source: ClassVar[str] = "Krull, Buchholz, Jug (2019), Noise2Void, CVPR, arXiv 1811.10980"
    rank: ClassVar[int] = 3
    learns: ClassVar[bool] = True
    learns_from_all: ClassVar[bool] = True

    steps: int = knob(600, "Steps", low=10, high=1_000_000, log=True, tip=STEPS_TIP)
    seconds: float = knob(SECONDS, "Time", low=1, high=86_400, unit="seconds", log=True, tip=SECONDS_TIP)
    share: float = knob(0.03, "Hidden pixels", low=0.001, high=0.5, tip="The fraction that is hidden in each crop.")
    crop: int = knob(64, "Crop", low=16, high=1024, unit="pixels")
    batch: int = knob(4, "Crops a step", low=1, high=256)
    learning_rate: float = knob(2e-3, "Learning rate", low=1e-6, high=1, log=True, tip="At its peak.")
    seed: int = knob(0, "Seed", low=0, high=2**31 - 1)

    def reckoned(self, picture: Picture) -> float:
        return self.seconds + super().reckoned(picture)

    def prepare(self, pictures: Sequence[Picture], sigma: float, callbacks: Callbacks = NO_CALLBACKS) -> Cleaner:
        import torch
        from torch import nn

        from aestudio.core.ground import compute
        from aestudio.core.ground.drawing import drawn_from
        from aestudio.core.parts.residual import blocks, coarser, conv

        where, channels = compute.choose(), pictures[0].channels
        with drawn_from(self.seed):
            network = nn.Sequential(
                conv(channels, WIDTH),
                *blocks(WIDTH, 1),
                coarser(WIDTH, 2 * WIDTH, blocks(2 * WIDTH, 2)),
                *blocks(WIDTH, 1),
                conv(WIDTH, channels),
            ).to(where.device)
        crops = Crops(pictures, self.crop - self.crop % 2, self.batch, self.seed, where.device)
        generator = torch.Generator().manual_seed(self.seed)

        def loss() -> Tensor:
            noisy = crops().contiguous(memory_format=torch.channels_last)
            seen, mask = hidden(noisy, self.share, generator)
            errors = (network(seen) - noisy).square() * mask
            mean: Tensor = errors.sum() / mask.sum().clamp_min(1) / channels
            return mean

        return learn(
            network,
            loss,
            cleaner_of_network(network, halo=18, step=2, memory=12 * WIDTH),
            steps=steps_for(self.steps, pictures, self.crop),
            seconds=self.seconds,
            rate=lambda done: min(1.0, 20 * done + 0.05) * half_a_cosine(self.learning_rate, done),
            where=where,
            doing=say("Learning from the noisy pictures"),
            callbacks=callbacks,
        )
