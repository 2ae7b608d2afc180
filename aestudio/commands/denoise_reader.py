"""What `aestudio denoise` says: a bar and a line a picture, or JSON lines; skips on standard error."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from aestudio.commands.one_picture import Event, Scored
from aestudio.core.data.dataset import Skipped
from aestudio.core.denoise.batch import Began, Cleaned, Ended, as_json
from aestudio.core.run.events import plain


class BatchReader:
    """Reads the stream of a batch or of one picture."""

    def __init__(self, *, as_lines: bool) -> None:
        self._as_lines = as_lines
        # What is printed holds names of the person's: nothing in them is markup.
        self._console = Console(markup=False, emoji=False, highlight=False)
        self._bar = Progress(
            TextColumn("{task.description}", style="bold", markup=False),
            BarColumn(),
            TimeRemainingColumn(compact=True),
            console=self._console,
            transient=True,
            disable=as_lines or not self._console.is_terminal,
        )
        self._task = self._bar.add_task("Looking at pictures", total=1.0)

    def __enter__(self) -> BatchReader:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def doing(self, what: str, fraction: float | None) -> None:
        """A Report."""
        self._bar.update(self._task, description=what, completed=fraction or 0.0)

    def read(self, event: Event) -> None:
        if isinstance(event, Skipped):
            print(f"aestudio: {event.reason}", file=sys.stderr, flush=True)
        if self._as_lines:
            said = {"event": "Scored", **plain(asdict(event))} if isinstance(event, Scored) else as_json(event)
            print(json.dumps(said, ensure_ascii=False), flush=True)
            return
        match event:
            case Began() if event.finished:
                self._say(f"{event.finished} of {event.pictures} are finished already.")
            case Cleaned():
                note = f" · {event.note}" if event.note else ""
                self._say(
                    f"{Path(event.path).name} → {event.result}: σ {255 * event.sigma:.1f} of 255, "
                    f"{event.seconds:.1f} s{note}"
                )
            case Scored():
                self._say(f"PSNR {event.psnr_before:.2f} → {event.psnr:.2f} dB")
                self._say(f"SSIM {event.ssim_before:.4f} → {event.ssim:.4f}")
            case Ended():
                self._bar.stop()
                self._end(event)
            case _:
                pass

    def _end(self, event: Ended) -> None:
        if event.reason == "stopped":
            self._say("Stopped. The same command goes on with what is left." if event.report else "Stopped.")
        if event.report:
            skipped = f", skipped {event.skipped}" if event.skipped else ""
            self._say(
                f"Cleaned {event.cleaned} in {event.seconds:.1f} s{skipped}. Every file is listed in {event.report}"
            )

    def _say(self, text: str) -> None:
        self._console.print(text, soft_wrap=True)
