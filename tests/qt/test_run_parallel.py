"""Parallel coordinates beside the table of runs: by mouse and by keys."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from aestudio.core.library.catalogue import Library
from aestudio.qt import theme
from aestudio.qt.pages.runs.page import RunsPage
from aestudio.qt.pages.runs.parallel_view import NARROW, TICK, ParallelView
from aestudio.qt.widgets.painted import PADDING
from aestudio.studio.runs.parallel import Axis
from tests.many_runs import fill
from tests.qt.runs_page import twin

EPOCHS = (2, 4, 6, 8)


@pytest.fixture
def page(qtbot: QtBot, runs_page: RunsPage, library: Library) -> RunsPage:
    """Runs 1 to 4, which differ in their epochs and PSNR, in parallel coordinates."""
    fill(library, 1)
    run = library.run(1)
    for number, epochs in enumerate(EPOCHS, 1):
        if number > 1:
            twin(library, 1, f"{number}")
        library.write([number], run=run.with_value("epochs", epochs).to_json(), psnr=10.0 + epochs, objective=1.0)
    runs_page.set_library(library)
    runs_page.table.choose([1])
    runs_page.details.tabs.setCurrentWidget(runs_page.details.parallel)
    qtbot.waitUntil(lambda: len(view(runs_page).left()) == 4)
    return runs_page


def view(page: RunsPage) -> ParallelView:
    return page.details.parallel.view


def left(page: RunsPage) -> list[int]:
    """The numbers of the runs that are left."""
    return [run.id for run, there in zip(page.details.parallel._runs, view(page).left(), strict=True) if there]


def drag(page: RunsPage, axis: int, low: float, high: float) -> None:
    shown = view(page)
    x = round(shown.x_of(axis))
    start, end = QPoint(x, round(shown.y_of(low))), QPoint(x, round(shown.y_of(high)))
    QTest.mousePress(shown, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(shown, end)
    QTest.mouseRelease(shown, Qt.MouseButton.LeftButton, pos=end)


def press(page: RunsPage, *keys: Qt.Key) -> None:
    for key in keys:
        QTest.keyClick(view(page), key)


def test_with_one_run_chosen_all_that_are_shown_are_drawn_with_their_axes(page: RunsPage) -> None:
    assert [axis.name for axis in view(page).axes()] == ["Epochs", "Objective", "Held-out PSNR"]
    assert left(page) == [4, 3, 2, 1]


def test_both_themes_draw_it(page: RunsPage, qapp: QApplication) -> None:
    pictures = []
    for mode in ("light", "dark"):
        theme.apply(qapp, mode)
        pictures.append(view(page).grab().toImage())
    assert pictures[0] != pictures[1]


def test_a_run_without_a_finite_score_is_drawn_without_it(qtbot: QtBot, page: RunsPage, library: Library) -> None:
    library.write([2], objective=math.inf, psnr=-math.inf)
    page.refresh()
    page.feed.load(library)
    qtbot.waitUntil(lambda: view(page).axes()[-1].places.count(None) == 1)
    with qtbot.captureExceptions() as raised:
        view(page).grab()
    assert raised == []


def test_the_axis_of_the_keyboard_stays_one_that_there_is_room_for(page: RunsPage) -> None:
    press(page, Qt.Key.Key_Right, Qt.Key.Key_Right)
    assert view(page).current == 2
    view(page).resize(theme.px(NARROW), view(page).height())
    assert view(page).current == 1
    press(page, Qt.Key.Key_Up, Qt.Key.Key_Delete)
    assert len(left(page)) == 4


def test_a_drag_along_an_axis_leaves_the_runs_there_which_a_button_chooses(page: RunsPage) -> None:
    drag(page, 0, 0.5, 1.0)
    assert sorted(left(page)) == [3, 4]
    assert page.details.parallel.said.text() == "2 of 4 runs are left"
    page.details.parallel.take.click()
    assert sorted(page.table.chosen()) == [3, 4]


def test_a_click_on_a_part_gives_its_axis_free_and_a_double_click_all(page: RunsPage) -> None:
    drag(page, 0, 0.5, 1.0)
    drag(page, 2, 0.0, 0.7)
    assert left(page) == [3]
    QTest.mouseClick(view(page), Qt.MouseButton.LeftButton, pos=QPoint(round(view(page).x_of(2)), 120))
    assert sorted(left(page)) == [3, 4]
    QTest.mouseDClick(view(page), Qt.MouseButton.LeftButton, pos=QPoint(round(view(page).x_of(1)) - 25, 120))
    assert len(left(page)) == 4


def test_keys_take_move_resize_and_free_a_part_and_choose_what_is_left(page: RunsPage) -> None:
    press(page, Qt.Key.Key_Up)
    assert left(page) == [4]
    press(page, *[Qt.Key.Key_Down] * 3)
    assert left(page) == [3]
    press(page, *[Qt.Key.Key_Plus] * 6)
    assert sorted(left(page)) == [2, 3, 4]
    press(page, *[Qt.Key.Key_Minus] * 6)
    assert left(page) == [3]
    press(page, Qt.Key.Key_Right)
    assert view(page).current == 1
    press(page, Qt.Key.Key_Left, Qt.Key.Key_Delete)
    assert len(left(page)) == 4
    press(page, Qt.Key.Key_Up, Qt.Key.Key_Return)
    assert page.table.chosen() == [4]


def test_the_run_below_the_pointer_is_named_and_a_click_chooses_it(page: RunsPage) -> None:
    shown = view(page)
    between = (shown.x_of(1) + shown.x_of(2)) / 2
    psnr = shown.axes()[2].places[0]
    assert psnr is not None
    place = QPoint(round(between), round(shown.y_of((0.5 + psnr) / 2)))
    QTest.mouseMove(shown, place)
    assert page.details.parallel.said.text().startswith("#4 ")
    QTest.mouseClick(shown, Qt.MouseButton.LeftButton, pos=place)
    assert page.table.chosen() == [4]


def test_the_name_of_an_axis_below_the_pointer_is_told_whole_with_what_a_search_takes(page: RunsPage) -> None:
    shown, said = view(page), page.details.parallel.said
    line = shown.fontMetrics().height()
    QTest.mouseMove(shown, QPoint(round(shown.x_of(2)), PADDING + line + 3))
    assert said.text() == "Held-out PSNR · psnr"
    QTest.mouseMove(shown, QPoint(round(shown.x_of(1)), PADDING + 3))
    assert said.text() == "Objective · objective"
    QTest.mouseMove(shown, QPoint(round(shown.x_of(1)), round(shown.y_of(0.9))))
    assert said.text() == "4 runs. Drag along an axis to take a part of it"


def test_a_value_that_is_cut_is_told_whole_below_the_pointer(page: RunsPage) -> None:
    shown, said = view(page), page.details.parallel.said
    words = "a very long name of a network that nobody has room for beside its axis"
    axis = Axis("network", "Network", (0.0, 1.0), ((0.0, "short"), (1.0, words)), ("short", words))
    shown.show_axes([axis, replace(axis, path="code"), replace(axis, path="data")], ["#1", "#2"])
    x = round(shown.x_of(0)) + TICK + 8
    QTest.mouseMove(shown, QPoint(x, round(shown.y_of(1.0))))
    assert said.text() == words
    QTest.mouseMove(shown, QPoint(x, round(shown.y_of(0.0))))
    assert said.text() == "#1"


def test_what_is_not_seen_reads_nothing(page: RunsPage, monkeypatch: pytest.MonkeyPatch) -> None:
    page.details.tabs.setCurrentWidget(page.details.curves)
    monkeypatch.setattr(page.details.parallel, "show_runs", pytest.fail)
    page.table.choose([1, 2])
    page.details._show_panels()


def test_its_numbers_are_copied_as_a_table(page: RunsPage) -> None:
    heading, first, *_ = view(page)._numbers()
    assert heading == ["", "Epochs", "Objective", "Held-out PSNR"]
    assert first[1:] == ["8", "1", "18"]
