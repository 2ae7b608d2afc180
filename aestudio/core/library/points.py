"""Loss points and scores as they lie in the database: written in stretches, forgotten after a step."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby, pairwise

import numpy as np

from aestudio.core.library.catalogue import Library
from aestudio.core.library.packing import pack_terms, unpack_terms
from aestudio.core.run.events import Progress


def joined(told: list[Progress]) -> Iterator[Progress]:
    """Progress of one phase as one: fewer rows."""
    for _, group in groupby(told, lambda progress: progress.phase):
        several = list(group)
        terms = np.concatenate([one.terms for one in several])
        yield replace(several[0], terms=terms, weights=np.concatenate([one.weights for one in several]))


def insert_points(connection: sqlite3.Connection, number: int, progress: Progress) -> None:
    """A row for every stretch of steps with the same weights."""
    same = np.all(progress.weights[1:] == progress.weights[:-1], axis=1) if len(progress.weights) > 1 else np.zeros(0)
    starts = [0, *(np.flatnonzero(~same.astype(bool)) + 1).tolist(), len(progress.terms)]
    for start, end in pairwise(starts):
        connection.execute(
            "INSERT INTO points VALUES (?, ?, ?, ?, ?, ?)",
            (
                number,
                progress.first_step + start,
                progress.phase,
                json.dumps(progress.names),
                json.dumps(progress.weights[start].tolist()),
                pack_terms(progress.terms[start:end]),
            ),
        )


def rewind(library: Library, number: int, step: int, epoch: int) -> int:
    """Forgets the points and scores after a step, and what stops within an epoch of so many steps have scored; the
    run's own are then the last of those that stay. Gives the step that they are of, 0 where there are none.
    """
    with library.transaction() as connection:
        connection.execute("DELETE FROM points WHERE run = ? AND first_step > ?", (number, step))
        connection.execute(
            "DELETE FROM evaluations WHERE run = ? AND (step > ? OR step % ? != 0)", (number, step, epoch)
        )
        held_out = connection.execute(
            "SELECT step, weighted, scores FROM evaluations WHERE run = ? AND split = 'held-out' AND step > 0 "
            "ORDER BY rowid DESC LIMIT 1",
            (number,),
        ).fetchone()
        row: tuple[float | None, float | None, str] = (None, None, "{}")
        if held_out is not None:
            weighted, scores = json.loads(held_out["weighted"]), json.loads(held_out["scores"])
            row = (sum(weighted.values()), scores.get("psnr"), held_out["scores"])
        connection.execute("UPDATE runs SET objective = ?, psnr = ?, scores = ? WHERE id = ?", (*row, number))
        last = connection.execute(
            "SELECT first_step, names, terms FROM points WHERE run = ? ORDER BY first_step DESC LIMIT 1", (number,)
        ).fetchone()
        if last is not None:
            terms = unpack_terms(last["terms"], len(json.loads(last["names"])))[: step + 1 - last["first_step"]]
            connection.execute(
                "UPDATE points SET terms = ? WHERE run = ? AND first_step = ?",
                (pack_terms(terms), number, last["first_step"]),
            )
    return 0 if held_out is None else int(held_out["step"])
