"""L1 on activations: pushes hidden units to exactly zero."""

from typing import ClassVar

from torch import Tensor

from aestudio.core.parts.by_hand import ByHand
from aestudio.core.parts.families.penalty import Penalty
from aestudio.core.parts.one_pass import Pass
from aestudio.core.parts.part import Own
from aestudio.core.parts.slots import knob


class L1Sparsity(Penalty):
    """Σᵢ |hᵢ| over the hidden units, averaged over the batch."""

    kind: ClassVar[str] = "l1"
    title: ClassVar[str] = "L1 on activations"
    about: ClassVar[str] = "Σᵢ |hᵢ| over the hidden units, averaged over the batch."
    equation: ClassVar[str] = r"\sum_i \left| h_i \right|"
    symbol: ClassVar[str] = "1"
    source: ClassVar[str] = "Bank, Koenigstein, Giryes (2020), section 2.1"
    rank: ClassVar[int] = 0

    weight: float = knob(
        0.05,
        "Weight λ",
        low=0,
        high=1e6,
        live=True,
        log=True,
        tip="What one active unit costs.",
        raised="Fewer units are active, and the reconstruction gets worse.",
    )

    def __call__(self, seen: Pass, own: Own) -> Tensor:
        return seen.hidden.abs().sum(1).mean()

    def by_hand(self, at: ByHand) -> Tensor:
        """∂/∂h = sign(h) / N."""
        at.to_hidden.add_(at.hidden.sign(), alpha=self.weight / len(at.hidden))
        return at.hidden.abs().sum() / len(at.hidden)
