"""The card What to look at: lines that stand still, figures that come, and a way to what shows them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QToolButton
from pytestqt.qtbot import QtBot

from aestudio.qt.pages.explore.claims_card import ClaimsCard
from aestudio.qt.pages.explore.page import ExplorePage
from aestudio.qt.pages.inspect.page import InspectPage
from aestudio.qt.window import Window
from aestudio.studio.events import RunChanged
from tests.present import present


def card_of(window: Window) -> ClaimsCard:
    window.show_page(window.page(ExplorePage))
    return present(window.findChild(ClaimsCard))


def choose(qtbot: QtBot, window: Window, name: str) -> None:
    window.document.choose_recipe(name)
    qtbot.waitUntil(lambda: window.document.status.can_train)
    assert present(window.findChild(QComboBox, "recipeChooser")).currentData() is not None


def look_buttons(card: ClaimsCard) -> list[QToolButton]:
    return [one for one in card.findChildren(QToolButton) if one.isVisibleTo(card)]


def laid_out(card: ClaimsCard) -> bool:
    """Every line stands below the one before it, and all within the card."""
    buttons = look_buttons(card)
    if len(buttons) != len(card.texts()) or any(one.y() >= other.y() for one, other in pairwise(buttons)):
        return False
    return card.rect().contains(buttons[-1].mapTo(card, buttons[-1].rect().bottomRight()))


def test_figures_come_while_it_trains_and_nothing_moves(qtbot: QtBot, window: Window) -> None:
    choose(qtbot, window, "sparse-denoising-contractive")
    card = card_of(window)
    qtbot.waitUntil(lambda: len(card.texts()) == len(window.document.run.claims))
    assert {now for now, _ in card.texts()} == {"–"}
    qtbot.waitUntil(lambda: laid_out(card))
    before = card.height()
    window.document.set_value("epochs", 2)
    window.document.train()
    qtbot.waitUntil(lambda: "–" not in {now for now, _ in card.texts()})
    qtbot.waitUntil(lambda: not window.document.status.running)
    assert card.texts()[2][1].endswith(" dB")
    assert card.height() == before


@pytest.mark.parametrize(("width", "height"), [(796, 796), (1280, 800)])
@pytest.mark.slow
def test_every_sentence_is_seen_whole_at_any_width(qtbot: QtBot, window: Window, width: int, height: int) -> None:
    window.resize(width, height)
    card = card_of(window)

    def whole() -> bool:
        sentences = [one for one in card.findChildren(QLabel) if one.wordWrap() and one.isVisibleTo(card)]
        fits = all(one.height() >= one.heightForWidth(one.width()) for one in sentences)
        return len(sentences) == len(card.texts()) and fits and laid_out(card)

    for name in ("sparse-kl", "sparse-denoising-contractive"):
        choose(qtbot, window, name)
        for language in ("en", "ko"):
            window.speak(language)
            card.section.set_open(True)
            qtbot.waitUntil(whole)
    window.speak("en")


def test_the_glass_leads_to_the_panel_that_shows_it(qtbot: QtBot, window: Window) -> None:
    choose(qtbot, window, "linear")
    window.document.set_value("epochs", 1)
    window.document.train()
    qtbot.waitUntil(lambda: not window.document.status.running and window.document.status.trained)
    (button,) = look_buttons(card_of(window))
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    inspect = window.page(InspectPage)
    assert window.shown is inspect
    assert type(inspect.panel).__module__.endswith(".twin")


def test_the_glass_of_a_sparsity_shows_the_units_means(qtbot: QtBot, window: Window) -> None:
    page = window.page(ExplorePage)
    qtbot.mouseClick(look_buttons(card_of(window))[1], Qt.MouseButton.LeftButton)
    assert window.shown is page
    assert page.histogram.per_unit()


def test_folded_it_says_how_many_are_reached(qtbot: QtBot, window: Window) -> None:
    card = card_of(window)
    card.section.set_open(False)
    assert card.section.header.summary() == "0 of 2 reached"
    qtbot.waitUntil(lambda: card.height() < 60)


def test_a_run_without_claims_has_no_card(qtbot: QtBot, window: Window) -> None:
    card = card_of(window)
    assert card.isVisible()
    card.read(RunChanged(window.document.run.model_copy(update={"claims": ()})))
    assert not card.isVisible()
