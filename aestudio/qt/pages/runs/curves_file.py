"""A run's loss points on their way into a file of the person's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from aestudio.core.ground import atomic
from aestudio.core.ground.errors import RunError, reason
from aestudio.core.ground.texts import say
from aestudio.core.run.history import Curves
from aestudio.qt.intake import file_name
from aestudio.qt.task import Task
from aestudio.studio.events import Failed, Noted

if TYPE_CHECKING:
    from aestudio.studio.studio import Studio


class CurvesFile(QObject):
    """Asks where they shall go, and writes them in the background."""

    def __init__(self, studio: Studio, parent: QWidget) -> None:
        super().__init__(parent)
        self._studio, self._window = studio, parent
        self._saving = Task(self, asked_for=True)
        self._saving.ended.connect(self._saved)

    def ask(self, number: int) -> None:
        """Lets the person say where a run's loss points go, as CSV."""
        curves, title = self._studio.shelf.curves(number), self._studio.shelf.title(number)
        if curves is None or title is None:
            return
        if not len(curves.steps):
            self._studio.tell(Failed(say("“{title}” has no loss points: it ended before its first step.", title=title)))
            return
        proposal = Path.home() / f"{file_name(title)}.csv"
        name, _ = QFileDialog.getSaveFileName(
            self._window, say("Save the curves"), str(proposal), say("Tables (*.csv)")
        )
        if name:
            path = Path(name)
            path = path if path.suffix else path.with_suffix(".csv")
            self._saving.start(lambda _report: _write(curves, path), say("Saving the curves"))

    def close(self, seconds: float) -> bool:
        """Waits for what is being written; False where it takes longer."""
        return self._saving.close(seconds)

    @Slot(object, str)
    def _saved(self, path: Path | None, problem: str) -> None:
        self._studio.tell(Failed(problem) if path is None else Noted(say("Saved {path}", path=path)))


def _write(curves: Curves, path: Path) -> Path:
    try:
        atomic.write_text(path, curves.to_csv())
    except OSError as error:
        raise RunError(
            "The curves could not be saved as {path}: {reason} Choose another place.", path=path, reason=reason(error)
        ) from error
    return path
