"""Settings are kept as a recipe of one's own, and stand among the others."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QInputDialog
from pytestqt.qtbot import QtBot

from aestudio.core.run import recipes
from aestudio.qt.pages.explore.page import ExplorePage
from aestudio.qt.pages.explore.recipe_chooser import RecipeChooser
from aestudio.qt.pages.start.page import StartPage
from aestudio.qt.window import Window
from tests.present import present


def save_as(window: Window, title: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QInputDialog, "getText", lambda *_given, **_named: (title, True))
    window.action("saveRecipe").trigger()


def test_a_saved_recipe_stands_on_start_and_in_the_list_and_brings_its_settings_back(
    qtbot: QtBot, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.document.set_value("epochs", 7)
    save_as(window, "  Mine: seven ", monkeypatch)
    kept = recipes.everything()["mine-seven"]
    assert kept.run().epochs == 7
    assert window.document.run.title == kept.title == "Mine: seven"
    chooser = present(window.page(ExplorePage).findChild(RecipeChooser))
    assert (chooser.currentText(), chooser.currentData()) == ("Mine: seven", "mine-seven")
    start = window.page(StartPage)
    window.show_page(start)
    qtbot.waitUntil(lambda: start.cards["mine-seven"].isVisible())
    start.choose("linear")
    start.choose("mine-seven")
    qtbot.waitUntil(lambda: window.document.run.epochs == 7)
    window.document.set_value("epochs", 8)
    save_as(window, "Mine: seven", monkeypatch)  # in its place
    assert recipes.everything()["mine-seven"].run().epochs == 8
    assert not window.notices.isVisible() or window.notices.severity() != "error"


@pytest.mark.parametrize("title", ["", "  ", "Contractive autoencoder"])
def test_no_title_and_that_of_a_shipped_recipe_are_refused_in_a_sentence(
    window: Window, monkeypatch: pytest.MonkeyPatch, title: str
) -> None:
    before = recipes.everything()
    save_as(window, title, monkeypatch)
    assert window.notices.severity() == "error"
    assert recipes.everything() == before


def test_a_title_whose_letters_are_a_shipped_name_takes_another_file(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = recipes.find("linear").path
    save_as(window, "Linear!", monkeypatch)
    assert recipes.find("linear").path == shipped
    assert recipes.find("linear-2").title == "Linear!"
