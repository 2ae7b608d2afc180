"""Two documents beside each other: what differs, images, one plot of both, activations and codes."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QGridLayout, QWidget

from aestudio.core.run.events import Evaluated, Finished, Preview, Progress
from aestudio.qt import theme
from aestudio.qt.comparison_actions import comparison_actions
from aestudio.qt.pages.explore.both_losses import BothLosses
from aestudio.qt.pages.explore.differences_bar import DifferencesBar
from aestudio.qt.pages.explore.side import Side
from aestudio.qt.pages.explore.time_bar import TimeBar
from aestudio.qt.widgets.basics import card
from aestudio.qt.widgets.layouts import holder, in_column
from aestudio.qt.widgets.scrolled import Yielding
from aestudio.studio.comparison import Comparison
from aestudio.studio.differing import names
from aestudio.studio.document import Document
from aestudio.studio.events import CurvesShown, MomentShown, RunChanged, StatusChanged, Told
from aestudio.studio.studio import Studio

DRAW_MS = 250
"""The curves of both are drawn four times a second, where that is affordable."""


class ComparisonView(Yielding):
    """Stands in the middle of Explore while two documents are compared. What is looked at on one side, a place, a
    sample, an axis, a unit, is looked at on the other too.
    """

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("comparisonView")
        self._studio = studio
        self._comparison: Comparison | None = None
        *_others, closing = comparison_actions(studio)
        self.differences = DifferencesBar(closing)
        self.losses = BothLosses()
        self.time = TimeBar(studio)
        self.time.setObjectName("timeBarOfBoth")
        self.sides = Side(0, self), Side(1, self)
        left, right = self.sides
        left.link(right)
        right.link(left)
        for place, side in enumerate(self.sides):
            side.chosen.connect(partial(self._choose, place))
        self._drawing = QTimer(self)
        self._drawing.setInterval(DRAW_MS)
        self._drawing.timeout.connect(self._draw)
        self._lay_out()

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(theme.GRID)
        grid.addWidget(self.differences, 0, 0, 1, 2)
        grid.addWidget(card(holder(in_column((self.losses, 1), self.time, spacing=0))), 3, 0, 1, 2)
        for column, side in enumerate(self.sides):
            grid.addWidget(side.header, 1, column)
            for row, part in ((2, side.panes), (4, side.histogram), (5, side.sliders)):
                grid.addWidget(card(part), row, column)
            grid.setColumnStretch(column, 1)
        for row, (least, share) in {2: (240, 3), 3: (300, 3), 4: (250, 2), 5: (360, 3)}.items():
            grid.setRowMinimumHeight(row, theme.px(least))
            grid.setRowStretch(row, share)

    @property
    def comparison(self) -> Comparison | None:
        """What is shown."""
        return self._comparison

    def attach(self, comparison: Comparison) -> None:
        """These two from now on; what they tell comes to `read`."""
        self._comparison = comparison
        self._hold(comparison.sides)
        self.show_chosen()
        self._follow_clock()

    def let_go(self) -> None:
        """Nothing is compared any more: what the right document holds in memory is free."""
        if self._comparison is not None:
            left, self._comparison = self._comparison.left, None
            self._drawing.stop()
            self._hold((left, left))

    def _hold(self, sides: tuple[Document, Document]) -> None:
        for side, document in zip(self.sides, sides, strict=True):
            side.attach(document)
        self.differences.attach(sides)
        self.losses.attach(sides)

    def show_chosen(self) -> None:
        """The settings of the other side may be those that are shown."""
        if self._comparison is None:
            return
        left, right = (document.run for document in self._comparison.sides)
        said = names(left, right)
        for side, document, name in zip(self.sides, self._comparison.sides, said, strict=True):
            side.show_name(str(name), chosen=document is self._studio.document)
            side.say_again()
        self.differences.refresh()
        self.losses.show_names((str(said[0]), str(said[1])))
        self.time.attach(self._studio.document)
        self._mark()

    def read(self, document: Document, event: Told) -> None:
        """Something has become of one of them."""
        if self._comparison is None or document not in self._comparison.sides:
            return
        self.sides[self._comparison.sides.index(document)].read(event)
        if document is self._studio.document:
            self.time.read(event)
        match event:
            case RunChanged():
                self.show_chosen()
            case StatusChanged():
                self.differences.refresh()
                self._follow_clock()
            case Progress() | Evaluated():
                self.losses.changed()
            case CurvesShown() | Finished():
                self.losses.changed()
                self.losses.refresh()
            case MomentShown() | Preview():
                self._mark()

    def _mark(self) -> None:
        shown = self._studio.document.shown.moment
        self.losses.mark_moment(None if shown is None else shown.step)

    @Slot()
    def _draw(self) -> None:
        self.losses.refresh()
        self._drawing.setInterval(round(DRAW_MS * self._studio.throttle.factor))

    def _follow_clock(self) -> None:
        assert self._comparison is not None
        if any(document.status.running for document in self._comparison.sides):
            self._drawing.start()
        elif self._drawing.isActive():
            self._drawing.stop()
            self.losses.changed()
            self.losses.refresh()

    @Slot(int)
    def _choose(self, place: int) -> None:
        if self._comparison is not None:
            self._studio.show(self._comparison.sides[place])

    @Slot()
    def draw_seen(self) -> None:
        """Something else of it has come into view."""
        for side in self.sides:
            side.sliders.minis.refresh()

    def shut(self, seconds: float) -> bool:
        """Stops what draws codes; False where it would not stop in time."""
        left, right = (side.shut(seconds) for side in self.sides)
        return left and right
