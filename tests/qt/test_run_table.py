"""The table of runs: ten thousand of them, order, columns, thumbnails, keys, words."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from aestudio.core.ground.texts import Text
from aestudio.core.library.catalogue import Library
from aestudio.core.library.columns import order
from aestudio.core.library.summary import STATES, Summary
from aestudio.qt import theme
from aestudio.qt.pages.runs import thumbnails as run_thumbnails
from aestudio.qt.pages.runs.about import facts
from aestudio.qt.pages.runs.arranging import Arranging
from aestudio.qt.pages.runs.model import TEXTS, RunModel
from aestudio.qt.pages.runs.page import RunsPage
from aestudio.qt.pages.runs.table import RunTable
from aestudio.qt.pages.runs.thumbnails import KEPT, Thumbnails
from aestudio.studio.runs.rows import COLUMNS, Column, Which, fitting, ordered
from aestudio.studio.runs.words import ago, compact, duration, first_line, steps
from tests.many_runs import fill
from tests.present import present

MANY = 10_000


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Ten thousand runs."""
    with Library(tmp_path_factory.mktemp("many")) as made:
        fill(made, MANY, points=20)
        yield made


@pytest.fixture
def some(library: Library) -> list[Summary]:
    fill(library, 60)
    return library.runs()


class Reads:
    """A library's thumbnails, counted."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.asked: list[int] = []

    def __call__(self, number: int) -> bytes | None:
        self.asked.append(number)
        return self.library.thumbnail(number)


def table(qtbot: QtBot, library: Library, runs: list[Summary], height: int = 600) -> tuple[RunTable, Reads]:
    """A shown table of these runs."""
    reads = Reads(library)
    made = RunTable(RunModel(), Thumbnails(reads))
    qtbot.addWidget(made)
    made.resize(1264, height)
    with qtbot.waitExposed(made):
        made.show()
    made.runs.set_runs(runs)
    made.grab()
    return made, reads


# -- many ---------------------------------------------------


@pytest.mark.slow
def test_ten_thousand_runs_read_only_the_thumbnails_on_the_screen(
    qtbot: QtBot, runs_page: RunsPage, many: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = Reads(many)
    monkeypatch.setattr(runs_page.thumbnails, "_read", reads)
    runs_page.set_library(many)
    assert runs_page.search.count_text() == "10,000 runs"
    on_screen = runs_page.table.viewport().height() // runs_page.table.rowHeight(0) + 2
    for _ in range(on_screen):
        runs_page.grab()
    assert 0 < len(reads.asked) <= on_screen
    runs_page.table.scrollToBottom()
    for _ in range(on_screen):
        runs_page.grab()
    assert len(reads.asked) <= 2 * on_screen
    assert set(reads.asked) <= {*range(1, on_screen + 1), *range(MANY - on_screen, MANY + 1)}


def test_ten_thousand_runs_are_searched_sorted_and_chosen_at_once(runs_page: RunsPage, many: Library) -> None:
    runs_page.set_library(many)
    began = time.perf_counter()
    runs_page.search.box.setText("sparse digits")
    runs_page.table.sortByColumn(Column.PSNR, Qt.SortOrder.DescendingOrder)
    runs_page.search.box.clear()
    runs_page.table.selectAll()
    assert len(runs_page.table.chosen()) == MANY
    assert time.perf_counter() - began < 10  # 0.3 s on a machine that does nothing else


@pytest.mark.parametrize(
    "path",
    [
        "penalties.kl_sparsity.target",
        *(pytest.param(path, marks=pytest.mark.slow) for path in ("optimiser.learning_rate", "network.widths", "loss")),
    ],
)
def test_many_runs_are_sorted_and_grouped_by_a_setting_without_looking_into_each(
    runs_page: RunsPage, many: Library, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs_page.set_library(many)
    model = runs_page.model
    runs = model.rows()[::97]
    one_by_one = {run.id: model.facts(run).get(path, ()) for run in runs}
    assert len(set(one_by_one.values())) > 1
    looked_into: list[int] = []
    read = model.settings
    monkeypatch.setattr(model, "settings", lambda number: looked_into.append(number) or read(number))
    model.show_facts([path])
    model.sort(len(COLUMNS))
    found = model.known.at(path, model.rows())
    assert {number: found[number] for number in one_by_one} == one_by_one
    keys = [order(found[run.id]) for run in model.rows()]
    known = [key for key in keys if key is not None]
    assert known == sorted(known)
    assert keys == known + [None] * (len(keys) - len(known))
    model.group_by(path)
    assert len(model.heads()) > 1
    assert len(looked_into) < MANY / 20


# -- order ---------------------------------------------------


@pytest.mark.parametrize("column", Column)
@pytest.mark.parametrize("falling", [True, False])
def test_every_column_sorts_with_missing_numbers_last(some: list[Summary], column: Column, falling: bool) -> None:
    rows = ordered(some, column, falling=falling)
    keys = [COLUMNS[column].key(run) for run in rows]
    known = [key for key in keys if key is not None]
    assert known == sorted(known, reverse=falling)
    assert keys == known + [None] * (len(keys) - len(known))
    assert {run.id for run in rows} == {run.id for run in some}


def test_there_are_runs_without_scores_to_sort(some: list[Summary]) -> None:
    assert any(run.psnr is None for run in some)


def test_runs_that_are_alike_stand_the_newest_first(some: list[Summary]) -> None:
    for falling in (True, False):
        alike = [run.id for run in ordered(some, Column.DATA, falling=falling) if run.data == some[0].data]
        assert alike == sorted(alike, reverse=True)


def test_runs_that_train_stay_on_top_without_changing_places(some: list[Summary]) -> None:
    training = [replace(run, state="training", updated=time.time() + run.id % 2) for run in some[:2]]
    rows = ordered([*some[2:], *training], Column.TRAINED, falling=True)
    assert [run.id for run in rows[:2]] == [training[0].id, training[1].id]


def test_a_first_click_puts_the_best_or_the_first_letter_on_top(
    qtbot: QtBot, library: Library, some: list[Summary]
) -> None:
    made, _ = table(qtbot, library, some)
    header = made.horizontalHeader()
    for column, key in ((Column.PSNR, lambda run: run.psnr), (Column.TITLE, lambda run: run.title.casefold())):
        x = header.sectionViewportPosition(column) + 10
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, 10))
        values = [key(run) for run in made.runs.rows() if key(run) is not None]
        assert values[0] == (max(values) if column is Column.PSNR else min(values))


# -- rows that change ---------------------------------------------------


def test_other_values_change_a_row_without_a_reset(qtbot: QtBot, library: Library, some: list[Summary]) -> None:
    made, _ = table(qtbot, library, some)
    changed = [replace(some[3], objective=1.25) if run is some[3] else run for run in some]
    with qtbot.assertNotEmitted(made.runs.modelReset), qtbot.waitSignal(made.runs.dataChanged) as said:
        made.runs.set_runs(changed)
    row = present(made.runs.row_of(some[3].id))
    assert (said.args[0].row(), said.args[1].row()) == (row, row)
    assert made.runs.data(made.runs.index(row, Column.OBJECTIVE)) == "1.25"


def test_runs_that_a_search_hides_are_chosen_no_more(qtbot: QtBot, library: Library, some: list[Summary]) -> None:
    made, _ = table(qtbot, library, some)
    with qtbot.waitSignal(made.chosen_changed) as said:
        made.choose([some[0].id, some[1].id])
    assert said.args[0] == [some[0].id, some[1].id]
    with qtbot.waitSignal(made.chosen_changed) as said:
        made.runs.search(f"#{some[1].id}", Which.ALL)
    assert said.args[0] == [some[1].id]
    with qtbot.assertNotEmitted(made.chosen_changed):
        made.runs.search("", Which.ALL)


def test_runs_are_told_in_the_order_in_which_they_were_chosen(
    qtbot: QtBot, library: Library, some: list[Summary]
) -> None:
    made, _ = table(qtbot, library, some)
    for row, held in ((6, Qt.KeyboardModifier.NoModifier), (2, Qt.KeyboardModifier.ControlModifier)):
        where = made.visualRect(made.runs.index(row, Column.TITLE)).center()
        qtbot.mouseClick(made.viewport(), Qt.MouseButton.LeftButton, held, where)
    assert made.chosen() == [made.runs.run(6).id, made.runs.run(2).id]


# -- keys ---------------------------------------------------


def test_home_and_end_go_to_the_first_and_the_last_run(qtbot: QtBot, library: Library, some: list[Summary]) -> None:
    made, _ = table(qtbot, library, some)
    made.choose([some[5].id])
    QTest.keyClick(made, Qt.Key.Key_End)
    assert made.chosen() == [made.runs.run(59).id]
    QTest.keyClick(made, Qt.Key.Key_Home)
    QTest.keyClick(made, Qt.Key.Key_Down)
    QTest.keyClick(made, Qt.Key.Key_Right)
    assert made.chosen() == [made.runs.run(1).id]


def test_shift_and_arrows_choose_several(qtbot: QtBot, library: Library, some: list[Summary]) -> None:
    made, _ = table(qtbot, library, some)
    made.choose([made.runs.run(0).id])
    QTest.keyClick(made, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert len(made.chosen()) == 2


# -- columns ---------------------------------------------------


def test_what_is_missed_least_is_left_out_first_where_there_is_little_room() -> None:
    widths = dict.fromkeys(Column, 100)
    assert fitting(1100, widths) == list(Column)
    assert Column.PARAMETERS not in fitting(1099, widths)
    assert fitting(0, widths) == [Column.STAR, Column.PICTURE, Column.TITLE]


def test_all_columns_fit_a_window_of_1280_pixels(qtbot: QtBot, library: Library, some: list[Summary]) -> None:
    made, _ = table(qtbot, library, some)
    assert made.shown_columns() == list(Column)
    assert not made.horizontalScrollBar().isVisible()


def test_a_person_can_choose_the_columns(qtbot: QtBot, library: Library, some: list[Summary]) -> None:
    made, _ = table(qtbot, library, some)
    menu = Arranging(made, made).columns_menu()
    names = {action.text(): action for action in menu.actions()}
    assert not names["Title"].isEnabled()
    names["Variant"].trigger()
    assert Column.VARIANT not in made.shown_columns()
    made.resize(500, 400)
    assert Column.DATA in made.shown_columns()
    assert made.columnWidth(Column.TITLE) > 100
    Arranging(made, made).columns_menu().actions()[0].trigger()
    assert Column.DATA not in made.shown_columns()


# -- pictures ---------------------------------------------------


def test_a_thumbnail_is_read_once_and_again_when_its_run_goes_on(
    qtbot: QtBot, library: Library, some: list[Summary]
) -> None:
    made, reads = table(qtbot, library, some)
    for _ in range(10):
        made.grab()
    count = len(reads.asked)
    made.grab()
    assert len(reads.asked) == count
    run = made.runs.run(0)
    made.runs.set_runs([replace(run, updated=run.updated + 1) if one is run else one for one in some])
    made.grab()
    assert reads.asked[count:] == [run.id]


def test_pictures_that_a_redraw_has_no_time_for_come_with_the_next(
    qtbot: QtBot, library: Library, some: list[Summary], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_thumbnails, "FRAME_SECONDS", 0.0)
    made, reads = table(qtbot, library, some)
    qtbot.waitUntil(lambda: len(set(reads.asked)) >= made.viewport().height() // made.rowHeight(0))
    assert len(reads.asked) == len(set(reads.asked))


def test_only_the_newest_pictures_are_kept_in_memory(qapp: QApplication, some: list[Summary]) -> None:
    thumbnails = Thumbnails(lambda _number: None)
    thumbnails.begin_frame()
    for number in range(KEPT + 50):
        thumbnails.begin_frame()
        thumbnails.of(replace(some[0], id=number))
    assert len(thumbnails.known) == KEPT


def test_a_picture_that_is_damaged_or_missing_is_no_picture(qapp: QApplication, some: list[Summary]) -> None:
    for png in (None, b"", b"not a picture"):
        thumbnails = Thumbnails(lambda _number, png=png: png)  # type: ignore[misc]
        thumbnails.begin_frame()
        assert thumbnails.of(some[0]) is None


# -- looks ---------------------------------------------------


def test_every_state_is_drawn_in_both_themes(
    qapp: QApplication, qtbot: QtBot, library: Library, some: list[Summary]
) -> None:
    runs = [replace(run, state=state, steps=100, step=30) for run, state in zip(some, STATES, strict=False)]
    made, _ = table(qtbot, library, runs)
    grounds = []
    for mode in ("dark", "light"):
        theme.apply(qapp, mode)
        shown = made.grab().toImage()
        grounds.append(shown.pixelColor(made.columnViewportPosition(Column.DATA) + 2, 60).lightness())
    assert grounds[0] < 60 < 200 < grounds[1]


def test_every_cell_has_words_and_a_tip_that_no_number_can_break(some: list[Summary]) -> None:
    model = RunModel()
    strange = replace(
        some[0], psnr=float("inf"), objective=float("nan"), steps=0, step=0, seconds=0, epoch=0.0, variant=""
    )
    model.set_runs([strange])
    for column in Column:
        for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            assert isinstance(model.data(model.index(0, column), role), str)
    assert model.data(QModelIndex()) is None
    assert model.rowCount(model.index(0, 0)) == 0


def test_a_run_that_nobody_scored_says_so_where_its_scores_would_stand(some: list[Summary]) -> None:
    scored = replace(some[0], state="stopped", objective=2.5, psnr=21.25)
    planar = replace(scored, state="completed", psnr=None)
    stopped = replace(scored, objective=None, psnr=None)
    training = replace(stopped, state="training")
    said = {run: (TEXTS[Column.OBJECTIVE](run), TEXTS[Column.PSNR](run)) for run in (scored, planar, stopped, training)}
    assert said[scored] == ("2.5", "21.25")
    assert said[planar] == ("2.5", "–")  # points of the plane have no peak signal
    assert said[stopped] == ("not scored", "not scored")
    assert said[training] == ("–", "–")
    assert str(COLUMNS[Column.PSNR].heading) == "Held-out PSNR"
    assert facts(stopped)[Text("Held-out PSNR")] == facts(stopped)[Text("Held-out objective")] == "not scored"


def test_points_of_the_plane_are_not_called_images(some: list[Summary]) -> None:
    assert facts(replace(some[0], data="Points in the plane", shape=(1, 1, 2)))[Text("Data")] == (
        "Points in the plane, 2 numbers each"
    )


def test_a_tooltip_tells_the_whole_note_and_the_full_date(some: list[Summary]) -> None:
    model = RunModel()
    model.set_runs([replace(some[0], note="one\ntwo", error="", state="stopped")])
    tip = model.data(model.index(0, Column.TITLE), Qt.ItemDataRole.ToolTipRole)
    assert "one\ntwo" in tip
    assert str(STATES["stopped"]) in tip
    date = model.data(model.index(0, Column.TRAINED), Qt.ItemDataRole.ToolTipRole)
    assert time.strftime("%Y") in date
    assert date.count(":") == 4


# -- words ---------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "just now"),
        (59, "just now"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (7200, "2 h ago"),
        (86_400, "yesterday"),
    ],
)
def test_a_date_is_told_as_how_long_ago(seconds: float, said: str) -> None:
    assert ago(1e9 - seconds, 1e9) == said


def test_an_old_date_is_told_as_a_date() -> None:
    assert ago(0.0, 1e9).endswith("1970") or ago(0.0, 1e9).endswith("1969")
    assert ago(1e9 - 30 * 86_400, 1e9) == "30 days ago"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0.0 s"),
        (9.94, "9.9 s"),
        (41.2, "41 s"),
        (60, "1 min"),
        (200, "3 min 20 s"),
        (7500, "2 h 5 min"),
        (273_600, "3 d 4 h"),
    ],
)
def test_a_duration_has_two_units_at_most(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0"), (999, "999"), (1000, "1 k"), (12_345, "12.3 k"), (999_600, "1 M"), (4_560_000, "4.56 M")],
)
def test_a_count_is_written_with_three_digits(count: int, said: str) -> None:
    assert compact(count) == said


def test_a_note_is_told_by_its_first_line_with_something_on_it() -> None:
    assert first_line("\n  \n two\nthree") == "two"
    assert first_line("") == ""


def test_steps_are_told_with_those_to_come(some: list[Summary]) -> None:
    assert steps(replace(some[0], step=1200, steps=4500)) == "1.2 k of 4.5 k"
    assert steps(replace(some[0], step=4500, steps=4500)) == "4.5 k steps"


def test_rows_hold_three_lines_in_every_size(
    qtbot: QtBot, qapp: QApplication, library: Library, some: list[Summary]
) -> None:
    made, _reads = table(qtbot, library, some)
    for percent in (150, 200, 100):
        theme.set_scale(qapp, percent)
        assert made.rowHeight(0) >= 3 * made.fontMetrics().height() + 8
