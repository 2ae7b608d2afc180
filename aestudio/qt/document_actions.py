"""What can be done to the document that is shown: its settings, its training, its model."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QInputDialog, QWidget

from aestudio.core.ground.errors import LibraryError, StudioError
from aestudio.core.ground.texts import Text, plural, say
from aestudio.core.run import recipes
from aestudio.qt.action import Action
from aestudio.qt.comparison_actions import comparison_actions
from aestudio.qt.moment_actions import moment_actions
from aestudio.studio.notice import Failed, Noted
from aestudio.studio.status import State, Status

if TYPE_CHECKING:
    from aestudio.qt.intake import Intake
    from aestudio.studio.document import Document
    from aestudio.studio.studio import Studio

StandardKey = QKeySequence.StandardKey


def document_actions(studio: Studio, intake: Intake, parent: QWidget) -> tuple[Action, ...]:
    """Always of the document that is shown then."""

    def on(act: Callable[[Document], object]) -> Callable[[], object]:
        return lambda: act(studio.document)

    def when(able: Callable[[Status], bool]) -> Callable[[], bool]:
        return lambda: studio.status is not None and able(studio.status)

    def rests() -> bool:
        return studio.status is None or not studio.status.running

    trained = when(lambda status: status.trained)
    return (
        Action("open", "&Open model or image…", intake.ask_open, (StandardKey.Open,), "File", 10),
        Action("folder", "Use a &folder of images…", intake.ask_folder, ("Ctrl+Shift+O",), "File", 11, possible=rests),
        Action("save", "&Save model as…", intake.ask_save, (StandardKey.Save,), "File", 12, possible=trained),
        Action(
            "saveRecipe", "Save settings as &recipe…", lambda: save_recipe(studio, parent), menu="File", place=12.5,
            possible=when(lambda _status: True),
            tip="A recipe of your own with the settings as they are now, among the others on Start and Explore",
        ),
        Action("export", "&Export model…", lambda: export(studio, parent), ("Ctrl+E",), "File", 13, possible=trained),
        Action(
            "saveFilm", "Save as a f&ilm…", intake.ask_film, menu="File", place=13.5,
            tip="The filters and reconstructions of this training, moment after moment, as an animated GIF",
            possible=lambda: studio.status is not None and studio.document.timeline.can_save_film,
        ),
        Action("paste", "&Paste image", intake.paste, (StandardKey.Paste,), "Edit", 20),
        Action(
            "undo", "&Undo", on(lambda document: document.undo()), (StandardKey.Undo,), "Edit", 10,
            tip="Undo the last change of the settings", possible=when(lambda status: status.can_undo),
        ),
        Action(
            "redo", "&Redo", on(lambda document: document.redo()), ("Ctrl+Shift+Z", "Ctrl+Y"), "Edit", 11,
            tip="Redo the change that was undone", possible=when(lambda status: status.can_redo),
        ),
        *training_actions(studio, parent),
        *moment_actions(studio),
        *comparison_actions(studio),
    )  # fmt: skip


def training_actions(studio: Studio, parent: QWidget) -> tuple[Action, ...]:
    """To train, go on, pause, take a step and stop: for the menu, for keys and for the buttons below the settings."""

    def able(asked: Callable[[Status], bool]) -> Callable[[], bool]:
        return lambda: studio.may(asked)

    def can_train() -> bool:
        if studio.comparison is not None:
            return studio.comparison.can_train
        return not studio.ready or studio.may(lambda status: status.can_ask_to_train)

    def can_step() -> bool:
        return studio.comparison.can_step if studio.comparison is not None else studio.may(lambda one: one.can_step)

    def train() -> None:
        if not studio.ready:
            studio.tell(Noted(say("Training begins as soon as the images are there.")))
        studio.when_ready(lambda: studio.trained.train())

    def train_tip() -> Text:
        if studio.comparison is not None:
            return Text("Train both sides step by step together; one that has a model of its settings stays as it is")
        if studio.status is not None and studio.status.trained and not studio.status.running:
            return Text("Train from the beginning; the model that is shown now is replaced")
        return Text("Train the model")

    def continue_tip() -> Text:
        if studio.comparison is not None:
            return Text("Go on with the trainings of both sides, from where they ended")
        return Text("Go on with the training that is shown, from where it ended")

    def stop_tip() -> Text:
        if studio.status is not None and studio.status.state is State.MEASURING:
            return Text("Do not wait for the scores of the model")
        return Text("End the training; the model stays")

    return (
        Action(
            "train", "&Train", train, ("F5",), "Training", icon="play", tip=train_tip,
            possible=can_train,
        ),
        Action(
            "continue", "&Continue", lambda: continue_shown(studio, parent), ("Shift+F5",), "Training",
            icon="continue", tip=continue_tip,
            possible=able(lambda status: status.can_continue), offered=able(lambda status: status.can_continue),
        ),
        Action(
            "pause", "&Pause or resume", lambda: studio.trained.pause(), ("F6",), "Training", icon="pause",
            tip="Hold the training, or go on with it", possible=able(lambda status: status.can_pause),
        ),
        Action(
            "step", "&Step", lambda: step_shown(studio, parent), ("F7",), "Training", icon="step",
            tip="Take one training step and hold; the model that is shown goes on",
            possible=can_step,
        ),
        Action(
            "stop", "St&op", lambda: studio.trained.stop(), ("F8",), "Training", icon="stop",
            tip=stop_tip, possible=able(lambda status: status.can_stop),
        ),
    )  # fmt: skip


def export(studio: Studio, parent: QWidget) -> None:
    """Lets the person say where the model that is shown goes, and in which format."""
    model = studio.document.shown.file()
    if model is None:
        studio.tell(Failed(say("There is nothing to export yet: train a model first.")))
        return
    from aestudio.qt.export_dialog import ExportDialog  # with all formats, and so with torch

    ExportDialog(model, parent).open()


def save_recipe(studio: Studio, parent: QWidget) -> None:
    """Keeps the settings as a recipe of the person's own, whose title is asked for."""
    run = studio.document.run
    proposal = say("My {title}", title=Text(run.title))
    title, agreed = QInputDialog.getText(
        parent, say("Save settings as recipe"), say("Title of the recipe"), text=proposal
    )
    if not agreed:
        return
    try:
        kept = recipes.keep(run, title)
    except StudioError as error:
        studio.tell(Failed(str(error)))
        return
    if not studio.document.status.running:
        named = run.model_copy(update={"title": kept.title})
        studio.document.set_run(named, origin=named)
    studio.tell(Noted(say("Saved the recipe “{title}”.", title=kept.title)))


