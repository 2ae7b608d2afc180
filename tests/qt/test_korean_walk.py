"""A walk in Korean from the start page to an exported model, through the real window: every word on the way is Korean.

`AESTUDIO_SHOTS=FOLDER pytest -m "" tests/qt/test_korean_walk.py` keeps a picture of each station.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QMenu, QWidget
from pytestqt.qtbot import QtBot

from aestudio.qt import speaking
from aestudio.qt.export_dialog import ExportDialog
from aestudio.qt.help_window import HelpWindow
from aestudio.qt.pages.denoise.page import DenoisePage
from aestudio.qt.pages.explore.page import ExplorePage
from aestudio.qt.pages.inspect.page import InspectPage
from aestudio.qt.pages.latent.page import LatentPage
from aestudio.qt.pages.runs.page import RunsPage
from aestudio.qt.pages.start.page import StartPage
from aestudio.qt.pages.studies.page import StudiesPage
from aestudio.qt.window import Window
from aestudio.studio.status import State
from tests.present import present
from tests.qt.conftest import opened_window, settle
from tests.qt.test_korean import english_of, painted
from tests.qt.test_speaking import said
from tests.qt.test_window import press, stop

NAMES = re.compile(
    r"AEStudio|MNIST|Fashion|CIFAR|AdamW?|PSNR|SSIM|JPEG|ONNX|torch\S*|safetensors|Python|Shell|SNE|CPU|Linux|x86_64"
    r"|float\d+|bfloat\d+|(leaky-)?relu|elu|tanh|sigmoid|softplus|identity|cores|<[^>]*>|&nbsp;|/\S+"
)
"""What is no word of English: names, units, and what files, settings and machines call things."""


@pytest.fixture
def korean(qtbot: QtBot, tmp_path: Path) -> Iterator[Window]:
    """A window that begins in Korean."""
    speaking.use("ko")
    try:
        with opened_window(tmp_path) as window:
            yield window
    finally:
        speaking.use("en")


def words(top: QWidget) -> Iterator[str]:
    """Every text that is seen in a window or a dialog: of its widgets, tables, lists, plots, choosers and menus."""
    for widget in (one for one in (top, *top.findChildren(QWidget)) if one.isVisible()):
        yield from said(widget)
        if isinstance(widget, QComboBox):
            yield from (widget.itemText(row) for row in range(widget.count()))
    for menu in top.findChildren(QMenu):
        yield from (action.text() for action in menu.actions())
    yield from painted(top)  # type: ignore[arg-type]  # all it asks for is children


def foreign(texts: Iterable[str]) -> set[str]:
    """Those with words that are neither Korean nor a name."""
    return {text for text in texts if re.search(r"[A-Za-z]{3}", NAMES.sub("", text)) and not re.search("[가-힣]", text)}


def look(window: Window, station: str, top: QWidget | None = None, place: str = "") -> None:
    """Nothing that is seen here is English, but for the name of a place where it is shown."""
    shown = top or window
    settle(shown)
    QApplication.processEvents()
    if folder := os.environ.get("AESTUDIO_SHOTS"):
        shown.grab().save(f"{folder}/{station}.png")
    found = set(words(shown))
    assert len(found) > 5, station
    assert english_of(found) == set(), station
    assert foreign(text for text in found if not place or place not in text) == set(), station


@pytest.mark.slow
def test_a_walk_from_the_start_page_to_an_exported_model_is_korean(
    qtbot: QtBot, korean: Window, tmp_path: Path
) -> None:
    window, document = korean, korean.document
    window.greet()
    look(window, "1-start")
    qtbot.mouseClick(window.page(StartPage).cards["sparse-kl"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: document.status.state is State.READY and window.page(ExplorePage).isVisible())
    look(window, "2-recipe")
    press(qtbot, window, "trainButton")
    qtbot.waitUntil(lambda: document.preview is not None and document.preview.step >= 100)
    look(window, "3-training")
    document.set_value("penalties.kl-sparsity.target", 0.1)
    press(qtbot, window, "pauseButton")
    qtbot.waitUntil(lambda: document.status.state is State.PAUSED)
    slider = window.page(ExplorePage).sliders.rows[0].slider
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() - 8, slider.height() // 2))
    look(window, "4-paused")
    press(qtbot, window, "pauseButton")
    stop(qtbot, window)
    qtbot.waitUntil(lambda: len(document.timeline.steps) > 3)
    document.timeline.go(2)
    look(window, "5-back-in-time")
    document.timeline.follow()
    inspect = window.page(InspectPage)
    press(qtbot, window, "inspectPageButton")
    for row, panel in enumerate(inspect.panels):
        if inspect.tabs.isTabVisible(row):
            inspect.tabs.setCurrentIndex(row)
            qtbot.waitUntil(lambda: inspect.measured is not None and not inspect.observer.busy)
            look(window, f"6-inspect-{type(panel).__name__}")
    press(qtbot, window, "latentPageButton")
    latent = window.page(LatentPage)
    qtbot.waitUntil(lambda: latent.measured is not None and not latent.observer.busy)
    look(window, "7-latent")
    press(qtbot, window, "studiesPageButton")
    assert window.page(StudiesPage).isVisible()
    look(window, "8-studies")
    press(qtbot, window, "denoisePageButton")
    denoise = window.page(DenoisePage)
    denoise.try_sample()
    qtbot.waitUntil(lambda: bool(denoise.desk.entries) and not denoise.desk.running)
    qtbot.mouseClick(denoise.clean, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: denoise.has_result(whole=True) and not denoise.desk.running)
    look(window, "9-denoise")
    press(qtbot, window, "runsPageButton")
    runs = window.page(RunsPage)
    qtbot.waitUntil(lambda: runs.model.rowCount() > 0)
    runs.table.choose([runs.model.run(0).id])
    look(window, "10-runs")
    window.action("export").trigger()
    dialog = present(window.findChild(ExportDialog))
    dialog.choose("script")
    dialog.place.setText(str(tmp_path / "exported"))
    look(window, "11-export", dialog)
    qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not dialog.working)
    look(window, "12-exported", dialog, str(tmp_path))
    assert (tmp_path / "exported" / "autoencoder.py").is_file()
    dialog.close()
    window.action("documentation").trigger()
    look(window, "13-help", present(window.findChild(HelpWindow)))
