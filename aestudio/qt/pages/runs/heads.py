"""The headings of groups, drawn over the table above the first run of each."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QTableView

from aestudio.qt import theme
from aestudio.qt.pages.runs.delegate import PADDING, head_height
from aestudio.qt.pages.runs.model import RunModel

SIGN = 16
"""Pixels of the sign that says whether a group is folded."""


def draw_heads(table: QTableView, model: RunModel, current: int) -> None:
    """Those on the screen; a folded one as a row that is chosen or not. `current` is the keyboard's row, or -1."""
    heads = model.heads()
    if not heads:
        return
    look = theme.current()
    view, chosen = table.viewport(), table.selectionModel()
    painter = QPainter(view)
    font = QFont(table.font())
    font.setWeight(QFont.Weight.DemiBold)
    painter.setFont(font)
    ratio = table.devicePixelRatioF()
    signs = {
        folded: theme.pixmap(name, SIGN, look.muted, ratio)
        for folded, name in ((True, "chevron-right"), (False, "chevron-down"))
    }
    bottom = table.rowAt(view.height() - 1)
    for row in range(table.rowAt(0), (bottom if bottom >= 0 else model.rowCount() - 1) + 1):
        if (group := heads.get(row)) is None:
            continue
        folded = model.folded_at(row) is not None
        band = QRect(0, table.rowViewportPosition(row), view.width(), head_height())
        marked = folded and chosen.isRowSelected(row)
        painter.fillRect(
            band, QColor(look.tint(look.accent, 0.14) if marked else theme.mix(look.surface, look.text, 0.06))
        )
        painter.fillRect(band.left(), band.bottom(), band.width(), 1, QColor(look.line))
        if folded and row == current:
            painter.fillRect(band.left(), band.top(), 3, band.height() - 1, QColor(look.accent))
        painter.drawPixmap(PADDING, band.top() + (band.height() - SIGN) // 2, signs[folded])
        room = band.adjusted(2 * PADDING + SIGN, 0, -PADDING, 0)
        said = painter.fontMetrics().elidedText(model.heading(group), Qt.TextElideMode.ElideMiddle, room.width())
        painter.setPen(QColor(look.text))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine), said)
    painter.end()
