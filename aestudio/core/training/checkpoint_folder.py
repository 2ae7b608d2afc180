"""The folder of a run's checkpoints. Looking what lies there needs no torch; opening one does."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aestudio.core.ground.errors import CheckpointError, reason
from aestudio.core.ground.texts import SPACE, listed

if TYPE_CHECKING:
    from aestudio.core.training.checkpoint import Checkpoint

SUFFIX = ".checkpoint"
KEPT = 2
"""Valid checkpoints of a run that stay: were the newest damaged, there is the one before."""


@dataclass(frozen=True)
class NewestCheckpoint:
    """The newest checkpoint that is whole."""

    checkpoint: Checkpoint
    path: Path
    damaged: tuple[str, ...] = ()
    """Newer ones that could not be used: a sentence each."""
    strange: tuple[Path, ...] = ()
    """Those of them that are whole, and of another training."""


class CheckpointFolder:
    """The checkpoints of one run, `step-000001200.checkpoint`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def files(self) -> list[Path]:
        """The newest first."""
        return sorted(
            (file for file in self.path.glob(f"step-*{SUFFIX}") if step_of(file) >= 0), key=step_of, reverse=True
        )

    def size(self) -> int:
        """Bytes on the disk."""
        total = 0
        for file in self.files():
            with contextlib.suppress(OSError):  # taken away just now
                total += file.stat().st_size
        return total

    def newest_step(self) -> int | None:
        """The step of the newest, whole or not; None where there is none."""
        return next((step_of(file) for file in self.files()), None)

    def keep(self, checkpoint: Checkpoint, *, most: int = KEPT) -> Path:
        """Writes one more, then removes all but the newest `most` that are whole. Raises CheckpointError."""
        path = self.path / f"step-{checkpoint.position.step:09}{SUFFIX}"
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CheckpointError(
                "The folder {path} cannot be made: {reason}", path=self.path, reason=reason(error)
            ) from error
        checkpoint.save(path)
        self.prune(most, trusted=path)
        return path

    def prune(self, most: int, *, trusted: Path | None = None) -> None:
        """Removes all but the newest `most` that are whole, where it can; `trusted` is not read again."""
        whole = 0
        for file in self.files():
            if whole >= most:
                _remove(file)
            elif file == trusted or _is_whole(file):
                whole += 1

    def forget_after(self, step: int) -> None:
        """Removes those of later steps: the training goes on from `step`, and theirs did not happen."""
        for file in self.files():
            if step_of(file) > step:
                _remove(file)

    def clear(self) -> None:
        """Removes all of them."""
        self.prune(0)

    def newest(self, strange: Callable[[Path, Checkpoint], str] = lambda *_: "") -> NewestCheckpoint | None:
        """The newest that is whole and not `strange`, a sentence that says why it is not of this run, and what is wrong
        with newer ones; None where there is none.

        Raises: CheckpointError where there are only damaged ones.
        """
        from aestudio.core.training import checkpoint

        damaged: list[str] = []
        strangers: list[Path] = []
        while not damaged and (files := self.files()):
            for file in files:
                try:
                    found = checkpoint.load(file)
                    if not (why := strange(file, found)):
                        return NewestCheckpoint(found, file, tuple(damaged), tuple(strangers))
                    damaged.append(why)
                    strangers.append(file)
                except CheckpointError as error:
                    if os.path.lexists(file):  # else the training that goes on took it away just now: look again
                        damaged.append(str(error))
        if damaged:
            raise CheckpointError("No checkpoint of this run can be used. {damaged}", damaged=listed(damaged, SPACE))
        return None


def step_of(file: Path) -> int:
    """Of a checkpoint, by its name; -1 where it is none."""
    number = file.stem.removeprefix("step-")
    return int(number) if number.isdecimal() else -1


def _remove(file: Path) -> None:
    with contextlib.suppress(OSError):
        file.unlink(missing_ok=True)


def _is_whole(file: Path) -> bool:
    from aestudio.core.training import checkpoint

    try:
        checkpoint.load(file)
    except CheckpointError:
        return False
    return True
