"""What a person changed while a run was training, as it lies in the database: enough to take the same way again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from itertools import pairwise

from aestudio.core.library.catalogue import Library
from aestudio.core.run.events import Changed
from aestudio.core.run.run import Run, by_path, differing
from aestudio.core.training.replay import Change


def insert_changes(
    connection: sqlite3.Connection, number: int, changes: Iterable[tuple[int, Run | Sequence[int]]]
) -> None:
    """Whole settings, or units."""
    for step, change in changes:
        settings = change.to_json() if isinstance(change, Run) else None
        units = None if isinstance(change, Run) else json.dumps([*change])
        connection.execute(
            "INSERT INTO changes (run, step, settings, units) VALUES (?, ?, ?, ?)", (number, step, settings, units)
        )


def changes_of(library: Library, number: int) -> list[Change]:
    """In the order in which they were made. Raises LibraryError or RunError where they cannot be read."""
    rows = library.rows("SELECT step, settings, units FROM changes WHERE run = ? ORDER BY rowid", number)
    with library.intact():
        return [
            Change(row["step"], Run.from_json(row["settings"]))
            if row["settings"] is not None
            else Change(row["step"], units=tuple(json.loads(row["units"])))
            for row in rows
        ]


def changes_told(rows: Sequence[sqlite3.Row]) -> tuple[Changed, ...]:
    """As the training told them: what each setting was before and after. `rows` hold `step` and `settings`, first those
    that the run began with. They are compared as they lie there: a line that was dragged leaves hundreds.
    """
    told = []
    for before, after in pairwise([(row["step"], by_path(json.loads(row["settings"]))) for row in rows]):
        step, settings = after
        if changed := differing(before[1], settings):
            told.append(Changed(step, changed))
    return tuple(told)
