"""Explore, the first page: pick a variant, train it, and watch what it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QSplitter, QVBoxLayout, QWidget

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.texts import DOT, listed, say
from aestudio.core.run import equation
from aestudio.core.run.events import Preview, Started
from aestudio.core.run.symbols import Place, Symbol, symbols
from aestudio.qt import theme
from aestudio.qt.action import Action
from aestudio.qt.page import Page
from aestudio.qt.pages.explore import Explore
from aestudio.qt.pages.explore.both_losses import BothLosses
from aestudio.qt.pages.explore.claims_card import ClaimsCard
from aestudio.qt.pages.explore.comparison_view import ComparisonView
from aestudio.qt.pages.explore.loss_reader import LossReader
from aestudio.qt.pages.explore.model_reader import ModelReader
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
from aestudio.studio.comparison import Comparison
from aestudio.studio.document import Document
from aestudio.studio.events import CurvesShown, DataChanged, MomentShown, RunChanged, SamplesShown, StatusChanged, Told
from aestudio.studio.remarks import notes
from aestudio.studio.status import Status
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
        self._read_last: Document | None = None
        """The document that all has been read of since it was attached."""

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
        self.losses.take_off_wanted.connect(lambda: studio.behind.take_off())
        studio.behind.listen(self._show_behind)
        self.histogram = ActivationHistogram()
        self.sliders = LatentSliders()
        self._model_reader = ModelReader(self.panes, self.histogram, self.sliders)
        self.beside: ComparisonView | None = None
        """Made when two documents are compared for the first time."""
        studio.on_compare(self._show_comparison)
        studio.hear(self._read_sides)

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
        self._single, self._code = Scrolled(middle, tall=True), card(self.sliders)
        self._middle = in_column((self._single, 1))
        self.across.addWidget(holder(self._middle))
        self.across.addWidget(self._code)
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
        losses, panes, histogram, _ = self._seen
        sights: Mapping[str, QWidget] = {"losses": losses, "histogram": histogram, "images": panes}
        if name == "histogram":
            histogram.set_per_unit(True)
        if name in sights:
            sights[name].setFocus(Qt.FocusReason.OtherFocusReason)
        return name in sights

    @property
    def held(self) -> int:
        return len(self._seen[3].moved())

    @property
    def _seen(self) -> tuple[LossPlot | BothLosses, ImagePanes, ActivationHistogram, LatentSliders]:
        """What is looked at; where two documents are compared it is of the left one, which the other follows."""
        if self.studio.comparison is None or self.beside is None:
            return self.losses, self.panes, self.histogram, self.sliders
        left, _ = self.beside.sides
        return self.beside.losses, left.panes, left.histogram, left.sliders

    def splitters(self) -> Mapping[str, QSplitter]:
        return {"across": self.across, "down": self.down, "plots": self.plots}

    def actions_here(self) -> Sequence[Action]:
        _, panes, _, sliders = self._seen
        return (
            Action(
                "difference", "&Difference pane", lambda: panes.set_difference_visible(not panes.difference_visible()),
                ("Ctrl+D",), "View", 20, checked=panes.difference_visible,
            ),
            Action(
                "takeOff", "Take the runs behind off", self.studio.behind.take_off, menu="View", place=21,
                tip="No chosen run is drawn behind the losses any more",
                possible=lambda: bool(self.studio.behind.numbers),
            ),
            panes.to_grid,
            sliders.resetting,
        )  # fmt: skip

    # -- the document ---------------------------------------------------

    def attach(self, document: Document) -> None:
        again, self._read_last = document is self._read_last, None
        self.setup.attach(document)
        self.claims.attach(document)
        self.time.attach(document)
        if document.dataset is not None:
            self._pixels = prod(document.dataset.shape)
        self._reader.attach(document, self._pixels, again=again)
        self.losses.mark_moment(None if document.shown.moment is None else document.shown.moment.step)
        if self.studio.comparison is None:
            self._read_last = document
            self._model_reader.attach(document, again=again)
        self._show_equation()
        self._show_status(document.status)
        if self.beside is not None:
            self.beside.show_chosen()

    def read(self, event: Told) -> None:
        self.setup.read(event)
        self.claims.read(event)
        if self.studio.comparison is not None:  # what is seen of the model is seen there
            return
        self.time.read(event)
        self._model_reader.read(event)
        match event:
            case RunChanged():
                self._show_equation()
            case StatusChanged(status):
                self._show_status(status)
            case DataChanged(dataset):
                self._show_dataset(dataset)
            case SamplesShown():
                self.losses.clear()
            case Started():
                self._pixels = prod(event.shape)
            case Preview():
                self._pixels = prod(event.original.shape[1:])
            case MomentShown(moment):
                self.losses.mark_moment(None if moment is None else moment.step)
            case CurvesShown(curves):
                self._reader.show_history(curves, self._pixels)
        if self._reader.read(event, self._pixels):
            self._show_equation()

    def _show_behind(self) -> None:
        self.losses.set_behind(self.studio.behind.curves)
        if self.beside is not None:
            self.beside.losses.set_behind(self.studio.behind.curves)
        self.actions_changed.emit()

    @Slot()
    def _draw(self) -> None:
        self.losses.refresh()
        self._drawing.setInterval(round(DRAW_MS * self.studio.throttle.factor))

    def shut(self, seconds: float) -> bool:
        closed = [self.sliders.random.close_down(seconds), self._model_reader.close_down(seconds)]
        return all(closed + ([self.beside.shut(seconds)] if self.beside is not None else []))

    # -- two beside each other ---------------------------------------------------

    def _show_comparison(self, comparison: Comparison | None) -> None:
        if comparison is not None:
            self._read_last = None
            if self.beside is None:
                self.beside = ComparisonView(self.studio)
                self.beside.losses.take_off_wanted.connect(self.studio.behind.take_off)
                self.beside.losses.set_behind(self.studio.behind.curves)
                self._both = Scrolled(self.beside, tall=True)
                self._both.verticalScrollBar().valueChanged.connect(self.beside.draw_seen)
                self._middle.addWidget(self._both, 1)
            self.beside.attach(comparison)
        for widget, seen in ((self._single, comparison is None), (self._code, comparison is None)):
            widget.setVisible(seen)
        if self.beside is not None:
            self._both.setVisible(comparison is not None)
            if comparison is None:
                self.beside.let_go()
        self.actions_changed.emit()

    def _read_sides(self, document: Document, event: Told) -> None:
        if self.beside is None or self.studio.comparison is None:
            return
        self.beside.read(document, event)
        if isinstance(event, StatusChanged) and document is not self.document:
            self.setup.refresh()
            self.actions_changed.emit()

    # -- settings ---------------------------------------------------

    def _show_equation(self) -> None:
        below = self._reader.layers_below if self.document.status.running else 0
        self.objective.set_latex(equation.objective(self.document.run, below))
        self.way.set_latex(equation.reconstruction(self.document.run, below))
        said = notes(self.document)
        self.notes.setText(str(listed(said, DOT)))
        self.notes.setVisible(bool(said))
        self.symbols.show_symbols(symbols(self.document.run, below))

    def _show_dataset(self, dataset: Dataset | None) -> None:
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
