"""Tags, columns of settings and scores, and what tells runs of one title apart."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from aestudio.core.ground.errors import LibraryError
from aestudio.core.library import columns, schema, tags
from aestudio.core.library.asking import Asked, Fact, Facts, facts, question, settings_of
from aestudio.core.library.catalogue import Library
from aestudio.core.run.run import Run
from tests.core.test_asking import SETTINGS, SUMMARY, fits
from tests.many_runs import fill

TAGGED = replace(SUMMARY, tags=("chapter-3", "seeds"))


@pytest.fixture
def library(tmp_path: Path) -> Library:
    made = Library(tmp_path / "library")
    fill(made, 3)
    return made


def known(**settings: object) -> Facts:
    run = Run().with_value("network.widths", [12])
    for path, value in settings.items():
        run = run.with_value(path.replace("__", "."), value)
    return facts(replace(SUMMARY, seed=run.seed), run.model_dump(mode="json"))


# -- tags --------------------------------------------------------------------------------------------------------------


def test_tags_are_words_each_once_in_order() -> None:
    assert tags.typed(" seeds, #Chapter-3  seeds,, ") == ("chapter-3", "seeds")
    assert tags.typed("") == ()


@pytest.mark.parametrize("wrong", ["a<b", "x" * 41, 'say "it"', "(one)"])
def test_a_tag_that_no_search_could_ask_for_is_refused(wrong: str) -> None:
    with pytest.raises(LibraryError, match=r"tag.*\.$"):
        tags.typed(wrong)


def test_tags_are_kept_and_read_by_every_program(library: Library) -> None:
    library.tag({1: ("seeds", "chapter-3"), 2: ("seeds",)})
    with Library(library.folder) as other:
        assert [run.tags for run in other.runs()] == [(), ("seeds",), ("chapter-3", "seeds")]
        other.tag({1: ()})
    assert library.summary(1).tags == ()


def test_an_older_program_reads_and_empties_a_library_with_tags(library: Library) -> None:
    """It looks at the version alone, and knows no table of tags."""
    library.tag({1: ("seeds",)})
    with closing(sqlite3.connect(library.folder / schema.FILE)) as older:
        older.execute("PRAGMA foreign_keys = ON")
        assert older.execute("PRAGMA user_version").fetchone()[0] == len(schema.MIGRATIONS) == 3
        assert older.execute("SELECT count(*) FROM runs").fetchone()[0] == 3
        older.execute("DELETE FROM runs WHERE id = 1")
        older.commit()
    assert library.rows("SELECT * FROM tags") == []


def test_a_library_that_an_older_program_made_takes_tags(library: Library) -> None:
    library.connection.execute("DROP TABLE tags")
    with Library(library.folder) as again:
        again.tag({2: ("kept",)})
        assert again.summary(2).tags == ("kept",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tag:seeds", True),
        ("TAG:Seeds", True),
        ("tag:seed", False),
        ("sparse tag:seeds", True),
        ("tag:seeds and epochs > 2", True),
        ("tag:other or tag:chapter-3", True),
        ("not tag:seeds", False),
        ("(tag:seeds)", True),
        ("tag = chapter-3", True),
        ("tag != other", True),
        ("tag != seeds", False),
        ("chapter-3", True),
    ],
)
def test_runs_are_found_by_their_tags(text: str, expected: bool) -> None:
    assert fits(text, TAGGED) is expected


def test_what_has_no_tag_has_not_that_tag() -> None:
    assert question("tag != seeds")(Asked.of(SUMMARY, lambda: SETTINGS))
    assert question("not tag:seeds")(Asked.of(SUMMARY, lambda: SETTINGS))


# -- columns -----------------------------------------------------------------------------------------------------------


def test_every_setting_and_score_of_a_run_can_be_a_column_and_no_words_can() -> None:
    there = columns.paths([facts(SUMMARY, SETTINGS)])
    assert {"epochs", "penalties.kl_sparsity.target", "scores.dead_units", "psnr", "seconds"} <= set(there)
    assert not {"title", "explanation", "state", "tag"} & set(there)


def test_a_column_goes_by_the_shortest_name_that_means_it_and_a_search_takes_it() -> None:
    among = columns.paths([facts(SUMMARY, SETTINGS)])
    for path in among:
        name = columns.short(path, among)
        assert path.endswith(name)
        assert columns.full(name, [path]) == path
    assert columns.short("optimiser.learning_rate", among) == "learning_rate"
    assert columns.short("penalties.l1.weight", ["penalties.l1.weight", "penalties.l2.weight"]) == "l1.weight"
    assert columns.full("kl-sparsity.target", among) == "penalties.kl_sparsity.target"
    assert columns.full("nothing", among) is None


def test_numbers_are_in_order_before_words_and_what_is_missing_has_none() -> None:
    values: list[tuple[Fact, ...]] = [("b",), (10.0,), (9.0,), ("a",)]
    assert sorted(values, key=lambda value: columns.order(value) or ()) == [(9.0,), (10.0,), ("a",), ("b",)]
    assert columns.order(()) is None
    assert columns.written((0.05,)) == "0.05"
    assert columns.written((256, 64)) == "256, 64"
    assert columns.written((True,)) == "yes"


# -- told apart --------------------------------------------------------------------------------------------------------


def test_runs_of_one_title_are_told_apart_by_as_few_settings_as_do() -> None:
    told = columns.told_apart({1: known(epochs=2), 2: known(epochs=3), 3: known(epochs=3, seed=1)})
    assert told == {1: "epochs = 2, seed = 0", 2: "epochs = 3, seed = 0", 3: "epochs = 3, seed = 1"}
    assert columns.told_apart({1: known(), 2: known(optimiser__learning_rate=0.5)})[2] == "learning_rate = 0.5"


def test_runs_that_are_the_same_are_told_apart_by_nothing() -> None:
    assert columns.told_apart({1: known(), 2: known()}) == {1: "", 2: ""}


def test_how_a_run_went_is_nothing_that_it_is_told_apart_by(library: Library) -> None:
    same = settings_of(library, 1)
    fair, poor = replace(SUMMARY, psnr=20.0), replace(SUMMARY, psnr=10.0, seconds=1.0)
    assert columns.told_apart({1: facts(fair, same), 2: facts(poor, same)}) == {1: "", 2: ""}
