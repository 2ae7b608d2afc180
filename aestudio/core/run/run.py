"""Run: one experiment as frozen, validated data. It says everything that training needs except where to compute."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import tomli_w
import torch
from pydantic import BaseModel, ConfigDict, SerializeAsAny, ValidationError, field_validator

from aestudio.core.data.source import Data
from aestudio.core.ground.errors import RunError
from aestudio.core.ground.shapes import Shape
from aestudio.core.parts.families.augmentation import Augmentation
from aestudio.core.parts.families.code import Code
from aestudio.core.parts.families.corruption import Corruption
from aestudio.core.parts.families.likelihood import Loss
from aestudio.core.parts.families.network import Network
from aestudio.core.parts.families.optimiser import Optimiser
from aestudio.core.parts.families.penalty import Penalty
from aestudio.core.parts.families.rate import Rate
from aestudio.core.parts.families.schedule import Schedule
from aestudio.core.parts.part import Part
from aestudio.core.parts.slots import Knob, Slot, knob, knobs, options, sentence, validated
from aestudio.core.parts.stages import Stage

Precision = Literal["float32", "bfloat16"]

SLOTS: dict[str, type[Slot]] = {
    "data": Data,
    "augmentation": Augmentation,
    "network": Network,
    "code": Code,
    "corruption": Corruption,
    "loss": Loss,
    "schedule": Schedule,
    "optimiser": Optimiser,
    "rate": Rate,
}
"""The fields of a Run that hold one slot each; `penalties` holds any number."""


class Run(BaseModel):
    """One experiment. `Run.model_validate({"network": {"kind": "mlp", "widths": [64]}})` fills what is not said with
    defaults.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    title: str = "Untitled"
    explanation: str = ""
    citation: str = ""

    data: SerializeAsAny[Data] = knob({"kind": "digits"}, "Data")
    augmentation: SerializeAsAny[Augmentation] = knob({"kind": "none"}, "Augmentation")
    network: SerializeAsAny[Network] = knob({"kind": "mlp"}, "Network")
    code: SerializeAsAny[Code] = knob({"kind": "plain"}, "Code")
    corruption: SerializeAsAny[Corruption] = knob({"kind": "none"}, "Corruption")
    loss: SerializeAsAny[Loss] = knob({"kind": "squared-l2"}, "Loss")
    penalties: tuple[SerializeAsAny[Penalty], ...] = knob((), "Penalties")
    schedule: SerializeAsAny[Schedule] = knob({"kind": "end-to-end"}, "Schedule")
    optimiser: SerializeAsAny[Optimiser] = knob({"kind": "adam"}, "Optimiser")
    rate: SerializeAsAny[Rate] = knob({"kind": "constant"}, "Learning rate schedule")

    epochs: int = knob(30, "Epochs", low=1, high=1_000_000)
    batch_size: int = knob(64, "Batch size", low=1, high=65536, unit="images")
    precision: Precision = knob(
        "float32",
        "Precision",
        tip="bfloat16 keeps 8 bits of every factor: convolutions are up to twice as quick where the processor or the "
        "graphics card knows it, and where it does not nothing changes. Weights, losses and scores stay float32.",
    )
    seed: int = knob(
        0,
        "Seed",
        low=0,
        high=2**31 - 1,
        tip="Fixes the initial weights, the order of the images and every random draw.",
    )

    @field_validator("title", "explanation", "citation")
    @classmethod
    def _as_written(cls, text: str) -> str:
        """Half a character, such as a command line may hold, can be written to no file: it becomes a question mark."""
        return text.encode("utf-8", "replace").decode("utf-8")

    @field_validator("penalties")
    @classmethod
    def _each_once(cls, penalties: tuple[Penalty, ...]) -> tuple[Penalty, ...]:
        kinds = [penalty.kind for penalty in penalties]
        for kind in kinds:
            if kinds.count(kind) > 1:
                raise ValueError(f"{kind} is listed twice; change its weight instead")
        return penalties

    @property
    def grows(self) -> bool:
        """Whether more epochs mean more training; layer by layer without fine-tuning they do not."""
        return self.schedule.phases(1, 1) != self.schedule.phases(2, 1)

    def parts(self) -> list[Part]:
        """Every slot that is trained with, in the order of the fields."""
        named = [getattr(self, name) for name in SLOTS if name != "data"]
        return [*named[:5], *self.penalties, *named[5:]]

    def check(self, shape: Shape) -> list[Stage]:
        """The run's stages on the meta device, after every part has agreed to the others and to images of this shape.

        Raises: RunError with a sentence for the first part that does not fit.
        """
        with torch.device("meta"):
            stages = self.network.build(shape)
        for part in self.parts():
            part.check(self, stages)
        return stages

    def notes(self, shape: Shape) -> tuple[str, ...]:
        """What the parts want a person to know of how they will be computed."""
        with torch.device("meta"):
            stages = self.network.build(shape)
        return tuple(note for part in self.parts() if (note := part.note(self, stages)))

    # -- changes: a new Run each ---------------------------------------------------------------------------------------

    def with_value(self, path: str, value: Any) -> Run:
        """A Run that differs in one setting.

        `path` is `epochs`, `network.widths`, `penalties.kl-sparsity.target` (or `kl-sparsity.target`), or a slot's own
        name, whose value is then a kind or a mapping with one.

        Raises: RunError where there is no such setting or the value does not fit.
        """
        whole = self.model_dump(mode="json")
        head, _, rest = path.partition(".")
        if head == "penalties" and rest:
            head, _, rest = rest.partition(".")
        if not rest and head in type(self).model_fields:
            whole[head] = value
        elif head in SLOTS and rest:
            if rest == "kind":
                whole[head] = {"kind": value}
            else:
                whole[head][rest] = value
        elif head in options(Penalty):
            whole["penalties"] = _with_penalty(whole["penalties"], head, rest, value)
        else:
            names = ", ".join(
                [*SLOTS, "penalties.NAME", *(n for n in knobs(self) if n not in SLOTS and n != "penalties")]
            )
            raise RunError(f"There is no setting {path!r}; paths begin with one of {names}.")
        try:
            return validated(Run, whole)
        except RunError as error:
            cause = error.__cause__
            why = sentence(cause, place=False) if isinstance(cause, ValidationError) else str(error)
            raise RunError(f"{path} cannot be {value!r}: {why[0].lower()}{why[1:]}") from error

    def knob(self, path: str) -> Knob:
        """The knob that a path names. Raises RunError where there is none."""
        head, _, rest = path.removeprefix("penalties.").partition(".")
        owner: BaseModel | None = self
        if rest:
            owner = next((p for p in self.penalties if p.kind == head), None) or getattr(self, head, None)
        known = knobs(owner) if isinstance(owner, BaseModel) else {}
        if (rest or head) not in known:
            raise RunError(f"There is no setting {path!r} in this run.")
        return known[rest or head]

    # -- files ---------------------------------------------------------------------------------------------------------

    def to_toml(self) -> str:
        """The run as a recipe file."""
        return tomli_w.dumps(self.model_dump(mode="json", exclude_none=True))

    @staticmethod
    def from_toml(text: str) -> Run:
        """Raises: RunError where the text is not TOML or not a run."""
        try:
            settings = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise RunError(f"This is not a TOML file: {error}.") from error
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
            raise RunError(f"This is not JSON: {error}.") from error
        return validated(Run, settings)


