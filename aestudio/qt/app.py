"""Starts the window: it is on the screen at once, and torch is imported behind it."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from aestudio import __version__
from aestudio.core.ground import journal
from aestudio.core.ground.errors import StudioError
from aestudio.core.ground.journal import LOG
from aestudio.core.ground.memory import share_arenas
from aestudio.qt import speaking, theme
from aestudio.qt.garbage import WindowThreadCollector
from aestudio.qt.loading import IMPORTING, PageLoader
from aestudio.qt.unpickling import keep_qt_from_unpickling
from aestudio.qt.worker import still_running

if TYPE_CHECKING:
    from aestudio.qt.window import Window


def run(file: str | None = None) -> int:
    """Opens the window, with a model or an image where one is named; returns the exit code.

    Raises: StudioError where there is no display to open it on; Qt itself would abort.
    """
    shown_by = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform == "linux" and not any(os.environ.get(name) for name in shown_by):
        raise StudioError("There is no display to open a window on; `aestudio train` works without one.")
    qInstallMessageHandler(_write_down)
    app = application()
    with contextlib.suppress(StudioError):  # a catalogue that cannot be read: English then
        speaking.use(speaking.preferred())
    ending = SignalHandler()
    window = open_window(Path(file) if file else None, ending.watch)
    code = app.exec() if not window.closed else 0  # it may have been closed while torch was imported
    code = 128 + ending.number if ending.number else code
    given_up = still_running()  # it was waited for long enough, and Qt would abort where its thread is destroyed
    if given_up:
        LOG.error("given-up-at-closing")
    if given_up or any(thread.name == IMPORTING for thread in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        journal.end()
        os._exit(code)
    return code


class SignalHandler:
    """Closes the window when a signal tells the process to end; one that comes before there is one waits for it."""

    def __init__(self) -> None:
        self.number = 0
        """Of the first signal; 0 where none has come."""
        self._window: Window | None = None
        # SIGHUP: its terminal was closed; Windows has none, `nohup` ignores it
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # as `nohup` leaves it
                signal.signal(number, self._leave)
        # Python sees signals only between its own instructions: a timer gives it some while Qt waits for events.
        self._awake = QTimer()
        self._awake.timeout.connect(lambda: None)
        self._awake.start(200)

    def watch(self, window: Window) -> None:
        """This is the window."""
        self._window = window
        if self.number:
            self._close(window)

    def _leave(self, number: int, _frame: FrameType | None) -> None:
        self.number = self.number or number
        if self._window is not None:
            self._close(self._window)

    def _close(self, window: Window) -> None:
        """From the event loop: a signal comes in the middle of anything, and before a loop that waits has begun."""
        QTimer.singleShot(0, window, window.leave)


LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def _write_down(kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
    """What Qt has to say goes into the log, and to the terminal as before."""
    LOG.log(LEVELS[kind], "Qt: %s", message)
    print(message, file=sys.stderr)


def application() -> QApplication:
    """The QApplication, dressed."""
    share_arenas()
    keep_qt_from_unpickling()
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("aestudio")
    app.setApplicationDisplayName("AEStudio")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("aestudio")
    theme.apply(app, "system")
    app.setWindowIcon(theme.app_icon())
    if app.findChild(WindowThreadCollector) is None:
        WindowThreadCollector(app)
    return app


def open_window(file: Path | None = None, made: Callable[[Window], None] = lambda window: None) -> Window:
    """Shows the window, and comes back when all of it is there, or when the person has closed it; tells `made` of it
    before.

    Raises: what keeps torch or a page from being imported.
    """
    from aestudio.qt.habits import Habits
    from aestudio.qt.window import Window

    with theme.undressed():
        window = Window(Habits(), furnished=False)  # these first: what is there already takes no other letters on
        made(window)
        if file is None:
            window.greet()
    loading = PageLoader(window, file)
    window.show()
    waiting = QEventLoop()
    loading.ended.connect(waiting.quit)
    window.left.connect(waiting.quit)
    waiting.exec()
    if loading.error is not None:
        raise loading.error
    return window
