"""Where the disk or the database will not take it: one sentence, training goes on, nothing is lost or half there."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from aestudio.cli import main
from aestudio.core.ground.errors import LibraryError
from aestudio.core.library import keeping, recorder, reserve, schema
from aestudio.core.library.catalogue import MODEL, Library
from aestudio.core.library.keeping import fit_and_keep
from aestudio.core.model import model_file
from aestudio.core.run.events import Evaluated, Event, Finished, Saved, Started, Warned
from aestudio.core.training.checkpoint_folder import CheckpointFolder
from aestudio.core.training.fit import fit
from tests.core.conftest import small_dataset
from tests.core.trainings import (
    EACH_EPOCH,
    NEVER,
    NOISY,
    RUN,
    as_bytes,
    keep,
    keep_until,
    last,
    points,
    train,
    weights,
)

FULL = "database or disk is full"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Library]:
    """The libraries that trainings have opened."""
    found: list[Library] = []

    class Seen(Library):
        def __init__(self, folder: Path | None = None, seconds: float | None = None) -> None:
            super().__init__(folder, seconds)
            found.append(self)

    monkeypatch.setattr(keeping, "Library", Seen)
    return found


@pytest.fixture(autouse=True)
def _written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not once a second: these trainings take less."""
    monkeypatch.setattr(recorder, "FLUSH_SECONDS", 0.0)
    monkeypatch.setattr(recorder, "WORTH_WAITING", 0)


def warnings(events: list[Event]) -> list[str]:
    said = [event.sentence for event in events if isinstance(event, Warned)]
    assert all(one.endswith(".") and "\n" not in one for one in said)
    return said


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "runs").glob("*/*") if path.name not in ("lock", "number", "moments"))


def fill_up(library: Library) -> None:
    """From now on the database gets no further page."""
    pages = library.connection.execute("PRAGMA page_count").fetchone()[0]
    library.connection.execute(f"PRAGMA max_page_count = {pages}")


def free_up(library: Library) -> None:
    library.connection.execute("PRAGMA max_page_count = 1000000")


def a_large_run() -> Any:
    """One whose points do not fit into the free room of the pages that there are."""
    return NOISY.with_value("epochs", 40)


# -- a full disk -------------------------------------------------------------------------------------------------------


def test_points_come_in_once_the_disk_has_room_again(folder: Path, opened: list[Library]) -> None:
    run = a_large_run()
    events: list[Event] = []
    for event in fit_and_keep(run, small_dataset(), folder=folder, every=NEVER):
        events.append(event)
        if isinstance(event, Evaluated) and event.split == "held-out":
            if event.epoch == 2:
                fill_up(opened[0])
            if event.epoch == 38:
                assert len(warnings(events)) == 1
                assert FULL in warnings(events)[0]
                assert "Training goes on; what was not written is tried again." in warnings(events)[0]
                with Library(folder) as reader:
                    assert len(reader.curves(1).steps) < 38 * 6
                free_up(opened[0])
    assert last(events).reason == "completed"
    assert len(warnings(events)) == 1
    assert weights(events) == weights(train(run))
    with Library(folder) as library:
        assert library.summary(1).state == "completed"
        assert library.curves(1).steps.tolist() == list(range(1, 241))
        assert len(library.curves(1).evaluations) == 1 + 2 * 40
        assert as_bytes(library.model(1).weights) == weights(events)


def test_no_checkpoint_is_taken_that_has_seen_more_than_the_library(folder: Path, opened: list[Library]) -> None:
    """Else a crash would leave a hole in the curves."""
    run = a_large_run()
    events: list[Event] = []
    stream = fit_and_keep(run, small_dataset(), folder=folder, every=EACH_EPOCH)
    for event in stream:
        events.append(event)
        if isinstance(event, Evaluated) and event.split == "held-out" and event.epoch == 2:
            fill_up(opened[0])
        if isinstance(event, Evaluated) and event.epoch == 38:
            break
    stream.close()  # type: ignore[attr-defined]
    said = warnings(events)
    assert said
    assert all(FULL in one for one in said)
    with Library(folder) as library:
        library.interrupted()
        summary = library.summary(1)
        assert 0 < (summary.checkpoint_step or 0) < 37 * 6
        assert len(library.curves(1).steps) >= (summary.checkpoint_step or 0)
        rest = keep(folder, run, number=1)
        assert weights(rest) == weights(train(run))
        assert library.curves(1).steps.tolist() == list(range(1, 241))
        whole = points(train(run))
        held = library.curves(1)
        assert {
            int(step): terms.tobytes() + entering.tobytes()
            for step, terms, entering in zip(held.steps, held.terms, held.weights, strict=True)
        } == whole


