"""A window that opens is there for the person, whatever goes wrong with what should have been in it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from threading import Event

import pytest
import torch
from PIL import Image
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from aestudio.core.data.sources.folder import ImageFolder
from aestudio.core.ground import folders
from aestudio.core.run import recipes
from aestudio.qt import loading
from aestudio.qt.following import FIRST_RECIPE
from aestudio.qt.garbage import WindowThreadCollector
from aestudio.qt.pages import signs
from aestudio.qt.pages.inspect.page import InspectPage
from aestudio.qt.window import Window
from tests.present import present


class Unsettled(QWidget):
    """A window with no page that makes a mistake when torch is in."""

    def settle(self) -> None:
        raise KeyError("settling")


def test_a_mistake_when_torch_is_in_ends_the_loading_all_the_same(
    qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "signs", lambda: ())
    monkeypatch.setattr(loading, "_import_torch", lambda: None)
    monkeypatch.setattr(loading, "_import_sizes", lambda: None)
    window = Unsettled()
    qtbot.addWidget(window)
    begun = loading.PageLoader(window, None)  # type: ignore[arg-type]
    with qtbot.capture_exceptions() as met, qtbot.waitSignal(begun.ended):
        window.show()
    assert [str(error) for _, error, _ in met] == ["'settling'"]
    qtbot.waitUntil(present(present(qapp.findChild(WindowThreadCollector)).findChild(QTimer)).isActive)


def test_what_was_open_and_cannot_be_read_leaves_the_first_recipe_and_what_has_waited(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def come_back(*_given: object) -> bool:
        raise KeyError("gone")

    monkeypatch.setattr("aestudio.qt.following.come_back", come_back)
    monkeypatch.setattr(folders, "settings", lambda: tmp_path / "window.ini")
    monkeypatch.setattr(folders, "log", lambda: tmp_path / "state" / "aestudio.log")
    done: list[str] = []
    window = Window(furnished=False)
    qtbot.addWidget(window)
    window.studio.when_ready(lambda: done.append("done"))
    window.settle()
    with qtbot.capture_exceptions() as met:
        window.begin()
    title = window.document.run.title
    window.close()
    assert [str(error) for _, error, _ in met] == ["'gone'"]
    assert (title, done) == (recipes.find(FIRST_RECIPE).run().title, ["done"])


def test_what_asks_torch_for_the_machine_cannot_be_opened_before_torch_is_in(qtbot: QtBot, tmp_path: Path) -> None:
    window = Window(furnished=False)
    qtbot.addWidget(window)
    window.show()
    assert not window.action("about").isEnabled()
    assert window.action("documentation").isEnabled()
    window.close()


def test_train_that_is_pressed_while_the_window_loads_says_that_it_waits_and_trains(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "settings", lambda: tmp_path / "window.ini")
    monkeypatch.setattr(Window, "may_close", lambda *_: True)
    window = Window(furnished=False)
    qtbot.addWidget(window)
    imports = loading.PageLoader(window, None)
    window.show()
    window.action("train").trigger()
    assert window.notices.text() == "Training begins as soon as the images are there."
    qtbot.waitUntil(lambda: window.settled and window.document.status.running, timeout=60_000)
    qtbot.waitUntil(lambda: not imports._loads or not window.document.status.running, timeout=60_000)
    assert window.document.status.running  # the other pages have not waited for its end
    window.document.stop()
    assert window.shut(60)


def test_a_folder_of_images_that_is_chosen_while_the_window_loads_is_used(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "settings", lambda: tmp_path / "window.ini")
    images = tmp_path / "images"
    images.mkdir()
    for number in range(4):
        Image.new("L", (8, 8), 20 * number).save(images / f"{number}.png")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(images))
    window = Window(furnished=False)
    qtbot.addWidget(window)
    window.show()
    window.action("folder").trigger()
    window.settle()
    window.begin()
    assert isinstance(window.document.run.data, ImageFolder)
    assert Path(window.document.run.data.path) == images
    assert window.shut(60)


class Shown(QObject):
    """Which widgets were shown as windows of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.found.append(f"{type(watched).__name__} {watched.objectName()}")
        return False


def test_nothing_of_the_window_is_seen_for_a_moment_as_a_window_of_its_own(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "settings", lambda: tmp_path / "window.ini")
    shown = Shown()
    qapp.installEventFilter(shown)
    window = Window()
    qapp.removeEventFilter(shown)
    qtbot.addWidget(window)
    assert shown.found == []
    assert window.shut(60)


@pytest.mark.usefixtures("two_threads")
def test_the_first_recipe_can_be_trained_before_the_pages_that_it_does_not_need_are_there(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, imported = Event(), import_module

    def slow(name: str) -> object:
        return imported(name) if "inspect" not in name or go_on.wait(60) else None

    monkeypatch.setattr(loading, "import_module", slow)
    monkeypatch.setattr(Window, "may_close", lambda *_: True)
    told: list[bool] = []
    monkeypatch.setattr(InspectPage, "set_running", lambda _page, running: told.append(running))
    window = Window(furnished=False)
    qtbot.addWidget(window)
    opening = loading.PageLoader(window, None)
    window.show()
    inspect = next(sign for sign in signs() if sign.name == "inspect")
    qtbot.waitUntil(lambda: window.settled and window.document.status.can_train, timeout=60_000)
    assert not window.has(inspect)
    assert torch.get_num_threads() == 1  # of this thread: sliders are decoded here, beside a training
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(torch.get_num_threads).result() == 2  # as a training finds it
    window.document.train()
    qtbot.waitUntil(lambda: window.document.status.running, timeout=60_000)
    with qtbot.waitSignal(opening.ended, timeout=60_000):
        go_on.set()
    assert window.has(inspect)
    qtbot.waitUntil(lambda: not opening.running, timeout=60_000)  # else Python would end in the middle of an import
    assert told, "a page that comes later is not shown the document"
    window.document.stop()
    assert window.shut(60)
