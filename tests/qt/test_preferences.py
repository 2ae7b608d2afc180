"""Preferences: how often checkpoints are taken and how much room they may have, kept for the next start."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from aestudio.core.library.catalogue import Library
from aestudio.core.training.every import Every
from aestudio.qt.preferences import GIB, Preferences


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
    with qtbot.waitSignal(dialog.every_changed) as told:
        dialog.buttons.button(QDialogButtonBox.StandardButton.Ok).click()
    assert told.args == ["2 epochs"]
    with Library(tmp_path / "library") as library:
        assert library.budget == 1.5 * GIB


def test_what_is_no_time_is_refused_in_words(dialog: Preferences) -> None:
    dialog.every.setText("often")
    assert "30s, 5min or 2 epochs" in dialog.problem.text()
    assert not dialog.buttons.button(QDialogButtonBox.StandardButton.Ok).isEnabled()
    dialog.every.setText("never")
    assert dialog.buttons.button(QDialogButtonBox.StandardButton.Ok).isEnabled()


def test_without_a_library_only_the_interval_can_be_set(qtbot: QtBot) -> None:
    dialog = Preferences(Every(60), None)
    qtbot.addWidget(dialog)
    assert dialog.every.text() == "1min"
    assert not dialog.budget.isEnabled()


@pytest.mark.parametrize("text", ["30s", "5min", "2 epochs", "never", "0.2s"])
def test_an_interval_is_written_as_it_is_read(text: str) -> None:
    assert Every.from_text(text).text() == text
