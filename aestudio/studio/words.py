"""How far a training is, in a line."""

from __future__ import annotations

from aestudio.core.ground.texts import DOT, Listing, Text, listed, plural, say
from aestudio.core.parts.plan import phase_title
from aestudio.core.run.events import Finished, Progress, Started
from aestudio.studio.events import StatusChanged, Told
from aestudio.studio.status import State


class ProgressLine:
    """Reads a document's events; `text` is what stands below."""

    def __init__(self) -> None:
        self._state = State.READY
        self._last: Progress | None = None
        self._ended: Listing | None = None

    def read(self, event: Told, scores: dict[str, float]) -> None:
        """`scores` are the newest of the document."""
        match event:
            case StatusChanged(status):
                self._state = status.state
                if not status.running:
                    self._last = None
                if status.state is not State.READY:
                    self._ended = None
            case Started():
                self._last = None
            case Progress():
                self._last = event
            case Finished():
                said = [ended(event)]
                if (psnr := scores.get("psnr")) is not None:
                    said.append(Text("held-out PSNR {psnr:.2f} dB", psnr=psnr))
                self._ended = listed(said, DOT)
                self._last = None

    @property
    def text(self) -> str:
        last = self._last
        if last is None:
            return str(self._ended or self._state.value)
        phase = [] if last.phase == "end to end" else [phase_title(last.phase)]
        return say(
            "{going_on} · epoch {epoch:.1f} of {epochs:,} · step {step:,} · {speed:,.0f} images/s · {duration} left",
            going_on=listed([self._state.value, *phase], DOT),
            epoch=last.epoch,
            epochs=last.epochs,
            step=last.first_step + len(last.terms) - 1,
            speed=last.samples_per_second,
            duration=duration(last.seconds_left),
        )


def ended(event: Finished) -> Text:
    """How a training ended, and after how long."""
    match event.reason:
        case "completed":
            return plural("Completed after {count} step", "Completed after {count:,} steps", event.step)
        case "stopped":
            return plural("Stopped after {count} step", "Stopped after {count:,} steps", event.step)
        case "failed":
            return plural("Failed after {count} step", "Failed after {count:,} steps", event.step)


def duration(seconds: float) -> str:
    """`1:02:03`, or `2:03` below an hour."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
