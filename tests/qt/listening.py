"""Hearing a document in tests of the window, and a document that only writes down what it is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from PySide6.QtWidgets import QMainWindow
from pytestqt.qtbot import QtBot

from aestudio.qt.menus import Menus
from aestudio.qt.page import Page
from aestudio.studio.document import Document
from aestudio.studio.events import Notice
from aestudio.studio.kept import Kept
from aestudio.studio.notice import Failed, Noted
from aestudio.studio.studio import Studio

T = TypeVar("T")


@contextmanager
def told(qtbot: QtBot, document: Document, kind: type[T]) -> Iterator[list[T]]:
    """Waits at its end until the document has told an event of this kind; what was told by then."""
    heard: list[T] = []
    leave = document.listen(lambda event: heard.append(event) if isinstance(event, kind) else None)
    yield heard
    qtbot.waitUntil(lambda: bool(heard))
    leave()


class Asked(Document):
    """Does nothing; `asked` has the intents by name with their arguments."""

    asked: list[tuple[Any, ...]]

    def choose_recipe(self, name: str) -> None:
        self._write("choose_recipe", name)

    def resample(self, units: Sequence[int]) -> None:
        self._write("resample", tuple(units))

    def _write(self, *what: Any) -> None:
        self.__dict__.setdefault("asked", []).append(what)


class AskedOfKept(Kept):
    """The same of what was kept."""

    def __init__(self, document: Document, asked: list[tuple[Any, ...]]) -> None:
        super().__init__(document)
        self._asked = asked

    def open_run(self, number: int) -> None:
        self._asked.append(("open_run", number))

    def train_again(self, number: int) -> None:
        self._asked.append(("train_again", number))

    def continue_run(self, number: int, epochs: int | None = None, *, holds: bool = False) -> None:
        self._asked.append(("continue_run", number))


class Alone(Studio):
    """What a page gets that is tested without its window."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[Notice] = []
        self.listen(self.said.append)
        self.asked: list[tuple[Any, ...]] = []
        document = Asked(self.shelf)
        document.asked = self.asked
        document.kept = AskedOfKept(document, self.asked)
        self.documents = [document]
        self.document = document

    def failures(self) -> list[str]:
        """Every sentence that said why not."""
        return [one.sentence for one in self.said if isinstance(one, Failed)]

    def news(self) -> list[str]:
        """Every sentence of good news."""
        return [one.sentence for one in self.said if isinstance(one, Noted)]


def framed(page: Page) -> QMainWindow:
    """A window around a page, for the keys of its actions."""
    frame = QMainWindow()
    frame.setCentralWidget(page)
    menus = Menus(frame)
    menus.build(page.actions_here(), page.actions_here)
    page.actions_changed.connect(menus.refresh)
    frame.menuBar().hide()
    return frame


def alone(page: Page) -> Alone:
    """What a page was given that is tested without its window."""
    assert isinstance(page.studio, Alone)
    return page.studio
