"""Hands and eyes of the tests of the page of runs."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel
from pytestqt.qtbot import QtBot

from aestudio.core.library.catalogue import Library
from aestudio.qt.pages.runs.page import RunsPage


def button(page: RunsPage, name: str) -> QAbstractButton:
    found = page.findChild(QAbstractButton, name)
    assert found is not None
    return found


def press(qtbot: QtBot, page: RunsPage, name: str) -> None:
    qtbot.mouseClick(button(page, name), Qt.MouseButton.LeftButton)


def key(page: RunsPage, pressed: Qt.Key) -> None:
    QTest.keyClick(page.table, pressed)


def titles(page: RunsPage) -> list[str]:
    return [run.title for run in page.model.rows()]


def hint(page: RunsPage) -> str:
    found = page.findChild(QLabel, "runsHint")
    assert found is not None
    return found.text()


def twin(library: Library, number: int, mark: str = "") -> int:
    """The number of another run with the settings of one; it has left no files."""
    row = {**library.row(number, "*")}
    del row["id"]
    row["folder"] += f"-twin{mark}"
    with library.transaction() as connection:
        marks = ", ".join("?" * len(row))
        made = connection.execute(f"INSERT INTO runs ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))
        return made.lastrowid or 0


def again(library: Library) -> Library:
    """The same library as another program opens it."""
    return Library(library.folder)
