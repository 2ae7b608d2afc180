"""A convolutional network, at 28×28 pixels."""

from typing import ClassVar

from aestudio.core.bench.figure import Figure
from aestudio.core.bench.running import Contender
from aestudio.core.bench.trainings import convolutional


class SmallConvolutions(Figure):
    """The network of the recipe denoising-convolutional, without its noise, on 28×28 pixels."""

    kind: ClassVar[str] = "convolutions-small"
    title: ClassVar[str] = "Training a convolutional network, 28×28 pixels"
    about: ClassVar[str] = "The network of the recipe denoising-convolutional, without its noise, on 28×28 pixels."
    unit: ClassVar[str] = "images"
    rank: ClassVar[int] = 2

    def contenders(self, size: float = 1.0) -> list[Contender]:
        return convolutional(28, size)
