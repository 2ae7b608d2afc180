"""What the person did last: trainings, models and folders, each one click away."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

from aestudio.core.ground.texts import DOT, listed, say
from aestudio.core.library.summary import Summary
from aestudio.qt import theme
from aestudio.qt.widgets.basics import clear, label
from aestudio.studio.runs.words import ago

MOST = 5
"""Of each kind."""


class Recent(QWidget):
    """Two short lists, or a sentence where nothing was done yet."""

    run_chosen = Signal(int)
    path_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)

    def show_all(self, runs: Sequence[Summary], paths: Sequence[Path]) -> None:
        """Trainings, and models and folders, the newest first."""
        clear(self._column)
        if runs:
            self._column.addWidget(label(say("Trainings"), "heading"))
        for run in runs[:MOST]:
            when = say("now") if run.state == "training" else ago(run.updated, time.time())
            about = say("step {step:,} · {when}", step=run.step, when=when)
            row = self._row(run.named, say("Open the model of run {number}", number=run.id), about)
            row.clicked.connect(lambda _on=False, number=run.id: self.run_chosen.emit(number))
        if paths:
            self._column.addWidget(label(say("Files and folders"), "heading"))
        for path in paths[:MOST]:
            row = self._row(path.name, str(path))
            row.clicked.connect(lambda _on=False, path=path: self.path_chosen.emit(str(path)))
        if not runs and not paths:
            self._column.addWidget(label(say("Used last"), "heading"))
            self._column.addWidget(label(say("What you train and open is found here again."), "caption", wrap=True))

    def _row(self, text: str, tip: str, below: str = "") -> QPushButton:
        """`below` is a second line, by which those of one name are told apart."""
        lines = [self.fontMetrics().elidedText(one, Qt.TextElideMode.ElideRight, 210) for one in (text, below) if one]
        made = QPushButton("\n".join(lines))
        made.setProperty("role", "line")
        made.setAccessibleName(str(listed(filter(None, (text, below)), DOT)))
        made.setToolTip(tip)
        made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        made.setMinimumHeight(3 * theme.GRID)
        self._column.addWidget(made)
        return made
