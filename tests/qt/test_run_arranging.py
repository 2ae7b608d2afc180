"""The page of runs put in order by the person: tags, columns of settings and scores, groups, tables as files."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QInputDialog, QMenu
from pytestqt.qtbot import QtBot

from aestudio.core.export.format import Exported
from aestudio.core.ground import folders
from aestudio.core.library.catalogue import Library
from aestudio.core.library.summary import Summary
from aestudio.core.parts.slots import options
from aestudio.core.run.run import FAMILIES
from aestudio.qt.habits import Habits
from aestudio.qt.pages.runs.apart import Apart
from aestudio.qt.pages.runs.delegate import HEAD, ROW
from aestudio.qt.pages.runs.fact_chooser import FactChooser
from aestudio.qt.pages.runs.page import RunsPage
from aestudio.qt.pages.runs.tag_dialog import TagDialog
from aestudio.studio.notice import Failed, Noted
from aestudio.studio.runs.grouping import Group
from aestudio.studio.runs.rows import COLUMNS, Column, RunFacts
from tests.core.test_asking import SUMMARY
from tests.many_runs import fill
from tests.qt.runs_page import key, titles

RATE = "optimiser.learning_rate"
TIP = Qt.ItemDataRole.ToolTipRole


@pytest.fixture
def page(runs_page: RunsPage, library: Library) -> RunsPage:
    """Twenty runs, whose pages have been drawn."""
    fill(library, 20)
    runs_page.set_library(library)
    runs_page.grab()
    return runs_page


def dialog(page: RunsPage, kind: type[TagDialog] | type[FactChooser]) -> TagDialog | FactChooser:
    found: list[TagDialog | FactChooser] = [one for one in page.findChildren(kind) if one.isVisible()]
    assert len(found) == 1
    return found[0]


def entry(menu: QMenu, text: str) -> QAction:
    return next(action for action in menu.actions() if action.text() == text)


# -- tags --------------------------------------------------------------------------------------------------------------


def test_tags_typed_for_two_runs_are_found_by_a_search_and_taken_back(page: RunsPage, library: Library) -> None:
    page.table.choose([3, 5])
    key(page, Qt.Key.Key_T)
    asked = dialog(page, TagDialog)
    assert isinstance(asked, TagDialog)
    QTest.keyClicks(asked.box, "Seeds, chapter-3")
    asked.accept()
    assert library.summary(3).tags == library.summary(5).tags == ("chapter-3", "seeds")
    page.search.box.setText("tag:seeds")
    assert {run.id for run in page.model.rows()} == {3, 5}
    assert page.keeper.undo_text().template == "&Undo the change of tags"
    page.commands.undo()
    assert library.summary(3).tags == ()
    assert page.model.rows() == []
    assert not page.keeper.can_undo


def test_what_only_some_of_the_chosen_runs_have_stays(page: RunsPage, library: Library) -> None:
    page.keeper.tag({1: ("both", "own"), 2: ("both",)}, library.runs())
    asked = TagDialog([library.summary(1), library.summary(2)], ["own"], page)
    assert asked.box.text() == "both"
    asked.box.setText("new")
    assert asked.wanted() == {1: ("new", "own"), 2: ("new",)}
    asked.box.setText("a<b")
    assert not asked.buttons.buttons()[0].isEnabled()


def test_a_click_on_a_tag_of_other_runs_puts_it_into_the_line(page: RunsPage, library: Library) -> None:
    asked = TagDialog([library.summary(1)], ["seeds"], page)
    asked._chips["seeds"].click()
    assert asked.typed() == ("seeds",)
    asked._chips["seeds"].click()
    assert asked.typed() == ()


@pytest.mark.parametrize("typed", ["Seeds, #other", "seeds,other", "#Seeds other"])
def test_a_click_takes_out_a_tag_however_it_is_written(page: RunsPage, library: Library, typed: str) -> None:
    asked = TagDialog([library.summary(1)], ["seeds"], page)
    asked.box.setText(typed)
    asked._chips["seeds"].click()
    assert asked.typed() == ("other",)
    assert not asked._chips["seeds"].isChecked()


def test_a_click_takes_nothing_out_of_a_line_that_cannot_be_read(page: RunsPage, library: Library) -> None:
    asked = TagDialog([library.summary(1)], ["seeds", "more"], page)
    asked.box.setText("seeds a<b")
    asked._chips["more"].click()
    assert asked.box.text() == "seeds a<b more"
    assert not asked._chips["more"].isChecked()


def test_tags_of_runs_that_are_gone_do_not_block_what_is_taken_back(page: RunsPage, library: Library) -> None:
    page.keeper.tag({1: ("kept",), 2: ("kept",)}, [library.summary(1), library.summary(2)])
    page.keeper.tag({1: (), 2: ()}, [library.summary(1), library.summary(2)])
    library.trash([1])
    library.empty_trash()
    back: list[int] = []
    page.keeper.undo(back.extend)
    assert back == [1, 2]
    assert library.summary(2).tags == ("kept",)


def test_a_deletion_and_tags_are_taken_back_the_last_first(page: RunsPage, library: Library) -> None:
    page.keeper.tag({1: ("kept",)}, [library.summary(1)])
    page.keeper.trash([library.summary(2)])
    back: list[int] = []
    page.keeper.undo(back.extend)
    page.keeper.undo(back.extend)
    assert back == [2, 1]
    assert library.summary(1).tags == ()


def test_tags_that_change_nothing_are_nothing_to_take_back(page: RunsPage, library: Library) -> None:
    page.keeper.tag({1: ()}, [library.summary(1)])
    assert not page.keeper.can_undo


# -- columns -----------------------------------------------------------------------------------------------------------


def test_any_setting_or_score_is_a_column_that_sorts(page: RunsPage) -> None:
    page.arranging.show_facts([RATE, "scores.mse"])
    place = len(COLUMNS)
    assert page.model.headerData(place, Qt.Orientation.Horizontal) == "Learning rate"
    assert page.model.headerData(place, Qt.Orientation.Horizontal, TIP) == f"Learning rate\n{RATE}"
    assert page.model.headerData(place + 1, Qt.Orientation.Horizontal, TIP) == "Mean squared error\nscores.mse"
    assert not page.table.isColumnHidden(place)
    page.table.sort_by(place, falling=False)
    rates = [page.model.facts(run)[RATE][0] for run in page.model.rows()]
    assert rates == sorted(rates)
    assert page.model.index(0, place).data() == f"{rates[0]:.6g}"
    page.grab()


def test_a_column_that_is_sorted_by_and_goes_leaves_the_usual_order(page: RunsPage) -> None:
    before = titles(page)
    page.arranging.show_facts([RATE])
    page.table.sort_by(len(COLUMNS), falling=True)
    page.arranging.show_facts([])
    assert page.table.horizontalHeader().sortIndicatorSection() == Column.TRAINED
    assert titles(page) == before


def test_settings_are_found_in_the_dialog_by_a_part_of_their_name_and_ticked_by_keys(page: RunsPage) -> None:
    entry(page.arranging.columns_menu(), "Settings and scores…").trigger()
    asked = dialog(page, FactChooser)
    assert isinstance(asked, FactChooser)
    QTest.keyClicks(asked.search, "rate learn")
    names = [asked.list.item(row).text().split("   ")[0] for row in range(asked.list.count())]
    assert names == ["Learning rate · learning_rate", "Learning rate over time · rate"]
    asked.search.setText("learning-rate")
    assert asked.list.count() == 1
    QTest.keyClick(asked.list, Qt.Key.Key_Space)
    asked.accept()
    assert page.model.shown_facts() == (RATE,)
    entry(page.arranging.columns_menu(), "Learning rate").trigger()
    assert page.model.shown_facts() == ()


def test_columns_order_and_groups_are_there_the_next_time(
    page: RunsPage, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: Library
) -> None:
    monkeypatch.setattr(folders, "settings", lambda: tmp_path / "window.ini")
    page.arranging.show_facts([RATE])
    page.table.sort_by(len(COLUMNS), falling=False)
    page.table.show_columns([Column.TITLE, Column.PSNR])
    page.arranging.group_by("data")
    kept = page.remembered()
    Habits().keep(page, [page])
    other = RunsPage(page.studio)
    other.set_library(library)
    Habits().furnish(other)
    assert other.remembered() == kept
    assert kept["group"] == "data"
    other.shut(10)
    other.deleteLater()


def test_what_was_kept_by_hand_wrongly_is_as_if_nothing_had_been_chosen(page: RunsPage) -> None:
    kept = page.remembered()
    page.recall({"columns": "NONSENSE", "order": "nothing falling", "group": ""}.get)
    assert page.remembered() == kept


def test_columns_go_by_the_names_of_a_search_until_torch_is_in_and_then_by_titles(
    page: RunsPage, qtbot: QtBot, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.arranging.show_facts([RATE, "network"])
    monkeypatch.setattr(page.model, "ready", False)

    def heads() -> list[str]:
        across = range(len(COLUMNS), page.model.columnCount())
        return [page.model.headerData(place, Qt.Orientation.Horizontal) for place in across]

    assert heads() == ["learning_rate", "network"]
    with qtbot.waitSignal(page.model.headerDataChanged):
        page.model.name_settings()
    assert heads() == ["Learning rate", "Network"]
    shown = {page.model.index(row, len(COLUMNS) + 1).data() for row in range(page.model.rowCount())}
    assert shown == {options(FAMILIES["network"])[run.network.kind].title for run in map(library.run, range(1, 21))}


# -- groups ------------------------------------------------------------------------------------------------------------


def test_runs_are_put_together_below_headings_that_tell_how_good_they_are(page: RunsPage) -> None:
    entry(page.arranging.group_menu(), "Data").trigger()
    heads = page.model.heads()
    assert sum(len(group.runs) for group in heads.values()) == 20
    assert [run.id for group in heads.values() for run in group.runs] == [run.id for run in page.model.rows()]
    assert page.search.groups.isChecked()
    largest = max(heads.values(), key=lambda group: len(group.runs))
    assert page.model.heading(largest).startswith(f"{largest.value} · {len(largest.runs)} runs · PSNR ")
    assert all(page.table.rowHeight(row) == ROW + HEAD * (row in heads) for row in range(20))
    page.grab()
    entry(page.arranging.group_menu(), "No groups").trigger()
    assert {page.table.rowHeight(row) for row in range(20)} == {ROW}
    assert not page.search.groups.isChecked()


def test_any_setting_puts_runs_together_in_its_order(page: RunsPage) -> None:
    page.arranging.group_by(RATE)
    said = [page.model.heading(group) for group in page.model.heads().values()]
    rates = [float(one.split(" · ")[0].removeprefix("Learning rate = ")) for one in said]
    assert rates == sorted(rates)


def click_head(page: RunsPage, row: int, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    place = QPoint(60, page.table.rowViewportPosition(row) + HEAD // 2)
    QTest.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, held, place)


def test_a_click_on_a_heading_folds_and_unfolds_its_group(page: RunsPage) -> None:
    page.arranging.group_by("variant")
    count = page.model.rowCount()
    (row, group), (second, _), *_ = page.model.heads().items()
    assert len(group.runs) > 1
    click_head(page, row)
    assert page.model.rowCount() == count - len(group.runs) + 1
    assert page.table.rowHeight(row) == HEAD
    assert list(page.model.heads())[1] == second - len(group.runs) + 1
    assert len(page.model.found()) == count
    assert str(page.model.index(row, Column.TITLE).data()) == page.model.heading(group)
    page.grab()
    click_head(page, row)
    assert page.model.rowCount() == count
    assert page.table.rowHeight(row) == ROW + HEAD


def test_left_folds_the_group_and_right_unfolds_it(page: RunsPage) -> None:
    page.arranging.group_by("variant")
    count = page.model.rowCount()
    group = next(group for group in page.model.heads().values() if len(group.runs) > 1)
    page.table.choose([group.runs[1].id])
    key(page, Qt.Key.Key_Left)
    assert page.model.folded() == {group.value}
    key(page, Qt.Key.Key_Left)
    assert page.model.folded() == {group.value}
    key(page, Qt.Key.Key_G)
    assert sorted(page.table.chosen()) == sorted(run.id for run in group.runs)
    key(page, Qt.Key.Key_Right)
    assert not page.model.folded()
    assert page.model.rowCount() == count
    assert sorted(page.table.chosen()) == sorted(run.id for run in group.runs)


def test_all_groups_fold_at_once_and_are_folded_the_next_time(page: RunsPage) -> None:
    page.arranging.group_by("variant")
    count, groups = page.model.rowCount(), len(page.model.heads())
    entry(page.arranging.group_menu(), "Fold all groups").trigger()
    assert page.model.rowCount() == groups
    kept = page.remembered()
    entry(page.arranging.group_menu(), "Unfold all groups").trigger()
    assert page.model.rowCount() == count
    page.arranging.group_by("")
    page.recall(kept.get)
    assert page.model.rowCount() == groups
    page.recall({**kept, "folded": "[nonsense"}.get)
    assert page.model.rowCount() == count


def test_the_keyboard_stays_at_a_folded_group_while_runs_come_and_at_the_group_that_its_run_is_folded_into(
    page: RunsPage, library: Library
) -> None:
    page.arranging.group_by("variant")
    group = max(page.model.heads().values(), key=lambda one: len(one.runs))
    page.table.choose([group.runs[-1].id])
    entry(page.arranging.group_menu(), "Fold all groups").trigger()
    fill(library, 1)
    page.refresh()
    there = page.model.folded_at(page.table.currentIndex().row())
    assert there is not None
    assert there.value == group.value
    key(page, Qt.Key.Key_Right)
    assert group.value not in page.model.folded()


def test_a_run_that_is_chosen_from_elsewhere_unfolds_its_group(page: RunsPage) -> None:
    page.arranging.group_by("variant")
    page.table.fold_all(fold=True)
    group = max(page.model.heads().values(), key=lambda one: len(one.runs))
    page.table.choose([group.runs[-1].id])
    assert page.table.chosen() == [group.runs[-1].id]
    assert group.value not in page.model.folded()


def test_a_click_with_ctrl_on_a_heading_or_g_chooses_the_whole_group(page: RunsPage) -> None:
    page.arranging.group_by("variant")
    (row, group), *_ = page.model.heads().items()
    click_head(page, row, Qt.KeyboardModifier.ControlModifier)
    assert sorted(page.table.chosen()) == sorted(run.id for run in group.runs)
    last = max(page.model.heads())
    page.table.choose([page.model.run(last).id])
    key(page, Qt.Key.Key_G)
    assert sorted(page.table.chosen()) == sorted(run.id for run in page.model.heads()[last].runs)


def test_the_mean_of_a_group_is_that_of_finite_scores() -> None:
    runs = [replace(SUMMARY, id=number, psnr=psnr) for number, psnr in enumerate((10.0, math.inf, -math.inf, 20.0))]
    assert "15.00 ± 7.07 dB" in Group("title", "One", tuple(runs)).heading()


def test_runs_without_a_tag_are_the_last_group(page: RunsPage, library: Library) -> None:
    page.keeper.tag({1: ("zebra",), 4: ("zebra",)}, library.runs())
    page.arranging.group_by("tag")
    assert [group.value for group in page.model.heads().values()] == ["zebra", "no tag"]


def test_a_choice_outlives_grouping(page: RunsPage) -> None:
    page.table.choose([7])
    page.arranging.group_by("data")
    assert page.table.chosen() == [7]


# -- told apart --------------------------------------------------------------------------------------------------------


def test_runs_of_one_title_say_what_differs(qtbot: QtBot, page: RunsPage, library: Library) -> None:
    run = library.run(1)
    for number, epochs in ((2, 11), (3, 12)):
        changed = run.with_value("epochs", epochs)
        library.write([number], title=run.title, run=changed.to_json())
    library.write([number for number in range(1, 21) if number not in (2, 3)], title="Another")
    page.refresh()
    page.feed.load(library)
    page.grab()
    rows = {one.id: one for one in page.model.rows()}
    qtbot.waitUntil(lambda: "Epochs = 11" in page.apart.of(rows[2]))
    assert "Epochs = 12" in page.apart.of(rows[3])
    tip = page.model.index(page.model.row_of(2) or 0, Column.TITLE).data(Qt.ItemDataRole.ToolTipRole)
    assert "Epochs = 11" in tip


def test_a_setting_has_its_title_as_soon_as_torch_is_in(qtbot: QtBot) -> None:
    settings = {1: {"epochs": 2}, 2: {"epochs": 3}}
    runs = [replace(SUMMARY, id=1), replace(SUMMARY, id=2)]
    told = Apart(RunFacts(settings.__getitem__))
    told.set_runs(runs)
    with qtbot.waitSignal(told.changed):
        told.of(runs[0])
    told.tell_anew()
    with qtbot.waitSignal(told.changed):
        assert told.of(runs[0]) == "epochs = 2"
    assert told.of(runs[0]) == "Epochs = 2"


def test_what_differs_is_found_anew_where_a_run_goes_on_with_other_settings(qtbot: QtBot) -> None:
    settings = {1: {"epochs": 2}, 2: {"epochs": 3}}
    runs = [replace(SUMMARY, id=1), replace(SUMMARY, id=2)]
    told = Apart(RunFacts(settings.__getitem__))
    told.set_runs(runs)
    with qtbot.waitSignal(told.changed):
        assert told.of(runs[0]) == ""
    assert told.of(runs[0]) == "epochs = 2"
    settings[1] = {"epochs": 7}
    again = [replace(runs[0], updated=1.0), replace(runs[1])]
    told.set_runs(again)
    with qtbot.waitSignal(told.changed):
        assert told.of(again[0]) == "epochs = 2"
    assert told.of(again[0]) == "epochs = 7"


def _says(told: Apart, run: Summary, text: str) -> bool:
    return told.of(run) == text


def test_what_differs_is_not_found_anew_where_nothing_changed(qtbot: QtBot) -> None:
    settings = {1: {"epochs": 2}, 2: {"epochs": 3}}
    read: list[int] = []

    def reading(number: int) -> dict[str, int]:
        read.append(number)
        return settings[number]

    told = Apart(RunFacts(reading))
    for _ in range(2):
        runs = [replace(SUMMARY, id=1), replace(SUMMARY, id=2)]
        told.set_runs(runs)
        told.of(runs[0])
        qtbot.waitUntil(partial(_says, told, runs[0], "epochs = 2"))
        assert not told._working.isActive()
    assert sorted(read) == [1, 2]


# -- tables ------------------------------------------------------------------------------------------------------------


def test_a_table_holds_the_chosen_runs_with_the_columns_that_are_shown(
    qtbot: QtBot, page: RunsPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "table"), ""))
    page.arranging.show_facts([RATE])
    page.table.show_columns([Column.TITLE, Column.PSNR])
    page.table.choose([2, 9])
    page.commands.save_table()
    path = tmp_path / "table.csv"
    qtbot.waitUntil(path.exists)
    heading, *rows = csv.reader(path.read_text().splitlines())
    assert heading == ["run", "title", "tags", "state", "psnr_db", RATE]
    assert [row[0] for row in rows] == [str(run.id) for run in page.model.rows() if run.id in (2, 9)]
    assert [float(row[-1]) for row in rows] == [
        page.model.facts(run)[RATE][0] for run in page.model.rows() if run.id in (2, 9)
    ]


def test_without_a_choice_a_table_holds_all_that_is_shown(
    qtbot: QtBot, page: RunsPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "all.csv"), ""))
    page.commands.save_table()
    qtbot.waitUntil((tmp_path / "all.csv").exists)
    assert len((tmp_path / "all.csv").read_text().splitlines()) == 21


# -- exports -----------------------------------------------------------------------------------------------------------


def test_several_runs_are_exported_into_a_folder_and_what_could_not_be_is_said(
    qtbot: QtBot, page: RunsPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """These runs were never trained, so none has a model."""
    monkeypatch.setattr(QInputDialog, "getItem", lambda *_: ("ONNX", True))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "models"))
    told: list[object] = []
    monkeypatch.setattr(page.studio, "tell", told.append)
    page.table.choose([2, 9])
    assert page.commands["exportRun"].can()
    page.several.ask(page.chosen())
    qtbot.waitUntil(lambda: bool(told))
    (said,) = told
    assert isinstance(said, Failed)
    assert f"Exported 0 of 2 runs into {tmp_path / 'models'}. 00" in said.sentence


def test_exports_of_several_runs_are_told_by_their_number(page: RunsPage, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    monkeypatch.setattr(page.studio, "tell", told.append)
    page.several._tell([Exported(Path("a"), (Path("a"),), 1, None)] * 2, "")
    (said,) = told
    assert isinstance(said, Noted)
    assert said.sentence.startswith("Exported 2 runs into ")
