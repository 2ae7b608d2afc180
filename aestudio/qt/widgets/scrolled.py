"""Room that scrolls where there is too little, so that nothing is ever cut off."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


class Scrolled(QScrollArea):
    """A widget at the size there is, or at its least size with scroll bars; upright only where it is `tall`."""

    def __init__(self, widget: QWidget, *, tall: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tall, self._held = tall, widget
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        if tall:
            self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidgetResizable(True)
        self.setWidget(widget)
        widget.setAutoFillBackground(False)  # which a scroll area gives to whatever it holds

    def minimumSizeHint(self) -> QSize:
        if not self._tall:
            return QSize(0, 0)
        return QSize(self._held.minimumSizeHint().width() + self._bar(), 0)

    def sizeHint(self) -> QSize:
        return self._held.sizeHint()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._tall and watched is self._held and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return bool(super().eventFilter(watched, event))

    def _bar(self) -> int:
        """The room of the bar while it is there."""
        fits = self._held.minimumSizeHint().height() <= self.height()
        return 0 if fits else self.verticalScrollBar().sizeHint().width()


class Yielding(QWidget):
    """Goes down to its least height before it is scrolled; Qt stops at the preferred one where a text wraps."""

    def heightForWidth(self, width: int) -> int:
        layout = self.layout()
        return layout.minimumHeightForWidth(width) if layout is not None else super().heightForWidth(width)
