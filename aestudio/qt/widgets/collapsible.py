"""A titled section of a form that folds away; folded, its header says in grey what it holds."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from aestudio.core.ground.texts import Said, meant
from aestudio.qt import theme


class SectionHeader(theme.Themed, QAbstractButton):
    """The clickable line of a section: a chevron, the title, and at the right the summary while folded."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._summary: Said | str = ""
        self.setText(title)
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(title)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def set_summary(self, text: str) -> None:
        self._summary = meant(text) or text
        self.update()

    def summary(self) -> str:
        return str(self._summary)

    def sizeHint(self) -> QSize:
        return QSize(160, self.fontMetrics().height() + 16)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.sizeHint().height())

    def restyle(self) -> None:
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.hasFocus():
            painter.setPen(QColor(look.accent) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(look.raised))
            painter.drawRoundedRect(self.rect().adjusted(0, 1, -1, -2), 6, 6)
        chevron = theme.pixmap(
            "chevron-down" if self.isChecked() else "chevron-right", 14, look.muted, self.devicePixelRatioF()
        )
        painter.drawPixmap(4, (self.height() - 14) // 2, chevron)
        bold = self.font()
        bold.setWeight(bold.Weight.DemiBold)
        painter.setFont(bold)
        painter.setPen(QColor(look.text))
        used = 24 + painter.fontMetrics().horizontalAdvance(self.text())
        painter.drawText(QRect(24, 0, self.width() - 24, self.height()), Qt.AlignmentFlag.AlignVCenter, self.text())
        if self._summary and not self.isChecked():
            painter.setFont(self.font())
            painter.setPen(QColor(look.muted))
            room = QRect(used + 12, 0, self.width() - used - 20, self.height())
            shown = painter.fontMetrics().elidedText(str(self._summary), Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, shown)


class Section(QWidget):
    """A header over a body; clicking the header folds and unfolds the body."""

    folded = Signal(bool)

    def __init__(self, title: str, body: QWidget, *, is_open: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.header = SectionHeader(title)
        self.body = body
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(body)
        self.header.toggled.connect(self._show)
        self.header.setChecked(is_open)
        body.setVisible(is_open)

    def is_open(self) -> bool:
        return self.header.isChecked()

    def set_open(self, is_open: bool) -> None:
        self.header.setChecked(is_open)

    def set_summary(self, text: str) -> None:
        """What the folded header says at its right."""
        self.header.set_summary(text)

    def _show(self, is_open: bool) -> None:
        self.body.setVisible(is_open)
        self.folded.emit(not is_open)
