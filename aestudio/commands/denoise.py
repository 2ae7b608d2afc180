"""`aestudio denoise`: pictures and folders of pictures cleaned, each result beside a sentence or an event."""

from __future__ import annotations

import argparse
import os
from collections.abc import Container, Iterator, Sequence
from contextlib import ExitStack, suppress
from math import isfinite
from pathlib import Path
from typing import Any

from aestudio.commands import FAILED, OK
from aestudio.commands.denoise_reader import BatchReader
from aestudio.commands.jobs import check_jobs
from aestudio.commands.one_picture import Asked, Event, one_picture
from aestudio.commands.output import whoever_listens
from aestudio.commands.piped import Piped
from aestudio.commands.stopping import Abrupt, until_interrupted
from aestudio.core.cluster.cleaning_pool import CleaningPool
from aestudio.core.cluster.cluster import Cluster
from aestudio.core.cluster.pictures import Cleaners
from aestudio.core.data.reading.levels import Levels
from aestudio.core.denoise.batch import Ended, Helpers, batch
from aestudio.core.denoise.files.reading import read_header
from aestudio.core.denoise.output import Output
from aestudio.core.denoise.pipeline import Cleaning
from aestudio.core.denoise.way import Way
from aestudio.core.ground import bounded_toml
from aestudio.core.ground.errors import Cancelled, DenoiseError, near
from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import Text
from aestudio.core.parts.slots import knobs, options, validated


def denoise(chosen: argparse.Namespace) -> int:
    """Returns the exit code: 0 all cleaned, 1 where a picture was skipped or the disk was full, 130 stopped by Ctrl-C.

    Raises: StudioError for bad input.
    """
    task = _Task(chosen)
    controls = Abrupt()
    ended = Ended("stopped", 0, 0, 0, 0.0, "")
    reading = BatchReader(as_lines=chosen.json, aside=task.aside, quiet=chosen.quiet)
    with task, whoever_listens(), reading as reader, until_interrupted(controls) as ending:

        def report(doing: str, fraction: float | None) -> None:
            if controls.stopped:
                raise Cancelled
            reader.doing(doing, fraction)

        stream = task.events(report)
        with suppress(Cancelled, StopIteration):
            while True:
                with controls.inside():
                    event = next(stream)
                reader.read(event)
                ended = event if isinstance(event, Ended) else ended
    if ended.reason == "stopped":
        return ending.code
    return FAILED if ended.skipped or ended.reason == "full" else OK


