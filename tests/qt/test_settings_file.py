"""Whoever writes into the file of settings runs nothing in the window's process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from tests.qt.conftest import opened_window

RAN: list[str] = []


def run(what: str) -> None:
    RAN.append(what)


class Runs:
    """Runs a function when it is unpickled."""

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return run, ("code from the file",)


def test_code_in_the_file_of_settings_is_not_run(qtbot: QtBot, tmp_path: Path) -> None:
    written, copy, path = (tmp_path / name for name in ("evil.ini", "copy.ini", "window.ini"))
    evil = QSettings(str(written), QSettings.Format.IniFormat)
    for name in ("geometry", "theme", "checkpoint/every", "splitter/explore"):
        evil.setValue(name, Runs())
    evil.sync()
    for one in (copy, path):
        one.write_bytes(written.read_bytes())
    QSettings(str(copy), QSettings.Format.IniFormat).value("theme")
    assert RAN  # that is what Qt's reader does
    RAN.clear()
    with opened_window(tmp_path):
        assert not RAN
