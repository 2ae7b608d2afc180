"""Filters and units: every unit of a layer as a picture, and beside it the one that is selected in full."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QComboBox, QWidget

from aestudio.core.data.dataset import to_float
from aestudio.core.ground.texts import DOT, Text, listed, plural, say
from aestudio.core.probes.filters import Order
from aestudio.qt import theme
from aestudio.qt.colouring import chosen
from aestudio.qt.pages.inspect.pictures import ask_place, write_png
from aestudio.qt.pages.inspect.unit_card import UnitCard
from aestudio.qt.panel import Measure, Panel
from aestudio.qt.task import Task
from aestudio.qt.widgets.basics import Segmented, TextButton
from aestudio.qt.widgets.colour_bar import LARGEST, ColourBar
from aestudio.qt.widgets.image_canvas import View
from aestudio.qt.widgets.layouts import holder, in_row, splitter
from aestudio.qt.widgets.mosaic import Mosaic
from aestudio.studio.inspect.examined import Examined
from aestudio.studio.inspect.unit_facts import Kind, UnitFacts, UnitQuestion, facts

KINDS: tuple[tuple[Kind, Text, Text], ...] = (
    (
        "filters",
        Text("Filters"),
        Text("What each unit looks for: the encoder’s weights. Zero has the middle colour, each unit its own contrast"),
    ),
    (
        "atoms",
        Text("Atoms"),
        Text("What each unit draws: the decoder’s weights. Zero has the middle colour, each unit its own contrast"),
    ),
    ("images", Text("Best images"), Text("The held-out image that excites each unit most")),
)
ORDERS: tuple[tuple[Order, Text], ...] = (
    ("unit", Text("By number")),
    ("norm", Text("By norm")),
    ("activation", Text("By mean activation")),
    ("similarity", Text("By similarity")),
)


class FiltersPanel(Panel):
    """A mosaic to choose from, and the card of the unit that is chosen."""

    title: ClassVar[str] = "Filters and units"
    tip: ClassVar[str] = "What each unit looks for, what excites it most, and what would be lost without it"
    rank: ClassVar[int] = 1

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: tuple[UnitFacts, Examined] | None = None
        self._unit: int | None = None
        """What the person looks at; None before there is anything."""
        self._saving = Task(self, asked_for=True)
        self._saving.ended.connect(self._saved)
        self.kind = Segmented([(str(words), str(tip)) for _, words, tip in KINDS], say("Pictures of the units"))
        self.order = QComboBox()
        self.order.setAccessibleName(say("Order of the units"))
        self.order.setToolTip(say("The order of the pictures; norm and mean activation from the largest on"))
        for order, words in ORDERS:
            self.order.addItem(str(words), order)
        self.layer = QComboBox()
        self.layer.setAccessibleName(say("Layer"))
        self.layer.setToolTip(say("Whose units are shown; the last one’s are the code"))
        self.layer.hide()
        self.mosaic = Mosaic(say("Pictures of the units appear here"))
        self.mosaic.setObjectName("filterMosaic")
        self.mosaic.setAccessibleName(say("Units as pictures"))
        self.mosaic.setToolTip(
            say("Click or arrow keys select a unit; the wheel zooms, dragging pans, a double click resets")
        )
        self.save = TextButton(
            say("Save picture…"), say("Save all these pictures as one PNG, enlarged"), icon="download"
        )
        self.save.setObjectName("saveFilters")
        self.bar = ColourBar(
            chosen, *LARGEST, say("Weights, each unit by its own scale; Preferences has other colours")
        )
        self.card = UnitCard()
        self._lay_out()
        self._connect()
        self.forget()

    def _lay_out(self) -> None:
        left = holder(self.frame((self.kind, self.order, self.layer, self.save), (self.mosaic, 1), in_row(self.bar, 1)))
        self.card.setMinimumWidth(theme.px(360))
        across = splitter(
            Qt.Orientation.Horizontal, left, self.card, sizes=(720, 400), shares=(3, 2), gap=2 * theme.GRID
        )
        in_row(across, host=self)
        self.mosaic.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        for words, act in ((say("Copy picture"), self._copy), (say("Save picture…"), self._save)):
            action = QAction(words, self.mosaic)
            action.triggered.connect(act)
            self.mosaic.addAction(action)

    def _connect(self) -> None:
        self.kind.changed.connect(self.want)
        self.order.activated.connect(self.want)
        self.layer.activated.connect(self._want_layer)
        self.mosaic.sample_clicked.connect(self._select_place)
        self.mosaic.selection_moved.connect(self._select_place)
        self.card.unit_asked.connect(self.select)
        self.card.resample_asked.connect(self.resample_asked)
        self.save.clicked.connect(self._save)

    # -- measuring -----------------------------------------------------------------------------------------------------

    def wish(self) -> UnitQuestion:
        """What is to be found out, with the choices as they are now."""
        kind, order = KINDS[self.kind.index()][0], self.order.currentData()
        return UnitQuestion(kind, order, self.layer.currentData(), self._unit)

    def measure(self) -> Measure:
        wish = self.wish()
        return lambda subject, report: facts(subject, wish, report)

    def show_found(self, found: UnitFacts, subject: Examined) -> None:
        self._found = (found, subject)
        self._show_layers(found)
        is_weights = found.kind != "images"
        self.mosaic.colouring, self.mosaic.span = (chosen, (-1.0, 1.0)) if is_weights else (None, (0.0, 1.0))
        self.bar.setVisible(is_weights and found.images.shape[1] == 1)
        self.mosaic.set_images(found.images)
        self.mosaic.set_faded(np.flatnonzero(found.units.dead[found.shown]).tolist())
        if self._unit is None or self._unit >= len(found.norms):
            self._unit = _telling(found)
        self._outline()
        self._describe(found)
        self.save.setEnabled(True)
        self._show_unit()

    def forget(self) -> None:
        self._found = self._unit = None
        self.mosaic.set_images(None)
        self.bar.hide()
        self.mosaic.set_faded(())
        self.layer.clear()
        self.layer.hide()
        self.kind.show()
        self.caption.setText("")
        self.save.setEnabled(False)
        self.card.forget()

    def set_running(self, running: bool) -> None:
        self.card.set_running(running)

    def close_down(self, seconds: float) -> bool:
        return self._saving.close(seconds)

    # -- showing -------------------------------------------------------------------------------------------------------

    @Slot(int)
    def select(self, unit: int) -> None:
        """Shows another unit."""
        if self._found is None or not 0 <= unit < len(self._found[0].norms):
            return
        self._unit = unit
        self._outline()
        self._show_unit()
        ablated = self._found[0].ablated
        if ablated is not None and ablated.of(unit) is None:
            self.wanted.emit()

    def selected(self) -> int | None:
        """The unit that is shown."""
        return self._unit

    @Slot(int)
    def _select_place(self, place: int) -> None:
        if self._found is not None:
            self.select(int(self._found[0].shown[place]))

    def _outline(self) -> None:
        if self._found is not None:
            place = np.flatnonzero(self._found[0].shown == self._unit)
            if len(place):
                self.mosaic.select(int(place[0]))

    def _show_unit(self) -> None:
        if self._found is None or self._unit is None:
            return
        found, subject = self._found
        images = to_float(subject.store.gather(torch.from_numpy(found.units.top[self._unit]))).numpy()
        self.card.show_unit(found, self._unit, images)

    def _show_layers(self, found: UnitFacts) -> None:
        if self.layer.count() != found.layers:
            with QSignalBlocker(self.layer):
                self.layer.clear()
                for layer in range(1, found.layers + 1):
                    is_code = layer == found.layers
                    words = say("Layer {number} (code)" if is_code else "Layer {number}", number=layer)
                    self.layer.addItem(words, layer)
                self.layer.setCurrentIndex(found.layer - 1)
        self.layer.setVisible(found.layers > 1)
        self.kind.setVisible(found.layer == 1)

    def _describe(self, found: UnitFacts) -> None:
        count, dead = len(found.norms), int(found.units.dead.sum())
        _, height, width = found.images.shape[1:]
        words = [
            plural("{count} channel", "{count:,} channels", count)
            if found.channels
            else plural("{count} unit", "{count:,} units", count),
            Text("{width} × {height} px", width=width, height=height),
            plural("{count} dead, faded", "{count:,} dead, faded", dead) if dead else Text("none dead"),
        ]
        said = listed(words, DOT)
        self.caption.setText(say("{said}. {note}", said=said, note=found.note) if found.note else str(said))

    @Slot()
    def _want_layer(self) -> None:
        self._unit = None
        self.mosaic.set_view(View())
        self.wanted.emit()

    # -- keeping a picture ---------------------------------------------------------------------------------------------

    @Slot()
    def _copy(self) -> None:
        sheet = self.mosaic.sheet()
        if sheet is not None:
            QGuiApplication.clipboard().setImage(sheet)
            self.told.emit(say("Copied the picture of all units."))

    @Slot()
    def _save(self) -> None:
        sheet = self.mosaic.sheet()
        if sheet is None or self._found is None or self._saving.running:
            return
        found, _ = self._found
        path = ask_place(self, say("Save the picture of all units"), f"{found.kind}-layer-{found.layer}.png")
        if path is not None:
            self._saving.start(lambda _report: write_png(sheet, path), say("Saving the picture"))

    @Slot(object, str)
    def _saved(self, path: Path | None, problem: str) -> None:
        if path is not None:
            self.told.emit(say("Saved the picture as {path}.", path=path))
        elif problem:
            self.failed.emit(problem)


def _telling(found: UnitFacts) -> int:
    """The unit to begin with: the one that matters most where that is known, else the first that lives."""
    if found.ablated is not None and len(found.ablated.units) > 1:
        return int(found.ablated.units[found.ablated.rise.argmax()])
    alive = found.shown[~found.units.dead[found.shown]]
    return int(alive[0] if len(alive) else found.shown[0])
