"""A run's loss points, or a table of runs, on their way into a file of the person's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from aestudio.core.ground import atomic
from aestudio.core.ground.errors import RunError, reason
from aestudio.core.ground.texts import say
from aestudio.qt.intake import file_name
from aestudio.qt.task import Task
from aestudio.studio.notice import Failed, Noted

if TYPE_CHECKING:
    from aestudio.studio.studio import Studio


class _File(QObject):
    """Asks where something shall go, and writes it in the background."""

    def __init__(self, studio: Studio, parent: QWidget) -> None:
        super().__init__(parent)
        self._studio, self._window = studio, parent
        self._saving = Task(self, asked_for=True)
        self._saving.ended.connect(self._saved)

    def close(self, seconds: float) -> bool:
        """Waits for what is being written; False where it takes longer."""
        return self._saving.close(seconds)

    def _save(self, title: str, name: str, doing: str, made: Callable[[], str]) -> None:
        """`title` is of the dialog, `name` what the file is called unless the person says otherwise."""
        proposal = Path.home() / f"{file_name(name)}.csv"
        chosen, _ = QFileDialog.getSaveFileName(self._window, title, str(proposal), say("Tables (*.csv)"))
        if chosen:
            path = Path(chosen)
            path = path if path.suffix else path.with_suffix(".csv")
            self._saving.start(lambda _report: _write(made(), path), doing)

    @Slot(object, str)
    def _saved(self, path: Path | None, problem: str) -> None:
        self._studio.tell(Failed(problem) if path is None else Noted(say("Saved {path}", path=path)))


class CurvesFile(_File):
    """The loss points of a run, as CSV."""

    def ask(self, number: int) -> None:
        """Lets the person say where a run's loss points go."""
        curves, title = self._studio.shelf.curves(number), self._studio.shelf.title(number)
        if curves is None or title is None:
            return
        if not len(curves.steps):
            self._studio.tell(Failed(say("“{title}” has no loss points: it ended before its first step.", title=title)))
            return
        self._save(say("Save the curves"), title, say("Saving the curves"), curves.to_csv)


class TableFile(_File):
    """A table of runs, as CSV."""

    def ask(self, text: str) -> None:
        """Lets the person say where it goes."""
        self._save(say("Save the table"), say("runs"), say("Saving the table"), lambda: text)


def _write(text: str, path: Path) -> Path:
    try:
        atomic.write_text(path, text)
    except OSError as error:
        raise RunError(
            "{path} could not be saved: {reason} Choose another place.", path=path, reason=reason(error)
        ) from error
    return path
