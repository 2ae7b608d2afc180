"""Texts that end in dots where there is no room for them and are whole in the tooltip: they widen nothing."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from aestudio.core.ground.texts import Text, again
from aestudio.qt import theme
from aestudio.qt.widgets.basics import TextButton

RIGHT = Qt.TextElideMode.ElideRight


def told(text: str, tip: str) -> str:
    """The whole text, and below it what else a tooltip says."""
    return str(Text("{text}\n{tip}", text=text, tip=tip)) if tip else text


class OneLine(QLabel):
    """A text of one line whose height never changes; cut off at its end, or where `mode` says."""

    def __init__(self, text: str = "", role: str = "", mode: Qt.TextElideMode = RIGHT) -> None:
        super().__init__(text)
        self._mode = mode
        if role:
            self.setProperty("role", role)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def setText(self, text: str) -> None:
        """Another text, which the tooltip has too until it is given another one."""
        if self.toolTip() in ("", self.text()):
            self.setToolTip(text)
        super().setText(text)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        shown = self.fontMetrics().elidedText(self.text(), self._mode, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)


class ElidedCombo(QComboBox):
    """A chooser; its tooltip begins with what is chosen where that is cut off."""

    _tip = ""

    def setToolTip(self, tip: str) -> None:
        """What is said below the text that is chosen."""
        self._tip = tip
        super().setToolTip(tip)
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.setToolTip(again(self._tip))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        field = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, self)
        text = self.currentText() if self.currentIndex() >= 0 else self.placeholderText()
        option.currentText = self.fontMetrics().elidedText(text, RIGHT, room.width())
        super().setToolTip(self._tip if option.currentText == text else told(text, self._tip))
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)


class ElidedButton(TextButton):
    """A button with an icon whose text may be longer than it is wide."""

    def __init__(self, *, role: str, icon: str, parent: QWidget | None = None) -> None:
        super().__init__("", "", role=role, icon=icon, parent=parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_text(self, text: str, tip: str) -> None:
        """Another text, and what the tooltip says below it."""
        self.setText(text)
        self.setAccessibleName(text)
        self.setToolTip(told(text, tip))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, option = QStylePainter(self), QStyleOptionButton()
        self.initStyleOption(option)
        room = self.width() - self.iconSize().width() - 3 * theme.GRID
        option.text = self.fontMetrics().elidedText(option.text, RIGHT, room)
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
