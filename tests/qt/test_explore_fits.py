"""The page Explore at the size that the window opens with."""

from __future__ import annotations

from PySide6.QtWidgets import QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from aestudio.qt.pages.explore.page import ExplorePage
from aestudio.qt.window import Window
from tests.present import present


def test_pictures_and_plots_are_seen_without_scrolling(qtbot: QtBot, window: Window) -> None:
    page = present(window.findChild(ExplorePage))
    window.resize(1280, 800)
    window.show()
    window.document.train()
    qtbot.waitUntil(lambda: window.document.preview is not None)
    middle: QWidget | None = page.down
    while not isinstance(middle, QScrollArea):
        middle = present(middle).parentWidget()
    bar = middle.verticalScrollBar()
    qtbot.waitUntil(lambda: page.losses.isVisible() and bar.maximum() == 0)
