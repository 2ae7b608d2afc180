"""Recipes: the shipped ones, the person's own, and that every one of them learns."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aestudio.core.ground import folders
from aestudio.core.ground.errors import RunError
from aestudio.core.ground.resources import resource
from aestudio.core.parts.slots import knobs
from aestudio.core.run.events import Evaluated, Finished
from aestudio.core.run.recipes import chapters, everything, find, read
from aestudio.core.run.run import Run
from aestudio.core.training.fit import fit

SHIPPED = sorted(path.stem for path in resource("recipes").glob("*.toml"))
Write = Callable[[str, str], Path]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a recipe into the person's folder, which is empty at first."""
    folder = tmp_path / "recipes"
    folder.mkdir()
    monkeypatch.setattr(folders, "recipes", lambda: folder)

    def write(name: str, text: str) -> Path:
        path = folder / f"{name}.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


# -- what ships --------------------------------------------------------------------------------------------------------


def test_the_list_holds_every_shipped_file_in_the_survey_s_order(own: Write) -> None:
    listed = everything()
    assert sorted(listed) == SHIPPED
    assert [recipe.order for recipe in listed.values()] == sorted(recipe.order for recipe in listed.values())
    assert len({recipe.order for recipe in listed.values()}) == len(listed)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_recipe_is_a_valid_run_that_says_what_it_is(own: Write, name: str) -> None:
    recipe = everything()[name]
    run = recipe.run()
    assert (recipe.title, recipe.data) == (run.title, run.data.kind)
    assert recipe.explanation
    assert recipe.citation
    assert type(run.data).embedded  # trains without the network and without a path
    assert Run.from_toml(run.to_toml()) == run
    assert Run.from_json(run.to_json()) == run


def test_no_two_shipped_recipes_have_the_same_title(own: Write) -> None:
    titles = [recipe.title for recipe in everything().values()]
    assert len(set(titles)) == len(titles)


def test_shipped_recipes_stand_together_with_those_of_their_chapter(own: Write) -> None:
    found = chapters(everything().values())
    assert list(found) == ["Plain", "Deep", "Sparse", "Denoising", "Contractive", "Variational", "Combined"]
    assert [recipe for chapter in found.values() for recipe in chapter] == list(everything().values())


def test_from_every_shipped_recipe_a_person_gets_to_every_chapter_by_trying_the_next(own: Write) -> None:
    known = everything()
    for name in known:
        seen: list[str] = []
        while name not in seen:
            seen.append(name)
            name = known[name].next
        assert {known[one].chapter for one in seen} == set(chapters(known.values()))


def test_a_shipped_recipe_says_in_one_plain_sentence_or_two_what_it_is(own: Write) -> None:
    for recipe in everything().values():
        assert 0 < len(recipe.summary) <= 100
        assert recipe.summary[-1] in ".?"
        assert recipe.epochs == recipe.run().epochs


def test_a_recipe_of_the_person_s_that_names_no_chapter_is_their_own(own: Write) -> None:
    own("mine", 'title = "Mine"')
    assert [recipe.name for recipe in chapters(everything().values())["Your own"]] == ["mine"]


def _penalties(run: Run) -> set[str]:
    return {penalty.kind for penalty in run.penalties}


