"""The palette: typed letters, and what is done by Enter or a click."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from aestudio.core.ground.texts import in_language
from aestudio.qt.action import Action
from aestudio.qt.palette import Palette, entries
from aestudio.qt.window import Window
from aestudio.studio.finding import matching


def opened(qtbot: QtBot, window: Window) -> Palette:
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.findChild(Palette) is not None)
    palette = window.findChild(Palette)
    assert palette is not None
    return palette


def test_the_window_takes_clicks_again_when_the_palette_is_gone(qtbot: QtBot) -> None:
    below = QPushButton()
    qtbot.addWidget(below)
    below.resize(800, 600)
    below.show()
    below.activateWindow()
    qtbot.waitUntil(below.isActiveWindow)
    palette = Palette(lambda _typed: (), below)
    palette.open()
    qtbot.waitUntil(palette.isActiveWindow)
    with qtbot.waitSignal(palette.destroyed):
        QTest.keyClick(palette.windowHandle(), Qt.Key.Key_Escape)
    with qtbot.waitSignal(below.clicked):
        QTest.mouseClick(below.windowHandle(), Qt.MouseButton.LeftButton, pos=QPoint(5, 5))


def test_a_click_beside_the_palette_is_one_for_the_window(qtbot: QtBot, window: Window) -> None:
    opened(qtbot, window)
    button = window.findChild(QToolButton, "runsPageButton")
    assert button is not None
    at = button.mapTo(window, button.rect().center())
    QTest.mouseClick(window.windowHandle(), Qt.MouseButton.LeftButton, pos=at)
    assert window.shown.name == "runs"


def test_ctrl_k_finds_a_page_and_enter_goes_there(qtbot: QtBot, window: Window) -> None:
    palette = opened(qtbot, window)
    qtbot.keyClicks(palette.field, "runs")
    assert palette.shown()[0] == "Runs"
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert window.shown.name == "runs"


def test_a_setting_and_its_value_are_set_from_the_palette(qtbot: QtBot, window: Window) -> None:
    palette = opened(qtbot, window)
    qtbot.keyClicks(palette.field, "learning rate")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)  # completes the name, as there is no value yet
    assert palette.isVisible()
    qtbot.keyClicks(palette.field, "0.0123")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert window.document.run.optimiser.learning_rate == 0.0123


def test_arrows_mark_another_entry_and_escape_leaves_everything_as_it_was(qtbot: QtBot, window: Window) -> None:
    before, page = window.document.run, window.shown
    palette = opened(qtbot, window)
    first = palette.list.currentItem()
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.list.currentItem() is not first
    qtbot.keyClick(palette.field, Qt.Key.Key_Escape)
    assert (window.document.run, window.shown) == (before, page)


def test_what_cannot_be_done_now_is_not_offered_and_nonsense_finds_nothing(qtbot: QtBot, window: Window) -> None:
    palette = opened(qtbot, window)
    assert "Stop" not in palette.shown()
    qtbot.keyClicks(palette.field, "zzqxv")
    assert palette.shown() == []
    assert palette.nothing.isVisible()
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible()


def test_in_korean_an_action_is_found_by_its_english_name_too() -> None:
    action = Action("train", "&Train", lambda: None)
    with in_language("ko"):
        (entry,) = entries([action], lambda _name: None)
        assert entry.words == "학습 시작"
        assert matching([entry], "train") == [entry]
