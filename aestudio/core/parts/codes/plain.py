"""The code is the hidden layer as it is."""

from typing import ClassVar

from torch import Tensor

from aestudio.core.parts.families.code import Code


class Plain(Code):
    """The decoder gets the last hidden layer as it is."""

    kind: ClassVar[str] = "plain"
    title: ClassVar[str] = "Plain"
    equation: ClassVar[str] = r"z = h"
    source: ClassVar[str] = "Bank, Koenigstein, Giryes (2020), section 1"
    rank: ClassVar[int] = 0

    def __call__(self, hidden: Tensor) -> Tensor:
        return hidden

    def in_torch(self, shape: tuple[int, ...]) -> tuple[str, ...]:
        return ()
