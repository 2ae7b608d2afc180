"""What takes seconds is imported while the window is open: first what its early pages need, then torch and the rest."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication

from aestudio.qt.class_making import ClassMaking
from aestudio.qt.garbage import WindowThreadCollector
from aestudio.qt.pages import signs
from aestudio.qt.sign import Sign

if TYPE_CHECKING:
    from aestudio.qt.window import Window

IMPORTING = "importing"
"""The name of the thread that does."""
LOOK_MS = 15
REST = 2.0
"""Seconds that the imports wait at most for a page to be made: both hold Python's lock, and beside each other a page
takes twice as long, in which the window stands still. A menu that is open keeps pages from being made.
"""
UNPAINTED_MS = 500
"""A window that nobody sees, minimised or behind others, is waited for no longer before the imports begin."""


class PageLoader(QObject):
    """Begins when the window has been painted. A thread imports; each page is made in the window's thread as soon as
    it can be, one at a time, so that the window answers in between.
    """

    ended = Signal()

    def __init__(self, window: Window, file: Path | None) -> None:
        super().__init__(window)
        self._window, self._file = window, file
        self.error: BaseException | None = None
        """Why the imports failed."""
        app = QApplication.instance()
        self._collector = app.findChild(WindowThreadCollector) if app is not None else None
        self._imported: deque[type[Sign]] = deque()
        self._there = threading.Event()
        """All pages are imported."""
        self._settled = self._told = False
        self._loads = False
        """The imports wait for the first images, too: with them training can begin."""
        self._made = threading.Semaphore(0)
        """Counts the pages that the imports wait for."""
        self._left = [sign for sign in signs() if not window.has(sign)]
        self._making = ClassMaking(self)
        self._thread = threading.Thread(target=self._import, name=IMPORTING, daemon=True)
        self._looking = QTimer(self)
        self._looking.setInterval(LOOK_MS)
        self._looking.timeout.connect(self._look)
        window.installEventFilter(self)
        QTimer.singleShot(UNPAINTED_MS, self, self._begin)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._window.removeEventFilter(self)
            QTimer.singleShot(0, self, self._begin)  # when what is in the window is painted, too
        return False

    @property
    def running(self) -> bool:
        """The thread imports still."""
        return self._thread.is_alive()

    @Slot()
    def _begin(self) -> None:
        if self._thread.ident is None:
            if self._collector is not None:
                self._collector.rest()
            self._thread.start()
            self._looking.start()

    def _import(self) -> None:
        try:
            with self._making.within():
                for sign in sorted(self._left, key=lambda one: not one.early):  # the order of the rail is kept
                    if not sign.early:
                        _import_torch()
                    import_module(f"{sign.__module__}.page")
                    self._imported.append(sign)
                    self._made.acquire(timeout=REST)
                _import_torch()
        except BaseException as error:  # told by whoever has opened the window
            self.error = error
        self._there.set()
        if self.error is None:
            with suppress(Exception):  # whoever needs it will import it, and say why not
                _import_sizes()

    @Slot()
    def _look(self) -> None:
        """One page at a time; none while a menu is open, whose entries would change under the pointer."""
        if QApplication.activePopupWidget() is not None:
            return
        if self._loads and (self._window.document.status.can_train or self._window.document.status.running):
            self._loads = False
            self._made.release()
        if self._imported:
            sign = self._imported.popleft()
            self._left.remove(sign)
            try:
                self._window.furnish(sign)
                if sign.shows_document:
                    self._settle()
                    self._loads = True
            finally:
                if not self._loads:
                    self._made.release()
        elif self._there.is_set() and not self._told:
            self._told = True
            try:
                self._settle()
            finally:
                self.ended.emit()
        elif not self.running:
            self._looking.stop()
            if self._collector is not None:
                self._collector.go_on()

    def _settle(self) -> None:
        """Training can begin as soon as the page that shows it is there."""
        if not self._settled and self.error is None:
            from aestudio.core.ground.compute import use_threads

            self._settled = True
            use_threads(1)  # a hand on a slider does not wait for a second thread that a training keeps busy
            self._window.settle()
            self._window.begin(self._file)


def _import_torch() -> None:
    """And all that a document is made of, every part, and the equations that a form shows first."""
    import torch  # noqa: F401

    import aestudio.studio.document  # noqa: F401
    from aestudio.core.ground.compute import leave_a_core_for_the_window
    from aestudio.core.parts.slots import options
    from aestudio.core.run.run import FAMILIES
    from aestudio.qt.widgets.equation_view import typeset

    for family in FAMILIES.values():
        first = next(iter(options(family).values()), None)
        if first is not None and not family.many:
            typeset(first.equation)
    leave_a_core_for_the_window()


def _import_sizes() -> None:
    """Behind a window that can train: a run that is too large to be tried out with values would stand still for it."""
    from aestudio.core.parts.trying import import_what_sizes_need

    import_what_sizes_need()
