"""Whatever a page does, closing the window ends it soon and keeps what was learned."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from aestudio.core.library.catalogue import Library
from aestudio.qt.pages.denoise.page import DenoisePage
from aestudio.qt.pages.inspect.page import InspectPage
from aestudio.qt.pages.inspect.panels.spectrum import SpectrumPanel
from aestudio.qt.pages.studies.kinds.tradeoff import TradeoffStudy
from aestudio.qt.pages.studies.page import StudiesPage
from aestudio.qt.window import SHUTTING_SECONDS, Window
from aestudio.studio.status import State
from tests.qt.test_window import train

GUARD = 10 * SHUTTING_SECONDS
"""A test asserts no time; what hangs fails."""


def test_closing_ends_a_training_a_study_a_measure_and_a_cleaning_at_once(
    qtbot: QtBot, window: Window, tmp_path: Path
) -> None:
    train(qtbot, window)
    studies = window.page(StudiesPage)
    window.show_page(studies)
    studies.of(TradeoffStudy).epochs.setValue(5_000)
    studies.start.click()
    qtbot.waitUntil(lambda: studies.runner.running)
    denoise = window.page(DenoisePage)
    window.show_page(denoise)
    noisy = np.random.default_rng(0).normal(128, 25, (400, 400)).clip(0, 255).astype(np.uint8)
    Image.fromarray(noisy).save(tmp_path / "noisy.png")
    denoise.ways.choose("zero-shot")
    denoise.desk.open([tmp_path / "noisy.png"])
    qtbot.waitUntil(lambda: denoise.clean.isEnabled())
    denoise.clean_now()
    qtbot.waitUntil(lambda: denoise.desk.running)
    inspecting = window.page(InspectPage)
    window.show_page(inspecting)
    inspecting.choose(SpectrumPanel)
    folder = window.studio.shelf.folder
    began = time.monotonic()
    assert window.shut(GUARD)
    assert time.monotonic() - began < GUARD
    window.close()
    with Library(folder) as library:
        states = [run.state for run in library.runs()]
    assert "training" not in states  # each was told to stop, and wrote down that it did
    assert "stopped" in states


@pytest.mark.parametrize("doing", ["nothing", "loading", "training", "paused"])
@pytest.mark.slow
def test_the_window_closes_whatever_the_document_does(qtbot: QtBot, window: Window, doing: str) -> None:
    if doing == "loading":
        window.document.choose_recipe("denoising-gaussian")
    elif doing != "nothing":
        train(qtbot, window)
    if doing == "paused":
        window.document.pause()
    assert window.shut(GUARD)
    assert window.close()
    assert window not in QApplication.topLevelWidgets() or not window.isVisible()
    window.studio.tick()
    assert window.document.status.state is not State.TRAINING
