"""How numbers, dates and states of a run are written where there is little room. No Qt here."""

from __future__ import annotations

import time
from collections.abc import Sequence
from math import prod

from aestudio.core.ground.shapes import Shape
from aestudio.core.ground.texts import Listing, Text, listed, plural, say
from aestudio.core.library.summary import NOT_SCORED, RunState, Summary, parts

NONE = "–"
"""What stands where there is no number."""
MINUTE, HOUR, DAY = 60, 3600, 86_400
MONTHS = (
    Text("Jan"), Text("Feb"), Text("Mar"), Text("Apr"), Text("May", context="short name of a month"), Text("Jun"),
    Text("Jul"), Text("Aug"), Text("Sep"), Text("Oct"), Text("Nov"), Text("Dec"),
)  # fmt: skip
FULL_MONTHS = (
    Text("January"), Text("February"), Text("March"), Text("April"), Text("May"), Text("June"),
    Text("July"), Text("August"), Text("September"), Text("October"), Text("November"), Text("December"),
)  # fmt: skip
WEEKDAYS = (
    Text("Monday"), Text("Tuesday"), Text("Wednesday"), Text("Thursday"), Text("Friday"), Text("Saturday"),
    Text("Sunday"),
)  # fmt: skip
BADGES: dict[RunState, Text] = {
    "training": Text("Training"),
    "completed": Text("Completed"),
    "stopped": Text("Stopped"),
    "failed": Text("Failed"),
    "interrupted": Text("Interrupted"),
}
"""What is written on a run."""


def ago(when: float, now: float) -> str:
    """How long ago a moment was, both in seconds since 1970; the date where that is more than a month."""
    passed = max(0.0, now - when)
    if passed < MINUTE:
        return say("just now")
    if passed < HOUR:
        return say("{minutes} min ago", minutes=int(passed / MINUTE))
    if passed < DAY:
        return say("{hours} h ago", hours=int(passed / HOUR))
    days = int(passed / DAY)
    if days == 1:
        return say("yesterday")
    if days <= 30:
        return str(plural("{count} day ago", "{count} days ago", days))
    day = time.localtime(when)
    return say("{day:02} {month} {year}", day=day.tm_mday, month=MONTHS[day.tm_mon - 1], year=day.tm_year)


def date(when: float) -> str:
    """The full local date and time of seconds since 1970."""
    day = time.localtime(when)
    return say(
        "{weekday}, {day:02} {month} {year}, {clock}",
        weekday=WEEKDAYS[day.tm_wday],
        day=day.tm_mday,
        month=FULL_MONTHS[day.tm_mon - 1],
        year=day.tm_year,
        clock=time.strftime("%H:%M:%S", day),
    )


def duration(seconds: float) -> str:
    """Two units at most: `41 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`."""
    whole = round(seconds)
    if whole < MINUTE:
        return say("{seconds:.1f} s", seconds=seconds) if seconds < 10 else say("{whole} s", whole=whole)
    days, hours, minutes, rest = whole // DAY, whole % DAY // HOUR, whole % HOUR // MINUTE, whole % MINUTE
    if days:
        return say("{days} d {hours} h" if hours else "{days} d", days=days, hours=hours)
    if hours:
        return say("{hours} h {minutes} min" if minutes else "{hours} h", hours=hours, minutes=minutes)
    return say("{minutes} min {seconds} s" if rest else "{minutes} min", minutes=minutes, seconds=rest)


def compact(count: int) -> str:
    """Three digits at most of a count: `640`, `12.3 k`, `4.56 M`."""
    for size, unit in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= 0.9995 * size:
            return f"{count / size:.3g} {unit}"
    return str(count)


def number(value: float | None, form: str) -> str:
    """A number, or a dash where there is none."""
    return NONE if value is None else format(value, form)


def score(run: Summary, value: float | None, form: str) -> str:
    """One of a run's scores, a dash where it has none of this name, or that it has none at all."""
    return str(NOT_SCORED) if run.unscored else number(value, form)


def steps(run: Summary) -> str:
    """`4.5 k steps`, or `1.2 k of 4.5 k` where it was to take more."""
    if run.steps > run.step:
        return say("{done} of {all}", done=compact(run.step), all=compact(run.steps))
    return str(plural("{steps} step", "{steps} steps", run.step, steps=compact(run.step)))


def epochs(run: Summary) -> str:
    """Epochs done: whole ones without a fraction, `12.4` otherwise."""
    return f"{round(run.epoch):,}" if abs(run.epoch - round(run.epoch)) < 0.05 else f"{run.epoch:,.1f}"


def epochs_done(run: Summary) -> str:
    """`1 epoch`, `12.4 epochs`."""
    whole = round(run.epoch)
    if abs(run.epoch - whole) < 0.05:
        return str(plural("{count} epoch", "{count:,} epochs", whole))
    return say("{epochs:,.1f} epochs", epochs=run.epoch)


def steps_done(run: Summary) -> str:
    """`12.4 epochs, 640 of 1,000 steps`."""
    return str(
        plural(
            "{epochs}, {done:,} of {count} step",
            "{epochs}, {done:,} of {count:,} steps",
            run.steps,
            epochs=epochs_done(run),
            done=run.step,
        )
    )


def images(shape: Shape) -> str:
    """`28 × 28 px, grey`."""
    channels, height, width = shape
    if prod(shape) == 2:
        return say("2 numbers each")
    match channels:
        case 1:
            return say("{width} × {height} px, grey", width=width, height=height)
        case 3:
            return say("{width} × {height} px, colour", width=width, height=height)
    return str(
        plural(
            "{width} × {height} px, {count} channel",
            "{width} × {height} px, {count} channels",
            channels,
            width=width,
            height=height,
        )
    )


def variant(run: Summary) -> Listing:
    """What is special about it; the library keeps the titles of its parts in English."""
    return listed(Text(title) for title in parts(run.variant))


def first_line(note: str) -> str:
    """Of a note: the first line with something on it."""
    return next((line.strip() for line in note.splitlines() if line.strip()), "")


def why_not_continued(run: Summary) -> str:
    """Why it cannot be continued, in words; empty where it can."""
    if run.resumable:
        return ""
    if run.state == "training":
        return say("It is training now")
    return say("It has no checkpoint to continue from; train it again instead")


def state_text(run: Summary) -> str:
    """`Completed`, `Training 40%`."""
    if run.state == "training" and run.steps:
        return say("Training {done:.0%}", done=run.step / run.steps)
    return str(BADGES[run.state])


def named(runs: Sequence[Summary]) -> str:
    """The run's title in quotes, or how many runs there are."""
    return say("“{title}”", title=runs[0].named) if len(runs) == 1 else counted(len(runs))


def counted(count: int) -> str:
    """`1 run`, `2,000 runs`."""
    return str(plural("{count} run", "{count:,} runs", count))


def short(title: str, most: int = 28) -> str:
    """A title cut to so many letters, of a setting the name rather than the value: `Learning r… = 0.001`."""
    if len(title) <= most:
        return title
    value = title[title.rfind(" = ") :] if " = " in title else ""
    if len(value) > most // 2:
        value = ""
    return f"{title[: most - len(value) - 1].rstrip()}…{value}"
