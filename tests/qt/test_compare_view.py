"""Before and after: the split by mouse and keyboard, both pictures moved and zoomed as one, a region drawn."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from aestudio.qt import theme
from aestudio.qt.widgets import checkerboard
from aestudio.qt.widgets.compare_view import MOST_ZOOM, CompareMode, CompareView

LEFT, RIGHT = QColor("#204080"), QColor("#C0A020")
SIZE = QSize(600, 400)


def filled(colour: QColor, size: QSize = SIZE) -> QImage:
    image = QImage(size, QImage.Format.Format_RGB888)
    image.fill(colour)
    return image


@pytest.fixture
def view(qtbot: QtBot) -> CompareView:
    made = CompareView()
    qtbot.addWidget(made)
    made.resize(600, 400)
    made.set_pictures(filled(LEFT), filled(RIGHT), ("noisy", "clean"))
    with qtbot.waitExposed(made):
        made.show()
    made.setFocus()
    return made


def colour_at(view: CompareView, x: float, y: float) -> QColor:
    image = view.grab().toImage()
    scale = image.devicePixelRatio()
    return image.pixelColor(int(x * scale), int(y * scale))


def drag(view: CompareView, start: QPoint, end: QPoint) -> None:
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    for part in (0.5, 1.0):
        place = QPointF(start) + (QPointF(end) - QPointF(start)) * part
        move = QMouseEvent(
            QMouseEvent.Type.MouseMove,
            place,
            view.mapToGlobal(place),
            Qt.MouseButton.NoButton,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(view, move)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=end)


def turn_wheel(view: CompareView, place: QPointF, notches: int) -> None:
    event = QWheelEvent(
        place,
        view.mapToGlobal(place),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


def test_left_of_the_split_is_before_and_right_of_it_after(view: CompareView) -> None:
    assert colour_at(view, 150, 200) == LEFT
    assert colour_at(view, 450, 200) == RIGHT


def test_the_split_is_dragged_with_the_mouse(view: CompareView) -> None:
    drag(view, QPoint(300, 200), QPoint(480, 200))
    assert view.split == pytest.approx(0.8, abs=0.01)
    assert colour_at(view, 450, 300) == LEFT
    assert colour_at(view, 550, 300) == RIGHT


@pytest.mark.parametrize(
    ("key", "split"),
    [(Qt.Key.Key_Left, 0.48), (Qt.Key.Key_Right, 0.52), (Qt.Key.Key_Home, 0.0), (Qt.Key.Key_End, 1.0)],
)
def test_the_split_moves_by_keys(view: CompareView, key: Qt.Key, split: float) -> None:
    QTest.keyClick(view, key)
    assert view.split == pytest.approx(split)
    assert f"{100 * split:.0f} %" in view.accessibleDescription()


def test_shift_moves_the_split_in_small_steps_and_it_never_leaves_the_picture(view: CompareView) -> None:
    QTest.keyClick(view, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert view.split == pytest.approx(0.498)
    QTest.keyClick(view, Qt.Key.Key_Home)
    QTest.keyClick(view, Qt.Key.Key_Left)
    assert view.split == 0


def test_the_space_bar_shows_only_what_was_before(view: CompareView) -> None:
    QTest.keyPress(view, Qt.Key.Key_Space)
    assert colour_at(view, 450, 200) == LEFT
    QTest.keyRelease(view, Qt.Key.Key_Space)
    assert colour_at(view, 450, 200) == RIGHT


def test_the_wheel_zooms_about_the_pointer(view: CompareView) -> None:
    place = QPointF(420, 130)
    there = view.to_picture(place)
    turn_wheel(view, place, 4)
    assert view.zoom == pytest.approx(1.25**4)
    assert view.to_picture(place).x() == pytest.approx(there.x(), abs=0.5)
    assert view.to_picture(place).y() == pytest.approx(there.y(), abs=0.5)
    turn_wheel(view, place, 40)
    assert view.zoom == MOST_ZOOM


def test_dragging_elsewhere_moves_the_zoomed_picture_and_never_out_of_sight(view: CompareView) -> None:
    view.set_zoom(4.0)
    before = view.centre
    drag(view, QPoint(100, 100), QPoint(140, 80))
    assert view.centre - before == QPointF(-10, 5)
    drag(view, QPoint(100, 100), QPoint(590, 390))
    for _ in range(3):
        drag(view, QPoint(10, 10), QPoint(590, 390))
    assert view.centre == QPointF(75, 50)  # half a pane from the corner


def test_side_by_side_shows_the_same_place_of_both(view: CompareView) -> None:
    left, right = filled(LEFT), filled(LEFT)
    for image in (left, right):
        for x in range(300, 310):
            for y in range(200, 210):
                image.setPixelColor(x, y, RIGHT)
    view.set_pictures(left, right)
    view.set_mode(CompareMode.SIDE_BY_SIDE)
    turn_wheel(view, QPointF(450, 200), 6)  # over the right pane
    for pane in (0, 1):
        middle = view.to_widget(QPointF(305, 205), pane)
        assert colour_at(view, middle.x(), middle.y()) == RIGHT
        beside = view.to_widget(QPointF(295, 205), pane)
        assert colour_at(view, beside.x(), beside.y()) == LEFT


def test_one_and_nought_show_every_pixel_and_the_whole_picture(view: CompareView) -> None:
    view.set_pictures(filled(LEFT, QSize(1200, 800)), filled(RIGHT, QSize(1200, 800)))
    assert view.zoom == pytest.approx(0.5)
    QTest.keyClick(view, Qt.Key.Key_1)
    assert view.zoom == 1
    QTest.keyClick(view, Qt.Key.Key_Plus)
    assert view.zoom == pytest.approx(1.25)
    QTest.keyClick(view, Qt.Key.Key_0)
    assert view.zoom == pytest.approx(0.5)


def test_another_result_of_the_same_size_keeps_place_and_zoom(view: CompareView) -> None:
    view.set_zoom(3.0, QPointF(100, 100))
    before = view.centre
    view.set_pictures(filled(LEFT), filled(LEFT))
    assert view.zoom == 3.0
    assert view.centre == before
    view.set_pictures(filled(LEFT, QSize(300, 200)), None)
    assert view.centre == QPointF(150, 100)


def test_a_region_is_drawn_in_pixels_of_the_picture_and_cut_to_it(view: CompareView, qtbot: QtBot) -> None:
    view.set_zoom(2.0)
    view.set_choosing(True)
    with qtbot.waitSignal(view.region_changed) as told:
        drag(view, QPoint(100, 100), QPoint(300, 200))
    region = told.args[0]
    assert region == view.region
    corner = view.to_picture(QPointF(100, 100))
    assert abs(region.left() - corner.x()) <= 1
    assert region.width() in (100, 101)
    assert region.height() in (50, 51)
    view.set_region(QRect(550, 380, 200, 200))
    assert view.region == QRect(550, 380, 50, 20)


def test_a_click_takes_the_region_away(view: CompareView) -> None:
    view.set_region(QRect(10, 10, 50, 50))
    view.set_choosing(True)
    drag(view, QPoint(100, 100), QPoint(101, 101))
    assert view.region.isEmpty()


def test_nothing_is_drawn_and_nothing_fails_without_pictures(view: CompareView) -> None:
    view.set_pictures(None, None)
    drag(view, QPoint(300, 200), QPoint(100, 100))
    turn_wheel(view, QPointF(20, 20), 1)
    QTest.keyClick(view, Qt.Key.Key_0)
    assert view.picture_size().isEmpty()
    assert view.grab().toImage().pixelColor(300, 200) != LEFT


@pytest.mark.parametrize("size", [QSize(1, 1), QSize(3, 900), QSize(5000, 2)])
def test_extreme_shapes_are_seen(view: CompareView, size: QSize) -> None:
    view.set_pictures(filled(LEFT, size), None)
    middle = view.to_widget(QPointF(size.width() / 2, size.height() / 2))
    assert colour_at(view, middle.x(), middle.y()) == LEFT


def test_a_checkerboard_is_seen_through_what_is_transparent(view: CompareView) -> None:
    clear = QImage(SIZE, QImage.Format.Format_RGBA8888)
    clear.fill(QColor(0, 0, 0, 0))
    view.set_pictures(clear, None)
    side = theme.px(checkerboard.SIDE)
    colours = [colour_at(view, 100 + step * side, 100).name().upper() for step in range(4)]
    assert set(colours) == {checkerboard.LIGHT.name().upper(), checkerboard.GREY.name().upper()}
    assert colours[0] == colours[2] != colours[1]
