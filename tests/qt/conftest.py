"""The real window, offscreen, with settings of its own and everything stopped at the end."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from aestudio.core.ground import folders
from aestudio.core.library.catalogue import Library
from aestudio.qt.garbage import WindowThreadCollector
from aestudio.qt.main_window import MainWindow
from aestudio.qt.pages.runs import RunsPage
from aestudio.qt.status import State

PATIENCE = 60_000
"""Milliseconds that a condition may take on a busy machine."""


@pytest.fixture(autouse=True)
def _garbage_is_collected_in_this_thread(qapp: QApplication) -> Iterator[None]:
    if qapp.findChild(WindowThreadCollector) is None:
        WindowThreadCollector(qapp)
    yield
    # Without an event loop closed widgets wait to be deleted, and every style sheet that is set dresses them again.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    gc.freeze()  # what is left are modules and caches: the next collection need not look at them again


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    """The main window with the first recipe and its data loaded."""
    monkeypatch.setattr(folders, "settings", lambda: tmp_path / "window.ini")
    monkeypatch.setattr(folders, "recipes", lambda: tmp_path / "recipes")
    monkeypatch.setattr(MainWindow, "may_close", lambda _self: True)
    made = MainWindow()
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    made.begin()
    qtbot.waitUntil(
        lambda: made.session.dataset is not None and made.session.status.state is State.READY, timeout=PATIENCE
    )
    yield made
    assert made.session.close()
    qtbot.waitUntil(lambda: not made.session.status.running, timeout=PATIENCE)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """An empty run library."""
    with Library(tmp_path / "library") as made:
        yield made


@pytest.fixture
def runs_page(qtbot: QtBot) -> Iterator[RunsPage]:
    """The page of runs alone, shown, with no library yet; no thread of it is left at the end."""
    page = RunsPage()
    qtbot.addWidget(page)
    page.resize(1212, 720)
    with qtbot.waitExposed(page):
        page.show()
    yield page
    assert page.shut()
