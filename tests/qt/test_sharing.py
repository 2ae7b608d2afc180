"""Copying, saving and dragging out what is shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QDrag, QGuiApplication, QImage, QMouseEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QFrame,
    QMenu,
    QMessageBox,
    QTableWidget,
    QTableWidgetItem,
    QTableWidgetSelectionRange,
    QWidget,
)
from pytestqt.qtbot import QtBot

from aestudio.qt.widgets.basics import card
from aestudio.qt.widgets.image_canvas import Canvas
from aestudio.qt.widgets.line_plot import LinePlot
from aestudio.qt.widgets.lines import Axes, Line
from aestudio.qt.widgets.sharing import share
from aestudio.qt.window import Window
from aestudio.studio.notice import Noted
from tests.qt.plotting import view


@pytest.fixture
def plot(qtbot: QtBot) -> Iterator[LinePlot]:
    made = LinePlot("Errors", Axes("step", "error"))
    framed = card(made)
    qtbot.addWidget(framed)
    framed.resize(400, 300)
    with qtbot.waitExposed(framed):
        framed.show()
    made.show_lines([Line("one", np.array([1.0, 2.0]), np.array([0.5, 0.25]), "#0072B2")])
    yield made
    framed.close()  # held until here: qtbot does not, and the plot goes with what is around it


class Menus(list[QMenu]):
    """Those that were opened, in place of being shown: off the screen a menu may not take the keyboard."""

    def at(self, widget: QWidget, place: QPoint) -> QMenu:
        """What the right button opens there."""
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, widget.mapToGlobal(place))
        QApplication.sendEvent(widget, event)
        return self[-1]


@pytest.fixture
def menus(monkeypatch: pytest.MonkeyPatch) -> Menus:
    made = Menus()
    monkeypatch.setattr(QMenu, "popup", lambda menu, _place: made.append(menu))
    return made


def save(monkeypatch: pytest.MonkeyPatch, menu: QMenu, number: int, path: Path) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    menu.actions()[number].trigger()


def test_ctrl_c_copies_the_picture_and_the_numbers(plot: LinePlot, qtbot: QtBot) -> None:
    qtbot.keyClick(view(plot), Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    held = QGuiApplication.clipboard()
    assert held.text() == "curve\tof\tstep\terror\none\t\t1\t0.5\none\t\t2\t0.25\n"
    image = held.image()
    assert image.width() == 2 * plot.width()
    assert any(image.pixelColor(x, y).name() == "#0072b2" for x in range(image.width()) for y in range(image.height()))


def test_a_plot_is_saved_as_picture_drawing_and_numbers(
    plot: LinePlot, menus: Menus, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for number, kind in enumerate(("png", "svg", "csv"), start=1):
        menu = menus.at(view(plot).viewport(), QPoint(50, 50))
        save(monkeypatch, menu, number, tmp_path / f"saved.{kind}")
    assert QImage(str(tmp_path / "saved.png")).width() == 2 * plot.width()
    assert QSvgRenderer(str(tmp_path / "saved.svg")).isValid()
    assert (tmp_path / "saved.csv").read_text().splitlines()[1] == "one,,1,0.5"


def test_the_window_says_where_a_file_was_saved_and_nothing_of_one_that_was_not(
    plot: LinePlot, menus: Menus, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, window: Window
) -> None:
    monkeypatch.setattr(QMessageBox, "warning", lambda *_: None)
    said = []
    window.studio.listen(lambda event: said.append(event.sentence) if isinstance(event, Noted) else None)
    for place in (tmp_path / "none" / "saved.png", tmp_path / "saved.png"):
        save(monkeypatch, menus.at(view(plot).viewport(), QPoint(50, 50)), 1, place)
    assert said == [f"Saved {tmp_path / 'saved.png'}"]


def test_what_cannot_be_saved_is_said(
    plot: LinePlot, menus: Menus, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said: list[str] = []
    monkeypatch.setattr(QMessageBox, "warning", lambda _parent, _title, text: said.append(text))
    menu = menus.at(view(plot).viewport(), QPoint(50, 50))
    save(monkeypatch, menu, 1, tmp_path / "none" / "deeper" / "saved.png")
    assert len(said) == 1


def test_a_panel_is_shared_as_a_whole_where_nothing_in_it_shares_itself(
    plot: LinePlot, menus: Menus, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    frame = plot.parentWidget()
    assert isinstance(frame, QFrame)
    menu = menus.at(frame, QPoint(2, 2))
    save(monkeypatch, menu, 1, tmp_path / "panel.png")
    assert QImage(str(tmp_path / "panel.png")).width() == 2 * frame.width()
    assert len([action for action in menu.actions() if not action.isSeparator()]) == 4  # it has no numbers


def test_a_pane_of_images_is_copied(qtbot: QtBot) -> None:
    pane = Canvas("nothing")
    qtbot.addWidget(pane)
    pane.resize(80, 60)
    pane.set_images(np.ones((4, 1, 8, 8), np.float32))
    pane.show()
    qtbot.keyClick(pane, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    image = QGuiApplication.clipboard().image()
    assert (image.width(), image.height()) == (160, 120)
    assert not QGuiApplication.clipboard().text()


def test_a_table_is_copied_whole_or_the_rows_that_are_chosen(qtbot: QtBot) -> None:
    table = QTableWidget(3, 2)
    qtbot.addWidget(table)
    share(table)
    table.setHorizontalHeaderLabels(["value", "error"])
    for row in range(3):
        for column in range(2):
            table.setItem(row, column, QTableWidgetItem(f"{row}.{column}"))
    table.show()
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    whole = "value\terror\n0.0\t0.1\n1.0\t1.1\n2.0\t2.1\n"
    assert QGuiApplication.clipboard().text() == whole
    table.setRangeSelected(QTableWidgetSelectionRange(1, 0, 2, 1), True)
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "value\terror\n1.0\t1.1\n2.0\t2.1\n"


def test_dragging_with_ctrl_gives_a_file_and_without_gives_none(
    plot: LinePlot, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    dragged: list[QDrag] = []
    monkeypatch.setattr(QDrag, "exec", lambda self, _action: dragged.append(self))
    ground = view(plot).viewport()
    ctrl = Qt.KeyboardModifier.ControlModifier
    for held in (ctrl, Qt.KeyboardModifier.NoModifier):
        for kind, place in (("Press", 100), ("Move", 160), ("Release", 160)):
            at, left = QPointF(place, place), Qt.MouseButton.LeftButton
            where = ground.mapToGlobal(at)
            event = QMouseEvent(
                QEvent.Type[f"MouseButton{kind}" if kind != "Move" else "MouseMove"], at, where, left, left, held
            )
            QApplication.sendEvent(ground, event)
        assert len(dragged) == 1
    (url,) = dragged[0].mimeData().urls()
    assert not QImage(url.toLocalFile()).isNull()
    assert dragged[0].mimeData().text().startswith("curve")
