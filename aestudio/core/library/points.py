"""Loss points and scores as they lie in the database: written in stretches with checksums, forgotten after a step."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, pairwise

import numpy as np

from aestudio.core.ground.errors import LibraryError
from aestudio.core.library.packing import pack_terms, unpack_terms
from aestudio.core.run.events import Changed, Evaluated, Progress
from aestudio.core.run.history import Curves, evaluation

POINTS = "first_step", "phase", "names", "weights", "terms"
SCORES = "step", "epoch", "split", "phase", "terms", "weighted", "scores"
"""The columns of the two tables that a checksum covers."""


def checksum(values: Iterable[object]) -> int:
    """CRC-32 of a row's values, by which damage is noticed that SQLite itself cannot see."""
    found = 0
    for value in values:
        content = value if isinstance(value, bytes) else str(value).encode()
        found = zlib.crc32(content, zlib.crc32(len(content).to_bytes(8, "little"), found))
    return found


def is_intact(row: sqlite3.Row, columns: Sequence[str]) -> bool:
    """Whether a row is what was written; one of an older program has no checksum, and is taken as it is."""
    return row["checksum"] in (None, checksum(row[name] for name in columns))


def make_sure(rows: Sequence[sqlite3.Row], columns: Sequence[str]) -> None:
    """Raises LibraryError where a row is not what was written."""
    for row in rows:
        if not is_intact(row, columns):
            raise LibraryError(
                "The curves of run {number} are damaged in the library: what it holds is not what was written. "
                "`aestudio runs --rebuild` takes those of its model file.",
                number=row["run"],
            )


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
        row = (
            progress.first_step + start,
            progress.phase,
            json.dumps(progress.names),
            json.dumps(progress.weights[start].tolist()),
            pack_terms(progress.terms[start:end]),
        )
        connection.execute(
            f"INSERT INTO points (run, {', '.join(POINTS)}, checksum) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (number, *row, checksum(row)),
        )


def insert_scores(connection: sqlite3.Connection, number: int, told: Iterable[Evaluated]) -> None:
    """A row for each; of a model that was scored before, the new scores."""
    for one in told:
        said = map(json.dumps, (one.terms, one.weighted, one.scores))
        row = (one.step, one.epoch, one.split, one.phase, *said)
        connection.execute(
            "DELETE FROM evaluations WHERE run = ? AND step = ? AND split = ? AND phase = ?",
            (number, one.step, one.split, one.phase),
        )
        connection.execute(
            f"INSERT INTO evaluations (run, {', '.join(SCORES)}, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (number, *row, checksum(row)),
        )


def unpack_curves(
    points: Sequence[sqlite3.Row], scores: Sequence[sqlite3.Row], changes: tuple[Changed, ...] = ()
) -> Curves:
    """What the rows of one run hold, with these changes. Raises LibraryError where one is not what was written."""
    make_sure(points, POINTS)
    make_sure(scores, SCORES)
    told = tuple(
        evaluation(
            *(one[name] for name in ("step", "epoch", "split", "phase")),
            *(json.loads(one[name]) for name in ("terms", "weighted", "scores")),
        )
        for one in scores
    )
    if not points:
        return Curves(evaluations=told, changes=changes)
    names = tuple(json.loads(points[0]["names"]))
    terms = [unpack_terms(row["terms"], len(names)) for row in points]
    steps = [np.arange(row["first_step"], row["first_step"] + len(t)) for row, t in zip(points, terms, strict=True)]
    weights = [
        np.broadcast_to(np.asarray(json.loads(row["weights"]), np.float32), t.shape)
        for row, t in zip(points, terms, strict=True)
    ]
    phases: list[tuple[int, str]] = []
    for row in points:
        if not phases or phases[-1][1] != row["phase"]:
            phases.append((row["first_step"], row["phase"]))
    told_of = np.concatenate(steps), np.concatenate(terms), np.concatenate(weights)
    return Curves(names, *told_of, tuple(phases), told, changes)


def forget(connection: sqlite3.Connection, number: int) -> None:
    """All points and scores of a run."""
    for table in ("points", "evaluations"):
        connection.execute(f"DELETE FROM {table} WHERE run = ?", (number,))


def rewind(connection: sqlite3.Connection, number: int, step: int, epoch: int) -> int:
    """Forgets the points and scores after a step, and what stops within an epoch of so many steps have scored; the
    run's own are then the last of those that stay. Gives the step that they are of, 0 where there are none.
    """
    connection.execute("DELETE FROM points WHERE run = ? AND first_step > ?", (number, step))
    connection.execute("DELETE FROM changes WHERE run = ? AND step > ?", (number, step))
    connection.execute("DELETE FROM evaluations WHERE run = ? AND (step > ? OR step % ? != 0)", (number, step, epoch))
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
        "SELECT * FROM points WHERE run = ? ORDER BY first_step DESC LIMIT 1", (number,)
    ).fetchone()
    if last is not None:
        terms = unpack_terms(last["terms"], len(json.loads(last["names"])))[: step + 1 - last["first_step"]]
        cut = {name: last[name] for name in POINTS} | {"terms": pack_terms(terms)}
        connection.execute(
            "UPDATE points SET terms = ?, checksum = ? WHERE run = ? AND first_step = ?",
            (
                cut["terms"],
                checksum(cut.values()) if is_intact(last, POINTS) else last["checksum"],
                number,
                last["first_step"],
            ),
        )
    return 0 if held_out is None else int(held_out["step"])
