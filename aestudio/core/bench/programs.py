"""Programs that are started, each in a process of its own, and how often that can be done in some seconds."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from tempfile import TemporaryDirectory

UNTIL_PAINTED = """
import os
from PySide6.QtCore import QTimer

def painted(self, event):
    QTimer.singleShot(0, lambda: os._exit(0))
"""
"""Ends the process when a window and what is in it have been painted."""
BARE = (
    UNTIL_PAINTED
    + """
from PySide6.QtWidgets import QApplication, QMainWindow

class Bare(QMainWindow):
    paintEvent = painted

app = QApplication([])
window = Bare()
window.resize(1280, 800)
window.show()
app.exec()
"""
)
"""The least that a program with a window does."""
PAINTED = (
    UNTIL_PAINTED
    + """
from aestudio import cli
from aestudio.qt.window import Window

Window.paintEvent = painted
cli.main([])
"""
)
"""The program itself, until its first page is seen."""
READY = """
import os
from PySide6.QtCore import QTimer
from aestudio.qt import app

opened = app.open_window
def opening(*given):
    window = opened(*given)
    timer = QTimer(window, interval=5)
    timer.timeout.connect(lambda: window.document.status.can_train and os._exit(0))
    timer.start()
    return window

app.open_window = opening
app.run()
"""
"""The same until its first recipe can be trained."""


OWN = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "APPDATA", "LOCALAPPDATA")
"""What says where the person's settings, models and log are; the last two on Windows."""


def starting(*arguments: str) -> Callable[[float], float]:
    """Starts Python with these arguments again and again, and says how often in so many seconds. The programs find
    empty folders of their own: no settings, runs or log of the person, who may have many, and they leave nothing there.
    """
    shown = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    env = {**os.environ, **({} if shown or sys.platform != "linux" else {"QT_QPA_PLATFORM": "offscreen"})}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed is compiled, and the first start here compiles

    def go_on(seconds: float) -> float:
        with TemporaryDirectory(prefix="aestudio-", ignore_cleanup_errors=True) as own:
            command = [sys.executable, *arguments]
            theirs = {**env, **dict.fromkeys(OWN, own), "AESTUDIO_LIBRARY": f"{own}/library"}
            until, done = time.perf_counter() + seconds, 0
            while True:
                subprocess.run(command, check=True, env=theirs, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                done += 1
                if time.perf_counter() >= until:
                    return done

    return go_on
