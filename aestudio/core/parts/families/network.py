"""Networks: encoder and decoder."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from aestudio.core.ground.shapes import Shape
from aestudio.core.parts.part import Part
from aestudio.core.parts.stages import Stage


class Network(Part):
    """Encoder and decoder, as stages."""

    family: ClassVar[str] = "parts.networks"
    noun: ClassVar[str] = "network"

    @abstractmethod
    def build(self, shape: Shape) -> list[Stage]:
        """New stages for images of this shape, weights drawn from torch's default generator.

        Raises: RunError where no such network exists for the shape.
        """
