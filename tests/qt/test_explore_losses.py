"""What the loss curves on Explore say of a training beside its numbers."""

from __future__ import annotations

from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from aestudio.qt.pages.explore.page import ExplorePage
from aestudio.qt.widgets.line_plot import LinePlot
from aestudio.qt.widgets.loss_plot_bar import LossPlotBar
from aestudio.qt.window import Window
from aestudio.studio.status import State

MANY = 20
"""Scores of a run."""


def test_a_live_change_is_marked_and_the_run_before_can_be_drawn_behind(window: Window, qtbot: QtBot) -> None:
    document, page = window.document, window.page(ExplorePage)
    document.train()
    qtbot.waitUntil(lambda: bool(page.losses.curves()))
    document.set_value("penalties.kl-sparsity.target", 0.3)
    qtbot.waitUntil(lambda: bool(page.losses.changes()))
    ((step, said),) = page.losses.changes()
    assert said.startswith("ρ̂ ")
    assert said.endswith(" → 0.3")
    qtbot.waitUntil(lambda: step <= document.shown.curves.steps[-1])
    document.stop()
    qtbot.waitUntil(lambda: document.status.state is State.READY)
    first = document.shown.curves
    assert first.changes[0].step == step

    bar = page.losses.findChild(LossPlotBar)
    assert isinstance(bar, LossPlotBar)
    bar.before.click()
    assert "before" not in {line.role for line in page.losses.plot.lines()}  # there is none yet
    document.train()
    qtbot.waitUntil(lambda: "before" in {line.role for line in page.losses.plot.lines()})
    behind = next(line for line in page.losses.plot.lines() if line.role == "before")
    assert behind.x[-1] == first.steps[-1]
    document.stop()
    qtbot.waitUntil(lambda: document.status.state is State.READY)


def test_another_document_is_drawn_as_few_times_whatever_it_has_told(
    window: Window, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio, document = window.studio, window.document
    document.choose_recipe("linear")
    qtbot.waitUntil(lambda: document.status.can_train)
    document.set_value("epochs", MANY)
    document.train()
    qtbot.waitUntil(lambda: document.status.state is State.READY and document.status.trained)
    assert len(document.shown.curves.held_out()) >= MANY
    other = studio.add()
    other.begin("linear")
    studio.show(other)
    qtbot.waitUntil(lambda: other.status.can_train)
    drawn, show_lines = [], LinePlot.show_lines

    def counted(plot: LinePlot, *lines: Any, **options: Any) -> None:
        drawn.append(plot)
        show_lines(plot, *lines, **options)

    monkeypatch.setattr(LinePlot, "show_lines", counted)
    studio.show(document)
    plot = window.page(ExplorePage).losses.plot
    assert [name for name, _ in plot.levels()] == ["PCA"]
    assert drawn.count(plot) < MANY // 2


@pytest.mark.slow
def test_least_values_of_one_document_are_not_drawn_in_another(window: Window, qtbot: QtBot) -> None:
    studio, document = window.studio, window.document
    plot = window.page(ExplorePage).losses.plot

    def train(recipe: str) -> None:
        shown = studio.document
        shown.choose_recipe(recipe)
        qtbot.waitUntil(lambda: shown.status.can_train)
        shown.set_value("epochs", 1)
        shown.train()
        qtbot.waitUntil(lambda: shown.status.state is State.READY and shown.status.trained)

    other = studio.add()
    other.begin("denoising-masking")
    studio.show(other)
    train("denoising-masking")
    studio.show(document)
    train("linear")
    assert other.run.loss.kind != "squared-l2"
    assert [name for name, _ in plot.levels()] == ["PCA"]
    studio.show(other)
    assert "PCA" not in [name for name, _ in plot.levels()]


def test_the_loss_of_a_code_is_a_curve_of_its_own(window: Window, qtbot: QtBot) -> None:
    document, page = window.document, window.page(ExplorePage)
    document.choose_recipe("top-k")
    qtbot.waitUntil(lambda: document.status.can_train)
    document.set_value("code.auxiliary", True)
    document.train()
    qtbot.waitUntil(lambda: bool(page.losses.curves()))
    assert "Auxiliary loss" in {line.name for line in page.losses.plot.lines()}
    document.stop()
    qtbot.waitUntil(lambda: document.status.state is State.READY)


@pytest.mark.slow
def test_while_a_layer_is_trained_by_itself_the_page_says_which_codes_it_speaks_of(
    window: Window, qtbot: QtBot
) -> None:
    document, page = window.document, window.page(ExplorePage)
    document.choose_recipe("deep-greedy")
    qtbot.waitUntil(lambda: document.status.can_train)
    document.set_value("data", "digits")
    qtbot.waitUntil(lambda: document.status.can_train)
    document.set_value("network.widths", [16, 8])
    document.set_value("schedule.layer_epochs", 60)
    document.set_value("epochs", 1)
    said: set[str] = set()

    def look() -> bool:
        said.add(page.panes.state.text().partition(" · ")[2])
        return document.status.state is State.READY and document.status.trained

    document.train()
    qtbot.waitUntil(look)
    assert "from h₁, the code of layer 1" in said
    assert page.panes.state.text().partition(" · ")[2] == ""
