"""Several images of the person's at once: read in the background, tried together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from aestudio.core.ground.texts import SPACE, listed, plural
from aestudio.studio import recent
from aestudio.studio.notice import Failed, Noted

if TYPE_CHECKING:
    from aestudio.core.data.reading.pictures import Range
    from aestudio.qt.task import Task
    from aestudio.studio.document import Document
    from aestudio.studio.own_images import Opened
    from aestudio.studio.studio import Studio

TOLD = 3
"""Reasons that are told at most."""
NOTED = 4
"""Of those that were opened so many are opened again from the menu at most, which has room for 8 of all kinds."""


def levels_of(document: Document) -> Range | None:
    """Which values are black and white in files like those of its data; None where the data say nothing of it."""
    levels: Range | None = getattr(document.run.data, "levels", None)
    return levels


class SeveralImages(QObject):
    """The newest wish wins."""

    def __init__(self, studio: Studio, parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio
        self._task: Task | None = None
        self._next: Sequence[Path] = ()
        self._wanted = True

    def take(self, paths: Sequence[Path]) -> None:
        """Reads them, and sends them through the model that is shown, or through both that are compared."""
        self._next, self._wanted = tuple(paths), True
        if self._task is None:
            from aestudio.qt.task import Task  # the window opens without

            self._task = Task(self)
            self._task.ended.connect(self._end)
        if self._task.running:
            self._task.cancel()
        else:
            self._begin()

    def forget(self) -> None:
        """Something else is to be tried than what is being read."""
        self._next, self._wanted = (), False
        if self._task is not None and self._task.running:
            self._task.cancel()

    def _begin(self) -> None:
        from aestudio.studio.own_images import read_several

        assert self._task is not None
        paths, self._next = self._next, ()
        name = str(plural("Opening {count} image", "Opening {count:,} images", len(paths)))
        self._studio.tell(Noted(f"{name}…"))
        shapes = {shape for one in self._documents if (shape := one.shown.shape) is not None}
        self._task.start(partial(read_several, paths, levels_of(self._studio.document), shapes), name)

    @Slot(object, str)
    def _end(self, found: Opened | None, problem: str) -> None:
        if self._next:
            self._begin()
        elif not self._wanted:
            return
        elif found is None:
            self._studio.tell(Failed(problem))
        else:
            self._try(found)

    @property
    def _documents(self) -> Sequence[Document]:
        return self._studio.seen or (self._studio.document,)

    def _try(self, found: Opened) -> None:
        said = []
        if found.images:
            for document in self._documents:
                document.shown.try_images(found.images)
            if not all(document.shown.own_names for document in self._documents):
                return  # the model's own reason is told
            for path in reversed(found.paths[:NOTED]):
                recent.note(path)
            said.append(self._said(found))
        if found.problems:
            self._studio.tell(Failed(str(listed([*said, _reasons(found)], SPACE))))
        else:
            self._studio.tell(Noted(said[0]))

    def _said(self, found: Opened) -> str:
        from aestudio.studio.shown import waiting

        if any(document.preview is None for document in self._documents):
            return waiting(found.images)
        count = min(document.shown.own_shown for document in self._documents)
        if found.left or count < len(found.images):
            some = plural(
                "Of {all:,} images {count} goes through the model. Drop a folder to train on many.",
                "Of {all:,} images {count} go through the model. Drop a folder to train on many.",
                count,
                all=len(found.images) + found.left + len(found.problems),
            )
            return str(some)
        said = plural(
            "{count} image goes through the model.",
            "{count} images go through the model: on the page Explore, click one to see it large, and its code on the "
            "sliders.",
            count,
        )
        return str(said)


def _reasons(found: Opened) -> str:
    """Why some could not be read."""
    if len(found.problems) == 1:
        return found.problems[0]
    said = plural("{count} image could not be opened.", "{count:,} images could not be opened.", len(found.problems))
    return str(listed([said, *found.problems[:TOLD]], SPACE))
