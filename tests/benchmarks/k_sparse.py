"""Makhzani, Frey (2014), k-sparse autoencoders on MNIST: `python tests/benchmarks/k_sparse.py [--seeds N] [--quick]`.

1000 linear units with tied weights of which the k largest reach the decoder, squared loss, as in the recipe top-k. As
in the paper training begins with many live units and comes down to k over the first half of the epochs. Half of the
units would be dead in the end all the same, so those that no image of a preview makes live are drawn anew after each
epoch (Bricken et al. 2023), which the paper does not do. Previews come when the loop can afford them, so two trainings
with the same seed differ a little. The features of an image are its αk largest activations, the others zero, α ≥ 1;
logistic regression on them is `linear_probe`, which chooses its L2 weight, as α is chosen here, on 10,000 training
images kept back.

Source: Makhzani, Frey (2014), k-Sparse Autoencoders, arXiv 1312.5663; the paper's errors are quoted from memory.
Goal: the paper's order over k, 25 the best, and at most 1.35 % error there.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence

import _published as published
import numpy as np
import torch
from rifai_table1 import spread

from aestudio.core.data.dataset import Dataset
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.model.trained import Model
from aestudio.core.parts.codes.top_k import TopK
from aestudio.core.run.events import Evaluated, Preview
from aestudio.core.run.run import Run
from aestudio.core.theory.linear_probe import ProbeResult, linear_probe
from aestudio.core.training.controls import Controls

GOAL, BEST = 1.35, 25
PAPER = {10: 2.10, 25: 1.35, 40: 1.54}
RAW = 7.20
ALPHAS = (1.0, 2.0, 3.0)
LIVE_AT_FIRST = 100
UNTIL = 0.7
"""The fraction of the epochs after which no unit is drawn anew."""
UNITS = 1000

TRIED = """
Errors here are on the 10,000 images kept back, k = 25, seed 0; a difference below 0.2 points is chance.

Nothing against dead units: about 480 of the 1000 units are dead in the end at k = 10, 400 at 25, 325 at 40, and the
error is 2.25 %. The order over k was then wrong too, 25 < 10 < 40, with test errors of 2.09, 2.38 and 2.49 %.

Dead units drawn anew after each epoch up to 0.7 of the training: 5 dead, 1.90 %; after 15 epochs in place of 30 2.12 %.
This was the largest gain of all, and is what the table has.

Rate 4·10⁻³ without it → 2.37 %; 3·10⁻³ with it → 2.54 %, since units then die faster than they are drawn anew (503).

k falling by a constant factor from 1000 in place of 100, 20 epochs, nothing against dead units: 504 dead, 3.36 %.

Features, before units were drawn anew: divided by one number in place of each by its own deviation → 2.39 %, each image
scaled to length 1 → 2.40 %, α = 5 → 2.45 %, λ between the powers of ten → no more than 0.05 points.

