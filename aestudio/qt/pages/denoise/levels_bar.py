"""A histogram of a picture's values with two handles: which of them are black and white."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from aestudio.core.data.reading.levels import Levels
from aestudio.core.ground.texts import say
from aestudio.qt import theme

if TYPE_CHECKING:
    from aestudio.studio.denoise.looks import Histogram

HANDLE = 9
"""Width in pixels of what can be taken hold of."""
STEPS = 100
"""Of the keys, from end to end."""
NEAREST = 1 / 200
"""How near white comes to black, as a part of the histogram."""


class LevelsBar(theme.Themed, QWidget):
    """Drag a handle, or choose one with Tab or the mouse and move it with ← and →."""

    moved = Signal(float, float)
    """Black and white, once the handle is let go."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("levelsBar")
        self.setAccessibleName(say("Black and white"))
        self.setToolTip(say("How often values occur. Drag the two handles to say which are black and white"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._histogram: Histogram | None = None
        self._ends = [0.0, 1.0]
        self._held: int | None = None
        self._chosen = 0

    def show_levels(self, histogram: Histogram, levels: Levels) -> None:
        """What is counted, and where the handles stand. Emits nothing."""
        self._histogram, self._ends = histogram, list(levels)
        self.update()

    def levels(self) -> Levels:
        return self._ends[0], self._ends[1]

    def place(self, value: float) -> float:
        """Where a value stands, in pixels from the left."""
        seen = self._histogram
        assert seen is not None
        return HANDLE / 2 + (value - seen.low) / (seen.high - seen.low) * (self.width() - HANDLE)

    def _value(self, place: float) -> float:
        seen = self._histogram
        assert seen is not None
        return seen.low + (place - HANDLE / 2) / max(1, self.width() - HANDLE) * (seen.high - seen.low)

    def _move(self, value: float) -> None:
        """The chosen handle, within the histogram and on its own side of the other."""
        seen = self._histogram
        assert seen is not None
        least = NEAREST * (seen.high - seen.low)
        low, high = (seen.low, self._ends[1] - least) if not self._chosen else (self._ends[0] + least, seen.high)
        self._ends[self._chosen] = min(max(value, low), high)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._histogram is not None and event.button() == Qt.MouseButton.LeftButton:
            at = event.position().x()
            self._chosen = int(abs(at - self.place(self._ends[1])) < abs(at - self.place(self._ends[0])))
            self._held = self._chosen
            self._move(self._value(at))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is not None:
            self._move(self._value(event.position().x()))

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        if self._held is not None:
            self._held = None
            self.moved.emit(*self._ends)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        seen, steps = self._histogram, {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if seen is None or event.key() not in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down):
            super().keyPressEvent(event)
            return
        if steps is None:  # up and down choose the handle
            self._chosen = int(event.key() == Qt.Key.Key_Up)
            self.update()
            return
        self._move(self._ends[self._chosen] + steps * (seen.high - seen.low) / STEPS)
        self.moved.emit(*self._ends)

    def paintEvent(self, _event: QPaintEvent) -> None:
        seen, look, painter = self._histogram, theme.current(), QPainter(self)
        if seen is None:
            return
        room = self.height() - 1
        heights = np.sqrt(seen.counts / max(1, int(seen.counts.max()))) * (room - 2)
        wide = (self.width() - HANDLE) / len(heights)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(look.muted))
        for number, height in enumerate(heights):
            painter.drawRect(QRectF(HANDLE / 2 + number * wide, room - height, max(1.0, wide), height))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, value in enumerate(self._ends):
            at = self.place(value)
            is_chosen = self.hasFocus() and number == self._chosen
            painter.setPen(QColor(look.accent if is_chosen else look.text))
            painter.setBrush(QColor(("#000000", "#ffffff")[number]))
            painter.drawLine(QPointF(at, 0), QPointF(at, room))
            painter.drawRoundedRect(QRectF(at - HANDLE / 2, room / 2 - HANDLE, HANDLE - 1, 2 * HANDLE), 3, 3)

    def restyle(self) -> None:
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(240), theme.px(36))
