"""Which settings of a run a sweep can turn, which values suit them, and values as a person types them."""

from __future__ import annotations

import re
from math import inf

import numpy as np

from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import Text, say
from aestudio.core.parts.slots import knobs
from aestudio.core.run.run import SLOTS, Run
from aestudio.core.theory.knobs import CODE_SIZE, Number, code_size_path, number_knob, spread, with_number

COUNT = 6
WIDE = 128
"""The largest code size that is offered unasked; larger ones can be typed."""
AROUND = 10.0
"""Offered values reach from the setting's own one divided by this to it multiplied."""


def numbers(run: Run) -> list[str]:
    """The paths of all settings of a run that are numbers: the code size first, those of the data left out."""
    found = []
    try:
        code_size_path(run)
        found.append(CODE_SIZE)
    except RunError:
        pass
    slots = {path: slot for path, slot in run.slots().items() if path != "data"}
    special_first = sorted(slots, key=lambda path: path in SLOTS)
    for head, owner in (*((f"{path}.", slots[path]) for path in special_first), ("", run)):
        for name in knobs(owner):
            try:
                number_knob(run, head + name)
            except RunError:
                continue
            if not (found[:1] == [CODE_SIZE] and head + name == code_size_path(run)):
                found.append(head + name)
    return found


def usual(run: Run, path: str, pixels: int) -> tuple[Number, ...]:
    """Values that suit a setting: around its own one, or over its range where that is 0."""
    knob = number_knob(run, path)
    low, high = knob.low, knob.high
    if path == CODE_SIZE:
        least: Number = max(2, run.code.least_units)
        return spread(run, path, COUNT, least, max(2 * least, min(WIDE, pixels // 2)), logarithmic=True)
    own = run.value(path)
    own = own[-1] if isinstance(own, tuple) else own
    if not own > 0:
        try:
            return spread(run, path, COUNT, logarithmic=knob.log and bool(low))
        except RunError:
            return (own,)
    least, most = (low if low is not None else -inf), (high if high is not None else inf)
    rounded = (
        float(f"{value:.3g}") if knob.type is float else round(value)
        for value in np.geomspace(own / AROUND, own * AROUND, COUNT - 1).tolist()
    )
    return tuple(dict.fromkeys(min(max(value, least), most) for value in rounded))


def title_of(run: Run, path: str) -> str:
    """What the setting at a path is called, with whose it is."""
    if path == CODE_SIZE:
        return say("Code size")
    head, _, _name = path.rpartition(".")
    label = Text(number_knob(run, path).label)
    return say("{owner}: {knob}", owner=Text(run.slots()[head].title), knob=label) if head else str(label)


def read_values(text: str, run: Run, path: str) -> tuple[Number, ...]:
    """Values of a setting, separated by commas, semicolons or spaces; each counts once.

    Raises: RunError where there is none, or where the run does not take one of them.
    """
    found: list[Number] = []
    for word in re.split(r"[\s,;]+", text.strip(" ,;")):
        try:
            value = float(word)
        except ValueError:
            if not word:
                raise RunError("Write some values.") from None
            raise RunError("{text!r} is not a number; write values separated by commas.", text=word) from None
        found.append(int(value) if value.is_integer() else value)
        with_number(run, path, found[-1])
    return tuple(dict.fromkeys(found))
