"""Slots: found by folder, validated, and alike in what every one of them promises."""

from __future__ import annotations

from typing import ClassVar, TypeVar

import pytest
import torch

from aestudio.core.ground.errors import RunError
from aestudio.core.parts.codes.plain import Plain
from aestudio.core.parts.complaints import sentence
from aestudio.core.parts.families.code import Code
from aestudio.core.parts.families.corruption import Corrupted, Corruption
from aestudio.core.parts.families.likelihood import Likelihood
from aestudio.core.parts.families.network import Condition, Network
from aestudio.core.parts.families.objective import Objective
from aestudio.core.parts.families.penalty import Penalty
from aestudio.core.parts.slots import Member, Slot, knobs, options, validated
from aestudio.core.run.run import FAMILIES as IN_A_RUN
from aestudio.core.run.run import SLOTS, Run
from aestudio.core.training.step import Step
from tests.members import every_family, every_member

FAMILIES = every_family()
M = TypeVar("M", bound=Member)
MEMBERS = [pytest.param(member, id=name) for name, member in every_member().items()]
SETTINGS = [pytest.param(member, id=name) for name, member in every_member().items() if issubclass(member, Slot)]


@pytest.mark.parametrize("member", MEMBERS)
def test_every_member_says_what_it_is_and_where_it_comes_from(member: type[Member]) -> None:
    assert member.kind
    assert all(getattr(member, name) for name in member.demands)


@pytest.mark.parametrize("member", SETTINGS)
def test_every_knob_has_a_label_and_a_default_inside_its_range(member: type[Slot]) -> None:
    slot = member()
    for name, knob in knobs(member).items():
        assert knob.label, name
        if knob.low is not None and knob.high is not None and isinstance(knob.default, int | float):
            assert knob.low <= knob.default <= knob.high, name
    assert set(knobs(member)) == set(type(slot).model_fields)


@pytest.mark.parametrize("member", SETTINGS)
def test_every_slot_survives_a_round_trip_through_plain_data(member: type[Slot]) -> None:
    slot = member()
    assert member.model_validate(slot.model_dump(mode="json")) == slot


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.family)
def test_kinds_are_unique_and_in_a_fixed_order(family: type[Member]) -> None:
    assert options(family)
    assert family.noun
    assert family.__doc__
    ranks = [member.rank for member in options(family).values()]
    assert ranks == sorted(ranks)


def test_a_slot_is_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Run().network.activation = "relu"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"network": {"kind": "transformer"}},
            "there is no network called 'transformer'; choose one of linear, mlp, conv",
        ),
        ({"network": {"widths": [3]}}, "it has to say as `kind` which network it is; choose one of linear, mlp"),
        ({"optimiser": {"kind": "adam", "learning_rate": float("nan")}}, "a finite number (it is nan)"),
        ({"network": {"kind": "mlp", "depth": 3}}, "there is no such setting"),
        ({"network": {"kind": "mlp", "widths": []}}, "at least 1 item"),
        ({"corruption": {"kind": "gaussian", "sigma": -1}}, "at least 0 (it is -1)"),
        ({"epochs": 0}, "at least 1 (it is 0)"),
        ({"penalties": [{"kind": "l1"}, {"kind": "l1"}]}, "l1 is listed twice"),
        ({"loss": 3}, "loss"),
    ],
)
def test_a_wrong_setting_is_refused_in_a_sentence(settings: dict[str, object], words: str) -> None:
    with pytest.raises(RunError) as caught:
        Run.from_settings(settings)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_bare_word_selects_a_kind() -> None:
    assert validated(Network, "conv").kind == "conv"
    assert Run.from_settings({"corruption": "masking"}).corruption.kind == "masking"


def test_a_run_survives_toml_and_json() -> None:
    run = Run(title="“Quotes” and\nlines").with_value("kl-sparsity.target", 0.05).with_value("network.widths", [32, 16])
    assert Run.from_toml(run.to_toml()) == run
    assert Run.from_json(run.to_json()) == run


@pytest.mark.parametrize("text", ["= 3", "[network", "epochs = 'many'"])
def test_a_damaged_recipe_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(RunError):
        Run.from_toml(text)


