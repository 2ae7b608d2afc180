"""What every kind of part is made of: a frozen config with knobs, an equation and a source, found by folder.

A member of any family (a corruption, network, penalty, data source, export format …) is one file in the family's
folder, holding one final subclass of the family's base. Nothing else lists it: the window's forms, the command line,
the TOML schema and the parametrised tests all read `options(Family)`. What a family demands of a member is looked at
when the class is made. CONTRIBUTING.md tells it in prose, family by family.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import NoneType, UnionType
from typing import Any, ClassVar, Literal, Self, TypeVar, Union, get_args, get_origin

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

from aestudio.core.ground.errors import RunError, SettingError, near
from aestudio.core.ground.texts import Text, listed
from aestudio.core.parts.complaints import sentence

WHITE, OF_255 = 255, Text("of 255")


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
    raised: str
    """What changes while training where it is raised: every live one says it."""
    live: bool
    """May be changed while training; takes effect at the next step."""
    log: bool
    """Best shown on a logarithmic scale."""
    decides: bool
    """Decides what is computed, as 0 may switch something off: while training it stays a number and does not become a
    tensor on the device.
    """
    level: bool = False
    """A difference of brightness, white being 1: where pictures are cleaned it is shown of 255, as it is for people who
    work with them.
    """

    @property
    def is_free(self) -> bool:
        """The person writes the value: it is no word of the program, and is never translated."""
        return self.type is str

    @property
    def choices(self) -> tuple[Any, ...]:
        """The allowed values of a Literal, or of several that are joined, else nothing."""
        return choices(self.type)

    def describe(self, value: Any) -> Text:
        """The label and a value: `σ 0.3`."""
        if self.unit:
            return Text("{label} {value} {unit}", label=Text(self.label), value=value, unit=Text(self.unit))
        return Text("{label} {value}", label=Text(self.label), value=value)

    def of_255(self) -> Knob:
        """The same with white at 255, if it is a level."""
        if not self.level:
            return self
        low, high = (None if end is None else WHITE * end for end in (self.low, self.high))
        tip = Text("Standard deviation; black is 0 and white is 255.").template
        return replace(self, default=WHITE * self.default, low=low, high=high, unit=OF_255.template, tip=tip)

    @property
    def title(self) -> Text:
        """The label with its unit: `Reach (pixels)`."""
        label = Text(self.label)
        return Text("{label} ({unit})", label=label, unit=Text(self.unit)) if self.unit else label


def choices(kind: Any) -> tuple[Any, ...]:
    """The values of a Literal, or of a union of Literals; else nothing."""
    if get_origin(kind) is Literal:
        return get_args(kind)
    if get_origin(kind) in (Union, UnionType):
        parts = [choices(one) for one in get_args(kind) if one is not NoneType]
        return tuple(dict.fromkeys(value for part in parts for value in part)) if all(parts) else ()
    return ()


def knob(
    default: Any,
    label: str,
    *,
    low: float | None = None,
    high: float | None = None,
    unit: str = "",
    tip: str = "",
    raised: str = "",
    live: bool = False,
    log: bool = False,
    decides: bool = False,
    level: bool = False,
) -> Any:
    """A field of a slot: its default, its label, its inclusive range, its unit, and whether it may change while
    training.
    """
    about: JsonDict = {"label": label, "low": low, "high": high, "unit": unit, "tip": tip, "raised": raised}
    about |= {"live": live, "log": log, "decides": decides, "level": level}
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


class Member:
    """What a family and its members have in common, slots or not: what they say of themselves, and that it is looked at
    when the class is made.

    A family (Network, Penalty, Step …) is an abstract subclass that names the folder its members are found in; a member
    is a final subclass with a `kind`.
    """

    family: ClassVar[str] = ""
    """The folder under aestudio/core whose files hold the members, with dots: `parts.codes`."""
    noun: ClassVar[str] = ""
    """What a sentence calls a member of the family."""
    demands: ClassVar[tuple[str, ...]] = ("title", "about", "source")
    """What every member of the family has to say of itself."""
    together: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """What speaks of methods, with these: whoever writes one of them anew says it anew, for what was said of the
    other might be true no longer.
    """
    place: ClassVar[int] = 1000
    """Where the family stands among the others, which is also its place in a Run; the lowest comes first."""

    kind: ClassVar[str] = ""
    title: ClassVar[str] = ""
    """What a person reads in its place; like all declared texts it is English, and looked up when it is shown."""
    about: ClassVar[str] = ""
    """What it does, for a person: the tooltip of its title."""
    equation: ClassVar[str] = ""
    """LaTeX, without the weight: what the window draws."""
    source: ClassVar[str] = ""
    rank: ClassVar[int] = 50
    """Where it stands among its family in a chooser; the lowest comes first."""

    @classmethod
    def declare(cls) -> None:
        """Called with every new class. Raises TypeError with a sentence where it lacks something."""
        if "family" in vars(cls):
            _check_family(cls)
            _families.append(cls)
        elif cls.kind:
            _check_member(cls)

    @classmethod
    def lacks_as_family(cls) -> str:
        """What a family lacks, as a sentence; nothing by default."""
        return ""

    @classmethod
    def lacks(cls) -> str:
        """What a member lacks that its family demands beyond `demands`, as a sentence."""
        return ""


class Slot(Member, BaseModel):
    """A part of a Run: frozen settings together with what they do.

    The `kind` of a member is the word that selects it in a TOML file: validating `{"kind": …, …}` against a family
    gives the member.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    field: ClassVar[str] = ""
    """What a Run calls its member of the family, in files too; empty where a Run has none."""
    many: ClassVar[bool] = False
    """A Run holds any number of members, each kind once."""
    label: ClassVar[str] = ""
    """What a form calls that field."""
    label_of_one: ClassVar[str] = ""
    """What one of several members in that field is called: `Penalty`."""
    main_knob: ClassVar[str] = ""
    """The setting that is meant where a path names one of several members and nothing else: `penalties.l1` is its
    weight. Empty where there is none.
    """
    form_place: ClassVar[int] = 0
    """Where it stands in the window's form, what is special about a variant first; 0 where the form leaves it out."""
    folded: ClassVar[bool] = False
    """The form shows it folded at first."""
    default: ClassVar[str] = ""
    """The kind that a Run has where nothing is said."""
    neutral: ClassVar[bool] = False
    """Does nothing, so that a description of a Run leaves it out."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls.declare()

    @classmethod
    def lacks_as_family(cls) -> str:
        wanted = ["label", "label_of_one" if cls.many else "default"] if cls.field else []
        missing = [name for name in wanted if not getattr(cls, name)]
        return f"a family that a Run holds members of must say its {' and '.join(missing)}." if missing else ""

    def describe(self, *, of_255: bool = False) -> Text:
        """One line for people: the title and the settings, for example `Gaussian noise (σ 0.3)`; levels with white at
        255 where that is asked for.
        """
        shown = [
            k.of_255().describe(f"{WHITE * getattr(self, name):g}")
            if of_255 and k.level
            else k.describe(getattr(self, name))
            for name, k in knobs(self).items()
        ]
        title = Text(self.title)
        return Text("{title} ({settings})", title=title, settings=listed(shown)) if shown else title

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
                raise SettingError("this is a {kind}, not a {other}", kind=cls.kind, other=kind)
            return handler(settings)
        members = options(cls)
        if not kind:
            raise SettingError(
                "it has to say as `kind` which {noun} it is; {near}", noun=Text(cls.noun), near=near("", members)
            )
        if kind not in members:
            raise SettingError(
                "there is no {noun} called {kind!r}; {near}",
                noun=Text(cls.noun),
                kind=kind,
                near=near(str(kind), members),
            )
        return members[kind].model_validate(settings)

    @model_serializer(mode="wrap")
    def _with_kind(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {"kind": self.kind, **handler(self)}


def _check_family(family: type[Member]) -> None:
    """Raises: TypeError with a sentence where a family does not say what it has to."""
    where = f"{family.__module__}.{family.__qualname__}"
    if not (family.family and family.noun):
        raise TypeError(f"{where}: a family must say its folder and its noun; write `family` and `noun`.")
    if lacks := family.lacks_as_family():
        raise TypeError(f"{where}: {lacks}")


def _check_member(member: type[Member]) -> None:
    """Raises: TypeError with a sentence where a member does not have what its family demands."""
    where = f"{member.__module__}.{member.__qualname__}"
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", member.kind):
        raise TypeError(f"{where}: kind {member.kind!r} must be small letters, digits and hyphens, as files have it.")
    if missing := sorted(name for name in dir(member) if _is_abstract(getattr(member, name, None))):
        raise TypeError(
            f"{where}: a {member.noun} must have {' and '.join(missing)}; write it as CONTRIBUTING.md shows."
        )
    if not inspect.cleandoc(vars(member).get("__doc__") or ""):
        raise TypeError(f"{where}: write a docstring that tells engineers what it computes, with shapes and units.")
    for name in member.demands:
        if not getattr(member, name):
            raise TypeError(f"{where}: a {member.noun} must say its {name}; write `{name}: ClassVar[str] = …`.")
    for name, methods in member.together.items():
        if anew := [method for method in methods if _writer(member, method) < _writer(member, name)]:
            raise TypeError(
                f"{where}: this {member.noun} has its own {anew[0]} and must say {name} with it; write it as "
                "CONTRIBUTING.md shows."
            )
    for name, one in member.model_fields.items() if issubclass(member, Slot) else ():
        extra = one.json_schema_extra
        if not (isinstance(extra, dict) and "knob" in extra):
            raise TypeError(f"{where}: the setting {name} must be a knob(…), so that forms can show it.")
    if lacks := member.lacks():
        raise TypeError(f"{where}: {lacks}")


def _is_abstract(thing: object) -> bool:
    return bool(getattr(thing, "__isabstractmethod__", False))


def _writer(member: type[Member], name: str) -> int:
    """How far up the class lies that says a name; beyond all where none does."""
    lines = member.__mro__
    return next((index for index, one in enumerate(lines) if name in vars(one)), len(lines))


_families: list[type[Member]] = []


def families() -> list[type[Member]]:
    """Every family whose file has been imported, in the order in which a Run holds them."""
    return sorted(_families, key=lambda family: (family.place, family.family))


S = TypeVar("S", bound=Member)
M = TypeVar("M", bound=BaseModel)


def options(family: type[S]) -> dict[str, type[S]]:
    """Every member of a family by kind, found by importing each file of the family's folder; ordered by rank, then by
    file name.
    """
    return {kind: member for kind, member in _members(family.family).items() if issubclass(member, family)}


def members_in(folder: str) -> dict[str, type[Member]]:
    """What `options` reads: the members in a folder under aestudio/core, by kind.

    Raises: TypeError where two have the same kind.
    """
    package = importlib.import_module(f"aestudio.core.{folder}")
    members: list[type[Member]] = []
    for module in pkgutil.iter_modules(package.__path__):
        found = importlib.import_module(f"{package.__name__}.{module.name}")
        members += [
            thing
            for thing in vars(found).values()
            if isinstance(thing, type)
            and issubclass(thing, Member)
            and thing.kind
            and thing.__module__ == found.__name__
        ]
    kinds = [member.kind for member in members]
    for member in members:
        if kinds.count(member.kind) > 1:
            raise TypeError(
                f"{member.__module__}: another {member.noun} is called {member.kind!r} too; choose a new kind."
            )
    return {member.kind: member for member in sorted(members, key=lambda member: member.rank)}


_members = cache(members_in)


def validated(model: type[M], value: Any) -> M:
    """`value` as a `model`. Raises RunError with a sentence where it does not fit."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise RunError("{sentence}", sentence=sentence(error)) from error
