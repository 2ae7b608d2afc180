"""Networks: encoder and decoder."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.ground.errors import RunError
from aestudio.core.ground.shapes import Shape
from aestudio.core.parts.one_pass import NOTHING, Given
from aestudio.core.parts.part import Part
from aestudio.core.parts.stages import Stage


@dataclass(frozen=True)
class Condition:
    """Something that a network is told beside the images: `sigma`, the noise level."""

    name: str
    """By which a corruption and a person say it."""
    label: str
    default: float
    """Where nobody says it."""
    low: float
    high: float


class Network(Part):
    """Encoder and decoder, as stages."""

    family: ClassVar[str] = "parts.networks"
    noun: ClassVar[str] = "network"
    field: ClassVar[str] = "network"
    label: ClassVar[str] = "Network"
    place: ClassVar[int] = 30
    form_place: ClassVar[int] = 30
    default: ClassVar[str] = "mlp"
    given: ClassVar[tuple[Condition, ...]] = ()
    """What it wants to be told beside the images; exports ask for it too."""
    code_size_knob: ClassVar[str] = ""
    """The setting that says how many units the code has; of several numbers, the last. Empty where there is none."""

    @classmethod
    def lacks(cls) -> str:
        if cls.given and (cls.join is Network.join or cls.join_in_torch is Network.join_in_torch):
            return "a network that is told something joins it to the images; write join and join_in_torch."
        return ""

    @abstractmethod
    def build(self, shape: Shape, outputs: int = 1) -> list[Stage]:
        """New stages for images of this shape, weights drawn from torch's default generator. The decoder ends in
        `outputs` numbers for each of an image's, [N, outputs·C, H, W]: all first ones, then all second ones.

        Raises: RunError where no such network exists for the shape.
        """

    def join(self, images: Tensor, given: Given) -> Tensor:
        """What the first stage gets: the images, and whatever is declared to be given."""
        del given
        return images

    def join_in_torch(self) -> tuple[str, ...]:
        """`join` as lines of plain torch that turn the images `x` and what is told, by name a number or [N] each, into
        what the first stage gets, `x`.
        """
        return ()

    def told(self, known: Given, images: Tensor) -> Given:
        """Everything that is declared, [N] on the images' device, with defaults for what is not known.

        Raises: RunError where something is of another size than the images.
        """
        made: dict[str, Tensor] = {}
        count = images.shape[0]  # not len(), which would fix the batch of a graph that is traced
        for one in self.given:
            value = known.get(one.name)
            if value is None:
                value = torch.full((count,), one.default, device=images.device)
            elif value.dim() == 0:
                value = value.expand(count)
            if value.shape[0] != count:
                raise RunError(
                    f"{one.label} was given for {value.shape[0]} images, and there are {count}; give one for each."
                )
            made[one.name] = value.to(images)
        return made

    def entered(self, images: Tensor, known: Given = NOTHING) -> Tensor:
        """What the first stage gets: the images, joined with what is known and the defaults for the rest."""
        return self.join(images, self.told(known, images)) if self.given else images

    def named(self, values: Mapping[str, float]) -> Given:
        """Numbers that a person said, by name. Raises RunError for a name that is not declared."""
        for name in values:
            if name not in {one.name for one in self.given}:
                raise RunError(f"The network {self.title} is told nothing called {name!r}.")
        return {name: torch.tensor(float(value)) for name, value in values.items()}
