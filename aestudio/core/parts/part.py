"""Part: a slot that is trained with."""

from __future__ import annotations

from typing import Any, ClassVar

from torch import nn

from aestudio.core.parts.plan import Plan
from aestudio.core.parts.slots import Slot


class Part(Slot):
    """A slot that is trained with, and can refuse to be combined with the rest of a Run.

    A part is settings and nothing else. What it learns or counts lives in the module that it builds, which belongs to
    the autoencoder: on its device, in its snapshots, checkpoints, model files and exports.
    """

    demands: ClassVar[tuple[str, ...]] = ("title", "about", "equation", "source")

    def check(self, plan: Plan) -> None:
        """Raises RunError where this part does not fit the others."""

    def note(self, plan: Plan) -> str:
        """What a person should know of how this part will be computed; empty where there is nothing to say."""
        del plan
        return ""


class BuildingPart(Part):
    """A code, a likelihood or a penalty: it may build something, which it is handed back each time it is called.

    The settings come with every call, so a live knob needs no rebuild; what was built is the argument `own`.
    """

    def build(self, plan: Plan) -> nn.Module:
        """What it learns (parameters) or counts (buffers, of any type), on torch's default device and drawn from its
        default generator, which is this part's own and fixed by the run's seed. Nothing by default.

        The plan's images and steps are 0 here, as what is built has to be the same for a file that is opened.

        Buffers are guarded like weights: where a step is refused they are put back.
        """
        del plan
        return nn.Module()


Own = Any
"""What a part built, as it is handed back: its own class of nn.Module."""
