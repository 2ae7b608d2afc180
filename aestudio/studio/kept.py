"""What was kept of earlier trainings: runs of the library and model files, taken up by a document or saved from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from aestudio.core.ground.errors import StudioError
from aestudio.core.ground.texts import Text, say
from aestudio.core.model.model_file import ModelFile, load
from aestudio.studio.next_training import NextTraining
from aestudio.studio.notice import Failed, Noted
from aestudio.studio.only_here import MayReplace, refuse

if TYPE_CHECKING:
    from aestudio.studio.document import Document

S = TypeVar("S")
T = TypeVar("T")


class Kept:
    """Asks the library or a file, and hands its document what it answers."""

    def __init__(self, document: Document, may_replace: MayReplace = refuse) -> None:
        self._document, self._may_replace = document, may_replace
        self.unkept: ModelFile | None = None
        """The last model that no place took: it is here only, until it is saved or thrown away."""

    def is_safe(self) -> bool:
        """Whether something else may take the place of what was trained last; whoever is there may be asked for a place
        for it first. Where it may not, and nobody was asked, the reason is told.
        """
        return self.unkept is None or self._may_replace(self._document)

    def throw_away(self) -> None:
        """Nobody wants the model that no place took."""
        self.unkept = None

    def train_again(self, number: int) -> None:
        """A run's settings, to be changed and trained as a run of its own."""
        document = self._document
        refusal = say("Stop the training before you take other settings.")
        run = self._unless_training(document.shelf.run, number, refusal)
        if run is not None:
            document.set_run(run, origin=run)
            document.trainer.prepare(NextTraining(parent=number))
            title = Text(run.title)
            document.tell(Noted(say("The settings of “{title}”: change what you like, then press Train.", title=title)))

    def continue_run(self, number: int, epochs: int | None = None, *, holds: bool = False) -> None:
        """Goes on with a training from its newest checkpoint, with its data; `epochs` in all where they change. It
        `holds` after one step where that is wanted.
        """
        document = self._document
        refusal = say("Stop the training before you continue another one.")
        run = self._unless_training(document.shelf.run, number, refusal)
        if run is None:
            return
        origin = None
        if number == document.shown.number and document.status.can_continue:
            run, origin = document.run, document.settings.origin  # with what was changed since
        if epochs is not None:
            run = run.with_value("epochs", epochs)
        document.shown.opened = None
        document.start_from(run, origin)
        document.trainer.prepare(NextTraining(number=number, waits=True, holds=holds))

    def open_run(self, number: int) -> None:
        """The model that a run has learned, with its whole history."""
        document = self._document
        refusal = say("Stop the training before you open a model.")
        opened = self._unless_training(document.shelf.model, number, refusal)
        if opened is not None and (curves := document.shelf.curves(number)) is not None:
            document.show_model(opened, curves, number)

    def open(self, path: Path) -> bool:
        """A model file: its run, its data where that can be had, and the model to try. False, and the reason told,
        where it cannot be opened.
        """
        document = self._document
        try:
            opened = self._unless_training(load, path, say("Stop the training before you open a model."))
        except StudioError as error:
            document.tell(Failed(str(error)))
            return False
        if opened is None:
            return False
        document.show_model(opened, opened.curves)
        document.tell(Noted(say("Opened {name}: {title}", name=path.name, title=Text(opened.run.title))))
        return True

    def save(self, path: Path) -> bool:
        """Writes the snapshot that is shown as a model file. Whether that was done; else the reason is told."""
        made, unkept = self._document.shown.file(), self.unkept
        if made is None:
            self._document.tell(Failed(say("There is nothing to save yet: train a model first.")))
            return False
        done = self._write(made, path)
        if done and unkept is not None and unkept.facts.get("steps") == made.facts.get("steps"):
            self.unkept = None
        return done

    def save_unkept(self, path: Path) -> bool:
        """Writes the model that no place has taken. Whether that was done; else the reason is told."""
        if self.unkept is not None and self._write(self.unkept, path):
            self.unkept = None
        return self.unkept is None

    def _write(self, made: ModelFile, path: Path) -> bool:
        try:
            made.save(path)
        except StudioError as error:
            self._document.tell(Failed(str(error)))
            return False
        self._document.tell(Noted(say("Saved {path}", path=path)))
        return True

    def _unless_training(self, ask: Callable[[S], T | None], what: S, refusal: str) -> T | None:
        if self._document.status.running:
            self._document.tell(Failed(refusal))
            return None
        found = ask(what)
        return found if found is not None and self.is_safe() else None
