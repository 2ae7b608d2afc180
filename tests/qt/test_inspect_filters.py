"""Filters and units on the page Inspect: the mosaic, the card of a unit, saving, drawing dead units anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from aestudio.core.model.trained import Model
from aestudio.core.probes.ablation import ablation
from aestudio.core.probes.filters import atoms, filters, varying
from aestudio.core.probes.units import units
from aestudio.core.run.events import Held, Preview
from aestudio.qt.display import display
from aestudio.qt.images import from_qimage
from aestudio.qt.pages.inspect.page import InspectPage
from aestudio.qt.pages.inspect.panels.filters import FiltersPanel
from aestudio.qt.window import Window
from aestudio.studio.inspect import unit_facts
from aestudio.studio.inspect.unit_facts import contrasted
from tests.core import probing
from tests.present import present
from tests.qt.inspecting import examined, measured, opened, png, subject
from tests.qt.listening import alone, told
from tests.qt.test_window import choose, press, stop, train

SIGMOID = {"kind": "mlp", "widths": [30], "activation": "sigmoid"}
RELU = {"kind": "mlp", "widths": [30], "activation": "relu"}
DEEP = {"kind": "mlp", "widths": [20, 12], "activation": "tanh"}
CONV = {"kind": "conv", "channels": [6], "code_size": 0, "activation": "tanh"}


def dead(model: Model, unit: int) -> dict[str, Any]:
    """Weights with which a ReLU unit stays silent."""
    name = next(name for name in model.module.snapshot() if name.endswith(".b"))
    bias = model.module.snapshot()[name].clone()
    bias[unit] = -1000.0
    return {name: bias}


def changed(old: Preview, new: Preview) -> list[int]:
    """Units whose filters differ."""
    name = next(name for name in new.weights if name.endswith(".W"))
    units: list[int] = (new.weights[name] != old.weights[name]).any(1).nonzero().flatten().tolist()
    return units


def looking(window: Window) -> FiltersPanel:
    """The panel in the window's page Inspect, in front."""
    window.show_page(window.page(InspectPage))
    window.page(InspectPage).choose(FiltersPanel)
    panel = window.page(InspectPage).panel
    assert isinstance(panel, FiltersPanel)
    return panel


# -- in the window ---------------------------------------------------


def test_a_training_shows_the_filters_of_its_own_weights(qtbot: QtBot, window: Window) -> None:
    train(qtbot, window)
    panel = looking(window)
    stop(qtbot, window)
    preview = window.document.preview
    assert preview is not None
    measured(qtbot, window.page(InspectPage))
    qtbot.waitUntil(lambda: examined(window.page(InspectPage)).step == preview.step)
    model = Model(preview.run, (1, 8, 8), preview.weights)
    learned = varying(examined(window.page(InspectPage)).images())  # pixels that never vary have nothing to show
    assert not learned.all()
    np.testing.assert_array_equal(panel.mosaic.images(), contrasted(filters(model, "unit").images * learned))
    assert "256 units" in panel.caption.text()
    assert panel.card.unit() is not None
    assert "Without it the error" in panel.card.loss.text()


def test_drawing_a_dead_unit_anew_changes_its_weights_and_no_others(qtbot: QtBot, window: Window) -> None:
    choose(qtbot, window, "recipeChooser", "top-k")
    train(qtbot, window)
    panel = looking(window)
    qtbot.waitUntil(lambda: bool(panel.mosaic.faded()))
    with told(qtbot, window.document, Held):
        window.document.pause()
    measured(qtbot, window.page(InspectPage))
    unit = min(panel.mosaic.faded())
    panel.select(unit)
    assert panel.card.state.text() == "dead"
    with told(qtbot, window.document, Held):
        press(qtbot, window, "stepButton")
    before = present(window.document.preview)
    with told(qtbot, window.document, Held):
        qtbot.mouseClick(panel.card.resample, Qt.MouseButton.LeftButton)
    after = present(window.document.preview)
    assert before.step == after.step
    assert changed(before, after) == [unit]
    stop(qtbot, window)


def test_a_unit_can_only_be_drawn_anew_while_a_training_goes_on(qtbot: QtBot) -> None:
    page, panel = opened(qtbot, FiltersPanel)
    measured(qtbot, page, subject(probing.model(SIGMOID)))
    assert not panel.card.resample.isEnabled()
    assert "press Train" in panel.card.resample.toolTip()
    page.set_running(True)
    assert panel.card.resample.isEnabled()
    panel.card.resample.click()
    assert alone(page).asked == [("resample", (panel.selected(),))]
    page.set_running(False)
    assert not panel.card.resample.isEnabled()


