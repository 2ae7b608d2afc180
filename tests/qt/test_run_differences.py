"""The settings of runs beside each other."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from aestudio.core.library.catalogue import Library
from aestudio.core.parts.penalties.kl_sparsity import KLSparsity
from aestudio.core.run import recipes
from aestudio.core.run.run import Run, differences
from aestudio.qt.pages.runs.differences import RunDifferences
from aestudio.qt.pages.runs.page import RunsPage
from aestudio.studio.runs.settings import UNTOLD, SettingRow, table
from tests.many_runs import fill
from tests.trained_runs import train


def rows(runs: list[Run], *, every: bool = False) -> dict[str, SettingRow]:
    return {row.path: row for row in table(runs, every=every)}


def test_two_recipes_differ_in_what_differences_says() -> None:
    one, other = recipes.find("sparse-kl").run(), recipes.find("contractive").run()
    told, sparse = rows([one, other]), one.penalties[0]
    assert isinstance(sparse, KLSparsity)
    assert set(told) == set(differences(one, other)) - UNTOLD
    assert all(row.differs for row in told.values())
    assert told["penalties.kl-sparsity.target"].values == (f"{sparse.target:g}", "–")


def test_settings_are_named_by_their_labels_and_units() -> None:
    labels = {path: row.label for path, row in rows([recipes.find("sparse-kl").run()], every=True).items()}
    assert labels["penalties.kl-sparsity.target"] == "KL sparsity: Target ρ̂"
    assert labels["network.widths"] == "Network: Layer widths"
    assert labels["network.kind"] == "Network"
    assert labels["batch_size"] == "Batch size (images)"
    assert labels["epochs"] == "Epochs"
    assert not UNTOLD & set(labels)


def test_kinds_are_written_by_their_titles() -> None:
    run = Run().with_value("corruption", "gaussian").with_value("network.widths", [20, 4])
    told = rows([run, Run()])
    assert told["corruption.kind"].values[0] == "Gaussian noise"
    assert told["network.widths"].values[0] == "20, 4"


@pytest.mark.parametrize("recipe", recipes.everything())
def test_every_setting_of_every_recipe_has_a_label(recipe: str) -> None:
    for path, row in rows([recipes.find(recipe).run()], every=True).items():
        assert row.label != path
        assert row.values[0]


def test_all_settings_say_which_of_them_differ() -> None:
    told = rows([Run(), Run(seed=3), Run()], every=True)
    assert [path for path, row in told.items() if row.differs] == ["seed"]
    assert told["seed"].values == ("0", "3", "0")
    assert len(told) > 10


def test_runs_that_are_alike_say_so(qtbot: QtBot, library: Library) -> None:
    made = RunDifferences()
    qtbot.addWidget(made)
    fill(library, 2)
    made.set_runs(library.runs(), [Run(), Run(title="Another title")])
    assert made.said.text() == "All settings are the same"
    assert made.said.isVisibleTo(made)


def test_the_page_shows_what_differs_or_everything_and_marks_it(
    qtbot: QtBot, runs_page: RunsPage, library: Library
) -> None:
    train(library, "One", {"seed": 1})
    train(library, "Two", {"seed": 2, "batch_size": 8})
    runs_page.set_library(library)
    runs_page.table.choose([1, 2])
    runs_page.details.tabs.setCurrentWidget(runs_page.details.differences)
    shown = runs_page.details.differences
    qtbot.waitUntil(lambda: shown.model.rowCount() == 2)
    assert shown.count.text() == "2 settings differ"
    heads = [shown.model.headerData(n, Qt.Orientation.Horizontal) for n in range(2)]
    assert heads == ["#2 Two", "#1 One"]
    first, second = (shown.model.index(0, column) for column in range(2))
    assert first.data(Qt.ItemDataRole.BackgroundRole) is None
    assert second.data(Qt.ItemDataRole.BackgroundRole) is not None
    shown.every.setChecked(True)
    assert shown.model.rowCount() > 10
    runs_page.table.choose([1])
    qtbot.waitUntil(lambda: shown.model.columnCount() == 1)
    assert runs_page.details.tabs.tabText(3) == "Settings"
    assert not shown.every.isVisible()


def test_ctrl_c_copies_the_table_for_a_spreadsheet(qtbot: QtBot, library: Library) -> None:
    made = RunDifferences()
    qtbot.addWidget(made)
    fill(library, 2)
    library.rename(1, "One")
    library.rename(2, "Two")
    made.set_runs(library.runs(), [Run(epochs=5, seed=1), Run(epochs=6)])
    QTest.keyClick(made.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "Setting\t#2 Two\t#1 One\nEpochs\t5\t6\nSeed\t1\t0"
    made.table.selectRow(1)
    QTest.keyClick(made.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "Setting\t#2 Two\t#1 One\nSeed\t1\t0"
