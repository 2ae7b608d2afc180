"""What a person does to runs: opening, renaming, starring, noting, deleting, and taking it back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from aestudio.core.library import kept_epochs
from aestudio.core.library.catalogue import Library
from aestudio.qt.menus import menu_of
from aestudio.qt.pages.runs.page import RunsPage
from aestudio.studio.runs.rows import Column, Which
from aestudio.studio.runs.words import NONE
from tests.many_runs import fill
from tests.present import present
from tests.qt.listening import alone
from tests.qt.runs_page import again, button, hint, key, press, titles


@pytest.fixture
def page(runs_page: RunsPage, library: Library) -> RunsPage:
    """Forty runs, of which nothing is chosen."""
    fill(library, 40)
    runs_page.set_library(library)
    runs_page.studio.shelf.library = library
    return runs_page


# -- what a person does ---------------------------------------------------


def test_enter_and_a_double_click_open_a_run(qtbot: QtBot, page: RunsPage) -> None:
    number = page.model.run(2).id
    page.table.choose([number])
    key(page, Qt.Key.Key_Return)
    assert alone(page).asked == [("open_run", number)]
    where = page.table.visualRect(page.model.index(1, Column.TITLE)).center()
    qtbot.mouseDClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert alone(page).asked[1:] == [("open_run", page.model.run(1).id)]


@pytest.mark.parametrize(
    ("name", "intent"),
    [
        ("openRunButton", "open_run"),
        ("againRunButton", "train_again"),
        ("exportRunButton", "model"),
        ("curvesRunButton", "curves"),
    ],
)
def test_a_button_is_for_the_chosen_run(
    qtbot: QtBot, page: RunsPage, monkeypatch: pytest.MonkeyPatch, name: str, intent: str
) -> None:
    asked = alone(page).asked
    for what in ("model", "curves"):
        monkeypatch.setattr(page.studio.shelf, what, lambda number, what=what: asked.append((what, number)))
    page.table.choose([11])
    press(qtbot, page, name)
    assert asked == [(intent, 11)]


def test_a_run_that_kept_its_best_epoch_says_which(page: RunsPage, library: Library) -> None:
    kept_epochs.write(library.connection, 3, library.summary(3).step, 7)
    page.refresh()
    page.table.choose([3])
    assert page.details.about.fact("Weights of epoch") == "7"
    page.table.choose([4])
    assert page.details.about.fact("Weights of epoch") == NONE


def test_only_a_run_with_a_checkpoint_can_be_continued_and_others_say_why_not(
    qtbot: QtBot, page: RunsPage, library: Library
) -> None:
    library.write([1], checkpoint_step=5, state="stopped")
    library.write([2], checkpoint_step=None, state="stopped")
    library.write([3], checkpoint_step=5, state="training")
    page.refresh()
    page.table.choose([1])
    press(qtbot, page, "continueRunButton")
    assert alone(page).asked == [("continue_run", 1)]
    for number, why in ((2, "no checkpoint"), (3, "training now")):
        page.table.choose([number])
        assert not button(page, "continueRunButton").isEnabled()
        assert why in button(page, "continueRunButton").toolTip()


def test_the_context_menu_offers_what_the_buttons_do_with_their_keys(
    qtbot: QtBot, page: RunsPage, library: Library
) -> None:
    library.write([1], checkpoint_step=None, state="completed", starred=1)
    page.refresh()
    page.table.choose([1])
    menu = menu_of(page.commands.all(), page)
    offered = {
        action.text().split("\t")[0]: action for action in menu.actions() if action.isVisible() and action.text()
    }
    assert list(offered) == [
        "Open",
        "Compare in Explore",
        "Draw behind the losses",
        "Continue",
        "Train again with changes…",
        "Rename",
        "Take the star away",
        "Tags…",
        "Export…",
        "Curves as CSV…",
        "Table as CSV…",
        "Delete",
    ]
    assert offered["Rename"].text().endswith("\tF2")
    assert not offered["Continue"].isEnabled()
    offered["Train again with changes…"].trigger()
    assert alone(page).asked == [("train_again", 1)]
    menu.deleteLater()


def test_a_right_click_asks_for_the_menu(qtbot: QtBot, page: RunsPage) -> None:
    page.table.menu_asked.disconnect(page.ask_what)  # the menu would wait for a mouse
    page.table.choose([page.model.run(0).id])
    where = QPoint(300, 30)
    asks = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, where, page.table.viewport().mapToGlobal(where))
    with qtbot.waitSignal(page.table.menu_asked) as asked:
        QApplication.sendEvent(page.table.viewport(), asks)
    assert asked.args == [page.table.viewport().mapToGlobal(where)]


def test_f2_renames_in_place_and_the_library_keeps_it(qtbot: QtBot, page: RunsPage, library: Library) -> None:
    starred = library.summary(30).starred
    page.table.choose([30])
    key(page, Qt.Key.Key_F2)
    box = page.table.findChild(QLineEdit, "titleEditor")
    assert box is not None
    QTest.keyClicks(box, "s for a better title")  # letters are no commands while a title is typed
    QTest.keyClick(box, Qt.Key.Key_Return)
    with again(library) as other:
        qtbot.waitUntil(lambda: other.summary(30).title == "s for a better title")
        assert other.summary(30).starred == starred
    assert "s for a better title" in titles(page)


def test_an_empty_title_is_refused_in_a_sentence(qtbot: QtBot, page: RunsPage, library: Library) -> None:
    before = library.summary(30).title
    page.table.choose([30])
    press(qtbot, page, "renameButton")
    box = page.table.findChild(QLineEdit, "titleEditor")
    assert box is not None
    box.clear()
    QTest.keyClick(box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(alone(page).failures()))
    assert "needs a title" in alone(page).failures()[-1]
    assert library.summary(30).title == before


def test_a_click_on_the_star_and_s_give_it_and_take_it(qtbot: QtBot, page: RunsPage, library: Library) -> None:
    run = next(run for run in page.model.rows() if not run.starred)
    row = present(page.model.row_of(run.id))
    page.table.scrollTo(page.model.index(row, Column.TITLE))
    where = page.table.visualRect(page.model.index(row, Column.STAR)).center()
    qtbot.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    with again(library) as other:
        assert other.summary(run.id).starred
        assert not page.table.chosen()
        page.table.choose([run.id])
        key(page, Qt.Key.Key_S)
        assert not other.summary(run.id).starred
        press(qtbot, page, "starButton")
        assert other.summary(run.id).starred


def test_s_gives_all_a_star_before_it_takes_any(page: RunsPage, library: Library) -> None:
    library.write(range(1, 41), starred=0)
    library.star([4])
    page.refresh()
    page.table.choose([4, 5])
    key(page, Qt.Key.Key_S)
    assert library.summary(4).starred
    assert library.summary(5).starred
    key(page, Qt.Key.Key_S)
    assert not library.summary(4).starred


# -- notes ---------------------------------------------------


def test_a_note_is_saved_after_a_pause_without_a_button(qtbot: QtBot, page: RunsPage, library: Library) -> None:
    page.table.choose([8])
    note = page.details.about.note
    note.pause.setInterval(10)
    note.setPlainText("")
    QTest.keyClicks(note, "worth a second look")
    with again(library) as other:
        qtbot.waitUntil(lambda: other.summary(8).note == "worth a second look")
    assert page.model.run(present(page.model.row_of(8))).note == "worth a second look"


def test_a_note_is_saved_when_another_run_is_chosen_and_when_the_page_goes(page: RunsPage, library: Library) -> None:
    page.table.choose([8])
    page.details.about.note.setPlainText("first")
    page.table.choose([9])
    assert library.summary(8).note == "first"
    page.details.about.note.setPlainText("second")
    page.hide()
    assert library.summary(9).note == "second"
    page.show()
    page.details.about.note.setPlainText("third")
    assert page.shut(60)
    assert library.summary(9).note == "third"


def test_a_refresh_leaves_alone_what_is_being_typed(page: RunsPage, library: Library) -> None:
    page.table.choose([8])
    page.details.about.note.setPlainText("half a sen")
    library.write([8], note="from elsewhere", step=1)
    page.refresh()
    assert page.details.about.note.toPlainText() == "half a sen"


def test_a_note_from_another_window_is_shown(page: RunsPage, library: Library) -> None:
    page.table.choose([8])
    library.annotate(8, "from elsewhere")
    page.refresh()
    assert page.details.about.note.toPlainText() == "from elsewhere"


# -- the trash ---------------------------------------------------


def test_delete_moves_to_the_trash_and_undo_brings_back(qtbot: QtBot, page: RunsPage, library: Library) -> None:
    gone = [page.model.run(row).id for row in (2, 3)]
    after = page.model.run(4).id
    page.table.choose(gone)
    key(page, Qt.Key.Key_Delete)
    assert {run.id for run in library.runs(trashed=True)} == set(gone)
    assert page.model.count() == 38
    assert page.table.chosen() == [after]
    assert page.undo_bar.text() == "Moved 2 runs to the trash."
    page.undo_bar.acted.emit()
    assert not library.runs(trashed=True)
    assert set(page.table.chosen()) == set(gone)


def test_ctrl_z_takes_back_one_deletion_after_the_other(qtbot: QtBot, page: RunsPage, library: Library) -> None:
    page.table.setFocus()
    qtbot.waitUntil(page.table.hasFocus)
    for number in (12, 13):
        page.table.choose([number])
        key(page, Qt.Key.Key_Delete)
    for left in ({12}, set()):
        QTest.keySequence(page.table, QKeySequence("Ctrl+Z"))
        assert {run.id for run in library.runs(trashed=True)} == left
    QTest.keySequence(page.table, QKeySequence("Ctrl+Z"))
    assert len(library.runs()) == 40


def test_the_trash_is_shown_and_a_run_restored_from_it(qtbot: QtBot, page: RunsPage, library: Library) -> None:
    library.trash([5, 6])
    page.search.choose(Which.TRASH)
    assert [run.id for run in page.model.rows()] == [6, 5]
    assert page.search.count_text() == "2 runs in the trash"
    page.table.choose([5])
    assert not button(page, "openRunButton").isVisible()
    assert button(page, "restoreRunButton").isVisible()
    press(qtbot, page, "restoreRunButton")
    assert "Restored" in alone(page).news()[-1]
    assert [run.id for run in library.runs(trashed=True)] == [6]
    page.search.choose(Which.ALL)
    assert page.model.row_of(5) is not None
    assert page.model.row_of(6) is None


def test_emptying_the_trash_asks_first_and_then_deletes_for_good(
    qtbot: QtBot, page: RunsPage, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.trash([5, 6])
    page.search.choose(Which.TRASH)
    asked: list[int] = []
    monkeypatch.setattr(page.commands, "may_empty", lambda count: bool(asked.append(count)))
    press(qtbot, page, "emptyRunButton")
    assert asked == [2]
    assert len(library.runs(trashed=True)) == 2
    monkeypatch.setattr(page.commands, "may_empty", lambda _count: True)
    press(qtbot, page, "emptyRunButton")
    qtbot.waitUntil(lambda: bool(alone(page).news()))
    assert alone(page).news() == ["Deleted 2 runs for good."]
    assert not library.runs(trashed=True)
    assert len(library.runs()) == 38
    assert "The trash is empty" in hint(page)
    assert not button(page, "emptyRunButton").isEnabled()


def test_a_run_that_trains_cannot_be_deleted(qtbot: QtBot, page: RunsPage, library: Library) -> None:
    library.write([5], state="training")
    page.refresh()
    page.table.choose([5])
    assert "stop it first" in button(page, "trashRunButton").toolTip()
    key(page, Qt.Key.Key_Delete)
    assert not library.runs(trashed=True)
    library.write([5], state="completed")
    page.refresh()
    library.write([5], state="training")  # and the page does not know it yet
    key(page, Qt.Key.Key_Delete)
    assert "stop it first" in alone(page).failures()[-1]


def test_the_last_run_can_be_deleted_and_brought_back_by_keys(
    qtbot: QtBot, runs_page: RunsPage, library: Library
) -> None:
    fill(library, 1)
    runs_page.set_library(library)
    runs_page.table.setFocus()
    qtbot.waitUntil(runs_page.table.hasFocus)
    runs_page.table.choose([1])
    key(runs_page, Qt.Key.Key_Delete)
    assert not library.runs()
    focused = QApplication.focusWidget()
    assert focused is runs_page.search.box
    QTest.keySequence(focused, QKeySequence("Ctrl+Z"))
    assert [run.id for run in library.runs()] == [1]