class _Task:
    """What the arguments ask for; as a context, it has the picture of standard input in a file meanwhile."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        """Raises: StudioError where they cannot be meant so."""
        self._piped = Piped(chosen.inputs, chosen.out)
        self.aside = self._piped.writes
        self._inputs, self._out = [Path(one) for one in chosen.inputs], Path(chosen.out)
        self._output = Output(_ending(chosen.format), chosen.suffix, chosen.quality)
        self._output.check()
        way = chosen_way(chosen.way, chosen.model, chosen.settings)
        if not 0 <= chosen.strength <= 1:
            raise DenoiseError("--strength takes a number from 0 to 1, not {strength:g}.", strength=chosen.strength)
        if chosen.memory is not None and not 0 < chosen.memory < 1e9:
            raise DenoiseError("--memory takes a number of MiB, such as 500, not {memory:g}.", memory=chosen.memory)
        budget = None if chosen.memory is None else int(chosen.memory * 2**20)
        self._how = Cleaning(
            way, _sigma(chosen.sigma), float(chosen.strength), budget, levels=_levels(chosen.range), axis=chosen.pages
        )
        self._reference = Path(chosen.reference) if chosen.reference else None
        is_one = len(self._inputs) == 1 and not os.path.isdir(self._inputs[0])
        if self._reference and not is_one:
            raise DenoiseError("--reference is of one picture; name one picture to clean, not several or a folder.")
        check_jobs(chosen)
        for option, said in (("--scheduler", chosen.scheduler), ("--jobs", chosen.jobs > 1)):
            if is_one and said:
                raise DenoiseError(
                    "{option} is for several pictures; name more than one, or a folder of them.", option=option
                )
        into_folder = os.path.isdir(self._out) or not self._out.suffix
        if not is_one and (not into_folder or self._piped.writes):
            raise DenoiseError(
                "{out} names a file; several pictures, or a folder of them, need a folder there.", out=self._out
            )
        self._scheduler, self._jobs, self._with_earlier = chosen.scheduler, chosen.jobs, chosen.earlier
        self._is_one = is_one and (not into_folder or self._reference is not None or self._piped.either)

    def __enter__(self) -> _Task:
        self._piped.open()
        return self

    def __exit__(self, *_: object) -> None:
        self._piped.close()

    def events(self, report: Report) -> Iterator[Event]:
        """Ended is the last. Raises: StudioError for bad input."""
        if not self._is_one:
            with ExitStack() as held:
                helpers = self._helpers(held)
                given = self._inputs, self._out, self._how, report, self._output, helpers
                yield from batch(*given, with_earlier=self._with_earlier)
            return
        source = self._piped.source(self._inputs[0])
        result = self._piped.result(self._out, read_header(source), self._output) if self._piped.writes else self._out
        yield from one_picture(Asked(source, result, self._how, self._output, self._reference), report)
        self._piped.send(result)

    def _helpers(self, held: ExitStack) -> Helpers | None:
        """None where this process cleans alone. Raises: ClusterError."""
        if self._scheduler:
            return Cleaners(held.enter_context(Cluster(self._scheduler)))
        return CleaningPool(self._jobs) if self._jobs > 1 else None


def _ending(format: str) -> str:
    """`png`, `.png` and `PNG` are the same."""
    return f".{format.lower().removeprefix('.')}" if format else ""


def _levels(text: str) -> Levels | None:
    """Black and white; None where they are to be found."""
    if text == "auto":
        return None
    try:
        black, white = (float(one) for one in text.split(":"))
    except ValueError:
        black = white = 0.0
    if not (isfinite(black) and isfinite(white) and black < white):
        raise DenoiseError("--range takes auto or black:white, such as 100:4095, not {text!r}.", text=text)
    return black, white


def chosen_way(name: str | None, model: str | None, settings: Sequence[str]) -> Way:
    """The way that --way or --model names, with what --set says. Raises StudioError where there is none such."""
    ways = options(Way)
    if model is not None and name not in (None, "model"):
        raise DenoiseError("--model is a method of its own; leave out --way {name}, or --model.", name=name)
    kind = name or _usual(model, ways)
    if kind not in ways:
        raise DenoiseError("There is no method {kind!r}; {near}", kind=kind, near=near(kind, ways))
    said: dict[str, Any] = {} if model is None else {"path": model}
    known = knobs(ways[kind])
    for setting in settings:
        knob, equals, value = (part.strip() for part in setting.partition("="))
        if not equals:
            raise DenoiseError("--set takes name=value, and {setting!r} has no equals sign.", setting=setting)
        if knob not in known:
            advice = near(knob, known) if known else Text("it has none.")
            raise DenoiseError(
                "The method {kind} has no setting {knob!r}; {advice}", kind=kind, knob=knob, advice=advice
            )
        said[knob] = value if known[knob].type is str else _value(value)
    way: Way = validated(ways[kind], said)
    return way


def _usual(model: str | None, known: Container[str]) -> str:
    """The way where none is named."""
    return "model" if model is not None else "photo" if "photo" in known else "nlm"


def _value(text: str) -> Any:
    """As TOML reads it; a bare word is itself."""
    try:
        return bounded_toml.loads(f"value = {text}")["value"]
    except ValueError:
        return text


def _sigma(text: str) -> float | None:
    """White being 1; None where it is to be estimated."""
    if text == "auto":
        return None
    try:
        sigma = float(text)
    except ValueError:
        sigma = -1.0
    if not (isfinite(sigma) and 0 <= sigma <= 255):
        raise DenoiseError("--sigma takes auto or a number from 0 to 255, not {text!r}.", text=text)
    return sigma / 255
