"""Part: a slot that is trained with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aestudio.core.parts.slots import Slot
from aestudio.core.parts.stages import Stage

if TYPE_CHECKING:
    from aestudio.core.run.run import Run


class Part(Slot):
    """A slot that is trained with, and can refuse to be combined with the rest of a Run."""

    def check(self, run: Run, stages: Sequence[Stage]) -> None:
        """Raises RunError where this part does not fit the others. `stages` may lie on the meta device."""

    def note(self, run: Run, stages: Sequence[Stage]) -> str:
        """What a person should know of how this part will be computed; empty where there is nothing to say."""
        del run, stages
        return ""
