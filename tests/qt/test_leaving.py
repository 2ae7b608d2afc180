"""A model that nothing has taken is asked a place for; closing asks for all that would be lost, and never aborts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from aestudio.core.denoise.pipeline import Cleaning
from aestudio.core.denoise.ways.despeckle import Despeckle
from aestudio.core.ground import folders
from aestudio.core.model.model_file import ModelFile, load
from aestudio.qt.export_dialog import ExportDialog
from aestudio.qt.pages.denoise.batch_dialog import BatchDialog
from aestudio.qt.pages.denoise.page import DenoisePage
from aestudio.qt.pages.explore.recipe_chooser import RecipeChooser
from aestudio.qt.pages.start.page import StartPage
from aestudio.qt.window import Window
from aestudio.studio.status import State
from tests.core.trainings import as_bytes
from tests.present import present
from tests.qt.conftest import ask_before_closing, opened_window
from tests.qt.test_window import press, stop, train


@pytest.fixture
def homeless(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    """A window where neither the library nor any other place can be written to, even by root."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AESTUDIO_LIBRARY", str(tmp_path / "file" / "library"))
    monkeypatch.setattr(folders, "rescued", lambda: (tmp_path / "file" / "a", tmp_path / "file" / "b"))
    with opened_window(tmp_path) as made:
        yield made


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the person answers when asked for a place, the last first; nothing where it is empty."""
    given: list[str] = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (given.pop() if given else "", ""))
    return given


@pytest.fixture
def presses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words on the button that the person presses in each question, the last first."""
    given: list[str] = []

    def answer(box: QMessageBox) -> int:
        words = given.pop()
        next(button for button in box.buttons() if button.text() == words).click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", answer)
    return given


def test_a_model_that_nothing_takes_stays_in_memory_and_is_asked_a_place_for(
    qtbot: QtBot, homeless: Window, answers: list[str], tmp_path: Path
) -> None:
    answers.append(str(tmp_path / "mine.safetensors"))
    train(qtbot, homeless)
    stop(qtbot, homeless)
    qtbot.waitUntil(lambda: not answers and homeless.document.kept.unkept is None)
    assert homeless.document.preview is not None
    made = load(tmp_path / "mine.safetensors")
    assert as_bytes(made.weights) == as_bytes(homeless.document.preview.weights)
    assert len(made.curves.steps)
    assert homeless.leaving.losses() == []


def test_who_gives_no_place_is_offered_it_again_and_asked_before_the_window_closes(
    qtbot: QtBot, homeless: Window, answers: list[str], presses: list[str], tmp_path: Path
) -> None:
    train(qtbot, homeless)
    stop(qtbot, homeless)
    qtbot.waitUntil(lambda: "is in memory only" in homeless.notices.text())
    (loss,) = homeless.leaving.losses()
    assert "could not be written anywhere" in loss
    homeless.notices.dismiss()
    presses.append("Go back")
    assert not ask_before_closing(homeless, [loss])
    answers.append(str(tmp_path / "file" / "nowhere.safetensors"))
    homeless.notices.acted.emit()
    assert "is in memory only" in homeless.notices.text()
    answers.append(str(tmp_path / "mine.safetensors"))
    homeless.notices.acted.emit()
    assert homeless.document.kept.unkept is None
    assert load(tmp_path / "mine.safetensors").facts["steps"]
    assert homeless.leaving.losses() == []


def in_memory_only(qtbot: QtBot, window: Window) -> ModelFile:
    """A model that no place took, and that the person has given none yet."""
    train(qtbot, window)
    stop(qtbot, window)
    qtbot.waitUntil(lambda: "is in memory only" in window.notices.text())
    return present(window.document.kept.unkept)


