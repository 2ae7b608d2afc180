"""Networks: encoder and decoder."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.ground.errors import RunError
from aestudio.core.ground.shapes import Shape
from aestudio.core.ground.texts import Text
from aestudio.core.parts.one_pass import NOTHING, Given
from aestudio.core.parts.part import Part
from aestudio.core.parts.stages import Stage


@dataclass(frozen=True)
class Condition:
    """Something that a network is told beside the images, a number for each of them or a map: `sigma`, the noise level,
    which denoising tells it too.
    """

    name: str
    """By which a corruption and a person say it."""
    label: str
    default: float
    """Where nobody says it."""
    low: float
    high: float
    is_map: bool = False
    """It is told as a map, a number for each pixel; one number is told as a map that is the same everywhere."""

    def shape(self, images: Tensor) -> tuple[int, ...]:
        """As the network gets it, for images [N, C, H, W]: [N], or [N, 1, H, W]."""
        # Not len(), which would fix the batch of a graph that is traced.
        return (images.shape[0], 1, *images.shape[2:]) if self.is_map else (images.shape[0],)


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
        """`join` as lines of plain torch that turn the images `x` and what is told, by name a number, [N] or a map that
        is declared as one each, into what the first stage gets, `x`.
        """
        return ()

    def told(self, known: Given, images: Tensor) -> Given:
        """Everything that is declared, as it is declared, on the images' device, with defaults for what is not known.

        Raises: RunError where something is of another size than the images, or a map where a number is declared.
        """
        made: dict[str, Tensor] = {}
        for one in self.given:
            value = known.get(one.name, torch.tensor(one.default)).to(images)
            wanted = one.shape(images)
            if value.dim() < 2:
                if value.dim() == 1 and value.shape[0] != wanted[0]:
                    raise RunError(
                        "{label} was given for {count} images, and there are {wanted}; give one for each.",
                        label=Text(one.label),
                        count=value.shape[0],
                        wanted=wanted[0],
                    )
                value = value.view(-1, *[1] * (len(wanted) - 1)).expand(wanted)
            if tuple(value.shape) != wanted:
                given, needed = ("×".join(map(str, shape)) for shape in (value.shape, wanted))
                raise RunError(
                    "{label} was given as {given} numbers and has to be {needed}; give one for each pixel."
                    if one.is_map
                    else "{label} was given as {given} numbers and has to be {needed}; give one for each image.",
                    label=Text(one.label),
                    given=given,
                    needed=needed,
                )
            made[one.name] = value
        return made

    def entered(self, images: Tensor, known: Given = NOTHING) -> Tensor:
        """What the first stage gets: the images, joined with what is known and the defaults for the rest."""
        return self.join(images, self.told(known, images)) if self.given else images
