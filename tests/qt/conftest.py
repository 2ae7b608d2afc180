"""The real window, offscreen, with settings of its own and everything stopped at the end."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QRect, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from aestudio.core.ground import folders, texts
from aestudio.core.library.catalogue import Library
from aestudio.qt import speaking, theme
from aestudio.qt.display import USUAL, display
from aestudio.qt.garbage import WindowThreadCollector
from aestudio.qt.pages.runs.page import RunsPage
from aestudio.qt.window import Window
from aestudio.studio.status import State
from tests.qt.listening import Alone, framed

PATIENCE, TURNS = 120_000, 6
"""Milliseconds after which a test waits no longer for anything: a guard, never a measure. On an idle machine each wait
ends in a tenth of it.
"""
for wait in (QtBot.waitUntil, QtBot.waitSignal, QtBot.waitSignals, QtBot.waitExposed, QtBot.waitActive):
    wait.__kwdefaults__ = {**(wait.__kwdefaults__ or {}), "timeout": PATIENCE}
ask_before_closing = Window.may_close
"""The question itself: no window of the tests asks it."""


def wait_until(condition: Callable[[], bool]) -> None:
    """Lets Qt work until the condition holds, where there is no qtbot."""
    until = time.monotonic() + PATIENCE / 1000
    while not condition():
        assert time.monotonic() < until, "The condition never held."
        loop = QEventLoop()  # QTest.qWait would keep the interpreter to itself, and threads stood still
        QTimer.singleShot(10, loop.quit)
        loop.exec()


def settle(window: QWidget) -> None:
    """Lets Qt work until nothing in a window moves any more: layouts within layouts take several turns."""
    seen: list[list[QRect]] = []

    def rests() -> bool:
        seen.append([one.geometry() for one in window.findChildren(QWidget) if one.isVisible()])
        return len(seen) > TURNS and all(one == seen[-1] for one in seen[-TURNS:])

    wait_until(rests)


@pytest.fixture(autouse=True)
def _every_test_begins_light_and_tidy(qapp: QApplication) -> Iterator[None]:
    """In English and the light theme, with no widget of the test before, and garbage collected in this thread."""
    theme.apply(qapp, "light")
    display().choose(**USUAL)
    theme.set_scale(qapp, 100)
    if qapp.findChild(WindowThreadCollector) is None:
        WindowThreadCollector(qapp)
    yield
    if texts.language() != texts.ENGLISH:
        speaking.use(texts.ENGLISH)
    QGuiApplication.clipboard().clear()  # offscreen it outlives Python, and crashes what was put there
    # Without an event loop closed widgets wait to be deleted, and every style sheet that is set dresses them again.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    gc.freeze()  # what is left are modules and caches: the next collection need not look at them again


@contextmanager
def opened_window(folder: Path) -> Iterator[Window]:
    """The main window with the first recipe and its data loaded; what it keeps goes into the folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folders, "settings", lambda: folder / "window.ini")
        patch.setattr(folders, "recipes", lambda: folder / "recipes")
        patch.setattr(folders, "log", lambda: folder / "state" / "aestudio.log")
        patch.setattr(Window, "may_close", lambda _self, _what: True)
        # A slow measure does not follow a training; on a busy machine every measure is slow.
        patch.setattr("aestudio.studio.inspect.inspection.CHEAP", PATIENCE)
        made = Window()
        made.resize(1280, 800)
        made.show()
        made.begin()
        wait_until(lambda: made.document.dataset is not None and made.document.status.state is State.READY)
        settle(made)
        try:
            yield made
        finally:
            made.close()
            made.deleteLater()
            assert made.shut(60)
            made.studio.tick()
            assert not made.document.status.running


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[Window]:
    """A new window with the first recipe and its data loaded."""
    with opened_window(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def one_window(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """One window for all tests of a module that begin by choosing a recipe, or only look at what is always there."""
    folder = tmp_path_factory.mktemp("window")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AESTUDIO_LIBRARY", str(folder / "library"))
        with opened_window(folder) as made:
            patch.undo()
            yield made
        del made
    gc.unfreeze()  # it was frozen with what its first test left


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """An empty run library."""
    with Library(tmp_path / "library") as made:
        yield made


@pytest.fixture
def runs_page(qtbot: QtBot) -> Iterator[RunsPage]:
    """The page of runs alone, shown, with no library yet; no thread of it is left at the end."""
    page = RunsPage(Alone())
    page.set_library(None)
    frame = framed(page)
    qtbot.addWidget(frame)
    frame.resize(1212, 720)
    with qtbot.waitExposed(frame):
        frame.show()
    yield page
    assert page.shut(60)
