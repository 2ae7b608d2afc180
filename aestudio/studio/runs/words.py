"""How numbers, dates and states of a run are written where there is little room. No Qt here."""

from __future__ import annotations

import time
from collections.abc import Sequence

from aestudio.core.ground.shapes import Shape
from aestudio.core.library.summary import Summary

NONE = "–"
"""What stands where there is no number."""
MINUTE, HOUR, DAY = 60, 3600, 86_400


def ago(when: float, now: float) -> str:
    """How long ago a moment was, both in seconds since 1970; the date where that is more than a month."""
    passed = max(0.0, now - when)
    if passed < MINUTE:
        return "just now"
    if passed < HOUR:
        return f"{int(passed / MINUTE)} min ago"
    if passed < DAY:
        return f"{int(passed / HOUR)} h ago"
    days = int(passed / DAY)
    if days <= 30:
        return "yesterday" if days == 1 else f"{days} days ago"
    return time.strftime("%d %b %Y", time.localtime(when))


def date(when: float) -> str:
    """The full local date and time of seconds since 1970."""
    return time.strftime("%A, %d %B %Y, %H:%M:%S", time.localtime(when))


def duration(seconds: float) -> str:
    """Two units at most: `41 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`."""
    whole = round(seconds)
    if whole < MINUTE:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    for size, unit, small, less in ((DAY, "d", HOUR, "h"), (HOUR, "h", MINUTE, "min"), (MINUTE, "min", 1, "s")):
        if whole >= size:
            rest = whole % size // small
            return f"{whole // size} {unit} {rest} {less}" if rest else f"{whole // size} {unit}"
    raise AssertionError("a minute or more has a unit")


def compact(count: int) -> str:
    """Three digits at most of a count: `640`, `12.3 k`, `4.56 M`."""
    for size, unit in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= 0.9995 * size:
            return f"{count / size:.3g} {unit}"
    return str(count)


def number(value: float | None, form: str) -> str:
    """A number, or a dash where there is none."""
    return NONE if value is None else format(value, form)


def steps(run: Summary) -> str:
    """`4.5 k steps`, or `1.2 k of 4.5 k` where it was to take more."""
    if run.steps > run.step:
        return f"{compact(run.step)} of {compact(run.steps)}"
    return f"{compact(run.step)} steps"


def epochs(run: Summary) -> str:
    """Epochs done: whole ones without a fraction, `12.4` otherwise."""
    return f"{round(run.epoch):,}" if abs(run.epoch - round(run.epoch)) < 0.05 else f"{run.epoch:,.1f}"


def epochs_done(run: Summary) -> str:
    """`1 epoch`, `12.4 epochs`."""
    done = epochs(run)
    return f"{done} epoch" if done == "1" else f"{done} epochs"


def images(shape: Shape) -> str:
    """`28 × 28 px, grey`."""
    channels, height, width = shape
    kind = {1: "grey", 3: "colour"}.get(channels, f"{channels} channels")
    return f"{width} × {height} px, {kind}"


def first_line(note: str) -> str:
    """Of a note: the first line with something on it."""
    return next((line.strip() for line in note.splitlines() if line.strip()), "")


def why_not_continued(run: Summary) -> str:
    """Why it cannot be continued, in words; empty where it can."""
    if run.resumable:
        return ""
    if run.state == "training":
        return "It is training now"
    return "It has no checkpoint to continue from; train it again instead"


def named(runs: Sequence[Summary]) -> str:
    """The run's title in quotes, or how many runs there are."""
    return f"“{runs[0].title}”" if len(runs) == 1 else counted(len(runs))


def counted(count: int) -> str:
    """`1 run`, `2,000 runs`."""
    return f"{count:,} {'run' if count == 1 else 'runs'}"


def short(title: str, most: int = 28) -> str:
    """A title cut to so many letters."""
    return title if len(title) <= most else f"{title[: most - 1].rstrip()}…"
