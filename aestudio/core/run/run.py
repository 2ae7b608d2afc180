"""Run: one experiment as frozen, validated data. It says everything that training needs except where to compute."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import tomli_w
from pydantic import BaseModel, ConfigDict, SerializeAsAny, ValidationError, create_model, field_validator

from aestudio.core.data.source import Data
from aestudio.core.ground import bounded_toml
from aestudio.core.ground.errors import RunError, SettingError, near, nearest
from aestudio.core.ground.shapes import Shape
from aestudio.core.ground.texts import Text, listed
from aestudio.core.parts import building, trying
from aestudio.core.parts import families as parts_families
from aestudio.core.parts.complaints import sentence
from aestudio.core.parts.families.augmentation import Augmentation
from aestudio.core.parts.families.code import Code
from aestudio.core.parts.families.corruption import Corruption
from aestudio.core.parts.families.ending import Ending
from aestudio.core.parts.families.likelihood import Likelihood
from aestudio.core.parts.families.network import Network
from aestudio.core.parts.families.objective import Objective
from aestudio.core.parts.families.optimiser import Optimiser
from aestudio.core.parts.families.penalty import Penalty
from aestudio.core.parts.families.rate import Rate
from aestudio.core.parts.families.schedule import Schedule
from aestudio.core.parts.part import Part
from aestudio.core.parts.plan import Plan
from aestudio.core.parts.slots import Knob, Slot, families, knob, knobs, options, validated
from aestudio.core.run.claims import Claim

Precision = Literal["auto", "float32", "bfloat16"]
WORDS = ("title", "explanation", "citation", "claims")
"""What a Run says of itself: nothing is computed with it."""


def _in_a_run() -> list[type[Slot]]:
    """The families that a Run holds members of, in its order: each is one file, found by its folder."""
    for module in pkgutil.iter_modules(parts_families.__path__):
        importlib.import_module(f"{parts_families.__name__}.{module.name}")
    return [family for family in families() if issubclass(family, Slot) and family.field]


FAMILIES: dict[str, type[Slot]] = {family.field: family for family in _in_a_run()}
"""By the field of a Run."""
SLOTS: dict[str, type[Slot]] = {field: family for field, family in FAMILIES.items() if not family.many}
"""The fields that hold one slot each."""
MANY: dict[str, type[Slot]] = {field: family for field, family in FAMILIES.items() if family.many}
"""The fields that hold any number of slots, each kind once."""


class _Named(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    title: str = "Untitled"
    explanation: str = ""
    citation: str = ""
    claims: tuple[Claim, ...] = ()

    @field_validator("title", "explanation", "citation")
    @classmethod
    def _as_written(cls, text: str) -> str:
        """Half a character, such as a command line may hold, can be written to no file: it becomes a question mark."""
        return text.encode("utf-8", "replace").decode("utf-8")


if TYPE_CHECKING:  # what code may ask a Run for by name; the fields themselves come from the families

    class _Slots(_Named):
        data: Data = knob({}, "")
        augmentation: Augmentation = knob({}, "")
        network: Network = knob({}, "")
        code: Code = knob({}, "")
        corruption: Corruption = knob({}, "")
        loss: Likelihood = knob({}, "")
        penalties: tuple[Penalty, ...] = knob((), "")
        objective: Objective = knob({}, "")
        schedule: Schedule = knob({}, "")
        optimiser: Optimiser = knob({}, "")
        rate: Rate = knob({}, "")
        endings: tuple[Ending, ...] = knob((), "")

else:
    _Slots = create_model(
        "_Slots",
        __base__=_Named,
        **{
            field: (tuple[SerializeAsAny[family], ...], knob((), family.label))
            if family.many
            else (SerializeAsAny[family], knob({"kind": family.default}, family.label))
            for field, family in FAMILIES.items()
        },
    )


class Run(_Slots):
    """One experiment. `Run.model_validate({"network": {"kind": "mlp", "widths": [64]}})` fills what is not said with
    defaults.
    """

    epochs: int = knob(30, "Epochs", low=1, high=1_000_000)
    batch_size: int = knob(64, "Batch size", low=1, high=65536, unit="images")
    precision: Precision = knob(
        "auto",
        "Precision",
        tip="bfloat16 keeps 8 bits of what goes into a product and of what comes out: large layers are up to three "
        "times as quick where the processor or the graphics card knows it, and where it does not nothing changes. "
        "Weights, losses and scores stay float32. auto: bfloat16 where that is quicker.",
    )
    seed: int = knob(
        0,
        "Seed",
        low=0,
        high=2**31 - 1,
        tip="Fixes the initial weights, the order of the images and every random draw.",
    )

    @field_validator(*MANY)
    @classmethod
    def _each_once(cls, members: tuple[Slot, ...]) -> tuple[Slot, ...]:
        kinds = [member.kind for member in members]
        for kind in kinds:
            if kinds.count(kind) > 1:
                raise SettingError(
                    "{kind} is listed twice; list it once, with the settings that it should have", kind=kind
                )
        return members

    @property
    def grows(self) -> bool:
        """Whether more epochs mean more training; layer by layer without fine-tuning they do not."""
        return self.schedule.phases(1, 1) != self.schedule.phases(2, 1)

    def slots(self) -> dict[str, Slot]:
        """Every slot by the path that leads to it, `network` or `penalties.kl-sparsity`, in the order of the fields."""
        found: dict[str, Slot] = {}
        for field in FAMILIES:
            held = getattr(self, field)
            found |= {f"{field}.{one.kind}": one for one in held} if field in MANY else {field: held}
        return found

    def parts(self) -> list[Part]:
        """Every slot that is trained with, in the order of the fields."""
        return [slot for slot in self.slots().values() if isinstance(slot, Part)]

    @property
    def terms(self) -> tuple[str, ...]:
        """What the objective is made of, in the order in which a training tells it."""
        own = (self.code.term, self.objective.term)
        return ("reconstruction", *(penalty.kind for penalty in self.penalties), *filter(None, own))

    def plan(self, shape: Shape, images: int = 0) -> Plan:
        """The run on images of this shape, of which `images` are trained on (0 where that is not known yet), after
        every part has agreed to the others.

        Raises: RunError with a sentence for the first part that does not fit.
        """
        planned = building.plan(self, shape, images)
        for part in self.parts():
            with building.sentence(part, Text("does not fit this run")):
                part.check(planned)
        return planned

    def check(self, shape: Shape, images: int = 0) -> Plan:
        """The plan, after two images have gone through every phase of the run on the meta device, where sizes are
        computed and nothing else: what does not fit is said before training.

        Raises: RunError with a sentence.
        """
        planned = self.plan(shape, images)
        _try_out(self.model_copy(update={"seed": 0, "title": ""}), shape, images)  # no size depends on these
        return planned

    def notes(self, shape: Shape) -> tuple[str, ...]:
        """What the parts want a person to know of how they will be computed."""
        planned = building.plan(self, shape)
        return tuple(note for part in self.parts() if (note := part.note(planned)))

    # -- changes: a new Run each ---------------------------------------------------------------------------------------

    def with_value(self, path: str, value: Any) -> Run:
        """A Run that differs in one setting.

        `path` is `epochs`, `network.widths`, `penalties.kl-sparsity.target` (or `kl-sparsity.target`), or a slot's own
        name, whose value is then a kind or a mapping with one.

        Raises: RunError where there is no such setting or the value does not fit.
        """
        field, kind, name = self._place(path)
        whole = self.model_dump(mode="json")
        if kind:
            whole[field] = _with_member(whole[field], kind, name or MANY[field].main_knob, value)
        elif name == "kind":
            whole[field] = {"kind": value}
        elif name:
            whole[field][name] = value
        else:
            whole[field] = value
        try:
            return validated(Run, whole)
        except RunError as error:
            cause = error.__cause__
            why: object = sentence(cause, place=False) if isinstance(cause, ValidationError) else error
            own = [one for one in self._paths() if one.startswith(f"{kind or field}.")]
            if name and own and f"{kind or field}.{name}" not in own and name != "kind":
                why = Text("there is no such setting; {near}", near=near(f"{kind or field}.{name}", own))
            raise RunError("{path} cannot be {value!r}: {why}", path=path, value=value, why=why) from error

    def knob(self, path: str) -> Knob:
        """The knob that a path names. Raises RunError where there is none."""
        owner, name = self._setting(path)
        return knobs(owner)[name]

    def value(self, path: str) -> Any:
        """The value of that knob. Raises RunError where there is none."""
        return getattr(*self._setting(path))

    def _setting(self, path: str) -> tuple[BaseModel, str]:
        """Who has the setting that a path names, and what its owner calls it."""
        field, kind, name = self._place(path)
        owner = self.slots().get(f"{field}.{kind}" if kind else field) if kind or name else self
        name = (name or MANY[field].main_knob) if kind else (name or field)
        if owner is None or name not in knobs(owner):
            raise RunError(
                "There is no setting {path!r} in this run; {near}", path=path, near=near(path, self._paths())
            )
        return owner, name

    def _paths(self) -> list[str]:
        """Of all settings that this run has, as --set takes them."""
        found = list(knobs(self))
        for path, slot in self.slots().items():
            field, _, kind = path.partition(".")
            found += [f"{kind if field in MANY else field}.{name}" for name in knobs(slot)]
        return found

    def _place(self, path: str) -> tuple[str, str, str]:
        """Where a path leads: the field, the kind where that holds several members, the name of the member's setting.

        The field of a family with several members may be left out. Raises RunError where the path leads nowhere.
        """
        head, _, rest = path.partition(".")
        if head in MANY and rest:
            kind, _, name = rest.partition(".")
            if kind in options(MANY[head]):
                return head, kind, name
        elif head in SLOTS or (head in type(self).model_fields and not rest):
            return head, "", rest
        else:
            for field, family in MANY.items():
                if head in options(family):
                    return field, head, rest
        own = [name for name in knobs(self) if name not in FAMILIES]
        if close := nearest(path, [*self._paths(), *own]):
            raise RunError("There is no setting {path!r}; {near}", path=path, near=close)
        names = listed([*SLOTS, *(f"{field}.NAME" for field in MANY), *own])
        raise RunError("There is no setting {path!r}; paths begin with one of {names}.", path=path, names=names)

    # -- files ---------------------------------------------------------------------------------------------------------

    def to_toml(self) -> str:
        """The run as a recipe file."""
        return tomli_w.dumps(self.model_dump(mode="json", exclude_none=True))

    @staticmethod
    def from_toml(text: str) -> Run:
        """Raises: RunError where the text is not TOML or not a run."""
        try:
            settings = bounded_toml.loads(text)
        except ValueError as error:
            raise RunError("This is not a TOML file: {error}.", error=error) from error
        return Run.from_settings(settings)

    @staticmethod
    def from_settings(settings: Mapping[str, Any]) -> Run:
        """What is not said gets its default. Raises RunError where a setting does not exist or does not fit."""
        return validated(Run, settings)

    def to_json(self) -> str:
        return self.model_dump_json()

    @staticmethod
    def from_json(text: str) -> Run:
        """Raises: RunError where the text is not JSON or not a run."""
        try:
            settings = json.loads(text)
        except json.JSONDecodeError as error:
            raise RunError("This is not JSON: {error}.", error=error) from error
        return validated(Run, settings)


@lru_cache(maxsize=1024)
def _try_out(run: Run, shape: Shape, images: int) -> None:
    """What has once been let through is so for good; a window asks after every change, a study of all its runs."""
    trying.try_out(run, run.plan(shape, images))


def differences(before: Run, after: Run) -> dict[str, tuple[Any, Any]]:
    """Every setting that differs, by its path: the value in each, None where one of them has no such setting.

    Slots of different kinds differ in their kind and in all settings that only one of them has.
    """
    return differing(flat(before), flat(after))


def differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """As `differences`, of settings by their paths."""
    paths = [*one, *(path for path in other if path not in one)]
    return {path: (one.get(path), other.get(path)) for path in paths if one.get(path) != other.get(path)}


def flat(run: Run) -> dict[str, Any]:
    """Every setting by its path, as JSON has it; a slot's own kind is `network.kind`. In the order of the fields."""
    return by_path(run.model_dump(mode="json"))


def by_path(dumped: Mapping[str, Any]) -> dict[str, Any]:
    """As `flat`, of what JSON holds."""
    settings: dict[str, Any] = {}
    for name, value in dumped.items():
        if name in MANY:
            settings |= {
                f"{name}.{one['kind']}.{field}": one[field] for one in value for field in one if field != "kind"
            }
        elif isinstance(value, dict):
            settings |= {f"{name}.{field}": setting for field, setting in value.items()}
        else:
            settings[name] = value
    return settings


def _with_member(members: Sequence[Mapping[str, Any]], kind: str, name: str, value: Any) -> list[dict[str, Any]]:
    """The members of one field with one setting of one changed; a member that was not there joins them."""
    found = [dict(one) for one in members]
    mine = next((one for one in found if one["kind"] == kind), None)
    if mine is None:
        mine = {"kind": kind}
        found.append(mine)
    mine[name] = value
    return found
