"""The written step of dense layers, in one process."""

from typing import ClassVar

from aestudio.core.training.dense_step import DenseStep


class Dense(DenseStep):
    """Every gradient by its formula, into memory that is there already."""

    kind: ClassVar[str] = "dense"
    rank: ClassVar[int] = 0
