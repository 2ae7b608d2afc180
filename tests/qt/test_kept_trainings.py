"""Trainings that are kept, in the real window: stop, quit, reopen, continue, go on after a crash, overlay, export."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QInputDialog, QMessageBox
from pytestqt.qtbot import QtBot

from aestudio.core.ground import folders
from aestudio.core.library.catalogue import Library
from aestudio.core.model.model_file import load
from aestudio.core.run.events import Finished
from aestudio.qt.export_dialog import ExportDialog
from aestudio.qt.pages.explore.page import ExplorePage
from aestudio.qt.pages.runs.page import RunsPage
from aestudio.qt.window import Window
from aestudio.studio.status import State
from tests.qt.conftest import ask_before_closing, opened_window
from tests.qt.listening import told
from tests.qt.test_window import points, press, stop, train


@pytest.fixture
def again(qtbot: QtBot, window: Window, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Closes the window and opens another on the same library, as the next start does."""
    opened: list[Window] = []

    def reopen() -> Window:
        window.close()
        made = Window()
        qtbot.addWidget(made)
        made.resize(1280, 800)
        made.show()
        made.begin()
        opened.append(made)
        qtbot.waitUntil(lambda: made.document.status.state is State.READY)
        return made

    yield reopen
    for made in opened:
        assert made.shut(60)


def wait_until_ready(qtbot: QtBot, window: Window) -> None:
    qtbot.waitUntil(lambda: window.document.status.state is State.READY)


def only_run(window: Window) -> int:
    assert window.studio.shelf.library is not None
    runs = window.studio.shelf.library.runs()
    assert len(runs) == 1
    return runs[0].id


def chosen_run(qtbot: QtBot, window: Window, number: int) -> None:
    """Goes to the page of runs and chooses this one."""
    page = window.page(RunsPage)
    window.show_page(page)
    page.refresh()
    qtbot.waitUntil(lambda: page.model.row_of(number) is not None)
    page.table.choose([number])


@pytest.mark.slow
def test_a_walk_train_stop_quit_reopen_continue_overlay_export_and_drop_back(
    qtbot: QtBot, window: Window, again: object, tmp_path: Path
) -> None:
    train(qtbot, window)
    qtbot.waitUntil(lambda: points(window) > 30)
    stop(qtbot, window)
    number = only_run(window)
    assert window.studio.shelf.library is not None
    stopped = window.studio.shelf.library.summary(number)
    assert (stopped.state, stopped.resumable) == ("stopped", True)
    before = window.studio.shelf.library.curves(number)
    assert callable(again)
    window = again()

    # Continue it from the page of runs.
    window.show_page(window.page(RunsPage))
    assert window.studio.shelf.library is not None
    chosen_run(qtbot, window, number)
    press(qtbot, window, "continueRunButton")
    qtbot.waitUntil(lambda: window.document.status.state is State.TRAINING)
    assert window.shown is window.page(ExplorePage)
    qtbot.waitUntil(lambda: points(window) > stopped.step + 30)
    stop(qtbot, window)
    after = window.studio.shelf.library.curves(number)
    assert only_run(window) == number
    assert after.steps[0] == 1
    assert np.array_equal(after.steps, np.arange(1, len(after.steps) + 1))
    assert after.terms[: len(before.terms)].tobytes() == before.terms.tobytes()

    # Another one, to lay over it.
    window.document.set_value("kl-sparsity.weight", 1.0)
    train(qtbot, window)
    stop(qtbot, window)
    window.show_page(window.page(RunsPage))
    window.page(RunsPage).refresh()
    qtbot.waitUntil(lambda: window.page(RunsPage).model.rowCount() == 2)
    window.page(RunsPage).table.choose([number, number + 1])
    plot = window.page(RunsPage).details.curves.plot
    qtbot.waitUntil(lambda: {run for run, _ in plot.curves()} == {number, number + 1})

    # Export the first and drop what was exported back on the window.
    chosen_run(qtbot, window, number)
    press(qtbot, window, "exportRunButton")
    dialog = window.findChild(ExportDialog)
    assert dialog is not None
    exported = tmp_path / "walk.onnx"
    dialog.place.setText(str(exported))
    qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not dialog.working)
    assert exported.is_file(), dialog.problem.text()
    dialog.close()

    window.document.kept.open_run(number)
    wait_until_ready(qtbot, window)
    window.document.kept.save(tmp_path / "walk.safetensors")
    drop(window, tmp_path / "walk.safetensors")
    wait_until_ready(qtbot, window)
    assert window.document.preview is not None
    weights = load(tmp_path / "walk.safetensors").weights
    assert all(window.document.preview.weights[name].equal(tensor) for name, tensor in weights.items())
    assert points(window) > 0


