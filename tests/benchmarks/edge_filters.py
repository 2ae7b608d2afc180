"""Natural patches make edge detectors: `python tests/benchmarks/edge_filters.py [--seeds N] [--quick]`.

The recipe natural-patches (CS294A: 8×8 patches of photographs, 25 sigmoid units, target activation 0.01) is trained on
the bundled photographs. Every encoder filter is then fitted with an oriented Gabor function

    g(x, y) = exp(−u²/2σᵤ² − v²/2σᵥ²) (a cos 2πfu + b sin 2πfu) + d,      u, v = (x − x₀, y − y₀) turned by θ,

by least squares: a, b and d are solved for exactly, the six others start from the best places of a grid and are
refined, the centre kept inside the patch. A filter counts as an edge detector where the fit explains 60 % of its
variance and the Gabor has an orientation: at least half a period of the wave within the envelope and the patch.
The same network untrained, and trained without the sparsity penalty, are the controls.

Sources: Ng (2011), Sparse Autoencoder, CS294A lecture notes; Olshausen, Field (1996), Emergence of simple-cell
receptive field properties by learning a sparse code for natural images; Jones, Palmer (1987) for the Gabor fits.
Goal: most of the sparse network's filters count, clearly more than in either control, in all orientations.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import _published as published
import numpy as np
from PIL import Image
from scipy.optimize import least_squares

from aestudio.core.data.dataset import Dataset
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.model.trained import Model
from aestudio.core.probes.gabors import ANGLES, GOOD, Floats, Grid, basis, shows_an_edge
from aestudio.core.run.recipes import find
from aestudio.core.run.run import Run

STARTS = 8
"""Places of the grid from which the fit is refined."""
BANDS = 6
"""Bins of orientation, 30° each."""

LOW = np.array([-0.5, -0.5, -np.inf, 0.03, 0.7, 0.7])
HIGH = np.array([7.5, 7.5, np.inf, 0.5, 8.0, 8.0])


@dataclass(frozen=True)
class Gabor:
    """What was fitted to one filter."""

    r2: float
    x: float
    y: float
    angle: float
    """Of the wave's direction, radians in [0, π); the edge runs across it."""
    frequency: float
    """Cycles a pixel."""
    along: float
    """σᵤ in pixels, along the wave."""
    across: float

    @property
    def counts(self) -> bool:
        parameters = np.array([self.x, self.y, self.angle, self.frequency, self.along, self.across])
        return bool(self.r2 >= GOOD) and shows_an_edge(parameters, 8)


