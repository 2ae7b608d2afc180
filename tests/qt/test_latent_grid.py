"""The panel Grid of the page Latent: what is zoomed to is decoded anew, and a plane goes through three images."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot

from aestudio.core.latent.plane import Window
from aestudio.qt.pages.latent.page import LatentPage
from aestudio.qt.pages.latent.panels.grid import Grid, GridPanel
from tests.core.probing import model
from tests.present import present
from tests.qt.test_latent_page import looked_at, opened, shown
from tests.qt.test_latent_paths import own

COMPONENTS, UNITS, DIRECTION, IMAGES = range(4)


@pytest.fixture
def page(qtbot: QtBot) -> LatentPage:
    made = opened(qtbot)
    made.choose(GridPanel)
    return made


@pytest.fixture
def panel(qtbot: QtBot, page: LatentPage) -> GridPanel:
    shown(qtbot, page, looked_at())
    assert isinstance(page.panel, GridPanel)
    return page.panel


def grid(panel: GridPanel) -> Grid:
    return present(present(panel._found).grid)


def through_images(qtbot: QtBot, page: LatentPage, panel: GridPanel) -> None:
    panel.plane.kind.choose(IMAGES)
    qtbot.waitUntil(lambda: present(panel._found).offer is not None and not page.observer.busy)


# -- zooming -----------------------------------------------------------------------------------------------------------


def test_what_is_zoomed_to_is_decoded_anew_about_the_place_under_the_pointer(qtbot: QtBot, panel: GridPanel) -> None:
    whole, at = grid(panel).whole, QPointF(panel.sheet.width() / 2 + 60, panel.sheet.height() / 2 - 40)
    place = panel.sheet._place_at(at)
    panel.sheet.zoom_by(3, at)
    assert panel.sheet._place_at(at) == pytest.approx(place, abs=1e-4)
    qtbot.waitUntil(lambda: grid(panel).window != whole)
    found = grid(panel)
    assert found.window.half < whole.half
    assert panel.sheet._place_at(at) == pytest.approx(place, abs=1e-4)
    decoded = looked_at().model.decode(torch.from_numpy(found.codes)).numpy()
    np.testing.assert_allclose(present(panel.sheet.images()), decoded, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.places, found.window.grid(15), atol=1e-6)
    assert "Esc shows all" in panel.caption.text()


def test_keys_zoom_into_the_grid_and_escape_decodes_all_of_it_again(qtbot: QtBot, panel: GridPanel) -> None:
    whole = grid(panel).whole
    qtbot.keyClick(panel.sheet, Qt.Key.Key_Plus)
    qtbot.waitUntil(lambda: grid(panel).window.half < whole.half)
    qtbot.keyClick(panel.sheet, Qt.Key.Key_Minus)
    qtbot.keyClick(panel.sheet, Qt.Key.Key_Minus)
    qtbot.waitUntil(lambda: grid(panel).window.half > whole.half)
    qtbot.keyClick(panel.sheet, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: grid(panel).window == whole)
    assert not panel.sheet.is_moved()


def test_dragging_the_grid_pans_and_another_plane_is_seen_whole(
    qtbot: QtBot, page: LatentPage, panel: GridPanel
) -> None:
    whole, middle = grid(panel).whole, QPoint(panel.sheet.width() // 2, panel.sheet.height() // 2)
    qtbot.mousePress(panel.sheet, Qt.MouseButton.LeftButton, pos=middle)
    panel.sheet.drag(panel.sheet.press(middle.toPointF()), middle.toPointF(), QPointF(50, 0))
    qtbot.mouseRelease(panel.sheet, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.waitUntil(lambda: grid(panel).window.x < whole.x)
    assert (grid(panel).window.y, grid(panel).window.half) == (whole.y, whole.half)
    panel.plane.kind.choose(UNITS)
    qtbot.waitUntil(lambda: not page.observer.busy and grid(panel).whole != whole)
    assert grid(panel).window == grid(panel).whole


def test_all_of_the_plane_is_wanted_again_while_a_part_of_it_is_still_being_decoded(
    qtbot: QtBot, page: LatentPage, panel: GridPanel
) -> None:
    whole = grid(panel).whole
    panel.sheet.part_wanted.disconnect(panel.want)  # the part takes so long
    with qtbot.waitSignal(panel.sheet.part_wanted):
        qtbot.keyClick(panel.sheet, Qt.Key.Key_Plus)
    part = panel.measure()
    panel.sheet.part_wanted.connect(panel.want)
    with qtbot.waitSignal(panel.sheet.part_wanted):
        qtbot.keyClick(panel.sheet, Qt.Key.Key_Escape)
    panel.show_found(part(looked_at(), lambda *_: None), looked_at())
    qtbot.waitUntil(lambda: grid(panel).window == whole and not page.observer.busy)


# -- three images ------------------------------------------------------------------------------------------------------


def test_a_plane_goes_through_three_images_of_different_labels_to_begin_with(
    qtbot: QtBot, page: LatentPage, panel: GridPanel
) -> None:
    assert panel.left.isHidden()
    through_images(qtbot, page, panel)
    assert panel.left.isVisible()
    assert panel.picker.chosen == [0, 1, 2]
    found = grid(panel)
    assert found.corners[0].tolist() == pytest.approx([0, 0], abs=1e-6)
    assert found.corners[1, 1] == pytest.approx(0, abs=1e-5)  # to the right of the first
    assert found.corners[2, 1] > 0
    codes = looked_at().model.encode(torch.stack([looked_at().images(3)[n] for n in range(3)])).numpy()
    sides = [np.linalg.norm(codes[a] - codes[b]) for a, b in ((0, 1), (0, 2), (1, 2))]
    drawn = [np.linalg.norm(found.corners[a] - found.corners[b]) for a, b in ((0, 1), (0, 2), (1, 2))]
    assert drawn == pytest.approx(sides, rel=1e-4)
    inside = Window(found.whole.x, found.whole.y, found.whole.half)
    assert (np.abs(found.corners - (inside.x, inside.y)) < inside.half).all()
    assert "the three images" in panel.caption.text()


def test_a_fourth_image_takes_the_place_of_the_first_and_two_are_too_few(
    qtbot: QtBot, page: LatentPage, panel: GridPanel
) -> None:
    through_images(qtbot, page, panel)
    panel.picker.turn(9)
    assert panel.picker.chosen == [1, 2, 9]
    qtbot.waitUntil(lambda: present(panel._found).chosen == (1, 2, 9) and not page.observer.busy)
    panel.picker.turn(9)
    qtbot.waitUntil(lambda: panel.sheet.images() is None)
    assert "choose three" in panel.caption.text()
    assert panel.left.isVisible()
    panel.picker.turn(4)
    qtbot.waitUntil(lambda: panel.sheet.images() is not None)


def test_a_picture_of_ones_own_is_a_corner_too(qtbot: QtBot, page: LatentPage, panel: GridPanel) -> None:
    through_images(qtbot, page, panel)
    page.shared.put([own("mine.png", 3)])
    qtbot.waitUntil(lambda: "your own: mine.png" in panel.caption.text() and not page.observer.busy)
    panel.picker.turn(0)
    qtbot.waitUntil(lambda: 70 in present(panel._found).chosen and not page.observer.busy)
    assert panel.sheet.images() is not None
    page.shared.put([])
    qtbot.waitUntil(lambda: panel.sheet.images() is None and not page.observer.busy)
    assert panel.picker.chosen == [1, 2]


def test_images_whose_codes_lie_on_one_line_are_no_plane_and_others_can_be_chosen(
    qtbot: QtBot, page: LatentPage
) -> None:
    page.set_subject(looked_at(model({"kind": "mlp", "widths": [1]})))
    assert isinstance(page.panel, GridPanel)
    page.panel.plane.kind.choose(IMAGES)
    panel = page.panel
    qtbot.waitUntil(lambda: "lie on one line" in panel.caption.text())
    assert panel.picker.isVisible()
