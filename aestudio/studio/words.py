"""How far a training is, in a line."""

from __future__ import annotations

from aestudio.core.run.events import Finished, Progress, Started
from aestudio.studio.events import StatusChanged, Told
from aestudio.studio.status import State


class ProgressLine:
    """Reads a document's events; `text` is what stands below."""

    def __init__(self) -> None:
        self._state = State.READY
        self._last: Progress | None = None
        self._ended = ""

    def read(self, event: Told, scores: dict[str, float]) -> None:
        """`scores` are the newest of the document."""
        match event:
            case StatusChanged(status):
                self._state = status.state
                if not status.running:
                    self._last = None
                if status.state is not State.READY:
                    self._ended = ""
            case Started():
                self._last = None
            case Progress():
                self._last = event
            case Finished():
                psnr = scores.get("psnr")
                said = f" · held-out PSNR {psnr:.2f} dB" if psnr is not None else ""
                self._ended = f"{event.reason.capitalize()} after {event.step:,} steps{said}"
                self._last = None

    @property
    def text(self) -> str:
        last = self._last
        if last is None:
            return self._ended or self._state.value
        step = last.first_step + len(last.terms) - 1
        phase = f" · {last.phase}" if last.phase != "end to end" else ""
        return (
            f"{self._state.value}{phase} · epoch {last.epoch:.1f} of {last.epochs:,} · step {step:,} · "
            f"{last.samples_per_second:,.0f} images/s · {duration(last.seconds_left)} left"
        )


def duration(seconds: float) -> str:
    """`1:02:03`, or `2:03` below an hour."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
