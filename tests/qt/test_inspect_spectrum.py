"""The Jacobian's spectrum on the page Inspect, and other runs of the library over it."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from aestudio.core.data.dataset import to_float
from aestudio.core.ground.reports import Report
from aestudio.core.library.catalogue import Library
from aestudio.core.model.trained import Model
from aestudio.core.probes import budget
from aestudio.core.probes.jacobian import Method, Spectrum, leading_spectrum, spectrum
from aestudio.qt import theme
from aestudio.qt.pages.inspect.overlay_panel import MINE
from aestudio.qt.pages.inspect.overlays import MOST, Overlays
from aestudio.qt.pages.inspect.page import InspectPage
from aestudio.qt.pages.inspect.panels import spectrum as spectrum_panel
from aestudio.qt.pages.inspect.panels.spectrum import SpectrumPanel, effective_rank
from aestudio.qt.window import Window
from tests.core import probing
from tests.many_runs import fill
from tests.qt.inspecting import measured, opened, subject, trained
from tests.trained_runs import train as trained_run

DENSE = {"kind": "mlp", "widths": [30], "activation": "sigmoid"}
DEEP = {"kind": "mlp", "widths": [20, 12], "activation": "tanh"}
popup = pytest.mark.qt_log_ignore("This plugin does not support")


def drawn(panel: SpectrumPanel) -> dict[str, np.ndarray]:
    """The curves that can be seen, by name."""
    return {line.name: line.y for line in panel.plot.lines()}


def again(qtbot: QtBot, page: InspectPage) -> None:
    """Waits until what was changed has been measured."""
    qtbot.waitUntil(lambda: not page.observer.busy)


def ticked(qtbot: QtBot, overlays: Overlays, *numbers: int) -> None:
    """Opens the chooser and clicks on these runs, as a person does."""
    qtbot.mouseClick(overlays, Qt.MouseButton.LeftButton)
    chooser = overlays.chooser
    assert chooser.isVisible()
    for number in numbers:
        item = chooser.list.item(chooser.numbers().index(number))
        chooser.list.scrollToItem(item)
        at = chooser.list.visualItemRect(item).center()
        qtbot.mouseClick(chooser.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    chooser.close()


# -- the model ---------------------------------------------------


def test_a_training_draws_the_spectrum_of_its_own_encoder(qtbot: QtBot, window: Window) -> None:
    panel, preview, dataset = trained(qtbot, window, SpectrumPanel)
    model = Model(preview.run, (1, 8, 8), preview.weights)
    images = to_float(dataset.held_out.images.gather(torch.arange(64)))
    np.testing.assert_allclose(drawn(panel)[str(MINE)], spectrum(model, images).mean, rtol=1e-5)
    assert panel.caption.text().startswith("Closed form over 64 held-out images · 64 values")


@pytest.mark.parametrize("count", [16, 40])
def test_more_images_average_over_more(qtbot: QtBot, count: int) -> None:
    model = probing.model(DENSE)
    page, panel = opened(qtbot, SpectrumPanel)
    one = subject(model)
    measured(qtbot, page, one)
    panel.count.choose(0 if count == 16 else 2)
    again(qtbot, page)
    np.testing.assert_allclose(drawn(panel)[str(MINE)], spectrum(model, one.images(count)).mean, rtol=1e-5)
    assert f"over {count} held-out images" in panel.caption.text()


def test_a_deep_encoder_is_measured_exactly_and_that_is_said(qtbot: QtBot) -> None:
    model = probing.model(DEEP)
    page, panel = opened(qtbot, SpectrumPanel)
    one = subject(model)
    measured(qtbot, page, one)
    np.testing.assert_allclose(drawn(panel)[str(MINE)], spectrum(model, one.images(64)).mean, rtol=1e-4)
    assert panel.caption.text().startswith("Exact")
    assert "12 values" in panel.caption.text()


def test_an_encoder_too_large_explains_itself_and_the_remedy_estimates(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "SECONDS", 0.0)
    model = probing.model(DENSE)
    page, panel = opened(qtbot, SpectrumPanel)
    panel.leading.setValue(8)
    one = subject(model)
    page.set_subject(one)
    qtbot.waitUntil(lambda: page.refused.remedy.isVisible())
    assert "30 × 64 numbers for each image" in page.refusal()
    assert page.refused.remedy.text() == "Estimate the leading 8"
    assert page.vitals.norm.value() != "–"
    qtbot.mouseClick(page.refused.remedy, Qt.MouseButton.LeftButton)
    measured(qtbot, page)
    known = leading_spectrum(model, one.images(64), 8).mean
    np.testing.assert_allclose(drawn(panel)[str(MINE)], known, rtol=1e-4)
    said = panel.caption.text()
    assert said.startswith("Estimated by randomised SVD")
    assert "the first 8 of 30 values" in said
    assert ("at least 8 above a tenth" in said) == bool((known > known[0] / 10).all())
    assert not page.refused.remedy.isVisible()


def test_a_measure_that_was_cancelled_is_not_begun_again(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    model = probing.model(DENSE)
    page, panel = opened(qtbot, SpectrumPanel)
    first = subject(model)
    measured(qtbot, page, first)
    begun: list[int] = []

    def endless(_model: Model, _images: torch.Tensor, report: Report) -> None:
        begun.append(1)
        while True:
            report("Measuring for ever", None)

    monkeypatch.setattr(spectrum_panel, "spectrum", endless)
    page.set_subject(subject(model, step=2))
    qtbot.waitUntil(lambda: page.line.cancel.isVisible())
    qtbot.mouseClick(page.line.cancel, Qt.MouseButton.LeftButton)
    again(qtbot, page)
    assert begun == [1]
    assert panel.isVisible()
    assert page.measured == (panel, first)


def test_a_page_that_is_closed_measures_nothing_more(qtbot: QtBot) -> None:
    page, _ = opened(qtbot, SpectrumPanel)
    page.set_subject(subject(probing.model(DENSE)))
    assert page.shut(60)
    page.set_subject(subject(probing.model(DEEP)))
    page.measure()
    assert not page.observer.waiting


def test_how_many_leading_values_can_be_chosen(qtbot: QtBot) -> None:
    page, panel = opened(qtbot, SpectrumPanel)
    measured(qtbot, page, subject(probing.model(DENSE)))
    assert not panel.leading.isVisible()
    panel.way.choose(1)
    again(qtbot, page)
    assert panel.leading.isVisible()
    panel.leading.setValue(5)
    again(qtbot, page)
    assert len(drawn(panel)[str(MINE)]) == 5
    panel.way.choose(0)
    again(qtbot, page)
    assert len(drawn(panel)[str(MINE)]) == 30


def test_a_model_without_a_hidden_layer_says_so(qtbot: QtBot) -> None:
    model = probing.model(DENSE)
    model.depth = 0
    page, _ = opened(qtbot, SpectrumPanel)
    page.set_subject(subject(model))
    qtbot.waitUntil(lambda: "no trained hidden layer" in page.refusal())
    assert "no trained hidden layer" in page.refusal()


def test_both_axes_can_be_logarithmic(qtbot: QtBot) -> None:
    page, panel = opened(qtbot, SpectrumPanel)
    measured(qtbot, page, subject(probing.model(DENSE)))
    assert (panel.plot.axes.log_x, panel.plot.axes.log_y) == (False, True)
    panel.log_y.setChecked(False)
    panel.log_x.setChecked(True)
    assert (panel.plot.axes.log_x, panel.plot.axes.log_y) == (True, False)


def test_zeros_are_left_out_of_a_logarithmic_axis_and_counted(qtbot: QtBot) -> None:
    _page, panel = opened(qtbot, SpectrumPanel)
    assert isinstance(panel, SpectrumPanel)
    found = Spectrum(np.array([[2.0, 1.0, 1e-9, 0.0]], np.float32), get_args(Method)[0])
    line = panel.line("mine", (found, 4), "#0072B2")
    assert np.isfinite(line.y).tolist() == [True, True, False, False]
    assert "2 near 0" in panel.said((found, 4), 8)
    panel.log_y.setChecked(False)
    assert np.isfinite(panel.line("mine", (found, 4), "#0072B2").y).all()


@pytest.mark.parametrize(
    ("values", "rank"), [([1.0] * 7, 7.0), ([2.0, 0.0, 0.0], 1.0), ([0.0, 0.0], 0.0), ([3.0, 3.0, 1e-12], 2.0)]
)
def test_the_effective_rank_counts_equal_directions(values: list[float], rank: float) -> None:
    assert effective_rank(np.array(values)) == pytest.approx(rank, abs=1e-6)


# -- other runs ---------------------------------------------------


@popup
def test_a_run_of_the_library_adds_its_curve_and_hides_with_its_chip(qtbot: QtBot, library: Library) -> None:
    first, second = trained_run(library, "First"), trained_run(library, "Second", {"seed": 3})
    page, panel = opened(qtbot, SpectrumPanel)
    page.set_library(library.folder)
    one = subject(probing.model(DENSE))
    measured(qtbot, page, one)
    ticked(qtbot, panel.overlays, first, second)
    qtbot.waitUntil(lambda: len(panel.plot.lines()) == 3)
    again(qtbot, page)
    for number, name in ((first, f"#{first} First"), (second, f"#{second} Second")):
        known = spectrum(library.model(number).model(), one.images(64)).mean
        np.testing.assert_allclose(drawn(panel)[name], known, rtol=1e-5)
    assert panel.overlays.text() == "Overlay runs (2)…"
    assert len({line.colour for line in panel.plot.lines()}) == 3
    qtbot.mouseClick(panel.plot.chip(f"#{first} First"), Qt.MouseButton.LeftButton)
    assert set(drawn(panel)) == {str(MINE), f"#{second} Second"}
    ticked(qtbot, panel.overlays, second)
    again(qtbot, page)
    assert panel.overlays.numbers() == [first]


@popup
def test_measuring_again_measures_the_model_only(
    qtbot: QtBot, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = trained_run(library)
    asked: list[int] = []
    read = Library.model
    monkeypatch.setattr(Library, "model", lambda self, n: asked.append(n) or read(self, n))
    page, panel = opened(qtbot, SpectrumPanel)
    page.set_library(library.folder)
    model = probing.model(DENSE)
    measured(qtbot, page, subject(model))
    ticked(qtbot, panel.overlays, number)
    qtbot.waitUntil(lambda: len(panel.plot.lines()) == 2)
    again(qtbot, page)
    name = next(name for name in model.module.snapshot() if name.endswith(".W"))
    weight = 2 * model.module.snapshot()[name]
    later = subject(model, step=2, **{name: weight})
    page.set_subject(later)
    qtbot.waitUntil(lambda: page.measured is not None and page.measured[1] is later)
    again(qtbot, page)
    assert asked == [number]
    assert len(panel.plot.lines()) == 2
    panel.count.choose(0)
    again(qtbot, page)
    assert asked == [number, number]


@popup
def test_a_run_of_other_images_is_left_out_and_told(qtbot: QtBot, library: Library) -> None:
    other, fitting = trained_run(library, "Wide", shape=(1, 8, 12)), trained_run(library, "Fitting")
    page, panel = opened(qtbot, SpectrumPanel)
    page.set_library(library.folder)
    measured(qtbot, page, subject(probing.model(DENSE)))
    ticked(qtbot, panel.overlays, other, fitting)
    qtbot.waitUntil(lambda: panel.overlays.said.isVisible())
    again(qtbot, page)
    assert panel.overlays.said.text().startswith(f"Left out: #{other}. The model takes images of 1×8×12")
    assert panel.overlays.numbers() == [fitting]
    assert set(drawn(panel)) == {str(MINE), f"#{fitting} Fitting"}
    ticked(qtbot, panel.overlays, fitting)
    assert not panel.overlays.said.isVisible()


@popup
def test_runs_without_a_model_are_left_out_and_told_in_one_sentence(qtbot: QtBot, library: Library) -> None:
    fill(library, 40)
    page, panel = opened(qtbot, SpectrumPanel)
    page.set_library(library.folder)
    measured(qtbot, page, subject(probing.model(DENSE)))
    qtbot.mouseClick(panel.overlays, Qt.MouseButton.LeftButton)
    number = panel.overlays.chooser.numbers()[0]
    panel.overlays.chooser.close()
    ticked(qtbot, panel.overlays, number)
    item = panel.overlays.chooser.list.item(0)
    assert item.checkState() == Qt.CheckState.Checked
    qtbot.waitUntil(lambda: panel.overlays.said.isVisible())
    assert item.checkState() == Qt.CheckState.Unchecked
    assert f"#{number}" in panel.overlays.said.text()
    assert "has left no model" in panel.overlays.said.text()
    assert panel.overlays.numbers() == []


@popup
def test_no_more_runs_are_overlaid_than_there_are_colours(qtbot: QtBot, library: Library) -> None:
    fill(library, 60)
    overlays = Overlays()
    qtbot.addWidget(overlays)
    overlays.set_library(library.folder)
    overlays.show()
    overlays.open()
    chooser = overlays.chooser
    for row in range(MOST + 2):
        chooser.list.setCurrentRow(row)
        qtbot.keyClick(chooser.list, Qt.Key.Key_Space)
    assert overlays.numbers() == chooser.numbers()[:MOST]
    assert not chooser.list.item(MOST + 1).flags() & Qt.ItemFlag.ItemIsEnabled
    assert len({choice.place for choice in overlays.chosen().choices}) == MOST
    chooser.close()


@popup
def test_runs_of_one_title_say_what_differs_where_they_are_chosen(qtbot: QtBot, library: Library) -> None:
    for width in (4, 6):
        trained_run(library, "Small", {"network.widths": [width]})
    overlays = Overlays()
    qtbot.addWidget(overlays)
    overlays.set_library(library.folder)
    overlays.show()
    overlays.open()
    chooser = overlays.chooser
    said = [chooser.list.item(row).text() for row in range(chooser.list.count())]
    assert ["widths = 6" in said[0], "widths = 4" in said[1]] == [True, True]
    chooser.search.setText("small widths = 4")
    assert chooser.numbers() == [1]
    chooser.close()


@popup
def test_the_search_finds_runs_beyond_the_newest_and_keeps_ticks(qtbot: QtBot, library: Library) -> None:
    fill(library, 120)
    overlays = Overlays()
    qtbot.addWidget(overlays)
    overlays.set_library(library.folder)
    overlays.show()
    overlays.open()
    chooser = overlays.chooser
    listed = chooser.numbers()
    assert len(listed) == 30
    assert listed == sorted(listed, reverse=True)
    ended = [run.id for run in library.runs() if run.state in ("completed", "stopped")]
    assert listed == ended[:30]
    oldest = ended[-1]
    chooser.search.setText(f"#{oldest}")
    assert oldest in chooser.numbers()
    qtbot.keyClick(chooser.search, Qt.Key.Key_Return)
    chooser.list.setCurrentRow(chooser.numbers().index(oldest))
    qtbot.keyClick(chooser.list, Qt.Key.Key_Return)
    assert overlays.numbers() == [oldest]
    chooser.search.clear()
    assert oldest in chooser.numbers()
    assert chooser.list.item(chooser.numbers().index(oldest)).checkState() == Qt.CheckState.Checked
    qtbot.keyClick(chooser, Qt.Key.Key_Escape)
    assert not chooser.isVisible()


@popup
def test_an_empty_library_says_what_to_do(qtbot: QtBot, library: Library) -> None:
    overlays = Overlays()
    qtbot.addWidget(overlays)
    overlays.set_library(library.folder)
    overlays.show()
    overlays.open()
    assert overlays.chooser.said.isVisible()
    assert not overlays.chooser.list.isVisible()
    overlays.chooser.close()


def test_without_a_library_there_is_nothing_to_overlay_and_the_button_says_so(qtbot: QtBot) -> None:
    page, panel = opened(qtbot, SpectrumPanel)
    page.set_library(None)
    assert not panel.overlays.isEnabled()
    assert "no run library" in panel.overlays.toolTip()


# -- the look ---------------------------------------------------


def test_the_curve_keeps_to_the_theme(qtbot: QtBot, qapp: QApplication) -> None:
    page, panel = opened(qtbot, SpectrumPanel)
    measured(qtbot, page, subject(probing.model(DENSE)))
    mode = theme.mode()
    try:
        for wanted in ("dark", "light"):
            theme.apply(qapp, wanted)
            assert panel.plot.lines()[0].colour == theme.current().series[0]
    finally:
        theme.apply(qapp, mode)


def test_no_words_are_cut_off(qtbot: QtBot) -> None:
    page, panel = opened(qtbot, SpectrumPanel)
    measured(qtbot, page, subject(probing.model(DENSE)))
    panel.way.choose(1)
    again(qtbot, page)
    for widget in (panel.count, panel.way, panel.leading, panel.log_x, panel.log_y, panel.overlays):
        assert widget.width() >= widget.sizeHint().width(), widget.accessibleName()
        assert panel.rect().contains(widget.geometry()), widget.accessibleName()
    assert panel.caption.height() >= panel.caption.heightForWidth(panel.caption.width())
