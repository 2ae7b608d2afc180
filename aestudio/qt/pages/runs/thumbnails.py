"""Thumbnails of the runs that are on the screen, and of those that were a moment ago."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QPixmap

from aestudio.core.library.summary import Summary

KEPT = 400
"""Pictures in memory: 70 kB each."""
FRAME_SECONDS = 0.004
"""What reading may take of one redraw; the rest comes with the next."""


class Thumbnails(QObject):
    """Reads a picture when it is first drawn. Where a redraw wants many, some come a redraw later.

    Scrolling stays smooth that way, and what went by too fast to be seen is never read.
    """

    wanting = Signal()
    """There are pictures that the last redraw had no time for: draw again."""

    def __init__(self, read: Callable[[int], bytes | None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._read = read
        self.known: OrderedDict[int, tuple[float, QPixmap | None]] = OrderedDict()
        self._until, self._begun = 0.0, False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self.wanting)

    def begin_frame(self) -> None:
        """A redraw begins."""
        self._until, self._begun = time.perf_counter() + FRAME_SECONDS, False

    def of(self, run: Summary) -> QPixmap | None:
        """The run's picture; None where it has none, or none yet. One that is out of date stands in for the new one."""
        known = self.known.get(run.id)
        if known is not None and known[0] == run.updated:
            self.known.move_to_end(run.id)
            return known[1]
        if self._begun and time.perf_counter() >= self._until:
            self._soon.start()
            return known[1] if known is not None else None
        self._begun = True
        made = self.known[run.id] = (run.updated, _decoded(self._read(run.id)))
        self.known.move_to_end(run.id)
        if len(self.known) > KEPT:
            self.known.popitem(last=False)
        return made[1]

    def forget(self) -> None:
        """They belong to another library from now on."""
        self.known.clear()
        self._soon.stop()


def _decoded(png: bytes | None) -> QPixmap | None:
    picture = QPixmap()
    return picture if png is not None and picture.loadFromData(png, "PNG") else None
