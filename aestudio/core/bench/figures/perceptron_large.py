"""784-1000-784, batches of 128."""

from typing import ClassVar

from aestudio.core.bench.figure import Figure
from aestudio.core.bench.others import others
from aestudio.core.bench.running import Contender
from aestudio.core.bench.trainings import Whole, images, ours, products, textbook
from aestudio.core.ground.compute import choose, knows_bfloat16
from aestudio.core.ground.texts import Text
from aestudio.core.run.run import Run


class LargePerceptron(Figure):
    """One hidden layer of 1000 units on 28×28 pixels: matrix products are most of the work."""

    kind: ClassVar[str] = "perceptron-large"
    title: ClassVar[str] = "Training 784-1000-784, batches of 128"
    about: ClassVar[str] = "One hidden layer of 1000 units on 28×28 pixels: matrix products are most of the work."
    unit: ClassVar[str] = "images"
    rank: ClassVar[int] = 0

    def contenders(self, size: float = 1.0) -> list[Contender]:
        width = max(8, int(1000 * size))
        run = Run(batch_size=128).with_value("network.widths", [width]).with_value("precision", "float32")
        data = images((1, 28, 28), max(256, int(25_600 * size)))
        made = [
            textbook(run, data, lambda: Whole(run, data.shape)),
            *others(run, data),
            ours(Text("AEStudio, float32"), run, data),
            products(width, 784, 128, "float32"),
        ]
        if knows_bfloat16(choose().device):
            made[-1:-1] = [ours(Text("AEStudio, bfloat16 products"), run.with_value("precision", "bfloat16"), data)]
            made.append(products(width, 784, 128, "bfloat16"))
        return made