def test_a_disk_that_stays_full_until_the_end_leaves_the_model_and_what_was_written_before(
    folder: Path, opened: list[Library]
) -> None:
    run = a_large_run()
    events: list[Event] = []
    for event in fit_and_keep(run, small_dataset(), folder=folder, every=NEVER):
        events.append(event)
        if isinstance(event, Evaluated) and event.epoch == 2:
            fill_up(opened[0])
    assert last(events).reason == "completed"
    assert any(isinstance(event, Saved) and event.path.endswith(MODEL) for event in events)
    with Library(folder) as library:
        saved = model_file.load(library.files(1) / MODEL)
        assert as_bytes(saved.weights) == weights(events)
        library.interrupted()
        assert library.summary(1).state == "interrupted"
        rest = keep(folder, run, number=1)
        assert weights(rest) == weights(events)
        assert library.summary(1).state == "completed"
        assert library.curves(1).steps.tolist() == list(range(1, 241))


class FullDisk:
    """Has no room but what the library's reserve took, and SQLite fails there as it does on a real one."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._reserve = folder / reserve.FILE
        self._share = schema._share
        monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=self.free))
        monkeypatch.setattr(schema, "_share", self._ask)

    @property
    def free(self) -> int:
        return 0 if self._reserve.exists() else reserve.SIZE

    def _ask(self, connection: sqlite3.Connection, mode: str, patience: float) -> None:
        if not self.free:
            raise sqlite3.OperationalError("disk I/O error")
        self._share(connection, mode, patience)


def test_the_library_is_opened_on_a_full_disk_and_runs_can_be_deleted(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(folder, RUN)
    assert (folder / reserve.FILE).stat().st_size == reserve.SIZE
    with Library(folder) as library:
        assert reserve.note(folder) is None
    FullDisk(folder, monkeypatch)
    with Library(folder) as library:
        assert not (folder / reserve.FILE).exists()
        assert "The disk is full. Delete runs and empty the trash" in str(reserve.note(folder))
        files = library.files(1)
        library.trash([1])
        assert library.empty_trash() == 1
        assert not files.exists()


def test_a_disk_that_fills_up_while_the_library_is_open_gets_its_reserve_where_a_run_is_deleted(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(folder, RUN)
    with Library(folder) as library:
        FullDisk(folder, monkeypatch)
        library.trash([1])
    assert not (folder / reserve.FILE).exists()


def test_what_the_files_of_a_run_take_is_free_before_the_database_forgets_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(folder, RUN)
    with Library(folder) as library:
        library.trash([1])
        honest, seen = shutil.rmtree, []

        def remove(path: Path, *, ignore_errors: bool) -> None:
            with Library(folder) as other:
                seen.append([one.id for one in other.runs(trashed=True)])
            honest(path, ignore_errors=ignore_errors)

        monkeypatch.setattr(shutil, "rmtree", remove)
        assert library.empty_trash() == 1
        assert seen == [[1]]
        assert library.runs(trashed=True) == []


def test_a_run_that_the_database_does_not_forget_keeps_its_files(folder: Path) -> None:
    keep(folder, RUN)
    with Library(folder) as library:
        library.trash([1])
        library.connection.execute(
            "CREATE TEMP TRIGGER kept BEFORE DELETE ON points BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END"
        )
        with pytest.raises(LibraryError, match="disk I/O error"):
            library.empty_trash()
        library.restore([1])
        assert library.model(1).run.title == RUN.title


def test_a_run_that_the_database_can_forget_only_in_the_room_of_its_files_is_forgotten(folder: Path) -> None:
    """As it is with many points on a full disk: they do not fit into the memory of one transaction."""
    keep(folder, RUN)
    with Library(folder) as library:
        files = library.files(1)
        library.trash([1])
        library.connection.create_function("is_full", 0, files.exists)
        library.connection.execute("PRAGMA temp.max_page_count = 8")
        library.connection.execute("CREATE TEMP TABLE disk (content)")
        library.connection.execute(
            "CREATE TEMP TRIGGER full BEFORE DELETE ON points WHEN is_full()"
            " BEGIN INSERT INTO disk VALUES (randomblob(1000000)); END"
        )
        assert library.empty_trash() == 1
        assert not files.exists()
        assert library.runs(trashed=True) == []


def test_the_reserve_is_made_again_once_the_disk_has_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Library(folder):
        (folder / reserve.FILE).unlink()
    with monkeypatch.context() as full:
        FullDisk(folder, full)
        with Library(folder):
            assert not (folder / reserve.FILE).exists()
    with Library(folder):
        assert (folder / reserve.FILE).exists()


def test_a_new_run_on_a_full_disk_is_trained_all_the_same_and_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(folder, RUN)
    honest = Library.__init__

    def full(self: Library, where: Path | None = None, seconds: float | None = None) -> None:
        honest(self, where, seconds)
        fill_up(self)

    monkeypatch.setattr(Library, "__init__", full)
    number = 1
    while number:  # until the free room of the last page is used up
        before = sorted(path.name for path in (folder / "runs").iterdir())
        events = keep(folder, RUN)
        assert weights(events) == weights(train(RUN))
        assert isinstance(events[0], Started)
        number = events[0].number
    (said,) = warnings(events)
    assert FULL in said
    assert said.endswith("This run is not kept.")
    assert sorted(path.name for path in (folder / "runs").iterdir()) == before


class Disk:
    """A disk that takes no file of a checkpoint or a model while it is full."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, function: str = "fsync", number: int = errno.ENOSPC) -> None:
        self.full = False
        honest = getattr(os, function)

        def broken(*arguments: Any, **options: Any) -> Any:
            if self.full:
                raise OSError(number, os.strerror(number))
            return honest(*arguments, **options)

        monkeypatch.setattr(f"aestudio.core.ground.atomic.os.{function}", broken)


