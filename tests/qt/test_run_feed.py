"""How the list of runs keeps in step with a library that others write to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from aestudio.core.library.catalogue import Library
from aestudio.core.library.summary import Summary
from aestudio.qt.pages.runs import feed as run_feed
from aestudio.qt.pages.runs.feed import PAGE, RunFeed
from aestudio.qt.pages.runs.reader import Reader
from tests.many_runs import fill


class Told:
    """A feed of a library, and what it says."""

    def __init__(self, library: Library) -> None:
        self.runs: dict[int, Summary] = {}
        self.times = 0
        self.feed = RunFeed()
        self.feed.changed.connect(self.take)
        self.feed.load(library)

    def take(self, runs: list[Summary]) -> None:
        assert [run.id for run in runs] == sorted((run.id for run in runs), reverse=True)
        self.runs = {run.id: run for run in runs}
        self.times += 1


@pytest.fixture
def other(library: Library) -> Iterator[Library]:
    """Another program's connection to the same library, with three pages of runs."""
    fill(library, 3 * PAGE, points=5)
    with Library(library.folder) as made:
        yield made


def test_what_another_program_changes_anywhere_is_found(qtbot: QtBot, library: Library, other: Library) -> None:
    told = Told(library)
    other.rename(2, "Old and renamed")
    other.star([PAGE + 5], starred=not other.summary(PAGE + 5).starred)
    other.trash([PAGE + 7])
    fill(other, 1, seed=5)
    told.feed.poll()
    assert 3 * PAGE + 1 in told.runs  # the newest at once, the others behind it
    qtbot.waitUntil(lambda: told.runs[2].title == "Old and renamed")
    assert told.runs[PAGE + 5] == library.summary(PAGE + 5)
    assert PAGE + 7 not in told.runs
    assert len(told.runs) == 3 * PAGE


def test_nothing_is_told_where_nothing_has_changed(library: Library, other: Library) -> None:
    told = Told(library)
    told.feed.poll()
    told.feed.refresh()
    assert told.times == 1


def test_a_run_that_trains_is_read_at_every_refresh_however_old(library: Library, other: Library) -> None:
    library.write([1], state="training")
    told = Told(library)
    for step in (10, 20):
        other.write([1], step=step)
        told.feed.refresh()
        assert told.runs[1].step == step
    other.write([1], state="completed")
    told.feed.refresh()
    assert told.runs[1].state == "completed"


def test_walks_through_a_large_library_take_little_of_the_time(
    qtbot: QtBot, library: Library, other: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_feed, "REST", 1e9)
    told = Told(library)
    other.rename(2, "First walk")
    told.feed.refresh()
    qtbot.waitUntil(lambda: told.runs[2].title == "First walk")
    qtbot.waitUntil(lambda: not told.feed.walking.isActive())
    other.rename(2, "Second walk")
    told.feed.refresh()
    assert not told.feed.walking.isActive()
    told.feed.rested = 0.0
    told.feed.poll()
    qtbot.waitUntil(lambda: told.runs[2].title == "Second walk")


def test_the_trash_is_followed_as_well(library: Library, other: Library) -> None:
    other.trash([4, 5])
    told = Told(library)
    told.feed.load(library, trashed=True)
    assert set(told.runs) == {4, 5}
    other.restore([4])
    other.trash([6])
    told.feed.poll()
    assert set(told.runs) == {5, 6}
    other.empty_trash()
    told.feed.poll()
    assert not told.runs


def test_a_page_of_runs_begins_below_a_number(library: Library, other: Library) -> None:
    assert [run.id for run in library.runs(below=10, most=3)] == [9, 8, 7]
    assert [run.id for run in library.runs(most=2)] == [3 * PAGE, 3 * PAGE - 1]
    assert len(library.runs()) == 3 * PAGE


def test_a_reader_gives_answers_in_order_and_errors_in_words(qtbot: QtBot, library: Library) -> None:
    fill(library, 3)
    reader = Reader("testing")
    answers: list[object] = []
    reader.answered.connect(lambda number, answer: answers.append((number, answer)))
    reader.refused.connect(lambda number, problem: answers.append((number, problem)))
    with qtbot.waitSignal(reader.ended):
        reader.ask(library.folder, [2, 99, 1], lambda there, number: there.summary(number).id)
    assert answers == [
        (2, 2),
        (99, "There is no run 99 in the library; `aestudio runs` lists them."),
        (1, 1),
    ]
    assert reader.close(10)


def test_a_reader_that_is_closed_while_it_reads_says_nothing_more(qtbot: QtBot, library: Library) -> None:
    fill(library, 3)
    reader = Reader("testing")
    answers: list[int] = []
    reader.answered.connect(lambda number, _answer: answers.append(number))
    reader.ask(library.folder, range(1, 4), lambda there, number: there.curves(number))
    assert reader.close(10)
    qtbot.waitUntil(lambda: not reader.busy)
    assert not answers
