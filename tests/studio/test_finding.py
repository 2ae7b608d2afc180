"""Find and do: what is found by a few letters, in which order, and what it does."""

from __future__ import annotations

from pathlib import Path

import pytest

from aestudio.core.ground.texts import in_language
from aestudio.core.run import recipes
from aestudio.core.run.run import Run
from aestudio.studio.finding import Entry, Finder, matching
from aestudio.studio.notice import Failed
from aestudio.studio.studio import Studio
from tests.many_runs import fill
from tests.studio.heard import Heard
from tests.trained_runs import train


def entry(words: str, beside: str = "") -> Entry:
    return Entry(words, beside, None)


@pytest.fixture
def finder(studio: Studio) -> Finder:
    studio.document.begin("sparse-kl")
    return Finder(studio, lambda: [*recipes.everything().values()], lambda path: None)


def test_words_that_begin_so_come_first_then_those_that_hold_it_then_scattered_letters() -> None:
    every = [entry("Explore"), entry("Runs"), entry("Reexport"), entry("Export model")]
    assert [one.words for one in matching(every, "expor")] == ["Export model", "Reexport", "Explore"]


def test_every_typed_word_has_to_be_found_and_their_order_does_not_matter() -> None:
    every = [entry("Learning rate"), entry("Rate", "setting"), entry("Learning by heart")]
    assert [one.words for one in matching(every, "rate learn")] == ["Learning rate"]


def test_nothing_typed_lists_everything_in_its_own_order() -> None:
    assert [one.words for one in matching([entry("b"), entry("a")], "")] == ["b", "a"]


def test_a_setting_with_a_number_behind_it_is_set(studio: Studio, finder: Finder) -> None:
    first = finder.found("learning rate 0.01", [])[0]
    assert "0.01" in first.words
    assert first.do is not None
    first.do()
    assert studio.document.run.optimiser.learning_rate == 0.01
    studio.document.undo()
    assert studio.document.run.optimiser.learning_rate != 0.01


def test_a_number_is_offered_to_no_setting_of_yes_or_no(finder: Finder) -> None:
    assert not [one for one in finder.found("tied 20", []) if one.more == "network.tied" and one.do is not None]
    assert [one for one in finder.found("tied true", []) if one.more == "network.tied" and one.do is not None]


def test_yes_or_no_is_offered_to_no_setting_of_numbers(finder: Finder) -> None:
    found = [one.more for one in finder.found("rate true", []) if one.do is not None]
    assert "optimiser.learning_rate" not in found


def test_a_list_is_set_by_numbers_with_commas(studio: Studio, finder: Finder) -> None:
    found = next(one for one in finder.found("widths 32,16", []) if one.more == "network.widths")
    assert found.do is not None
    found.do()
    assert studio.document.run.value("network.widths") == (32, 16)


def test_a_value_that_cannot_be_is_a_sentence_and_nothing_changes(studio: Studio, finder: Finder) -> None:
    heard, before = Heard(), studio.document.run
    studio.document.listen(heard.append)
    found = finder.found("learning rate -5", [])[0]
    assert found.do is not None
    found.do()
    assert studio.document.run == before
    assert heard.of(Failed)


def test_a_setting_without_a_value_is_completed_so_that_one_can_be_typed(finder: Finder) -> None:
    first = finder.found("learning rate", [])[0]
    assert first.do is None
    assert first.completed.endswith(" ")
    assert finder.found(f"{first.completed}0.02", [])[0].do is not None


def test_a_setting_of_a_few_values_is_set_by_the_beginning_of_one(studio: Studio, finder: Finder) -> None:
    for words, path, value in (
        ("activation rel", "network.activation", "relu"),
        ("tanh", "network.activation", "tanh"),
        ("tied y", "network.tied", True),
    ):
        found = next(one for one in finder.found(words, []) if one.more == path and one.do is not None)
        assert found.do is not None
        found.do()
        assert studio.document.run.value(path) == value
    left = {one.more for one in finder.found("activation tanh", []) if one.do is not None}
    assert "network.code_activation" in left
    assert "network.activation" not in left  # it is that already


def test_a_run_is_found_by_its_number_however_many_are_newer(
    studio: Studio, finder: Finder, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert studio.shelf.library is not None
    fill(studio.shelf.library, 12)
    monkeypatch.setattr("aestudio.studio.shelf.NEWEST", 3)
    opened: list[int] = []
    monkeypatch.setattr(studio.document.kept, "open_run", opened.append)
    for words in ("#2", "run 2"):
        found = next(one for one in finder.found(words, []) if one.more.startswith("#2 "))
        assert found.do is not None
        found.do()
    assert opened == [2, 2]
    assert not [one for one in finder.found("#77", []) if one.more.startswith("#")]


def test_runs_of_one_recipe_are_told_apart_by_what_differs(studio: Studio, finder: Finder) -> None:
    assert studio.shelf.library is not None
    for width in (4, 6):
        train(studio.shelf.library, "Small", {"network.widths": [width]})
    found = {one.words: one.beside for one in finder.found("small", [])}
    assert found == {"Run 1: Small": "Layer widths = 4", "Run 2: Small": "Layer widths = 6"}


def test_a_recipe_is_found_by_its_title_and_chosen(studio: Studio, finder: Finder) -> None:
    found = next(one for one in finder.found("linear", []) if one.more.startswith("linear "))
    assert found.do is not None
    found.do()
    assert studio.document.run.title == recipes.find("linear").run().title


def test_a_recipe_is_found_by_its_english_title_in_korean_too(finder: Finder) -> None:
    with in_language("ko"):
        (found, *_others) = finder.found("linear twin", [])
        assert found.words == "선형 오토인코더(PCA의 쌍둥이)"


def test_a_file_that_was_used_is_found_by_its_name_and_opened(studio: Studio, tmp_path: Path) -> None:
    from aestudio.studio import recent

    picture = tmp_path / "harbour.png"
    picture.touch()
    recent.note(picture)
    opened: list[Path] = []
    found = Finder(studio, list, opened.append).found("harbour", [])
    assert found[0].do is not None
    found[0].do()
    assert opened == [picture]


def test_what_a_person_called_an_array_is_found_as_it_is_written(studio: Studio, finder: Finder) -> None:
    studio.document.start_from(Run.from_settings({"data": {"kind": "npz", "key": "images"}}))
    with in_language("ko"):
        found = next(one for one in finder.found("data.key", []) if one.more == "data.key")
        assert found.beside.endswith("images")
