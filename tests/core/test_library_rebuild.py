"""A library that is damaged, empty or gone is noticed and made again from its copy and from the files beside it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from aestudio.cli import main
from aestudio.core.ground import folders
from aestudio.core.ground.errors import CheckpointError, LibraryError, StudioError
from aestudio.core.library import backups, schema
from aestudio.core.library.catalogue import MODEL, Library
from aestudio.core.library.keeping import fit_and_keep
from aestudio.core.library.rebuilding import rebuild
from aestudio.core.run.events import Evaluated, Event, Warned
from aestudio.core.training.checkpoint_folder import CheckpointFolder
from tests.core.conftest import small_dataset
from tests.core.trainings import EACH_EPOCH, NOISY, RUN, as_bytes, damaged, keep_until, last, weights
from tests.present import present


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The person's library, with three runs: completed and renamed, stopped, completed."""
    monkeypatch.setattr(backups, "SECONDS", 1e9)  # the copy is that of the first run
    for run in (NOISY, None, RUN):
        if run is None:
            keep_until(folders.library(), 8)
        else:
            list(fit_and_keep(run, small_dataset(), every=EACH_EPOCH))
        if run is NOISY:
            with Library() as library:
                library.rename(1, "Mine")
                library.annotate(1, "the good one")
    return folders.library()


