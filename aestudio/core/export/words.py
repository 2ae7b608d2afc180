"""A run's settings, objective and scores in words and numbers, for pages and scripts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from pydantic import BaseModel

from aestudio.core.ground.texts import Text, say
from aestudio.core.parts.slots import Knob, Slot, knobs
from aestudio.core.probes.measure import DECIBELS
from aestudio.core.probes.measure import title as title_of
from aestudio.core.run.run import MANY, SLOTS, Run


@dataclass(frozen=True)
class Setting:
    label: str
    value: str
    unit: str = ""

    @property
    def text(self) -> str:
        return f"{self.value} {self.unit}".strip()


@dataclass(frozen=True)
class Group:
    """The settings of one part of a run."""

    label: str
    """What the part is: `Network`."""
    title: str
    """Which it is: `Multilayer perceptron`."""
    settings: tuple[Setting, ...]

    @property
    def text(self) -> str:
        """On one line: `Multilayer perceptron; Layer widths 64; …`."""
        return "; ".join(filter(None, (self.title, *(f"{one.label} {one.text}" for one in self.settings))))


def groups(run: Run) -> list[Group]:
    """Every knob of a run, by the part it belongs to."""
    labels, found, plain = knobs(run), [], []
    for name in labels:  # in the order in which a Run holds them
        if name in SLOTS:
            found.append(_group(say(labels[name].label), getattr(run, name)))
        elif name in MANY:
            found += [_group(say(MANY[name].label_of_one), one) for one in getattr(run, name)]
        else:
            plain.append(name)
    return [*found, Group(say("Training"), "", _settings(run, plain))]


def objective(run: Run) -> list[str]:
    """Its terms, one each: `8 × KL sparsity: Σⱼ KL(ρ̂ ‖ ρⱼ) …`."""
    terms = [(1.0, run.loss), *((penalty.weight, penalty) for penalty in run.penalties)]
    return [
        say(
            "{title}: {about}" if weight == 1 else "{weight:g} × {title}: {about}",
            weight=weight,
            title=Text(slot.title),
            about=Text(slot.about),
        )
        for weight, slot in terms
    ]


def scores(measured: Mapping[str, float]) -> list[Setting]:
    """As a person reads them: `PSNR 26.1 dB`. That of corrupted images is left out where they were not corrupted."""
    shown = {name: value for name, value in measured.items() if name != "psnr_corrupted" or isfinite(value)}
    found = []
    for name, value in shown.items():
        found.append(Setting(str(title_of(name)), number(value), "dB" if name in DECIBELS else ""))
    return found


def number(value: float) -> str:
    """Four digits, without an exponent where none is needed."""
    return f"{value:.4g}".replace("inf", "∞")


def printable(text: str) -> str:
    """On one line, and without what cannot be encoded."""
    joined = " ".join(text.split())
    return "".join(c if c.isprintable() else "�" for c in joined)


def _group(label: str, slot: Slot) -> Group:
    return Group(label, say(slot.title), _settings(slot, knobs(slot)))


def _settings(part: BaseModel, names: Iterable[str]) -> tuple[Setting, ...]:
    about = knobs(part)
    return tuple(_setting(about[name], getattr(part, name)) for name in names)


def _setting(knob: Knob, value: Any) -> Setting:
    return Setting(say(knob.label), printable(value) if knob.is_free else _value(value), say(knob.unit))


def _value(value: Any) -> str:
    match value:
        case bool():
            return say("yes") if value else say("no")
        case int():
            return f"{value}"
        case float():
            return f"{value:g}"
        case tuple() | list():
            return ", ".join(_value(one) for one in value)
        case _:
            return printable(say(str(value)))
