"""A seeded monkey on the real window: it clicks, types, drops, changes pages, trains and opens documents, and writes
down what it did and what that cost. The list of actions can be done again as it stands.
"""

from __future__ import annotations

import gc
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image
from PySide6.QtCore import QEventLoop, QMimeData, QObject, QPoint, Qt, QTimer, QUrl, Slot
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QColorDialog,
    QDialog,
    QFileDialog,
    QInputDialog,
    QMenu,
    QMessageBox,
    QWidget,
)

from aestudio.core.run import recipes
from aestudio.qt.window import Window
from aestudio.studio.keeping import BUDGET

TICK_MS = 20
QUICK_RECIPES = ("sparse-kl", "undercomplete", "linear", "denoising-masking", "top-k", "planar-denoising")
KEYS = (Qt.Key.Key_Tab, Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Space,
        Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_Delete, Qt.Key.Key_A, Qt.Key.Key_5)  # fmt: skip
NOT_PRESSED = ("quit", "emptyRun")
"""Actions that end the soak, or what the others need."""
Done = tuple[str, str]
"""A kind of action, and what it was done to."""


@dataclass
class Cost:
    """What one look at the process has found."""

    seconds: float
    megabytes: float
    threads: int
    files: int


@dataclass
class Watched:
    """What the soak has come to."""

    done: list[Done] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    stalls: list[tuple[float, float, Done]] = field(default_factory=list)
    """Seconds that the window answered nobody, how many of them its own thread computed, and the last action."""
    costs: list[Cost] = field(default_factory=list)

    def third(self, which: int, of: str) -> float:
        """The median of a cost over a third of the time: 1, 2 or 3."""
        size = len(self.costs) // 3
        return float(median(getattr(one, of) for one in self.costs[(which - 1) * size : which * size]))


class Pulse(QObject):
    """Measures how late a timer comes. What counts is the time that the window's thread computed meanwhile: on a busy
    machine it may wait for the processor as long as it likes.
    """

    def __init__(self, watched: Watched, least: float) -> None:
        super().__init__()
        self._watched, self._least = watched, least
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._beat)
        self._at = (time.monotonic(), time.thread_time())
        self._timer.start(TICK_MS)

    @Slot()
    def _beat(self) -> None:
        now = (time.monotonic(), time.thread_time())
        late, computed = now[0] - self._at[0], now[1] - self._at[1]
        if late > self._least:
            self._watched.stalls.append((late, computed, self._watched.done[-1] if self._watched.done else ("", "")))
        self._at = now


class Monkey:
    """Draws one action after the other."""

    def __init__(self, window: Window, seed: int, folder: Path) -> None:
        self.window, self.draw, self.folder = window, random.Random(seed), folder
        self.acts: dict[str, tuple[float, Callable[[], list[str]], Callable[[str], object]]] = {
            "page": (3, lambda: [page.name for page in window.pages], self._page),
            "click": (6, self._buttons, self._click),
            "action": (4, self._actions, lambda name: window.action(name).trigger()),
            "key": (4, lambda: [key.name for key in KEYS], self._key),
            "point": (3, lambda: [f"{self.draw.random():.3f} {self.draw.random():.3f}"], self._point),
            "drop": (1, lambda: [path.name for path in sorted(folder.iterdir())], self._drop),
            "train": (2, lambda: [""], lambda _: window.document.train()),
            "stop": (2, lambda: [""], lambda _: window.document.stop()),
            "recipe": (1, lambda: list(QUICK_RECIPES), self._recipe),
            "document": (0.5, lambda: ["0", "1"], self._document),
            "resize": (0.5, lambda: ["640x400", "1280x800", "1000x700"], self._resize),
        }

    def choose(self) -> Done:
        kind = self.draw.choices(list(self.acts), [weight for weight, *_ in self.acts.values()])[0]
        there = self.acts[kind][1]()
        return (kind, self.draw.choice(there)) if there else ("page", self.window.pages[0].name)

    def do(self, done: Done) -> None:
        self.acts[done[0]][2](done[1])

    def _page(self, name: str) -> None:
        self.window.show_page(next(page for page in self.window.pages if page.name == name))

    def _shown(self, kind: type[QWidget]) -> list[Any]:
        found = [one for one in self.window.findChildren(kind) if one.isVisible() and one.isEnabled()]
        return [one for one in found if one.visibleRegion().boundingRect().isValid()]

    def _buttons(self) -> list[str]:
        return [one.objectName() or one.text() or one.toolTip() for one in self._shown(QAbstractButton)]

    def _click(self, name: str) -> None:
        there = (one for one in self._shown(QAbstractButton) if name in (one.objectName(), one.text(), one.toolTip()))
        button = next(there, None)
        if button is not None:
            button.click()

    def _actions(self) -> list[str]:
        there = [action.name for action in self.window.menus.declared() if action.name not in NOT_PRESSED]
        return [name for name in there if self.window.action(name).isEnabled()]

    def _key(self, name: str) -> None:
        QTest.keyClick(QApplication.focusWidget() or self.window, Qt.Key[name])

    def _point(self, place: str) -> None:
        x, y = (float(part) for part in place.split())
        at = QPoint(int(x * self.window.width()), int(y * self.window.height()))
        widget = self.window.childAt(at)
        if widget is not None and not isinstance(widget, QAbstractButton):
            QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=widget.mapFrom(self.window, at))

    def _drop(self, name: str) -> None:
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(self.folder / name))])
        if not self.window.shown.drop(mime):
            self.window.intake.take_drop(mime)

    def _recipe(self, name: str) -> None:
        self.window.document.choose_recipe(name)

    def _document(self, which: str) -> None:
        studio = self.window.studio
        if len(studio.documents) < 2:
            studio.add().begin(recipes.find("undercomplete").name)
        studio.show(studio.documents[int(which)])

    def _resize(self, size: str) -> None:
        self.window.resize(*(int(part) for part in size.split("x")))


