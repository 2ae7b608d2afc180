"""The linear autoencoder against its twin on MNIST: `python tests/benchmarks/pca_twin.py [--quick]`.

The recipe `linear` with code size 32 and batches of 64 or 256, for 10 epochs; then with L2 on both maps, tied and not,
where the squared singular values of the decoder should be 1 − λ/σ². Floors are those of the 60,000 training images.

Sources: Baldi, Hornik (1989); Plaut (2018), arXiv 1804.10253; Kunin, Bloom, Goeva, Seed (2019), arXiv 1901.08168.
Goal: a held-out error of at most 1.01 times PCA's .016828, in less than 60 s on two cores.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import _published as published

from aestudio.core.probes.pca import pca
from aestudio.core.run.recipes import find
from aestudio.core.run.run import Run
from aestudio.core.theory.twin import Twin, twin

CODE_SIZE, GOAL, SECONDS, FLOOR = 32, 1.01, 60, 0.016828
DECAY = [{"kind": "weight-decay", "weight": 0.3}]


@dataclass(frozen=True)
class Model:
    """One row of the table."""

    name: str
    settings: dict[str, Any] = field(default_factory=dict)

    def run(self, *, quick: bool) -> Run:
        run = find("linear").run().with_value("network.code_size", CODE_SIZE).with_value("epochs", 10)
        for path, value in self.settings.items():
            run = run.with_value(path, value)
        return run.with_value("epochs", 1) if quick else run


MODELS = (
    Model("linear, batches of 64"),
    Model("linear, batches of 256", {"batch_size": 256}),
    Model("L2, tied weights", {"penalties": DECAY, "network.tied": True, "epochs": 20, "batch_size": 1000}),
    Model("L2, two maps", {"penalties": DECAY, "epochs": 40, "batch_size": 256, "optimiser.learning_rate": 0.003}),
)


def row(name: str, found: Twin, seconds: float) -> list[str]:
    law = "–" if found.law_error is None else f"{found.law_error:.2g}"
    return [
        name,
        f"{found.held_out_mse:.6f}",
        f"{found.ratio:.5f}",
        f"{found.projector_difference:.4f}",
        f"{found.angles[-1]:.2f}°",
        law,
        published.minutes(seconds),
    ]


def main() -> None:
    chosen = published.arguments(__doc__ or "", __file__)
    dataset = published.mnist()
    components = pca(dataset)
    rows, seconds, first = [], 0.0, None
    for model in MODELS:
        made = published.trained(model.run(quick=chosen.quick), dataset)
        found = twin(components, made.model)
        first = first or (found, made.seconds)
        rows.append(row(model.name, found, made.seconds))
        seconds += made.seconds
        print(" · ".join(rows[-1]), flush=True)
    assert first is not None
    reached = first[0].ratio <= GOAL and first[1] < SECONDS
    lines = [
        *published.heading("The linear autoencoder and PCA", seconds),
        f"MNIST, code size {CODE_SIZE}: PCA's held-out error is {components.floor(CODE_SIZE)[1]:.6f} (published: "
        f"{FLOOR}).",
        "",
        *published.table(
            (
                "run",
                "held-out error",
                "of the floor",
                "‖P − P̂‖_F",
                "largest angle",
                "law: largest difference of s²",
                "training",
            ),
            rows,
        ),
        "",
        f"Goal (at most {GOAL} × the floor in less than {SECONDS} s): {'reached' if reached else 'not reached'}.",
    ]
    published.say(lines, chosen.out)


if __name__ == "__main__":
    main()
