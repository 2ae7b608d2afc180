"""The list of recipes on Explore: chapters that cannot be chosen, hints, and the one to try next."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

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
