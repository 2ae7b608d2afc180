"""t-SNE: a map on which images lie near each other whose codes are neighbours. It has no way back to codes.

scikit-learn's cannot be stopped once it has begun and takes much longer for many images: forces between all pairs are
put on a grid here and found by Fourier transforms.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from time import perf_counter
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from aestudio.core.ground.errors import ProbeError
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import say
from aestudio.core.run.events import Floats

PERPLEXITY = 30.0
"""How many neighbours each code has, in effect."""
STEPS, EARLY = 750, 250
"""In the first ones neighbours pull EXAGGERATION times as strongly."""
EXAGGERATION = 12.0
LEAST_RATE = 60.0
COMPONENTS = 50
"""Of wider codes, principal components."""
SPREAD = 1.7
"""Of a map that is done, in fourth roots of the number of images: what the time is estimated with."""
NEAREST = 10
"""Codes among whose places one more lies."""
FEW = 4
"""Images that a map can be made of."""
CHUNK = 512
NODES = 3
"""Of each interval of the grid, in each direction."""
INTERVALS = (24, 160)
"""Of the grid, at least and at most; one for each unit of the map between them."""

Doubles = NDArray[np.float64]


def seconds(codes: Floats) -> float:
    """About how long these codes [N, K] will take here and now: a little of each kind of work is done."""
    count = len(codes)
    wide = torch.from_numpy(np.ascontiguousarray(codes[:, :COMPONENTS]))
    neighbours = max(1, min(count - 1, int(3 * PERPLEXITY)))
    gradient(*_guessed(FEW, 1))  # what has to be imported once is no part of a step
    some, places = _guessed(count, neighbours)
    searched = _took(lambda: torch.cdist(wide[:CHUNK], wide).topk(neighbours, largest=False, sorted=False))
    return searched * ceil(count / CHUNK) + _took(lambda: gradient(some, places)) * STEPS


def _guessed(count: int, neighbours: int) -> tuple[Affinities, Doubles]:
    """As many codes with as many neighbours each, at random, and places as wide as those of a map that is done."""
    random = np.random.default_rng(0)
    starts = np.arange(count + 1) * neighbours
    some = Affinities(starts, random.integers(count, size=starts[-1]), np.ones(starts[-1], np.float32) / starts[-1])
    return some, random.normal(0, SPREAD * count**0.25, (count, 2))


def _took(work: Callable[[], object]) -> float:
    """Seconds: the least of three times, or of fewer that are long."""
    least, began = float("inf"), perf_counter()
    for _ in range(3):
        before = perf_counter()
        work()
        least = min(least, perf_counter() - before)
        if perf_counter() - began > 1:
            break
    return least


def tsne(codes: Floats, seed: int = 0, report: Report = unheard) -> Floats:
    """Codes [N, K] as places [N, 2]; the same seed, the same map.

    Raises: ProbeError where there are fewer than four codes, or all are equal.
    Sources: van der Maaten, Hinton (2008), Visualizing data using t-SNE; Linderman et al. (2019), Fast interpolation-
    based t-SNE, arXiv 1712.09005; Belkina et al. (2019) for the learning rate N/12; Kobak, Berens (2019) for beginning
    with principal components.
    """
    if len(codes) < FEW:
        raise ProbeError("A map by t-SNE needs four images or more.")
    components, first = _begun(codes, np.random.default_rng(seed))
    alike = affinities(components, min(PERPLEXITY, (len(codes) - 1) / 3), report)
    places, speed, gains = first, np.zeros_like(first), np.ones_like(first)
    rate = max(len(codes) / EXAGGERATION, LEAST_RATE) / 4  # the gradient has a factor of 4
    for step in range(STEPS):
        report(say("Arranging the map"), step / STEPS)
        pull = EXAGGERATION if step < EARLY else 1.0
        slope = gradient(alike, places, pull)
        gains = np.clip(np.where(slope * speed < 0, gains + 0.2, gains * 0.8), 0.01, None)
        speed = (0.5 if step < EARLY else 0.8) * speed - rate * gains * slope
        places = places + speed
        places = places - places.mean(0)
    found: Floats = places.astype(np.float32)
    return found


@dataclass(frozen=True, eq=False)
class Affinities:
    """How alike codes are: pairs that are, row by row, and by how much; all of them together 1."""

    starts: NDArray[np.int64]
    """Where each row begins, and where the last one ends, [N + 1]."""
    columns: NDArray[np.int64]
    values: Floats


def affinities(codes: Floats, perplexity: float, report: Report = unheard) -> Affinities:
    """p_ij of codes [N, K] and their 3 · perplexity nearest, symmetric. Equation 1 of van der Maaten, Hinton (2008)."""
    from scipy.sparse import coo_matrix  # takes its time to import

    count = len(codes)
    neighbours = min(count - 1, int(3 * perplexity))
    near, squared = _nearest(torch.from_numpy(np.ascontiguousarray(codes)), neighbours, report)
    among = _conditional(squared, perplexity)
    rows = np.repeat(np.arange(count), neighbours)
    one_sided: Any = coo_matrix((among.ravel(), (rows, near.ravel())), shape=(count, count)).tocsr()
    both = ((one_sided + one_sided.T) / (2 * count)).tocsr()
    return Affinities(both.indptr.astype(np.int64), both.indices.astype(np.int64), both.data.astype(np.float32))


def gradient(alike: Affinities, places: Doubles, pull: float = 1.0) -> Doubles:
    """Of the Kullback-Leibler divergence at places [N, 2], [N, 2]; pairs that are alike pull `pull` times as strongly.

    Equation 5 of van der Maaten, Hinton (2008).
    """
    from scipy.sparse import csr_matrix

    at = torch.from_numpy(places).float()
    often = torch.from_numpy(np.diff(alike.starts))
    away = at.repeat_interleave(often, 0) - at.index_select(0, torch.from_numpy(alike.columns))
    weight = (pull * torch.from_numpy(alike.values) / (1 + away.square().sum(1))).numpy()
    weights: Any = csr_matrix((weight, alike.columns, alike.starts), shape=(len(places),) * 2)
    pulled = weights.sum(1).A1[:, None] * places - weights @ places
    return 4 * (np.asarray(pulled) - repulsion(places))


def repulsion(places: Doubles) -> Doubles:
    """Σ_j q_ij · (1 + ‖y_i − y_j‖²)⁻¹ (y_i − y_j) for each of the places [N, 2], by the grid.

    The kernel (1 + d²)⁻² is interpolated by polynomials on the nodes of a grid; with the charges 1, y and ‖y‖² it gives
    both the forces and the sum that makes the q_ij one. Section 2 of Linderman et al. (2019).
    """
    from scipy.fft import irfft2, next_fast_len, rfft2

    low, span = places.min(), float(np.ptp(places, axis=0).max()) + 1e-9
    intervals = int(np.clip(np.ceil(span), *INTERVALS))
    size, step = intervals * NODES, span / (intervals * NODES)
    low_corner = places.min(0)
    inside = (places - low_corner) / span * intervals
    box = np.minimum(inside.astype(np.int64), intervals - 1)  # [N, 2]
    weights = _lagrange(inside - box)  # [N, 2, NODES]
    nodes = (box[:, 0] * NODES * size + box[:, 1] * NODES)[:, None, None] + (
        np.arange(NODES)[:, None] * size + np.arange(NODES)
    )
    share = weights[:, 0, :, None] * weights[:, 1, None, :]  # [N, NODES, NODES]
    flat, shares = nodes.reshape(-1), share.reshape(len(places), -1)
    centred = places - low
    charges = np.stack([np.ones(len(places)), centred[:, 0], centred[:, 1], np.square(centred).sum(1)])
    width = next_fast_len(2 * size, real=True)
    offset = np.minimum(np.arange(width), width - np.arange(width)) * step
    kernel = rfft2((1 + np.square(offset)[:, None] + np.square(offset)) ** -2.0)
    felt = []
    for charge in charges:
        grid = np.bincount(flat, (shares * charge[:, None]).ravel(), size * size).reshape(size, size)
        spread = irfft2(rfft2(grid, (width, width), workers=-1) * kernel, (width, width), workers=-1)
        felt.append((spread[:size, :size].reshape(-1)[flat].reshape(shares.shape) * shares).sum(1))
    ones, x, y, squares = felt
    total = ((1 + charges[3]) * ones - 2 * (centred[:, 0] * x + centred[:, 1] * y) + squares).sum() - len(places)
    forces: Doubles = (centred * ones[:, None] - np.stack([x, y], 1)) / max(total, 1e-12)
    return forces


def _lagrange(inside: Doubles) -> Doubles:
    """What each node of an interval counts at places [..., from 0 to 1], [..., NODES]."""
    nodes = (np.arange(NODES) + 0.5) / NODES
    found = np.ones((*inside.shape, NODES))
    for one in range(NODES):
        for other in range(NODES):
            if one != other:
                found[..., one] *= (inside - nodes[other]) / (nodes[one] - nodes[other])
    return found


def _begun(codes: Floats, random: np.random.Generator) -> tuple[Floats, Doubles]:
    """Principal components [N, up to COMPONENTS], and the first two, small, to begin with [N, 2]."""
    away = codes - codes.mean(0)
    some = away[:: max(1, len(away) // 10_000)]
    _, sizes, rows = np.linalg.svd(some, full_matrices=False)
    if sizes[0] <= 1e-12:
        raise ProbeError("All images have the same code, so there is nothing to map; the code carries nothing.")
    components = (away @ rows[:COMPONENTS].T).astype(np.float32)
    first = np.zeros((len(codes), 2))
    first[:, : min(2, components.shape[1])] = components[:, :2]
    first = 1e-4 * first / first[:, 0].std()
    return components, first + random.normal(0, 1e-6, first.shape)  # equal codes are not held on one spot


def _nearest(codes: torch.Tensor, neighbours: int, report: Report) -> tuple[NDArray[np.int64], Doubles]:
    """Of each code [N, K] the others that are the nearest, and how far they are, squared, [N, neighbours]."""
    near, squared = [], []
    for start in range(0, len(codes), CHUNK):
        report(say("Looking for neighbours"), start / len(codes))
        some = codes[start : start + CHUNK]
        far = torch.cdist(some, codes)
        far[torch.arange(len(some)), torch.arange(start, start + len(some))] = torch.inf
        found = far.topk(neighbours, largest=False, sorted=False)
        near.append(found.indices)
        squared.append(found.values.square())
    return torch.cat(near).numpy(), torch.cat(squared).double().numpy()


def _conditional(squared: Doubles, perplexity: float) -> Doubles:
    """p_j|i [N, n]: the width of each bell curve is such that its perplexity is the wanted one, by bisection."""
    wanted = np.log(perplexity)
    away = squared - squared.min(1, keepdims=True)
    scale = np.maximum(away.mean(1, keepdims=True), 1e-30)
    low, high = np.full((len(away), 1), -20.0), np.full((len(away), 1), 20.0)
    for _ in range(50):
        middle = (low + high) / 2
        among = np.exp(-away / scale * np.exp(middle))
        among /= among.sum(1, keepdims=True)
        entropy = -(among * np.log(np.maximum(among, 1e-300))).sum(1, keepdims=True)
        wide = entropy > wanted
        low, high = np.where(wide, middle, low), np.where(wide, high, middle)
    found: Doubles = among
    return found


def place_of(code: Floats, codes: Floats, places: Floats) -> Floats:
    """Where one more code [K] would lie on a map [N, 2] of these [N, K]: the median of the places of its ten nearest.

    Source: the way that openTSNE begins with a new point (Poličar, Stražar, Zupan (2019), bioRxiv 731877).
    """
    near = np.argsort(np.square(codes - code).sum(1), kind="stable")[:NEAREST]
    found: Floats = np.median(places[near], axis=0).astype(np.float32)
    return found
