"""A convolutional network, at 64×64 pixels."""

from typing import ClassVar

from aestudio.core.bench.figure import Figure
from aestudio.core.bench.running import Contender
from aestudio.core.bench.trainings import convolutional


class Convolutions(Figure):
    """The network of the recipe denoising-convolutional, without its noise, on 64×64 pixels."""

    kind: ClassVar[str] = "convolutions"
    title: ClassVar[str] = "Training a convolutional network, 64×64 pixels"
    about: ClassVar[str] = "The network of the recipe denoising-convolutional, without its noise, on 64×64 pixels."
    unit: ClassVar[str] = "images"
    rank: ClassVar[int] = 2

    def contenders(self, size: float = 1.0) -> list[Contender]:
        return convolutional(64, size)
