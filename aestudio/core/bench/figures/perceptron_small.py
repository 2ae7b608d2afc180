"""784-64-784, batches of 32."""

from typing import ClassVar

from aestudio.core.bench.figure import Figure
from aestudio.core.bench.others import others
from aestudio.core.bench.running import Contender
from aestudio.core.bench.trainings import Whole, images, ours, products, textbook
from aestudio.core.ground.texts import Text
from aestudio.core.run.run import Run


class SmallPerceptron(Figure):
    """One hidden layer of 64 units on 28×28 pixels: what is done around the matrix products is most of the work."""

    kind: ClassVar[str] = "perceptron-small"
    title: ClassVar[str] = "Training 784-64-784, batches of 32"
    about: ClassVar[str] = (
        "One hidden layer of 64 units on 28×28 pixels: what is done around the matrix products is most of the work."
    )
    unit: ClassVar[str] = "images"
    rank: ClassVar[int] = 1

    def contenders(self, size: float = 1.0) -> list[Contender]:
        run = Run(batch_size=32).with_value("network.widths", [64])
        data = images((1, 28, 28), max(256, int(9_600 * size)))
        return [
            textbook(run, data, lambda: Whole(run, data.shape)),
            *others(run, data),
            ours(Text("AEStudio"), run, data),
            products(64, 784, 32, "float32"),
        ]