# -- the unit ---------------------------------------------------


def test_a_click_on_a_filter_shows_that_unit_with_the_images_that_excite_it_most(qtbot: QtBot) -> None:
    model = probing.model(SIGMOID)
    page, panel = opened(qtbot, FiltersPanel)
    one = subject(model)
    measured(qtbot, page, one)
    qtbot.mouseClick(
        panel.mosaic,
        Qt.MouseButton.LeftButton,
        pos=panel.mosaic.cell(17).center().toPoint() + QPoint(1, 1),
    )
    assert panel.selected() == panel.card.unit() == panel.card.number.value() == 17
    known = units(model, one.store)
    shown = panel.card.top.image_array()
    assert shown is not None
    np.testing.assert_array_equal(np.round(255 * shown), one.store.gather(torch.from_numpy(known.top[17])).numpy())
    assert panel.card.top.words() == [f"{value:.3g}" for value in known.activation[17]]
    np.testing.assert_array_equal(panel.card.histogram.counts(), known.counts[17])
    assert panel.card.said("mean") == f"{known.mean[17]:.3g}"
    assert panel.card.said("saturated").endswith("%")


def test_arrow_keys_and_the_number_go_from_unit_to_unit(qtbot: QtBot) -> None:
    page, panel = opened(qtbot, FiltersPanel)
    measured(qtbot, page, subject(probing.model(SIGMOID)))
    panel.select(3)
    qtbot.keyClick(panel.mosaic, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: panel.card.unit() == 4)
    panel.card.number.setValue(9)
    assert panel.card.unit() == panel.mosaic.selected() == 9


def test_the_ablation_says_what_is_lost_and_where_the_unit_stands(qtbot: QtBot) -> None:
    model = probing.model(SIGMOID)
    page, panel = opened(qtbot, FiltersPanel)
    one = subject(model)
    measured(qtbot, page, one)
    known = ablation(model, one.images())
    worst = int(known.mean.argmax())
    assert panel.selected() == worst  # the unit that matters most is the one to begin with
    share = 100 * known.mean[worst] / known.error.mean()
    amount = f"{share:.0f} %" if share >= 10 else f"{share:.2g} %"
    assert f"Without it the error rises by {amount}" in panel.card.loss.text()
    assert "rank 1 of 30" in panel.card.loss.text()


def test_where_switching_all_units_off_is_too_dear_the_selected_one_is(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unit_facts, "CHEAP", 0.0)
    page, panel = opened(qtbot, FiltersPanel)
    measured(qtbot, page, subject(probing.model(SIGMOID)))
    panel.select(11)
    qtbot.waitUntil(lambda: "(over 40 images)" in panel.card.loss.text())
    assert panel.card.unit() == 11


def test_a_dead_unit_is_faded_and_said_to_be_dead_instead_of_showing_tied_images(qtbot: QtBot) -> None:
    model = probing.model(RELU)
    page, panel = opened(qtbot, FiltersPanel)
    one = subject(model, **dead(model, 5))
    measured(qtbot, page, one)
    silent = set(np.flatnonzero(units(one.model, one.store).dead).tolist())
    assert panel.mosaic.faded() == silent
    assert 5 in silent
    assert f"{len(silent)} dead, faded" in panel.caption.text()
    assert panel.selected() not in silent
    panel.select(5)
    assert panel.card.state.text() == "dead"
    assert panel.card.top.image_array() is None
    assert "silent at all 40 held-out images" in panel.card.top.empty_text()
    panel.select(min(set(range(30)) - silent))
    assert panel.card.state.text() == ""
    assert len(present(panel.card.top.image_array())) == 9


def test_a_unit_without_bounds_cannot_saturate_and_says_so(qtbot: QtBot) -> None:
    page, panel = opened(qtbot, FiltersPanel)
    measured(qtbot, page, subject(probing.model(RELU)))
    assert "not bounded" in panel.card.said("saturated")


# -- the mosaic ---------------------------------------------------


