"""Where the keyboard is: it goes with the page, through the settings as they are seen, and nothing jumps meanwhile."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from aestudio.qt.pages.explore.page import ExplorePage
from aestudio.qt.pages.inspect.page import InspectPage
from aestudio.qt.window import Window
from tests.qt.test_window import button, choose


def test_the_keyboard_leaves_the_button_of_a_page_that_is_left(window: Window) -> None:
    window.activateWindow()
    window.show_page(window.page(ExplorePage))
    button(window, "explorePageButton").setFocus()
    QTest.keySequence(window, "Ctrl+2")
    assert window.shown is window.page(InspectPage)
    focused = QApplication.focusWidget()
    assert isinstance(focused, QAbstractButton)
    assert focused.objectName() == "inspectPageButton"


def test_a_page_that_is_chosen_by_key_takes_the_keyboard_from_no_field(window: Window) -> None:
    window.activateWindow()
    setup = window.page(ExplorePage).setup
    setup.recipe.setFocus()
    QTest.keySequence(window, "Ctrl+2")
    assert not any(one.hasFocus() for one in window.rail.findChildren(QAbstractButton))


def stops(setup: QWidget, first: QWidget) -> list[QWidget]:
    """What the Tab key goes through from a field of the settings on, as long as it stays in them."""
    found, at = [first], first.nextInFocusChain()
    while at is not None and at is not first:
        if at.isVisible() and at.focusPolicy() & Qt.FocusPolicy.TabFocus and at.focusProxy() is None:
            if not setup.isAncestorOf(at):
                break
            found.append(at)
        at = at.nextInFocusChain()
    return found


def test_the_tab_key_goes_through_the_settings_and_then_to_the_buttons_below(qtbot: QtBot, window: Window) -> None:
    setup = window.page(ExplorePage).setup
    for recipe in ("sparse-kl", "denoising-convolutional"):  # other parts have forms that are made later
        choose(qtbot, window, "recipeChooser", recipe)
        order = stops(setup, setup.recipe)
        places = [one.mapTo(setup, one.rect().center()).y() for one in order]
        in_form = [place for one, place in zip(order, places, strict=True) if setup.form.isAncestorOf(one)]
        names = [one.objectName() for one in order]
        assert len(in_form) > 10
        assert in_form == sorted(in_form)
        assert names.index("trainButton") > max(
            place for place, one in enumerate(order) if setup.form.isAncestorOf(one)
        )


def test_nothing_below_jumps_when_the_first_change_brings_its_button(window: Window) -> None:
    setup = window.page(ExplorePage).setup
    QApplication.processEvents()
    before = setup.recipe.mapTo(setup, setup.recipe.rect().topLeft()).y()
    assert not setup.changed.isVisible()
    window.document.set_value("epochs", window.document.run.epochs + 1)
    QApplication.processEvents()
    assert setup.changed.isVisible()
    assert setup.recipe.mapTo(setup, setup.recipe.rect().topLeft()).y() == before
