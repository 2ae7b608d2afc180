"""A window that is open follows another language: what is shown is looked up anew, what goes on is not disturbed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QLabel, QLineEdit, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from aestudio.core.ground import texts
from aestudio.core.ground.errors import StudioError
from aestudio.core.ground.texts import say
from aestudio.core.training.every import Every
from aestudio.qt.pages.denoise.page import DenoisePage
from aestudio.qt.pages.explore.page import ExplorePage
from aestudio.qt.pages.inspect.page import InspectPage
from aestudio.qt.preferences import Preferences
from aestudio.qt.widgets.equation_view import EquationView
from aestudio.qt.widgets.legend import Legend, LegendEntry
from aestudio.qt.window import Window
from aestudio.studio.notice import Noted
from aestudio.studio.runs.words import counted
from tests.qt.conftest import opened_window
from tests.qt.plotting import zoomed
from tests.qt.test_window import stop, train
from tests.translated import Q, everything, quoted, translations, write

__all__ = ["everything", "translations"]
CITED = (EquationView, QLabel)
"""Their tooltips may be where an equation or a recipe comes from."""


def said(widget: QWidget) -> Iterator[str]:
    """Every text of a widget that is seen."""
    names = ["title", "placeholderText", "accessibleName"]
    names += ["text"] if not isinstance(widget, QLineEdit) else []
    names += ["toolTip"] if not isinstance(widget, CITED) else []
    for name in names:
        value = widget.property(name)
        if isinstance(value, str):
            yield value
    if isinstance(widget, QTabBar):
        yield from (widget.tabText(place) for place in range(widget.count()))


def seen(window: Window) -> dict[str, str]:
    """Every text that is seen, and a page that shows it."""
    found: dict[str, str] = {}
    for page in window.pages:
        window.show_page(page)
        QApplication.processEvents()
        shown = [widget for widget in window.findChildren(QWidget) if widget.isVisible()]
        found |= {text: page.name for widget in shown for text in said(widget)}
    return found


def english(window: Window) -> dict[str, str]:
    """What is seen and still English."""
    return {text: page for text, page in seen(window).items() if re.search("[A-Za-z]{3}", text) and "«" not in text}


@pytest.mark.slow
def test_every_word_of_an_open_window_follows_another_language(qtbot: QtBot, window: Window, everything: Path) -> None:
    train(qtbot, window)
    stop(qtbot, window)
    inspect = window.page(InspectPage)
    window.show_page(inspect)
    qtbot.waitUntil(lambda: inspect.measured is not None and not inspect.observer.busy)
    window.speak(Q)
    assert english(window) == {}
    assert window.windowTitle() == quoted("Sparse autoencoder, KL")
    window.speak("en")
    assert {text: page for text, page in seen(window).items() if "«" in text} == {}


def test_the_note_behind_new_entries_of_a_legend_is_in_the_language_in_use(qtbot: QtBot, everything: Path) -> None:
    texts.remember()
    note = "— train    –●–  held-out"
    legend = Legend(1, texts.say(note))
    qtbot.addWidget(legend)
    texts.use(Q)
    legend.show_entries([LegendEntry("one", "one", "#0072B2")])
    assert legend.note.text() == quoted(note)


def test_a_notice_and_what_is_read_out_of_it_follow_the_language_to_the_number_in_it(
    window: Window, everything: Path
) -> None:
    window.studio.tell(Noted(say("Deleted {runs} for good.", runs=counted(3))))
    window.speak(Q)
    assert window.notices.text() == "«Deleted «3 runs» for good.»"
    assert window.notices.accessibleName() == f"«Info: {window.notices.text()}»"
    window.speak("en")
    assert window.notices.accessibleName() == "Info: Deleted 3 runs for good."


@pytest.mark.slow
def test_a_training_goes_on_and_pictures_stay_while_the_language_changes(
    qtbot: QtBot, window: Window, everything: Path
) -> None:
    denoise = window.page(DenoisePage)
    denoise.try_sample()
    qtbot.waitUntil(lambda: len(denoise.desk.entries) == 1 and not denoise.desk.running)
    train(qtbot, window)
    reached = window.document.preview
    window.speak(Q)
    assert len(denoise.desk.entries) == 1
    qtbot.waitUntil(lambda: window.document.preview is not reached)
    assert window.document.status.running
    stop(qtbot, window)


def test_what_was_moved_zoomed_hidden_and_chosen_stays_while_the_language_changes(qtbot: QtBot, window: Window) -> None:
    train(qtbot, window)
    stop(qtbot, window)
    page = window.page(ExplorePage)
    sliders, panes, losses = page.sliders, page.panes, page.losses
    unit = sliders.units()[0]
    sliders.slider(unit).setValue(sliders.slider(unit).maximum())
    panes.enlarge(5)
    losses.chip("kl-sparsity").click()
    zoomed(losses)
    before = sliders.values()[unit], sliders.units(), losses.view_range()
    for language in ("ko", "en"):
        window.speak(language)
        assert sliders.moved() == {unit}
        assert (sliders.values()[unit], sliders.units()) == before[:2]
        assert losses.view_range() == pytest.approx(before[2])
        assert not losses.follows()
        assert losses.plot.legend.hidden == {"kl-sparsity"}
        assert (panes.selected, panes.enlarged()) == (5, 5)


def test_another_model_lets_go_of_what_was_moved(qtbot: QtBot, window: Window) -> None:
    train(qtbot, window)
    stop(qtbot, window)
    sliders = window.page(ExplorePage).sliders
    unit = sliders.units()[0]
    sliders.slider(unit).setValue(sliders.slider(unit).maximum())
    window.action("compare").trigger()
    window.action("closeComparison").trigger()
    qtbot.waitUntil(lambda: bool(sliders.units()))
    assert not sliders.moved()


def test_a_language_without_a_catalogue_is_refused_and_nothing_changes(window: Window, translations: Path) -> None:
    english(window)  # every page is laid out once
    before = english(window)
    with pytest.raises(StudioError, match="There is no language 'xx'"):
        window.speak("xx")
    assert english(window) == before


def choose_language(qtbot: QtBot, window: Window, code: str) -> None:
    window.ask_preferences()
    dialog = window.findChild(Preferences)
    assert dialog is not None
    dialog.language.setCurrentIndex(dialog.language.findData(code))
    with qtbot.waitSignal(dialog.destroyed):
        dialog.buttons.button(QDialogButtonBox.StandardButton.Ok).click()


@pytest.mark.slow
def test_the_language_is_chosen_in_the_preferences_at_once_and_for_the_next_start(
    qtbot: QtBot, window: Window, everything: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AESTUDIO_LANGUAGE")
    monkeypatch.setenv("LC_ALL", "C")
    choose_language(qtbot, window, Q)
    assert window.windowTitle() == quoted("Sparse autoencoder, KL")
    texts.use("en")
    with opened_window(tmp_path) as again:
        assert again.windowTitle() == quoted("Sparse autoencoder, KL")
        choose_language(qtbot, again, "")
        assert again.windowTitle() == "Sparse autoencoder, KL"


def test_the_preferences_offer_the_systems_language_and_every_catalogue_by_its_own_name(
    qtbot: QtBot, translations: Path
) -> None:
    write(translations)
    (translations / "ko.po").write_bytes((translations / f"{Q}.po").read_bytes())
    dialog = Preferences(Every(30), None, "ko")
    qtbot.addWidget(dialog)
    offered = [dialog.language.itemText(place) for place in range(dialog.language.count())]
    assert offered == ["As the system", "English", "한국어", Q]
    assert dialog.language.currentData() == "ko"
