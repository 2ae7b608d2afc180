"""The page slider and the two handles on the histogram, as a person uses them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from aestudio.qt.images import to_bytes
from aestudio.qt.pages.denoise.page import DenoisePage
from aestudio.qt.pages.denoise.pixmaps import shown
from tests.present import present
from tests.qt.test_denoise_page import drop_files, idle, page

__all__ = ["page"]


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    """Three pages of 12 bits in 16, each brighter than the last."""
    brightness = 500 + 500 * np.arange(3)[:, None, None]
    values = np.random.default_rng(0).normal(brightness, 60, (3, 48, 64)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "stack.tif", values, imagej=True, metadata={"axes": "ZYX"})
    return tmp_path / "stack.tif"


def test_a_plain_picture_has_neither_pages_nor_handles(qtbot: QtBot, page: DenoisePage, tmp_path: Path) -> None:
    Image.new("L", (20, 20), 90).save(tmp_path / "plain.png")
    drop_files(qtbot, page, tmp_path / "plain.png")
    assert not page.viewer.looks.isVisible()


def test_the_slider_shows_another_page(qtbot: QtBot, page: DenoisePage, stack: Path) -> None:
    drop_files(qtbot, page, stack)
    looks = page.viewer.looks
    assert looks.pages.isVisible()
    assert looks.page.text() == "Page 1 of 3"
    looks.pages.setFocus()
    QTest.keyClick(looks.pages, Qt.Key.Key_Right)
    idle(qtbot, page)
    assert looks.page.text() == "Page 2 of 3"
    entry = present(page.desk.current)
    assert 900 < entry.picture.stored.mean() < 1100


def test_a_frame_of_12_bits_is_shown_stretched_and_its_levels_are_said(
    qtbot: QtBot, page: DenoisePage, stack: Path
) -> None:
    drop_files(qtbot, page, stack)
    entry = present(page.desk.current)
    black, white = entry.picture.black_and_white
    assert f"black {black:.6g}, white {white:.6g}" in page.viewer.about.text()
    image = shown(entry.picture)
    greys = [image.pixelColor(x, y).red() for x in range(0, 64, 3) for y in range(0, 48, 3)]
    assert max(greys) - min(greys) > 150
    assert to_bytes(entry.picture.values()).std() > 20


def test_a_handle_that_is_dragged_sets_white_and_find_takes_it_back(
    qtbot: QtBot, page: DenoisePage, stack: Path
) -> None:
    drop_files(qtbot, page, stack)
    bar, entry = page.viewer.looks.bar, present(page.desk.current)
    black, white = entry.picture.black_and_white
    start, middle = round(bar.place(white)), bar.height() // 2
    end = round((bar.place(black) + bar.place(white)) / 2)
    QTest.mousePress(bar, Qt.MouseButton.LeftButton, pos=QPoint(start, middle))
    QTest.mouseMove(bar, QPoint(end, middle))
    QTest.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=QPoint(end, middle))
    idle(qtbot, page)
    found = entry.picture.black_and_white
    assert abs(found[0] - black) < 1e-6
    assert abs(found[1] - (black + white) / 2) < 0.05 * (white - black)
    assert abs(page.viewer.looks.white.value() - found[1]) < 1e-6
    qtbot.mouseClick(page.viewer.looks.auto, Qt.MouseButton.LeftButton)
    idle(qtbot, page)
    assert entry.picture.black_and_white == (black, white)


def test_the_handles_are_moved_by_keys_and_never_pass_each_other(qtbot: QtBot, page: DenoisePage, stack: Path) -> None:
    drop_files(qtbot, page, stack)
    bar, entry = page.viewer.looks.bar, present(page.desk.current)
    black, _ = entry.picture.black_and_white
    bar.setFocus()
    QTest.keyClick(bar, Qt.Key.Key_Right)
    idle(qtbot, page)
    assert entry.picture.black_and_white[0] > black
    QTest.keyClick(bar, Qt.Key.Key_Up)
    bar._move(-1e9)
    assert bar.levels()[0] < bar.levels()[1]


def test_black_and_white_are_typed(qtbot: QtBot, page: DenoisePage, stack: Path) -> None:
    drop_files(qtbot, page, stack)
    looks = page.viewer.looks
    looks.white.setFocus()
    looks.white.selectAll()
    QTest.keyClicks(looks.white, "4095")
    QTest.keyClick(looks.white, Qt.Key.Key_Return)
    idle(qtbot, page)
    assert present(page.desk.current).picture.black_and_white[1] == 4095
