"""Which heights and widths a model takes, and how far it sees."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from aestudio.core.ground.texts import SPACE, Text, listed, say
from aestudio.core.model.trained import Model


@dataclass(frozen=True)
class Sizes:
    """Which heights and widths a model takes."""

    height: int
    width: int
    """Of the images that it was trained on."""
    step: int
    """Height and width may differ from those by multiples of this; 0 where they may not differ.

    Every convolution halves the image, and the transposed one gives back the odd pixel that was lost at the trained
    size: so it is not every multiple of 2ⁿ, but every size with the same remainder.
    """

    @classmethod
    def of(cls, model: Model) -> Sizes:
        strides = [stage.stride for stage in model.module.span(0, model.module.depth)]
        # One layer, or a code, that is made for one size fixes it for all.
        free = all(strides) and (model.depth < model.module.depth or model.run.code.any_size)
        return cls(model.shape[1], model.shape[2], prod(strides[: model.depth]) if free else 0)

    @property
    def free(self) -> bool:
        return self.step > 0

    @property
    def rest(self) -> tuple[int, int]:
        """What every height and width leaves when divided by the step."""
        return self.height % self.step, self.width % self.step

    def enough(self, height: int, width: int) -> tuple[int, int]:
        """The smallest size that is taken and holds an image of this one."""
        return self._enough(height, self.height), self._enough(width, self.width)

    def _enough(self, size: int, trained: int) -> int:
        size = max(size, self.step)
        return size + (trained - size) % self.step

    def others(self) -> list[tuple[int, int]]:
        """Sizes to compare on beside the trained one: larger, longer one way and longer the other way."""
        if not self.free:
            return []
        return [
            (self.height + self.step, self.width + 2 * self.step),
            (self.height + 3 * self.step, self.width),
        ]

    def note(self, part: str = "autoencoder") -> str:
        """For the person, in a sentence or two."""
        trained = f"{self.height}×{self.width}"
        if not self.free:
            return say(
                "Height and width are fixed at {size}: a fully connected layer is made for images of this size.",
                size=trained,
            )
        if part == "decoder":
            return say(
                "Height and width are free: an image is {step} times as high and as wide as its code, and {rows} and "
                "{columns} pixels more."
                if any(self.rest)
                else "Height and width are free: an image is {step} times as high and as wide as its code.",
                step=self.step,
                rows=self.rest[0],
                columns=self.rest[1],
            )
        takes = Text("Height and width are free: a multiple of {step} pixels.", step=self.step)
        if any(self.rest):
            takes = Text(
                "Height and width are free: {size} give or take multiples of {step} pixels.",
                size=trained,
                step=self.step,
            )
        pad = Text("Pad an image of another size by repeating its last row and column, and crop the result.")
        if part == "encoder":
            pad = Text("Pad an image of another size by repeating its last row and column.")
        return str(listed([takes, pad], SPACE))


def reach(model: Model) -> int:
    """How many pixels away, at most, a pixel still changes the reconstruction; only where sizes are free."""
    scale, total = 1, 0
    for stage in model.module.span(0, model.depth):
        total += scale * stage.reach
        scale *= stage.stride
    return total