def continue_shown(studio: Studio, parent: QWidget) -> None:
    """Goes on with the run that is shown; with both sides of a comparison, unless one of them cannot."""
    if studio.comparison is None:
        if studio.document.status.can_continue and studio.document.shown.number is not None:
            continue_run(studio, studio.document.shown.number, parent)
        return
    going: dict[Document, int | None] = {}
    more: dict[int, int] = {}
    for side in studio.seen:
        if side.status.can_continue and (number := side.shown.number) is not None:
            try:
                done = epochs_done(studio, number)
                if done and done not in more:
                    more[done] = ask_for_more(done, parent)
            except StudioError as error:
                studio.tell(Failed(str(error)))
                continue
            if done and not more[done]:
                return
            going[side] = done + more[done] if done else None
    if going:
        studio.want_document()
        studio.comparison.go_on(going)


def step_shown(studio: Studio, parent: QWidget) -> None:
    """One step of the training under way, of the run that is shown, or of a new one."""
    document = studio.document
    if studio.comparison is not None:
        studio.comparison.step()
    elif document.status.can_continue and document.shown.number is not None:
        continue_run(studio, document.shown.number, parent, holds=True)
    else:
        document.step()


def continue_run(studio: Studio, number: int, parent: QWidget, *, holds: bool = False) -> None:
    """Goes on with a run of the library, and `holds` after one step where that is wanted; asks for how long where it
    has run to its end.
    """
    epochs = None
    try:
        if done := epochs_done(studio, number):
            more = ask_for_more(done, parent)
            if not more:
                return
            epochs = done + more
    except StudioError as error:
        studio.tell(Failed(str(error)))
        return
    studio.want_document()
    studio.document.kept.continue_run(number, epochs, holds=holds)


def epochs_done(studio: Studio, number: int) -> int:
    """Of a run that has run to its end; 0 where it has not. Raises LibraryError where more would not lengthen it."""
    library = studio.shelf.library
    summary = library.summary(number) if library is not None else None
    if library is None or summary is None or summary.state != "completed" or summary.step < summary.steps:
        return 0
    run = library.run(number)
    if not run.grows:
        raise LibraryError(
            "“{title}” is complete: it was trained layer by layer without fine-tuning, which more epochs do not "
            "lengthen. Train it again with fine-tuning switched on.",
            title=Text(run.title),
        )
    return run.epochs


def ask_for_more(done: int, parent: QWidget) -> int:
    """How many epochs a run gets that is complete after so many; 0 where the person does not want any."""
    question = plural(
        "This run is complete after {count} epoch. Train how many more?",
        "This run is complete after {count:,} epochs. Train how many more?",
        done,
    )
    more, agreed = QInputDialog.getInt(parent, say("Continue training"), str(question), done, 1)
    return more if agreed else 0
