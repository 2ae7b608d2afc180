"""Readers of a run's stream on the command line: JSON lines, progress bars, and one that says nothing."""

from __future__ import annotations

import json
import sys

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from aestudio.commands import output
from aestudio.core.ground.texts import DOT, Text, listed, say
from aestudio.core.parts.plan import phase_title
from aestudio.core.run.events import Evaluated, Event, Finished, Joined, Measuring, Saved, Started, Warned, as_json
from aestudio.core.run.events import Progress as Steps
from aestudio.core.run.words import ended, measuring, quality


class JsonLines:
    """One event a line on standard output."""

    def __enter__(self) -> JsonLines:
        return self

    def __exit__(self, *_: object) -> None:
        sys.stdout.flush()

    def loading(self, _doing: str, _fraction: float | None) -> None:
        """Loading says nothing here: standard output holds events only."""

    def read(self, event: Event) -> None:
        print(json.dumps(as_json(event), ensure_ascii=False), flush=True)


class Bars:
    """A progress bar, and a line for every epoch."""

    def __init__(self) -> None:
        # What is printed holds titles and paths of the person's: nothing in them is markup.
        self._console = output.console()
        self._progress = Progress(
            TextColumn("{task.description}", style="bold", markup=False),
            BarColumn(),
            TextColumn("{task.fields[said]}", markup=False),
            TimeRemainingColumn(compact=True),
            console=self._console,
        )
        self._task = self._progress.add_task(say("Loading"), total=None, said="")
        self._saved = False
        self._epoch = 0.0
        self._said = ""

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def loading(self, doing: str, fraction: float | None) -> None:
        done = None if fraction is None else fraction * 100
        self._progress.update(self._task, description=doing, total=None if done is None else 100, completed=done)

    def read(self, event: Event) -> None:
        match event:
            case Started():
                self._console.print(
                    say(
                        "{title} · {data} · {device} · {parameters:,} parameters",
                        title=Text(event.run.title),
                        data=event.run.data.called,
                        device=event.device,
                        parameters=event.parameters,
                    )
                )
                for note in event.notes:
                    self._console.print(note)
                if event.number:
                    self._console.print(say("Kept in the library as run {number}", number=event.number))
                if event.resumed_at:
                    self._console.print(
                        say(
                            "Going on from step {step:,} of {steps:,}",
                            step=event.resumed_at,
                            steps=event.steps,
                        )
                    )
                first = phase_title(event.phases[0])
                self._progress.reset(
                    self._task,
                    total=event.steps,
                    completed=event.resumed_at,
                    description=str(first),
                    said="",
                )
            case Steps():
                self._epoch = event.epoch
                objective = float(event.weighted[-1].sum())
                self._said = say(
                    "epoch {epoch:.1f}/{epochs} · loss {objective:.4g} · {speed:,.0f} images/s",
                    epoch=event.epoch,
                    epochs=event.epochs,
                    objective=objective,
                    speed=event.samples_per_second,
                )
                done = event.first_step + len(event.terms) - 1
                title = str(phase_title(event.phase))
                self._progress.update(self._task, completed=done, description=title, said=self._said)
            case Measuring(done, of):
                self._progress.update(self._task, said=str(measuring(done, of)))
            case Evaluated(split="held-out"):
                terms = listed((f"{name} {value:.4g}" for name, value in event.terms.items()), DOT)
                self._console.print(
                    say(
                        "epoch {epoch} held out: {terms} · {quality} · mean activation {mean:.3f}"
                        if self._epoch.is_integer()
                        else "step {step:,} held out: {terms} · {quality} · mean activation {mean:.3f}",
                        epoch=event.epoch,
                        step=event.step,
                        terms=terms,
                        quality=quality(event.scores),
                        mean=event.scores["mean_activation"],
                    ),
                    highlight=False,
                )
                self._progress.update(self._task, said=self._said)
            case Saved(what="checkpoint"):
                pass
            case Saved():
                self._saved = True
                self._console.print(say("Wrote {path}", path=event.path), highlight=False)
            case Joined():
                self._console.print(say("Kept in the library as run {number}", number=event.number))
            case Warned():
                # On a terminal the bar, which is drawn there too, makes room for it.
                print(f"aestudio: {event.sentence}", file=sys.stderr)
            case Finished():
                self._progress.stop()
                self._console.print(say("{ended}.", ended=ended(event)))
                if event.note:
                    self._console.print(event.note)
                if not self._saved and event.reason != "failed":
                    self._console.print(say("Nothing was saved; leave --no-library out, or say --out DIR."))
            case _:
                pass


class Silent:
    """For all processes but the first of those that train together."""

    def __enter__(self) -> Silent:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def loading(self, doing: str, fraction: float | None) -> None:
        pass

    def read(self, event: Event) -> None:
        pass


class Quiet(Silent):
    """Warnings, on standard error; the host says there why a training failed."""

    def read(self, event: Event) -> None:
        if isinstance(event, Warned):
            print(f"aestudio: {event.sentence}", file=sys.stderr)


Reader = JsonLines | Bars | Silent