def drop(window: Window, path: Path) -> None:
    carried = QMimeData()
    carried.setUrls([QUrl.fromLocalFile(str(path))])
    where, action, button = QPointF(400, 300), Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(where.toPoint(), action, carried, button, none)
    window.dragEnterEvent(enter)
    assert enter.isAccepted()
    window.dropEvent(QDropEvent(where, action, carried, button, none))


def test_continue_on_the_page_of_training_goes_on_with_what_is_shown(qtbot: QtBot, window: Window) -> None:
    train(qtbot, window)
    stop(qtbot, window)
    reached = points(window)
    assert window.page(ExplorePage).setup.go_on.isVisible()
    window.document.set_value("kl-sparsity.target", 0.2)  # a live knob: it may go on with another
    assert window.page(ExplorePage).setup.go_on.isVisible()
    press(qtbot, window, "continueButton")
    qtbot.waitUntil(lambda: points(window) > reached + 10)
    stop(qtbot, window)
    assert window.studio.shelf.library is not None
    curves = window.studio.shelf.library.curves(only_run(window))
    assert np.array_equal(curves.steps, np.arange(1, len(curves.steps) + 1))
    assert window.studio.shelf.library.run(1).penalties[0].target == 0.2  # type: ignore[attr-defined]


def test_other_settings_than_live_ones_take_continue_away(qtbot: QtBot, window: Window) -> None:
    train(qtbot, window)
    stop(qtbot, window)
    window.document.set_value("network.widths", [20])
    assert not window.page(ExplorePage).setup.go_on.isVisible()
    assert not window.action("continue").isEnabled()


