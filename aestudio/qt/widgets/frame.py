"""A line around something that is pointed at."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from aestudio.qt import theme

BORDER = 7


class Frame(QWidget):
    """A line around something; the mouse goes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def surround(self, target: QWidget) -> QRect:
        """Stand around something else in the window; where that is."""
        at = QRect(target.mapTo(self._window, QPoint()), target.size())
        at = at.adjusted(-BORDER, -BORDER, BORDER, BORDER).intersected(self._window.rect())
        self.setGeometry(at)
        return at

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.current().accent), 3))
        painter.drawRoundedRect(self.rect().adjusted(2, 2, -2, -2), 8, 8)
