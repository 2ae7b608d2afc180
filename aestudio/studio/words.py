"""How far a training is, in a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aestudio.core.ground.texts import DOT, Listing, Text, listed, say
from aestudio.core.library.summary import NOT_SCORED
from aestudio.core.parts.plan import phase_title
from aestudio.core.run.events import Evaluated, Finished, Held, Measuring, Progress, Started
from aestudio.core.run.words import ended, measuring, quality, stopped
from aestudio.studio.events import StatusChanged, Told
from aestudio.studio.status import State

if TYPE_CHECKING:
    from aestudio.studio.shown import Shown


class ProgressLine:
    """Reads a document's events; `text` is what stands below."""

    def __init__(self) -> None:
        self._state = State.READY
        self._last: Progress | None = None
        self._measuring: Measuring | None = None
        self._ended: Finished | None = None

    def read(self, event: Told) -> None:
        match event:
            case StatusChanged(status):
                self._state = status.state
                if not status.running:
                    self._last = None
                if not status.state.rests:
                    self._ended = None
            case Started():
                self._last = None
            case Progress():
                self._last, self._measuring = event, None
            case Measuring():
                self._measuring = event
            case Evaluated() | Held():
                self._measuring = None
            case Finished():
                self._ended, self._last, self._measuring = event, None, None

    def text(self, shown: Shown, title: str) -> str:
        """`title` is that of the settings; a model that was trained under another one is named."""
        last, measured = self._last, self._measuring
        if self._state.rests:
            return str(self._of_model(shown, title))
        phase = [phase_title(last.phase)] if last is not None and last.phase != "end to end" else []
        going_on = listed([self._state.value, *phase], DOT)
        if measured is not None:
            return str(listed([going_on, measuring(measured.done, measured.of)], DOT))
        if last is None:
            return str(self._state.value)
        left = Text("estimating…")
        if last.seconds_left is not None:
            left = Text("{duration} left", duration=duration(last.seconds_left))
        return say(
            "{going_on} · epoch {epoch:.1f} of {epochs:,} · step {step:,} · {speed:,.0f} images/s · {left}",
            going_on=going_on,
            epoch=last.epoch,
            epochs=last.epochs,
            step=last.first_step + len(last.terms) - 1,
            speed=last.samples_per_second,
            left=left,
        )

    def _of_model(self, shown: Shown, title: str) -> Listing | Text:
        """How the model that is shown has ended and how good it is."""
        preview, event = shown.newest, self._ended
        if shown.moment is not None:
            return listed([Text("Step {step:,}", step=shown.moment.step), scored(shown.scores)], DOT)
        if preview is None:
            return State.READY.value
        said: list[object] = []
        if preview.run.title != title:
            said.append(Text("“{title}”", title=Text(preview.run.title)))
        if self._measuring is not None:
            said += [stopped(preview.step), measuring(self._measuring.done, self._measuring.of)]
        elif event is not None and event.step == preview.step and shown.opened is None:
            said += [ended(event), *([event.note] if event.note else []), scored(shown.newest_scores)]
        elif shown.newest_scores:
            said += [State.READY.value, scored(shown.newest_scores)]
        return listed(said, DOT) if said else State.READY.value


def scored(scores: Mapping[str, float]) -> Text:
    """How good a model is, or that nobody knows."""
    reached = quality(scores)
    return NOT_SCORED if reached is None else Text("held-out {quality}", quality=reached)


def duration(seconds: float) -> str:
    """`1:02:03`, or `2:03` below an hour."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
