"""The library as people use it: what there is, what a run made, and putting runs in order.

Rows need no torch, so a list of them is there at once; what a run has learned is opened by `learned`, which does.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aestudio.core.ground import atomic
from aestudio.core.ground.errors import LibraryError, is_full
from aestudio.core.ground.texts import say
from aestudio.core.library import reserve, tags
from aestudio.core.library.database import Database
from aestudio.core.library.holding import unless_held
from aestudio.core.library.summary import COLUMNS, Summary, from_row
from aestudio.core.model.suffix import SUFFIX
from aestudio.core.training.checkpoint_folder import CheckpointFolder, NewestCheckpoint

if TYPE_CHECKING:
    from torch import Tensor

    from aestudio.core.model.model_file import ModelFile
    from aestudio.core.run.history import Curves
    from aestudio.core.run.run import Run

MODEL = f"model{SUFFIX}"
BUDGET = 4 * 2**30
"""Bytes that all checkpoints together may take, unless the person says otherwise."""
TRASH_DAYS = 30
"""After so long what lies in the trash is deleted."""


class Library(Database):
    """The runs that the database knows, and the folder of files that each of them has."""

    # -- what there is -------------------------------------------------------------------------------------------------

    def runs(self, *, trashed: bool = False, below: int | None = None, most: int = -1) -> list[Summary]:
        """Every run, or every one in the trash, the newest first; `below` and `most` give a page: from which number
        down, and how many.
        """
        which = "IS NOT NULL" if trashed else "IS NULL"
        query = f"SELECT {COLUMNS} FROM runs WHERE trashed {which} AND id < ? ORDER BY id DESC LIMIT ?"
        rows = self.rows(query, 2**63 - 1 if below is None else below, most)
        with self.intact():
            return [from_row(row) for row in rows]

    def summary(self, number: int) -> Summary:
        row = self.row(number, COLUMNS)
        with self.intact():
            return from_row(row)

    def last(self) -> Summary | None:
        """The run that was trained last and is not in the trash."""
        rows = self.rows(f"SELECT {COLUMNS} FROM runs WHERE trashed IS NULL ORDER BY updated DESC, id DESC LIMIT 1")
        with self.intact():
            return from_row(rows[0]) if rows else None

    def place(self, row: sqlite3.Row) -> Path:
        """Of a run's files. Raises LibraryError where the row names no folder of the library."""
        name = row["folder"]
        if not isinstance(name, str) or name != Path(name).name or name in ("", ".", ".."):
            raise LibraryError(
                "The run library in {folder} is damaged: {name!r} is no folder of a run.", folder=self.folder, name=name
            )
        return self.folder / "runs" / name

    def interrupted(self) -> list[Summary]:
        """Trainings that ended with their program, in a crash or a power cut, and can go on; the newest first.

        What they were is written down, so that each is told as interrupted from now on.
        """
        for row in self.rows("SELECT id, folder FROM runs WHERE state = 'training'"):
            kept = CheckpointFolder(self.place(row))
            with unless_held(kept.path) as free, self.in_words():
                if not free:
                    continue
                atomic.sweep(kept.path)
                self.connection.execute(  # only if it has not come to its end just now
                    "UPDATE runs SET state = 'interrupted', checkpoint_step = ?, checkpoint_bytes = ? "
                    "WHERE id = ? AND state = 'training'",
                    (kept.newest_step(), kept.size(), row["id"]),
                )
        return [one for one in self.runs() if one.state == "interrupted" and one.resumable]

    # -- one run -------------------------------------------------------------------------------------------------------

    def row(self, number: int, columns: str) -> sqlite3.Row:
        """What the database holds of a run. Raises LibraryError where there is none of this number."""
        known = 0 < number < 2**63  # SQLite has no larger numbers
        rows = self.rows(f"SELECT {columns} FROM runs WHERE id = ?", number) if known else []
        if not rows:
            raise LibraryError("There is no run {number} in the library; `aestudio runs` lists them.", number=number)
        return rows[0]

    def files(self, number: int) -> Path:
        """The folder of a run's model and checkpoints."""
        return self.place(self.row(number, "folder"))

    def run(self, number: int, *, as_it_began: bool = False) -> Run:
        """Its settings at the end, or before any live change; under the title that it has in the library."""
        from aestudio.core.library import learned

        with self.intact():
            return learned.run(self, number, as_it_began=as_it_began)

    def curves(self, number: int) -> Curves:
        """Every loss point, every evaluation, and every change of a setting."""
        from aestudio.core.library.changes import changes_told
        from aestudio.core.library.points import unpack_curves

        points = self.rows("SELECT * FROM points WHERE run = ? ORDER BY first_step", number)
        scores = self.rows("SELECT * FROM evaluations WHERE run = ? ORDER BY rowid", number)
        settings = self.rows(
            "SELECT 0 AS step, began_with AS settings, 0 AS place FROM runs WHERE id = ? UNION ALL "
            "SELECT step, settings, rowid FROM changes WHERE run = ? AND settings IS NOT NULL ORDER BY place",
            number,
            number,
        )
        with self.intact():
            return unpack_curves(points, scores, changes_told(settings))

    def thumbnail(self, number: int) -> bytes | None:
        """A PNG, or None where there is none yet."""
        rows = self.rows("SELECT thumbnail FROM pictures WHERE run = ?", number)
        return rows[0]["thumbnail"] if rows else None

    def samples(self, number: int) -> Tensor | None:
        """The held-out images that its pictures are made of, uint8 [N, C, H, W]; the same for all runs on the same
        data.
        """
        from aestudio.core.library.packing import unpack_samples

        rows = self.rows("SELECT samples, shape FROM pictures JOIN runs ON id = pictures.run WHERE id = ?", number)
        if not rows:
            return None
        with self.intact():
            channels, height, width = json.loads(rows[0]["shape"])
            return unpack_samples(rows[0]["samples"], (channels, height, width))

    def newest_checkpoint(self, number: int) -> NewestCheckpoint | None:
        """The newest one that is whole and its own. Raises CheckpointError where there are only others."""
        from aestudio.core.library import learned

        with self.intact():
            return learned.newest_checkpoint(self, number)

    def saved(self, number: int) -> ModelFile:
        """The model file of a run. Raises ModelFileError where it is damaged, LibraryError where another run's lies in
        its place.
        """
        from aestudio.core.library import learned

        with self.intact():
            return learned.saved(self, number)

    def model(self, number: int) -> ModelFile:
        """What a run has learned, as a model file would hold it: from its end, else from its newest checkpoint.

        Raises: LibraryError where it has left neither; CheckpointError or ModelFileError where what it left is damaged.
        """
        from aestudio.core.library import learned

        with self.intact():
            return learned.model(self, number)[0]

    # -- putting in order ----------------------------------------------------------------------------------------------

    def rename(self, number: int, title: str) -> None:
        """Raises: LibraryError for an empty title."""
        if not title.strip():
            raise LibraryError("A run needs a title; type at least one letter.")
        self.write([number], title=title.strip())

    def annotate(self, number: int, note: str) -> None:
        """What the person wants to remember of it."""
        self.write([number], note=note)

    def star(self, numbers: Iterable[int], starred: bool = True) -> None:
        """A starred run's checkpoints are the last that the size budget takes."""
        self.write(numbers, starred=int(starred))

    def tag(self, wanted: Mapping[int, Iterable[str]]) -> None:
        """Gives runs these tags and no others."""
        with self.transaction() as connection:
            tags.write(connection, wanted)

    def trash(self, numbers: Sequence[int]) -> None:
        """Puts runs away; `restore` brings them back. Raises LibraryError where one is training."""
        for number in numbers:
            if self.summary(number).state == "training":
                raise LibraryError("A run that is training cannot be deleted; stop it first.")
        reserve.spend(self.folder)
        self.write(numbers, trashed=time.time())

    def restore(self, numbers: Iterable[int]) -> None:
        """Out of the trash again."""
        self.write(numbers, trashed=None)

    def empty_trash(self, *, older_than_days: float = 0) -> int:
        """Deletes for good what lies in the trash, or what has lain there so long; how many runs that were.

        The files of a run go once the database is ready to forget it, which it then does in the room that they took;
        where it has too much to forget for a full disk, they go before.
        """
        oldest = time.time() - older_than_days * 86_400
        count = 0
        for row in self.rows("SELECT id, folder FROM runs WHERE trashed <= ?", oldest):
            try:
                count += self._forget(row, oldest)
            except LibraryError as error:
                if not is_full(error.__cause__):
                    raise
                count += self._forget(row, oldest, files_first=True)
        return count

    def _forget(self, row: sqlite3.Row, oldest: float, *, files_first: bool = False) -> bool:
        """Deletes a run; False where another window has taken it out of the trash just now."""
        asked = "FROM runs WHERE id = ? AND trashed <= ?", (row["id"], oldest)
        with self.transaction() as connection:
            if connection.execute(f"SELECT id {asked[0]}", asked[1]).fetchone() is None:
                return False
            if not files_first:
                connection.execute(f"DELETE {asked[0]}", asked[1])
            shutil.rmtree(self.place(row), ignore_errors=True)
            if files_first:
                connection.execute(f"DELETE {asked[0]}", asked[1])
        return True

    def write(self, numbers: Iterable[int], **values: Any) -> None:
        """Sets columns of runs."""
        names = ", ".join(f"{name} = ?" for name in values)
        rows = [(*values.values(), number) for number in numbers]
        with self.transaction() as connection:
            connection.executemany(f"UPDATE runs SET {names} WHERE id = ?", rows)

    # -- room on the disk ----------------------------------------------------------------------------------------------

    @property
    def budget(self) -> int:
        """Bytes that all checkpoints together may take."""
        return self.setting("budget", BUDGET)

    @budget.setter
    def budget(self, size: int) -> None:
        self.set_setting("budget", size)

    def checkpoint_bytes(self) -> int:
        """What they take now."""
        return int(self.rows("SELECT coalesce(sum(checkpoint_bytes), 0) FROM runs")[0][0])

    def make_room(self, *, keep: int | None = None) -> str:
        """Removes checkpoints until they fit the budget, those that are missed least first; models always stay.

        First what lies in the trash, then what has run to its end, then the rest, the longest untouched first and
        starred ones last. The run `keep` loses its older ones only; one that trains elsewhere and one whose model
        cannot be saved lose none. What the person should know, in words; empty where there is nothing to say.
        """
        over = self.checkpoint_bytes() - self.budget
        rows = self.rows(
            "SELECT id, folder FROM runs WHERE checkpoint_bytes > 0 AND state != 'training' AND id IS NOT ? "
            "ORDER BY trashed IS NULL, starred, state != 'completed', updated",
            keep,
        )
        for row in rows:
            if over <= 0:
                return ""
            kept = CheckpointFolder(self.place(row))
            with unless_held(kept.path) as free:
                if not free or (kept.files() and not self._keep_model(row["id"])):
                    continue
                kept.clear()
                self.write([row["id"]], checkpoint_step=kept.newest_step(), checkpoint_bytes=kept.size())
            over = self.checkpoint_bytes() - self.budget
        if over <= 0 or keep is None:
            return ""
        own = CheckpointFolder(self.files(keep))
        own.prune(1)
        self.write([keep], checkpoint_bytes=own.size())
        if self.checkpoint_bytes() <= self.budget:
            return ""
        return say(
            "Checkpoints take {taken:,.0f} MiB, more than the {budget:,.0f} MiB that they may; only the "
            "newest one of this training is kept.",
            taken=self.checkpoint_bytes() / 2**20,
            budget=self.budget / 2**20,
        )

    def _keep_model(self, number: int) -> bool:
        """A run whose newest model is a checkpoint gets a model file before its checkpoints go. Whether it has one."""
        from aestudio.core.library import learned

        return learned.keep_model(self, number)
