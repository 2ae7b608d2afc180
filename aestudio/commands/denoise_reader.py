"""What `aestudio denoise` says: a bar and a line a picture, or JSON lines; skips on standard error."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from math import ceil
from pathlib import Path

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from aestudio.commands import output
from aestudio.commands.one_picture import Event, Scored
from aestudio.core.data.skipped import Skipped
from aestudio.core.denoise.batch import Began, Cleaned, Ended, as_json
from aestudio.core.ground.texts import DOT, Text, listed, plural, say
from aestudio.core.run.events import plain
from aestudio.studio.studies.progress import duration


class BatchReader:
    """Reads the stream of a batch or of one picture."""

    def __init__(self, *, as_lines: bool, aside: bool = False, quiet: bool = False) -> None:
        """`aside`: on standard error, because the picture itself goes to standard output. `quiet`: says nothing but
        what could not be read, and what a reference measures.
        """
        self._as_lines, self._quiet = as_lines, quiet
        self._out = sys.stderr if aside else sys.stdout
        # What is printed holds names of the person's: nothing in them is markup.
        self._console = output.console(stderr=aside)
        self._bar = Progress(
            TextColumn("{task.description}", style="bold", markup=False),
            BarColumn(),
            TimeRemainingColumn(compact=True),
            console=self._console,
            transient=True,
            disable=as_lines or quiet or not self._console.is_terminal,
        )
        self._task = self._bar.add_task(say("Looking at pictures"), total=1.0)

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
        if isinstance(event, Ended) and event.problem:
            print(f"aestudio: {event.problem}", file=sys.stderr, flush=True)
        if self._as_lines:
            said = {"event": "Scored", **plain(asdict(event))} if isinstance(event, Scored) else as_json(event)
            print(json.dumps(said, ensure_ascii=False), flush=True, file=self._out)
            return
        if self._quiet and not isinstance(event, Scored):
            return
        match event:
            case Began() if event.finished:
                self._say(
                    say(
                        "{finished} of {pictures} are finished already.",
                        finished=event.finished,
                        pictures=event.pictures,
                    )
                )
            case Cleaned():
                self._say(str(listed(_told(event), DOT)))
            case Scored():
                self._say(say("PSNR {before:.2f} → {psnr:.2f} dB", before=event.psnr_before, psnr=event.psnr))
                self._say(say("SSIM {before:.4f} → {ssim:.4f}", before=event.ssim_before, ssim=event.ssim))
            case Ended():
                self._bar.stop()
                self._end(event)
            case _:
                pass

    def _end(self, event: Ended) -> None:
        if event.reason == "stopped":
            self._say(say("Stopped. The same command goes on with what is left.") if event.report else say("Stopped."))
        if event.others:
            self._say(
                str(
                    plural(
                        "{count:,} other file is no picture.", "{count:,} other files are no pictures.", event.others
                    )
                )
            )
        if event.earlier:
            few = plural(
                "{count:,} earlier result was left out; --earlier cleans it too.",
                "{count:,} earlier results were left out; --earlier cleans them too.",
                event.earlier,
            )
            self._say(str(few))
        if event.report:
            self._say(
                say(
                    "Cleaned {cleaned} in {duration}, skipped {skipped}. Every file is listed in {report}"
                    if event.skipped
                    else "Cleaned {cleaned} in {duration}. Every file is listed in {report}",
                    cleaned=event.cleaned,
                    duration=duration(ceil(event.seconds)),
                    skipped=event.skipped,
                    report=event.report,
                )
            )

    def _say(self, text: str) -> None:
        self._console.print(text, soft_wrap=True)


def _told(event: Cleaned) -> list[Text | str]:
    """What is said of a picture, part by part."""
    told: list[Text | str] = [
        Text(
            "{name} → {result}: σ {sigma:.1f} of 255, {seconds:.1f} s",
            name=event.name or Path(event.path).name,
            result=event.result,
            sigma=255 * event.sigma,
            seconds=event.seconds,
        )
    ]
    if event.levels is not None:
        told.append(Text("black {black:.6g}, white {white:.6g}", black=event.levels[0], white=event.levels[1]))
    return told + ([event.note] if event.note else [])
