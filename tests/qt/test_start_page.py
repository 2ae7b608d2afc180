"""The start page: cards that choose recipes, what was done last, and the ways to leave it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QPushButton
from pytestqt.qtbot import QtBot

from aestudio.core.run.recipes import chapters, everything
from aestudio.core.run.run import Run
from aestudio.qt.pages.explore.page import ExplorePage
from aestudio.qt.pages.start.page import StartPage
from aestudio.qt.preferences import Preferences
from aestudio.qt.window import Window
from aestudio.studio import recent
from aestudio.studio.status import State
from tests.present import present


@pytest.fixture
def start(window: Window) -> StartPage:
    window.greet()
    page = window.page(StartPage)
    assert window.shown is page
    return page


def test_every_recipe_has_a_card_with_its_sentence_under_its_chapter(start: StartPage) -> None:
    assert list(start.cards) == list(everything())
    for name, recipe in everything().items():
        assert start.cards[name].title.text() == recipe.title
        assert start.cards[name].summary.text() == recipe.summary
    tops = [start.cards[found[0].name].mapTo(start, start.cards[found[0].name].rect().topLeft()).y()
            for found in chapters(everything().values()).values()]  # fmt: skip
    assert tops == sorted(set(tops))


def test_a_card_chooses_its_recipe_and_shows_where_it_is_trained(
    qtbot: QtBot, window: Window, start: StartPage
) -> None:
    qtbot.mouseClick(start.cards["linear"], Qt.MouseButton.LeftButton)
    assert isinstance(window.shown, ExplorePage)
    assert window.document.run.title == everything()["linear"].title


@pytest.mark.parametrize("way", ["Esc", "button"])
def test_one_key_or_click_leaves_the_page(qtbot: QtBot, window: Window, start: StartPage, way: str) -> None:
    if way == "Esc":
        window.activateWindow()
        qtbot.keyClick(window, Qt.Key.Key_Escape)
    else:
        qtbot.mouseClick(start.leave, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: isinstance(window.shown, ExplorePage))
    assert window.document.run.title == everything()["sparse-kl"].title


def test_a_training_that_begins_by_its_key_is_shown(qtbot: QtBot, window: Window, start: StartPage) -> None:
    window.action("train").trigger()
    qtbot.waitUntil(lambda: isinstance(window.shown, ExplorePage))
    assert window.document.status.running


def test_the_other_pages_keep_their_keys_and_start_has_one_of_its_own(window: Window) -> None:
    keys = {page.name: key for page, key in window.keys.items()}
    assert (keys["start"], keys["explore"], keys["runs"]) == ("Alt+Home", "Ctrl+1", "Ctrl+6")


def test_who_does_not_want_the_page_is_not_greeted_again(qtbot: QtBot, window: Window) -> None:
    window.ask_preferences()
    dialog = present(window.findChild(Preferences))
    box = present(dialog.findChild(QCheckBox, "greets"))
    assert box.isChecked()
    box.click()
    dialog.buttons.button(dialog.buttons.StandardButton.Ok).click()
    window.greet()
    assert isinstance(window.shown, ExplorePage)
    assert not window.habits.greets


def test_a_training_is_found_again_and_tells_how_long_every_recipe_takes(
    qtbot: QtBot, window: Window, start: StartPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert all(not card.time.text() for card in start.cards.values())
    start.choose("linear")
    qtbot.waitUntil(lambda: window.document.dataset is not None and window.document.status.can_train)
    monkeypatch.setattr("aestudio.studio.start.ENOUGH_SECONDS", 0.0)
    window.document.train()
    qtbot.waitUntil(lambda: (seen := window.document.shown.preview) is not None and seen.step > 60)
    window.document.stop()
    qtbot.waitUntil(lambda: window.document.status.state is State.READY)
    window.show_page(start)
    assert all(card.time.text().startswith("about ") for card in start.cards.values())
    row = present(next((one for one in start.recent.findChildren(QPushButton) if "Linear" in one.text()), None))
    assert re.search(rf"\nstep {present(window.document.shown.preview).step:,} · (just now|\d+ min ago)$", row.text())
    window.document.choose_recipe("contractive")
    qtbot.mouseClick(row, Qt.MouseButton.LeftButton)
    assert isinstance(window.shown, ExplorePage)
    assert window.document.run.title == everything()["linear"].title


def test_a_folder_that_was_used_is_one_click_away(
    qtbot: QtBot, window: Window, start: StartPage, tmp_path: Path
) -> None:
    folder = tmp_path / "my pictures"
    folder.mkdir()
    recent.note(folder)
    start.refresh()
    row = present(next((one for one in start.recent.findChildren(QPushButton) if one.text() == folder.name), None))
    with qtbot.waitSignal(start.path_wanted) as wanted:
        qtbot.mouseClick(row, Qt.MouseButton.LeftButton)
    assert wanted.args == [str(folder)]
    assert isinstance(window.shown, ExplorePage)


def test_a_window_where_nothing_was_chosen_yet_is_called_by_no_run_until_it_trains(
    qtbot: QtBot, window: Window
) -> None:
    assert window.windowTitle()
    window.document.start_from(Run())
    assert not window.windowTitle()
    qtbot.waitUntil(lambda: window.document.status.can_train)
    window.document.train()
    assert window.windowTitle() == f"{Run().title} (training)"
