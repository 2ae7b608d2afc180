"""The settings of one or several runs as a table of words: labels and units instead of paths. No Qt here."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import Text, listed, say
from aestudio.core.parts.slots import knobs, options
from aestudio.core.run.run import MANY, SLOTS, WORDS, Run, differences, flat
from aestudio.studio.runs.words import NONE

UNTOLD = frozenset(WORDS)
"""Words about a run, which are no settings."""


@dataclass(frozen=True)
class SettingRow:
    """One row: what a setting is called, and what it is in each run."""

    path: str
    label: str
    values: tuple[str, ...]
    differs: bool
    """Whether it is not the same in all runs."""


def table(runs: Sequence[Run], *, every: bool) -> list[SettingRow]:
    """Every setting of some runs, or those that are not the same in all of them, in the order of the forms."""
    if not runs:
        return []
    differing = {path for other in runs[1:] for path in differences(runs[0], other)}
    settings = [flat(run) for run in runs]
    order = sorted({path for one in settings for path in one}, key=lambda path: _place(path, settings))
    return [
        SettingRow(
            path,
            label_of(path, runs),
            tuple(_written(path, one.get(path), free=_is_free(path, runs)) for one in settings),
            path in differing,
        )
        for path in order
        if path not in UNTOLD and (every or path in differing)
    ]


def label_of(path: str, runs: Sequence[Run]) -> str:
    """`Network: Units per layer`, `KL sparsity: Target activation ρ̂`, `Epochs`; the path where there is no knob."""
    field, _, rest = path.partition(".")
    owner = Text(knobs(Run)[field].label if field in knobs(Run) else field)
    if field in MANY and rest:
        kind, _, rest = rest.partition(".")
        member = options(MANY[field]).get(kind)
        owner = Text(member.title if member is not None else kind)
    if rest == "kind":
        return str(owner)
    for run in runs:
        try:
            knob = run.knob(path)
        except RunError:
            continue
        return say("{owner}: {knob}", owner=owner, knob=knob.title) if rest else str(knob.title)
    return path


def _place(path: str, settings: Sequence[dict[str, Any]]) -> tuple[int, int, str]:
    """Slots in the order of a Run, kinds first, then as their fields were written."""
    head = path.partition(".")[0]
    fields = list(Run.model_fields)
    within = [list(one).index(path) for one in settings if path in one]
    return fields.index(head) if head in fields else len(fields), within[0], path


def _is_free(path: str, runs: Sequence[Run]) -> bool:
    """Whether the person has written the value, in whichever of the runs has one."""
    for run in runs:
        with suppress(RunError):
            return run.knob(path).is_free
    return False


def _written(path: str, value: Any, *, free: bool = False) -> str:
    """A value as a person writes it; a dash where the run has no such setting."""
    slot, _, rest = path.partition(".")
    if rest == "kind" and slot in SLOTS:
        member = options(SLOTS[slot]).get(str(value))
        return say(member.title if member is not None else str(value))
    match value:
        case None:
            return NONE
        case bool():
            return say("yes") if value else say("no")
        case float():
            return f"{value:.6g}"
        case list():
            return str(listed(_written("", one) for one in value)) if value else say("none")
        case _:
            return str(value) if free else say(str(value))
