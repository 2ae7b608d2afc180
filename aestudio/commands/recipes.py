"""`aestudio recipes`: what can be trained, and the settings of one recipe with their ranges."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from rich.table import Table

from aestudio.commands import OK, output
from aestudio.core.ground.texts import listed, say
from aestudio.core.run.recipes import Recipe, everything, find

if TYPE_CHECKING:
    from aestudio.core.parts.slots import Knob
    from aestudio.core.run.run import Run


def recipes(chosen: argparse.Namespace) -> int:
    """Prints every recipe's name, title and default data, or all settings of one.

    Raises: RunError where there is no recipe of that name, or its file cannot be used.
    """
    if chosen.name is not None:
        _tell_of(find(chosen.name), as_json=chosen.json)
    elif chosen.json:
        for recipe in everything().values():
            print(json.dumps(_about(recipe), ensure_ascii=False))
    else:
        table = Table(box=None, header_style="bold", pad_edge=False)
        table.add_column(say("Name"), no_wrap=True)
        table.add_column(say("Title"))
        table.add_column(say("Data"), no_wrap=True)
        for recipe in everything().values():
            table.add_row(recipe.name, say(recipe.title), recipe.data)
        output.console().print(table)
    return OK


def _about(recipe: Recipe) -> dict[str, Any]:
    return {
        "name": recipe.name,
        "title": recipe.title,
        "summary": recipe.summary,
        "chapter": recipe.chapter,
        "data": recipe.data,
        "epochs": recipe.epochs or None,
        "file": str(recipe.path),
    }


def _tell_of(recipe: Recipe, *, as_json: bool) -> None:
    run = recipe.run()
    rows = settings(run)
    if as_json:
        told = {
            **_about(recipe),
            "explanation": recipe.explanation,
            "citation": recipe.citation,
            "settings": [_setting(path, knob, value) for path, knob, value in rows],
        }
        print(json.dumps(told, ensure_ascii=False))
        return
    console = output.console()
    for paragraph in filter(None, (say(recipe.title), say(recipe.summary) if recipe.summary else "")):
        console.print(paragraph)
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column(say("Setting"), no_wrap=True)
    for heading in (say("Value"), say("Range"), say("While training"), say("What it is")):
        table.add_column(heading)
    for path, knob, value in rows:
        live = say("may change") if knob is not None and knob.live else ""
        what = str(knob.title) if knob is not None else say("which one of its kind")
        table.add_row(path, written(value), range_of(path, knob, run), live, what)
    console.print()
    console.print(table)
    console.print()
    first = next(path for path, knob, _ in rows if knob is not None)
    console.print(
        say(
            "Change one with --set, such as: aestudio train {name} --set {path}={value}",
            name=recipe.name,
            path=first,
            value=written(run.value(first)),
        )
    )


def settings(run: Run) -> list[tuple[str, Knob | None, Any]]:
    """Every setting by the path that --set takes, its knob and its value; a slot's kind has no knob."""
    from aestudio.core.parts.slots import knobs
    from aestudio.core.run.run import FAMILIES, MANY

    found: list[tuple[str, Knob | None, Any]] = []
    for path, slot in run.slots().items():
        field, _, kind = path.partition(".")
        if not kind:
            found.append((field, None, slot.kind))
        owner = kind if field in MANY else field
        found += [(f"{owner}.{name}", knob, getattr(slot, name)) for name, knob in knobs(slot).items()]
    return found + [(name, knob, getattr(run, name)) for name, knob in knobs(run).items() if name not in FAMILIES]


def range_of(path: str, knob: Knob | None, run: Run) -> str:
    """`0.001 to 0.5`, `relu, sigmoid`, `yes or no`; empty where anything goes."""
    from aestudio.core.parts.slots import options
    from aestudio.core.run.run import SLOTS

    choices = list(options(SLOTS[path])) if knob is None else [str(one) for one in knob.choices]
    if choices:
        return str(listed(choices))
    assert knob is not None
    if isinstance(knob.default, bool):
        return say("yes or no")
    low, high = (None if end is None else _plain(end) for end in (knob.low, knob.high))
    unit = f" {say(knob.unit)}" if knob.unit else ""
    if low is not None and high is not None:
        return f"{say('{low} to {high}', low=low, high=high)}{unit}"
    if low is not None:
        return f"{say('{low} or more', low=low)}{unit}"
    return unit.strip()


def _plain(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else f"{number:g}"


def written(value: Any) -> str:
    """A value as --set takes it."""
    match value:
        case bool():
            return "true" if value else "false"
        case tuple() | list():
            return ",".join(map(written, value))
        case float():
            return f"{value:.6g}"
        case _:
            return str(value)


def _setting(path: str, knob: Knob | None, value: Any) -> dict[str, Any]:
    from aestudio.core.parts.slots import options
    from aestudio.core.run.run import SLOTS

    told: dict[str, Any] = {"path": path, "value": list(value) if isinstance(value, tuple) else value}
    if knob is None:
        return {**told, "choices": list(options(SLOTS[path]))}
    return {
        **told,
        "label": knob.label,
        "low": knob.low,
        "high": knob.high,
        "unit": knob.unit or None,
        "choices": list(knob.choices) or None,
        "live": knob.live,
        "tip": knob.tip,
    }