def things_to_drop(folder: Path) -> Path:
    """A few pictures, and files that are none."""
    folder.mkdir()
    values = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    for name, suffix in (("a", "png"), ("b", "jpg"), ("c", "tif")):
        Image.fromarray(values).save(folder / f"{name}.{suffix}")
    (folder / "letter.txt").write_text("dear")
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n")
    return folder


@contextmanager
def nobody_answers() -> Iterator[None]:
    """Dialogs that would wait for a person are closed at once."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("getOpenFileName", "getSaveFileName"):
            patch.setattr(QFileDialog, name, lambda *_, **__: ("", ""))
        patch.setattr(QFileDialog, "getOpenFileNames", lambda *_, **__: ([], ""))
        patch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: "")
        patch.setattr(QColorDialog, "getColor", lambda *_, **__: QImage().pixelColor(0, 0))
        for name in ("getInt", "getText", "getItem", "getDouble"):
            patch.setattr(QInputDialog, name, lambda *_, **__: (0, False))
        patch.setattr(QMessageBox, "exec", lambda _box: 0)
        patch.setattr(QDialog, "exec", lambda _box: 0)
        patch.setattr(QMenu, "exec", lambda *_: None)
        patch.setattr("PySide6.QtGui.QDesktopServices.openUrl", lambda _url: True)
        yield


def soak(
    window: Window, seconds: float, seed: int, folder: Path, again: list[Done] | None = None, least: float = 0.25
) -> Watched:
    """The monkey for so long, or the same actions `again`."""
    watched, monkey = Watched(), Monkey(window, seed, folder)
    hook = sys.excepthook
    sys.excepthook = lambda kind, error, trace: watched.errors.append(f"{watched.done[-1:]} {kind.__name__}: {error}")
    process, began = psutil.Process(), time.monotonic()
    looked = began
    pulse = Pulse(watched, least)
    waiting = list(again or [])
    try:
        with nobody_answers():
            while waiting if again else time.monotonic() - began < seconds:
                done = waiting.pop(0) if again else monkey.choose()
                watched.done.append(done)
                try:
                    monkey.do(done)
                except Exception as error:
                    watched.errors.append(f"{done} {type(error).__name__}: {error}")
                rest(monkey.draw.choice((5, 30, 100)))
                for dialog in [one for one in QApplication.topLevelWidgets() if isinstance(one, QDialog | QMenu)]:
                    if dialog.isVisible():
                        dialog.close()
                if time.monotonic() - looked > max(1.0, seconds / 100):
                    looked = time.monotonic()
                    gc.collect()
                    memory = process.memory_info().rss / 1e6
                    watched.costs.append(Cost(looked - began, memory, process.num_threads(), process.num_fds()))
    finally:
        pulse.deleteLater()
        sys.excepthook = hook
    return watched


def rest(milliseconds: int) -> None:
    """Lets Qt work."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def allowed(window: Window) -> float:
    """Megabytes that documents may keep on purpose: moments of a training to go back to."""
    return len(window.studio.documents) * BUDGET / 1e6
