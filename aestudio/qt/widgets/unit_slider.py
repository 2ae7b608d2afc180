"""One unit of the code: its slider, its range, and two small pictures of what its ends draw."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QRectF, QSignalBlocker, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSlider, QStyle, QWidget

from aestudio.core.run.events import Floats
from aestudio.qt import theme
from aestudio.qt.images import to_qimage
from aestudio.qt.widgets.basics import FocusedWheel

TICKS = 1000
HANDLE = 14
"""Width of a slider's handle in the style sheet, borders included."""
BEYOND = 0.1
"""How far a slider reaches beyond the values that were seen, as a part of their span."""
MINI = 24
FARTHEST = 1e30
"""Codes beyond this have ranges, or sums over their units, that numbers of 32 bits cannot hold."""


def within_reach(codes: Floats) -> bool:
    """Whether sliders can go through these codes: all are numbers, and none is too large."""
    return bool((np.abs(codes) < FARTHEST).all())


def ranges(codes: Floats) -> tuple[Floats, Floats]:
    """The least and the greatest value of each unit's slider [K] for codes [M, K].

    They reach a little beyond the codes, but not beyond what the activation can give as far as the whole layer shows:
    not below 0 where no code is, not above 1 where all lie in [0, 1], not out of [-1, 1] where none does.
    """
    least, greatest = codes.min(0), codes.max(0)
    span = greatest - least
    flat = span < 1e-6
    low = np.where(flat, least - 0.5, least - BEYOND * span)
    high = np.where(flat, greatest + 0.5, greatest + BEYOND * span)
    lowest, highest = float(least.min()), float(greatest.max())
    if lowest >= -1 and highest <= 1:
        high = np.minimum(high, 1)
        low = np.maximum(low, -1)
    if lowest >= 0:
        low = np.maximum(low, 0)
    return low.astype(np.float32), high.astype(np.float32)


def written(value: float, span: float) -> str:
    """A value to about three digits of the span it lies in, and never “-0”."""
    digits = min(max(2 - math.floor(math.log10(span)), 0), 6) if span > 0 and math.isfinite(span) else 2
    return f"{round(value, digits) + 0.0:.{digits}f}"


def finest(spans: Floats) -> float:
    """The span that the numbers of all sliders with these spans are written for, so that their points stand below each
    other: the narrowest, but at least a hundredth of the widest.
    """
    return float(max(spans.min(), spans.max() / 100))


def longest(ends: Floats, span: float, metrics: QFontMetrics) -> str:
    """The number of these that takes most room."""
    return max((written(end, span) for end in set(ends.tolist())), key=metrics.horizontalAdvance)


class UnitSlider(FocusedWheel, QSlider):
    """A slider over a unit's range, with a mark where the sample's own value lies."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.low, self.high = 0.0, 1.0
        self._own = 0.0
        self._through: Floats | None = None
        self.about: Callable[[], str] = str
        """What is said of it where the pointer rests: asked for only then."""
        self.setRange(0, TICKS)
        self.setProperty("role", "plain")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(theme.px(72))

    def set_span(self, low: float, high: float, own: float, through: Floats | None = None) -> None:
        """The unit's range and the sample's own value; `through` are values, ascending, that the slider goes through at
        even distances, in the place of all between the ends.
        """
        if through is not None:
            span = max(high - low, 1e-12)
            through = np.maximum.accumulate(np.concatenate([[low], through, [high]])).astype(np.float32)
            through = through + np.linspace(0, 1e-4 * span, len(through), dtype=np.float32)  # none stands still
        if (low, high, own) != (self.low, self.high, self._own) or through is not self._through:
            self.low, self.high, self._own, self._through = low, high, own, through
            self.update()

    def show_number(self, number: float) -> None:
        """Put the handle at a value of the unit, without a signal."""
        tick = self._tick(number)
        if tick != self.value():
            with QSignalBlocker(self):
                self.setValue(tick)

    def number(self) -> float:
        """The value of the unit where the handle is."""
        share = self.value() / TICKS
        if self._through is not None:
            return float(np.interp(share, np.linspace(0, 1, len(self._through)), self._through))
        return self.low + (self.high - self.low) * share

    def _tick(self, number: float) -> int:
        if self._through is not None:
            return round(TICKS * float(np.interp(number, self._through, np.linspace(0, 1, len(self._through)))))
        return round(min(max((number - self.low) / (self.high - self.low), 0.0), 1.0) * TICKS)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            self.setToolTip(self.about())
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QPen(QColor(theme.current().muted), 2))
        room = self.width() - HANDLE
        x = QStyle.sliderPositionFromValue(0, TICKS, self._tick(self._own), room) + HANDLE // 2
        middle = self.height() // 2
        painter.drawLine(x, middle - 6, x, middle + 6)
        painter.end()
        super().paintEvent(event)


class Mini(QWidget):
    """A small picture, or an empty frame before there is one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.image: Floats | None = None
        """[C, H, W] in [0, 1]."""
        self.setFixedSize(theme.px(MINI), theme.px(MINI))

    def show_image(self, image: Floats | None) -> None:
        """Another one, or none."""
        self.image = image
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.image is None:
            painter.fillRect(self.rect(), QColor(theme.current().raised))
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.image.shape[-1] > MINI)
        painter.drawImage(QRectF(self.rect()), to_qimage(self.image))
