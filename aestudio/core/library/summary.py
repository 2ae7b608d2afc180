"""One run of the library as a row of a table: small enough to hold ten thousand of them."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Literal

from aestudio.core.ground.shapes import Shape
from aestudio.core.ground.texts import Text, say
from aestudio.core.library import kept_epochs, tags

if TYPE_CHECKING:
    from aestudio.core.run.run import Run

RunState = Literal["training", "completed", "stopped", "failed", "interrupted"]
STATE_WORDS: dict[RunState, Text] = {
    "training": Text("training"),
    "completed": Text("completed"),
    "stopped": Text("stopped"),
    "failed": Text("failed"),
    "interrupted": Text("interrupted"),
}
STATES: dict[RunState, Text] = {
    "training": Text("Training now, here or in another window."),
    "completed": Text("Ran to its end."),
    "stopped": Text("Stopped by hand; it can be continued."),
    "failed": Text("Ended by an error; it can be continued from its last checkpoint."),
    "interrupted": Text("The program ended while it was training; it can be continued from its last checkpoint."),
}

NOT_SCORED = Text("not scored")
"""In the place of a score."""


@dataclass(frozen=True)
class Summary:
    """What the library knows of a run without opening it."""

    id: int
    title: str
    note: str
    starred: bool
    state: RunState
    error: str
    """Why it failed, in words."""
    parent: int | None
    """The run that it was trained again from."""
    created: float
    """Seconds since 1970, as are the next two."""
    updated: float
    trashed: float | None
    seconds: float
    """Spent training."""
    data: str
    network: str
    variant: str
    """What is special about it: its corruption, code and penalties, in words."""
    seed: int
    fingerprint: str
    """Of the data."""
    shape: Shape
    device: str
    machine: str
    parameters: int
    step: int
    steps: int
    epoch: float
    objective: float | None
    """Held out, like psnr; None before the first evaluation."""
    psnr: float | None
    checkpoint_step: int | None
    """Of the newest checkpoint; None where there is none."""
    checkpoint_bytes: int
    tags: tuple[str, ...] = ()
    """What the person has put on it, in alphabetical order."""
    kept_epoch: int | None = None
    """Which epoch its model is of, where that is the best and not the newest."""

    @property
    def unscored(self) -> bool:
        """Whether nobody knows how good it is: it was stopped untrained, or nobody waited for the score."""
        return self.objective is None and self.state != "training"

    @property
    def resumable(self) -> bool:
        """Whether it can be continued."""
        return self.checkpoint_step is not None and self.state != "training"

    @property
    def named(self) -> str:
        """The title as it is shown: that of a recipe is in the language in use, one's own is as it was written."""
        return say(self.title)

    @property
    def words(self) -> str:
        """All that a search looks through, in lower case."""
        said = (
            self.title,
            self.named,
            self.note,
            self.data,
            self.network,
            self.variant,
            self.state,
            f"#{self.id}",
            *self.tags,
        )
        return " ".join(said).casefold()


NAMES = tuple(one.name for one in fields(Summary))
ASKED = {"tags": tags.COLUMN, "kept_epoch": kept_epochs.COLUMN}
COLUMNS = ", ".join(ASKED.get(name, name) for name in NAMES)
SHAPE, STARRED, TAGS = NAMES.index("shape"), NAMES.index("starred"), NAMES.index("tags")


def from_row(row: sqlite3.Row) -> Summary:
    """A row of COLUMNS. By position: by name it takes three times as long, and there are ten thousand of them."""
    values = list(row)
    values[SHAPE], values[STARRED] = _shape(values[SHAPE]), bool(values[STARRED])
    values[TAGS] = tags.of_row(values[TAGS])
    return Summary(*values)


@cache
def _shape(text: str) -> Shape:
    channels, height, width = json.loads(text)
    return channels, height, width


PLAIN = Text("plain")
"""The variant of a run in which nothing is special."""


def variant(run: Run) -> str:
    """What is special about a run, in words: `Gaussian noise, KL sparsity`; `plain` where nothing is."""
    special = [type(part).title for part in (run.corruption, run.code) if not part.neutral]
    special += [type(penalty).title for penalty in run.penalties]
    if not run.schedule.neutral:
        special.append(type(run.schedule).title)
    return ", ".join(special) or PLAIN.template


def parts(variant: str) -> tuple[str, ...]:
    """The titles that `variant` has put together. One that has a comma itself is known by its translation: where there
    is none, nothing but its pieces is shown.
    """
    found: list[str] = []
    for piece in variant.split(", "):
        whole = f"{found[-1]}, {piece}" if found else ""
        found = [*found[:-1], whole] if whole and say(whole) != whole else [*found, piece]
    return tuple(found)
