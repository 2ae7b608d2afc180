"""Long work of the window's thread comes in pieces, and Qt looks for events in between."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer
from pytestqt.qtbot import QtBot

from aestudio.qt.turns import Turns


def test_between_two_pieces_qt_does_what_else_there_is(qtbot: QtBot) -> None:
    parent, done = QObject(), list[str]()
    turns = Turns(parent)
    other = QTimer(parent)
    other.timeout.connect(lambda: done.append("-"))
    other.start()
    turns.begin([lambda: done.append("a"), lambda: done.append("b"), lambda: done.append("c")])
    assert not done
    qtbot.waitUntil(lambda: "c" in done)
    assert [one for one in done if one != "-"] == ["a", "b", "c"]
    assert "-" in done[done.index("a") : done.index("b")]
    assert "-" in done[done.index("b") : done.index("c")]


def test_what_begins_takes_the_place_of_what_was_due(qtbot: QtBot) -> None:
    parent, done = QObject(), list[str]()
    turns = Turns(parent)
    turns.begin([lambda: done.append("old")])
    turns.begin([lambda: done.append("new")])
    qtbot.waitUntil(lambda: bool(done))
    turns.finish()
    assert done == ["new"]


def test_all_that_is_due_can_be_done_at_once_and_is_done_once(qtbot: QtBot) -> None:
    parent, done, later = QObject(), list[str](), list[int]()
    turns = Turns(parent)
    turns.begin([lambda: done.append("a"), lambda: done.append("b")])
    turns.finish()
    assert done == ["a", "b"]
    QTimer.singleShot(20, parent, lambda: later.append(1))
    qtbot.waitUntil(lambda: bool(later))
    assert done == ["a", "b"]


def test_a_piece_may_ask_for_the_rest_at_once(qtbot: QtBot) -> None:
    parent, done = QObject(), list[str]()
    turns = Turns(parent)
    turns.begin([lambda: (done.append("a"), turns.finish())[0], lambda: done.append("b")])
    qtbot.waitUntil(lambda: "b" in done)
    assert done == ["a", "b"]