WANTED: dict[str, Callable[[Run], bool]] = {
    "linear, the twin of PCA": lambda run: run.network.kind == "linear" and run.loss.kind == "squared-l2",
    "undercomplete": lambda run: run.network.kind == "mlp" and run.code.kind == "plain" and not run.penalties,
    "deep, end to end": lambda run: _depth(run) >= 3 and run.schedule.kind == "end-to-end",
    "deep, greedy": lambda run: _depth(run) >= 3 and run.schedule.kind == "greedy",
    "sparse, L1": lambda run: _penalties(run) == {"l1"},
    "sparse, KL": lambda run: (
        run.data.kind == "digits"
        and _penalties(run) == {"kl-sparsity", "weight-decay"}
        and run.corruption.kind == "none"
    ),
    "top-k": lambda run: run.code.kind == "top-k",
    "denoising, Gaussian": lambda run: run.corruption.kind == "gaussian" and run.network.kind == "mlp",
    "denoising, masking": lambda run: run.corruption.kind == "masking",
    "contractive": lambda run: _penalties(run) == {"contractive"},
    "denoising, convolutional": lambda run: run.corruption.kind != "none" and run.network.kind == "conv",
    "sparse natural patches": lambda run: (
        run.data.kind == "photographs" and _penalties(run) == {"kl-sparsity", "weight-decay"}
    ),
    "variational": lambda run: run.code.kind == "gaussian" and _penalties(run) == {"kl-to-prior"} and _beta(run) == 1,
    "variational, convolutional": lambda run: run.network.kind == "conv" and _penalties(run) == {"kl-to-prior"},
    "variational, on letters": lambda run: run.data.kind == "letters" and _penalties(run) == {"kl-to-prior"},
    "total correlation": lambda run: _penalties(run) == {"kl-to-prior", "total-correlation"},
    "importance weighted": lambda run: run.objective.kind == "importance-weighted" and run.code.kind == "gaussian",
    "Wasserstein, MMD": lambda run: _penalties(run) == {"mmd"},
    "adversarial": lambda run: _penalties(run) == {"adversarial"},
    "vector quantised": lambda run: run.code.kind == "vector-quantised",
    "variational, β above 1": lambda run: _penalties(run) == {"kl-to-prior"} and _beta(run) > 1,
    "sparse, denoising and contractive": lambda run: (
        {"kl-sparsity", "contractive"} <= _penalties(run) and run.corruption.kind != "none"
    ),
}


def _beta(run: Run) -> float:
    return sum(penalty.weight for penalty in run.penalties)


def _depth(run: Run) -> int:
    return len(getattr(run.network, "widths", ()))


@pytest.mark.parametrize("what", WANTED)
def test_every_variant_of_the_survey_has_a_recipe(own: Write, what: str) -> None:
    assert any(WANTED[what](recipe.run()) for recipe in everything().values())


def test_the_deep_recipes_differ_in_nothing_but_their_schedule(own: Write) -> None:
    end_to_end, greedy = find("deep-end-to-end").run(), find("deep-greedy").run()
    assert end_to_end.network == greedy.network
    assert end_to_end.data == greedy.data
    assert end_to_end.loss == greedy.loss
    assert end_to_end.optimiser == greedy.optimiser


# -- they learn --------------------------------------------------------------------------------------------------------

FEW = {"count": 250, "patches": 250}
"""Knobs that say how many images a source draws or cuts."""
LONG = ("photo-denoiser-real", "photo-denoiser-real-grey")
"""Their networks are the largest."""
LEARNING = [pytest.param(name, marks=pytest.mark.slow if name in LONG else ()) for name in SHIPPED]


@pytest.mark.parametrize("name", LEARNING)
@pytest.mark.slow
def test_a_shipped_recipe_lowers_its_held_out_objective(own: Write, name: str) -> None:
    run = find(name).run()
    changes: dict[str, Any] = {"epochs": 2, "batch_size": min(run.batch_size, 64)}
    changes |= {f"data.{knob}": few for knob, few in FEW.items() if knob in knobs(run.data)}
    if hasattr(run.corruption, "clean_share"):  # it begins as the identity, which nothing can better on clean pictures
        changes |= {"corruption.clean_share": 0.0, "epochs": 5}
    if run.network.kind.startswith("residual"):  # a step takes a second
        changes |= {"data.size": 32}
    if run.schedule.kind == "greedy":
        changes["schedule.layer_epochs"] = 1
    for path, value in changes.items():
        run = run.with_value(path, value)
    events = list(fit(run, run.data.load()))
    end = events[-1]
    assert isinstance(end, Finished)
    assert (end.reason, end.error) == ("completed", "")
    phases: dict[str, list[float]] = {}
    for event in events:
        if isinstance(event, Evaluated) and event.split == "held-out":
            phases.setdefault(event.phase, []).append(event.objective)
    assert phases
    for phase, objectives in phases.items():
        assert objectives[-1] < objectives[0], phase


