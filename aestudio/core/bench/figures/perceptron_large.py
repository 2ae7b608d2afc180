"""784-1000-784, batches of 128."""

from typing import ClassVar

from aestudio.core.bench.figure import Figure
from aestudio.core.bench.running import Contender
from aestudio.core.bench.trainings import perceptron


class LargePerceptron(Figure):
    """One hidden layer of 1000 units on 28×28 pixels: matrix products are most of the work."""

    kind: ClassVar[str] = "perceptron-large"
    title: ClassVar[str] = "Training 784-1000-784, batches of 128"
    about: ClassVar[str] = "One hidden layer of 1000 units on 28×28 pixels: matrix products are most of the work."
    unit: ClassVar[str] = "images"
    rank: ClassVar[int] = 0

    def contenders(self, size: float = 1.0) -> list[Contender]:
        return perceptron(128, size)
