"""All stages trained together, and then once more from where that ended."""

from __future__ import annotations

from typing import ClassVar

from aestudio.core.parts.families.schedule import Schedule
from aestudio.core.parts.plan import Phase, Span
from aestudio.core.parts.slots import knob


class WarmRestart(Schedule):
    """Encoder and decoder are trained as one; fine-tuning then goes on with a fresh optimiser and the learning rate
    from its beginning, as it does after layer-by-layer training.
    """

    kind: ClassVar[str] = "warm-restart"
    title: ClassVar[str] = "End to end, then fine-tuned"
    about: ClassVar[str] = (
        "Encoder and decoder are trained as one; fine-tuning then goes on with a fresh optimiser and the learning rate"
        " from its beginning, as it does after layer-by-layer training."
    )
    equation: ClassVar[str] = r"\min_{A, B} \; E\left[ \Delta(x, B(A(x))) \right],\ \mathrm{twice}"
    source: ClassVar[str] = "Loshchilov, Hutter (2017), SGDR, arXiv 1608.03983, section 3"
    rank: ClassVar[int] = 2

    first_epochs: int = knob(10, "Epochs before", low=1, high=100_000, tip="Fine-tuning takes the run's epochs.")

    def phases(self, epochs: int, depth: int) -> tuple[Phase, ...]:
        everything = Span(0, depth)
        return Phase("end to end", everything, self.first_epochs), Phase("fine-tuning", everything, epochs)
