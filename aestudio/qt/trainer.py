"""One training at a time on a thread of its own; what it says arrives in the window's thread, a batch a tick."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.compute import Compute
from aestudio.core.library.keeping import fit_and_keep
from aestudio.core.run.run import Run
from aestudio.core.training.checkpoint import Every
from aestudio.core.training.controls import Controls
from aestudio.qt.mailbox import Mailbox
from aestudio.qt.worker import ThreadJob

TICK_MS = 33
PREVIEW_SECONDS = 0.1
"""The window asks for a new preview this long after it showed one: drawing, not the preview, is what costs."""


class Trainer(QObject):
    """Hosts the loop: a worker iterates it into a mailbox, a timer here empties it."""

    said = Signal(object)
    """An event of the run."""
    ended = Signal(str)
    """The thread is over; why it broke off, in words, or nothing."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.every = Every()
        """How often checkpoints are taken, from the next training on."""
        self._controls: Controls | None = None
        self._job: ThreadJob | None = None
        self._mailbox = Mailbox()
        self._watching = False
        self._preview_due = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

    def start(
        self,
        run: Run,
        dataset: Dataset,
        compute: Compute,
        library: Path,
        *,
        number: int | None = None,
        parent: int | None = None,
        paused: bool = False,
    ) -> None:
        """A new run in the library, or run `number` of it from its newest checkpoint; it holds at once where it is
        `paused`.
        """
        self._controls = controls = Controls(paused=paused)
        controls.ask_for_preview()
        self._watching = not paused
        mailbox, every = self._mailbox, self.every

        def work() -> None:
            events = fit_and_keep(
                run, dataset, controls, compute, folder=library, number=number, parent=parent, every=every
            )
            for event in events:
                mailbox.post(event)

        self._job = ThreadJob(work, "training", self, niceness=5)
        self._job.ended.connect(self._end)
        self._job.start()
        self._timer.start()

    def use(self, run: Run) -> None:
        """Other live values from the next step on."""
        if self._controls is not None:
            self._controls.use(run)

    def resample(self, units: Sequence[int]) -> None:
        """Units of the hidden layer in training get new weights before the next step."""
        if self._controls is not None:
            self._controls.resample(units)

    def pause(self) -> None:
        if self._controls is not None:
            self._controls.pause()
            self._watching = False

    def resume(self) -> None:
        if self._controls is not None:
            self._controls.resume()
            self._watching = True

    def step(self) -> None:
        """One step, then hold."""
        if self._controls is not None:
            self._controls.step()

    def stop(self) -> None:
        if self._controls is not None:
            self._controls.stop()
            self._watching = False

    def close(self, seconds: float) -> bool:
        """Stops and waits; False where it would not stop in time."""
        self.stop()
        over = self._job is None or self._job.wait(seconds)
        self._timer.stop()
        return over

    @Slot()
    def _tick(self) -> None:
        self._drain()
        if self._controls is not None and self._watching and time.monotonic() >= self._preview_due:
            self._controls.ask_for_preview()
            self._preview_due = time.monotonic() + PREVIEW_SECONDS

    def _drain(self) -> None:
        for event in self._mailbox.take():
            self.said.emit(event)

    @Slot()
    def _end(self) -> None:
        self._drain()
        self._timer.stop()
        job, self._job, self._controls = self._job, None, None
        error = job.error if job else None
        if job is not None:
            job.deleteLater()
        self.ended.emit("" if error is None else f"The training thread ended unexpectedly: {error}")
