"""Images of two pixels as points of the plane in the panes of the page Explore."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from aestudio.core.probes.preview import MEASURED, SHOWN, shown
from aestudio.qt import theme
from aestudio.qt.pages.explore.page import ExplorePage
from aestudio.qt.widgets.image_canvas import View
from aestudio.qt.widgets.image_panes import ImagePanes
from aestudio.qt.widgets.scatter_pane import ScatterCanvas, ScatterPane, ScatterPlace
from aestudio.qt.window import Window
from tests.present import present
from tests.qt.test_image_panes import samples as pictures
from tests.qt.test_window import choose, stop, train

Floats = np.ndarray
POINTS = np.array([[0.1, 0.1], [0.5, 0.5], [0.9, 0.2], [0.2, 0.85]], np.float32)


def samples() -> tuple[Floats, Floats, Floats]:
    original = POINTS.reshape(-1, 1, 1, 2)
    return original, original + np.float32(0.03), original + np.float32(0.01)


@pytest.fixture
def panes(qtbot: QtBot) -> ImagePanes:
    made = ImagePanes()
    qtbot.addWidget(made)
    made.resize(900, 360)
    with qtbot.waitExposed(made):
        made.show()
    made.set_preview(*samples())
    return made


def three(panes: ImagePanes) -> list[ScatterPane]:
    return [panes.points.original, panes.points.corrupted, panes.points.reconstructed]


def where(canvas: ScatterCanvas, index: int) -> QPoint:
    """The place of a point in the widget."""
    points = canvas.points()
    assert points is not None
    x, y = canvas.at(points)[index]
    return QPointF(x, y).toPoint()


def wheel(canvas: ScatterCanvas, at: QPoint, notches: int) -> None:
    event = QWheelEvent(
        QPointF(at),
        QPointF(canvas.mapToGlobal(at)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def test_images_of_two_numbers_are_points_and_others_are_images(panes: ImagePanes) -> None:
    assert panes.points.isVisible()
    assert not panes.original.isVisible()
    assert not panes.difference_button.isVisible()
    for pane, images in zip(three(panes), samples(), strict=True):
        np.testing.assert_array_equal(pane.canvas.points(), images.reshape(-1, 2))
    panes.set_preview(*pictures())
    assert not panes.points.isVisible()
    assert panes.original.isVisible()
    assert panes.difference_button.isVisible()


def test_x_goes_right_and_y_goes_up(panes: ImagePanes) -> None:
    canvas = panes.points.original.canvas
    assert where(canvas, 2).x() > where(canvas, 0).x()
    assert where(canvas, 3).y() < where(canvas, 0).y()
    assert canvas.rect().contains(where(canvas, 2))


def test_a_click_selects_the_nearest_point_in_every_pane(panes: ImagePanes, qtbot: QtBot) -> None:
    canvas = panes.points.corrupted.canvas
    with qtbot.waitSignal(panes.selection_changed) as changed:
        qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=where(canvas, 2) + QPoint(5, -4))
    assert changed.args == [2]
    assert panes.selected == 2
    assert [pane.canvas.selected() for pane in three(panes)] == [2, 2, 2]
    assert panes.enlarged() is None


def test_a_click_far_from_every_point_selects_nothing(panes: ImagePanes, qtbot: QtBot) -> None:
    canvas = panes.points.original.canvas
    corner = canvas.at(np.array([[0.95, 0.95]]))[0]
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPointF(*corner).toPoint())
    assert panes.selected == 0


def test_arrow_keys_go_from_point_to_point(panes: ImagePanes, qtbot: QtBot) -> None:
    canvas = panes.points.original.canvas
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert panes.selected == 1
    qtbot.keyClick(canvas, Qt.Key.Key_Left)
    qtbot.keyClick(canvas, Qt.Key.Key_Left)
    assert panes.selected == 3


def test_new_points_keep_the_selection_and_the_zoom(panes: ImagePanes) -> None:
    panes.selected = 3
    wheel(panes.points.original.canvas, QPoint(40, 60), 4)
    place = panes.points.original.canvas.place()
    original, corrupted, reconstructed = samples()
    panes.set_preview(original, corrupted, reconstructed + np.float32(0.1))
    assert panes.selected == 3
    assert [pane.canvas.place() for pane in three(panes)] == [place] * 3


def test_the_wheel_zooms_every_pane_about_the_pointer(panes: ImagePanes) -> None:
    canvas = panes.points.reconstructed.canvas
    before = where(canvas, 1)
    wheel(canvas, before, 5)
    assert canvas.place().zoom > 1.5
    assert (where(canvas, 1) - before).manhattanLength() <= 2
    assert panes.points.original.canvas.place() == canvas.place()


def test_zooming_out_shows_what_noise_has_moved_out_of_the_square(panes: ImagePanes) -> None:
    canvas = panes.points.corrupted.canvas
    wheel(canvas, canvas.rect().center(), -50)
    assert canvas.place().zoom == pytest.approx(0.25)
    assert canvas.rect().contains(QPointF(*canvas.at(np.array([[2.0, 2.0]]))[0]).toPoint())


@pytest.mark.parametrize("way", ["double click", "escape"])
def test_dragging_pans_without_selecting_and_the_whole_comes_back(panes: ImagePanes, qtbot: QtBot, way: str) -> None:
    canvas = panes.points.original.canvas
    at = where(canvas, 1)
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=at)
    qtbot.mouseMove(canvas, at + QPoint(15, 0))
    qtbot.mouseMove(canvas, at + QPoint(30, 20))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=at + QPoint(30, 20))
    assert (where(canvas, 1) - at - QPoint(30, 20)).manhattanLength() <= 2
    assert panes.points.corrupted.canvas.place() == canvas.place()
    assert panes.selected == 0
    if way == "escape":
        qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    else:
        qtbot.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert canvas.place() == ScatterPlace()


def test_captions_say_where_the_point_lies_and_how_far_it_was_moved(panes: ImagePanes) -> None:
    panes.selected = 2
    assert panes.points.original.caption.text() == "Selected: x 0.900, y 0.200"
    assert panes.points.corrupted.caption.text() == "Off by 0.042; selected 0.042"
    assert panes.points.reconstructed.caption.text() == "Off by 0.014; selected 0.014"
    assert panes.state.text() == "4 held-out samples"


def test_before_training_the_last_pane_waits(panes: ImagePanes) -> None:
    original, corrupted, _ = samples()
    panes.set_preview(original, corrupted, None)
    assert panes.points.reconstructed.canvas.points() is None
    assert panes.points.reconstructed.caption.text() == ""
    panes.grab()


def test_an_enlarged_picture_does_not_outlast_its_data(panes: ImagePanes) -> None:
    panes.set_preview(*pictures())
    panes.enlarge(3)
    assert panes.enlarged() == 3
    panes.set_preview(*samples())
    assert panes.enlarged() is None
    assert panes.original.view() == View()
    assert not panes.grid_button.isVisible()
    assert panes.selected == 3


def test_ones_own_point_takes_the_place_of_the_others_until_closed(panes: ImagePanes, qtbot: QtBot) -> None:
    panes.selected = 2
    own = np.array([[[[0.3, 0.4]]]], np.float32)
    panes.show_tried(own, own, own, ["point.png"], [""])
    canvas = panes.points.original.canvas
    np.testing.assert_allclose(present(canvas.points()), [[0.3, 0.4]])
    assert canvas.selected() == 0
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=where(canvas, 0))
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert not panes.has_tried()
    assert canvas.selected() == panes.selected == 2
    assert len(present(canvas.points())) == 4


def test_clearing_returns_to_the_empty_sentences(panes: ImagePanes) -> None:
    panes.clear()
    assert not panes.points.isVisible()
    assert panes.original.image_array() is None


def rgba(colour: QColor) -> tuple[int, int, int, int]:
    return colour.red(), colour.green(), colour.blue(), colour.alpha()


def test_the_points_keep_to_the_theme(panes: ImagePanes, qapp: QApplication) -> None:
    canvas = panes.points.original.canvas
    panes.selected = 0
    mode = theme.mode()
    try:
        for wanted in ("dark", "light"):
            theme.apply(qapp, wanted)
            look, picture = theme.current(), canvas.grab().toImage()
            drawn, accent = picture.pixelColor(where(canvas, 1)), QColor(look.accent)
            assert max(abs(a - b) for a, b in zip(rgba(drawn), rgba(accent), strict=True)) < 10
            assert picture.pixelColor(canvas.width() // 2, 12).name().upper() == look.surface
    finally:
        theme.apply(qapp, mode)


def test_more_points_than_pictures_are_shown() -> None:
    assert shown((1, 1, 2)) == MEASURED
    assert shown((1, 8, 8)) == SHOWN


def test_a_training_on_points_shows_a_cloud_and_selects_the_code_of_a_point(qtbot: QtBot, window: Window) -> None:
    choose(qtbot, window, "recipeChooser", "planar-denoising")
    panes = window.page(ExplorePage).panes
    assert panes.points.isVisible()
    assert panes.points.reconstructed.canvas.points() is None
    assert len(present(panes.points.original.canvas.points())) == MEASURED
    train(qtbot, window)
    stop(qtbot, window)
    preview = window.document.preview
    assert preview is not None
    np.testing.assert_array_equal(panes.points.reconstructed.canvas.points(), preview.reconstructed.reshape(-1, 2))
    assert len(preview.reconstructed) == MEASURED
    canvas = panes.points.original.canvas
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert panes.selected == 1
    np.testing.assert_allclose(window.page(ExplorePage).sliders.values(), preview.code[1], atol=1e-5)