@pytest.mark.parametrize(
    ("path", "value", "reading"),
    [
        ("epochs", 3, lambda run: run.epochs),
        ("network.widths", (9, 3), lambda run: run.network.widths),
        ("penalties.l1.weight", 0.5, lambda run: run.penalties[0].weight),
        ("l1.weight", 0.5, lambda run: run.penalties[0].weight),
        ("rate.kind", "cosine", lambda run: run.rate.kind),
        ("rate", "cosine", lambda run: run.rate.kind),
    ],
)
def test_one_setting_changes_by_its_path(path: str, value: object, reading: object) -> None:
    before = Run()
    after = before.with_value(path, value)
    assert reading(after) == value  # type: ignore[operator]
    assert before == Run()


@pytest.mark.parametrize("path", ["", "network.", "networks.widths", "l2.weight", "network.widths.0"])
def test_a_path_that_leads_nowhere_is_refused(path: str) -> None:
    with pytest.raises(RunError):
        Run().with_value(path, 1)


def test_only_live_knobs_are_marked_live() -> None:
    run = Run().with_value("kl-sparsity.weight", 1).with_value("corruption", "gaussian").with_value("code", "top-k")
    live = {"kl-sparsity.weight", "kl-sparsity.target", "corruption.sigma", "code.k", "optimiser.learning_rate"}
    assert all(run.knob(path).live for path in live)
    assert not any(run.knob(path).live for path in ("network.widths", "epochs", "batch_size", "seed"))


def test_the_checked_stages_take_no_memory() -> None:
    run = Run().with_value("network.widths", [60_000, 60_000])
    stages = run.check((1, 8, 8)).stages
    assert all(parameter.device == torch.device("meta") for stage in stages for parameter in stage.parameters())


def test_every_slot_of_a_run_is_a_family() -> None:
    assert all(issubclass(family, Slot) and family.family for family in SLOTS.values())


def test_a_sentence_names_how_many_more_mistakes_there_are() -> None:
    from pydantic import ValidationError

    with pytest.raises(ValidationError) as caught:
        Run.model_validate({"epochs": 0, "batch_size": 0})
    assert "(and 1 more)" in str(sentence(caught.value))


# -- what a member must have -------------------------------------------------------------------------------------------

GOOD = {
    "kind": "mist",
    "title": "Mist",
    "equation": "x",
    "about": "Nothing can be seen.",
    "source": "the weather",
    "__doc__": "Mist.",
    "__call__": lambda self, clean, generator=None: Corrupted(clean, clean),
}


def method(*_: object) -> None:
    """Of a member, whichever."""


CODE = {"encode": method, "in_torch": method}


def written(family: type[M], **changes: object) -> type[M]:
    """A member of a family, as if it stood in a file."""
    return type("Mist", (family,), {"__module__": __name__, **GOOD, **changes})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "Mist!"}, "kind 'Mist!' must be small letters, digits and hyphens"),
        ({"title": ""}, "a corruption must say its title; write `title: ClassVar[str] = …`."),
        ({"equation": ""}, "a corruption must say its equation"),
        ({"source": ""}, "a corruption must say its source"),
        ({"__doc__": None}, "write a docstring that tells engineers"),
        ({"about": ""}, "a corruption must say its about; write `about: ClassVar[str] = …`."),
        ({"__annotations__": {"sigma": float}, "sigma": 0.1}, "the setting sigma must be a knob(…)"),
    ],
    ids=["kind", "title", "equation", "source", "docstring", "about", "knob"],
)
def test_what_a_member_lacks_is_said_when_the_class_is_made(changes: dict[str, object], words: str) -> None:
    assert str(written(Corruption)().describe()) == "Mist"
    with pytest.raises(TypeError) as caught:
        written(Corruption, **changes)
    assert words in str(caught.value)
    assert "Mist" in str(caught.value)


