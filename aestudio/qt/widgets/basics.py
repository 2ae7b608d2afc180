"""The smallest parts that several widgets share: toggles, legend chips, stat cards, hints, a row that wraps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLayoutItem,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from aestudio.core.ground.texts import known, meant, say
from aestudio.qt import theme


def label(text: str, role: str = "", *, wrap: bool = False) -> QLabel:
    """A plain-text label in one of the style sheet's roles."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if role:
        made.setProperty("role", role)
    return made


class Readout(QLabel):
    """A number that changes; as wide as the longest one that it may come to be, in the font in use."""

    def __init__(self, longest: str = "", role: str = "readout") -> None:
        super().__init__()
        self.longest = longest
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)

    def minimumSizeHint(self) -> QSize:
        needed = self.fontMetrics().horizontalAdvance(self.longest)
        return super().minimumSizeHint().expandedTo(QSize(needed, 0))

    def sizeHint(self) -> QSize:
        return super().sizeHint().expandedTo(self.minimumSizeHint())


def in_one_line(text: str) -> str:
    """Without the line breaks of the file that it stands in, for a label that breaks lines itself."""
    return " ".join(text.split())


def hint(text: str) -> QLabel:
    """The one grey sentence an empty widget shows."""
    made = label(text, "muted", wrap=True)
    made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    made.setMargin(2 * theme.GRID)
    return made


def rule() -> QFrame:
    """A hairline across."""
    made = QFrame()
    made.setProperty("role", "rule")
    return made


def card(widget: QWidget, margin: int = theme.GRID) -> QFrame:
    """A widget on a card of its own."""
    from aestudio.qt.widgets.sharing import share  # with files, drawings and dragging

    made = QFrame()
    made.setProperty("role", "card")
    inside = QVBoxLayout(made)
    inside.setContentsMargins(margin, margin, margin, margin)
    inside.addWidget(widget)
    made.setAccessibleName(widget.accessibleName())
    share(made)
    return made


def pad(box: QAbstractSpinBox) -> None:
    """Keep a spin box's text off its left edge: Qt 6.11 ignores the style sheet's padding there."""
    box.lineEdit().setTextMargins(6, 0, 0, 0)


class IconButton(theme.Themed, QToolButton):
    """A flat button with a bundled icon that keeps to the theme; its tooltip is its accessible name too."""

    def __init__(self, name: str, tip: str, parent: QWidget | None = None, *, text: str = "") -> None:
        super().__init__(parent)
        self._name = name
        self.setToolTip(tip)
        self.setAccessibleName(text or tip)
        self.setIconSize(QSize(theme.px(18), theme.px(18)))
        self.setAutoRaise(True)
        if text:
            self.setText(text)
            self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.toggled.connect(self.restyle)
        self.restyle()

    def set_icon(self, name: str) -> None:
        """Another one from now on."""
        if name != self._name:
            self._name = name
            self.restyle()

    def restyle(self) -> None:
        self.setIcon(theme.icon(self._name, theme.current().accent if self.isChecked() else None))


class Segmented(QWidget):
    """A few choices side by side of which exactly one holds."""

    changed = Signal(int)

    def __init__(self, choices: Sequence[tuple[str, str]], name: str, parent: QWidget | None = None) -> None:
        """`choices` are (text, tooltip)."""
        super().__init__(parent)
        self.setAccessibleName(name)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self._group = QButtonGroup(self)
        for index, (text, tip) in enumerate(choices):
            button = QToolButton()
            button.setText(text)
            button.setToolTip(tip)
            button.setAccessibleName(say("{name}: {choice}", name=known(name), choice=known(text)))
            button.setCheckable(True)
            button.setChecked(index == 0)
            button.setProperty("role", "segment")
            button.setProperty("end", "left" if index == 0 else "right" if index == len(choices) - 1 else "")
            self._group.addButton(button, index)
            row.addWidget(button)
        self._group.idToggled.connect(self._toggled)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def index(self) -> int:
        """Which choice holds."""
        return self._group.checkedId()

    def choose(self, index: int) -> None:
        """Make another choice hold."""
        self._group.button(index).setChecked(True)

    def _toggled(self, index: int, on: bool) -> None:
        if on:
            self.changed.emit(index)


