"""The window while another program holds the library: what a person writes there is written when that lets go of it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from aestudio.core.library import schema
from aestudio.core.library.catalogue import Library
from aestudio.qt.pages.runs.page import RunsPage
from aestudio.qt.preferences import GIB, Preferences
from aestudio.qt.window import Window
from tests.held import held
from tests.many_runs import fill
from tests.present import present
from tests.qt.conftest import opened_window


@pytest.fixture
def page(runs_page: RunsPage, library: Library) -> RunsPage:
    """Six runs, of which nothing is chosen."""
    fill(library, 6)
    runs_page.set_library(library)
    runs_page.studio.shelf.library = library
    return runs_page


def test_all_that_a_person_writes_waits_for_a_lock_that_ends_and_follows_in_order(
    qtbot: QtBot, page: RunsPage, library: Library
) -> None:
    told: list[str] = []
    page.keeper.notice.connect(told.append)
    page.keeper.failed.connect(told.append)
    with held(library.folder) as let_go:
        page.keeper.rename(1, "first")
        page.keeper.rename(1, "second")
        page.keeper.annotate(2, "a note")
        page.keeper.star([present(page.feed.run(3))])
        page.commands.put_tags({4: ("kept",)})
        page.table.choose([5])
        page.commands.trash()
        assert page.feed.run(5) is not None
        assert told == ["Another program holds the run library. What you changed is written as soon as it lets go."]
        let_go()
        qtbot.waitUntil(lambda: page.feed.run(5) is None)
    assert library.summary(1).title == present(page.feed.run(1)).title == "second"
    assert library.summary(2).note == "a note"
    assert library.summary(3).starred
    assert library.summary(4).tags == ("kept",)
    assert page.undo_bar.text().startswith("Moved ")
    page.commands.undo()
    assert page.feed.run(5) is not None
    assert len(told) == 1


def test_a_lock_that_does_not_end_is_a_sentence_and_all_stays_as_it_was(
    qtbot: QtBot, page: RunsPage, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "SECONDS_TO_WAIT", 0.2)
    before = library.summary(1)
    with held(library.folder), qtbot.waitSignal(page.keeper.failed) as told:
        page.keeper.rename(1, "another")
    assert told.args == [
        "Another program, such as a backup or a virus scanner, holds the run library in "
        f"{library.folder} and has not let go of it."
    ]
    assert present(page.feed.run(1)).title == library.summary(1).title == before.title


def test_what_is_not_written_yet_is_not_taken_back_and_that_is_said(
    qtbot: QtBot, page: RunsPage, library: Library
) -> None:
    page.keeper.trash([library.summary(1)])
    with held(library.folder) as let_go:
        page.keeper.rename(2, "later")
        with qtbot.waitSignal(page.keeper.notice) as told:
            page.keeper.undo()
        assert told.args == ["What you changed is not written yet; undo it when it is."]
        let_go()
        qtbot.waitUntil(lambda: library.summary(2).title == "later")
    assert 1 not in [run.id for run in library.runs()]


def test_what_waits_for_a_lock_is_written_before_the_window_is_closed(page: RunsPage, library: Library) -> None:
    with held(library.folder) as let_go:
        page.keeper.annotate(2, "typed at the end")
        page.shut(0)  # as the window does: all are told before any is waited for
        later = threading.Timer(0.5, let_go)
        later.start()
        assert page.shut(60)
        later.join()
    assert library.summary(2).note == "typed at the end"


def test_a_list_on_a_network_folder_stays_while_another_computer_writes_and_follows_then(
    qtbot: QtBot, runs_page: RunsPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aestudio.core.library.locks.on_network", lambda folder: "nfs4")
    told: list[str] = []
    runs_page.feed.failed.connect(told.append)
    with Library(tmp_path / "library") as library:  # without a WAL nobody reads while another one writes
        fill(library, 3)
        runs_page.set_library(library)
        with held(library.folder) as let_go:
            runs_page.feed.poll()
            runs_page.refresh()
            runs_page.feed.reread([1])
            assert [run.id for run in runs_page.feed.runs()]
            runs_page.set_library(library)
            assert not list(runs_page.feed.runs())
            assert not told
            let_go()
        qtbot.waitUntil(lambda: len(list(runs_page.feed.runs())) == 3)
        monkeypatch.setattr(schema, "SECONDS_TO_WAIT", 0.0)
        with held(library.folder):
            runs_page.feed.poll()
            runs_page.feed.poll()
        assert len(told) == 1
        assert "holds the run library" in told[0]
        assert len(list(runs_page.feed.runs())) == 3
        runs_page.set_library(None)


def test_an_interrupted_run_is_offered_when_a_lock_at_the_start_has_ended(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AESTUDIO_LIBRARY", str(tmp_path / "library"))
    with Library(tmp_path / "library") as library:
        fill(library, 1)
        library.write([1], state="training", checkpoint_step=5)
        (number,) = [run.id for run in library.runs()]
        from tests.core.trainings import keep_until

        keep_until(library.folder, 8)
        library.write([number + 1], state="training")
    with held(tmp_path / "library") as let_go, opened_window(tmp_path) as window:
        assert "was interrupted" not in shown(window)
        let_go()
        qtbot.waitUntil(lambda: "was interrupted" in shown(window))


def test_room_for_checkpoints_that_waits_for_a_lock_is_given_before_the_window_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AESTUDIO_LIBRARY", str(tmp_path / "library"))
    with opened_window(tmp_path) as window, held(tmp_path / "library") as let_go:
        window.choices.ask()
        dialog = present(window.findChild(Preferences))
        dialog.budget.setValue(3)
        dialog.buttons.button(QDialogButtonBox.StandardButton.Ok).click()
        later = threading.Timer(0.5, let_go)
        later.start()
        assert window.shut(60)
        later.join()
    with Library(tmp_path / "library") as library:
        assert library.budget == 3 * GIB


def shown(window: Window) -> str:
    return window.notices.text()
