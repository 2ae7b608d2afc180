"""784-1000-784, batches of 1024."""

from typing import ClassVar

from aestudio.core.bench.figure import Figure
from aestudio.core.bench.running import Contender
from aestudio.core.bench.trainings import perceptron


class LargeBatches(Figure):
    """The same network in batches that a GPU needs to be busy."""

    kind: ClassVar[str] = "perceptron-batches"
    title: ClassVar[str] = "Training 784-1000-784, batches of 1024"
    about: ClassVar[str] = "One hidden layer of 1000 units on 28×28 pixels, in batches that keep a GPU busy."
    unit: ClassVar[str] = "images"
    rank: ClassVar[int] = 1

    def contenders(self, size: float = 1.0) -> list[Contender]:
        return perceptron(1024, size)
