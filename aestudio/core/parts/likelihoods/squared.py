"""Squared L2 loss."""

from typing import ClassVar

from torch import Tensor

from aestudio.core.parts.families.likelihood import Loss
from aestudio.core.parts.one_pass import Pass


class SquaredL2(Loss):
    """‖x − x̂‖², summed over the pixels of an image and averaged over the batch: the scale that the penalties' sums
    have too.
    """

    kind: ClassVar[str] = "squared-l2"
    title: ClassVar[str] = "Squared L2"
    equation: ClassVar[str] = r"\left\| x - \hat{x} \right\|_2^2"
    source: ClassVar[str] = "Bank, Koenigstein, Giryes (2020), section 1"
    rank: ClassVar[int] = 0

    def __call__(self, seen: Pass) -> Tensor:
        return (seen.clean - seen.reconstruction).square().flatten(1).sum(1).mean()
