"""The run library looked through and made again while the window is open, as `aestudio runs --rebuild` does it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from aestudio.core.ground.texts import SPACE, listed, say
from aestudio.studio.notice import Failed, Noted

if TYPE_CHECKING:
    from aestudio.qt.task import Task
    from aestudio.qt.window import Window


class Mender(QObject):
    """Does it in the background; the window is without a library for so long."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window

    @cached_property
    def task(self) -> Task:
        """What does it."""
        from aestudio.qt.task import Task  # nothing is mended in a window that is just being opened

        made = Task(self._window, asked_for=True)
        made.ended.connect(self._end)
        return made

    def begin(self) -> None:
        """Nothing else may be going on: it may write into the library."""
        studio = self._window.studio
        if self.task.running:
            return
        if going_on := self._window.leaving.going_on():
            studio.tell(Failed(say("{what} is still going on; check the library afterwards.", what=going_on[0])))
            return
        from aestudio.core.library.rebuilding import mend  # opens models, with torch

        folder = studio.shelf.folder
        studio.shelf.close()
        studio.shelf.problem, studio.shelf.damaged = say("The library is being checked…"), False
        self._tell_pages()
        self.task.start(lambda _report: mend(folder), say("Checking the library"))

    @Slot(object, str)
    def _end(self, found: object, problem: str) -> None:
        from aestudio.core.library.rebuilding import Rebuilt
        from aestudio.core.run.events import Warned

        studio = self._window.studio
        studio.shelf.open()
        self._tell_pages()
        if not isinstance(found, Rebuilt):
            studio.tell(Failed(problem))
            return
        said = str(listed(found.sentences(), SPACE))
        studio.tell(Warned(said) if found.lost else Noted(said))

    def _tell_pages(self) -> None:
        for page in self._window.pages:
            page.library_changed()
