"""The moments of a run to go back to: files beside its model, thinned to a budget of their own."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from aestudio.core.ground import atomic
from aestudio.core.ground.errors import CheckpointError, StudioError, is_full
from aestudio.core.ground.journal import LOG
from aestudio.core.ground.thinning import thinned
from aestudio.core.library.catalogue import Library
from aestudio.core.run.run import Run
from aestudio.core.training import checkpoint_folder, moment
from aestudio.core.training.checkpoint import Checkpoint
from aestudio.core.training.checkpoint_folder import step_of
from aestudio.core.training.moment import Moment, Spacing, Wanted

T = TypeVar("T")
FOLDER = "moments"
BUDGET = 256 * 2**20
"""Bytes that the moments of one run may take, unless the person says otherwise."""
FEW = 8 * 2**20
"""Bytes for those of one run of many that are trained to be compared."""
MOST, MOST_WHOLE = 240, 24
"""So many are enough to go back in time smoothly, and to take a training up again soon before any of them."""


class MomentFolder:
    """Of one run: `step-000001200.moment` with weights, `step-000001200.checkpoint` with all that a next step needs."""

    def __init__(self, files: Path, *, alone: bool = False) -> None:
        """`files` is the folder of the run; whoever is `alone` in writing to it looks only once what there is."""
        self.path, self._alone = files / FOLDER, alone
        self._seen: dict[str, dict[int, int]] = {}

    def steps(self) -> list[int]:
        """Those with weights to look at, the first first."""
        return sorted(self._sizes(moment.SUFFIX))

    def looked_at(self) -> dict[int, Path]:
        """The files of these, by step."""
        return {step: self._file(step, moment.SUFFIX) for step in self.steps()}

    def size(self) -> int:
        """Bytes on the disk."""
        return sum(sum(self._sizes(suffix).values()) for suffix in (moment.SUFFIX, checkpoint_folder.SUFFIX))

    def read(self, step: int) -> Moment:
        """Raises: CheckpointError where it is gone or damaged."""
        return moment.load(self._file(step, moment.SUFFIX))

    def whole_before(self, step: int) -> list[Path]:
        """The checkpoints of this step and those before it, the latest first."""
        found = [one for one in self._sizes(checkpoint_folder.SUFFIX) if one <= step]
        return [self._file(one, checkpoint_folder.SUFFIX) for one in sorted(found, reverse=True)]

    def keep(self, made: Moment | Checkpoint, budget: int) -> None:
        """One more, and what is then too much goes. Raises OSError or CheckpointError."""
        self.add(made)
        self.thin(budget)

    def add(self, made: Moment | Checkpoint) -> None:
        """One more. Raises OSError or CheckpointError."""
        self.path.mkdir(parents=True, exist_ok=True)
        if isinstance(made, Moment):
            step, suffix = made.step, moment.SUFFIX
            made.save(self._file(step, suffix))
        else:
            step, suffix = made.position.step, checkpoint_folder.SUFFIX
            made.save(self._file(step, suffix), lasting=False)
        self._sizes(suffix)[step] = self._file(step, suffix).stat().st_size

    def thin(self, budget: int) -> None:
        """Removes those that are missed least until they fit; checkpoints may take half of the room."""
        whole = self._sizes(checkpoint_folder.SUFFIX)
        self._remove(thinned(whole, budget // 2, MOST_WHOLE), checkpoint_folder.SUFFIX)
        left = budget - sum(self._sizes(checkpoint_folder.SUFFIX).values())
        self._remove(thinned(self._sizes(moment.SUFFIX), left, MOST), moment.SUFFIX)

    def forget_after(self, step: int) -> None:
        """Those of later steps did not happen: the training goes on from this one. What is half written goes too."""
        atomic.sweep(self.path)
        for suffix in (moment.SUFFIX, checkpoint_folder.SUFFIX):
            self._remove([one for one in self._sizes(suffix) if one > step], suffix)

    def copy_to(self, files: Path, step: int) -> None:
        """Those up to a step become another run's too, and take no more room where the disk can do that."""
        other = MomentFolder(files)
        with contextlib.suppress(OSError):
            other.path.mkdir(parents=True, exist_ok=True)
            for file in self.path.glob("step-*.*"):
                if 0 <= step_of(file) <= step:
                    try:
                        os.link(file, other.path / file.name)
                    except OSError:
                        shutil.copyfile(file, other.path / file.name)

    def _file(self, step: int, suffix: str) -> Path:
        return self.path / f"step-{step:09}{suffix}"

    def _sizes(self, suffix: str) -> dict[int, int]:
        """Bytes of each, by step."""
        if self._alone and suffix in self._seen:
            return self._seen[suffix]
        found: dict[int, int] = {}
        self._seen[suffix] = found
        with contextlib.suppress(OSError), os.scandir(self.path) as files:
            for file in files:
                path = Path(file.name)
                if path.suffix == suffix and step_of(path) >= 0:
                    with contextlib.suppress(OSError):  # taken away just now
                        found[step_of(path)] = file.stat().st_size
        return found

    def _remove(self, steps: Sequence[int], suffix: str) -> None:
        for step in steps:
            with contextlib.suppress(OSError):
                self._file(step, suffix).unlink(missing_ok=True)
                self._seen.get(suffix, {}).pop(step, None)