# -- the person's own --------------------------------------------------------------------------------------------------

MINE = 'title = "Mine"\nepochs = 3\n[network]\nkind = "mlp"\nwidths = [5]\n'


def test_a_recipe_of_the_person_s_is_listed_after_the_shipped_ones(own: Write) -> None:
    own("mine", MINE)
    assert list(everything())[-1] == "mine"
    assert find("mine").title == "Mine"
    assert find("mine").run().network == Run.from_settings({"network": {"kind": "mlp", "widths": [5]}}).network


def test_a_recipe_of_the_person_s_replaces_a_shipped_one_of_the_same_name(own: Write) -> None:
    path = own("linear", MINE)
    assert sorted(everything()) == SHIPPED
    assert everything()["linear"].title == "Mine"
    assert find("linear").path == path


def test_the_configuration_folder_of_the_platform_is_where_they_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "user_config_path", lambda name, **_: tmp_path / name)
    assert folders.recipes() == tmp_path / "aestudio" / "recipes"
    assert sorted(everything()) == SHIPPED  # no such folder yet


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("title = ", "Invalid value"),
        ('order = "first"', "its order must be a whole number (it is 'first')."),
        ("order = true", "its order must be a whole number (it is True)."),
    ],
)
def test_a_broken_recipe_is_left_out_of_the_list_but_named_when_it_is_asked_for(
    own: Write, text: str, why: str
) -> None:
    path = own("broken", text)
    assert sorted(everything()) == SHIPPED
    for name in ("broken", str(path)):
        with pytest.raises(RunError) as caught:
            find(name)
        assert str(caught.value).startswith(f"The recipe {path} cannot be read: ")
        assert why in str(caught.value)


def test_a_recipe_that_is_no_text_is_left_out_of_the_list(own: Write) -> None:
    own("bytes", "").write_bytes(b"title = '\xff\xfe'")
    assert "bytes" not in everything()
    with pytest.raises(RunError, match="cannot be read"):
        find("bytes")


def test_a_broken_recipe_does_not_silently_give_way_to_the_shipped_one_of_its_name(own: Write) -> None:
    own("linear", "[network")
    assert everything()["linear"].title != "Mine"
    with pytest.raises(RunError, match="cannot be read"):
        find("linear")


def test_a_recipe_that_is_no_valid_run_says_so_with_its_path_and_the_mistake(own: Write) -> None:
    path = own("odd", 'title = "Odd"\n[network]\nkind = "mlp"\ndepth = 3\n')
    assert everything()["odd"].title == "Odd"
    with pytest.raises(RunError) as caught:
        find("odd").run()
    assert str(caught.value) == f"The recipe {path} cannot be used: network.depth: there is no such setting."


def test_a_name_that_is_not_there_lists_those_that_are(own: Write) -> None:
    with pytest.raises(RunError, match=r"There is no recipe or \.toml file 'spars'; did you mean 'sparse-l1'"):
        find("spars")


def test_a_path_is_no_name_of_a_recipe_of_the_person_s(own: Write) -> None:
    secret = own("mine", MINE).parent.parent / "elsewhere.toml"
    secret.write_text(MINE, encoding="utf-8")
    with pytest.raises(RunError, match=r"There is no recipe or \.toml file"):
        find("../elsewhere")


def test_a_file_that_is_not_there_is_refused_in_one_sentence(own: Write, tmp_path: Path) -> None:
    path = tmp_path / "nobody.toml"
    with pytest.raises(RunError) as caught:
        find(str(path))
    assert str(caught.value) == f"The recipe {path} cannot be read: No such file or directory."


def test_a_run_written_as_toml_is_a_recipe(own: Write, tmp_path: Path) -> None:
    run = find("sparse-kl").run()
    path = tmp_path / "run.toml"
    path.write_text(run.to_toml(), encoding="utf-8")
    assert read(path).run() == run
