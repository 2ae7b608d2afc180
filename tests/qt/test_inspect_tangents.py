"""Tangents on the page Inspect: the directions at a sample as images, and walking along them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from aestudio.core.probes import tangents as probe
from aestudio.core.probes.tangents import tangents
from aestudio.qt import theme
from aestudio.qt.colouring import diverging, neutral, signed
from aestudio.qt.pages.inspect.page import InspectPage
from aestudio.qt.pages.inspect.panels.tangents import TangentsPanel
from aestudio.qt.window import Window
from tests.core import probing
from tests.present import present
from tests.qt.inspecting import measured, opened, subject
from tests.qt.test_window import stop, train

SIGMOID = {"kind": "mlp", "widths": [30], "activation": "sigmoid"}
CONV = {"kind": "conv", "channels": [3, 4], "code_size": 5, "activation": "softplus"}


def test_a_training_shows_the_tangents_of_its_own_weights(qtbot: QtBot, window: Window) -> None:
    train(qtbot, window)
    window.show_page(window.page(InspectPage))
    window.page(InspectPage).choose(TangentsPanel)
    panel = window.page(InspectPage).panel
    assert isinstance(panel, TangentsPanel)
    measured(qtbot, window.page(InspectPage))
    stop(qtbot, window)
    assert len(present(panel.gallery.image_array())) == 8
    assert panel.gallery.words()[0].startswith("σ₁ = ")
    assert "exact" in panel.method.text()


def test_the_directions_are_drawn_with_their_singular_values(qtbot: QtBot) -> None:
    model = probing.model(SIGMOID)
    page, panel = opened(qtbot, TangentsPanel)
    one = subject(model)
    measured(qtbot, page, one)
    known = tangents(model, one.images()[:1])
    np.testing.assert_array_equal(panel.gallery.image_array(), signed(known.directions))
    assert [words.split(" = ")[1] for words in panel.gallery.words()] == [f"{value:.3g}" for value in known.values]
    assert present(panel.samples.images()).shape == (40, 1, 8, 8)


def test_a_click_and_the_arrow_keys_choose_the_image(qtbot: QtBot) -> None:
    model = probing.model(SIGMOID)
    page, panel = opened(qtbot, TangentsPanel)
    one = subject(model)
    measured(qtbot, page, one)
    qtbot.mouseClick(panel.samples, Qt.MouseButton.LeftButton, pos=panel.samples.cell(7).center().toPoint())
    assert panel.sample() == 7
    qtbot.keyClick(panel.samples, Qt.Key.Key_Right)
    known = signed(tangents(model, one.images()[8:9]).directions)
    qtbot.waitUntil(lambda: np.array_equal(present(panel.gallery.image_array()), known))
    assert panel.caption.text() == "Image 9 of 40"


def test_as_many_are_shown_as_were_asked_for_or_as_there_are(qtbot: QtBot) -> None:
    page, panel = opened(qtbot, TangentsPanel)
    measured(qtbot, page, subject(probing.model(CONV, (3, 16, 16))))
    assert len(present(panel.gallery.image_array())) == 5
    assert "there are 5" in panel.method.text()
    panel.count.setValue(3)
    qtbot.waitUntil(lambda: len(present(panel.gallery.image_array())) == 3)
    assert panel.method.text().startswith("exact")


def test_where_the_whole_jacobian_is_too_dear_the_estimate_says_so(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "EXACT", 0.0)
    page, panel = opened(qtbot, TangentsPanel)
    measured(qtbot, page, subject(probing.model(SIGMOID)))
    assert panel.method.text() == "estimated, by a randomised SVD"


def test_walking_moves_the_image_and_reconstructs_what_comes_of_it(qtbot: QtBot) -> None:
    model = probing.model(SIGMOID)
    page, panel = opened(qtbot, TangentsPanel)
    one = subject(model)
    measured(qtbot, page, one)
    panel.gallery.setFocus()
    qtbot.keyClick(panel.gallery, Qt.Key.Key_Right)
    panel.walk.slider.setValue(-40)
    assert "tangent 2: t = −" in panel.walk.said.text()
    x = one.images()[:1]
    direction = torch.from_numpy(tangents(model, x).directions[1:2])
    moved = x + panel.walk.t() * direction
    shown = panel.walk.pictures.image_array()
    assert shown is not None
    for picture, wanted in zip(shown, (x, moved, *(model.decode(model.encode(at)) for at in (x, moved))), strict=True):
        np.testing.assert_allclose(picture, wanted[0], atol=1e-5)
    panel.walk.home.click()
    assert panel.walk.t() == 0
    home = present(panel.walk.pictures.image_array())
    np.testing.assert_array_equal(home[0], home[1])


def test_measuring_again_keeps_the_image_the_direction_and_the_place_of_the_walk(qtbot: QtBot) -> None:
    model = probing.model(SIGMOID)
    page, panel = opened(qtbot, TangentsPanel)
    measured(qtbot, page, subject(model))
    panel.choose(5)
    measured(qtbot, page)
    panel.gallery.choose(3)
    panel.walk.slider.setValue(25)
    name = next(name for name in model.module.snapshot() if name.endswith(".W"))
    later = subject(model, step=2, **{name: 2 * model.module.snapshot()[name]})
    page.set_subject(later)
    qtbot.waitUntil(lambda: page.measured is not None and page.measured[1] is later)
    assert (panel.sample(), panel.gallery.choice(), panel.walk.slider.value()) == (5, 3, 25)


def test_without_a_model_there_is_nothing_to_walk_along(qtbot: QtBot) -> None:
    page, panel = opened(qtbot, TangentsPanel)
    measured(qtbot, page, subject(probing.model(SIGMOID)))
    page.set_subject(None)
    assert panel.gallery.image_array() is None
    assert panel.samples.images() is None
    assert not panel.walk.isEnabled()


def test_the_colours_follow_the_theme(qtbot: QtBot, qapp: QApplication) -> None:
    page, panel = opened(qtbot, TangentsPanel)
    mode = theme.mode()
    try:
        theme.apply(qapp, "light")
        measured(qtbot, page, subject(probing.model(SIGMOID)))
        before = present(panel.gallery.image_array())
        theme.apply(qapp, "dark")
        qtbot.waitUntil(lambda: not np.array_equal(before, present(panel.gallery.image_array())))
    finally:
        theme.apply(qapp, mode)


def test_zero_has_the_neutral_colour_and_opposite_values_opposite_ends() -> None:
    values = np.array([[[-1.0, 0.0, 1.0, 5.0]]])
    low, middle, high, beyond = diverging(values)[0, :, 0].T
    zero = QColor(neutral())
    np.testing.assert_allclose(middle, (zero.redF(), zero.greenF(), zero.blueF()), atol=1e-6)
    assert low[2] > low[0]
    assert high[0] > high[2]
    np.testing.assert_array_equal(high, beyond)


def test_each_signed_image_is_scaled_by_itself_with_zero_in_the_middle() -> None:
    images = np.stack([np.array([[[0.0, 2.0], [-1.0, 0.0]]]), np.zeros((1, 2, 2))])
    np.testing.assert_array_equal(signed(images), diverging(np.stack([images[0, 0] / 2, images[1, 0]])))


@pytest.mark.parametrize(("width", "height"), [(1196, 700), (1836, 980)])
def test_no_words_are_cut_off_with_as_many_tangents_as_there_can_be(qtbot: QtBot, width: int, height: int) -> None:
    page, panel = opened(qtbot, TangentsPanel, width, height)
    panel.count.setValue(32)
    measured(qtbot, page, subject(probing.model({**SIGMOID, "widths": [40]})))
    assert len(present(panel.gallery.image_array())) == 32
    for gallery in (panel.gallery, panel.walk.pictures):
        metrics = gallery.fontMetrics()
        for place, words in enumerate(gallery.words()):
            cell = gallery.cell(place)
            half = metrics.horizontalAdvance(words) / 2
            assert cell.center().x() - half >= 0
            assert cell.center().x() + half <= gallery.width()
            assert cell.bottom() + metrics.height() <= gallery.height()
    assert panel.method.width() >= panel.method.sizeHint().width()
