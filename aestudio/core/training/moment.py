"""A moment of a training to go back to: its weights, and the settings that they were trained with."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from safetensors import SafetensorError, safe_open
from torch import Tensor

from aestudio.core.ground import atomic
from aestudio.core.ground.errors import CheckpointError, RunError, reason
from aestudio.core.ground.names import in_utf_8
from aestudio.core.ground.sealed import from_pairs, sealed, unbroken
from aestudio.core.ground.shapes import Shape
from aestudio.core.run.run import Run
from aestudio.core.training.checkpoint import Checkpoint

FORMAT, VERSION = "aestudio-moment", 1
SUFFIX = ".moment"
Wanted = Literal["nothing", "weights", "everything"]
"""What is to be kept of a moment: `everything` is a checkpoint too, from which the training can be taken up again."""
GROWTH, WHOLE_GROWTH = 1 / 120, 0.3
"""The next moment is kept after so large a share of the steps so far, the next checkpoint after so large a one."""
FIRST_WHOLE = 10
"""Steps between two checkpoints at least."""
SHARE, AHEAD = 0.03, 0.5
"""Of the time of a training that keeping moments may take, and seconds that it may be ahead of that."""


@dataclass(frozen=True, eq=False)
class Moment:
    """The weights after a step."""

    run: Run
    """The settings then, live changes included."""
    shape: Shape
    """Of an image."""
    step: int
    phase: str
    weights: Mapping[str, Tensor] = field(repr=False)
    depth: int | None = None
    """How many stages had been trained, the running one included; None for all."""

    def save(self, path: Path) -> None:
        """Writes the file whole or not at all; a power cut may take it, which costs one moment. Raises OSError."""
        about = {
            "format": FORMAT,
            "version": str(VERSION),
            "run": self.run.to_json(),
            "shape": json.dumps(self.shape),
            "step": str(self.step),
            "phase": self.phase,
            "depth": json.dumps(self.depth),
        }
        atomic.write_bytes(path, sealed(self.weights, about), lasting=False)


def load(path: Path) -> Moment:
    """Raises: CheckpointError with a sentence where the file is damaged or of another kind."""
    try:
        with in_utf_8(path) as place, safe_open(place, framework="pt") as file:
            about = file.metadata() or {}
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118 - not a mapping
        if about.get("format") != FORMAT or not unbroken(tensors, about):
            raise CheckpointError("The snapshot {name} is damaged; choose another step.", name=path.name)
        channels, height, width = json.loads(about["shape"])
        return Moment(
            Run.from_json(about["run"]),
            (channels, height, width),
            int(about["step"]),
            about["phase"],
            from_pairs(tensors, about),
            json.loads(about["depth"]),
        )
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            "The snapshot {name} cannot be read: {reason}", name=path.name, reason=reason(error)
        ) from error
    except (RunError, KeyError, ValueError, TypeError) as error:
        raise CheckpointError(
            "The snapshot {name} was written by another version of AEStudio: {reason}",
            name=path.name,
            reason=reason(error),
        ) from error


class Album(Protocol):
    """Where the loop puts moments to go back to, and what was changed between them. Nothing is raised: no moment is a
    reason to end a training.
    """

    def wants(self, step: int) -> Wanted:
        """What is to be kept after so many steps; asked between steps."""
        ...

    def take(self, made: Moment) -> None:
        """The weights of a moment."""
        ...

    def take_whole(self, made: Checkpoint) -> None:
        """Everything that its next step depends on, after the weights."""
        ...

    def changed(self, step: int, change: Run | Sequence[int]) -> None:
        """After so many steps the settings became others, or these units were drawn anew."""
        ...


class Spacing:
    """Says when the next moment is to be kept: at gaps that grow as the steps do, and not so often that it costs."""

    def __init__(self) -> None:
        self._last = self._whole = -1
        self._began = time.monotonic()
        self._spent = 0.0

    def wants(self, step: int) -> Wanted:
        """What is to be kept after so many steps."""
        if self._last >= 0 and step - self._last < max(1.0, GROWTH * step):
            return "nothing"
        if self._spent > AHEAD + SHARE * (time.monotonic() - self._began):
            return "nothing"
        is_whole = self._whole < 0 or step - self._whole >= max(FIRST_WHOLE, WHOLE_GROWTH * step)
        return "everything" if is_whole else "weights"

    def kept(self, step: int, seconds: float, *, whole: bool) -> None:
        """One was kept, which took so long."""
        self._last, self._spent = step, self._spent + seconds
        if whole:
            self._whole = step

    def changed(self, step: int) -> None:
        """Something became another after so many steps: what was kept of this moment is not what goes on."""
        if step == self._last:
            self._last = self._whole = -1
