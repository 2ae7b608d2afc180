"""What a person is offered when the window opens: to go on with a training that a crash has ended, or a repair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from aestudio.core.ground.texts import SPACE, Text, listed, say
from aestudio.core.library import locks, reserve
from aestudio.core.library.catalogue import TRASH_DAYS, Library
from aestudio.core.library.summary import Summary
from aestudio.core.run.events import Warned
from aestudio.qt.document_actions import continue_run
from aestudio.qt.patient import Patient
from aestudio.studio.notice import Failed, Offered

if TYPE_CHECKING:
    from aestudio.qt.mending import Mender
    from aestudio.studio.studio import Studio


def offer_to_continue(studio: Studio, mender: Mender, window: QWidget) -> None:
    """Says which training a crash has ended, and that it can go on; or why nothing is kept, and what would help."""
    library = studio.shelf.library
    if library is None:
        said = say("{problem} Trainings are not kept.", problem=studio.shelf.problem)
        studio.tell(Offered(said, say("Repair it"), mender.begin) if studio.shelf.damaged else Warned(said))
        return

    def look(asked: Library) -> list[Summary]:
        asked.empty_trash(older_than_days=TRASH_DAYS)
        return asked.interrupted()

    Patient(window).want(
        library,
        look,
        lambda interrupted: _offer(studio, window, library, interrupted),
        lambda problem: studio.tell(Failed(problem)),
    )


def _offer(studio: Studio, window: QWidget, library: Library, interrupted: list[Summary]) -> None:
    notes = [one for note in (reserve.note, locks.network_note) if (one := note(library.folder)) is not None]
    if not interrupted:
        if notes:
            studio.tell(Warned(str(listed(notes, SPACE))))
        return
    newest, *others = interrupted
    offered = Text(
        "“{title}” was interrupted at step {step:,} of {steps:,}; it can go on from step {start:,} "
        "({others} more on the Runs page)."
        if others
        else "“{title}” was interrupted at step {step:,} of {steps:,}; it can go on from step {start:,}.",
        title=Text(newest.title),
        step=newest.step,
        steps=newest.steps,
        start=newest.checkpoint_step or 0,
        others=len(others),
    )
    studio.tell(
        Offered(str(listed([offered, *notes], SPACE)), say("Continue"), lambda: continue_run(studio, newest.id, window))
    )
