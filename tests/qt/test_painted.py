"""What all widgets that paint themselves have in common: the focus shows, and keys and mouse mean the same things."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from aestudio.qt.pages.inspect.gallery import Gallery
from aestudio.qt.widgets.compare_view import CompareView
from aestudio.qt.widgets.image_canvas import Canvas
from aestudio.qt.widgets.mosaic import Mosaic
from aestudio.qt.widgets.painted import Painted, whole_pixels
from aestudio.qt.widgets.scatter_pane import ScatterCanvas
from tests.present import present

IMAGES = np.linspace(0, 1, 6 * 16, dtype=np.float32).reshape(6, 1, 4, 4)


def canvas() -> Canvas:
    made = Canvas("Nothing yet")
    made.set_images(IMAGES)
    return made


def mosaic() -> Mosaic:
    made = Mosaic("Nothing yet")
    made.set_images(IMAGES)
    return made


def scatter() -> ScatterCanvas:
    made = ScatterCanvas("Nothing yet")
    made.set_points(np.array([[0.2, 0.3], [0.7, 0.6]], np.float32))
    return made


def gallery() -> Gallery:
    made = Gallery("Pictures", "Nothing yet", choosing=True)
    made.show_images(IMAGES)
    return made


def compared() -> CompareView:
    made = CompareView()
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.gray)
    made.set_pictures(image, image)
    return made


ALL = (canvas, mosaic, scatter, gallery, compared)


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    """With a button that has the focus."""
    made = QWidget()
    qtbot.addWidget(made)
    column = QVBoxLayout(made)
    column.addWidget(QPushButton("Another"))
    made.resize(320, 320)
    made.show()
    return made


def put(window: QWidget, widget: Painted) -> QPushButton:
    """The widget into the window; the button above it, with the focus."""
    layout = window.layout()
    assert layout is not None
    layout.addWidget(widget)
    QApplication.processEvents()
    button = present(window.findChild(QPushButton))
    button.setFocus()
    return button


@pytest.mark.parametrize("make", ALL)
def test_tab_reaches_it_and_the_focus_can_be_seen(qtbot: QtBot, window: QWidget, make: Callable[[], Painted]) -> None:
    widget = make()
    button = put(window, widget)
    before = widget.grab().toImage()
    qtbot.keyClick(button, Qt.Key.Key_Tab)
    assert widget.hasFocus()
    assert widget.grab().toImage() != before
    button.setFocus()
    assert widget.grab().toImage() == before


@pytest.mark.parametrize("make", ALL)
def test_a_key_that_means_nothing_here_goes_on_to_the_widget_around(
    qtbot: QtBot, window: QWidget, make: Callable[[], Painted]
) -> None:
    widget = make()
    put(window, widget)
    before = widget.grab().toImage()
    seen = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_F7, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(widget, seen)
    assert not seen.isAccepted()
    assert widget.grab().toImage() == before


@pytest.mark.parametrize("make", ALL[:3])
def test_the_wheel_means_nothing_while_there_is_nothing_to_show(window: QWidget, make: Callable[[], Painted]) -> None:
    filled, empty = make(), type(make())("Nothing yet")
    taken = []
    for widget in (filled, empty):
        put(window, widget)
        at = QPointF(widget.rect().center())
        event = QWheelEvent(
            at,
            widget.mapToGlobal(at),
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(widget, event)
        taken.append(event.isAccepted())
    assert taken == [True, False]


def test_arrow_keys_go_to_the_neighbour_or_to_the_next_row(qtbot: QtBot, window: QWidget) -> None:
    widget = gallery()
    put(window, widget)
    widget.resize(300, 300)
    chosen: list[int] = []
    widget.chosen.connect(chosen.append)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_A):
        qtbot.keyClick(widget, key)
    assert len(chosen) == 4
    right, down, left, up = chosen
    assert (right, left, up) == (1, down - 1, 0)
    assert down > 2


def test_large_pixels_take_a_whole_number_of_the_screens() -> None:
    assert whole_pixels(5.7, 1.0) == 5
    assert whole_pixels(5.7, 2.0) == 5.5
    assert whole_pixels(3.7, 1.0) == 3.7
