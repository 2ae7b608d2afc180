"""The plane on the page Inspect: arrows, score, ellipses, and when there is such a panel at all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from aestudio.core.data.sources.planar import Planar
from aestudio.core.model.trained import Model
from aestudio.core.probes.field import contraction_ellipses, density, vector_field
from aestudio.qt import theme
from aestudio.qt.pages.inspect.page import InspectPage
from aestudio.qt.pages.inspect.panels.plane import ELLIPSES, PlanePanel, jittered
from aestudio.qt.pages.inspect.panels.spectrum import SpectrumPanel
from aestudio.qt.pages.inspect.plane_view import Scene, circles, outlines, strokes
from aestudio.qt.window import Window
from aestudio.studio.inspect.examined import Examined
from tests.core import probing
from tests.present import present
from tests.qt.inspecting import measured, opened, subject, trained
from tests.qt.plotting import hover, plotted, view
from tests.qt.test_window import choose

NETWORK = {"kind": "mlp", "widths": [20, 12], "activation": "tanh", "output": "identity"}
POINT = (1, 1, 2)


def planar(sigma: float = 0.1, **more: Any) -> Model:
    corruption = {"kind": "gaussian", "sigma": sigma} if sigma else {"kind": "masking"}
    return probing.model(NETWORK, POINT, corruption=corruption, **more)


def shown(page: InspectPage, kind: type) -> bool:
    """Whether a panel has a tab."""
    return page.tabs.isTabVisible(next(n for n, panel in enumerate(page.panels) if isinstance(panel, kind)))


def looked_at(qtbot: QtBot, model: Model) -> tuple[InspectPage, PlanePanel, Examined]:
    page, panel = opened(qtbot, PlanePanel)
    one = subject(model)
    measured(qtbot, page, one)
    return page, panel, one


def again(qtbot: QtBot, page: InspectPage) -> None:
    """Waits until what was changed has been measured."""
    qtbot.waitUntil(lambda: not page.observer.busy)


# -- in the window ---------------------------------------------------


def test_a_training_on_points_draws_the_field_of_its_own_model(qtbot: QtBot, window: Window) -> None:
    choose(qtbot, window, "recipeChooser", "planar-denoising")
    panel, preview, dataset = trained(qtbot, window, PlanePanel)
    panel.true.setChecked(True)
    field = vector_field(Model(preview.run, POINT, preview.weights), 24)
    scene = panel.view.scene
    assert scene.arrows is not None
    np.testing.assert_allclose(scene.arrows, field.arrows.reshape(-1, 2), atol=1e-6)
    np.testing.assert_array_equal(scene.feet, field.points.reshape(-1, 2))
    assert scene.points is not None
    assert len(scene.points) == len(dataset.held_out.images)
    known = density(dataset.train.images.gather(torch.arange(len(dataset.train.images))).float() / 255)
    np.testing.assert_allclose(present(scene.density), known, rtol=1e-4)
    assert panel.score.isEnabled()


def test_the_panel_is_there_for_points_only(qtbot: QtBot) -> None:
    page, panel = opened(qtbot, SpectrumPanel)
    measured(qtbot, page, subject(probing.model(NETWORK)))
    assert not shown(page, PlanePanel)
    measured(qtbot, page, subject(planar()))  # with no model in between, as a run is opened
    assert shown(page, PlanePanel)
    page.choose(PlanePanel)
    measured(qtbot, page, subject(probing.model(NETWORK)))
    assert not shown(page, PlanePanel)
    assert page.panel is not panel or shown(page, SpectrumPanel)


def test_another_model_is_measured_though_the_last_was_not_done(qtbot: QtBot) -> None:
    page, _ = opened(qtbot, SpectrumPanel)
    page.set_subject(subject(probing.model(NETWORK)))
    assert page.observer.busy
    measured(qtbot, page, subject(planar()))


# -- arrows ---------------------------------------------------


def test_fitted_arrows_point_the_same_way_and_none_is_longer_than_its_cell(qtbot: QtBot) -> None:
    _, panel, one = looked_at(qtbot, planar())
    arrows = panel.view.scene.arrows
    assert arrows is not None
    known = vector_field(one.model, 24).arrows.reshape(-1, 2)
    length, before = np.linalg.norm(arrows, axis=1), np.linalg.norm(known, axis=1)
    np.testing.assert_allclose((arrows * known).sum(1), length * before, rtol=1e-4)
    assert length.max() <= 1 / 23 + 1e-6
    short = length < 1 / 23 - 1e-6
    assert short.any()
    np.testing.assert_allclose(length[short] / before[short], (length[short] / before[short])[0], rtol=1e-4)


def test_the_score_is_the_field_over_the_variance_of_the_noise(qtbot: QtBot) -> None:
    _, panel, one = looked_at(qtbot, planar(sigma=0.1))
    panel.score.setChecked(True)
    field = vector_field(one.model, 24)
    dx, dy = field.score[12, 3]
    assert f"score ({dx:.3g}, {dy:.3g})" in panel.reading(*field.points[12, 3])
    assert "σ = 0.1" in panel.caption.text()
    assert f"the longest is {np.linalg.norm(field.score, axis=2).max():.3g}" in panel.caption.text()
    assert not panel.true.isEnabled()


def test_there_is_no_score_without_gaussian_noise_and_the_tooltip_says_why(qtbot: QtBot) -> None:
    page, panel, _ = looked_at(qtbot, planar(sigma=0))
    assert not panel.score.isEnabled()
    assert "Gaussian noise" in panel.score.toolTip()
    measured(qtbot, page, subject(planar(sigma=0.2)))
    assert panel.score.isEnabled()


def test_the_number_of_arrows_can_be_chosen(qtbot: QtBot) -> None:
    page, panel, _ = looked_at(qtbot, planar())
    panel.grid.setValue(10)
    again(qtbot, page)
    assert panel.view.scene.arrows is not None
    assert len(panel.view.scene.arrows) == 100


def test_density_points_and_arrows_can_be_left_out(qtbot: QtBot) -> None:
    _, panel, _ = looked_at(qtbot, planar())
    for box, name in ((panel.density, "density"), (panel.points, "points"), (panel.arrows, "arrows")):
        assert getattr(panel.view.scene, name) is not None
        box.setChecked(False)
        assert getattr(panel.view.scene, name) is None
    assert len(panel.view.arrows.getData()[0]) == 0
    panel.view.grab()


def test_points_are_drawn_within_their_cell_of_the_lattice_and_stay_there() -> None:
    images = Planar(count=300).load().held_out.images.gather(torch.arange(50)).float() / 255
    moved = jittered(images)
    away = 255 * np.abs(moved - images.flatten(1).numpy())
    assert 0.3 < away.max() <= 0.5 + 1e-4
    np.testing.assert_array_equal(moved, jittered(images))


def test_an_arrow_is_a_shaft_and_a_head_at_its_tip() -> None:
    scene = Scene(feet=np.array([[0.0, 0.0]], np.float32), arrows=np.array([[1.0, 0.0]], np.float32), spacing=1.0)
    x, y = strokes(scene)
    np.testing.assert_allclose(x, [0, 1, 1, 0.7, 1, 0.7], atol=1e-6)
    np.testing.assert_allclose(np.abs(y), [0, 0, 0, 0.15, 0, 0.15], atol=1e-6)
    assert y[3] == -y[5]


# -- ellipses ---------------------------------------------------


@pytest.mark.parametrize(("choice", "of"), [(1, "encoder"), (2, "reconstruction")])
def test_ellipses_are_those_of_the_jacobian_at_one_scale(qtbot: QtBot, choice: int, of: Any) -> None:
    page, panel, one = looked_at(qtbot, planar())
    assert panel.view.scene.axes is None
    panel.kind.choose(choice)
    again(qtbot, page)
    scene, known = panel.view.scene, contraction_ellipses(one.model, ELLIPSES, of=of)
    assert scene.axes is not None
    np.testing.assert_allclose(scene.axes / scene.circle, known.axes.reshape(-1, 2), rtol=1e-4)
    np.testing.assert_allclose(present(scene.angles), known.angles.reshape(-1), rtol=1e-4)
    assert f"circle becomes {known.axes[0, 0][0]:.3g}" in panel.reading(0, 0)
    assert "Ellipses" in panel.caption.text()


def test_an_ellipse_is_closed_as_long_and_as_wide_as_said_and_turned() -> None:
    centre, axes = np.array([[0.5, 0.25]]), np.array([[0.2, 0.1]])
    scene = Scene(centres=centre, axes=axes, angles=np.array([np.pi / 2]), circle=0.3)
    x, y = outlines(scene)
    assert np.isnan(x[-1])
    assert (x[0], y[0]) == (pytest.approx(x[-2]), pytest.approx(y[-2]))
    assert np.nanmax(y) - 0.25 == pytest.approx(0.2, rel=1e-3)
    assert np.nanmax(x) - 0.5 == pytest.approx(0.1, rel=1e-3)
    x, y = circles(scene)
    np.testing.assert_allclose(np.hypot(x[:-1] - 0.5, y[:-1] - 0.25), 0.3)


# -- the view ---------------------------------------------------


def test_both_axes_have_one_scale_and_show_the_unit_square(qtbot: QtBot) -> None:
    _, panel, _ = looked_at(qtbot, planar())
    box = plotted(panel.view).vb
    (left, right), (low, high) = panel.view.view_range()
    assert left < 0 < 1 < right
    assert low < 0 < 1 < high
    assert box.width() / (right - left) == pytest.approx(box.height() / (high - low), rel=0.01)


def test_a_zoomed_view_stays_when_it_is_measured_again_and_a_double_click_resets_it(qtbot: QtBot) -> None:
    page, panel, _ = looked_at(qtbot, planar())
    whole = panel.view.view_range()
    canvas = view(panel.view)
    middle = QPointF(canvas.viewport().rect().center())
    event = QWheelEvent(
        middle,
        canvas.viewport().mapToGlobal(middle),
        QPoint(),
        QPoint(0, 480),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas.viewport(), event)
    zoomed = panel.view.view_range()
    assert zoomed[0][1] - zoomed[0][0] < whole[0][1] - whole[0][0]
    panel.kind.choose(1)
    again(qtbot, page)
    np.testing.assert_allclose(panel.view.view_range(), zoomed, atol=0.02)  # the words below may need another line
    qtbot.mouseDClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=middle.toPoint())
    np.testing.assert_allclose(panel.view.view_range(), whole, atol=0.02)


def test_the_pointer_reads_off_the_arrow_beside_it(qtbot: QtBot) -> None:
    _, panel, one = looked_at(qtbot, planar())
    dx, dy = vector_field(one.model, 24).arrows[23, 0]
    assert f"r(x) − x ({dx:.3g}, {dy:.3g})" in panel.reading(-0.2, 1.4)
    hover(panel.view, plotted(panel.view).vb.mapViewToScene(QPointF(0.5, 0.5)))
    assert panel.view.readout.isVisible()
    assert panel.view.readout.text().startswith("x 0.500, y 0.500")
    hover(panel.view, QPointF(-5, -5))
    assert not panel.view.readout.isVisible()


def test_another_model_forgets_the_plane(qtbot: QtBot) -> None:
    page, panel, _ = looked_at(qtbot, planar())
    page.set_subject(None)
    assert panel.view.scene.arrows is None
    assert panel.view.scene.density is None
    assert panel.caption.text() == ""
    assert panel.reading(0.5, 0.5) == ""


def test_the_plane_keeps_to_the_theme(qtbot: QtBot, qapp: QApplication) -> None:
    _, panel, _ = looked_at(qtbot, planar())
    mode = theme.mode()
    try:
        for wanted in ("dark", "light"):
            theme.apply(qapp, wanted)
            assert panel.view.arrow_colour().upper() == theme.current().text
            ground = tuple(panel.view.density.lut[0])
            assert "#{:02X}{:02X}{:02X}".format(*ground) == theme.current().surface
    finally:
        theme.apply(qapp, mode)


def test_no_words_are_cut_off(qtbot: QtBot) -> None:
    page, panel, _ = looked_at(qtbot, planar())
    panel.kind.choose(2)
    again(qtbot, page)
    for widget in (panel.density, panel.points, panel.true, panel.score, panel.grid, panel.kind):
        assert widget.width() >= widget.sizeHint().width(), widget.accessibleName()
    assert panel.caption.height() >= panel.caption.heightForWidth(panel.caption.width())