@pytest.mark.parametrize("order", ["unit", "norm", "activation", "similarity"])
@pytest.mark.parametrize("kind", ["filters", "atoms"])
def test_filters_and_atoms_come_in_the_order_that_was_chosen(qtbot: QtBot, kind: str, order: Any) -> None:
    model = probing.model(SIGMOID)
    page, panel = opened(qtbot, FiltersPanel)
    one = subject(model)
    measured(qtbot, page, one)
    panel.kind.choose(["filters", "atoms"].index(kind))
    index = panel.order.findData(order)
    panel.order.setCurrentIndex(index)
    panel.order.activated.emit(index)
    known = {"filters": filters, "atoms": atoms}[kind](model, order, one.images())
    qtbot.waitUntil(
        lambda: np.array_equal(present(panel.mosaic.images()), contrasted(known.images)) and not page.observer.busy,
    )
    panel.mosaic.sample_clicked.emit(2)
    assert panel.card.unit() == known.units[2]


def test_every_unit_has_a_picture_of_its_own_in_view(qtbot: QtBot) -> None:
    page, panel = opened(qtbot, FiltersPanel)
    measured(qtbot, page, subject(probing.model({**SIGMOID, "widths": [97]})))
    room = panel.mosaic.rect()
    assert all(room.contains(panel.mosaic.cell(place).toRect()) for place in range(97))


def test_measuring_again_keeps_the_unit_and_the_zoom_when_the_order_changes(qtbot: QtBot) -> None:
    model = probing.model(SIGMOID)
    page, panel = opened(qtbot, FiltersPanel)
    first = subject(model)
    measured(qtbot, page, first)
    panel.order.setCurrentIndex(panel.order.findData("norm"))
    panel.order.activated.emit(1)
    measured(qtbot, page)
    unit = int(filters(model, "norm").units[4])
    panel.select(unit)
    panel.mosaic.zoom_about(panel.mosaic.cell(4).center(), 1.5)
    view, size = panel.mosaic.view(), panel.mosaic.size()
    page.set_running(True)
    name = next(name for name in model.module.snapshot() if name.endswith(".W"))
    weight = model.module.snapshot()[name].clone()
    weight[unit] *= 100
    later = subject(model, step=2, **{name: weight})
    page.set_subject(later)
    qtbot.waitUntil(lambda: page.measured is not None and page.measured[1] is later)
    assert panel.selected() == panel.card.unit() == unit
    assert panel.mosaic.selected() == 0  # it is the strongest now
    assert panel.mosaic.view().zoom == view.zoom
    assert panel.mosaic.size() == size


def test_another_model_is_shown_from_the_beginning(qtbot: QtBot) -> None:
    page, panel = opened(qtbot, FiltersPanel)
    measured(qtbot, page, subject(probing.model(SIGMOID)))
    panel.select(29)
    measured(qtbot, page, subject(probing.model({**SIGMOID, "widths": [7]})))
    assert panel.selected() in range(7)
    assert "of 7" in panel.card.of.text()
    page.set_subject(None)
    assert panel.mosaic.images() is None
    assert panel.card.unit() is None


# -- other networks ---------------------------------------------------


def test_units_of_a_second_layer_are_shown_by_their_images_and_the_first_has_filters(qtbot: QtBot) -> None:
    model = probing.model(DEEP)
    page, panel = opened(qtbot, FiltersPanel)
    one = subject(model)
    measured(qtbot, page, one)
    assert "its weights are no pictures" in panel.caption.text()
    known = units(model, one.store)
    shown = panel.mosaic.images()
    assert shown is not None
    np.testing.assert_array_equal(np.round(255 * shown), one.store.gather(torch.from_numpy(known.top[:, 0])).numpy())
    assert panel.card.said("mean") != "–"
    assert "Without it the error" in panel.card.loss.text()

    panel.layer.setCurrentIndex(0)
    panel.layer.activated.emit(0)
    qtbot.waitUntil(lambda: panel.kind.isVisible() and not page.observer.busy)
    np.testing.assert_array_equal(panel.mosaic.images(), contrasted(filters(model, "unit").images))
    assert "units of the code only" in panel.card.loss.text()
    page.set_running(True)
    assert not panel.card.resample.isEnabled()


def test_units_of_a_convolution_are_its_channels_and_their_kernels_the_pictures(qtbot: QtBot) -> None:
    model = probing.model(CONV, (3, 16, 16))
    page, panel = opened(qtbot, FiltersPanel)
    measured(qtbot, page, subject(model))
    shown = panel.mosaic.images()
    assert shown is not None
    assert shown.shape == (6, 3, 4, 4)
    assert "6 channels · 4 × 4 px" in panel.caption.text()
    assert panel.card.histogram.counts().sum() == 40 * 8 * 8
    assert present(panel.card.top.image_array()).shape == (9, 3, 16, 16)


