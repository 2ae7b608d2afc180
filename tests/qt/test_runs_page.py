"""The page of runs as a person uses it: finding, renaming, starring, noting, deleting, asking the window."""

from __future__ import annotations

import time
from threading import Thread

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from aestudio.core.library.catalogue import Library
from aestudio.qt import theme
from aestudio.qt.pages.runs import page as runs
from aestudio.qt.pages.runs.page import RunsPage
from aestudio.studio.runs.rows import Column, Which
from tests.many_runs import fill
from tests.qt.listening import alone
from tests.qt.runs_page import button, hint, key, press, titles
from tests.trained_runs import train

NAMES = (
    "runsPage",
    "runSearch",
    "runTable",
    "runCount",
    "runColumns",
    "runSidebar",
    "runDetails",
    "runTabs",
    "runNote",
    "runCurves",
    "curvesQuantity",
    "runPictures",
    "pictureGrid",
    "runDifferences",
    "settingsTable",
    "openRunButton",
    "continueRunButton",
    "againRunButton",
    "exportRunButton",
    "curvesRunButton",
    "trashRunButton",
    "restoreRunButton",
    "emptyRunButton",
    "starButton",
    "renameButton",
)


@pytest.fixture
def page(runs_page: RunsPage, library: Library) -> RunsPage:
    """Forty runs, of which nothing is chosen."""
    fill(library, 40)
    runs_page.set_library(library)
    return runs_page


# -- what there is ---------------------------------------------------


def test_every_important_widget_can_be_found_and_has_an_accessible_name(page: RunsPage) -> None:
    for name in NAMES:
        found = page if page.objectName() == name else page.findChild(QWidget, name)
        assert found is not None, name
        assert found.accessibleName(), name


def test_every_button_says_what_it_does(page: RunsPage) -> None:
    for found in page.findChildren(QAbstractButton):
        if found.objectName() in NAMES:
            assert found.toolTip(), found.objectName()


def test_the_newest_run_is_on_top(page: RunsPage) -> None:
    updated = [run.updated for run in page.model.rows()]
    assert len(updated) == 40
    assert updated == sorted(updated, reverse=True)
    assert page.search.count_text() == "40 runs"


def test_an_empty_library_says_how_it_is_filled(runs_page: RunsPage, library: Library) -> None:
    runs_page.set_library(library)
    assert "Train something on the Explore page" in hint(runs_page)


def test_without_a_library_the_page_says_why(runs_page: RunsPage) -> None:
    runs_page.set_library(None, "The disk is full.")
    assert hint(runs_page) == "The disk is full."
    assert not runs_page.search.isEnabled()
    runs_page.refresh()


def test_every_filter_that_finds_nothing_says_so(runs_page: RunsPage, library: Library) -> None:
    runs_page.set_library(library)
    said = set()
    for which in Which:
        runs_page.search.choose(which)
        said.add(hint(runs_page))
    runs_page.search.box.setText("nothing like that")
    said.add(hint(runs_page))
    assert len(said) == len(Which) + 1
    assert "" not in said


# -- searching ---------------------------------------------------


def test_all_words_must_be_found_wherever_they_are(page: RunsPage, library: Library) -> None:
    number = page.model.run(7).id
    library.annotate(number, "Über-special")
    library.rename(number, "Renamed")
    page.refresh()
    run = library.summary(number)
    for words in ("RENAMED", "über", run.data, run.network, run.variant.split(", ")[0], run.state, f"#{number}"):
        page.search.box.setText(words)
        assert number in [one.id for one in page.model.rows()], words
    page.search.box.setText(f"special renamed {run.state}")
    assert titles(page) == ["Renamed"]
    assert page.search.count_text() == "1 of 40 runs"
    page.search.box.setText("special elsewhere")
    assert not titles(page)


