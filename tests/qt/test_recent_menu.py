"""File > Open recent, in the real window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from aestudio.qt.pages.explore.page import ExplorePage
from aestudio.qt.window import Window
from aestudio.studio import recent
from tests.present import present


def menu(window: Window) -> QMenu:
    """As it is when it opens."""
    made = present(window.findChild(QMenu, "recentMenu"))
    made.aboutToShow.emit()
    return made


def said(window: Window) -> list[str]:
    return [one.text() for one in menu(window).actions() if not one.isSeparator()]


def test_a_picture_that_was_opened_is_opened_again_from_the_file_menu(
    qtbot: QtBot, window: Window, tmp_path: Path
) -> None:
    assert said(window) == ["Nothing yet"]
    file = present(window.menuBar().findChild(QMenu))
    places = [one.text() for one in file.actions()]
    assert places.index("Open &recent") == places.index("Use a &folder of images…") + 1
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        picture = tmp_path / folder / "a&b.png"
        Image.fromarray(np.full((8, 8), 100, np.uint8)).save(picture)
        window.open_path(str(picture))
    assert said(window) == ["a&&b.png — two", "a&&b.png — one", "Forget these"]
    page = window.page(ExplorePage)
    page.panes.close_tried()
    menu(window).actions()[1].trigger()
    qtbot.waitUntil(page.panes.has_tried)
    assert recent.used()[0].parent.name == "one"
    menu(window).actions()[-1].trigger()
    assert said(window) == ["Nothing yet"]
    window.speak("ko")
    assert "최근" in menu(window).title()
    window.speak("en")