Not tried for want of time: hundreds or thousands of epochs.
"""


def k_sparse(k: int, seed: int, epochs: int) -> Run:
    return Run.from_settings(
        {
            "title": f"k-sparse, k = {k}",
            "network": {
                "kind": "mlp",
                "widths": [UNITS],
                "activation": "identity",
                "output": "identity",
                "tied": True,
            },
            "code": {"kind": "top-k", "k": k},
            "optimiser": {"kind": "adam", "learning_rate": 1e-3},
            "rate": {"kind": "one-cycle"},
            "batch_size": 250,
            "epochs": epochs,
            "seed": seed,
        }
    )


def pretrained(k: int, dataset: Dataset, seed: int, epochs: int) -> published.Trained:
    """The number of live units falls from LIVE_AT_FIRST to k in half the epochs; up to UNTIL dead ones are replaced."""

    run = k_sparse(k, seed, epochs)

    def watch(controls: Controls, done: float, news: Evaluated | Preview) -> None:
        if isinstance(news, Preview):
            controls.resample(np.flatnonzero((news.code == 0).all(0)).tolist())
            return
        most = max(k, LIVE_AT_FIRST)
        controls.use(run.with_value("code.k", round(most - (most - k) * min(1.0, 2 * done))))
        if 0 < done <= UNTIL:
            controls.ask_for_preview()

    note = f"k from {LIVE_AT_FIRST} in half the epochs, dead units drawn anew after each until {UNTIL}"
    return published.trained(run, dataset, watch, note)


def probed(model: Model, dataset: Dataset, alpha: float) -> ProbeResult:
    code = model.run.code
    assert isinstance(code, TopK)
    wider = model.run.with_value("code.k", min(UNITS, round(alpha * code.k)))
    return linear_probe(Model(wider, model.shape, model.module.state_dict()), dataset)


def of_pixels(dataset: Dataset) -> ProbeResult:
    """The same probe on the raw pixels: a linear network whose code is the image."""
    run = Run.from_settings({"network": {"kind": "linear", "code_size": 784}})
    module = Autoencoder(run, dataset.shape)
    weights = module.snapshot()
    name = next(name for name in weights if name.endswith("W"))
    weights[name] = torch.eye(784)
    return linear_probe(Model(run, dataset.shape, weights), dataset)


def main() -> None:
    chosen = published.arguments(__doc__ or "", __file__, seeds=1)
    began, waited, seconds = time.perf_counter(), 0.0, 0.0
    dataset = published.mnist(quick=chosen.quick)
    raw = of_pixels(dataset)
    print(f"raw pixels: {raw}", flush=True)
    best: dict[int, list[tuple[float, ProbeResult]]] = {}
    every: dict[int, list[list[ProbeResult]]] = {}
    for k in (BEST,) if chosen.quick else PAPER:
        for seed in range(chosen.seeds):
            start = time.perf_counter()
            made = pretrained(k, dataset, seed, 2 if chosen.quick else 30)
            waited += time.perf_counter() - start
            seconds += made.seconds
            tried = [probed(made.model, dataset, alpha) for alpha in (ALPHAS[:1] if chosen.quick else ALPHAS)]
            place = max(range(len(tried)), key=lambda i: tried[i].validation_accuracy)
            best.setdefault(k, []).append((ALPHAS[place], tried[place]))
            every.setdefault(k, []).append(tried)
            print(f"k {k}, seed {seed}: α = {ALPHAS[place]:g}, {tried}", flush=True)

    errors = {k: statistics.mean(error(result) for _, result in each) for k, each in best.items()}
    rows = [["raw pixels", f"{error(raw):.2f}", f"{RAW:.2f}", "", "", f"{wrong(raw.train_accuracy):.2f}", ""]]
    for k, each in best.items():
        rows.append(
            [
                f"k = {k}",
                spread([error(result) for _, result in each]),
                f"{PAPER[k]:.2f}",
                ", ".join(f"{alpha:g}" for alpha, _ in each),
                spread([wrong(result.validation_accuracy) for _, result in each]),
                spread([wrong(result.train_accuracy) for _, result in each]),
                " · ".join(f"{statistics.mean(error(t[i]) for t in every[k]):.2f}" for i in range(len(every[k][0]))),
            ]
        )
    lines = [
        *published.heading("k-sparse autoencoders, MNIST", time.perf_counter() - began - waited + seconds),
        f"{published.counted(chosen.seeds, 'seed')}; training took "
        f"{published.minutes(seconds / max(1, len(best) * chosen.seeds))} a network. "
        "Logistic regression on the codes of 60,000 training images, error on the 10,000 test images.",
        "",
        *published.table(
            (
                "features",
                "test error %",
                "paper",
                "α chosen",
                "validation error %",
                "training error %",
                f"test error at α = {' · '.join(f'{a:g}' for a in ALPHAS)}",
            ),
            rows,
        ),
        "",
        *verdict(errors),
        *published.tried(TRIED),
    ]
    published.say(lines, chosen.out)


def error(result: ProbeResult) -> float:
    return wrong(result.held_out_accuracy)


def wrong(accuracy: float) -> float:
    return 100 * (1 - accuracy)


def verdict(errors: dict[int, float]) -> Sequence[str]:
    order = sorted(errors, key=lambda k: errors[k])
    paper = sorted(errors, key=lambda k: PAPER[k])
    off = errors[BEST] - GOAL
    return [
        f"- Goal (the paper's order, k = {' < '.join(map(str, paper))} by error): "
        + ("reached." if order == paper else f"not reached, it is {' < '.join(map(str, order))}."),
        f"- Goal (at most {GOAL} % at k = {BEST}): " + ("reached." if off <= 0 else f"missed by {off:.2f} points."),
    ]


if __name__ == "__main__":
    main()