def test_whatever_would_take_the_place_of_a_model_that_is_nowhere_else_asks_first(
    qtbot: QtBot, homeless: Window, answers: list[str], presses: list[str], tmp_path: Path
) -> None:
    other = tmp_path / "other.safetensors"
    model = in_memory_only(qtbot, homeless)
    model.save(other)
    (tmp_path / "pictures").mkdir()
    noisy(tmp_path / "pictures" / "one.png")
    before = homeless.document.run
    recipe = present(homeless.findChild(RecipeChooser))

    def pick() -> None:
        index = recipe.findData("linear")
        recipe.setCurrentIndex(index)
        recipe.activated.emit(index)

    for act in (
        lambda: press(qtbot, homeless, "trainButton"),
        pick,
        lambda: homeless.page(StartPage).choose("undercomplete"),
        lambda: homeless.intake.take_file(other),
        lambda: homeless.intake.take_file(tmp_path / "pictures"),
    ):
        presses.append("Go back")
        act()
        assert presses == []
        assert homeless.document.kept.unkept is model
        assert (homeless.document.run, homeless.document.status.state) == (before, State.READY)
        assert "is in memory only" in homeless.notices.text()
    assert recipe.currentText() == before.title
    presses.append("Save it…")  # and then no place
    press(qtbot, homeless, "trainButton")
    assert homeless.document.kept.unkept is model
    presses.append("Save it…")
    answers.append(str(tmp_path / "mine.safetensors"))
    press(qtbot, homeless, "trainButton")
    assert as_bytes(load(tmp_path / "mine.safetensors").weights) == as_bytes(model.weights)
    assert homeless.document.status.running
    stop(qtbot, homeless)
    qtbot.waitUntil(lambda: "is in memory only" in homeless.notices.text())
    presses.append("Throw it away")
    pick()
    assert homeless.leaving.losses() == []
    assert homeless.document.run.title == recipe.currentText() != before.title


def test_another_document_is_shown_with_a_reminder_of_the_model_that_is_nowhere_else(
    qtbot: QtBot, homeless: Window, answers: list[str], tmp_path: Path
) -> None:
    model, first = in_memory_only(qtbot, homeless), homeless.document
    homeless.notices.dismiss()
    second = homeless.studio.add()
    second.begin("linear")
    homeless.studio.show(second)
    assert "is in memory only" in homeless.notices.text()
    answers.append(str(tmp_path / "mine.safetensors"))
    homeless.notices.acted.emit()
    assert first.kept.unkept is None
    assert as_bytes(load(tmp_path / "mine.safetensors").weights) == as_bytes(model.weights)


def noisy(path: Path, side: int = 64) -> Path:
    values = np.random.default_rng(0).normal(128, 25, (side, side)).clip(0, 255).astype(np.uint8)
    Image.fromarray(values).save(path)
    return path


def test_cleaned_pictures_are_asked_for_until_they_are_saved(qtbot: QtBot, window: Window, tmp_path: Path) -> None:
    page = window.page(DenoisePage)
    window.show_page(page)
    page.desk.open([noisy(tmp_path / "noisy.png")])
    qtbot.waitUntil(lambda: page.desk.current is not None and not page.desk.running)
    assert window.leaving.losses() == []
    page.desk.clean("despeckle", Despeckle())
    assert window.leaving.losses() == ["Work on a picture is still going on."]
    qtbot.waitUntil(lambda: not page.desk.running)
    assert window.leaving.losses() == ["A cleaned picture is not saved."]
    page.desk.save("despeckle", tmp_path / "clean.png")
    qtbot.waitUntil(lambda: not page.desk.running)
    assert (tmp_path / "clean.png").is_file()
    assert window.leaving.losses() == []


def test_a_batch_and_an_export_are_asked_for_and_stopped(qtbot: QtBot, window: Window, tmp_path: Path) -> None:
    train(qtbot, window)
    stop(qtbot, window)
    (tmp_path / "in").mkdir()
    for number in range(200):
        noisy(tmp_path / "in" / f"{number}.png", 200)
    batch = BatchDialog(Cleaning(Despeckle()), window)
    batch.source.setText(str(tmp_path / "in"))
    batch.target.setText(str(tmp_path / "out"))
    batch.begin()
    model = window.document.shown.file()
    assert model is not None
    export = ExportDialog(model, window)
    export.place.setText(str(tmp_path / "export.safetensors"))
    export.start.click()
    assert window.leaving.losses() == ["Cleaning in is still going on.", "The export is still going on."]
    assert window.shut(50)
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".part"]


STUBBORN = """
import sys, threading
from PySide6.QtCore import QTimer
from aestudio.qt import app, window
from aestudio.qt.threads import qthread
window.LINGERING_SECONDS = 0.1
window.Window.shut.__defaults__ = (0.1,)
honest = app.open_window
def opened(*given):
    made = honest(*given)
    qthread(threading.Event().wait, "stubborn")
    task = window.Mender(made).task
    task.start(lambda report: threading.Event().wait(), "Stubborn work")
    QTimer.singleShot(0, made, made.leave)
    return made
app.open_window = opened
sys.exit(app.run())
"""


@pytest.mark.slow
def test_work_that_does_not_stop_is_given_up_without_an_abort(tmp_path: Path) -> None:
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "XDG_CONFIG_HOME": str(tmp_path)}
    ended = subprocess.run([sys.executable, "-c", STUBBORN], env=env, capture_output=True, text=True, timeout=120)
    assert (ended.returncode, "Traceback" in ended.stderr) == (0, False), ended.stderr
