"""Whoever writes into a file of settings runs nothing in the window's process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from tests.qt.conftest import opened_window

NAMES = ("geometry", "theme", "checkpoint/every", "splitter/explore", "FileDialog/lastVisited", "Qt/customColors/0")
READS = """
import sys
from PySide6.QtCore import QSettings
print(QSettings(sys.argv[1], QSettings.Format.IniFormat).value("theme"))
"""
ASKS = """
from PySide6.QtWidgets import QFileDialog
QFileDialog()
"""
QT = "from PySide6.QtWidgets import QApplication; app = QApplication([])"
PROGRAM = "from aestudio.qt.app import application; app = application()"


class Runs:
    """Makes a file when it is unpickled."""

    def __init__(self, made: Path) -> None:
        self._made = made

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.touch, (self._made,)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """What is there once code from the file has run."""
    return tmp_path / "made"


@pytest.fixture
def evil(tmp_path: Path, made: Path) -> bytes:
    """A file of settings, as Qt writes it."""
    written = tmp_path / "evil.ini"
    settings = QSettings(str(written), QSettings.Format.IniFormat)
    for name in NAMES:
        settings.setValue(name, Runs(made))
    settings.sync()
    made.unlink(missing_ok=True)
    return written.read_bytes()


def test_code_in_the_file_of_settings_is_not_run(qtbot: QtBot, tmp_path: Path, made: Path, evil: bytes) -> None:
    (tmp_path / "window.ini").write_bytes(evil)
    with opened_window(tmp_path):
        assert not made.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Qt's own settings lie in no such file")
@pytest.mark.parametrize("reads", [READS, ASKS], ids=["reading a file", "asking for a file"])
def test_code_in_a_file_that_qt_reads_by_itself_is_not_run(
    tmp_path: Path, made: Path, evil: bytes, reads: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    def ran(begun: str) -> bool:
        made.unlink(missing_ok=True)
        for name in ("read.ini", "QtProject.conf"):
            (tmp_path / name).write_bytes(evil)
        subprocess.run([sys.executable, "-c", begun + reads, str(tmp_path / "read.ini")], check=True)
        return made.exists()

    assert ran(QT)  # that is what Qt's reader does
    assert not ran(PROGRAM)
