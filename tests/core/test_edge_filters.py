"""Fits of oriented Gabors, tests/benchmarks/edge_filters.py: a Gabor is recovered and counted, noise is not."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
SIZE = 8


@pytest.fixture(scope="module")
def edges() -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        return importlib.import_module("edge_filters")


@pytest.fixture(scope="module")
def grid(edges: ModuleType) -> Any:
    return edges.Grid(SIZE)


def gabor(edges: ModuleType, parameters: tuple[float, ...], even: float, odd: float) -> Any:
    """A filter [8, 8] around 0.3: x₀, y₀, θ, f, σᵤ, σᵥ, and the weights of cosine and sine."""
    filter = edges.basis(np.array(parameters), SIZE) @ np.array([even, odd, 0.3])
    return filter.reshape(SIZE, SIZE)


@pytest.mark.parametrize(
    ("parameters", "even", "odd"),
    [
        ((3.2, 4.1, 0.6, 0.15, 1.8, 2.5), 0.0, 1.0),
        ((4.0, 3.0, 1.9, 0.22, 1.5, 2.2), 1.0, 0.4),
        ((2.6, 3.5, 2.7, 0.12, 2.2, 3.0), -0.5, 1.0),
    ],
)
def test_a_gabor_is_recovered_and_counted(
    edges: ModuleType, grid: Any, parameters: tuple[float, ...], even: float, odd: float
) -> None:
    found = edges.fitted(gabor(edges, parameters, even, odd), grid)
    assert found.r2 > 0.999
    assert found.counts
    assert abs((found.angle - parameters[2] + np.pi / 2) % np.pi - np.pi / 2) < 0.05
    assert found.frequency == pytest.approx(parameters[3], abs=0.03)


def test_noise_on_a_gabor_lowers_the_share_that_is_explained_but_not_the_orientation(
    edges: ModuleType, grid: Any
) -> None:
    clean = gabor(edges, (3.5, 3.5, 1.1, 0.18, 1.8, 2.5), 0.3, 1.0)
    noise = np.random.default_rng(0).normal(size=clean.shape)
    noisy = clean + noise * 0.5 * clean.std()
    found = edges.fitted(noisy, grid)
    assert 0.7 < found.r2 < 0.95
    assert found.counts
    assert found.angle == pytest.approx(1.1, abs=0.2)


def test_noise_is_not_counted(edges: ModuleType, grid: Any) -> None:
    generator = np.random.default_rng(0)
    found = [edges.fitted(generator.normal(size=(SIZE, SIZE)), grid) for _ in range(8)]
    assert not any(one.counts for one in found)


def test_a_blob_and_a_ramp_are_fitted_but_have_no_edge(edges: ModuleType, grid: Any) -> None:
    y, x = np.mgrid[:SIZE, :SIZE].astype(float)
    blob = np.exp(-((x - 3.5) ** 2 + (y - 3.5) ** 2) / 12)
    ramp = x + 0.5 * y
    for filter in (blob, ramp):
        found = edges.fitted(filter, grid)
        assert found.r2 > 0.9
        assert not found.counts
