"""Where everything lies in the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from aestudio.core.ground.texts import say

if TYPE_CHECKING:
    from aestudio.qt.window import Window


def lay_out(window: Window, stack: QStackedWidget) -> None:
    """The rail beside the pages, notices over them, the status bar below."""
    column = QVBoxLayout()
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(stack, 1)
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    row.addWidget(window.rail)
    row.addLayout(column, 1)
    middle = QWidget()
    middle.setLayout(row)
    window.setCentralWidget(middle)
    window.notices.float_over(middle)
    window.progress.setObjectName("statusProgress")
    window.progress.setAccessibleName(say("Progress"))
    window.device.setObjectName("statusDevice")
    window.device.setAccessibleName(say("Device"))
    window.device.setToolTip(say("Where training runs: CUDA, then Apple's MPS, then the CPU, whichever is there first"))
    window.statusBar().addWidget(window.progress, 1)
    window.statusBar().addPermanentWidget(window.device)
    window.statusBar().setSizeGripEnabled(False)
