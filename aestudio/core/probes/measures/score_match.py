"""Whether a denoiser's steps are those of the score."""

from __future__ import annotations

from math import prod
from typing import ClassVar

import torch

from aestudio.core.data.dataset import Dataset, to_float
from aestudio.core.parts.one_pass import EVALUATE, Generators
from aestudio.core.probes.measure import Looked, Measure

MOST = 4096
"""Training points whose density is taken."""


class ScoreMatch(Measure):
    """R² of the steps r(x̃) − x̃ against σ² ∇ log p_σ(x̃) at noisy points x̃: 1 − E ‖difference‖² / E ‖σ² ∇ log p_σ‖².

    p_σ is the density of the training points smoothed with the noise, Σᵢ N(x̃; xᵢ, σ²) / n, whose score is exact:
    σ² ∇ log p_σ(x̃) = Σᵢ wᵢ xᵢ − x̃ with wᵢ ∝ N(x̃; xᵢ, σ²). Only for points in the plane: in more numbers the smoothed
    training points say little of the density.
    """

    kind: ClassVar[str] = "score-match"
    title: ClassVar[str] = "Steps that agree with the score"
    about: ClassVar[str] = (
        "How much of the step towards denser data the network takes at noisy held-out points: 1 is the whole step."
    )
    is_share: ClassVar[bool] = True
    source: ClassVar[str] = "Vincent (2011), A Connection Between Score Matching and Denoising Autoencoders"

    def __init__(self, dataset: Dataset) -> None:
        super().__init__(dataset)
        some = torch.linspace(0, len(dataset.train) - 1, min(MOST, len(dataset.train))).long()
        planar = prod(dataset.shape) == 2
        self._points = to_float(dataset.train.images.gather(some)).flatten(1).double() if planar else None

    @torch.no_grad()
    def __call__(self, looked: Looked) -> float | None:
        sigma = looked.run.corruption.noise_level
        if self._points is None or not sigma:
            return None
        generator = torch.Generator(looked.images.device).manual_seed(looked.run.seed)
        seen = looked.model.look(looked.run, looked.images, looked.span, EVALUATE, Generators(corruption=generator))
        noisy, made = (one.flatten(1).cpu().double() for one in (seen.corrupted, seen.reconstruction))  # [N, 2]
        weights = (-torch.cdist(noisy, self._points).square() / (2 * sigma**2)).softmax(1)  # [N, n]
        wanted = weights @ self._points - noisy
        return float(1 - (made - noisy - wanted).square().sum() / wanted.square().sum())
