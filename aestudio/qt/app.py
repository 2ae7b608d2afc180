"""Starts the window: something is on the screen at once, and torch is imported behind it."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QMessageLogContext, Qt, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QSplashScreen

from aestudio import __version__
from aestudio.core.ground import folders
from aestudio.core.ground.errors import StudioError
from aestudio.core.ground.journal import LOG
from aestudio.core.ground.texts import say
from aestudio.qt import speaking, theme
from aestudio.qt.garbage import WindowThreadCollector
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
    window = open_window(Path(file) if file else None)
    ended: list[int] = []

    def leave(number: int, _frame: FrameType | None) -> None:
        ended.append(number)
        window.leave()

    # Python sees signals only between its own instructions: a timer gives it some while Qt waits for events.
    for name in (
        "SIGINT",
        "SIGTERM",
        "SIGHUP",
    ):  # SIGHUP: its terminal was closed; Windows has none, `nohup` ignores it
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # as `nohup` leaves it
            signal.signal(number, leave)
    awake = QTimer()
    awake.start(200)
    awake.timeout.connect(lambda: None)
    code = app.exec()
    code = 128 + ended[0] if ended else code
    if still_running():  # it was waited for long enough, and Qt would abort where its thread is destroyed
        LOG.error("given-up-at-closing")
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


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


def open_window(file: Path | None = None) -> Window:
    """Shows a splash while torch is imported, then the main window."""
    splash = QSplashScreen(_splash(), Qt.WindowType.WindowStaysOnTopHint)
    splash.show()
    loaded = threading.Thread(target=_import_slow_things, name="importing")
    loaded.start()
    waiting = QEventLoop()
    look = QTimer()
    look.timeout.connect(lambda: None if loaded.is_alive() else waiting.quit())
    look.start(20)
    waiting.exec()
    look.stop()

    from aestudio.core.ground.compute import leave_a_core_for_the_window
    from aestudio.qt.window import Window

    folders.settings().parent.mkdir(parents=True, exist_ok=True)
    leave_a_core_for_the_window()
    window = Window()
    if file is None:
        window.greet()
    window.show()
    splash.finish(window)
    window.begin(file)
    threading.Thread(target=_warm_up, name="warm-up").start()
    return window


def _splash() -> QPixmap:
    """The icon and the name, in the theme's colours."""
    look = theme.current()
    picture = QPixmap(360, 220)
    picture.fill(QColor(look.window))
    painter = QPainter(picture)
    painter.drawPixmap(140, 34, theme.app_icon().pixmap(80, 80))
    font = painter.font()
    font.setPixelSize(24)
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(QColor(look.text))
    painter.drawText(picture.rect().adjusted(0, 122, 0, -60), Qt.AlignmentFlag.AlignCenter, "AEStudio")
    font.setPixelSize(13)
    font.setBold(False)
    painter.setFont(font)
    painter.setPen(QColor(look.muted))
    painter.drawText(picture.rect().adjusted(0, 164, 0, -20), Qt.AlignmentFlag.AlignCenter, say("Loading torch…"))
    painter.end()
    return picture


def _import_slow_things() -> None:
    import pyqtgraph  # noqa: F401
    import torch  # noqa: F401


def _warm_up() -> None:
    """The first optimiser makes torch import its compiler, well over a second: better now than at the first Train."""
    import torch._dynamo  # noqa: F401
