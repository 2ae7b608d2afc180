"""Whoever looks at other windows is told that something long is over."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from aestudio.qt.attention import Attention


class Watched(Attention):
    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.asked: list[str] = []

    def ask(self, sentence: str) -> None:
        super().ask(sentence)
        self.asked.append(sentence)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr("aestudio.qt.attention.time.monotonic", lambda: now[0])
    return now


@pytest.mark.parametrize(
    ("seconds", "active", "asks"), [(20, False, True), (5, False, False), (20, True, False)],
    ids=["long and away", "short", "looking on"],
)  # fmt: skip
def test_the_end_of_something_long_asks_for_attention_where_nobody_looks(
    qtbot: QtBot, clock: list[float], monkeypatch: pytest.MonkeyPatch, seconds: float, active: bool, asks: bool
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    monkeypatch.setattr(QApplication, "activeWindow", lambda: window if active else None)
    watched = Watched(window)
    watched.see("", is_going_on=False)
    watched.see("Training", is_going_on=True)
    clock[0] += seconds
    watched.see("Still training", is_going_on=True)
    watched.see("Finished after 100 steps", is_going_on=False)
    watched.see("Finished after 100 steps", is_going_on=False)
    assert watched.asked == (["Finished after 100 steps"] if asks else [])