def test_settings_and_scores_are_searched_for_and_what_cannot_be_read_is_said(page: RunsPage) -> None:
    every = {run.id: run for run in page.model.rows()}
    middle = sorted(run.psnr for run in every.values() if run.psnr is not None)[len(every) // 4]
    page.search.box.setText(f"psnr > {middle} and batch_size >= 1")
    assert {run.id for run in page.model.rows()} == {
        run.id for run in every.values() if run.psnr is not None and run.psnr > middle
    }
    shown = titles(page)
    page.search.box.setText(f"psnr > {middle} and epochs >")
    assert titles(page) == shown  # while one is typing
    assert "After “epochs >” a value is missing" in page.search.count_text()
    page.search.box.setText("")
    assert page.search.count_text() == "40 runs"


def test_filters_leave_starred_runs_or_those_that_can_go_on(page: RunsPage, library: Library) -> None:
    library.star([1, 2])
    page.refresh()
    page.search.choose(Which.STARRED)
    assert {1, 2} <= {run.id for run in page.model.rows()}
    assert all(run.starred for run in page.model.rows())
    page.search.choose(Which.RESUMABLE)
    assert {run.id for run in page.model.rows()} == {run.id for run in library.runs() if run.resumable}


def test_ctrl_f_goes_to_the_search_esc_empties_it_and_down_goes_to_the_table(qtbot: QtBot, page: RunsPage) -> None:
    page.table.setFocus()
    QTest.keySequence(page.table, QKeySequence("Ctrl+F"))
    box = page.search.box
    qtbot.waitUntil(box.hasFocus)
    QTest.keyClicks(box, "sparse")
    assert 0 < page.model.rowCount() < 40
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert page.model.rowCount() == 40
    QTest.keyClick(box, Qt.Key.Key_Down)
    qtbot.waitUntil(page.table.hasFocus)
    assert page.table.chosen() == [page.model.run(0).id]


# -- what is chosen ---------------------------------------------------


def test_one_run_is_told_in_words(page: RunsPage, library: Library) -> None:
    run = next(run for run in library.runs() if run.state == "failed")
    page.table.choose([run.id])
    said = [label.text() for label in page.details.findChildren(QLabel)]
    assert run.title in said
    assert "Ended by an error; it can be continued from its last checkpoint." in said
    assert run.error in said
    assert page.details.about.fact("Seed") == f"{run.seed:,}"
    assert page.details.about.fact("Data fingerprint") == run.fingerprint[:12]
    assert page.details.about.fact("Parameters") == f"{run.parameters:,}"
    assert page.details.about.fact("Machine") == run.machine
    assert f"{run.step:,} of {run.steps:,} steps" in page.details.about.fact("Trained for")


def test_a_run_that_was_trained_again_names_where_it_comes_from(page: RunsPage, library: Library) -> None:
    library.write([40], parent=3)
    library.rename(3, "The first try")
    page.refresh()
    page.table.choose([40])
    assert page.details.about.fact("Trained again from") == "#3 The first try"


def test_several_runs_can_be_chosen_and_the_first_twelve_are_compared(page: RunsPage) -> None:
    page.table.selectAll()
    state = page.findChild(QLabel, "runState")
    assert state is not None
    assert state.text() == "The first 12 of them are compared."
    assert not page.details.tabs.isTabVisible(page.details.tabs.indexOf(page.details.about))
    for name in ("openRunButton", "continueRunButton", "againRunButton", "curvesRunButton"):
        assert button(page, name).toolTip() == "Choose a single run for this"
        assert not button(page, name).isEnabled()
    assert button(page, "exportRunButton").isEnabled()
    assert button(page, "trashRunButton").isEnabled()


def test_the_tab_that_was_chosen_stays_with_other_runs(page: RunsPage) -> None:
    page.table.choose([5])
    page.details.tabs.setCurrentWidget(page.details.differences)
    page.table.choose([6])
    assert page.details.tabs.currentWidget() is page.details.differences
    page.details.tabs.setCurrentWidget(page.details.about)
    page.table.choose([5, 6])
    assert page.details.tabs.currentWidget() is page.details.curves
    page.table.choose([7])
    assert page.details.tabs.currentWidget() is page.details.about


def test_choice_order_place_and_search_outlive_a_refresh(qtbot: QtBot, page: RunsPage, library: Library) -> None:
    page.search.box.setText("autoencoder")
    page.table.sortByColumn(Column.TITLE, Qt.SortOrder.AscendingOrder)
    chosen = [page.model.run(row).id for row in (9, 10, 15)]
    page.table.choose(chosen)
    page.table.verticalScrollBar().setValue(500)
    top = page.model.run(page.table.rowAt(0)).id
    before = titles(page)
    fill(library, 5, seed=3)
    library.rename(1, "AAA autoencoder")
    page.refresh()
    qtbot.waitUntil(lambda: page.model.count() == 45)
    assert titles(page) != before
    assert titles(page) == sorted(titles(page), key=str.casefold)
    assert set(page.table.chosen()) == set(chosen)
    assert page.model.run(page.table.rowAt(0)).id == top
    assert page.search.text() == "autoencoder"


def test_a_new_run_comes_into_sight_where_the_table_is_at_its_top(page: RunsPage, library: Library) -> None:
    fill(library, 1, seed=9)
    library.write([41], updated=time.time())
    page.refresh()
    assert page.model.run(page.table.rowAt(0)).id == 41


# -- others, and trouble ---------------------------------------------------


def test_what_another_program_writes_shows_up_by_itself(
    qtbot: QtBot, runs_page: RunsPage, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs_page.polling.setInterval(20)
    runs_page.set_library(library)

    def work() -> None:
        with Library(library.folder) as other:
            other.rename(train(other), "Trained elsewhere")

    elsewhere = Thread(target=work)
    elsewhere.start()
    qtbot.waitUntil(lambda: titles(runs_page) == ["Trained elsewhere"])
    qtbot.waitUntil(lambda: runs_page.model.run(0).state == "completed")
    elsewhere.join()
    assert runs_page.model.run(0).psnr == library.summary(1).psnr


def test_nothing_is_looked_for_while_the_page_is_hidden(page: RunsPage) -> None:
    assert page.polling.isActive()
    page.hide()
    assert not page.polling.isActive()


def test_a_library_that_cannot_be_written_is_told_in_a_sentence(page: RunsPage, library: Library) -> None:
    library.connection.execute("PRAGMA query_only = ON")
    page.table.choose([5])
    for act in (lambda: key(page, Qt.Key.Key_S), lambda: key(page, Qt.Key.Key_Delete)):
        before = len(alone(page).failures())
        act()
        said = alone(page).failures()[before:]
        assert said[0].startswith(f"The run library in {library.folder} failed")
        assert said[0].endswith(".")
    assert page.model.count() == 40


def test_a_library_that_was_closed_is_told_once(page: RunsPage, library: Library) -> None:
    library.close()
    page.refresh()
    page.refresh()
    page.feed.poll()
    said = alone(page).failures()
    assert len(said) == 1
    assert "closed" in said[0]


def test_another_library_takes_the_place_of_the_first(page: RunsPage, tmp_path_factory: pytest.TempPathFactory) -> None:
    page.table.choose([5])
    with Library(tmp_path_factory.mktemp("other")) as other:
        fill(other, 3)
        page.set_library(other)
        assert page.model.count() == 3
        assert not page.table.chosen()
        page.set_library(None)


# -- looks ---------------------------------------------------


def test_nothing_is_cut_off_in_a_small_window(qtbot: QtBot, page: RunsPage) -> None:
    page.resize(1012, 560)  # the window at its smallest
    page.table.choose([5])
    for found in page.findChildren(QAbstractButton):
        if found.objectName() in NAMES and found.isVisible() and found.text():
            assert found.width() >= found.sizeHint().width(), found.text()
            corner = found.mapTo(page, QPoint(found.width(), found.height()))
            assert corner.x() <= page.width(), found.text()


def test_the_details_can_be_put_away_for_a_wider_table(qtbot: QtBot, page: RunsPage) -> None:
    before = set(page.table.shown_columns())
    press(qtbot, page, "runSidebar")
    assert not page.details.isVisible()
    qtbot.waitUntil(lambda: set(page.table.shown_columns()) > before)


def test_the_page_follows_the_theme(qapp: QApplication, page: RunsPage) -> None:
    theme.apply(qapp, "light")
    page.table.choose([5])
    light = page.grab().toImage().pixelColor(400, 400).lightness()
    theme.apply(qapp, "dark")
    dark = page.grab().toImage().pixelColor(400, 400).lightness()
    theme.apply(qapp, "light")
    assert light > 200
    assert dark < 80


def test_dates_grow_old_while_the_page_is_shown(page: RunsPage, monkeypatch: pytest.MonkeyPatch) -> None:
    index = page.model.index(0, Column.TRAINED)
    assert page.model.data(index) == "1 min ago"
    later = page.model.run(0).updated + 7300
    monkeypatch.setattr("aestudio.qt.pages.runs.model.time.time", lambda: later)
    assert page.model.data(index) == "2 h ago"
    assert runs.POLL_MS <= 60_000