def differences(before: Run, after: Run) -> dict[str, tuple[Any, Any]]:
    """Every setting that differs, by its path: the value in each, None where one of them has no such setting.

    Slots of different kinds differ in their kind and in all settings that only one of them has.
    """
    one, other = (flat(run) for run in (before, after))
    paths = [*one, *(path for path in other if path not in one)]
    return {path: (one.get(path), other.get(path)) for path in paths if one.get(path) != other.get(path)}


def flat(run: Run) -> dict[str, Any]:
    """Every setting by its path, as JSON has it; a slot's own kind is `network.kind`. In the order of the fields."""
    settings: dict[str, Any] = {}
    for name, value in run.model_dump(mode="json").items():
        if name == "penalties":
            settings |= {f"penalties.{p['kind']}.{field}": p[field] for p in value for field in p if field != "kind"}
        elif isinstance(value, dict):
            settings |= {f"{name}.{field}": setting for field, setting in value.items()}
        else:
            settings[name] = value
    return settings


def _with_penalty(penalties: Sequence[Mapping[str, Any]], kind: str, name: str, value: Any) -> list[dict[str, Any]]:
    """The penalties with one setting changed; a penalty that was not there joins them."""
    found = [dict(p) for p in penalties]
    mine = next((p for p in found if p["kind"] == kind), None)
    if mine is None:
        mine = {"kind": kind}
        found.append(mine)
    mine[name or "weight"] = value
    return found
