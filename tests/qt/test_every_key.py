"""Every key of every action, pressed on the real window: it does something that is seen, or it was rightly impossible.

Keys are found by walking the window, its pages and their widgets; there is no list of them here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from aestudio.qt.action import Action, Answering
from aestudio.qt.images import to_qimage
from aestudio.qt.page import Page
from aestudio.qt.pages.denoise.page import DenoisePage
from aestudio.qt.pages.explore.page import ExplorePage
from aestudio.qt.pages.inspect.gallery import Gallery
from aestudio.qt.pages.inspect.page import InspectPage
from aestudio.qt.pages.latent.grid_view import GridView
from aestudio.qt.pages.latent.map_view import MapView
from aestudio.qt.pages.latent.page import LatentPage
from aestudio.qt.pages.latent.panels.factors import FactorsPanel
from aestudio.qt.pages.latent.panels.grid import GridPanel
from aestudio.qt.pages.latent.panels.paths import PathsPanel
from aestudio.qt.pages.latent.picker import Picker
from aestudio.qt.pages.runs.page import RunsPage
from aestudio.qt.widgets.matrix_view import MatrixView
from aestudio.qt.widgets.scatter_pane import ScatterCanvas
from aestudio.qt.widgets.sheet import Sheet
from aestudio.qt.window import Window
from aestudio.studio.status import State
from tests.qt.runs_page import twin
from tests.qt.test_window import choose, stop, train

Key = tuple[str, str, str]
"""The kind of widget that has it, the action, the key."""


class Hands:
    """Presses keys and looks at what comes of it."""

    def __init__(self, qtbot: QtBot, window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
        self.qtbot, self.window = qtbot, window
        self.done: list[str] = []
        """The actions that were done since the last key."""
        self.asked: list[str] = []
        """What the program asked of the desktop: dialogs that would wait for a person, and to close."""
        self.worked: set[Key] = set()
        self.found: set[Key] = set()
        perform = Action.perform

        def write_down(action: Action) -> bool:
            able = perform(action)
            if able:
                self.done.append(action.name)
            return able

        def ask(*_about: Any) -> tuple[str, str]:
            self.asked.append("file")
            return "", ""

        def ask_folder(*_about: Any) -> str:
            self.asked.append("folder")
            return ""

        monkeypatch.setattr(Action, "perform", write_down)
        monkeypatch.setattr(QFileDialog, "getOpenFileName", ask)
        monkeypatch.setattr(QFileDialog, "getOpenFileNames", ask)
        monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", ask_folder)
        monkeypatch.setattr(window, "close", lambda: self.asked.append("close"))

    def seen(self) -> tuple[object, ...]:
        """All that a person could notice, but for what a training changes all the time."""
        still = self.window.document.status.state is not State.TRAINING
        dialogs = {id(one) for one in QApplication.topLevelWidgets() if one.isVisible()}
        return (
            self.window.grab().toImage() if still else None,
            self.window.document.status,
            self.window.shown,
            QApplication.focusWidget(),
            dialogs,
            QGuiApplication.clipboard().text(),
            len(self.asked),
        )

    def walk(self, page: Page) -> Iterator[tuple[QWidget, Action]]:
        """Where a key is pressed, and what it is for."""
        for action in self.window.menus.declared():
            yield page, action
        for widget in page.findChildren(QWidget):
            if isinstance(widget, Answering):
                yield from ((widget, action) for action in widget.own)

    def press_all(self, page: Page, prepare: Callable[[], None]) -> None:
        """Every key there is on a page in one situation, which is made again before each that may change it."""
        prepare()
        self.window.show_page(page)
        for where, action in list(self.walk(page)):
            for sequence in action.sequences():
                of_window = action.name in {one.name for one in self.window.actions_of_window()}
                key = ("Window" if of_window else type(where).__name__, action.name, sequence.toString())
                self.found.add(key)
                if key in self.worked:
                    continue
                prepare()
                self.window.show_page(page)
                if where is page or not where.visibleRegion().isEmpty():
                    self.press(where, action, key)

    def press(self, where: QWidget, action: Action, key: Key) -> None:
        self.window.activateWindow()
        where.setFocus()
        QApplication.processEvents()
        before = self.seen()  # drawing lays out what has just come
        # What a widget cannot do now is done by the page, where that has an action of this name.
        able = action.can() or any(one.can() for one in self.window.menus.declared() if one.name == action.name)
        self.done.clear()
        QTest.keySequence(where, key[2])
        if not able:
            assert action.name not in self.done, key
            return
        assert self.done == [action.name], key
        self.qtbot.waitUntil(lambda: self.seen() != before)
        self.worked.add(key)
        for dialog in QApplication.topLevelWidgets():
            if dialog is not self.window and dialog.isVisible():
                dialog.close()


@pytest.mark.slow
def test_every_key_does_what_it_is_for_or_nothing_where_it_cannot(
    qtbot: QtBot, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands = Hands(qtbot, window, monkeypatch)
    explore, denoise, runs = window.page(ExplorePage), window.page(DenoisePage), window.page(RunsPage)
    document, inspect, latent = window.document, window.page(InspectPage), window.page(LatentPage)

    def fresh() -> None:
        window.studio.end_comparison()
        if document.status.running:
            stop(qtbot, window)
        qtbot.waitUntil(lambda: document.status.state is State.READY)

    def trained() -> None:
        fresh()
        if document.preview is None:
            window.show_page(explore)
            train(qtbot, window)
            stop(qtbot, window)

    def changed() -> None:
        trained()
        document.set_value("epochs", document.run.epochs + 1)
        explore.sliders.move(explore.sliders.units()[0], 0.9)

    def enlarged() -> None:
        changed()
        explore.panes.original.canvas.sample_clicked.emit(1)

    def undone() -> None:
        changed()
        document.undo()

    def compared() -> None:
        fresh()
        window.studio.compare()

    def training() -> None:
        window.studio.end_comparison()
        qtbot.waitUntil(lambda: document.status.state is not State.STOPPING)
        if not document.status.running:
            window.show_page(explore)
            train(qtbot, window)
            qtbot.waitUntil(lambda: document.status.can_pause)

    def held() -> None:
        training()
        if document.status.state is not State.PAUSED:
            document.pause()
            qtbot.waitUntil(lambda: document.status.state is State.PAUSED)

    def with_a_picture() -> None:
        if not denoise.desk.entries:
            denoise.try_sample()
        qtbot.waitUntil(lambda: bool(denoise.desk.entries) and not denoise.desk.running)
        denoise.viewer.view.set_zoom(1.5)

    def with_several() -> None:
        with_a_picture()
        if len(denoise.desk.entries) < 2:
            denoise.try_sample()
        qtbot.waitUntil(lambda: len(denoise.desk.entries) > 1 and not denoise.desk.running)

    def cleaned() -> None:
        with_a_picture()
        if not denoise.has_result(whole=True):
            denoise.clean_now()
            qtbot.waitUntil(lambda: denoise.has_result(whole=True) and not denoise.desk.running)

    def chosen() -> None:
        fresh()
        window.show_page(runs)
        runs.refresh()
        if runs.keeper.can_undo:
            runs.commands.undo()
        qtbot.waitUntil(lambda: runs.model.rowCount() > 0)
        runs.table.choose([runs.model.run(0).id])
        runs.details.tabs.setCurrentWidget(runs.details.differences)
        qtbot.waitUntil(lambda: runs.details.differences.model.rowCount() > 0)

    def grouped() -> None:
        chosen()
        library = window.studio.shelf.library
        assert library is not None
        if runs.model.rowCount() < 2:
            other = twin(library, runs.model.run(0).id)
            longer = library.run(other).with_value("epochs", 77)
            library.write([other], run=longer.to_json())
            runs.refresh()
        runs.arranging.group_by("data")
        runs.table.fold_all(fold=False)
        runs.table.choose([runs.model.run(0).id])

    def folded() -> None:
        grouped()
        runs.table.fold(runs.table.currentIndex().row(), fold=True)

    def parallel(down: bool = False) -> None:
        grouped()
        runs.details.tabs.setCurrentWidget(runs.details.parallel)
        view = runs.details.parallel.view
        qtbot.waitUntil(view.is_filled)
        view.current = 1
        if down:
            view._take((1, (0.3, 1.0)))

    def searched() -> None:
        chosen()
        runs.search.box.setText("sparse")

    def deleted() -> None:
        chosen()
        runs.commands.trash()

    def plane() -> None:
        trained()
        choose(qtbot, window, "recipeChooser", "planar-denoising")
        for canvas in explore.findChildren(ScatterCanvas):
            canvas.zoom_by(3, QPointF(8, 8))  # about a corner: what is in the middle would stay there

    def measured(chosen: int) -> None:
        trained()
        window.show_page(inspect)
        panel = next(one for one in inspect.panels if any(gallery.own for gallery in one.findChildren(Gallery)))
        inspect.tabs.setCurrentIndex(inspect.panels.index(panel))
        gallery = next(one for one in panel.findChildren(Gallery) if one.own)
        qtbot.waitUntil(gallery.is_filled)
        gallery.setFixedSize(120, 300)  # some rows and some columns, whatever the room
        gallery.choose(chosen)

    def mapped() -> None:
        trained()
        window.show_page(latent)
        (view,) = latent.findChildren(MapView)
        qtbot.waitUntil(view.is_filled)
        view.select(np.array([0, 1]))
        view.zoom_by(3, QPointF(8, 8))

    def gridded() -> None:
        trained()
        window.show_page(latent)
        latent.choose(GridPanel)
        (view,) = latent.panel.findChildren(GridView)
        qtbot.waitUntil(lambda: view.is_filled() and not latent.observer.busy)
        view.zoom_by(3, QPointF(view.rect().center()))
        view.select(view.columns * view.columns // 2 + view.columns // 2)

    def picked(place: int) -> None:
        trained()
        window.show_page(latent)
        latent.choose(PathsPanel)
        (picker,) = latent.panel.findChildren(Picker)
        qtbot.waitUntil(lambda: picker.is_filled() and not latent.observer.busy)
        picker.select(place)
        if len(picker.chosen) < 2:
            picker.choose(picker.offered()[:2])
        (sheet,) = latent.panel.findChildren(Sheet)
        qtbot.waitUntil(lambda: sheet.is_filled() and not latent.observer.busy)
        sheet.select(10)  # of three rows, the middle one

    def told_apart() -> None:
        trained()
        window.show_page(latent)
        latent.choose(FactorsPanel)
        qtbot.waitUntil(lambda: not latent.observer.busy)
        (matrix,) = latent.panel.findChildren(MatrixView)
        latent._stack.setCurrentWidget(latent.panel)  # its tab is for images whose factors are known
        matrix.show_matrix(np.eye(3), "abc", "abc")
        matrix.marked = (1, 1)

    QGuiApplication.clipboard().setImage(QImage(to_qimage(np.zeros((1, 8, 8), np.float32))))
    for page in window.pages:
        hands.press_all(page, fresh)
    for page in window.pages:
        hands.press_all(page, trained)
    for situation in (changed, undone, enlarged, compared, held, training, plane):
        hands.press_all(explore, situation)
    for place in (0, 1, 4):
        hands.press_all(inspect, partial(measured, place))
    for situation in (mapped, gridded, partial(picked, 0), partial(picked, 9), told_apart):
        hands.press_all(latent, situation)
    for situation in (with_a_picture, cleaned, with_several):
        hands.press_all(denoise, situation)
    for situation in (chosen, grouped, folded, parallel, partial(parallel, True), searched, deleted):
        hands.press_all(runs, situation)
    assert hands.worked == hands.found
