"""Which epoch's weights a run has kept, where they are those of the best and not the newest. Older programs pass by
their table.
"""

from __future__ import annotations

import sqlite3

TABLE = """CREATE TABLE IF NOT EXISTS kept_epochs (
    run INTEGER PRIMARY KEY REFERENCES runs(id) ON DELETE CASCADE,
    step INTEGER NOT NULL,                     -- that the run ended after
    epoch INTEGER NOT NULL
)"""
COLUMN = "(SELECT epoch FROM kept_epochs WHERE run = runs.id AND kept_epochs.step = runs.step)"
"""What a row of runs tells of it: None for the newest weights, and for a run that another program has gone on with."""


def write(connection: sqlite3.Connection, run: int, step: int, epoch: int | None) -> None:
    """A run that ends after a step keeps the weights of this epoch, or its newest ones."""
    connection.execute("DELETE FROM kept_epochs WHERE run = ?", (run,))
    if epoch is not None:
        connection.execute("INSERT INTO kept_epochs VALUES (?, ?, ?)", (run, step, epoch))
