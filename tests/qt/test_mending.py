"""A damaged library is offered to be made again in the window, and orphans are taken in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from aestudio.core.ground import folders
from aestudio.core.library import schema
from aestudio.core.library.catalogue import Library
from aestudio.core.library.keeping import fit_and_keep
from aestudio.qt.pages.runs.page import RunsPage
from aestudio.qt.window import Window
from tests.core.conftest import small_dataset
from tests.core.trainings import EACH_EPOCH, RUN
from tests.qt.conftest import opened_window
from tests.qt.test_window import stop, train


@pytest.fixture
def damaged_window(qtbot: QtBot, tmp_path: Path) -> Iterator[Window]:
    """Of a library with two runs, whose database is cut short."""
    for _ in range(2):
        list(fit_and_keep(RUN, small_dataset(), every=EACH_EPOCH))
    for path in folders.library().glob("library.sqlite-*"):
        path.unlink()
    os.truncate(folders.library() / schema.FILE, 5000)
    with opened_window(tmp_path) as made:
        yield made


def mended(qtbot: QtBot, window: Window) -> list[int]:
    qtbot.waitUntil(lambda: not window.mender.task.running and window.studio.shelf.library is not None)
    assert window.studio.shelf.library is not None
    return [run.id for run in window.studio.shelf.library.runs()]


def test_a_damaged_library_is_made_again_where_the_person_accepts_the_offer(
    qtbot: QtBot, damaged_window: Window
) -> None:
    window = damaged_window
    assert "Trainings are not kept." in window.notices.text()
    window.notices.acted.emit()
    assert mended(qtbot, window) == [2, 1]
    assert "What was there is set aside in" in window.notices.text()
    page = window.page(RunsPage)
    assert page.model.count() == 2
    train(qtbot, window)
    stop(qtbot, window)
    assert mended(qtbot, window) == [3, 2, 1]


def test_the_page_of_runs_has_a_button_for_it_only_while_the_library_is_damaged(
    qtbot: QtBot, damaged_window: Window
) -> None:
    page = damaged_window.page(RunsPage)
    damaged_window.show_page(page)
    assert page.mending.isVisible()
    page.mending.click()
    assert mended(qtbot, damaged_window) == [2, 1]
    assert not page.mending.isVisible()
    assert page.model.count() == 2


def test_orphans_are_taken_in_by_the_menu_but_not_while_something_trains(qtbot: QtBot, window: Window) -> None:
    list(fit_and_keep(RUN, small_dataset(), every=EACH_EPOCH))
    with Library() as library, library.transaction() as connection:
        connection.execute("DELETE FROM runs")
    train(qtbot, window)
    window.action("mendLibrary").trigger()
    assert window.notices.text() == "Training is still going on; check the library afterwards."
    stop(qtbot, window)
    window.action("mendLibrary").trigger()
    assert mended(qtbot, window) == [2, 1]
    assert "1 run was taken in from its files." in window.notices.text()
