"""Early stopping."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from aestudio.core.ground.texts import Text, plural
from aestudio.core.parts.families.ending import Ending
from aestudio.core.parts.slots import knob


class Patience(Ending):
    """Ends a phase once the objective of the held-out images has been no lower than before for some epochs. The weights
    of the last epoch are kept, or those of the best.
    """

    kind: ClassVar[str] = "patience"
    title: ClassVar[str] = "Early stopping"
    about: ClassVar[str] = (
        "Ends once the objective of the held-out images has not become lower for some epochs. The weights of the last "
        "epoch are kept, or those of the best."
    )
    equation: ClassVar[str] = (
        r"\min_{t - p < s \leq t} \mathcal{L}^{\mathrm{held\ out}}_s \geq "
        r"\min_{s \leq t - p} \mathcal{L}^{\mathrm{held\ out}}_s"
    )
    source: ClassVar[str] = "Prechelt (1998), Early Stopping – But When?"
    rank: ClassVar[int] = 1

    epochs: int = knob(10, "Patience", low=1, high=10_000, unit="epochs")
    keep: Literal["last", "best"] = knob(
        "last",
        "Keep the epoch",
        tip="last: the weights as they are at the end. best: those of the epoch at which the held-out objective was "
        "lowest. The held-out images have then chosen the weights, so their scores are a little too good. A training "
        "that you stop yourself keeps its newest weights.",
    )

    @property
    def keeps_best(self) -> bool:
        return self.keep == "best"

    def over(self, held_out: Sequence[float]) -> bool:
        before, since = held_out[: -self.epochs], held_out[-self.epochs :]
        return bool(before) and min(since) >= min(before)

    @property
    def why(self) -> Text:
        return plural(
            "Early stopping: the held-out objective has not fallen for {count} epoch.",
            "Early stopping: the held-out objective has not fallen for {count:,} epochs.",
            self.epochs,
        )