@pytest.mark.parametrize(
    ("family", "more", "words"),
    [
        (Code, {"encode": lambda *_: None}, "a code must have in_torch"),
        (Code, CODE, "has its own encode and must say pointwise with it"),
        (Code, {**CODE, "pointwise": True}, "has its own encode and must say keeps_units with it"),
        (
            Code,
            {**CODE, "pointwise": True, "keeps_units": True, "build": method},
            "has its own build and must say any_size with it",
        ),
        (
            Code,
            {**CODE, "pointwise": True, "keeps_units": True, "term": property(method)},
            "has its own term and must say term_titles with it",
        ),
        (
            Code,
            {**CODE, "pointwise": True, "keeps_units": True, "term": property(method), "term_titles": {}},
            "has its own term and must say term_equation with it",
        ),
        (Likelihood, {"nats": method, "mean": method}, "has its own mean and must say outputs with it"),
        (
            Likelihood,
            {"nats": method, "mean": method, "outputs": 2},
            "has its own mean and must say mean_in_torch with it",
        ),
        (Objective, {}, "has its own __call__ and must say term with it"),
        (Penalty, {"own_loss": method}, "only a penalty that plays is asked for an optimiser"),
        (Step, {"rank": 1}, "a step must have take and unsuited"),
        (Step, {"take": method, "unsuited": method}, "has its own take and must say rank with it"),
        (
            Step,
            {"take": method, "unsuited": method, "rank": 1, "__doc__": None},
            "write a docstring that tells engineers",
        ),
        (Step, {"take": method, "unsuited": method, "rank": 1, "kind": "Mist!"}, "must be small letters"),
        (Likelihood, {}, "a loss must have nats"),
        (Penalty, {"plays": True}, "write optimiser and own_loss"),
        (
            Network,
            {"given": (Condition("sigma", "σ", 0, 0, 1),), "build": lambda *_: []},
            "write join and join_in_torch",
        ),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_what_a_family_demands_of_its_members_behaviour_is_said_too(
    family: type[Member], more: dict[str, object], words: str
) -> None:
    with pytest.raises(TypeError, match=words):
        written(family, **more)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"noun": ""}, "a family must say its folder and its noun"),
        ({"label": ""}, "a family that a Run holds members of must say its label."),
        ({"default": ""}, "must say its default."),
        ({"many": True}, "must say its label_of_one."),
    ],
    ids=str,
)
def test_what_a_family_lacks_is_said_when_the_class_is_made(said: dict[str, object], words: str) -> None:
    whole = {"family": "parts.mists", "noun": "mist", "field": "mist", "label": "Mist", "default": "thin"}
    with pytest.raises(TypeError, match=words):
        type("Mists", (Slot,), {"__module__": __name__, **whole, **said})


def test_a_member_of_a_member_that_writes_a_method_anew_says_anew_what_speaks_of_it() -> None:
    class Thin(Plain):
        """Plain, and thin."""

        kind: ClassVar[str] = "thin"

    with pytest.raises(TypeError, match="has its own encode and must say pointwise with it"):
        written(Thin, encode=method)


def test_two_members_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import aestudio.core.parts.rates.constant as module
    from aestudio.core.parts import slots

    twin = type("Twin", (module.Constant,), {"__module__": module.__name__, "__doc__": "The same again."})
    monkeypatch.setattr(module, "Twin", twin, raising=False)
    with pytest.raises(TypeError, match="another learning rate schedule is called 'constant' too"):
        slots.members_in("parts.rates")


def test_a_run_holds_one_slot_or_several_of_each_of_its_families_in_a_fixed_order() -> None:
    assert list(SLOTS) == [field for field, family in IN_A_RUN.items() if not family.many]
    fields = list(Run.model_fields)
    assert [field for field in fields if field in IN_A_RUN] == list(IN_A_RUN)
    assert list(IN_A_RUN)[:4] == ["data", "augmentation", "network", "code"]


def test_every_setting_that_is_live_says_what_happens_where_it_is_raised() -> None:
    live = {
        f"{place}.{name}": knob.raised
        for place, member in every_member().items()
        if issubclass(member, Slot)
        for name, knob in knobs(member).items()
        if knob.live
    }
    assert live
    assert [name for name, raised in live.items() if not raised.endswith(".")] == []
