"""The sum of the terms."""

from typing import ClassVar

from torch import Tensor

from aestudio.core.parts.families.objective import Nats, Objective
from aestudio.core.parts.one_pass import Pass


class Sum(Objective):
    """The reconstruction loss and every penalty times its weight, added up."""

    kind: ClassVar[str] = "sum"
    title: ClassVar[str] = "Sum of the terms"
    about: ClassVar[str] = "The reconstruction loss and every penalty times its weight, added up."
    equation: ClassVar[str] = r"\mathcal{L} = \Delta + \sum_i \lambda_i \Omega_i"
    source: ClassVar[str] = "Bank, Koenigstein, Giryes (2020), section 2"
    rank: ClassVar[int] = 0
    neutral: ClassVar[bool] = True
    term: ClassVar[str] = ""

    def __call__(self, seen: Pass, weighted: Tensor, nats: Nats) -> Tensor:
        return weighted.sum()
