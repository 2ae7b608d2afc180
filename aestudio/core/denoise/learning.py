"""What ways that learn from the noisy pictures themselves share: crops, a short training with callbacks, a cleaner."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import cos, pi
from typing import TYPE_CHECKING

import numpy as np

from aestudio.core.denoise.picture import Picture, Values
from aestudio.core.denoise.way import Callbacks, Cleaner
from aestudio.core.ground.texts import SPACE, listed, say

if TYPE_CHECKING:  # a way is described without torch
    import torch
    from torch import Tensor, nn

    from aestudio.core.ground.compute import Compute

LEAST = 16
"""Smaller pictures are mirrored up to this side before anything is learned from them."""
FEWEST = 100
"""Steps that are taken from however few pixels."""
TOLD, SHOWN = 0.1, 1.0
"""Seconds between two reports, and between two previews."""
FIRST = 0.3
"""Seconds of learning before the first preview: the person sees soon that something comes of it."""
TRIAL = 0.5
"""Seconds after which it is known how many steps there is time for."""
SECONDS = 18.0
"""Of learning, where nobody says otherwise."""
STEPS_TIP = "Fewer for pictures smaller than a crop, as there is less to learn from them."
SECONDS_TIP = "When it is over, learning ends, whatever steps are left; the learning rate falls in time for it."


class Crops:
    """Random crops of pictures, as batches on a device."""

    def __init__(self, pictures: Sequence[Picture], size: int, batch: int, seed: int, device: torch.device) -> None:
        """`size` 0 is the whole picture."""
        self._pictures, self._size, self._batch = pictures, size, batch
        self._drawn = np.random.default_rng(seed)
        self._device = device

    def __call__(self) -> Tensor:
        """[B, C, S, S], or smaller where a picture is; sides are even. All of one batch are of one picture."""
        import torch

        picture = self._pictures[int(self._drawn.integers(len(self._pictures)))]
        height, width = (min(side, self._size or side) for side in (picture.height, picture.width))
        cut = []
        for _ in range(self._batch if (height, width) != (picture.height, picture.width) else 1):
            top = self._drawn.integers(picture.height - height + 1)
            left = self._drawn.integers(picture.width - width + 1)
            cut.append(_large_enough(picture.values(slice(top, top + height), slice(left, left + width))))
        return torch.from_numpy(np.stack(cut)).to(self._device).permute(0, 3, 1, 2)


def _large_enough(values: Values) -> Values:
    """Mirrored up to LEAST where it is smaller, and to even sides."""
    height, width = (max(side + side % 2, LEAST) for side in values.shape[:2])
    more = ((0, height - values.shape[0]), (0, width - values.shape[1]), (0, 0))
    return np.pad(values, more, mode="symmetric")


def half_a_cosine(rate: float, done: float) -> float:
    """The learning rate at the fraction that is done: from `rate` down to 0."""
    return rate * 0.5 * (1 + cos(pi * done))


def learn(
    network: nn.Module,
    loss: Callable[[], Tensor],
    cleaner: Cleaner,
    *,
    steps: int,
    seconds: float,
    rate: Callable[[float], float],
    where: Compute,
    doing: str,
    callbacks: Callbacks,
) -> Cleaner:
    """Trains with Adam for so many steps, or as many as there is time for, `rate` being the learning rate at the
    fraction of them that is done. The cleaner made of the network is shown now and then, and returned; it says so where
    there was no time for all steps. Where there is, the clock changes nothing.

    Raises: Cancelled where a callback raises it.
    """
    import torch

    optimiser = torch.optim.Adam(network.parameters(), lr=rate(0.0), fused=True)
    began = told = time.perf_counter()
    shown = began - max(0.0, SHOWN - FIRST)
    done = 0.0
    for step in range(steps):
        now = time.perf_counter()
        done = max(done, step / _reachable(steps, step, now - began, seconds))
        if now - began >= seconds:
            cleaner = replace(cleaner, note=_hurried(cleaner.note, seconds, step, steps))
            break
        if now - told >= TOLD or not step:
            told = now
            callbacks.report(doing, done)
        if callbacks.show is not None and now - shown >= SHOWN:
            callbacks.show(cleaner)
            shown = time.perf_counter()
        for group in optimiser.param_groups:
            group["lr"] = rate(done)
        optimiser.zero_grad(set_to_none=True)
        with where.factors_in("bfloat16"):
            error = loss()
        error.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    callbacks.report(doing, 1.0)
    return cleaner


def steps_for(steps: int, pictures: Sequence[Picture], crop: int) -> int:
    """Fewer where all pictures together have fewer pixels than a crop, in the same proportion, but no fewer than
    FEWEST: there is less to learn from them.
    """
    pixels = sum(picture.height * picture.width for picture in pictures)
    return min(steps, max(FEWEST, steps * pixels // max(1, crop**2)))


def _reachable(steps: int, step: int, passed: float, seconds: float) -> float:
    """How many of the steps there is time for, going by those that were taken."""
    return min(steps, step / passed * seconds) if step and passed > TRIAL else steps


def _hurried(note: str, seconds: float, step: int, steps: int) -> str:
    said = say(
        "Learned for {seconds:g} s, which was {step:,} of {steps:,} steps; allow more time for the rest.",
        seconds=seconds,
        step=step,
        steps=steps,
    )
    return str(listed([one for one in (note, said) if one], SPACE))


def cleaner_of_network(network: nn.Module, *, halo: int, step: int, memory: float) -> Cleaner:
    """A network of images [N, C, H, W] whose sides are multiples of `step`, as a cleaner."""
    import torch
    from torch.nn import functional as F

    device = next(network.parameters()).device

    @torch.no_grad()
    def clean(values: Values) -> Values:
        height, width = values.shape[:2]
        images = torch.from_numpy(values).to(device).permute(2, 0, 1)[None]
        images = F.pad(images, (0, -width % step, 0, -height % step), mode="replicate")
        made: Values = network(images)[0, :, :height, :width].permute(1, 2, 0).cpu().numpy()
        return made

    return Cleaner(clean, halo=halo, step=step, memory=memory)
