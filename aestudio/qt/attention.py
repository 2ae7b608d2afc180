"""Says that something long is over to somebody who is looking at other windows."""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from aestudio.qt import theme

LONG = 15.0
"""Seconds from which on a person may have gone elsewhere."""
SHOWN = 10_000
"""Milliseconds that the desktop shows a message."""


class Attention(QObject):
    """The window's entry in the task bar asks for attention, and where the desktop shows messages, it shows one."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._began: float | None = None
        self._tray: QSystemTrayIcon | None = None
        window.installEventFilter(self)

    def see(self, sentence: str, *, is_going_on: bool) -> None:
        """Whether anything goes on now, and what is said of it: once it is over, how it ended."""
        if is_going_on:
            self._began = time.monotonic() if self._began is None else self._began
            return
        began, self._began = self._began, None
        if began is not None and time.monotonic() - began >= LONG and not self._is_looked_at():
            self.ask(sentence)

    def _is_looked_at(self) -> bool:
        """The person is in this program, be it in a dialog."""
        return QApplication.activeWindow() is not None

    def ask(self, sentence: str) -> None:
        """For attention, whatever happened."""
        QApplication.alert(self._window)
        if not QSystemTrayIcon.isSystemTrayAvailable() or not QSystemTrayIcon.supportsMessages():
            return
        if self._tray is None:
            self._tray = QSystemTrayIcon(theme.app_icon(), self)
            self._tray.messageClicked.connect(self._come)
        self._tray.show()
        self._tray.showMessage(self._window.windowTitle(), sentence, theme.app_icon(), SHOWN)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.WindowActivate and self._tray is not None:
            self._tray.hide()  # it is there for the message alone
        return super().eventFilter(watched, event)

    def _come(self) -> None:
        self._window.setWindowState(self._window.windowState() & ~Qt.WindowState.WindowMinimized)
        self._window.raise_()
        self._window.activateWindow()
