"""Losses stay on the device and are read together every few steps: asking for one number at each step would wait for
the device.
"""

from __future__ import annotations

import time

import numpy as np
import torch
from torch import Tensor

from aestudio.core.parts.looking import Terms
from aestudio.core.run.events import Floats

SECONDS = 0.05
"""Between two readings."""


class Tape:
    """The terms of every step since the last reading, with the weights they had, and their running mean since the epoch
    began.
    """

    def __init__(self) -> None:
        self.names: tuple[str, ...] = ()
        self._terms: list[Tensor] = []
        self._weights: list[tuple[float, ...]] = []
        self._rates: list[float] = []
        self._due = time.perf_counter() + SECONDS
        self._epoch: list[tuple[Floats, Floats]] = []

    def __len__(self) -> int:
        return len(self._terms)

    def add(self, terms: Terms, learning_rate: float) -> None:
        self.names = terms.names
        self._terms.append(terms.raw)
        self._weights.append(terms.weights)
        self._rates.append(learning_rate)

    def due(self) -> bool:
        return time.perf_counter() >= self._due

    def read(self) -> tuple[Floats, Floats, Floats]:
        """Raw terms [steps, names], their weights [steps, names] and the learning rates [steps] since the last reading;
        the device is waited for here.
        """
        terms = torch.stack(self._terms).float().cpu().numpy()
        weights = np.asarray(self._weights, dtype=np.float32)
        rates = np.asarray(self._rates, dtype=np.float32)
        self._terms, self._weights, self._rates = [], [], []
        self._due = time.perf_counter() + SECONDS
        self._epoch.append((terms, weights))
        return terms, weights, rates

    def epoch_so_far(self) -> dict[str, Tensor]:
        """`epoch_terms` and `epoch_weights` [steps, names] of the steps since the epoch began, for a checkpoint."""
        none = np.zeros((0, len(self.names)), np.float32)
        terms, weights = zip(*self._epoch, strict=True) if self._epoch else ((none,), (none,))
        return {
            "epoch_terms": torch.from_numpy(np.concatenate(terms)),
            "epoch_weights": torch.from_numpy(np.concatenate(weights)),
        }

    def go_on(self, terms: Tensor, weights: Tensor) -> None:
        """The steps of an epoch that began before a checkpoint, [steps, names] each."""
        if len(terms):
            self._epoch = [(terms.numpy(), weights.numpy())]

    def epoch_means(self) -> tuple[dict[str, float], dict[str, float]]:
        """Mean raw and weighted terms over all steps read since the last call."""
        terms = np.concatenate([t for t, _ in self._epoch]).astype(np.float64)
        weighted = terms * np.concatenate([w for _, w in self._epoch])
        self._epoch = []
        return (
            dict(zip(self.names, terms.mean(0).tolist(), strict=True)),
            dict(zip(self.names, weighted.mean(0).tolist(), strict=True)),
        )
