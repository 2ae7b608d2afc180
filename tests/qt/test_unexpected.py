"""An error that nobody foresaw is told in one dialog, and what goes on goes on."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from aestudio.core.ground import folders, journal
from aestudio.qt.page import Page
from aestudio.qt.unexpected import Telling
from aestudio.qt.window import Window
from aestudio.studio.events import Told
from aestudio.studio.status import State
from tests.present import present
from tests.qt.conftest import opened_window
from tests.qt.test_window import stop, train


@pytest.fixture
def uncaught(window: Window, monkeypatch: pytest.MonkeyPatch) -> Window:
    """A window whose uncaught errors go where they go in the program, and not to the test."""
    monkeypatch.setattr(sys, "excepthook", lambda _kind, error, _trace: journal.note(error))
    monkeypatch.setattr(threading, "excepthook", lambda given: journal.note(given.exc_value))
    return window


def told(window: Window) -> list[Telling]:
    return window.findChildren(Telling)


def press(telling: Telling, words: str) -> None:
    next(one for one in telling.buttons.buttons() if one.text().replace("&", "") == words).click()


def step(window: Window) -> int:
    assert window.document.preview is not None
    return window.document.preview.step


def stumble() -> None:
    raise KeyError("nobody foresaw this")


def test_a_slot_that_raises_while_training_leaves_the_training_running_and_says_so(
    qtbot: QtBot, uncaught: Window
) -> None:
    train(qtbot, uncaught)
    QTimer.singleShot(0, uncaught, stumble)
    qtbot.waitUntil(lambda: len(told(uncaught)) == 1)
    telling = told(uncaught)[0]
    assert "nobody foresaw this" in telling.sentence
    assert telling.kept == "The training goes on, and the run library keeps it."
    assert "in stumble" in telling.details.toPlainText()
    before = step(uncaught)
    qtbot.waitUntil(lambda: step(uncaught) > before)
    press(telling, "Go on")
    qtbot.waitUntil(lambda: not told(uncaught))
    assert uncaught.document.status.state is State.TRAINING
    stop(qtbot, uncaught)


def test_a_page_that_raises_keeps_no_other_page_and_no_training_from_what_is_told(
    qtbot: QtBot, uncaught: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, last = uncaught.pages[0], uncaught.pages[-1]
    heard: list[Told] = []

    def read(page: Page, event: Told) -> None:
        raise KeyError("this page cannot")

    monkeypatch.setattr(type(first), "read", read)
    monkeypatch.setattr(type(last), "read", lambda _page, event: heard.append(event))
    train(qtbot, uncaught)
    stop(qtbot, uncaught)  # it comes to its end
    assert heard
    qtbot.waitUntil(lambda: len(told(uncaught)) == 1)


def test_a_thread_that_raises_is_told_in_the_window(qtbot: QtBot, uncaught: Window) -> None:
    thread = threading.Thread(target=stumble)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: len(told(uncaught)) == 1)
    assert "Every training is kept" in told(uncaught)[0].kept


def test_errors_that_come_together_are_one_dialog_and_the_same_again_is_a_notice(
    qtbot: QtBot, uncaught: Window
) -> None:
    def other() -> None:
        raise ValueError("another one")

    for slot in (stumble, stumble, other):
        QTimer.singleShot(0, uncaught, slot)
    qtbot.waitUntil(lambda: bool(told(uncaught)) and "another one" in told(uncaught)[0].details.toPlainText())
    assert len(told(uncaught)) == 1
    press(told(uncaught)[0], "Go on")
    qtbot.waitUntil(lambda: not told(uncaught))
    QTimer.singleShot(0, uncaught, stumble)
    qtbot.waitUntil(lambda: "happened again" in uncaught.notices.text())
    assert not told(uncaught)


def test_quit_closes_the_window(qtbot: QtBot, uncaught: Window) -> None:
    QTimer.singleShot(0, uncaught, stumble)
    qtbot.waitUntil(lambda: len(told(uncaught)) == 1)
    press(told(uncaught)[0], "Quit")
    qtbot.waitUntil(lambda: not uncaught.isVisible())


def test_details_are_copied_and_reports_saved_without_the_person_s_folders(
    qtbot: QtBot, uncaught: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "report.txt"), ""))

    def stumble_over_file() -> None:
        raise KeyError(str(tmp_path / "secret.png"))

    QTimer.singleShot(0, uncaught, stumble_over_file)
    qtbot.waitUntil(lambda: len(told(uncaught)) == 1)
    press(told(uncaught)[0], "Copy details")
    said = QGuiApplication.clipboard().text()
    assert "KeyError: '<path>.png'" in said
    assert str(tmp_path) not in said
    press(told(uncaught)[0], "Save report…")
    assert "Device: " in (tmp_path / "report.txt").read_text(encoding="utf-8")


def test_after_a_crash_the_next_start_offers_the_report_once(qtbot: QtBot, tmp_path: Path) -> None:
    crash = tmp_path / "state" / "crash-999999999-0.txt"  # a process that no system has
    crash.parent.mkdir()
    crash.write_text('Fatal Python error: Aborted\n\n  File "somewhere.py", line 3 in break_off\n')
    with opened_window(tmp_path) as window:
        telling = told(window)[0]
        assert "ended unexpectedly" in telling.sentence
        assert "in break_off" in telling.details.toPlainText()
        press(telling, "Close")
        assert not crash.exists()
    with opened_window(tmp_path) as window:
        assert not told(window)


def test_about_names_the_log(window: Window) -> None:
    window.action("about").trigger()
    dialog = present(window.findChild(QDialog, "about"))
    assert any(str(folders.log()) in one.text() for one in dialog.findChildren(QLabel))


def test_a_window_that_is_gone_without_having_been_closed_hears_of_nothing(
    qtbot: QtBot, uncaught: Window, caplog: pytest.LogCaptureFixture
) -> None:
    other = Window()
    other.shut(60)
    other.deleteLater()
    QCoreApplication.sendPostedEvents(other, QEvent.Type.DeferredDelete)
    QTimer.singleShot(0, uncaught, stumble)
    qtbot.waitUntil(lambda: len(told(uncaught)) == 1)
    assert "could not be told" not in caplog.text
