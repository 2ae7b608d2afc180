"""The real window, offscreen, with settings of its own and everything stopped at the end."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from aestudio.core import folders
from aestudio.qt.garbage import WindowThreadCollector
from aestudio.qt.main_window import MainWindow
from aestudio.qt.status import State

PATIENCE = 60_000
"""Milliseconds that a condition may take on a busy machine."""


@pytest.fixture(autouse=True)
def _garbage_is_collected_in_this_thread(qapp: QApplication) -> Iterator[None]:
    if qapp.findChild(WindowThreadCollector) is None:
        WindowThreadCollector(qapp)
    yield
    gc.collect()


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