def test_too_many_units_to_compare_are_sorted_by_norm_and_that_is_said(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unit_facts, "COMPARED", 20)
    monkeypatch.setattr(unit_facts, "PICTURES", 10)
    model = probing.model(SIGMOID)
    page, panel = opened(qtbot, FiltersPanel)
    panel.order.setCurrentIndex(panel.order.findData("similarity"))
    measured(qtbot, page, subject(model))
    np.testing.assert_array_equal(panel.mosaic.images(), contrasted(filters(model, "norm").images[:10]))
    assert "too many to compare" in panel.caption.text()
    assert "first 10 of 30" in panel.caption.text()


# -- keeping the picture ---------------------------------------------------


def test_the_saved_picture_shows_every_unit_enlarged_by_a_whole_number(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page, panel = opened(qtbot, FiltersPanel)
    measured(qtbot, page, subject(probing.model(SIGMOID)))
    path = tmp_path / "units.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    panel.save.click()
    qtbot.waitUntil(lambda: bool(alone(page).news()))
    columns = panel.mosaic.best_grid()[0]
    rows = -(-30 // columns)
    plain = (9 * columns - 1, 9 * rows - 1)  # 8 pixels each, one between
    width, height = png(path)
    times = width // plain[0]
    assert times > 1
    assert (width, height) == (times * plain[0], times * plain[1])


def test_a_file_that_the_dialog_did_not_ask_about_is_not_replaced(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page, panel = opened(qtbot, FiltersPanel)
    measured(qtbot, page, subject(probing.model(SIGMOID)))
    there = tmp_path / "units.png"
    there.write_bytes(b"mine")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "units"), ""))
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.No)
    panel.save.click()
    assert there.read_bytes() == b"mine"
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    panel.save.click()
    qtbot.waitUntil(lambda: bool(alone(page).news()))
    assert png(there)[0] > 100


def test_a_picture_that_cannot_be_saved_says_why(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    page, panel = opened(qtbot, FiltersPanel)
    measured(qtbot, page, subject(probing.model(SIGMOID)))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "nowhere" / "units.png"), ""))
    panel.save.click()
    qtbot.waitUntil(lambda: bool(alone(page).failures()))
    assert "Choose another place" in alone(page).failures()[0]


def test_the_picture_can_be_copied(qtbot: QtBot) -> None:
    page, panel = opened(qtbot, FiltersPanel)
    measured(qtbot, page, subject(probing.model(SIGMOID)))
    copy = next(action for action in panel.mosaic.actions() if action.text() == "Copy picture")
    copy.trigger()
    assert alone(page).news()
    assert QGuiApplication.clipboard().image().width() > 100


@pytest.mark.parametrize(("width", "height"), [(1196, 700), (1836, 980)])
def test_no_words_are_cut_off(qtbot: QtBot, width: int, height: int) -> None:
    model = probing.model(DEEP)
    page, panel = opened(qtbot, FiltersPanel, width, height)
    measured(qtbot, page, subject(model))
    panel.layer.setCurrentIndex(0)
    panel.layer.activated.emit(0)
    qtbot.waitUntil(lambda: panel.kind.isVisible() and not page.observer.busy)
    for widget in (panel.kind, panel.order, panel.layer, panel.save, panel.card.resample, panel.card.of):
        assert widget.width() >= widget.sizeHint().width(), widget.accessibleName()
    for words in (panel.caption, panel.card.loss):
        assert words.height() >= words.heightForWidth(words.width())


def test_filters_are_drawn_in_the_colours_that_were_chosen(qtbot: QtBot) -> None:
    page, panel = opened(qtbot, FiltersPanel)
    measured(qtbot, page, subject(probing.model(SIGMOID)))

    def hues() -> list[int]:
        """How many pixels of the mosaic, of the unit's own picture and of the strip have a colour."""
        pictures = (panel.mosaic.sheet(), panel.card.picture.grab().toImage(), panel.bar.grab().toImage())
        return [0 if one is None else int(np.ptp(from_qimage(one), axis=2).astype(bool).sum()) for one in pictures]

    grey = hues()
    display().choose(colours="viridis")
    assert [viridis > before + 100 for viridis, before in zip(hues(), grey, strict=True)] == [True] * 3
    panel.kind.choose(2)
    measured(qtbot, page)
    qtbot.waitUntil(lambda: not panel.bar.isVisible())
    sheet = panel.mosaic.sheet()
    assert sheet is not None
    assert not np.ptp(from_qimage(sheet), axis=2).any()  # photographs are no numbers
