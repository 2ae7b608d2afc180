"""The same way taken again: a training from one of its checkpoints to a later step, with what was changed meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import isinf
from pathlib import Path

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.compute import Compute
from aestudio.core.ground.errors import CheckpointError, RunError
from aestudio.core.run.events import Finished, Progress
from aestudio.core.run.run import Run, differences
from aestudio.core.training.checkpoint import FREE, Checkpoint, with_run
from aestudio.core.training.controls import Controls
from aestudio.core.training.fit import fit


@dataclass(frozen=True)
class Change:
    """After `step` steps the settings became others, or units were drawn anew."""

    step: int
    run: Run | None = None
    units: tuple[int, ...] = ()


def replayed(
    begun: Checkpoint,
    changes: Sequence[Change],
    step: int,
    dataset: Dataset,
    compute: Compute | None = None,
    report: Callable[[float], None] = lambda _: None,
) -> Checkpoint:
    """The training as it was after so many steps, bit for bit on the processor that it was trained on.

    `begun` is a checkpoint of it from before, `changes` are all that were made since, in order; those that a checkpoint
    holds already may be among them. `report` hears the share that is done, and may raise to give up.
    Raises: CheckpointError or RunError with a sentence where it comes to another end.
    """
    first, made = begun.position.step, begun
    left = [one for one in changes if one.step > first or (one.step == first and one.run is not None)]
    left = [one for one in left if one.step <= step]
    while True:
        ahead = next(
            (at for at, one in enumerate(left) if one.run is not None and not _is_live(made.run, one.run)), None
        )
        until = step if ahead is None else left[ahead].step
        now, left = (left, []) if ahead is None else (left[:ahead], left[ahead:])
        made = _as_far_as(
            made, now, until, dataset, compute, lambda done: report((done - first) / max(1, step - first))
        )
        if not left:
            return made
        following = left.pop(0)
        assert following.run is not None
        made = with_run(made, following.run)


def _is_live(before: Run, after: Run) -> bool:
    """Whether the loop takes the change while it runs; the number of epochs is taken where it begins."""
    return not any(path.partition(".")[0] in FREE for path in differences(before, after))


def _as_far_as(
    begun: Checkpoint,
    changes: Sequence[Change],
    until: int,
    dataset: Dataset,
    compute: Compute | None,
    report: Callable[[float], None],
) -> Checkpoint:
    """With settings that the loop takes while it runs."""
    if begun.position.step == until and not changes:
        return begun
    script, kept = Replay(changes, begun.position.step, until), _Last()
    run = _untimed(begun.run)
    for event in fit(run, dataset, script, compute, keeper=kept, resume=replace(begun, run=run)):
        if isinstance(event, Progress):
            report(event.first_step + len(event.terms) - 1)
        elif isinstance(event, Finished) and event.reason == "failed":
            raise RunError("{problem}", problem=event.error)
    made = kept.made
    if made is None or made.position.step != until:
        raise CheckpointError(
            "The training could not be taken again as far as step {step:,}; choose another step.", step=until
        )
    last = next((one.run for one in reversed(changes) if one.run is not None), begun.run)
    return replace(made, run=last)


def _untimed(run: Run) -> Run:
    """Without the ending that looks at the clock: it did not end the training before."""
    return run.model_copy(update={"endings": tuple(one for one in run.endings if isinf(one.seconds))})


class _Last:
    """A keeper of what the training has come to when it ends."""

    def __init__(self) -> None:
        self.made: Checkpoint | None = None

    def due(self, epoch: int) -> bool:
        return False

    def keep(self, checkpoint: Checkpoint) -> Path | None:
        self.made = checkpoint
        return None


class Replay(Controls):
    """Does at each step what was done then, and ends after a step."""

    def __init__(self, changes: Sequence[Change], step: int, until: int) -> None:
        super().__init__()
        self._changes, self._step, self._until = list(changes), step, until

    def _next(self) -> Change | None:
        return self._changes[0] if self._changes and self._changes[0].step <= self._step else None

    def take_run(self) -> Run | None:
        following = self._next()
        if following is None or following.run is None:
            return None
        self._changes.pop(0)
        return _untimed(following.run)

    def take_resamples(self) -> list[tuple[int, ...]]:
        following = self._next()
        return [self._changes.pop(0).units] if following and following.run is None else []

    def may_step(self) -> bool:
        if self._next() is not None:
            return False
        if self._step == self._until:
            self.stop()
            return False
        self._step += 1
        return True

    def wait(self) -> None:
        """Nobody is waited for."""
