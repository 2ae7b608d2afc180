"""The plain step, recorded on an NVIDIA GPU."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from aestudio.core.ground.compute import Compute
from aestudio.core.ground.errors import StudioError
from aestudio.core.ground.journal import LOG
from aestudio.core.ground.texts import say
from aestudio.core.parts.looking import Terms
from aestudio.core.parts.plan import Plan
from aestudio.core.run.run import Run, differences
from aestudio.core.training import recording
from aestudio.core.training.plain_step import PlainStep

ASKED = "AESTUDIO_CUDA_GRAPH"
"""The variable of the environment that allows it, until it has been run on a GPU."""
WARM = 3
"""Steps that are taken plainly before: the first ones make an optimiser's memory and choose kernels."""
PROOFS = 2
"""So many steps are both played and taken plainly, and have to give the same: in the second a number that was recorded
in the place of one that changes shows.
"""


class Captured(PlainStep):
    """Steps are taken plainly until one is recorded and has been proved; from then on it is played. Where it waits for
    the device, cannot be recorded or gives anything else, the plain step goes on, and says so once.
    """

    kind: ClassVar[str] = "captured"
    rank: ClassVar[int] = 50

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._plainly = self.compute.device.type != "cuda"
        self._taken = self._proved = 0
        self._recording: recording.Recording | None = None
        self._places: list[int] = []
        for player in [] if self._plainly else self.players:
            for group in player.optimiser.param_groups:
                group["capturable"] = True  # torch refuses to record it else, though a fused one always could be

    @classmethod
    def unsuited(cls, run: Run, plan: Plan, compute: Compute) -> str:
        if compute.device.type != "cuda":
            return say("The recorded step is for NVIDIA GPUs.")
        if os.environ.get(ASKED) != "1":
            return say("The recorded step has not been run on a GPU yet; {name}=1 allows it.", name=ASKED)
        return ""

    def take(self, images: Tensor) -> Terms:
        if self._plainly:
            return super().take(images)
        known = self._recording
        if known is not None and (known.images.shape != images.shape or self._places != self._held_at()):
            self._forget()  # a checkpoint was loaded
        if self._recording is not None and self._proved >= PROOFS:
            return self._recording.play(images)
        if self._taken < WARM:
            return self._warm(images)
        return self._prove(images)

    def use(self, run: Run) -> None:
        changed = differences(self.run, run)
        super().use(run)
        if not self.live.paths.issuperset(changed):
            self._forget()

    def _warm(self, images: Tensor) -> Terms:
        with recording.waits() as found:
            terms = super().take(images)
        self._taken += 1
        if found and self._taken == WARM:
            self._give_up(found[0])
        return terms

    def _prove(self, images: Tensor) -> Terms:
        """A step that is taken plainly, as the recording would have done it."""
        drawn, before = self.draws.state(), self._state()
        after: list[Tensor] = []
        played: Terms | None = None
        try:
            if self._recording is None:
                self._recording = recording.Recording(super().take, images, self.draws.every)
                self._places = self._held_at()
            played = self._recording.play(images)
            after = self._state()
        except (RuntimeError, StudioError) as error:
            self._give_up(str(error).strip() or type(error).__name__)
            self.draws.renew()  # torch leaves those that it was recording with unusable
        drawn_then = self.draws.state()
        for one, value in zip(self._tensors(), before, strict=True):
            one.copy_(value)
        self.draws.load(drawn)
        terms = super().take(images)
        if played is not None and not (
            torch.allclose(played.raw, terms.raw, 1e-4, 1e-6, equal_nan=True)
            and all(torch.allclose(one, now, 1e-3, 1e-6) for one, now in zip(after, self._tensors(), strict=True))
            and all(torch.equal(drawn_then[role], state) for role, state in self.draws.state().items())
        ):
            self._give_up(say("it gives other numbers"))
        self._proved += 1
        return terms

    def _give_up(self, why: str) -> None:
        LOG.warning("the step is not recorded: %s", why)
        self.told = say("The step cannot be recorded, and is taken plainly: {why}", why=why.strip().splitlines()[0])
        self._plainly, self._recording = True, None

    def _forget(self) -> None:
        """It is recorded anew, after one step that is taken plainly."""
        self._recording, self._proved, self._taken = None, 0, min(self._taken, WARM - 1)

    def _tensors(self) -> Sequence[Tensor]:
        """All that a step changes, but for the generators."""
        remembered = (player.optimiser.state[one] for player in self.players for one in player.parameters)
        held = [value for each in remembered for value in each.values() if isinstance(value, Tensor)]
        return [one.detach() for one in (*self.model.parameters(), *self.model.buffers(), *held, *self.guard.tensors)]

    def _state(self) -> list[Tensor]:
        return [one.clone() for one in self._tensors()]

    def _held_at(self) -> list[int]:
        return [one.data_ptr() for one in self._tensors()]
