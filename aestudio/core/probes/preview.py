"""A fixed batch of held-out images, looked at again and again within a small share of the training time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from math import prod

import torch
from torch import Tensor

from aestudio.core.data.dataset import ImageStore, to_float
from aestudio.core.ground.compute import Compute
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts.one_pass import EVALUATE, Generators
from aestudio.core.parts.plan import Phase, Span
from aestudio.core.probes.activations import sparsity
from aestudio.core.run.events import Preview
from aestudio.core.run.run import Run

SHOWN, MEASURED = 64, 256
"""Images in the panes, and images whose activations are measured, at most."""
WORK = 3e9
"""Multiply-adds of a preview: of large images through a large network fewer are taken. A quarter of a second on one
core, which Stop and Pause wait for."""
MOST_A_SECOND = 20
SHARE = 0.02
"""Of the training time that previews may cost."""


def shown(shape: Sequence[int]) -> int:
    """How many images of a shape go into the panes: of two numbers each as many as are measured, as they are points of
    one plot, in which 64 would not show what they lie on.
    """
    return MEASURED if prod(shape) == 2 else SHOWN


def probe_batch(held_out: ImageStore, device: torch.device) -> Tensor:
    """The fixed batch [M, C, H, W] in [0, 1]: evenly spaced images of the held-out store, which lies on the device."""
    index = torch.linspace(0, len(held_out) - 1, min(MEASURED, len(held_out)), device=device).long()
    return to_float(held_out.gather(index))


class Previewer:
    """Makes Previews of one fixed batch, and knows when the next one may be made."""

    def __init__(self, model: Autoencoder, held_out: ImageStore, compute: Compute, seed: int) -> None:
        self._model, self._compute, self._seed = model, compute, seed
        self._images = probe_batch(held_out, compute.device)[: max(1, int(WORK / model.work()))]
        self._not_before = 0.0

    def affordable(self) -> bool:
        """Whether enough training has gone by since the last one."""
        return time.perf_counter() >= self._not_before

    @torch.no_grad()
    def __call__(self, run: Run, step: int, phase: Phase) -> Preview:
        began = time.perf_counter()
        # Its own generator, seeded alike each time: the noise stands still in the window, and training's draws stay
        # what they were.
        generator = torch.Generator(self._compute.device).manual_seed(self._seed)
        span = Span(0, phase.span.last)
        seen = self._model.encode(run, self._images, span, EVALUATE, Generators(corruption=generator))
        code = seen.latent.code
        some = shown(self._images.shape[1:])
        reconstructed = self._model.decode(run, code[:some], span).reconstruction
        preview = Preview(
            step=step,
            phase=phase.name,
            original=self._images[:some].cpu().numpy(),
            corrupted=seen.corrupted[:some].cpu().numpy(),
            reconstructed=reconstructed.cpu().numpy(),
            hidden=seen.hidden.flatten(1).cpu().numpy(),
            code=code.flatten(1).cpu().numpy(),
            depth=span.last,
            run=run,
            weights=self._model.snapshot(),
            sparsity=sparsity(self._model, run, span.last),
        )
        cost = time.perf_counter() - began
        self._not_before = began + max(1 / MOST_A_SECOND, cost + cost / SHARE)
        return preview
