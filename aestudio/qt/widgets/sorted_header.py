"""Headings of a table that is sorted by them."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHeaderView, QWidget

from aestudio.core.ground.texts import say
from aestudio.qt import theme

MARK = 13
"""Pixels of the mark at the column that is sorted by."""


class SortedHeader(QHeaderView):
    """Marks the column that is sorted by beside its heading, where a style sheet would draw over it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setProperty("role", "sorted")
        self.setAccessibleName(say("Columns"))
        self.setHighlightSections(False)
        self.setSectionsClickable(True)

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        painter.save()
        super().paintSection(painter, rect, section)
        painter.restore()
        if section == self.sortIndicatorSection() and self.isSortIndicatorShown():
            falling = self.sortIndicatorOrder() is Qt.SortOrder.DescendingOrder
            name = "chevron-down" if falling else "chevron-up"
            mark = theme.pixmap(name, MARK, theme.current().accent, self.devicePixelRatioF())
            painter.drawPixmap(rect.right() - MARK - 1, rect.center().y() - MARK // 2 + 1, mark)
