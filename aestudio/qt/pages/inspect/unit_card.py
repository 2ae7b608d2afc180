"""One unit: what it looks for, what excites it, how it fires, and what would be lost without it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QSpinBox, QWidget

from aestudio.core.ground.texts import Text, plural, say
from aestudio.core.run.events import Floats
from aestudio.qt import theme
from aestudio.qt.colouring import chosen
from aestudio.qt.pages.inspect.gallery import Gallery
from aestudio.qt.pages.inspect.unit_histogram import UnitHistogram
from aestudio.qt.widgets.basics import TextButton, label, pad
from aestudio.qt.widgets.layouts import in_column, in_row
from aestudio.studio.inspect.unit_facts import Ablated, UnitFacts

FACTS: dict[str, tuple[Text | str, Text]] = {
    "mean": (Text("Mean activation"), Text("Over all held-out images (a channel: over all places too)")),
    "saturated": (
        Text("Saturated"),
        Text("Activations in the outer 5 % of the range, where the gradient is almost zero"),
    ),
    "norm": ("‖w‖", Text("Length of the weights into the unit")),
}
LARGE = 116
"""Side of the unit's own picture."""


class UnitCard(QWidget):
    """Shows one unit of UnitFacts; the images that excite it most come with it, as the card reads no data."""

    unit_asked = Signal(int)
    """A person wants to see another unit."""
    resample_asked = Signal(tuple)
    """tuple[int]: the unit that shall be drawn anew."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("unitCard")
        self.setAccessibleName(say("The selected unit"))
        self._unit: int | None = None
        self._running = self._code = False
        self.number = QSpinBox()
        self.number.setAccessibleName(say("Unit"))
        self.number.setToolTip(say("Number of the unit, counted from 0"))
        self.number.setMinimumWidth(theme.px(76))
        pad(self.number)
        self.number.valueChanged.connect(self.unit_asked)
        self.of = label("", "caption")
        self.state = label("", "error")
        self.picture = Gallery(say("The unit’s picture"))
        self.picture.setFixedSize(theme.px(LARGE), theme.px(LARGE))
        self.facts = {name: label("–") for name in FACTS}
        self.loss = label("", wrap=True)
        self.loss.setToolTip(
            say("The squared error of the reconstruction, with the unit held at its mean (Morcos 2018)")
        )
        self.loss.setObjectName("ablationSentence")
        self.top = Gallery(say("Images that excite the unit most"))
        self.top.setToolTip(say("The held-out images with the unit’s largest activations, the largest first"))
        self.histogram = UnitHistogram()
        self.resample = TextButton(say("Resample"), "", icon="dice")
        self.resample.setAccessibleName(say("Resample this unit"))
        self.resample.setObjectName("resampleUnit")
        self.resample.clicked.connect(self._ask)
        self._lay_out()
        self.forget()

    def _lay_out(self) -> None:
        head = in_row(label(say("Unit"), "heading"), self.number, self.of, self.state, 1, self.resample)
        table = QGridLayout()
        table.setHorizontalSpacing(theme.GRID)
        table.setVerticalSpacing(2)
        for row, (key, (words, tip)) in enumerate(FACTS.items()):
            said, value = label(str(words), "muted"), self.facts[key]
            value.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            for one in (said, value):
                one.setToolTip(str(tip))
            table.addWidget(said, row, 0)
            table.addWidget(value, row, 1)
        table.setColumnStretch(1, 1)
        self.loss.setMinimumHeight(3 * self.loss.fontMetrics().lineSpacing())
        self.loss.setAlignment(Qt.AlignmentFlag.AlignTop)
        beside = in_column(table, self.loss, 1, spacing=4)
        across = QHBoxLayout()
        across.setSpacing(2 * theme.GRID)
        across.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        across.addLayout(beside, 1)
        in_column(
            head,
            across,
            label(say("Excited most by"), "heading"),
            (self.top, 5),
            label(say("Its activations"), "heading"),
            (self.histogram, 3),
            host=self,
            spacing=theme.GRID // 2,
        )

    # -- what is shown -------------------------------------------------------------------------------------------------

    def show_unit(self, facts: UnitFacts, unit: int, images: Floats) -> None:
        """The images are those of `facts.units.top`, [k, C, H, W]."""
        self._unit, self._code = unit, facts.layer == facts.layers
        found, dead = facts.units, bool(facts.units.dead[unit])
        with QSignalBlocker(self.number):
            self.number.setRange(0, len(found.dead) - 1)
            self.number.setValue(unit)
        self.number.setEnabled(True)
        count = len(found.dead)
        of_channels = plural("of {count} channel", "of {count:,} channels", count)
        self.of.setText(str(of_channels) if facts.channels else say("of {whole:,}", whole=count))
        self.state.setText(say("dead") if dead else "")
        place = np.flatnonzero(facts.shown == unit)
        self.picture.colouring = None if facts.kind == "images" else chosen
        self.picture.show_images(facts.images[place] if len(place) else None)
        self.facts["mean"].setText(f"{found.mean[unit]:.3g}")
        saturated = facts.saturation
        self.facts["saturated"].setText(
            say("– (not bounded)") if saturated is None else f"{100 * saturated.per_unit[unit]:.1f} %"
        )
        self.facts["norm"].setText(f"{facts.norms[unit]:.3g}")
        self.loss.setText(_lost(facts.ablated, unit))
        if dead:
            self.top.set_empty_text(
                str(
                    plural(
                        "Dead: this unit stays silent at the only held-out image.",
                        "Dead: this unit stays silent at all {count:,} held-out images.",
                        facts.count,
                    )
                )
            )
            self.top.show_images(None)
        else:
            self.top.show_images(images, [f"{value:.3g}" for value in found.activation[unit]])
        self.histogram.show_counts(found.counts[unit], found.edges)
        self._refresh()

    def forget(self) -> None:
        """There is no unit to show."""
        self._unit = None
        self.number.setEnabled(False)
        for one in (self.of, self.state, self.loss):
            one.setText("")
        for value in self.facts.values():
            value.setText("–")
        for gallery in (self.picture, self.top):
            gallery.set_empty_text("")
            gallery.show_images(None)
        self.histogram.show_counts(None, np.array([0.0, 1.0]))
        self._refresh()

    def set_running(self, running: bool) -> None:
        """Whether a training goes on: only then can the unit be drawn anew."""
        self._running = running
        self._refresh()

    def unit(self) -> int | None:
        """Which unit is shown."""
        return self._unit

    def said(self, name: str) -> str:
        """What is written beside `mean`, `saturated` or `norm`."""
        return self.facts[name].text()

    def _refresh(self) -> None:
        self.resample.setEnabled(self._running and self._unit is not None and self._code)
        self.resample.setToolTip(
            say("Only units of the code can get new random weights")
            if self._unit is not None and not self._code
            else say("Give this unit new weights before the next step; the optimiser starts again for it")
            if self._running
            else say("Units get new random weights only while a training runs: press Train or Continue first")
        )

    @Slot()
    def _ask(self) -> None:
        if self._unit is not None:
            self.resample_asked.emit((self._unit,))


def _lost(ablated: Ablated | None, unit: int) -> str:
    """What is lost without the unit, as a sentence."""
    if ablated is None:
        return say("What is lost without a unit is measured for the units of the code only.")
    rise = ablated.of(unit)
    if rise is None:
        return ""
    change = Text("stays the same")
    if rise:
        change = Text("rises by {much}" if rise > 0 else "falls by {much}", much=_percent(abs(rise)))
    if len(ablated.units) == 1:
        return str(
            plural(
                "Without it the error {change} (over {count} image).",
                "Without it the error {change} (over {count} images).",
                ablated.images,
                change=change,
            )
        )
    mean, rank, count = float(ablated.rise.mean()), ablated.rank(unit), len(ablated.units)
    return say(
        "Without it the error {change} (mean of all units {mean}): rank {rank} of {count}.",
        change=change,
        mean=f"{'' if mean >= 0 else '−'}{_percent(abs(mean))}",
        rank=rank,
        count=count,
    )


def _percent(share: float) -> str:
    much = 100 * share
    return f"{much:.0f} %" if much >= 10 else f"{much:.2g} %" if much >= 0.01 or much == 0 else say("under 0.01 %")
