"""The contraction curve on the page Inspect."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from aestudio.core.data.dataset import to_float
from aestudio.core.library.catalogue import Library
from aestudio.core.model.trained import Model
from aestudio.core.probes.contraction import contraction_curve
from aestudio.qt import theme
from aestudio.qt.pages.inspect.overlay_panel import MINE
from aestudio.qt.pages.inspect.panels.contraction import ContractionPanel
from aestudio.qt.widgets.lines import Line
from aestudio.qt.window import Window
from tests.core import probing
from tests.present import present
from tests.qt.inspecting import measured, opened, subject, trained
from tests.trained_runs import train as trained_run

DENSE = {"kind": "mlp", "widths": [30], "activation": "sigmoid"}
LINEAR = {"kind": "linear", "code_size": 7}


def drawn(panel: ContractionPanel) -> dict[str, Line]:
    """The curves that can be seen, by name."""
    return {line.name: line for line in panel.plot.lines()}


def test_a_training_draws_the_contraction_of_its_own_encoder(qtbot: QtBot, window: Window) -> None:
    panel, preview, dataset = trained(qtbot, window, ContractionPanel)
    known = contraction_curve(
        Model(preview.run, (1, 8, 8), preview.weights), to_float(dataset.held_out.images.gather(torch.arange(64)))
    )
    line = drawn(panel)[str(MINE)]
    np.testing.assert_allclose(line.x, known.radii, rtol=1e-6)
    np.testing.assert_allclose(line.y, known.ratio, rtol=1e-5)
    np.testing.assert_allclose(present(line.error), known.error, rtol=1e-4)
    ((said, place, _row),) = panel.plot.marks
    assert said == "largest distance between two images"
    assert place == pytest.approx(known.farthest)
    assert panel.plot.axes.log_x


def test_the_words_say_how_nearby_points_move_and_where_the_curve_peaks(qtbot: QtBot) -> None:
    model = probing.model(DENSE)
    page, panel = opened(qtbot, ContractionPanel)
    one = subject(model)
    measured(qtbot, page, one)
    known = contraction_curve(model, one.images(64))
    said = panel.caption.text()
    assert said.startswith("40 held-out images")
    assert f"at r = {known.radii[known.ratio.argmax()]:.3g}" in said
    apart = "closer together" if known.ratio[0] < 1 else "farther apart"
    assert apart in said


def test_relative_curves_begin_at_one_and_keep_their_shape(qtbot: QtBot) -> None:
    page, panel = opened(qtbot, ContractionPanel)
    measured(qtbot, page, subject(probing.model(DENSE)))
    plain = drawn(panel)[str(MINE)]
    panel.normalise.setChecked(True)
    relative = drawn(panel)[str(MINE)]
    assert relative.y[0] == pytest.approx(1)
    np.testing.assert_allclose(relative.y * plain.y[0], plain.y)
    np.testing.assert_allclose(present(relative.error) * plain.y[0], present(plain.error))
    assert "nearby" in panel.plot.axes.left
    panel.normalise.setChecked(False)
    np.testing.assert_array_equal(drawn(panel)[str(MINE)].y, plain.y)


def test_a_linear_encoder_is_flat(qtbot: QtBot) -> None:
    page, panel = opened(qtbot, ContractionPanel)
    measured(qtbot, page, subject(probing.model(LINEAR)))
    y = drawn(panel)[str(MINE)].y
    np.testing.assert_allclose(y, y[0], rtol=1e-4)


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_a_run_of_the_library_is_measured_at_the_same_images(qtbot: QtBot, library: Library) -> None:
    number = trained_run(library, "Other")
    page, panel = opened(qtbot, ContractionPanel)
    page.set_library(library.folder)
    one = subject(probing.model(DENSE))
    measured(qtbot, page, one)
    qtbot.mouseClick(panel.overlays, Qt.MouseButton.LeftButton)
    qtbot.keyClick(panel.overlays.chooser.list, Qt.Key.Key_Space)
    panel.overlays.chooser.close()
    name = f"#{number} Other"
    qtbot.waitUntil(lambda: name in drawn(panel))
    known = contraction_curve(library.model(number).model(), one.images(64))
    np.testing.assert_allclose(drawn(panel)[name].y, known.ratio, rtol=1e-5)
    np.testing.assert_allclose(drawn(panel)[name].x, drawn(panel)[str(MINE)].x)
    panel.plot.chip(name).click()
    assert set(drawn(panel)) == {str(MINE)}


def test_another_model_forgets_the_curve(qtbot: QtBot) -> None:
    page, panel = opened(qtbot, ContractionPanel)
    measured(qtbot, page, subject(probing.model(DENSE)))
    page.set_subject(None)
    assert panel.plot.lines() == []
    assert panel.caption.text() == ""


def test_the_curve_keeps_to_the_theme(qtbot: QtBot, qapp: QApplication) -> None:
    page, panel = opened(qtbot, ContractionPanel)
    measured(qtbot, page, subject(probing.model(DENSE)))
    mode = theme.mode()
    try:
        for wanted in ("dark", "light"):
            theme.apply(qapp, wanted)
            assert drawn(panel)[str(MINE)].colour == theme.current().series[0]
    finally:
        theme.apply(qapp, mode)
