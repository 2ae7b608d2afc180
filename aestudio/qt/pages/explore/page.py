"""Explore, the first page: pick a variant, train it, and watch what it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QSplitter, QVBoxLayout, QWidget

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.texts import DOT, Text, listed, say
from aestudio.core.parts.plan import layer_of
from aestudio.core.run import equation
from aestudio.core.run.events import Preview, Started
from aestudio.core.run.run import Run
from aestudio.core.run.symbols import Place, Symbol, letter_of_code, symbols
from aestudio.qt import theme
from aestudio.qt.action import Action
from aestudio.qt.page import Page
from aestudio.qt.pages.explore import Explore
from aestudio.qt.pages.explore.claims_card import ClaimsCard
from aestudio.qt.pages.explore.loss_reader import LossReader
from aestudio.qt.pages.explore.setup_panel import SetupPanel
from aestudio.qt.pages.explore.time_bar import TimeBar
from aestudio.qt.widgets.activation_histogram import ActivationHistogram
from aestudio.qt.widgets.basics import card, label
from aestudio.qt.widgets.equation_view import EquationView
from aestudio.qt.widgets.frame import Frame
from aestudio.qt.widgets.image_panes import ImagePanes
from aestudio.qt.widgets.latent_sliders import LatentSliders
from aestudio.qt.widgets.layouts import holder, in_column
from aestudio.qt.widgets.loss_plot import LossPlot
from aestudio.qt.widgets.scrolled import Scrolled, Yielding
from aestudio.qt.widgets.symbol_legend import SymbolLegend
from aestudio.studio.document import Document
from aestudio.studio.events import (
    CurvesShown,
    DataChanged,
    ImageTried,
    MomentShown,
    RunChanged,
    SamplesShown,
    StatusChanged,
    Told,
)
from aestudio.studio.remarks import notes
from aestudio.studio.status import State, Status, TriedImage
from aestudio.studio.studio import Studio

BESIDE = 1080
"""Pixels of width from which on the two plots stand side by side."""
DRAW_MS = 100
"""Curves are drawn ten times a second: more costs training time that nobody sees."""
PLACES: Mapping[Place, str] = {
    "losses": "lossPlot",
    "original": "originalPane",
    "corrupted": "corruptedPane",
    "reconstructed": "reconstructedPane",
    "activations": "activationHistogram",
    "code": "latentSliders",
}
"""The widget that shows what a symbol stands for, by name."""


class ExplorePage(Explore, Page):
    """Settings on the left, images and plots in the middle, the code on the right."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._pixels = 1
        self._tried_untrained = False
        self._network = 0

        self.setup = SetupPanel(studio)
        self.objective = EquationView(points=13, largest=64)
        self.objective.setObjectName("objectiveEquation")
        self.objective.setAccessibleName(say("Equation of the objective"))
        self.way = EquationView(points=10, largest=32)
        self.way.setAccessibleName(say("Equation of the reconstruction"))
        self.symbols = SymbolLegend()
        self.symbols.asked.connect(self._point_out)
        self.symbols.explained.connect(lambda: self.action_wanted.emit("glossary"))
        self._frames: list[Frame] = []
        self.notes = label("", "caption", wrap=True)
        self.claims = ClaimsCard()
        self.panes = ImagePanes()
        self.losses = LossPlot()
        self.time = TimeBar(studio)
        self._reader = LossReader(self.losses)
        self.histogram = ActivationHistogram()
        self.sliders = LatentSliders()

        self.across = QSplitter(Qt.Orientation.Horizontal)
        self.down = QSplitter(Qt.Orientation.Vertical)
        self.plots = QSplitter(Qt.Orientation.Horizontal)
        self._lay_out()

        self._drawing = QTimer(self)
        self._drawing.setInterval(DRAW_MS)
        self._drawing.timeout.connect(self._draw)

        self.claims.look_wanted.connect(self.sight_wanted)
        self.panes.actions_changed.connect(self.actions_changed)
        self.sliders.actions_changed.connect(self.actions_changed)
        self.panes.selection_changed.connect(self._show_code_of)
        self.panes.single_closed.connect(self._put_image_away)
        self.sliders.code_changed.connect(self._decode)
        self.sliders.minis.decode = lambda codes: self.document.shown.decode_all(codes)
        self.histogram.target_moved.connect(self._move_target)

    def _lay_out(self) -> None:
        equation = QFrame()
        equation.setProperty("role", "card")
        about = QVBoxLayout(equation)
        about.setContentsMargins(16, 8, 16, 8)
        about.setSpacing(2)
        for widget in (self.objective, self.way, self.symbols, self.notes):
            about.addWidget(widget)
        equation.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

        self.plots.addWidget(card(holder(in_column((self.losses, 1), self.time, spacing=0))))
        self.plots.addWidget(card(self.histogram))
        self.plots.setStretchFactor(0, 5)
        self.plots.setStretchFactor(1, 4)
        self.down.addWidget(card(self.panes))
        self.down.addWidget(self.plots)
        self.down.setStretchFactor(0, 1)
        self.down.setStretchFactor(1, 1)

        middle = Yielding()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID)
        column.addWidget(equation)
        column.addWidget(self.claims)
        column.addWidget(self.down, 1)

        self.across.addWidget(self.setup)
        self.across.addWidget(Scrolled(middle, tall=True))
        self.across.addWidget(card(self.sliders))
        for index, stretch in enumerate((0, 1, 0)):
            self.across.setStretchFactor(index, stretch)
        self.across.setSizes([304, 684, 268])
        for splitter in (self.across, self.down, self.plots):
            splitter.setHandleWidth(theme.GRID)
            splitter.setChildrenCollapsible(False)

        row = QHBoxLayout(self)
        row.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        row.addWidget(self.across)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.isVisible():
            self._place_plots()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._place_plots()

    def _place_plots(self) -> None:
        """Beside each other, or below where that would cut them off."""
        beside = self.width() >= theme.px(BESIDE)
        way = Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical
        if way != self.plots.orientation():
            self.plots.setOrientation(way)
            self.plots.setSizes([5000, 4000])

    def show_sight(self, name: str) -> bool:
        sights: Mapping[str, QWidget] = {"losses": self.losses, "histogram": self.histogram, "images": self.panes}
        if name == "histogram":
            self.histogram.set_per_unit(True)
        if name in sights:
            sights[name].setFocus(Qt.FocusReason.OtherFocusReason)
        return name in sights

    @property
    def held(self) -> int:
        return len(self.sliders.moved())

    def splitters(self) -> Mapping[str, QSplitter]:
        return {"across": self.across, "down": self.down, "plots": self.plots}

    def actions_here(self) -> Sequence[Action]:
        panes = self.panes
        return (
            Action(
                "difference", "&Difference pane", lambda: panes.set_difference_visible(not panes.difference_visible()),
                ("Ctrl+D",), "View", 20, checked=panes.difference_visible,
            ),
            panes.to_grid,
            self.sliders.resetting,
        )  # fmt: skip

    # -- the document ---------------------------------------------------

    def attach(self, document: Document) -> None:
        self.setup.attach(document)
        self.claims.attach(document)
        self.time.attach(document)
        if document.dataset is not None:
            self._pixels = prod(document.dataset.shape)
        self._reader.attach(document, self._pixels)
        self.losses.mark_moment(None if document.shown.moment is None else document.shown.moment.step)
        self.sliders.clear()
        self.histogram.set_activations(None)
        self.panes.clear()
        self._show_run(document.run)
        self._show_status(document.status)
        if document.preview is not None:
            self._show_preview(document.preview)

    def read(self, event: Told) -> None:
        self.setup.read(event)
        self.claims.read(event)
        self.time.read(event)
        match event:
            case RunChanged(run):
                self._show_run(run)
            case StatusChanged(status):
                self._show_status(status)
            case DataChanged(dataset):
                self._show_dataset(dataset)
            case SamplesShown(original, corrupted):
                self._show_samples(original, corrupted)
            case Started():
                if not event.resumed_at or event.number != self._network:
                    self._let_go_of_code(event.number)
                self._pixels = prod(event.shape)
            case Preview():
                self._show_preview(event)
            case ImageTried(image):
                self._show_tried(image)
            case MomentShown(moment):
                self.losses.mark_moment(None if moment is None else moment.step)
            case CurvesShown(curves):
                if self.document.shown.opened is not None:
                    self._let_go_of_code(self.document.shown.number or 0)
                self._reader.show_history(curves, self._pixels)
        if self._reader.read(event, self._pixels):
            self._show_equation()

    @Slot()
    def _draw(self) -> None:
        self.losses.refresh()
        self._drawing.setInterval(round(DRAW_MS * self.studio.patience.factor))

    @Slot()
    def _put_image_away(self) -> None:
        self.document.shown.put_image_away()

    def shut(self, seconds: float) -> bool:
        return self.sliders.random.close_down(seconds)

    # -- settings ---------------------------------------------------

    def _show_run(self, run: Run) -> None:
        self._show_equation()
        self.panes.set_corrupted_visible(not run.corruption.neutral)
        targets = [penalty.target_activation for penalty in run.penalties if penalty.target_knob]
        self.histogram.set_target(targets[0] if targets else None)

    def _show_equation(self) -> None:
        below = self._reader.layers_below if self.document.status.running else 0
        self.objective.set_latex(equation.objective(self.document.run, below))
        self.way.set_latex(equation.reconstruction(self.document.run, below))
        said = notes(self.document)
        self.notes.setText(str(listed(said, DOT)))
        self.notes.setVisible(bool(said))
        self.symbols.show_symbols(symbols(self.document.run, below))

    def _show_dataset(self, dataset: Dataset | None) -> None:
        failed = dataset is None and self.document.status.state is not State.LOADING
        if failed and self.document.preview is None:
            self.panes.clear()  # the last data's images are not these data's
        self._show_equation()

    def _show_status(self, status: Status) -> None:
        self._show_equation()
        if status.running:
            self._drawing.start()
        elif self._drawing.isActive():
            self._drawing.stop()
            self.losses.refresh()

    @Slot(Symbol, bool)
    def _point_out(self, symbol: Symbol, on: bool) -> None:
        """Frames around whatever shows a symbol, and the box where it is set."""
        for frame in self._frames:
            frame.deleteLater()
        self._frames = []
        if not on:  # the form may be another recipe's by now, without what the symbol stood for
            return
        shown = self.findChild(QWidget, PLACES[symbol.place]) if symbol.place else None
        for target in (shown, self.setup.form.editor(symbol.path) if symbol.path else None):
            if target is not None and not target.visibleRegion().isEmpty():
                frame = Frame(self.window())
                frame.surround(target)
                frame.show()
                self._frames.append(frame)

    @Slot(float)
    def _move_target(self, target: float) -> None:
        for penalty in self.document.run.penalties:
            if penalty.target_knob:
                self.document.set_value(f"penalties.{penalty.kind}.{penalty.target_knob}", round(target, 3))
                return

    # -- the model ---------------------------------------------------

    def _show_samples(self, original: NDArray[np.float32], corrupted: NDArray[np.float32]) -> None:
        self.losses.clear()
        self.sliders.clear()
        self.histogram.set_activations(None)
        self.panes.set_preview(original, corrupted, None)

    def _show_preview(self, preview: Preview) -> None:
        self._pixels = prod(preview.original.shape[1:])
        layer = layer_of(preview.phase)
        code = letter_of_code(layer) if layer else ""
        self.panes.set_source(Text("from {code}, the code of layer {layer}", code=code, layer=layer) if layer else None)
        self.histogram.set_code(code)
        self.panes.set_preview(preview.original, preview.corrupted, preview.reconstructed)
        self.histogram.set_activations(preview.code, preview.sparsity)
        self.sliders.set_shape(self.document.shown.code_shape)
        shown = self.document.shown
        has_prior = shown.prior_code(0) is not None
        self.sliders.random.offer_prior(shown.prior_code if has_prior else None)
        sample = None if self.panes.is_single() or self.panes.selected >= len(preview.code) else self.panes.selected
        self.sliders.set_statistics(preview.code, shown.unit_kl() if has_prior else None, sample)
        if sample is not None:
            self._decode(self.sliders.values())

    @Slot(int)
    def _show_code_of(self, sample: int) -> None:
        preview = self.document.preview
        if preview is not None and sample < len(preview.code) and not self.panes.is_single():
            self.sliders.set_code(preview.code[sample])
            self._decode(self.sliders.values())

    def _show_tried(self, tried: TriedImage | None) -> None:
        if tried is None:
            self.panes.close_single()
            self._show_code_of(self.panes.selected)
            return
        fresh = not self.panes.is_single()
        self.panes.show_single(tried.original, tried.corrupted, tried.reconstructed, tried.name, tried.fitted)
        if tried.code is not None:
            self.sliders.set_code(tried.code, force=fresh or self._tried_untrained)
            self._decode(self.sliders.values())
        self._tried_untrained = tried.code is None

    def _let_go_of_code(self, number: int) -> None:
        """Of another network, run `number` of the library or 0, the numbers of the last one's code mean nothing."""
        self._network = number
        if self.sliders.moved():
            self.sliders.reset()

    @Slot(object)
    def _decode(self, code: NDArray[np.float32]) -> None:
        image, preview = self.document.shown.decode(code), self.document.preview
        if image is not None:
            self.sliders.set_decoded(image, None if preview is None else preview.original)
