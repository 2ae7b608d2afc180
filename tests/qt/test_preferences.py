"""Preferences: how often checkpoints are taken and how much room they may have, kept for the next start."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from aestudio import __version__
from aestudio.core.ground import folders
from aestudio.core.ground.cores import cores
from aestudio.core.library.catalogue import Library
from aestudio.core.library.moments import room_for_moments
from aestudio.core.training.every import Every
from aestudio.qt import theme
from aestudio.qt.display import USUAL, display
from aestudio.qt.preferences import GIB, Preferences
from aestudio.qt.window import Window
from tests.present import present
from tests.qt.conftest import settle


@pytest.fixture
def dialog(qtbot: QtBot, tmp_path: Path) -> Preferences:
    made = Preferences(Every(30), Library(tmp_path / "library"))
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    made.show()
    return made


def test_what_is_set_is_told_and_kept(qtbot: QtBot, dialog: Preferences, tmp_path: Path) -> None:
    dialog.every.setText("2 epochs")
    dialog.budget.setValue(1.5)
    dialog.snapshots.setValue(3)
    with qtbot.waitSignal(dialog.every_changed) as told:
        dialog.buttons.button(QDialogButtonBox.StandardButton.Ok).click()
    assert told.args == ["2 epochs"]
    with Library(tmp_path / "library") as library:
        assert library.budget == 1.5 * GIB
        assert room_for_moments(library) == 3 * 2**20


def test_what_is_no_time_is_refused_in_words(dialog: Preferences) -> None:
    dialog.every.setText("often")
    assert "30s, 5min or 2 epochs" in dialog.problem.text()
    assert not dialog.buttons.button(QDialogButtonBox.StandardButton.Ok).isEnabled()
    dialog.every.setText("never")
    assert dialog.buttons.button(QDialogButtonBox.StandardButton.Ok).isEnabled()


def test_the_scheduler_of_a_cluster_is_told_and_what_is_no_address_refused(qtbot: QtBot, dialog: Preferences) -> None:
    ok = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)
    dialog.scheduler.setText("somewhere")
    assert "tcp://192.168.1.2:8786" in dialog.no_cluster.text()
    assert not ok.isEnabled()
    dialog.scheduler.setText(" tcp://10.0.0.1:8786 ")
    with qtbot.waitSignal(dialog.scheduler_changed) as told:
        ok.click()
    assert told.args == ["tcp://10.0.0.1:8786"]


def test_how_many_runs_of_a_study_train_at_a_time_is_told_and_is_at_most_the_cores(
    qtbot: QtBot, dialog: Preferences
) -> None:
    assert dialog.jobs.maximum() == cores()
    dialog.jobs.setMaximum(8)
    dialog.jobs.setValue(3)
    with qtbot.waitSignal(dialog.jobs_changed) as told:
        dialog.buttons.button(QDialogButtonBox.StandardButton.Ok).click()
    assert told.args == [3]


def test_what_is_wrong_in_both_boxes_is_seen_whole(dialog: Preferences) -> None:
    dialog.tabs.setCurrentIndex(1)
    settle(dialog)
    dialog.every.setText("often")
    dialog.scheduler.setText("somewhere")
    settle(dialog)
    for said in (dialog.problem, dialog.no_cluster):
        assert said.height() >= said.heightForWidth(said.width())


def test_without_a_library_only_the_interval_can_be_set(qtbot: QtBot) -> None:
    dialog = Preferences(Every(60), None)
    qtbot.addWidget(dialog)
    assert dialog.every.text() == "1min"
    assert not dialog.budget.isEnabled()
    assert not dialog.snapshots.isEnabled()


@pytest.mark.parametrize("text", ["30s", "5min", "2 epochs", "never", "0.2s"])
def test_an_interval_is_written_as_it_is_read(text: str) -> None:
    assert Every.from_text(text).text() == text


def chosen(box: QComboBox, value: object) -> None:
    """As a person would."""
    place = box.findData(value)
    assert place >= 0
    box.setCurrentIndex(place)


def ok(dialog: Preferences) -> None:
    dialog.buttons.button(QDialogButtonBox.StandardButton.Ok).click()


def test_how_things_look_is_chosen_with_ok_and_not_before(dialog: Preferences) -> None:
    looks = dialog.looks
    chosen(looks.colours, "viridis")
    chosen(looks.unit, False)
    chosen(looks.scale, 125)
    looks.smoothing.setValue(40)
    assert {name: getattr(display(), name) for name in USUAL} == USUAL
    ok(dialog)
    wanted = {"colours": "viridis", "per_pixel": False, "scale": 125, "smoothing": 40}
    assert {name: getattr(display(), name) for name in USUAL} == wanted


def test_the_dialog_begins_with_what_holds(qtbot: QtBot) -> None:
    display().choose(colours="viridis", per_pixel=False, smoothing=12, scale=110)
    dialog = Preferences(Every(60), None)
    qtbot.addWidget(dialog)
    assert dialog.looks.choices() == {"colours": "viridis", "per_pixel": False, "smoothing": 12, "scale": 110}


def test_the_theme_that_is_chosen_dresses_the_window_and_is_ticked_in_the_menu(window: Window) -> None:
    window.action("preferences").trigger()
    dialog = present(window.findChild(Preferences))
    chosen(dialog.looks.theme, "dark")
    ok(dialog)
    assert theme.mode() == "dark"
    assert window.action("dark").isChecked()
    assert not window.action("light").isChecked()


def test_folders_and_device_are_told(window: Window, tmp_path: Path) -> None:
    window.action("preferences").trigger()
    dialog = present(window.findChild(Preferences))
    said = [one.text() for one in dialog.findChildren(QLineEdit)] + [one.text() for one in dialog.findChildren(QLabel)]
    for wanted in (folders.datasets(), folders.recipes(), tmp_path, window.document.compute.description):
        assert str(wanted) in said


def test_about_names_the_version_and_closes(window: Window) -> None:
    window.action("about").trigger()
    dialog = present(window.findChild(QDialog, "about"))
    assert any(__version__ in one.text() for one in dialog.findChildren(QLabel))
    dialog.findChildren(QDialogButtonBox)[0].buttons()[0].click()
    assert not dialog.isVisible()
