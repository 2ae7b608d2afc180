"""The panel that shows a linear autoencoder beside PCA."""

from __future__ import annotations

from dataclasses import replace
from math import prod

import numpy as np
import pytest
import torch
from pytestqt.qtbot import QtBot

from aestudio.core.data.dataset import Dataset
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.model.trained import Model
from aestudio.core.probes.pca import pca
from aestudio.core.run.run import Run
from aestudio.core.theory.twin import twin
from aestudio.qt.display import display
from aestudio.qt.pages.inspect.page import InspectPage
from aestudio.qt.pages.inspect.panels.twin import COMPONENTS, ORIGINAL, TwinPanel
from aestudio.qt.window import Window
from aestudio.studio.inspect.examined import Examined
from aestudio.studio.status import State
from tests.core.conftest import small_dataset
from tests.qt.inspecting import measured, opened

LINEAR = Run.from_settings({"network": {"kind": "linear", "code_size": 3}})


def subject(run: Run, dataset: Dataset, step: int = 1) -> Examined:
    weights = Autoencoder(run, dataset.shape).snapshot()
    few = dataset.held_out.images.gather(torch.arange(4)).float() / 255
    return Examined(run, dataset.shape, 1, step, weights, dataset, few)


def test_numbers_and_pictures_are_those_of_theory(qtbot: QtBot) -> None:
    dataset = small_dataset()
    one = subject(LINEAR, dataset)
    page, panel = opened(qtbot, TwinPanel)
    measured(qtbot, page, one)
    page.choose(TwinPanel)
    found = twin(pca(dataset), Model(one.run, one.shape, one.weights))
    assert panel.cards["ratio"].value() == f"{found.ratio:.4f} ×"
    assert panel.cards["floor"].value() == f"{found.held_out_floor:.6f} of k = 3"
    assert panel.cards["projectors"].value() == f"{found.projector_difference:.4f}"
    (angles,) = panel.angles.lines()
    assert angles.y.tolist() == pytest.approx(found.angles)
    original, by_pca = (panel.pictures.panes[name].image_array() for name in (ORIGINAL, COMPONENTS))
    assert original is not None
    assert by_pca is not None
    expected = pca(dataset).reconstruct(torch.from_numpy(original), 3)
    np.testing.assert_allclose(by_pca, expected.numpy(), atol=1e-6)
    assert panel.errors.lines()[0].y.tolist() == [found.held_out_mse]


def test_every_snapshot_adds_a_point_to_the_error_curve(qtbot: QtBot) -> None:
    dataset = small_dataset()
    first = subject(LINEAR, dataset, 10)
    page, panel = opened(qtbot, TwinPanel)
    measured(qtbot, page, first)
    measured(qtbot, page, replace(first, step=20))
    assert panel.errors.lines()[0].x.tolist() == [10, 20]
    measured(qtbot, page, replace(first, step=5))  # another training
    assert panel.errors.lines()[0].x.tolist() == [5]


def test_the_law_is_drawn_where_both_maps_are_decayed(qtbot: QtBot) -> None:
    run = LINEAR.with_value("penalties", [{"kind": "weight-decay", "weight": 0.1}])
    page, panel = opened(qtbot, TwinPanel)
    measured(qtbot, page, subject(run, small_dataset()))
    assert [line.name for line in panel.values.lines()] == ["autoencoder", "1 − λ/σ²"]


def test_a_model_without_its_images_says_that_there_is_no_pca(qtbot: QtBot) -> None:
    page, _ = opened(qtbot, TwinPanel)
    page.set_subject(replace(subject(LINEAR, small_dataset()), dataset=None))
    qtbot.waitUntil(lambda: page.refusal().startswith("The images that this model was trained on"))


def test_the_tab_is_offered_to_linear_models_only(qtbot: QtBot) -> None:
    page, panel = opened(qtbot, TwinPanel)
    measured(qtbot, page, subject(LINEAR, small_dataset()))
    place = page.panels.index(panel)
    assert page.tabs.isTabVisible(place)
    measured(qtbot, page, subject(Run.from_settings({"network": {"kind": "mlp", "widths": [5]}}), small_dataset()))
    assert not page.tabs.isTabVisible(place)
    assert page.panel is not panel
    measured(qtbot, page, subject(LINEAR, small_dataset()))
    assert page.tabs.tabRect(place).width() > 50  # and not only called visible


@pytest.mark.slow
def test_training_the_linear_recipe_is_followed_live_down_to_the_floor(window: Window, qtbot: QtBot) -> None:
    session = window.document
    session.choose_recipe("linear")
    qtbot.waitUntil(lambda: session.status.can_train)
    window.show_page(window.page(InspectPage))
    session.train()
    qtbot.waitUntil(lambda: window.page(InspectPage).tabs.isTabVisible(0) and session.preview is not None)
    panel = next(panel for panel in window.page(InspectPage).panels if isinstance(panel, TwinPanel))
    window.page(InspectPage).choose(TwinPanel)
    qtbot.waitUntil(lambda: bool(panel.errors.lines()))
    qtbot.waitUntil(lambda: session.status.state is State.READY)
    preview = session.preview
    assert preview is not None
    qtbot.waitUntil(lambda: panel.errors.lines()[0].x[-1] == preview.step)
    ratio = float(panel.cards["ratio"].value().split()[0])
    assert 0.99 < ratio < 1.1


def test_the_error_curve_has_what_the_training_measured_before_anybody_looked(qtbot: QtBot) -> None:
    dataset = small_dataset()
    page, panel = opened(qtbot, TwinPanel)
    told = ((0, 9.0), (10, 0.5), (20, 0.25), (30, 0.125))
    measured(qtbot, page, replace(subject(LINEAR, dataset, 25), errors=told))
    (line,) = panel.errors.lines()
    assert line.x.tolist() == [10, 20, 25]  # not the untrained network, nor what comes later
    assert line.y.tolist()[:2] == [0.5, 0.25]
    display().choose(per_pixel=False)
    (line,) = panel.errors.lines()
    assert line.y.tolist()[:2] == [0.5 * prod(dataset.shape), 0.25 * prod(dataset.shape)]
    assert panel.errors.axes.left == "squared error per image"
