"""Knobs that are numbers: which path turns one, over which values, and how the code size of every network is set."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, get_args, get_origin

import numpy as np

from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import Text
from aestudio.core.parts.slots import Knob
from aestudio.core.run.run import Run

CODE_SIZE = "code-size"
"""The path that every network answers to."""
Number = int | float


def code_size_path(run: Run) -> str:
    """Where the run keeps its code size: its code, or else its network. Raises RunError where it has none."""
    if run.code.code_size_knob:
        return f"code.{run.code.code_size_knob}"
    if run.network.code_size_knob:
        return f"network.{run.network.code_size_knob}"
    raise RunError("The network {title} has no code size; choose another knob.", title=Text(run.network.title))


def number_knob(run: Run, path: str) -> Knob:
    """The knob at a path. Raises RunError where there is none, or where it holds no number."""
    path = code_size_path(run) if path == CODE_SIZE else path
    found = run.knob(path)
    if _single(found.type) not in (int, float):
        raise RunError(
            "{path} is not a number, so there is nothing to sweep; choose {code_size} or another knob.",
            path=path,
            code_size=CODE_SIZE,
        )
    return found


def _single(kind: Any) -> Any:
    """`tuple[Annotated[int, …], …]` holds whole numbers."""
    while get_origin(kind) in (tuple, Annotated):
        kind = get_args(kind)[0]
    return kind


def with_number(run: Run, path: str, value: Number) -> Run:
    """The run with one number changed; of several, such as the widths of a perceptron, the last: the code's.

    Raises: RunError where the knob holds no number or not this one.
    """
    kind = number_knob(run, path)
    path = code_size_path(run) if path == CODE_SIZE else path
    if not math.isfinite(value):
        raise RunError("{path} takes finite numbers, and {value} is none.", path=path, value=value)
    if kind.type is float:
        return run.with_value(path, float(value))
    if value != int(value):
        raise RunError("{path} takes whole numbers, and {value:g} is none.", path=path, value=value)
    if kind.type is int:
        return run.with_value(path, int(value))
    several: Sequence[int] = run.value(path)
    return run.with_value(path, [*several[:-1], int(value)])


def spread(
    run: Run,
    path: str,
    count: int,
    low: Number | None = None,
    high: Number | None = None,
    logarithmic: bool | None = None,
) -> tuple[Number, ...]:
    """So many values over a knob's range, both ends included; logarithmically where the knob is best shown so.

    Whole numbers are rounded, and none comes twice, so there may be fewer.

    Raises: RunError where the range has no ends, or begins at 0 and shall be divided logarithmically.
    """
    about = number_knob(run, path)
    low, high = about.low if low is None else low, about.high if high is None else high
    logarithmic = about.log if logarithmic is None else logarithmic
    if low is None or high is None or not low < high or count < 2:
        raise RunError(
            "{path} needs two or more values between two ends, the lower one first; say both ends.", path=path
        )
    if logarithmic and low <= 0:
        raise RunError(
            "{path} cannot be spread logarithmically from {low:g}; let it begin above 0.", path=path, low=low
        )
    between = np.geomspace(low, high, count) if logarithmic else np.linspace(low, high, count)
    values = [float(f"{value:.6g}") for value in between.tolist()]
    if about.type is float:
        return tuple(values)
    return tuple(dict.fromkeys(round(value) for value in values))
