"""Several runs exported into a folder: asks for the format and the folder, and works in the background."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog, QInputDialog, QWidget

from aestudio.core.ground.texts import say
from aestudio.core.library.summary import Summary
from aestudio.qt.task import Task
from aestudio.studio.notice import Failed, Noted
from aestudio.studio.runs.words import counted

if TYPE_CHECKING:
    from aestudio.core.export.format import Exported
    from aestudio.core.export.several import Refused
    from aestudio.studio.studio import Studio


class ExportSeveral(QObject):
    """What is written is told in one sentence; what was not, with the first reason."""

    def __init__(self, studio: Studio, parent: QWidget) -> None:
        super().__init__(parent)
        self._studio, self._window = studio, parent
        self._folder = Path.home()
        self.task = Task(self, asked_for=True)
        self.task.ended.connect(self._tell)

    def ask(self, runs: Sequence[Summary]) -> None:
        """Lets the person choose format and folder; torch is in by now."""
        from aestudio.core.export.format import Format
        from aestudio.core.parts.slots import options

        if self.task.running:
            self._studio.tell(Failed(say("Wait until the export before is done.")))
            return
        formats = {say(kind.title): kind for kind in options(Format).values()}
        title = say("Export {runs}", runs=counted(len(runs)))
        chosen, sure = QInputDialog.getItem(self._window, title, say("Format"), list(formats), 0, False)
        if not sure:
            return
        folder = QFileDialog.getExistingDirectory(self._window, say("The folder for the files"), str(self._folder))
        if folder:
            self._folder = Path(folder)
            self.start(runs, formats[chosen].kind, self._folder)

    def start(self, runs: Sequence[Summary], kind: str, folder: Path) -> None:
        """Exports these runs in a format into a folder."""
        from aestudio.core.export.format import Format
        from aestudio.core.export.several import Wanted, export_several, named
        from aestudio.core.library.catalogue import Library
        from aestudio.core.model.model_file import ModelFile
        from aestudio.core.parts.slots import options

        library = self._studio.shelf.library
        if library is None:
            return
        place = library.folder

        def reading(number: int) -> ModelFile:
            with Library(place) as own:  # a library belongs to its thread
                return own.model(number)

        wanted = [Wanted(named(run.id, run.named), lambda number=run.id: reading(number)) for run in runs]  # type: ignore[misc]
        format = options(Format)[kind]()
        self.task.start(lambda report: export_several(wanted, format, folder, report=report), say("The export"))

    def close(self, seconds: float) -> bool:
        """Stops after the model that is being written; False where that takes longer."""
        return self.task.close(seconds)

    @Slot(object, str)
    def _tell(self, done: list[Exported | Refused] | None, problem: str) -> None:
        if done is None:
            self._studio.tell(Failed(problem))
            return
        from aestudio.core.export.several import Refused

        refused = [one for one in done if isinstance(one, Refused)]
        written = len(done) - len(refused)
        if not refused:
            self._studio.tell(Noted(say("Exported {runs} into {folder}.", runs=counted(written), folder=self._folder)))
            return
        self._studio.tell(
            Failed(
                say(
                    "Exported {written:,} of {runs} into {folder}. {name}: {problem}",
                    written=written,
                    runs=counted(len(done)),
                    folder=self._folder,
                    name=refused[0].name,
                    problem=refused[0].problem,
                )
            )
        )
