"""The panel One step: what a single step did, and slow motion, which takes one after the other."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from aestudio.core.run.events import Held
from aestudio.qt.pages.inspect.page import InspectPage
from aestudio.qt.pages.inspect.panels.one_step import OneStepPanel
from aestudio.qt.window import Window
from aestudio.studio.slow_motion import SPEEDS
from aestudio.studio.status import State
from tests.present import present
from tests.qt.listening import told
from tests.qt.test_window import choose, stop


@pytest.fixture
def panel(window: Window) -> OneStepPanel:
    page = window.page(InspectPage)
    window.show_page(page)
    page.choose(OneStepPanel)
    assert isinstance(page.panel, OneStepPanel)
    return page.panel


def step(qtbot: QtBot, window: Window) -> int:
    """One more; its number."""
    with told(qtbot, window.document, Held) as held:
        window.document.step()
    return held[0].step


def looked_into(qtbot: QtBot, panel: OneStepPanel, number: int) -> None:
    qtbot.waitUntil(lambda: panel.terms.text().startswith(f"Step {number:,}:"))


def test_a_single_step_is_shown_with_its_batch_its_terms_and_what_they_want(
    qtbot: QtBot, window: Window, panel: OneStepPanel
) -> None:
    choose(qtbot, window, "recipeChooser", "sparse-kl")
    qtbot.waitUntil(lambda: window.document.status.can_step)
    step(qtbot, window)
    looked_into(qtbot, panel, step(qtbot, window))
    assert panel.batch.row_words() == ["Given", "Reconstructed"]  # nothing was corrupted
    assert len(present(panel.batch.images())) == 16
    assert "Reconstruction" in panel.terms.text()
    first = present(panel.weights.images())
    assert len(first) == 1 + 3 + 1 + 1  # the filter, what three terms want, how it moved, and the filter after
    panel.unit.setValue(7)
    qtbot.waitUntil(lambda: panel.weights.row_words() == ["Unit 7"])
    assert not np.array_equal(first[0], present(panel.weights.images())[0])
    stop(qtbot, window)


def test_before_any_single_step_the_panel_says_how_to_take_one(
    qtbot: QtBot, window: Window, panel: OneStepPanel
) -> None:
    window.document.train()
    qtbot.waitUntil(lambda: "taken alone" in panel.terms.text())
    assert panel.slow.isVisible()
    stop(qtbot, window)


def test_slow_motion_takes_step_after_step_and_holds_when_it_is_switched_off(
    qtbot: QtBot, window: Window, panel: OneStepPanel
) -> None:
    panel.speed.setValue(SPEEDS.index(12.0))
    panel.slow.click()
    qtbot.waitUntil(lambda: panel.terms.text().startswith("Step ") and not panel.terms.text().startswith("Step 1:"))
    panel.slow.click()
    assert window.document.slow_motion.speed is None
    assert window.document.status.state is State.PAUSED
    stop(qtbot, window)


def test_at_the_right_end_of_the_slider_the_training_goes_on_at_full_speed(
    qtbot: QtBot, window: Window, panel: OneStepPanel
) -> None:
    panel.slow.click()
    qtbot.waitUntil(lambda: window.document.status.state is State.PAUSED)
    panel.speed.setValue(len(SPEEDS) - 1)
    assert panel.said.text() == "full speed"
    assert window.document.status.state is State.TRAINING
    assert not panel.slow.isChecked()
    stop(qtbot, window)


def test_a_training_that_is_continued_or_stopped_switches_slow_motion_off(
    qtbot: QtBot, window: Window, panel: OneStepPanel
) -> None:
    panel.slow.click()
    qtbot.waitUntil(lambda: window.document.status.state is State.PAUSED)
    assert panel.slow.isChecked()
    window.document.train()
    assert not panel.slow.isChecked()
    panel.slow.click()
    assert panel.slow.isChecked()
    stop(qtbot, window)
    assert not panel.slow.isChecked()
