"""The batch dialog proposes the open folder, and writes results as the person wants them."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from aestudio.core.denoise.output import Output
from aestudio.core.denoise.pipeline import Cleaning
from aestudio.core.ground import atomic
from aestudio.qt.pages.denoise.batch_dialog import BatchDialog
from aestudio.qt.pages.denoise.output_form import OutputForm
from aestudio.qt.pages.denoise.page import DenoisePage
from tests.qt.test_denoise_page import drop_files, noisy, page

__all__ = ["page"]


def test_results_are_what_the_pictures_are_unless_chosen_otherwise(qtbot: QtBot) -> None:
    form = OutputForm()
    qtbot.addWidget(form)
    assert form.output() == Output()
    form.ending.setCurrentText(".jpg")
    form.behind.setText(" -clean ")
    form.quality.setValue(80)
    assert form.output() == Output(".jpg", "-clean", 80)
    form.ending.setCurrentText(".png")
    assert not form.quality.isEnabled()
    assert form.output() == Output(".png", "-clean")
    form.output().check()


def test_the_folder_of_the_open_picture_is_proposed_and_cleaned_as_chosen(
    qtbot: QtBot, page: DenoisePage, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    drop_files(qtbot, page, noisy(tmp_path / "in" / "a.png"))
    page.batch.click()
    (dialog,) = page.findChildren(BatchDialog)
    assert dialog.source.text() == str(tmp_path / "in")
    assert dialog.target.text() == str(tmp_path / "in-denoised")
    dialog.output.ending.setCurrentText(".jpg")
    dialog.output.behind.setText("_clean")
    with qtbot.waitSignal(dialog.ended):
        dialog.start.click()
    with Image.open(tmp_path / "in-denoised" / "a_clean.jpg") as made:
        assert made.format == "JPEG"
    dialog.close()


def test_files_that_are_no_pictures_are_named_too(qtbot: QtBot, page: DenoisePage, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    noisy(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "notes.txt").write_text("notes")
    dialog = BatchDialog(Cleaning(page.ways.way()), page, folder=tmp_path / "in")
    qtbot.addWidget(dialog)
    with qtbot.waitSignal(dialog.ended):
        dialog.start.click()
    assert "0 skipped, 1 no picture" in dialog.said.text()
    assert dialog.skipped.item(0).text().startswith("notes.txt: ")
    dialog.close()


def test_a_full_disk_is_said_with_what_to_do(
    qtbot: QtBot, page: DenoisePage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path, _content: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (tmp_path / "in").mkdir()
    noisy(tmp_path / "in" / "a.png")
    dialog = BatchDialog(Cleaning(page.ways.way()), page, folder=tmp_path / "in")
    qtbot.addWidget(dialog)
    monkeypatch.setattr(atomic, "write_bytes", full)
    with qtbot.waitSignal(dialog.ended):
        dialog.start.click()
    assert "has no room left for a.png. Free some space and start this again" in dialog.said.text()
    assert "0 cleaned, 0 skipped" in dialog.said.text()


def test_earlier_results_are_left_out_which_is_said_and_cleaned_where_asked(
    qtbot: QtBot, page: DenoisePage, tmp_path: Path
) -> None:
    for name in ("a.png", "a-denoised.png"):
        (tmp_path / "in").mkdir(exist_ok=True)
        noisy(tmp_path / "in" / name)
    dialog = BatchDialog(Cleaning(page.ways.way()), page, folder=tmp_path / "in")
    qtbot.addWidget(dialog)
    with qtbot.waitSignal(dialog.ended):
        dialog.start.click()
    assert "1 earlier result of this program was left out." in dialog.said.text()
    dialog.earlier.setChecked(True)
    with qtbot.waitSignal(dialog.ended):
        dialog.start.click()
    assert "left out" not in dialog.said.text()
    assert (tmp_path / "in-denoised" / "a-denoised.png").exists()
