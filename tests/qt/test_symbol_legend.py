"""The letters below the equations: what they say, and what they point at."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from aestudio.qt.help_window import HelpWindow
from aestudio.qt.pages.explore.page import ExplorePage
from aestudio.qt.widgets.frame import Frame
from aestudio.qt.widgets.symbol_legend import Letter
from aestudio.qt.window import Window
from tests.present import present


def letter(window: Window, path: str) -> Letter:
    return next(one for one in window.page(ExplorePage).symbols.letters if one.symbol.path == path)


def around(window: Window, target: QWidget) -> bool:
    where = QRect(target.mapTo(window, QPoint()), target.size()).intersected(window.rect())
    return any(frame.geometry().contains(where) for frame in window.findChildren(Frame) if frame.isVisible())


def test_a_letter_says_its_value_also_after_it_was_changed_while_the_same_letter_stays(window: Window) -> None:
    target = letter(window, "penalties.kl-sparsity.target")
    assert target.text() == "ρ̂ = 0.03"
    assert "mean activation" in target.toolTip()
    window.document.set_value("penalties.kl-sparsity.target", 0.2)
    assert letter(window, "penalties.kl-sparsity.target") is target
    assert target.text() == "ρ̂ = 0.2"


def test_a_letter_under_the_mouse_points_at_its_plot_and_its_setting(qtbot: QtBot, window: Window) -> None:
    explore = window.page(ExplorePage)
    window.resize(1280, 800)
    qtbot.waitUntil(lambda: not explore.histogram.visibleRegion().isEmpty())
    box = present(explore.setup.form.editor("penalties.kl-sparsity.target"))
    one = letter(window, "penalties.kl-sparsity.target")
    QApplication.sendEvent(one, QEvent(QEvent.Type.Enter))
    assert around(window, explore.histogram)
    assert around(window, box) or box.visibleRegion().isEmpty()
    QApplication.sendEvent(one, QEvent(QEvent.Type.Leave))
    qtbot.waitUntil(lambda: not around(window, explore.histogram))


def test_another_recipe_has_other_letters(window: Window) -> None:
    window.document.choose_recipe("denoising-gaussian")
    assert letter(window, "corruption.sigma").text() == "σ = 0.4"
    assert "KL" not in [one.text() for one in window.page(ExplorePage).symbols.letters]


def test_a_click_opens_the_glossary(qtbot: QtBot, window: Window) -> None:
    qtbot.mouseClick(window.page(ExplorePage).symbols.letters[0], Qt.MouseButton.LeftButton)
    help_window = present(window.findChild(HelpWindow))
    assert help_window.titles.currentItem().text() == "Glossary"