def starts(grid: Grid, target: Floats) -> Floats:
    """The parameters that explain a filter best, one for each direction of the wave first."""
    share = grid.shares(target[None])[0]
    order = np.argsort(share)[::-1]
    angles = grid.parameters[order, 2]
    first = [order[np.flatnonzero(angles == angle)[0]] for angle in ANGLES]
    first.sort(key=lambda place: -share[place])
    return grid.parameters[[*order[: STARTS // 2], *first[: STARTS - STARTS // 2]]]


def fitted(filter: Floats, grid: Grid) -> Gabor:
    """The Gabor nearest to a filter [size, size]."""
    size = len(filter)
    target = filter.ravel() - filter.mean()
    target /= np.linalg.norm(target)

    def left(parameters: Floats) -> Floats:
        functions = basis(parameters, size)
        rest: Floats = target - functions @ np.linalg.lstsq(functions, target, rcond=None)[0]
        return rest

    tries = [least_squares(left, start, bounds=(LOW, HIGH), max_nfev=60) for start in starts(grid, target)]
    best = min(tries, key=lambda tried: tried.cost)
    x, y, angle, frequency, along, across = best.x
    return Gabor(1 - 2 * best.cost, x, y, angle % np.pi, frequency, along, across)


def filters(model: Model) -> Floats:
    """[units, size, size]."""
    stage = model.module.span(0, 1)[0]
    weights = next(iter(stage.weights()))
    return weights.detach().double().numpy().reshape(len(weights), *model.shape[1:])


def networks(run: Run, dataset: Dataset) -> dict[str, tuple[Model, float]]:
    plain = run.model_copy(update={"penalties": tuple(p for p in run.penalties if p.kind != "kl-sparsity")})
    untrained = Model(run, dataset.shape, Autoencoder(run, dataset.shape).snapshot())
    made = {"untrained": (untrained, 0.0)}
    for name, one in (("trained without sparsity", plain), ("sparse", run)):
        result = published.trained(one, dataset)
        made[name] = (result.model, result.seconds)
    return made


def explained(gabor: Gabor, filter: Floats) -> Floats:
    """What the Gabor explains of a filter [size, size]."""
    parameters = np.array([gabor.x, gabor.y, gabor.angle, gabor.frequency, gabor.along, gabor.across])
    functions = basis(parameters, len(filter))
    weights = np.linalg.lstsq(functions, filter.ravel(), rcond=None)[0]
    return (functions @ weights).reshape(filter.shape)


def picture(model: Model, gabors: Sequence[Gabor]) -> Image.Image:
    """Above the filters, below what the Gabors explain of them; a line under those that count."""
    shown = filters(model)[: len(gabors)]
    size = shown.shape[1]
    canvas = np.full((2 * (size + 1) + 2, len(shown) * (size + 1) + 1), 255, np.uint8)
    for n, (filter, gabor) in enumerate(zip(shown, gabors, strict=True)):
        left = 1 + n * (size + 1)
        for row, one in enumerate((filter, explained(gabor, filter))):
            top = 1 + row * (size + 1)
            grey = 128 + 127 * np.clip((one - filter.mean()) / np.abs(filter - filter.mean()).max(), -1, 1)
            canvas[top : top + size, left : left + size] = grey.round().astype(np.uint8)
        if gabor.counts:
            canvas[-1, left : left + size] = 0
    return Image.fromarray(canvas).resize((4 * canvas.shape[1], 4 * canvas.shape[0]), Image.Resampling.NEAREST)


def row_of(name: str, seeds: Sequence[Sequence[Gabor]]) -> list[str]:
    counts = [sum(g.counts for g in each) for each in seeds]
    r2 = np.array([g.r2 for each in seeds for g in each])
    return [
        name,
        f"{statistics.mean(counts):.1f} of {len(seeds[0])} ({', '.join(map(str, counts))})",
        " · ".join(f"{np.percentile(r2, q):.2f}" for q in (10, 50, 90)),
        " ".join(map(str, np.histogram(r2, bins=np.linspace(0, 1, 11))[0])),
    ]


def bands(edges: Sequence[Gabor]) -> list[int]:
    """How many filters there are of each orientation."""
    degrees = [np.degrees(g.angle) for g in edges]
    return [int(count) for count in np.histogram(degrees, bins=np.linspace(0, 180, BANDS + 1))[0]]


def in_words(edges: Sequence[Gabor], of: int) -> str:
    if not edges:
        return f"None of the {of} filters of the sparse network counts."
    frequencies = [g.frequency for g in edges]
    return (
        f"Sparse network, the {len(edges)} of {of} filters that count, by the direction of the wave in bands of "
        f"{180 // BANDS}°: {' '.join(map(str, bands(edges)))}. Frequency in cycles a pixel: "
        + " · ".join(f"{np.percentile(frequencies, q):.2f}" for q in (10, 50, 90))
        + f" (10 · 50 · 90 %). Envelope: σ {np.median([g.along for g in edges]):.1f} pixels along the wave and "
        f"{np.median([g.across for g in edges]):.1f} across it, medians. The others show "
        "less than half a period of their wave."
    )


def verdict(found: Mapping[str, Sequence[Sequence[Gabor]]]) -> str:
    share = {name: statistics.mean(g.counts for each in seeds for g in each) for name, seeds in found.items()}
    controls = max(value for name, value in share.items() if name != "sparse")
    edges = [g for each in found["sparse"] for g in each if g.counts]
    reached = share["sparse"] > 0.5 and share["sparse"] > 1.5 * controls and min(bands(edges)) > 0
    return (
        "Goal (most filters of the sparse network count, at least half as many again as in either control, in all "
        f"orientations): {'reached' if reached else 'not reached'}, {share['sparse']:.0%} against {controls:.0%}."
    )


def main() -> None:
    chosen = published.arguments(__doc__ or "", __file__, seeds=3)
    began = time.perf_counter()
    run = find("natural-patches").run()
    if chosen.quick:
        run, chosen.seeds = run.with_value("epochs", 15), 1
    dataset, looked_at = run.data.load(), slice(12 if chosen.quick else None)
    grid = Grid(dataset.shape[1])

    found: dict[str, list[list[Gabor]]] = {}
    shown: Model | None = None
    seconds, waited = 0.0, 0.0
    for seed in range(chosen.seeds):
        start = time.perf_counter()
        made = networks(run.with_value("seed", seed), dataset)
        waited += time.perf_counter() - start
        shown = shown or made["sparse"][0]
        for name, (model, took) in made.items():
            seconds += took
            found.setdefault(name, []).append([fitted(one, grid) for one in filters(model)[looked_at]])
            print(f"seed {seed}, {name}: {sum(g.counts for g in found[name][-1])} filters count", flush=True)

    sparse = [g for each in found["sparse"] for g in each]
    lines = [
        *published.heading("Edge detectors from natural patches", time.perf_counter() - began - waited + seconds),
        f"The recipe `natural-patches`, {chosen.seeds} seeds, {published.minutes(seconds / chosen.seeds)} of training "
        f"each. A filter counts where an oriented Gabor explains at least {GOOD:.0%} of its variance and shows at "
        "least half a period of its wave in the patch. CS294A shows such filters, but gives no number.",
        "",
        *published.table(
            ("network", "filters that count (each seed)", "R² at 10 · 50 · 90 %", "filters by R², in tenths"),
            [row_of(name, seeds) for name, seeds in found.items()],
        ),
        "",
        "![Filters above, what their Gabors explain below](../../resources/docs/pictures/edge_filters.png)",
        "",
        "The sparse network of seed 0: above its filters, below what the Gabors explain of them; those that count are "
        "underlined.",
        "",
        in_words([g for g in sparse if g.counts], len(sparse)),
        "",
        verdict(found),
    ]
    published.say(lines, chosen.out)
    if chosen.out is not None and shown is not None:
        picture(shown, found["sparse"][0]).save(published.picture_of(chosen.out, ".png"), optimize=True)


if __name__ == "__main__":
    main()
