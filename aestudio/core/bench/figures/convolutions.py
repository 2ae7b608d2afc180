"""Convolutional networks, at 28×28 and at 64×64 pixels."""

from typing import ClassVar

from aestudio.core.bench.figure import Figure
from aestudio.core.bench.running import Contender
from aestudio.core.bench.trainings import Whole, images, ours, textbook
from aestudio.core.ground.texts import Text
from aestudio.core.run.recipes import everything


class Convolutions(Figure):
    """The network of the recipe denoising-convolutional, without its noise, on 64×64 pixels."""

    kind: ClassVar[str] = "convolutions"
    title: ClassVar[str] = "Training a convolutional network, 64×64 pixels"
    about: ClassVar[str] = "The network of the recipe denoising-convolutional, without its noise, on 64×64 pixels."
    unit: ClassVar[str] = "images"
    rank: ClassVar[int] = 2
    side: ClassVar[int] = 64

    def contenders(self, size: float = 1.0) -> list[Contender]:
        recipe = everything()["denoising-convolutional"].run()
        run = recipe.with_value("corruption", "none").with_value("claims", [])
        shape = (1, self.side, self.side)
        data = images(shape, max(2 * run.batch_size, int(4_096 * size)))
        return [
            textbook(run, data, lambda: Whole(run, shape)),
            ours(Text("AEStudio, float32"), run.with_value("precision", "float32"), data),
            ours(Text("AEStudio, precision auto"), run, data),
        ]
