"""Back in time by keys: earlier and later moments of the training that is shown, a film of them, a branch from one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from aestudio.core.ground.texts import Text
from aestudio.qt.action import Action

if TYPE_CHECKING:
    from aestudio.studio.studio import Studio
    from aestudio.studio.timeline import Timeline


def moment_actions(studio: Studio) -> tuple[Action, ...]:
    """Always of the document that is shown then: earlier, later, the first, the newest, a film, a branch."""

    def on(act: Callable[[Timeline], object]) -> Callable[[], object]:
        return lambda: act(studio.document.timeline)

    def when(able: Callable[[Timeline], bool]) -> Callable[[], bool]:
        return lambda: studio.status is not None and able(studio.document.timeline)

    def film_tip() -> Text:
        if studio.status is not None and studio.document.timeline.playing:
            return Text("Stop the film")
        return Text("Show one moment of the training after the other, until the newest")

    return (
        Action(
            "earlier", "&Earlier moment", on(lambda line: line.by(-1)), ("Alt+PgUp",), "Training", 60,
            tip="Show an earlier moment of this training", possible=when(lambda line: line.place > 0),
        ),
        Action(
            "later", "&Later moment", on(lambda line: line.by(1)), ("Alt+PgDown",), "Training", 61,
            tip="Show a later moment of this training", possible=when(lambda line: not line.is_newest),
        ),
        Action(
            "first", "&First moment", on(lambda line: line.go(0)), ("Alt+Shift+PgUp",), "Training", 62,
            tip="Show the first moment that is kept", possible=when(lambda line: line.place > 0),
        ),
        Action(
            "newest", "&Newest moment", on(lambda line: line.follow()), ("Alt+Shift+PgDown",), "Training", 63,
            icon="newest", tip="Show the newest moment again, and follow the training",
            possible=when(lambda line: not line.is_newest),
        ),
        Action(
            "film", "Play as a fil&m", on(lambda line: line.play()), ("F4",), "Training", 64, icon="play",
            tip=film_tip, possible=when(lambda line: len(line.steps) > 1), checked=when(lambda line: line.playing),
        ),
        Action(
            "branch", "&Branch here", on(lambda line: line.branch()), ("Ctrl+B",), "Training", 65, icon="branch",
            tip="Take another way from this moment: a new run that goes on from exactly here, with what you change",
            possible=when(lambda line: line.can_branch),
        ),
    )  # fmt: skip
