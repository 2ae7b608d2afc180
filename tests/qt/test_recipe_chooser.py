"""What Explore trains on and with: the list of recipes, chapters that cannot be chosen, hints, the one to try next, and
the list of data.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from aestudio.core.data.paths import data_from_path
from aestudio.core.run.recipes import chapters, everything
from aestudio.qt.pages.explore.page import ExplorePage
from aestudio.qt.pages.explore.recipe_chooser import HINT
from aestudio.qt.window import Window
from tests.studio.test_start import of


def test_recipes_stand_under_their_chapters_and_the_arrow_keys_skip_those(qtbot: QtBot, window: Window) -> None:
    chooser = window.page(ExplorePage).setup.recipe
    wanted = []
    for chapter, found in chapters(everything().values()).items():
        wanted += [chapter, *(recipe.title for recipe in found)]
    assert [chooser.itemText(row) for row in range(chooser.count())] == wanted
    window.document.choose_recipe("deep-greedy")
    chooser.setFocus()
    qtbot.keyClick(chooser, Qt.Key.Key_Down)
    assert chooser.currentData() == "sparse-l1"


def test_the_open_list_tells_the_data_and_once_it_is_known_the_time(window: Window) -> None:
    chooser = window.page(ExplorePage).setup.recipe
    row = chooser.findData("deep-greedy")
    chooser.show_hints()
    assert "about" not in chooser.itemData(row, HINT)
    assert "etters" in chooser.itemData(row, HINT)
    chooser._runs = lambda: [of("linear", speed=1)]
    chooser.show_hints()
    assert " · about " in chooser.itemData(row, HINT)


def test_the_next_recipe_to_try_is_one_click_away_but_not_while_training(qtbot: QtBot, window: Window) -> None:
    setup = window.page(ExplorePage).setup
    after = everything()[everything()["sparse-kl"].next]
    assert after.title in setup.next.text()
    window.document.train()
    assert not setup.next.isEnabled()
    window.document.stop()
    qtbot.waitUntil(setup.next.isEnabled)
    qtbot.mouseClick(setup.next, Qt.MouseButton.LeftButton)
    assert window.document.run.title == after.title
    assert everything()[after.next].title in setup.next.text()


def test_a_folder_of_grey_images_is_grey_though_it_was_chosen_in_the_list(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        Image.fromarray(np.full((28, 28), 60 * number, np.uint8)).save(tmp_path / f"{number}.png")
    setup = window.page(ExplorePage).setup
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    setup.data.activated.emit(setup.data.findData("folder"))
    assert window.document.run.data == data_from_path(tmp_path)
    assert not window.document.run.data.colour  # type: ignore[attr-defined]
