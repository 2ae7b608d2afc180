"""The scrubber below the losses, in the real window: an earlier moment is shown, and a branch goes on from it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QSlider
from pytestqt.qtbot import QtBot

from aestudio.core.run.events import Finished
from aestudio.qt.pages.explore.page import ExplorePage
from aestudio.qt.window import Window
from aestudio.studio.status import State
from tests.present import present
from tests.qt.listening import told
from tests.qt.test_window import image_of, press, stop, train

ALT_SHIFT = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier


def explore(window: Window) -> ExplorePage:
    return present(window.findChild(ExplorePage))


def slider(window: Window) -> QSlider:
    return present(window.findChild(QSlider, "scrubber"))


def marks(window: Window) -> list[float]:
    """Where the plot says that something is shown."""
    return [mark.at for mark in explore(window).losses.plot.marks if mark.name.strip() == "shown"]


@pytest.mark.slow
def test_the_scrubber_moves_panes_and_mark_while_the_training_goes_on(qtbot: QtBot, window: Window) -> None:
    assert not slider(window).isEnabled()
    train(qtbot, window)
    line = window.document.timeline
    qtbot.waitUntil(lambda: len(line.steps) > 8)
    slider(window).setValue(0)
    qtbot.waitUntil(lambda: not line.is_newest)
    assert window.document.preview is not None
    assert window.document.preview.step == 0
    first = image_of(window, "reconstructedPane")
    assert present(explore(window).time.said).text() == "step 0"
    many = len(line.steps)
    qtbot.waitUntil(lambda: len(line.steps) > many)
    assert np.array_equal(first, image_of(window, "reconstructedPane"))
    assert slider(window).value() == 0
    press(qtbot, window, "newestButton")
    assert line.is_newest
    qtbot.waitUntil(lambda: not np.array_equal(first, image_of(window, "reconstructedPane")))
    assert slider(window).value() == slider(window).maximum()
    stop(qtbot, window)
    slider(window).setValue(2)
    qtbot.waitUntil(lambda: marks(window) == [line.step])
    line.follow()
    assert marks(window) == []


def test_keys_go_back_in_time_on_every_page(qtbot: QtBot, window: Window) -> None:
    train(qtbot, window)
    line = window.document.timeline
    qtbot.waitUntil(lambda: len(line.steps) > 4)
    stop(qtbot, window)
    window.action("inspect").trigger()
    qtbot.keyClick(window, Qt.Key.Key_PageUp, ALT_SHIFT)
    assert line.step == 0
    qtbot.keyClick(window, Qt.Key.Key_PageDown, Qt.KeyboardModifier.AltModifier)
    assert line.step == line.steps[1]
    qtbot.keyClick(window, Qt.Key.Key_PageUp, Qt.KeyboardModifier.AltModifier)
    assert line.step == 0
    qtbot.keyClick(window, Qt.Key.Key_PageDown, ALT_SHIFT)
    assert line.is_newest
    assert not window.action("newest").isEnabled()
    assert window.action("earlier").isEnabled()
    qtbot.keyClick(window, Qt.Key.Key_F4)
    assert line.playing
    qtbot.waitUntil(lambda: line.step != 0)
    qtbot.keyClick(window, Qt.Key.Key_F4)
    assert not line.playing


def test_a_branch_takes_another_way_from_the_moment_that_is_shown(qtbot: QtBot, window: Window) -> None:
    train(qtbot, window)
    document = window.document
    qtbot.waitUntil(lambda: len(document.timeline.steps) > 4)
    slider(window).setValue(3)
    qtbot.waitUntil(lambda: not document.timeline.is_newest)
    step = present(document.timeline.step)
    press(qtbot, window, "branchButton")
    qtbot.waitUntil(lambda: document.shown.number == 2 and document.status.state is State.READY)
    assert explore(window).losses.plot.curves()
    assert document.timeline.steps[-1] == step
    document.set_value("epochs", 1)
    with told(qtbot, document, Finished):
        press(qtbot, window, "continueButton")
    library = present(window.studio.shelf.library)
    assert library.summary(2).step >= step
    assert library.summary(2).parent == 1


def test_a_film_is_saved_where_the_person_says(
    qtbot: QtBot, window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not window.action("saveFilm").isEnabled()
    train(qtbot, window)
    stop(qtbot, window)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "film"), ""))
    window.action("saveFilm").trigger()
    qtbot.waitUntil(lambda: (tmp_path / "film.gif").exists() and not window.document.timeline.busy)
