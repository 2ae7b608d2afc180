"""A banner for one thing the person should know: an error, a warning or a word of information."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from aestudio.core.ground.texts import known, say
from aestudio.qt import theme
from aestudio.qt.widgets.basics import IconButton, TextButton, label

Severity = Literal["error", "warning", "info"]


NARROWEST, WIDEST = 320, 560
"""Pixels of a bar that lies over a page, which takes half of it in between."""


class NoticeBar(theme.Themed, QFrame):
    """Hidden until something is to be said; one notice at a time, the newest. It can always be dismissed.

    Information goes by itself after `linger_ms`: what it offers is in the menus too. Only in a layout, where it covers
    nothing, it stays as long as it has a button.
    """

    linger_ms = 8000

    acted = Signal()
    """The action button was pressed."""
    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("noticeBar")
        self.setProperty("role", "notice")
        self._severity: Severity = "info"
        self._icon = QLabel()
        self._text = label("", wrap=True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._action = TextButton("", "")
        self._action.clicked.connect(self._act)
        self._close = IconButton("close", say("Dismiss"))
        self._close.clicked.connect(self.dismiss)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 6, 6)
        row.setSpacing(theme.GRID)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        row.addWidget(self._action)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self._lingering = QTimer(self)
        self._lingering.setSingleShot(True)
        self._lingering.timeout.connect(self.dismiss)
        self._host: QWidget | None = None
        self.hide()

    def float_over(self, host: QWidget) -> None:
        """Lies over the lower right corner from now on: nothing moves when it comes and goes."""
        self.setParent(host)
        self._host = host
        host.installEventFilter(self)
        self.hide()

    def show_error(self, text: str, action: str = "") -> None:
        """Something failed. `action` is the text of a button that emits `acted`, where there is something to do."""
        self._show("error", text, action)

    def show_warning(self, text: str, action: str = "") -> None:
        self._show("warning", text, action)

    def show_info(self, text: str, action: str = "") -> None:
        self._show("info", text, action)

    def text(self) -> str:
        """What is being said; nothing while hidden."""
        return self._text.text() if not self.isHidden() else ""

    def severity(self) -> Severity:
        return self._severity

    def dismiss(self) -> None:
        """Take the notice away."""
        self._lingering.stop()
        if not self.isHidden():
            self.hide()
            self.dismissed.emit()

    @Slot()
    def dismiss_error(self) -> None:
        """Something has worked: what did not before is over."""
        if self._severity == "error":
            self.dismiss()

    def _show(self, severity: Severity, text: str, action: str) -> None:
        self._lingering.stop()
        self._severity = severity
        self.setProperty("severity", severity)
        self.setAccessibleName(read_out(severity, text))
        self._text.setText(text)
        self._action.setText(action)
        self._action.setAccessibleName(action)
        self._action.setVisible(bool(action))
        theme.polish(self)
        self.restyle()
        self._place()
        self.show()
        if severity == "info" and (self._host is not None or not action):
            self._lingering.start(self.linger_ms)

    def _place(self) -> None:
        layout = self.layout()
        if self._host is None or layout is None:
            return
        room, gap = self._host.size(), 2 * theme.GRID
        width = min(theme.px(WIDEST), max(theme.px(NARROWEST), room.width() // 2 - gap), room.width() - 2 * gap)
        layout.activate()
        height = layout.totalHeightForWidth(width)
        self.setGeometry(room.width() - width - gap, room.height() - height - gap, width, height)
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._host and event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._place()
        return super().eventFilter(watched, event)

    def _act(self) -> None:
        self._lingering.stop()
        self.hide()
        self.acted.emit()

    def restyle(self) -> None:
        look = theme.current()
        colour = {"error": look.bad, "warning": look.warning, "info": look.accent}[self._severity]
        name = self._severity
        self._icon.setPixmap(theme.pixmap(name, 20, colour, self.devicePixelRatioF()))
        self._icon.setFixedHeight(theme.px(24))


def read_out(severity: Severity, text: str) -> str:
    """What a screen reader says of a notice."""
    if severity == "error":
        return say("Error: {text}", text=known(text))
    if severity == "warning":
        return say("Warning: {text}", text=known(text))
    return say("Info: {text}", text=known(text))