def database(folder: Path) -> Path:
    """Its file, with all that is in it."""
    with closing(sqlite3.connect(folder / schema.FILE)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder / schema.FILE


def empty(folder: Path) -> None:
    database(folder).write_bytes(b"")


def gone(folder: Path) -> None:
    database(folder).unlink()


def cut(folder: Path) -> None:
    os.truncate(database(folder), 5000)


def scribbled(folder: Path) -> None:
    path = database(folder)
    content = bytearray(path.read_bytes())
    content[8192:-4096] = b"\x55" * (len(content) - 8192 - 4096)
    path.write_bytes(content)


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["runs", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.mark.parametrize("fault", [empty, gone])
def test_an_empty_library_beside_runs_is_no_new_one(
    fault: object, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fault(folder)  # type: ignore[operator]
    code, out, err = told(capsys)
    assert (code, out) == (2, "")
    assert "is empty or gone, but 3 of its runs lie beside it; `aestudio runs --rebuild` makes it again" in err


@pytest.mark.parametrize("copies", [True, False], ids=["with a copy", "from files alone"])
@pytest.mark.parametrize("fault", [empty, gone, cut, scribbled])
def test_a_library_is_made_again_with_numbers_titles_scores_and_curves(
    fault: object, copies: bool, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Library() as library:
        before = {one.id: (one, library.curves(one.id), library.model(one.id)) for one in library.runs()}
    fault(folder)  # type: ignore[operator]
    if not copies:
        for path in backups.backups(folder):
            path.unlink()
    code, out, err = told(capsys, "--rebuild")
    assert (code, err) == (0, "")
    assert ("Made again from the copy" in out) == copies
    assert f"{2 if copies else 3} runs were taken in from their files." in out
    assert list(folder.glob("library.set-aside-*")) or fault is gone
    with Library() as library:
        assert [one.id for one in library.runs()] == [3, 2, 1]
        for number, (summary, curves, model) in before.items():
            again = library.summary(number)
            assert as_bytes(library.model(number).weights) == as_bytes(model.weights)
            assert (again.step, again.psnr) == (summary.step, summary.psnr)
            assert again.objective == pytest.approx(summary.objective, rel=1e-6)  # files hold seven digits
            assert again.state == summary.state
            scores, whole = library.curves(number).evaluations, curves.evaluations
            assert [(one.step, one.split) for one in scores] == [(one.step, one.split) for one in whole]
            assert library.curves(number).steps.tolist() == curves.steps.tolist()
    assert told(capsys, "--check")[0] == 0
    assert last(list(fit_and_keep(RUN, small_dataset(), number=2))).reason == "completed"
    list(fit_and_keep(RUN, small_dataset()))
    with Library() as library:
        assert library.runs()[0].id == 4


def test_a_completed_run_that_was_resumed_after_the_copy_has_what_it_came_to(folder: Path) -> None:
    longer = NOISY.with_value("epochs", NOISY.epochs + 1)
    assert last(list(fit_and_keep(longer, small_dataset(), number=1))).reason == "completed"
    with Library() as library:
        before = library.summary(1)
    gone(folder)
    rebuild(folder)
    with Library() as library:
        again = library.summary(1)
        assert (again.step, again.psnr, again.state) == (before.step, before.psnr, "completed")
        assert library.run(1).epochs == longer.epochs
        assert (again.device, again.machine) == (before.device, before.machine)


def test_a_number_is_never_given_twice_even_where_the_last_run_is_gone(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Library() as library:
        library.trash([3])
        library.empty_trash()
    gone(folder)
    assert told(capsys, "--rebuild")[0] == 0
    list(fit_and_keep(RUN, small_dataset()))
    with Library() as library:
        assert library.runs()[0].id == 4


def test_a_whole_library_stays_and_takes_orphans_in(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Library() as library, library.transaction() as connection:
        connection.execute("DELETE FROM runs WHERE id = 2")
    code, out, _ = told(capsys, "--check")
    assert code == 1
    assert "belongs to no run of the library; --rebuild takes it in." in out
    code, out, _ = told(capsys, "--rebuild")
    assert code == 0
    assert "is whole, so it stays." in out
    assert "1 run was taken in from its files." in out
    with Library() as library:
        assert library.summary(1).title == "Mine"
        assert library.summary(2).title == RUN.title


def test_a_check_names_every_damaged_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "--check") == (0, "3 runs: everything is whole.\n", "")
    with Library() as library:
        damaged(library.files(1) / MODEL)
        checkpoints = sorted(library.files(3).glob("*.checkpoint"))
    damaged(checkpoints[-1])
    code, out, _ = told(capsys, "--check")
    assert code == 1
    assert "Run 1: model.safetensors " in out
    assert f"Run 3: The checkpoint {checkpoints[-1].name} is damaged" in out
    assert out.count("\n") == 2


def test_a_check_names_a_model_that_is_missing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Library() as library:
        place = library.files(2)
    (place / MODEL).unlink()
    assert told(capsys, "--check") == (1, f"Run 2: {MODEL} is missing in {place}.\n", "")


def test_damage_is_noticed_when_the_window_opens_the_library(folder: Path) -> None:
    from aestudio.studio.shelf import Shelf

    scribbled(folder)
    shelf = Shelf(lambda _: None)
    assert shelf.library is None
    assert "runs --rebuild" in shelf.problem


def test_copies_are_taken_once_a_day_and_the_oldest_goes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(backups.backups(folder)) == 1
    assert backups.is_whole(backups.backups(folder)[0])
    monkeypatch.setattr(backups, "SECONDS", 0.0)
    for day in range(backups.KEPT + 1):
        monkeypatch.setattr(
            "aestudio.core.library.backups.time.strftime",
            lambda *_, day=day: f"library-2999-01-0{day + 1}-000000.sqlite",
        )
        with Library() as library:
            library.back_up()
    assert [path.name[8:18] for path in backups.backups(folder)] == ["2999-01-04", "2999-01-03", "2999-01-02"]


def test_a_database_that_is_deleted_while_it_is_used_is_noticed_and_the_model_is_kept(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events: list[Event] = []
    for event in fit_and_keep(NOISY, small_dataset(), every=EACH_EPOCH):
        events.append(event)
        if isinstance(event, Evaluated) and event.split == "held-out" and event.epoch == 1:
            for path in folder.glob("library.sqlite*"):
                path.unlink()
    said = [event.sentence for event in events if isinstance(event, Warned)]
    assert len(said) == 1
    assert "was deleted or exchanged while it was in use" in said[0]
    assert told(capsys, "--rebuild")[0] == 0
    with Library() as library:
        assert as_bytes(library.model(4).weights) == weights(events)


def test_a_library_that_is_exchanged_is_not_written_to(folder: Path, tmp_path: Path) -> None:
    with Library() as library:
        content = database(folder).read_bytes()
        (folder / "other").write_bytes(content)
        os.replace(folder / "other", folder / schema.FILE)
        with pytest.raises(LibraryError, match="exchanged"):
            library.rename(1, "Lost")


# -- curves and model files that are not what was written --------------------------------------------------------------


@pytest.mark.parametrize("table", ["points", "evaluations"])
def test_a_damaged_curve_is_noticed_and_replaced_by_that_of_the_model_file(
    table: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Library() as library, library.transaction() as connection:
        before = library.curves(3)
        (terms,) = connection.execute(f"SELECT terms FROM {table} WHERE run = 3 LIMIT 1").fetchone()
        other = terms[:-1] + b"?" if isinstance(terms, bytes) else terms.replace("1", "2").replace("0", "1")
        connection.execute(f"UPDATE {table} SET terms = ? WHERE run = 3 AND terms = ?", (other, terms))
    with Library() as library, pytest.raises(LibraryError, match="The curves of run 3 are damaged"):
        library.curves(3)
    code, out, _ = told(capsys, "--check")
    assert code == 1
    assert "Run 3: The curves of run 3 are damaged" in out
    code, out, _ = told(capsys, "--rebuild")
    assert code == 0
    assert "The damaged curves of 1 run are those of its model file now." in out
    with Library() as library:
        after = library.curves(3)
        assert after.terms.ravel().tolist() == pytest.approx(before.terms.ravel().tolist(), rel=1e-6)  # seven digits
        assert [one.step for one in after.evaluations] == [one.step for one in before.evaluations]
    assert told(capsys, "--check")[0] == 0


def test_damaged_curves_keep_nobody_from_the_model_or_from_going_on(folder: Path) -> None:
    with Library() as library, library.transaction() as connection:
        connection.execute("UPDATE points SET phase = 'another' WHERE run = 2")
    with Library() as library:
        os.unlink(library.files(2) / MODEL)
        assert library.model(2).curves.terms.size == 0
    assert last(list(fit_and_keep(RUN, small_dataset(), number=2))).reason == "completed"
    with Library() as library, pytest.raises(LibraryError, match="The curves of run 2 are damaged"):
        library.curves(2)


def test_a_model_file_of_another_run_in_the_place_of_this_one_is_noticed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Library() as library:
        ours, other = library.files(3), library.files(1)
        content = (other / MODEL).read_bytes()
        (ours / MODEL).write_bytes(content)
        said = f"{ours / MODEL} is not of run 3: it holds “{NOISY.title}”"
        assert library.model(3).run == RUN  # its checkpoint has the same weights
        for path in ours.glob("*.checkpoint"):
            path.unlink()
        with pytest.raises(LibraryError) as caught:
            library.model(3)
        assert said in str(caught.value)
    code, out, _ = told(capsys, "--check")
    assert code == 1
    assert said in out
    assert (ours / MODEL).read_bytes() == content


def test_a_checkpoint_of_another_run_is_noticed_and_neither_used_nor_taken_away(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Library() as library:
        ours, other = CheckpointFolder(library.files(3)), CheckpointFolder(library.files(1))
        own, content = ours.files()[0], other.files()[0].read_bytes()
        step = int(own.stem.removeprefix("step-"))
        strange = own.with_name(f"step-{step + 1:09}.checkpoint")
        strange.write_bytes(content)
        said = f"{strange} is not of run 3: it holds “{NOISY.title}”"
        found = present(library.newest_checkpoint(3))
        assert (found.path, found.checkpoint.position.step) == (own, step)
        assert said in found.damaged[0]
    code, out, _ = told(capsys, "--check")
    assert code == 1
    assert said in out
    longer = RUN.with_value("epochs", RUN.epochs + 1)
    events = list(fit_and_keep(longer, small_dataset(), number=3, every=EACH_EPOCH))
    assert last(events).reason == "completed"
    assert any(said in event.sentence for event in events if isinstance(event, Warned))
    assert strange.with_name(f"other-{strange.name}").read_bytes() == content
    for path in ours.files():
        path.unlink()
    strange.write_bytes(content)
    with Library() as library, pytest.raises(CheckpointError, match="No checkpoint of this run can be used"):
        library.newest_checkpoint(3)


def test_a_model_file_of_no_length_is_noticed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Library() as library:
        place = library.files(1)
    (place / MODEL).write_bytes(b"")
    code, out, _ = told(capsys, "--check")
    assert code == 1
    assert f"Run 1: {MODEL} is not a whole safetensors file" in out


# -- what a changed database says --------------------------------------------------------------------------------------


def test_a_database_whose_names_are_no_text_is_damaged_in_a_sentence(folder: Path) -> None:
    path = database(folder)
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE settings", b"CREATE TABLE \xc1ettings"))
    with pytest.raises(LibraryError, match="runs --rebuild"):
        Library(folder)


@pytest.mark.parametrize("column", ["run TEXT", "title TEXT", "updated REAL", "fingerprint TEXT", "shape TEXT"])
@pytest.mark.parametrize("value", ["NULL", "1e300", "x'ff'"])
@pytest.mark.slow
def test_a_row_with_something_else_in_it_is_read_or_refused_in_a_sentence(
    column: str, value: str, folder: Path
) -> None:
    (name, _), number = column.split(), 1
    with closing(sqlite3.connect(folder / schema.FILE, isolation_level=None)) as other:
        other.execute("PRAGMA writable_schema = ON")
        other.execute("UPDATE sqlite_master SET sql = replace(sql, ?, ?)", (f"{column} NOT NULL", name))
    with closing(sqlite3.connect(folder / schema.FILE, isolation_level=None)) as other:
        other.execute(f"UPDATE runs SET {name} = {value}")
    with Library(folder) as library:
        asked: tuple[Callable[[], object], ...] = (
            library.runs,
            lambda: library.run(number),
            lambda: library.samples(number),
            lambda: library.model(number),
            lambda: library.saved(number),
            lambda: library.newest_checkpoint(number),
        )
        for question in asked:
            with suppress(StudioError):
                question()


@pytest.mark.parametrize("name", ["../../mine", "..", "", None])
def test_a_row_that_names_a_folder_elsewhere_deletes_nothing_there(name: str | None, folder: Path) -> None:
    (folder.parent / "mine").mkdir()
    (folder.parent / "mine" / "letter").write_text("dear")
    with Library() as library:
        library.trash([1])
        library.connection.execute("PRAGMA ignore_check_constraints = ON")
        library.connection.execute("PRAGMA writable_schema = ON")
        library.connection.execute("UPDATE sqlite_master SET sql = replace(sql, 'folder TEXT NOT NULL', 'folder TEXT')")
    with Library() as library:
        library.connection.execute("UPDATE runs SET folder = ? WHERE id = 1", (name,))
        with pytest.raises(LibraryError, match="is no folder of a run"):
            library.empty_trash()
        assert len(library.runs()) == 2
    assert (folder.parent / "mine" / "letter").read_text() == "dear"
