"""One measure of a snapshot: the numbers that stand above every panel and the panel's own, and when it was taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aestudio.core.ground.errors import ProbeError
from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import Text
from aestudio.studio.inspect import vitals
from aestudio.studio.inspect.examined import Examined
from aestudio.studio.inspect.vitals import Vitals

Measure = Callable[[Examined, Report], Any]
"""Runs in the observer's thread; it must not touch a widget. It raises StudioError with a sentence for the person."""


def with_vitals(measure: Measure, known: Vitals | None) -> Measure:
    """The numbers above the panel, and the panel's own, or why there are none: the numbers hold all the same."""

    def taken(subject: Examined, report: Report) -> tuple[Any, Any]:
        numbers = known or vitals.vitals(subject, report)
        try:
            return numbers, measure(subject, report)
        except ProbeError as error:
            return numbers, error

    return taken


def without_vitals(measure: Measure) -> Measure:
    """The panel's own, or why there is none, as `with_vitals` gives it."""

    def taken(subject: Examined, report: Report) -> tuple[Any, Any]:
        try:
            return None, measure(subject, report)
        except ProbeError as error:
            return None, error

    return taken


def _when(subject: Examined) -> Text:
    if subject.opened:
        return Text("as opened")
    return Text("at step {step:,}", step=subject.step) if subject.step else Text("before training")


def _took(seconds: float) -> Text:
    if seconds >= 1:
        return Text("{seconds:.1f} s", seconds=seconds)
    return Text("{milliseconds} ms", milliseconds=max(1, round(1000 * seconds / 10) * 10))


def taken_words(subject: Examined, seconds: float, *, slow: bool) -> Text:
    """Whose model was measured, when, in how many seconds, and whether it is too slow to follow the training."""
    return Text(
        "“{title}” · measured {when} in {took}, too slow to follow the training: press Measure for the newest"
        if slow
        else "“{title}” · measured {when} in {took}",
        title=Text(subject.run.title),
        when=_when(subject),
        took=_took(seconds),
    )