@pytest.mark.parametrize(
    ("function", "number"),
    [
        ("open", errno.EROFS),
        ("open", errno.EACCES),
        ("fsync", errno.ENOSPC),
        ("fsync", errno.EIO),
        ("replace", errno.EIO),
    ],
)
def test_checkpoints_that_cannot_be_written_are_told_once_and_the_older_ones_stay(
    function: str, number: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch, function, number)
    events: list[Event] = []
    run = RUN.with_value("epochs", 5)
    for event in fit_and_keep(run, small_dataset(), folder=folder, every=EACH_EPOCH):
        events.append(event)
        if isinstance(event, Evaluated) and event.split == "held-out":
            disk.full = event.epoch in (2, 3)
            if event.epoch == 4:
                names = ["step-000000000.checkpoint", "step-000000006.checkpoint"]
                assert files(folder) == names  # and nothing half written
    (said,) = warnings(events)
    assert f"step-000000012.checkpoint could not be written: {os.strerror(number)}." in said
    assert said.endswith("Training goes on without it.")
    assert weights(events) == weights(train(run))
    assert files(folder) == [MODEL, "step-000000024.checkpoint", "step-000000030.checkpoint"]
    with Library(folder) as library:
        assert library.summary(1).checkpoint_step == 30


def test_a_model_that_cannot_be_written_is_told_and_the_last_checkpoint_is_the_model(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    events: list[Event] = []
    for event in fit_and_keep(RUN, small_dataset(), folder=folder):
        events.append(event)
        disk.full = isinstance(event, Saved) and event.path.endswith("18.checkpoint")
    (said,) = warnings(events)
    assert "could not be saved as" in said
    assert last(events).reason == "completed"
    with Library(folder) as library:
        assert library.summary(1).state == "completed"
        assert as_bytes(library.model(1).weights) == weights(events)


# -- a database that another program holds -----------------------------------------------------------------------------


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits for other programs for a moment only."""
    monkeypatch.setattr(schema, "SECONDS_TO_WAIT", 0.01)


@pytest.fixture
def other(folder: Path) -> Iterator[sqlite3.Connection]:
    """Another program's connection to the library."""
    Library(folder).close()
    with closing(sqlite3.connect(folder / schema.FILE, isolation_level=None)) as connection:
        yield connection


@pytest.mark.usefixtures("impatient")
def test_a_library_that_another_program_writes_to_is_waited_for_and_nothing_is_lost(
    folder: Path, other: sqlite3.Connection
) -> None:
    events: list[Event] = []
    for event in fit_and_keep(NOISY, small_dataset(), folder=folder, every=NEVER):
        events.append(event)
        if isinstance(event, Evaluated) and event.split == "held-out":
            if event.epoch == 1:
                other.execute("BEGIN IMMEDIATE")
            if event.epoch == 2:
                with Library(folder) as reader:  # which does not mind
                    assert reader.summary(1).state == "training"
                    assert len(reader.curves(1).steps) == 6
                other.execute("COMMIT")
    (said,) = warnings(events)
    assert said.endswith("has not let go of it. Training goes on; what was not written is tried again.")
    with Library(folder) as library:
        assert library.summary(1).state == "completed"
        assert library.curves(1).steps.tolist() == list(range(1, 19))
    assert weights(events) == weights(train(NOISY))


@pytest.mark.usefixtures("impatient")
def test_a_new_run_that_cannot_be_written_down_is_trained_all_the_same(folder: Path, other: sqlite3.Connection) -> None:
    other.execute("BEGIN IMMEDIATE")
    events = keep(folder)
    assert [type(event) for event in events[:2]] == [Started, Warned]
    (said,) = warnings(events)
    assert said.startswith("Another program, such as a backup or a virus scanner, holds the run library in ")
    assert f"{folder} and has not let go of it. Training begins" in said
    assert weights(events) == weights(train())
    assert list((folder / "runs").iterdir()) == []


@pytest.mark.usefixtures("impatient")
def test_a_run_that_cannot_be_written_down_does_not_go_on_and_is_as_it_was(
    folder: Path, other: sqlite3.Connection
) -> None:
    keep_until(folder, 8)
    with Library(folder) as library:
        before = library.summary(1)
        other.execute("BEGIN IMMEDIATE")
        (only,) = keep(folder, number=1)
        assert isinstance(only, Finished)
        assert only.error == str(schema.held(folder))
        other.execute("COMMIT")
        assert library.summary(1) == before
    assert weights(keep(folder, number=1)) == weights(train())


def test_a_library_that_is_long_locked_costs_a_small_share_of_the_training(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a clock of the test's own, on which a step takes a second and writing to a locked database thirty."""
    monkeypatch.setattr(recorder, "FLUSH_SECONDS", 1.0)
    monkeypatch.setattr(recorder, "WORTH_WAITING", 20)
    now, tried = [100.0], [0]
    monkeypatch.setattr("aestudio.core.library.recorder.time.monotonic", lambda: now[0])
    honest = Library.transaction

    def locked(self: Library) -> Any:
        tried[0] += 1
        now[0] += 30
        raise LibraryError("The run library failed: database is locked.")

    from aestudio.core.run.events import Progress
    from aestudio.core.training.controls import Controls

    controls = Controls(paused=True)
    controls.step()
    run = RUN.with_value("epochs", 500)
    steps = 0
    for event in fit_and_keep(run, small_dataset(), controls, folder=folder, every=NEVER):
        if isinstance(event, Progress):
            steps += 1
            now[0] += 1
            if steps == 2:
                monkeypatch.setattr(Library, "transaction", locked)
            if steps == 1300:
                monkeypatch.setattr(Library, "transaction", honest)
                controls.stop()
            else:
                controls.step()
    assert tried[0] == 3  # at steps 3, about 603 and about 1203
    with Library(folder) as library:
        assert np.array_equal(library.curves(1).steps, np.arange(1, 1301))


# -- a database that breaks while it is used ---------------------------------------------------------------------------


def test_a_database_that_breaks_while_it_is_used_costs_nothing_but_its_points(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model is written all the same, and every event is told as if there were no library."""

    def broken(*_: object, **__: object) -> Any:
        raise LibraryError("The run library failed: database disk image is malformed.")

    events: list[Event] = []
    for event in fit_and_keep(NOISY, small_dataset(), folder=folder, every=EACH_EPOCH):
        events.append(event)
        if isinstance(event, Evaluated) and event.epoch == 1:
            for name in ("rows", "transaction"):
                monkeypatch.setattr(Library, name, broken)
    monkeypatch.undo()
    assert weights(events) == weights(train(NOISY))
    assert points(events) == points(train(NOISY))
    assert last(events).reason == "completed"
    assert all("malformed" in one for one in warnings(events))
    (saved,) = (folder / "runs").glob(f"*/{MODEL}")
    made = model_file.load(saved)
    assert as_bytes(made.weights) == weights(events)
    assert (made.run, made.facts["steps"]) == (NOISY, "18")


@pytest.mark.parametrize("name", ["transaction", "make_room", "summary", "curves", "rows"])
def test_whatever_the_library_raises_the_training_comes_to_its_end(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what nobody has thought of."""
    Library(folder).close()

    def broken(*_: object, **__: object) -> Any:
        raise ZeroDivisionError("of the test")

    events: list[Event] = []
    for event in fit_and_keep(RUN, small_dataset(), folder=folder, every=EACH_EPOCH):
        events.append(event)
        if isinstance(event, Started):
            monkeypatch.setattr(Library, name, broken)
    assert weights(events) == weights(train())
    assert points(events) == points(train())
    assert last(events).reason == "completed"
    assert [event for event in events if isinstance(event, Started)] == [events[0]]


def test_a_folder_of_runs_that_cannot_be_written_to_is_told_once(folder: Path) -> None:
    Library(folder).close()
    (folder / "runs").write_text("mine")
    events = keep(folder)
    (said,) = warnings(events)
    assert said.startswith(f"The run library's {folder / 'runs'}")
    assert "cannot be written to: " in said
    assert said.endswith("This run is not kept.")
    assert weights(events) == weights(train())
    with Library(folder) as library:
        assert library.runs() == []


def test_a_folder_without_locks_is_told_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some network drives have none."""
    from filelock import FileLock

    def none(*_: object, **__: object) -> None:
        raise NotImplementedError("FileSystem does not appear to support flock; use SoftFileLock instead")

    monkeypatch.setattr("aestudio.core.library.locks.on_own_device", lambda folder: False)
    monkeypatch.setattr(FileLock, "acquire", none)
    events = keep(folder)
    (said,) = warnings(events)
    assert "does not appear to support flock" in said
    assert weights(events) == weights(train())


def test_a_run_s_own_folder_that_goes_away_is_made_again(folder: Path) -> None:
    import shutil

    events: list[Event] = []
    for event in fit_and_keep(RUN, small_dataset(), folder=folder, every=EACH_EPOCH):
        events.append(event)
        if isinstance(event, Evaluated) and event.epoch == 1:
            for run in (folder / "runs").iterdir():
                shutil.rmtree(run)
    assert last(events).reason == "completed"
    with Library(folder) as library:
        assert as_bytes(library.model(1).weights) == weights(events)
        assert CheckpointFolder(library.files(1)).newest_step() == 18


def test_without_a_library_a_training_says_the_same(folder: Path) -> None:
    """But for what is saved, and the number of the run."""
    kept_events, plain = keep(folder, NOISY), list(fit(NOISY, small_dataset()))
    assert points(kept_events) == points(plain)
    assert weights(kept_events) == weights(plain)
    assert [type(one) for one in kept_events if isinstance(one, Started | Evaluated | Finished)] == [
        type(one) for one in plain if isinstance(one, Started | Evaluated | Finished)
    ]


@pytest.mark.parametrize(
    ("free", "said", "code"),
    [
        (0, "No space left on device. Its runs are kept: free some space there. ", 1),
        (2**30, "disk I/O error. The environment", 2),
    ],
)
def test_a_library_on_a_full_disk_is_not_said_to_be_on_a_broken_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], free: int, said: str, code: int
) -> None:
    def broken(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")  # what SQLite says where the file beside it has no room

    monkeypatch.setattr("aestudio.core.library.schema._share", broken)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=free))
    assert main(["runs"]) == code
    assert f"cannot be used: {said}" in capsys.readouterr().err
