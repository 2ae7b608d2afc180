"""What every kind of part is made of: a frozen config with knobs, an equation and a source, found by folder.

A corruption, network, code, penalty, loss, schedule, optimiser, rate or data source is one file in its family's folder,
holding one final subclass of the family's base. Nothing else lists it: the window's forms, the command line, the TOML
schema and the parametrised tests all read `options(Family)`.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Literal, Self, TypeVar, get_args, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)
from pydantic.config import JsonDict

from aestudio.core.ground.errors import RunError, near


@dataclass(frozen=True)
class Knob:
    """One setting of a slot, as a form or a help text needs it."""

    name: str
    label: str
    default: Any
    type: Any
    """The annotation: bool, int, float, str, tuple[int, ...] or a Literal of the choices."""
    low: float | None
    high: float | None
    unit: str
    tip: str
    live: bool
    """May be changed while training; takes effect at the next step."""
    log: bool
    """Best shown on a logarithmic scale."""

    @property
    def choices(self) -> tuple[Any, ...]:
        """The allowed values of a Literal, else nothing."""
        return get_args(self.type) if get_origin(self.type) is Literal else ()


def knob(
    default: Any,
    label: str,
    *,
    low: float | None = None,
    high: float | None = None,
    unit: str = "",
    tip: str = "",
    live: bool = False,
    log: bool = False,
) -> Any:
    """A field of a slot: its default, its label, its inclusive range, its unit, and whether it may change while
    training.
    """
    about: JsonDict = {"label": label, "low": low, "high": high, "unit": unit, "tip": tip, "live": live, "log": log}
    scalar = isinstance(default, int | float) and not isinstance(default, bool)
    bounds: dict[str, Any] = {"ge": low, "le": high} if scalar else {}
    return Field(default, title=label, description=tip, json_schema_extra={"knob": about}, **bounds)


def knobs(part: type[BaseModel] | BaseModel) -> dict[str, Knob]:
    """The knobs of a slot or a Run by field name, in the order they were written."""
    owner = part if isinstance(part, type) else type(part)
    found = {}
    for name, info in owner.model_fields.items():
        extra = info.json_schema_extra
        if isinstance(extra, dict) and "knob" in extra:
            about: Any = extra["knob"]
            found[name] = Knob(name=name, default=info.default, type=info.annotation, **about)
    return found


class Slot(BaseModel):
    """A part of a Run: frozen settings together with what they do.

    A family (Network, Penalty …) is an abstract subclass that names the folder its members are found in; a member is a
    final subclass with a `kind`, the word that selects it in a TOML file. Validating `{"kind": …, …}` against a family
    gives the member.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    family: ClassVar[str] = ""
    """The folder under aestudio/core whose files hold the members."""
    noun: ClassVar[str] = ""
    """What a sentence calls a member of the family."""
    kind: ClassVar[str] = ""
    title: ClassVar[str] = ""
    equation: ClassVar[str] = ""
    """LaTeX, without the weight: what the window draws."""
    source: ClassVar[str] = ""
    rank: ClassVar[int] = 50
    """Where it stands among its family in a chooser; the lowest comes first."""

    @classmethod
    def summary(cls) -> str:
        """The first paragraph of the docstring, for tooltips."""
        return " ".join((inspect.getdoc(cls) or "").split("\n\n")[0].split())

    def describe(self) -> str:
        """One line for people: the title and the settings, for example `Gaussian noise (σ 0.3)`."""
        shown = [f"{k.label} {getattr(self, n)}{k.unit and ' ' + k.unit}" for n, k in knobs(self).items()]
        return f"{self.title} ({', '.join(shown)})" if shown else self.title

    @model_validator(mode="wrap")
    @classmethod
    def _select_by_kind(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if isinstance(value, cls):
            return value
        if isinstance(value, str) and not cls.kind:
            value = {"kind": value}
        if not isinstance(value, Mapping):
            return handler(value)
        settings = dict(value)
        kind = settings.pop("kind", cls.kind)
        if cls.kind:
            if kind != cls.kind:
                raise ValueError(f"this is a {cls.kind}, not a {kind}")
            return handler(settings)
        members = options(cls)
        if kind not in members:
            raise ValueError(f"there is no {cls.noun} called {kind!r}; {near(str(kind), members)}")
        return members[kind].model_validate(settings)

    @model_serializer(mode="wrap")
    def _with_kind(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {"kind": self.kind, **handler(self)}


S = TypeVar("S", bound=Slot)
M = TypeVar("M", bound=BaseModel)


def options(family: type[S]) -> dict[str, type[S]]:
    """Every member of a family by kind, found by importing each file of the family's folder; ordered by rank, then by
    file name.
    """
    return {kind: member for kind, member in _members(family.family).items() if issubclass(member, family)}


@cache
def _members(folder: str) -> dict[str, type[Slot]]:
    package = importlib.import_module(f"aestudio.core.{folder}")
    members: list[type[Slot]] = []
    for module in pkgutil.iter_modules(package.__path__):
        found = importlib.import_module(f"{package.__name__}.{module.name}")
        members += [
            thing
            for thing in vars(found).values()
            if isinstance(thing, type) and issubclass(thing, Slot) and thing.kind and thing.__module__ == found.__name__
        ]
    return {member.kind: member for member in sorted(members, key=lambda member: member.rank)}


def sentence(error: ValidationError, *, place: bool = True) -> str:
    """What pydantic found wrong, in words for the person: the first mistake, where it is, with which value, and the
    allowed range.
    """
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"]) if place else ""
    said = first["msg"].removeprefix("Value error, ")
    value = first.get("input")
    shown = "" if isinstance(value, dict | list | BaseModel) else f" (it is {value!r})"
    match first["type"]:
        case "extra_forbidden":
            said, shown = "there is no such setting", ""
        case "missing":
            said, shown = "it is missing", ""
        case "value_error":
            shown = ""
        case _:
            said = said[0].lower() + said[1:]
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    stop = "" if f"{said}{shown}{more}".endswith((".", "?")) else "."
    return f"{where}: {said}{shown}{more}{stop}" if where else f"{said[0].upper()}{said[1:]}{shown}{more}{stop}"


def validated(model: type[M], value: Any) -> M:
    """`value` as a `model`. Raises RunError with a sentence where it does not fit."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise RunError(sentence(error)) from error