def test_a_complete_run_asks_for_how_many_epochs_more(
    qtbot: QtBot, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.document.set_value("epochs", 1)
    with told(qtbot, window.document, Finished):
        window.document.train()
    wait_until_ready(qtbot, window)
    asked: list[str] = []

    def answer(_parent: object, _title: str, words: str, *_more: object) -> tuple[int, bool]:
        asked.append(words)
        return 2, True

    monkeypatch.setattr(QInputDialog, "getInt", answer)
    with told(qtbot, window.document, Finished):
        window.action("continue").trigger()
    wait_until_ready(qtbot, window)
    assert asked == ["This run is complete after 1 epoch. Train how many more?"]
    assert window.studio.shelf.library is not None
    summary = window.studio.shelf.library.summary(1)
    assert (summary.state, summary.epoch) == ("completed", 3.0)


def test_closing_during_training_keeps_a_checkpoint(qtbot: QtBot, window: Window, again: object) -> None:
    train(qtbot, window)
    assert callable(again)
    window = again()
    assert window.studio.shelf.library is not None
    summary = window.studio.shelf.library.summary(1)
    assert (summary.state, summary.resumable) == ("stopped", True)
    assert summary.checkpoint_step == summary.step


def test_the_close_question_says_that_the_training_is_kept(
    qtbot: QtBot, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: said.append(box.informativeText()) or 0)
    train(qtbot, window)
    ask_before_closing(window, window.leaving.losses())
    assert said == ["Training is still going on. It is kept on the Runs page and can be continued later."]


def test_a_library_on_a_network_folder_is_told_at_the_start(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = namedtuple("disk", "mountpoint fstype")
    monkeypatch.setattr("aestudio.core.library.locks.on_own_device", lambda folder: False)
    monkeypatch.setattr(
        "psutil.disk_partitions",
        lambda all: [disk("/", "ext4"), disk(str(folders.library().parent), "nfs4")],
    )
    with opened_window(tmp_path) as window:
        assert "The library lies on a network folder (nfs4)" in window.notices.text()


def test_a_full_disk_is_told_at_the_start_with_what_gives_room(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aestudio.core.library.reserve.PLENTY", 2**70)
    with opened_window(tmp_path) as window:
        said = f"The disk is full. Delete runs and empty the trash, or free some space in {folders.library()}."
        assert said in window.notices.text()


@pytest.mark.usefixtures("ready_python")
@pytest.mark.slow
def test_after_a_crash_the_next_start_offers_to_continue(qtbot: QtBot, window: Window, again: object) -> None:
    program = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "aestudio",
            "train",
            "linear",
            "--json",
            "--epochs",
            "100000",
            "--checkpoint-every",
            "0.1s",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    saved = (line for line in program.stdout if '"event": "Saved"' in line)
    for _ in range(3):  # the one at its beginning and two more
        next(saved)
    program.send_signal(signal.SIGKILL)
    program.wait()
    program.stdout.close()
    assert callable(again)
    window = again()
    assert "was interrupted at step" in window.notices.text()
    window.notices.acted.emit()
    qtbot.waitUntil(lambda: window.document.status.state is State.TRAINING)
    qtbot.waitUntil(lambda: window.document.preview is not None and window.document.preview.step > 0)
    stop(qtbot, window)
    with Library() as library:
        curves = library.curves(1)
    assert np.array_equal(curves.steps, np.arange(1, len(curves.steps) + 1))


def test_train_again_takes_the_settings_and_makes_a_run_of_its_own(qtbot: QtBot, window: Window) -> None:
    train(qtbot, window)
    stop(qtbot, window)
    window.document.choose_recipe("linear")
    wait_until_ready(qtbot, window)
    chosen_run(qtbot, window, 1)
    press(qtbot, window, "againRunButton")
    wait_until_ready(qtbot, window)
    assert window.document.run.penalties[0].kind == "kl-sparsity"
    window.document.set_value("network.widths", [30])
    train(qtbot, window)
    stop(qtbot, window)
    assert window.studio.shelf.library is not None
    second = window.studio.shelf.library.summary(2)
    assert second.parent == 1
    assert window.studio.shelf.library.run(2).network.widths == (30,)  # type: ignore[attr-defined]


def test_a_run_of_the_library_is_opened_with_its_whole_history(qtbot: QtBot, window: Window) -> None:
    train(qtbot, window)
    qtbot.waitUntil(lambda: points(window, split="held-out") > 0)
    stop(qtbot, window)
    reached = points(window)
    window.document.choose_recipe("shapes-latent")
    wait_until_ready(qtbot, window)
    assert points(window) == 0
    chosen_run(qtbot, window, 1)
    press(qtbot, window, "openRunButton")
    wait_until_ready(qtbot, window)
    assert window.shown is window.page(ExplorePage)
    assert points(window) == reached
    assert points(window, "total", "held-out") > 0
    assert window.document.preview is not None
    assert window.document.run.title == window.document.preview.run.title


def test_a_library_that_cannot_be_opened_is_told_and_training_works(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("AESTUDIO_LIBRARY", str(tmp_path / "file" / "library"))
    monkeypatch.setattr(folders, "settings", lambda: tmp_path / "window.ini")
    window = Window()
    qtbot.addWidget(window)
    window.show()
    window.begin()
    wait_until_ready(qtbot, window)
    assert "Trainings are not kept." in window.notices.text()
    with told(qtbot, window.document, Finished):
        window.document.set_value("epochs", 1)
        window.document.train()
    wait_until_ready(qtbot, window)
    assert window.document.preview is not None
    assert not window.page(ExplorePage).setup.go_on.isVisible()
    assert window.shut(60)


def test_a_damaged_model_named_at_the_start_is_told_and_the_window_is_usable(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "settings", lambda: tmp_path / "window.ini")
    damaged = tmp_path / "model.safetensors"
    damaged.write_bytes(b"not a model")
    window = Window()
    qtbot.addWidget(window)
    window.show()
    window.begin(damaged)
    qtbot.waitUntil(lambda: window.document.dataset is not None)
    assert "is not a whole safetensors file" in window.notices.text()
    assert window.document.status.can_train
    assert window.shut(60)
