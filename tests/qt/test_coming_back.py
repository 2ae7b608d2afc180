"""Whoever quits comes back to what was open."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from aestudio.core.data.source import Data
from aestudio.core.ground import folders
from aestudio.core.ground.ini import Ini
from aestudio.core.parts.slots import options
from aestudio.qt.window import Window
from aestudio.studio.remarks import fitted_settings
from aestudio.studio.status import State
from tests.present import present
from tests.qt.conftest import opened_window


@pytest.mark.slow
def test_settings_are_open_again_and_a_trained_model_with_them(qtbot: QtBot, tmp_path: Path) -> None:
    with opened_window(tmp_path) as window:
        window.document.choose_recipe("linear")
        window.document.set_value("network.code_size", 5)
        left = window.document.run
    with opened_window(tmp_path) as window:
        assert window.document.run == left
        assert window.document.preview is None
        assert not window.notices.isVisibleTo(window)
        window.document.set_value("epochs", 2)
        window.document.train()
        qtbot.waitUntil(lambda: window.document.status.state is State.READY and window.document.shown.number == 1)
        weights = present(window.document.shown.file()).weights
    with opened_window(tmp_path) as window:
        assert window.document.shown.number == 1
        assert window.document.run.network.code_size == 5  # type: ignore[attr-defined]
        again = present(window.document.shown.file()).weights
        assert all(again[name].equal(tensor) for name, tensor in weights.items())
        window.document.set_value("network.code_size", 6)
    with opened_window(tmp_path) as window:  # what was changed after the training is not lost for its model
        assert window.document.run.network.code_size == 6  # type: ignore[attr-defined]
        window.document.kept.open_run(1)
        present(window.studio.shelf.library).trash([1])
    with opened_window(tmp_path) as window:  # the model is gone, its settings are not
        assert window.document.shown.number is None
        assert window.document.run.epochs == 2


def test_what_cannot_be_read_is_as_if_nothing_had_been_open(tmp_path: Path) -> None:
    with opened_window(tmp_path) as window:
        first = window.document.run
        file = folders.settings()
    kept = Ini(file)
    kept.keep("left/settings", b'{"network": {"kind": "of another version"}}')
    kept.save()
    with opened_window(tmp_path) as window:
        assert window.document.run == first


@pytest.mark.slow
def test_settings_that_were_fitted_to_images_are_said_to_be_and_still_fit_others(qtbot: QtBot, tmp_path: Path) -> None:
    def choose(window: Window, kind: str) -> None:
        window.document.choose_data(options(Data)[kind]())
        qtbot.waitUntil(lambda: window.document.status.can_train)

    with opened_window(tmp_path) as window:
        choose(window, "letters")
        said, epochs = fitted_settings(window.document), window.document.run.epochs
        assert f"{epochs} epochs instead of 400" in said
    with opened_window(tmp_path) as window:
        assert (fitted_settings(window.document), window.document.run.epochs) == (said, epochs)
        choose(window, "digits")
        assert (fitted_settings(window.document), window.document.run.epochs) == ("", 400)
        window.document.set_value("epochs", 77)
    with opened_window(tmp_path) as window:
        choose(window, "letters")
        assert window.document.run.epochs == 77
