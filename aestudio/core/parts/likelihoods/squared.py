"""Squared L2 loss."""

from typing import ClassVar

from torch import Tensor

from aestudio.core.parts.activations import Activation
from aestudio.core.parts.families.likelihood import Likelihood, normal_nats
from aestudio.core.parts.one_pass import Pass
from aestudio.core.parts.part import Own


class SquaredL2(Likelihood):
    """‖x − x̂‖², summed over the pixels of an image and averaged over the batch: the scale that the penalties' sums
    have too.
    """

    kind: ClassVar[str] = "squared-l2"
    title: ClassVar[str] = "Squared L2"
    about: ClassVar[str] = (
        "‖x − x̂‖², summed over the pixels of an image and averaged over the batch: the scale that the penalties' sums"
        " have too."
    )
    equation: ClassVar[str] = r"\left\| x - \hat{x} \right\|_2^2"
    source: ClassVar[str] = "Bank, Koenigstein, Giryes (2020), section 1"
    rank: ClassVar[int] = 0

    def __call__(self, seen: Pass, own: Own) -> Tensor:
        return (seen.target - seen.reconstruction).square().flatten(1).sum(1).mean()

    def by_hand(
        self, target: Tensor, logits: Tensor, made: Tensor, range: Activation, own: Own
    ) -> tuple[Tensor, Tensor]:
        """∂/∂p = 2 (x̂ − x) r′(p) / N."""
        error = made - target
        flat = error.view(-1)
        loss = flat.dot(flat) / len(target)
        return loss, range.pull_back(error.mul_(2 / len(target)), logits, made)

    def nats(self, seen: Pass, own: Own, scale: float | Tensor) -> Tensor:
        """Independent normal numbers of standard deviation `scale` around x̂."""
        return normal_nats(seen, scale)
