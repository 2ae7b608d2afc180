"""The line below a panel: how it was measured, or how far the measure is and a way to end it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QProgressBar, QWidget

from aestudio.core.ground.texts import say
from aestudio.qt import theme
from aestudio.qt.widgets.basics import TextButton, label
from aestudio.qt.widgets.layouts import in_row

SLOW = 0.7
"""Seconds after which a measure shows how far it is; until then nothing flickers."""


class MeasuringLine(QWidget):
    """Begun with a measure, rested with it."""

    cancelled = Signal()
    """The person gives this measure up."""

    def __init__(self, busy: Callable[[], bool]) -> None:
        """`busy` says whether the measure still goes on when it has become a slow one."""
        super().__init__()
        self._busy = busy
        self.said = label("", "caption")
        self.said.setObjectName("inspectFooter")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(theme.px(160))
        self.bar.setAccessibleName(say("Progress of the measurement"))
        self.cancel = TextButton(say("Cancel"), say("Cancel this measurement"))
        policy = self.cancel.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # the panel does not jump when it comes
        self.cancel.setSizePolicy(policy)
        self.cancel.clicked.connect(lambda: self.cancelled.emit())
        in_row((self.said, 1), self.bar, self.cancel, host=self)
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(int(1000 * SLOW))
        self._slow.timeout.connect(lambda: self._show_progress(self._busy()))
        self._show_progress(False)

    def begin(self) -> None:
        """A measure has begun, perhaps while another one went on."""
        if not self._slow.isActive():
            self._slow.start()

    def tell(self, doing: str, fraction: float) -> None:
        """What is being done and how far it is, negative where that is unknown; said of a slow one alone."""
        if self.bar.isVisible():
            self.said.setText(doing)
            self.bar.setRange(0, 0 if fraction < 0 else 100)
            self.bar.setValue(int(100 * fraction))

    def rest(self, words: str) -> None:
        """Nothing is measured any more; `words` say how it was."""
        self._slow.stop()
        self.said.setText(words)
        self._show_progress(False)

    def _show_progress(self, shown: bool) -> None:
        self.bar.setVisible(shown)
        self.cancel.setVisible(shown)