class Diary:
    """What the loop's Album does for a run of the library. Trouble is not told: it costs a moment, and no training."""

    def __init__(self, files: Path, budget: int = BUDGET) -> None:
        """Without a budget nothing is kept."""
        self.folder = MomentFolder(files, alone=True)
        self.changes: list[tuple[int, Run | Sequence[int]]] = []
        """What was changed after how many steps, and is not in the database yet."""
        self._budget = budget
        self._spacing = Spacing()

    def wants(self, step: int) -> Wanted:
        return self._spacing.wants(step) if self._budget > 0 else "nothing"

    def take(self, made: Moment) -> None:
        self._keep(made, made.step, whole=False)

    def take_whole(self, made: Checkpoint) -> None:
        self._keep(made, made.position.step, whole=True)

    def changed(self, step: int, change: Run | Sequence[int]) -> None:
        self.changes.append((step, change))
        self._spacing.changed(step)

    def with_room(self, write: Callable[[], T]) -> T:
        """What `write` gives; as long as the disk is too full for it, moments go first. Raises what it raises."""
        while True:
            try:
                return write()
            except StudioError as error:
                if not is_full(error.__cause__) or not self.make_room():
                    raise

    def make_room(self) -> bool:
        """The disk is full: half of what the moments take goes. Whether there was anything to go."""
        before = self.folder.size()
        self.folder.thin(before // 2)
        return self.folder.size() < before

    def _keep(self, made: Moment | Checkpoint, step: int, *, whole: bool) -> None:
        if self._budget <= 0:
            return
        began = time.monotonic()
        try:
            self.folder.keep(made, self._budget)
        except (OSError, CheckpointError) as error:
            LOG.warning("moment of step %d: %s", step, error)
            if is_full(error) or is_full(error.__cause__):
                self.make_room()
        except Exception as error:  # whatever it is, the training goes on
            LOG.warning("moment of step %d: %s", step, error)
        self._spacing.kept(step, time.monotonic() - began, whole=whole)


def thin_others(library: Library, keep: int) -> None:
    """All moments of all runs may take as much as all checkpoints may. Beyond that those of other runs are thinned: in
    the trash first, then the longest untouched, starred ones last; then they go. One that trains loses none. Raises
    LibraryError.
    """
    rows = library.rows(
        "SELECT id, folder FROM runs WHERE state != 'training' AND id != ? ORDER BY trashed IS NULL, starred, updated",
        keep,
    )
    folders = [MomentFolder(library.place(row)) for row in rows]
    sizes = [one.size() for one in folders]
    over = MomentFolder(library.files(keep)).size() + sum(sizes) - library.budget
    for share in (8, 0):
        for place, one in enumerate(folders):
            if over <= 0:
                return
            one.thin(sizes[place] // share if share else 0)
            left = one.size()
            over -= sizes[place] - left
            sizes[place] = left


def room_for_moments(library: Library) -> int:
    """Bytes that the moments of one run may take. Raises LibraryError."""
    return library.setting("moments", BUDGET)


def give_room_for_moments(library: Library, size: int) -> None:
    """Others from the next training on; 0: none are kept. Raises LibraryError."""
    library.set_setting("moments", size)
