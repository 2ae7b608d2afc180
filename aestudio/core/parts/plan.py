"""Plan: what a part may know of the run that it stands in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aestudio.core.ground.shapes import Shape
from aestudio.core.ground.texts import Text

if TYPE_CHECKING:
    from aestudio.core.parts.stages import Stage


@dataclass(frozen=True)
class Span:
    """Which stages are trained together: `first` up to, not including, `last`."""

    first: int
    last: int


@dataclass(frozen=True)
class Phase:
    """A part of a run that trains one span of stages for some epochs."""

    name: str
    span: Span
    epochs: int


@dataclass(frozen=True)
class Plan:
    """A run as its parts see it while they are checked and built: sizes and counts, and no other part."""

    shape: Shape
    """Of one image."""
    stages: Sequence[Stage]
    """The network's; on the meta device while a run is only checked."""
    code: tuple[int, ...]
    """Shape of one code."""
    phases: tuple[Phase, ...]
    batch_size: int
    images: int = 0
    """Training images; 0 where they are not known yet."""
    steps: int = 0
    """Of the whole run; 0 where the images are not known yet."""

    @property
    def hidden(self) -> tuple[int, ...]:
        """Shape of the last encoder layer."""
        return self.stages[-1].out_shape

    @property
    def layerwise(self) -> bool:
        """Some phase trains a part of the network by itself."""
        return any(phase.span != Span(0, len(self.stages)) for phase in self.phases)


def steps_an_epoch(images: int, batch_size: int) -> int:
    """As many batches of training images as are full; fewer images than a batch are one."""
    return images // min(batch_size, images)


def layer_of(name: str) -> int:
    """The number of the layer that a phase of this name trains by itself; 0 where it trains more than one."""
    layer = re.fullmatch(r"layer (\d+)", name)
    return int(layer[1]) if layer else 0


def layers_below(name: str) -> int:
    """How many layers lie below the one that a phase of this name trains by itself; 0 where it trains from the image
    on.
    """
    return max(0, layer_of(name) - 1)


def phase_title(name: str) -> Text:
    """What a person reads for the name of a phase."""
    layer = layer_of(name)
    return Text("layer {number}", number=layer) if layer else Text(name)