class FocusedWheel:
    """Before a QWidget among the bases: the wheel is for what lies around, unless the focus is here."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        if cast(QWidget, self).hasFocus():
            super().wheelEvent(event)  # type: ignore[misc]
        else:
            event.ignore()


UNDO = QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo


class UndoneOutside:
    """Before a line edit or a box of numbers among the bases: undo and redo are its own while something typed is not
    committed, and those of what lies around from then on.
    """

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and any(map(event.matches, UNDO)) and not self._edit().isModified():
            event.ignore()
            return False
        return bool(super().event(event))  # type: ignore[misc]

    def _edit(self) -> QLineEdit:
        return self if isinstance(self, QLineEdit) else cast(QAbstractSpinBox, self).lineEdit()


class Chip(QPushButton):
    """A legend entry: a swatch and a name; unchecked, it is hollow and grey."""

    def __init__(self, text: str, colour: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._colour = colour
        self.setCheckable(True)
        self.setChecked(True)
        self.setFlat(True)
        self.setAccessibleName(say("Show {name}", name=known(text)))
        self.setToolTip(say("Show or hide “{name}”", name=known(text)))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_colour(self, colour: str) -> None:
        self._colour = colour
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.text()) + 32, metrics.height() + 8)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self.underMouse() or self.hasFocus():
            painter.setPen(QColor(look.accent) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(look.raised))
            painter.drawRoundedRect(box, 6, 6)
        swatch = QRectF(8, self.height() / 2 - 5, 10, 10)
        painter.setPen(QColor(self._colour if self.isChecked() else look.muted))
        painter.setBrush(QColor(self._colour) if self.isChecked() else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(swatch, 3, 3)
        painter.setPen(QColor(look.text if self.isChecked() else look.muted))
        painter.drawText(self.rect().adjusted(24, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.text())


WIDEST_CARD = 220
"""Pixels: a number does not become clearer on a wide card."""


class StatCard(QFrame):
    """A small number with its name above it and, in grey, what it is out of."""

    def __init__(self, name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.setToolTip(tip)
        self.setMaximumWidth(theme.px(WIDEST_CARD))
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 12, 6)
        column.setSpacing(0)
        self._name = meant(name) or name
        self._value = label("–", "value")
        self._more = label("", "caption")
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self._value, 0, Qt.AlignmentFlag.AlignBaseline)
        row.addWidget(self._more, 1, Qt.AlignmentFlag.AlignBaseline)
        column.addWidget(label(name, "caption"))
        column.addLayout(row)

    def show_value(self, value: str, more: str = "") -> None:
        self._value.setText(value)
        self._more.setText(more)
        plain = say("{name}: {value}", name=self._name, value=value)
        whole = say("{name}: {value} {more}", name=self._name, value=value, more=meant(more) or more)
        self.setAccessibleName(whole if more else plain)

    def value(self) -> str:
        """What is written: the number and what it is out of."""
        return f"{self._value.text()} {self._more.text()}".strip()


class FlowLayout(QLayout):
    """A row of fixed-size widgets that goes on in the next line where the width ends.

    Those of a line are all as high as its highest where they are `level`.
    """

    def __init__(self, parent: QWidget | None = None, *, spacing: int = 4, level: bool = False) -> None:
        super().__init__(parent)
        self._level = level
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(spacing)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def sizeHint(self) -> QSize:
        widths = [item.sizeHint().width() + self.spacing() for item in self._items]
        return QSize(sum(widths), self.minimumSize().height())

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        """The height that all lines take; things of different heights in a line share its middle."""
        y, height = rect.y(), 0
        for line in self._lines(rect.width()):
            tall = max(item.sizeHint().height() for item in line)
            x = rect.x()
            for item in line if move else ():
                size = QSize(item.sizeHint().width(), tall if self._level else item.sizeHint().height())
                item.setGeometry(QRect(QPoint(x, y + (tall - size.height()) // 2), size))
                x += size.width() + self.spacing()
            height = y + tall - rect.y()
            y += tall + self.spacing()
        return height

    def _lines(self, width: int) -> list[list[QLayoutItem]]:
        lines: list[list[QLayoutItem]] = []
        x = 0
        for item in self._items:
            if item.isEmpty():
                continue
            wide = item.sizeHint().width()
            if not lines or x + wide > width:
                lines.append([])
                x = 0
            lines[-1].append(item)
            x += wide + self.spacing()
        return lines


def clear(layout: QLayout) -> None:
    """Take every widget out of a layout and delete it."""
    while layout.count():
        item = layout.takeAt(0)
        widget = item.widget() if item is not None else None
        if widget is not None:
            widget.hide()
            widget.deleteLater()


class TextButton(theme.Themed, QPushButton):
    """A push button in one of the style sheet's roles, with a bundled icon that keeps to the theme."""

    def __init__(self, text: str, tip: str, *, role: str = "", icon: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._icon = icon
        self.setToolTip(tip)
        self.setAccessibleName(text)
        if role:
            self.setProperty("role", role)
        self.toggled.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        if self._icon:
            look = theme.current()
            primary = self.property("role") == "primary"
            self.setIcon(
                theme.icon(self._icon, look.accent_text if primary else look.accent if self.isChecked() else None)
            )
