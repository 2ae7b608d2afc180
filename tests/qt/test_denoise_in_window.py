"""The page Denoise within the window: beside a training, with the window's own menus, and when the window is closed."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from aestudio.core.denoise.ways.zero_shot import ZeroShot
from aestudio.qt.pages.denoise.page import DenoisePage
from aestudio.qt.pages.explore.page import ExplorePage
from aestudio.qt.window import Window
from tests.qt.test_denoise_page import idle, noisy
from tests.qt.test_window import drop, stop, train


def test_pictures_are_cleaned_with_the_model_that_is_being_trained(
    qtbot: QtBot, window: Window, tmp_path: Path
) -> None:
    train(qtbot, window)
    window.show_page(window.page(DenoisePage))
    drop(window, noisy(tmp_path / "scan.png"))
    page = window.page(DenoisePage)
    idle(qtbot, page)
    page.ways.choose("current-model")
    page.clean.click()
    idle(qtbot, page)
    entry = page.desk.current
    assert entry is not None
    assert entry.results["Current model"].picture is not None
    assert window.document.status.running  # it goes on
    window.show_page(window.page(ExplorePage))
    stop(qtbot, window)


def test_what_is_opened_pasted_dropped_and_saved_belongs_to_the_page_that_is_shown(
    qtbot: QtBot, window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = window.page(DenoisePage)
    window.show_page(page)
    path = noisy(tmp_path / "scan.png")
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(path)], ""))
    window.action("open").trigger()
    idle(qtbot, page)
    image = QImage(20, 30, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    mime = QMimeData()
    mime.setImageData(image)
    QGuiApplication.clipboard().setMimeData(mime)
    window.action("paste").trigger()
    idle(qtbot, page)
    drop(window, noisy(tmp_path / "other.png"))
    idle(qtbot, page)
    assert [entry.name for entry in page.desk.entries] == ["scan.png", "Pasted picture", "other.png"]
    assert window.shown is page
    page.ways.choose("tv")
    page.clean.click()
    idle(qtbot, page)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "made.png"), ""))
    window.action("save").trigger()
    idle(qtbot, page)
    assert (tmp_path / "made.png").exists()


def test_a_refusal_is_shown_in_the_window_until_something_else_is_done(
    qtbot: QtBot, window: Window, tmp_path: Path
) -> None:
    window.show_page(window.page(DenoisePage))
    (tmp_path / "bad.png").write_bytes(b"")
    drop(window, tmp_path / "bad.png")
    idle(qtbot, window.page(DenoisePage))
    assert "bad.png" in window.notices.text()
    drop(window, noisy(tmp_path / "good.png"))
    idle(qtbot, window.page(DenoisePage))
    assert not window.notices.text()


def test_a_picture_that_was_taken_off_the_list_comes_back_by_a_key_and_by_the_notice(
    qtbot: QtBot, window: Window, tmp_path: Path
) -> None:
    window.document.choose_recipe("linear")  # which could be undone
    before = window.document.run
    page = window.page(DenoisePage)
    window.show_page(page)
    drop(window, noisy(tmp_path / "a.png"))
    idle(qtbot, page)
    QTest.keyClick(page.list, Qt.Key.Key_Delete)
    assert window.notices.text() == "a.png was taken off the list; its file stays."
    QTest.keyClick(page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert [entry.name for entry in page.desk.entries] == ["a.png"]
    assert window.notices.text() == "a.png is on the list again."
    QTest.keyClick(page.list, Qt.Key.Key_Delete)
    window.notices.acted.emit()
    assert [entry.name for entry in page.desk.entries] == ["a.png"]
    QTest.keyClick(page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)  # nothing is to be brought back
    assert window.document.run == before


def test_the_sample_becomes_noisy_by_itself(qtbot: QtBot, window: Window) -> None:
    page = window.page(DenoisePage)
    window.show_page(page)
    page.first_sample.click()
    qtbot.waitUntil(lambda: page.desk.current is not None and bool(page.desk.current.noise))
    idle(qtbot, page)
    assert page.table.rowCount() == 1  # the scores of the noisy picture


def test_the_sample_is_never_saved_beside_the_file_that_it_came_from(
    qtbot: QtBot, window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = window.page(DenoisePage)
    window.show_page(page)
    page.first_sample.click()
    qtbot.waitUntil(lambda: page.desk.current is not None and bool(page.desk.current.noise))
    idle(qtbot, page)
    page.ways.choose("tv")
    page.clean.click()
    idle(qtbot, page)
    asked: list[str] = []

    def answer(_parent: object, _title: str, proposal: str) -> tuple[str, str]:
        asked.append(proposal)
        return str(tmp_path / "mine.png"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    page.save.click()
    idle(qtbot, page)
    assert Path(asked[0]) == Path.home() / "chelsea-denoised.png"
    assert (tmp_path / "mine.png").exists()


def test_closing_the_window_ends_what_is_being_cleaned(qtbot: QtBot, window: Window, tmp_path: Path) -> None:
    page = window.page(DenoisePage)
    window.show_page(page)
    drop(window, noisy(tmp_path / "scan.png"))
    idle(qtbot, page)
    page.desk.clean("slow", ZeroShot(steps=100_000))
    assert page.desk.running
    window.close()
    assert page.desk.close(0)  # there is nothing left to wait for
