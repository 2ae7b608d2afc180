"""Chosen runs drawn behind the losses on Explore, from the page of runs and back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from aestudio.core.library.catalogue import Library
from aestudio.qt.pages.explore.page import ExplorePage
from aestudio.qt.pages.runs.page import RunsPage
from aestudio.qt.widgets.loss_plot_bar import LossPlotBar
from aestudio.qt.window import Window
from aestudio.studio.behind import MOST
from aestudio.studio.events import Notice
from aestudio.studio.notice import Noted
from aestudio.studio.status import State
from tests.qt.conftest import settle
from tests.trained_runs import train


def shown_behind(page: ExplorePage) -> set[str]:
    return {line.role for line in page.losses.plot.lines() if line.behind}


@pytest.fixture
def numbers(window: Window) -> list[int]:
    """Runs in the library of the window, one more than are drawn behind."""
    library = window.studio.shelf.library
    assert isinstance(library, Library)
    return [train(library, f"Small {index}") for index in range(MOST + 1)]


@pytest.fixture
def runs(window: Window, numbers: list[int]) -> RunsPage:
    made = window.page(RunsPage)
    window.show_page(made)
    made.refresh()
    settle(window)
    assert {run.id for run in made.model.rows()} >= set(numbers)
    return made


def test_chosen_runs_are_drawn_behind_by_a_key_stay_while_another_trains_and_go_with_the_trash(
    window: Window, runs: RunsPage, numbers: list[int], qtbot: QtBot
) -> None:
    explore, document = window.page(ExplorePage), window.document
    bar = explore.losses.findChild(LossPlotBar)
    assert isinstance(bar, LossPlotBar)
    action = runs.commands["behindRun"]
    runs.table.choose(numbers[:2])
    assert action.checked is not None
    assert not action.checked()
    QTest.keyClick(runs.table, Qt.Key.Key_B)
    assert action.checked()
    window.show_page(explore)
    document.train()
    both = {f"#{number}" for number in numbers[:2]}
    qtbot.waitUntil(lambda: shown_behind(explore) == both)
    assert bar.behind.text() == "2 runs behind"
    document.stop()
    qtbot.waitUntil(lambda: document.status.state is State.READY)
    assert shown_behind(explore) == both

    window.show_page(runs)
    runs.table.choose(numbers[:1])
    runs.commands["trashRun"].perform()
    window.show_page(explore)
    settle(window)
    assert shown_behind(explore) == {f"#{numbers[1]}"}
    bar.behind.click()
    assert not shown_behind(explore)
    assert not bar.behind.isVisible()


def test_where_nothing_has_losses_yet_it_is_said_when_the_chosen_runs_will_be_drawn(
    window: Window, runs: RunsPage, numbers: list[int]
) -> None:
    heard: list[Notice] = []
    window.studio.listen(heard.append)
    runs.table.choose(numbers[:2])
    runs.commands["behindRun"].perform()
    assert not shown_behind(window.page(ExplorePage))
    assert heard == [Noted("Drawn behind the losses on Explore once there are some: 2 runs.")]


def test_runs_behind_are_taken_off_from_the_page_of_runs_and_there_is_room_for_few(
    window: Window, runs: RunsPage, numbers: list[int]
) -> None:
    behind, action = window.studio.behind, runs.commands["behindRun"]
    runs.table.choose(numbers)
    assert not action.can()
    assert str(MOST) in action.why_not()
    runs.table.choose(numbers[:MOST])
    action.perform()
    assert set(behind.numbers) == set(numbers[:MOST])
    runs.table.choose(numbers[MOST:])
    assert not action.can()
    runs.table.choose(numbers[1:3])
    action.perform()
    assert set(behind.numbers) == {numbers[0], numbers[3]}
    next(one for one in window.page(ExplorePage).actions_here() if one.name == "takeOff").perform()
    assert not behind.numbers
