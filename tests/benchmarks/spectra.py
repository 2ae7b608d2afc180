"""Rifai et al. (2011), spectra and contraction curves: `python tests/benchmarks/spectra.py [--quick]`.

The autoencoder, the Gaussian denoising one and the contractive one of `rifai_table1.py` (seed 0; trained here where
that script has not kept them). For each: the singular values of the encoder's Jacobian, sorted and averaged over 256
held-out images, and the contraction curve, the mean of ‖f(x₁) − f(x₀)‖ / ‖x₁ − x₀‖ with x₁ uniform on a sphere of
radius r around 1,000 held-out images x₀, over four directions each.

Source: Rifai, Vincent, Muller, Glorot, Bengio (2011), Contractive Auto-Encoders, sections 5.2 and 5.3.
Goal, the paper's order: the contractive autoencoder has the fewest large singular values; the denoising one's curve
falls with r; the contractive one's rises, peaks near the largest distance between images, then falls.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import pairwise
from math import ceil, log10
from typing import Any

import _published as published
import numpy as np
import rifai_table1
from numpy.typing import NDArray

from aestudio.core.probes.contraction import ContractionCurve, contraction_curve
from aestudio.core.probes.jacobian import spectrum
from aestudio.core.run.events import Floats

NAMES = ("AE", "DAE, Gaussian", "CAE")
COLOURS = {"AE": "#888888", "DAE, Gaussian": "#d55e00", "CAE": "#0072b2"}
LARGE = (0.5, 0.25, 0.1)
"""A singular value is called large above this fraction of the largest mean one of the three networks."""
RANKS = (1, 10, 50, 100, 200, 400)
NEAR, FAR = 0.4, 2.5
"""The peak is called near the largest distance between these multiples of it."""


def main() -> None:
    chosen = published.arguments(__doc__ or "", __file__)
    dataset = published.mnist(quick=chosen.quick)
    began, waited, seconds = time.perf_counter(), 0.0, 0.0
    x = published.pixels(dataset.held_out.images, 100 if chosen.quick else 1000)

    spectra: dict[str, Floats] = {}
    curves: dict[str, ContractionCurve] = {}
    for model in (m for m in rifai_table1.MODELS if m.name in NAMES):
        start = time.perf_counter()
        made = published.trained(model.run(seed=0, quick=chosen.quick), dataset)
        waited += time.perf_counter() - start
        seconds += made.seconds
        spectra[model.name] = spectrum(made.model, x[: 16 if chosen.quick else 256]).mean
        curves[model.name] = contraction_curve(made.model, x, directions=1 if chosen.quick else 4)
        print(f"{model.name}: largest singular value {spectra[model.name][0]:.3f}", flush=True)

    top = max(float(values[0]) for values in spectra.values())
    counts = {name: [int((values >= share * top).sum()) for share in LARGE] for name, values in spectra.items()}
    fewest = all(counts["CAE"][i] <= min(c[i] for c in counts.values()) for i in range(len(LARGE))) and any(
        counts["CAE"][i] < min(c[i] for name, c in counts.items() if name != "CAE") for i in range(len(LARGE))
    )
    rows = [
        [
            name,
            *(f"{values[rank - 1]:.3f}" for rank in RANKS),
            *(str(count) for count in counts[name]),
            f"{float(np.square(values).sum()):.1f}",
        ]
        for name, values in spectra.items()
    ]
    farthest = curves["CAE"].farthest
    drawn = published.minutes(seconds)
    lines = [
        *published.heading("Spectra and contraction curves", time.perf_counter() - began - waited + seconds),
        f"The trainings took {drawn} of it. Held-out MNIST: 256 images for the spectra, {len(x)} for the curves.",
        "",
        "![Left the spectra, right the contraction curves](../../resources/docs/pictures/spectra.svg)",
        "",
        "## Singular values of the encoder's Jacobian, sorted, averaged over images",
        "",
        *published.table(
            (
                "network",
                *(f"σ{str(rank).translate(str.maketrans('0123456789', '₀₁₂₃₄₅₆₇₈₉'))}" for rank in RANKS),
                *(f"≥ {share * top:.2f}" for share in LARGE),
                "Σσ̄²",
            ),
            rows,
        ),
        "",
        f"The columns with ≥ count the mean singular values above {', '.join(f'{share:g}' for share in LARGE)} of the "
        f"largest of all, {top:.2f}.",
        f"Goal (the CAE has the fewest large ones): {'reached' if fewest else 'not reached'}.",
        "",
        "## Contraction curves",
        "",
        *published.table(
            ("r", *(f"{r:.2f}" for r in curves["CAE"].radii[::2])),
            [[name, *(f"{ratio:.3f}" for ratio in curve.ratio[::2])] for name, curve in curves.items()],
        ),
        "",
        f"The largest distance between two of the images is {farthest:.2f}.",
        *(f"- {name}: {shape(curve)}." for name, curve in curves.items()),
        "",
        *goals(curves),
    ]
    published.say(lines, chosen.out)
    if chosen.out is not None:
        published.picture_of(chosen.out, ".svg").write_text(picture(spectra, curves), encoding="utf-8")


def shape(curve: ContractionCurve) -> str:
    """The curve in words."""
    peak = int(curve.ratio.argmax())
    start, most, end = curve.ratio[0], curve.ratio[peak], curve.ratio[-1]
    if most < 1.02 * start:
        return f"falls from {start:.3f} to {end:.3f}"
    rises = f"rises from {start:.3f} to {most:.3f} at r = {curve.radii[peak]:.1f}"
    return f"{rises} ({curve.radii[peak] / curve.farthest:.2f} of the largest distance), then falls to {end:.3f}"


def goals(curves: dict[str, ContractionCurve]) -> list[str]:
    noisy, contractive = curves["DAE, Gaussian"], curves["CAE"]
    falls = all(after <= before + 3e-3 * noisy.ratio[0] for before, after in pairwise(noisy.ratio))
    peak = int(contractive.ratio.argmax())
    rises = contractive.ratio[peak] > 1.05 * contractive.ratio[0] and peak < len(contractive.ratio) - 1
    near = NEAR <= contractive.radii[peak] / contractive.farthest <= FAR
    return [
        f"Goal (the Gaussian DAE's curve falls with r): {'reached' if falls else 'not reached'}.",
        f"Goal (the CAE's curve rises, peaks near the largest distance, {NEAR:g} to {FAR:g} times it, and falls): "
        f"{'reached' if rises and near else 'not reached'}.",
    ]


# -- the picture -------------------------------------------------------------------------------------------------------

WIDTH, HEIGHT, LEFT, TOP, GAP = 340, 240, 55, 30, 80


def picture(spectra: dict[str, Floats], curves: dict[str, ContractionCurve]) -> str:
    """Two plots as SVG."""
    one = {name: (np.arange(1, len(v) + 1, dtype=float)[::3], np.maximum(v, 1e-12)[::3]) for name, v in spectra.items()}
    top = max(v.max() for v in spectra.values())
    other = {name: (curve.radii, curve.ratio) for name, curve in curves.items()}
    farthest = next(iter(curves.values())).farthest
    high = 0.2 * ceil(5.2 * max(curve.ratio.max() for curve in curves.values()))
    parts = [
        *panel(
            LEFT,
            one,
            (0, 784),
            (log10(top) - 3, log10(top) + 0.1),
            "singular value by rank",
            log_y=True,
            ticks=(1, 200, 400, 600, 784),
        ),
        *panel(
            LEFT + WIDTH + GAP, other, (-1, 2), (0, high), "contraction ratio by radius r", log_x=True, mark=farthest
        ),
    ]
    for row, name in enumerate(spectra):
        y = TOP + 16 + 16 * row
        x = LEFT + WIDTH - 120
        parts.append(f'<path d="M{x} {y}h20" stroke="{COLOURS[name]}" stroke-width="2"/>')
        parts.append(f'<text x="{x + 26}" y="{y + 4}">{name}</text>')
    size = f'width="{LEFT + 2 * WIDTH + GAP + 20}" height="{TOP + HEIGHT + 40}"'
    text = '<text fill="#222"'
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="11" fill="none">\n'
        f'<rect {size} fill="white"/>\n{body.replace("<text", text)}\n</svg>\n'
    )


def panel(
    left: int,
    lines: dict[str, tuple[NDArray[Any], NDArray[Any]]],
    across: tuple[float, float],
    up: tuple[float, float],
    title: str,
    *,
    log_x: bool = False,
    log_y: bool = False,
    mark: float | None = None,
    ticks: Sequence[float] = (),
) -> list[str]:
    """One plot; `across` and `up` are the ranges, of log₁₀ where an axis is logarithmic."""

    def x_of(value: float) -> float:
        position = log10(value) if log_x else value
        return left + WIDTH * (position - across[0]) / (across[1] - across[0])

    def y_of(value: float) -> float:
        position = log10(value) if log_y else value
        return TOP + HEIGHT * (up[1] - position) / (up[1] - up[0])

    parts = [
        f'<rect x="{left}" y="{TOP}" width="{WIDTH}" height="{HEIGHT}" stroke="#222"/>',
        f'<text x="{left}" y="{TOP - 10}">{title}</text>',
    ]
    for tick in ticks or (0.1, 1, 10, 100):
        parts.append(f'<text x="{x_of(tick):.0f}" y="{TOP + HEIGHT + 16}" text-anchor="middle">{tick:g}</text>')
    high = 10 ** up[1] if log_y else up[1]
    for tick in [10.0**n for n in range(-6, 6)] if log_y else np.arange(0, high + 0.1, 0.2).tolist():
        if (10 ** up[0] if log_y else up[0]) <= tick <= high:
            parts.append(f'<text x="{left - 6}" y="{y_of(tick) + 4:.0f}" text-anchor="end">{tick:.3g}</text>')
    if mark is not None:
        parts.append(f'<path d="M{x_of(mark):.1f} {TOP}v{HEIGHT}" stroke="#222" stroke-dasharray="3 3"/>')
    for name, (xs, ys) in lines.items():
        points = [(x_of(float(x)), y_of(float(y))) for x, y in zip(xs, ys, strict=True)]
        inside = " ".join(f"{x:.1f},{y:.1f}" for x, y in points if left <= x <= left + WIDTH and y <= TOP + HEIGHT)
        parts.append(f'<polyline points="{inside}" stroke="{COLOURS[name]}" stroke-width="2"/>')
    return parts


if __name__ == "__main__":
    main()
