"""Selecting on the map of the page Latent: by lasso, by keys, and what the sheet of the selection says."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
import torch
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from aestudio.qt.pages.latent.map_view import MapView
from aestudio.qt.pages.latent.page import LatentPage
from aestudio.qt.pages.latent.panels.map import MapPanel
from aestudio.qt.pages.latent.thumbnails import SIDE
from tests.present import present
from tests.qt.test_latent_page import looked_at, opened, shown

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def page(qtbot: QtBot) -> LatentPage:
    made = opened(qtbot)
    shown(qtbot, made, looked_at())
    return made


@pytest.fixture
def panel(page: LatentPage) -> MapPanel:
    assert isinstance(page.panel, MapPanel)
    return page.panel


def draw(view: MapView, corners: list[QPoint], modifier: Qt.KeyboardModifier) -> None:
    kinds = [
        QEvent.Type.MouseButtonPress,
        *[QEvent.Type.MouseMove] * (len(corners) - 1),
        QEvent.Type.MouseButtonRelease,
    ]
    for kind, corner in zip(kinds, [*corners, corners[-1]], strict=True):
        held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else Qt.MouseButton.LeftButton
        button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
        there = QPointF(view.mapToGlobal(corner))
        QApplication.sendEvent(view, QMouseEvent(kind, QPointF(corner), there, button, held, modifier))


def half(view: MapView) -> list[QPoint]:
    """Around the left half."""
    right, low = view.width() // 2, view.height() - 1
    return [QPoint(0, 0), QPoint(right, 0), QPoint(right, low), QPoint(0, low)]


@pytest.mark.parametrize("modifier", [SHIFT, Qt.KeyboardModifier.NoModifier])
def test_a_lasso_selects_the_images_inside_and_shows_them_with_their_labels(
    panel: MapPanel, modifier: Qt.KeyboardModifier
) -> None:
    panel.lasso.setChecked(modifier != SHIFT)
    window = panel.view.window_shown()
    draw(panel.view, half(panel.view), modifier)
    found = present(panel._found)
    at = panel.view.at(found.places)
    expected = np.flatnonzero((at[:, 0] < panel.view.width() // 2) & (at > 0).all(1) & (at[:, 1] < panel.view.height()))
    chosen = panel.view.selection()
    assert len(np.setxor1d(chosen, expected)) <= 1  # one may lie on the line
    assert panel.view.window_shown() == window  # it is not panned
    assert len(present(panel.beside.sheet.images())) == len(chosen)
    image = found.codes.image(found.dataset, int(chosen[0]))
    np.testing.assert_array_equal(present(panel.beside.sheet.images())[0], image)
    count = int((present(found.codes.labels)[chosen] == 0).sum())
    assert f"0 ({count})" in panel.beside.counted.text()
    assert panel.beside.shown.index() == 1


def test_of_many_labels_the_rest_is_counted_together(qtbot: QtBot, page: LatentPage) -> None:
    examined = looked_at()
    data = present(examined.dataset)
    held_out = replace(data.held_out, labels=torch.arange(20) % 7)
    trained = replace(data.train, labels=torch.arange(50) % 7)
    shown(qtbot, page, replace(examined, dataset=replace(data, held_out=held_out, train=trained)))
    panel = page.panel
    assert isinstance(panel, MapPanel)
    panel.view.select(np.arange(70))
    panel._select(np.arange(70))
    assert "By label: 0 (11), 1 (10), 2 (10), 3 (10), others (29)." in panel.beside.counted.text()


def test_shift_and_arrows_pull_a_rectangle_space_turns_one_and_delete_lets_go(qtbot: QtBot, panel: MapPanel) -> None:
    view = panel.view
    sizes = []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Up) * 12:
        qtbot.keyClick(view, key, SHIFT)
        sizes.append(len(view.selection()))
    assert sizes == sorted(sizes)
    assert sizes[-1] > 3
    x, y = present(view.place())
    places = present(panel._found).places
    start = view.window_shown()
    between = (places > (start.x, start.y)).all(1) & (places < (x, y)).all(1)
    np.testing.assert_array_equal(view.selection(), np.flatnonzero(between))
    before = view.selection()
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert len(np.setxor1d(view.selection(), before)) == 1
    qtbot.keyClick(view, Qt.Key.Key_Space)
    np.testing.assert_array_equal(view.selection(), before)
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    assert len(view.selection()) == 0
    assert panel.beside.sheet.images() is None


def test_dots_outside_the_selection_fade(panel: MapPanel) -> None:
    draw(panel.view, half(panel.view), SHIFT)
    found = present(panel._found)
    picture = panel.view._dots()
    at = panel.view.at(found.places)
    chosen = panel.view.selection()
    outside = next(n for n in range(70) if n not in chosen and 10 < at[n, 0] < panel.view.width() - 10)
    inside = int(chosen[0])
    colours = {n: picture.pixelColor(int(at[n, 0]), int(at[n, 1])) for n in (inside, outside)}
    assert colours[outside].lightnessF() > 0.75
    assert colours[inside].lightnessF() < 0.75


def test_thumbnails_outside_the_selection_fade(qtbot: QtBot, panel: MapPanel) -> None:
    panel.thumbnails.setChecked(True)

    def seen() -> list[tuple[int, float]]:
        """The dots of the thumbnails, and how unlike the ground the middle of each frame's left side is."""
        picture, ground = panel.view.grab().toImage(), QColor(panel.view._ground())
        return [
            (dot, abs(picture.pixelColor(int(at.x()) + 2, int(at.y()) + SIDE // 2).lightnessF() - ground.lightnessF()))
            for dot, at, _ in panel.view._drawn
            if panel.view.rect().adjusted(4, 4, -SIDE, -SIDE).contains(at.toPoint())
        ]

    before = dict(seen())
    chosen = sorted(before)[: len(before) // 2]
    panel.view.select(np.array(chosen))
    for dot, strength in seen():
        assert (strength == before[dot]) if dot in chosen else (strength < before[dot] / 2)


def test_the_rectangle_of_the_keys_is_seen_until_the_selection_is_let_go(qtbot: QtBot, panel: MapPanel) -> None:
    view = panel.view
    qtbot.keyClick(view, Qt.Key.Key_Left)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Up) * 8:
        qtbot.keyClick(view, key, SHIFT)
    assert len(view._rectangle()) == 4
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    assert view._rectangle() == []


def test_the_selection_leaves_as_codes_and_is_kept_until_another_model_comes(page: LatentPage, panel: MapPanel) -> None:
    panel.view.select(np.array([2, 21, 60]))
    rows = panel.beside.sheet.sharing.content("csv").decode().splitlines()
    assert rows[0].startswith("split,image,label,error,code_0")
    assert [row.split(",")[:3] for row in rows[1:]] == [
        ["held-out", "2", "2"],
        ["train", "1", "1"],
        ["train", "40", "1"],
    ]
    with np.load(io.BytesIO(panel.beside.sheet.sharing.content("npz"))) as read:
        np.testing.assert_array_equal(read["codes"], present(panel._found).codes.codes[[2, 21, 60]])
        assert read["held_out"].tolist() == [True, False, False]
    panel.beside.as_a.click()
    assert page.shared.selections["A"].among(present(panel._found).codes).tolist() == [2, 21, 60]
    page.set_subject(None)
    assert not page.shared.selections
    assert len(panel.view.selection()) == 0
