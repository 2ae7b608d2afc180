"""While another thread makes classes of QObject, the window's thread stands still."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from aestudio.qt import class_making
from aestudio.qt.class_making import ClassMaking

MAKES = """
import time
began = time.perf_counter()
from PySide6.QtCore import QObject, Signal
import aside_plain
import {package}.second
class Made(QObject):
    changed = Signal()
time.sleep(0.2)
ended = time.perf_counter()
"""
SECOND = "import time\nbegan = time.perf_counter()\ntime.sleep(0.2)\nended = time.perf_counter()\n"


@pytest.fixture
def makers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package whose modules make classes; they import one that makes none."""
    package = f"makers_{tmp_path.name}"
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").write_text("")
    (tmp_path / package / "first.py").write_text(MAKES.replace("{package}", package))
    (tmp_path / package / "second.py").write_text(SECOND)
    (tmp_path / "aside_plain.py").write_text(SECOND)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(class_making, "MAKERS", (package,))
    return package


def imported(qtbot: QtBot, making: ClassMaking, name: str) -> list[float]:
    """When the window's thread did something while another one imported."""
    turns: list[float] = []
    timer = QTimer(interval=5)
    timer.timeout.connect(lambda: turns.append(time.perf_counter()))
    timer.start()

    def work() -> None:
        with making.within():
            __import__(name)

    thread = threading.Thread(target=work)
    thread.start()
    qtbot.waitUntil(lambda: not thread.is_alive())
    return turns


def during(turns: list[float], name: str) -> int:
    module = sys.modules[name]
    return sum(module.began + 0.01 < turn < module.ended - 0.01 for turn in turns)


def test_the_window_stands_still_while_a_class_is_made_and_works_while_anything_else_is_imported(
    qtbot: QtBot, makers: str
) -> None:
    turns = imported(qtbot, ClassMaking(), f"{makers}.first")
    assert during(turns, f"{makers}.second") == 0
    first = sys.modules[f"{makers}.first"]
    assert during(turns, "aside_plain") > 0
    assert not [turn for turn in turns if first.ended - 0.19 < turn < first.ended - 0.01]
    del sys.modules["aside_plain"]


def test_a_window_that_does_not_answer_keeps_no_import_from_going_on(
    qtbot: QtBot, makers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(class_making, "PATIENCE", 0.05)
    making = ClassMaking()

    def work() -> None:
        with making.within():
            __import__(f"{makers}.second")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(60)  # no event is answered meanwhile
    assert not thread.is_alive()
    turned: list[bool] = []
    QTimer.singleShot(0, lambda: turned.append(True))
    qtbot.waitUntil(lambda: bool(turned))  # and what was asked of it too late does not make it stand still


def test_a_module_that_cannot_be_imported_lets_the_window_go(qtbot: QtBot, makers: str, tmp_path: Path) -> None:
    (tmp_path / makers / "broken.py").write_text("raise KeyError('broken')\n")
    making, met = ClassMaking(), list[Exception]()

    def work() -> None:
        try:
            with making.within():
                __import__(f"{makers}.broken")
        except KeyError as error:
            met.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    qtbot.waitUntil(lambda: not thread.is_alive())
    assert str(met[0]) == "'broken'"
    assert making not in sys.meta_path
    turned: list[bool] = []
    QTimer.singleShot(0, lambda: turned.append(True))
    qtbot.waitUntil(lambda: bool(turned))
