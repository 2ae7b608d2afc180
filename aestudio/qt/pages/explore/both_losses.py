"""One plot of what both sides of a comparison have said of their losses and scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import prod

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from aestudio.core.ground.texts import say
from aestudio.core.parts.plan import steps_an_epoch
from aestudio.core.run.history import Curves
from aestudio.qt import theme
from aestudio.qt.display import display
from aestudio.qt.widgets.behind_button import BehindButton
from aestudio.qt.widgets.curves_bar import RunCurvesBar
from aestudio.qt.widgets.layouts import in_column
from aestudio.qt.widgets.legend import LegendEntry
from aestudio.qt.widgets.line_plot import LinePlot
from aestudio.qt.widgets.lines import Axes, Line, Mark
from aestudio.qt.widgets.loss_lines import DASHES
from aestudio.qt.widgets.plot_views import settled
from aestudio.qt.widgets.readout import table
from aestudio.studio.document import Document
from aestudio.studio.plot_arrays import spread
from aestudio.studio.series import NOTHING, History, Quantity, Series, history, leads_on, quantities
from aestudio.studio.trial import shape_of

FIRST = Quantity("term", "reconstruction")
"""What is drawn unless something else is chosen: objectives of different terms cannot be compared."""


def colour_of(place: int) -> str:
    """What a side is told apart by: 0 is the left one."""
    return theme.current().series[place]


class BothLosses(theme.Themed, QWidget):
    """One quantity of both sides: a line of the training steps, dots on a dashed one on held-out images. Drawn at
    `refresh`, where something is new. Runs that were chosen on the page of runs are faint lines behind both.
    """

    take_off_wanted = Signal()
    """The person wants nothing of `set_behind` any more."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bothLosses")
        self.setAccessibleName(say("Losses of both sides"))
        self._sides: Sequence[Document] = ()
        self._names = ("", "")
        self._told: list[History] = []
        self._behind: dict[int, History] = {}
        self._moment: int | None = None
        self._dirty = False
        self.bar = RunCurvesBar()
        self.behind = BehindButton()
        self.plot = LinePlot(
            say("Losses of both sides"),
            Axes(say("step"), ""),
            counted="bottom",
            fit=settled,
            read=lambda x: (x, self.reading(x)),
            keeps_view=True,
            mark_fill=False,
            legend_from=0,
            empty=say("The losses of both sides appear here when training starts"),
        )
        self.bar.changed.connect(self._draw_now)
        self.bar.reset.clicked.connect(self.plot.reset_view)
        self.plot.zoomed.connect(self.bar.reset.setEnabled)
        self.plot.moved.connect(self._draw_now)
        self.plot.legend.toggled.connect(self._draw_now)
        display().changed.connect(self._draw_now)
        self.behind.clicked.connect(self.take_off_wanted)
        in_column(self.bar, self.behind, (self.plot, 1), host=self, spacing=theme.GRID // 2)

    def attach(self, sides: Sequence[Document]) -> None:
        """The left and the right document, from now on."""
        self._sides = sides
        self.plot.show_whole()
        self.changed()
        self._read()
        if FIRST in self.bar.choices():
            self.bar.choose(FIRST)

    def show_names(self, names: tuple[str, str]) -> None:
        """What tells the sides apart, for the legend."""
        if names != self._names:
            self._names = names
            self._draw_now()

    def set_behind(self, curves: Mapping[int, Curves]) -> None:
        """What chosen runs said, by their numbers, until there are others."""
        self._behind = {
            number: self._behind[number] if number in self._behind else history(said) for number, said in curves.items()
        }
        self.behind.show_numbers(list(curves))
        self._draw_now()

    def mark_moment(self, step: int | None) -> None:
        """An upright line at the step that everything else shows; None where that is the newest."""
        if step != self._moment:
            self._moment = step
            self._draw_now()

    def changed(self) -> None:
        """A side has said more."""
        self._dirty = True

    @Slot()
    def refresh(self) -> None:
        """Draws what is new. Call it a few times a second."""
        if self._dirty and self.isVisible():
            self._read()
            self._draw()

    def reading(self, x: float) -> str:
        """What each side has at a place of the axis, as rich text; nothing while nothing is drawn."""
        if not self.plot.lines():
            return ""
        rows = []
        for place, name in enumerate(self._names[: len(self._told)]):
            scale = self._scale(place)
            points = [self._series(place, split).at(x / scale) for split in ("train", "held-out")] if scale else []
            said = " · ".join(f"{point[1] * self._factor(place):.4g}" for point in points if point is not None)
            if said:
                rows.append((colour_of(place), name, said))
        if self.bar.by_epochs:
            return table(say("epoch {epoch:.2f}", epoch=max(0.0, x)), rows)
        return table(say("step {step:,}", step=max(0, round(x))), rows)

    # -- drawing -------------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        self._dirty = False
        chosen = self.bar.chosen()
        self._told = [history(side.shown.curves) for side in self._sides]
        known = quantities(self._told)
        first = FIRST in known and FIRST not in self.bar.choices()
        self.bar.offer(known)
        if first or chosen not in known:
            self.bar.choose(FIRST if FIRST in known else known[0])

    @Slot()
    def _draw_now(self) -> None:
        if self.isVisible():
            self._draw()
        else:
            self._dirty = True

    def _draw(self) -> None:
        over = say("epoch") if self.bar.by_epochs else say("step")
        self.plot.set_axes(Axes(over, self._unit(), log_y=self.bar.log.isChecked()))
        lines = [line for place in range(len(self._told)) for line in self._lines(place)]
        if lines:
            lines += self._lines_behind()
        entries = [LegendEntry(place, name, colour_of(place)) for place, name in enumerate(self._names)]
        self.plot.show_lines(lines[::-1], marks=self._marks() if lines else (), entries=entries)

    def _marks(self) -> list[Mark]:
        """Where the moment is that is shown: over epochs one for each side, where its steps are not as long."""
        if self._moment is None or not self._told:
            return []
        shown, (left, right) = say("shown"), (self._moment * self._scale(place) for place in range(2))
        if left == right:
            return [Mark(f"\u2002{shown}\u2002", left)]
        sides = (say("Left: {what}", what=shown), left), (say("Right: {what}", what=shown), right)
        return [Mark(f"\u2002{name}\u2002", at, row) for row, (name, at) in enumerate(sides)]

    def _unit(self) -> str:
        return "" if self.bar.chosen().kind == "score" else display().loss_unit

    def _factor(self, place: int) -> float:
        """What a side's values are multiplied by to be shown."""
        pixels = self._pixels(place)
        return 1.0 if self.bar.chosen().kind == "score" or pixels is None else display().of_image(pixels)

    def _pixels(self, place: int) -> int | None:
        """Numbers in an image of a side; None where none is known yet."""
        side = self._sides[place]
        if side.dataset is not None:
            return prod(side.dataset.shape)
        return None if side.preview is None else prod(shape_of(side.preview))

    def _scale(self, place: int) -> float:
        """How many units of the axis a step is."""
        side = self._sides[place]
        if not self.bar.by_epochs or side.dataset is None:
            return 1.0
        return 1 / steps_an_epoch(len(side.dataset.train), side.run.batch_size)

    def _series(self, place: int, split: str) -> Series:
        """What is to be drawn of a side; nothing where it is hidden or has no such curve."""
        chosen, told = self.bar.chosen(), self._told[place]
        box = self.bar.train if split == "train" else self.bar.held_out
        wanted = box.isChecked() or (chosen.kind == "score" and split == "held-out")
        known = chosen.kind == "score" or self._pixels(place) is not None
        if place in self.plot.legend.hidden or not wanted or not known:
            return NOTHING
        return (told.train if split == "train" else told.held_out).get(chosen, NOTHING)

    def _lines(self, place: int) -> Iterator[Line]:
        scale, factor, pixels, log = self._scale(place), self._factor(place), self.plot.pixels(), self.plot.axes.log_y
        name, colour, (left, right) = self._names[place], colour_of(place), self.plot.part()
        train, held_out = (self._series(place, split) for split in ("train", "held-out"))
        if len(train.steps):
            x, y = train.within(left / scale, right / scale, pixels, log=log)
            yield Line(name, x * scale, y * factor, colour, key=place, role="train", drawn="segments")
        if len(held_out.steps):
            x, y = held_out.within(left / scale, right / scale, pixels, log=log)
            x, y = x * scale, y * factor
            yield Line(
                name, x, y, colour, dashed=bool(len(train.steps)), key=place, role="held-out", joined=leads_on(x),
                level=1, drawn="plain",
            )  # fmt: skip
            dots = spread((x, y), pixels)
            yield Line(name, *dots, colour, True, key=place, role="dots", stroke=False, size=5, level=2, fitted=False)

    def _lines_behind(self) -> Iterator[Line]:
        """Of each chosen run what it said while training, or of held-out images where only that is told."""
        chosen, scale, factor = self.bar.chosen(), self._scale(0), self._factor(0)
        (left, right), pixels, log = self.plot.part(), self.plot.pixels(), self.plot.axes.log_y
        for place, (number, told) in enumerate(self._behind.items()):
            series = told.train.get(chosen) or told.held_out.get(chosen, NOTHING)
            x, y = series.within(left / scale, right / scale, pixels // 3, log=log)
            name = say("run #{number}", number=number)
            yield Line(
                name, x * scale, y * factor, theme.current().muted, key=f"#{number}", role=f"#{number}", dashed=True,
                joined=leads_on(x), behind=True, dashes=DASHES[place % len(DASHES)], label=f"#{number}",
            )  # fmt: skip

    # -- looks ---------------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(640, 260)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 220)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._dirty = True
        self.refresh()

    def restyle(self) -> None:
        self._draw_now()
