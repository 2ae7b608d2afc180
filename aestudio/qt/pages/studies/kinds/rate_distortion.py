"""Rate and distortion over β: what the code of a variational autoencoder tells, and what is lost."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtWidgets import QFormLayout, QLineEdit, QWidget

from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import say
from aestudio.core.model.trained import Model
from aestudio.core.run.run import Run
from aestudio.core.theory.knobs import Number
from aestudio.core.theory.rate_distortion import BETA, check
from aestudio.qt.pages.studies.over_values import OverValues
from aestudio.qt.pages.studies.study import lines
from aestudio.qt.pages.studies.table import StudyTable
from aestudio.qt.widgets.line_plot import LinePlot
from aestudio.qt.widgets.lines import Axes
from aestudio.qt.widgets.number_boxes import numbers_text
from aestudio.studio.studies.knob_values import WIDE, read_values, usual
from aestudio.studio.studies.rate_distortion import HEADINGS, TIPS, RateDistortion


class RateDistortionStudy(OverValues):
    """Some runs for each β; distortion is drawn over rate."""

    rank: ClassVar[int] = 30
    title: ClassVar[str] = "Rate and distortion"
    tip: ClassVar[str] = "Train with several β, and see what the code tells and what is lost"
    question: ClassVar[str] = "What does each nat that the code tells save of the reconstruction loss, over β?"
    shown: RateDistortion | None = None

    def __init__(self, parent: QWidget | None = None) -> None:
        axes = Axes(say("rate R in nats"), say("distortion D, the loss of an image"))
        table = StudyTable(say("Results for each β"), HEADINGS, TIPS)
        super().__init__(LinePlot(say("Distortion over rate"), axes), table, parent)
        self.setObjectName("rateDistortionStudy")

    def add_values_to(self, form: QFormLayout) -> None:
        self.values = QLineEdit()
        self.values.setAccessibleName(say("Values of β"))
        self.values.setToolTip(say("The network is trained with each of these values; write commas between them"))
        self.values.textChanged.connect(self.ask_again)
        form.addRow(say("Values of β"), self.values)

    # -- settings ------------------------------------------------------------------------------------------------------

    def offer_values(self, before: Run | None) -> None:
        if (before is None or self.run.penalties != before.penalties) and _is_variational(self.run):
            self.values.setText(numbers_text(f"{value:g}" for value in usual(self.run, BETA, WIDE)))

    def asked(self) -> RateDistortion:
        check(self.run)
        run = self.run.model_copy(update={"epochs": self.epochs.value()})
        return RateDistortion(run, read_values(self.values.text(), run, BETA), self.seeds.count(), self._dataset)

    def recipe(self) -> str:
        return "" if _is_variational(self.run) else "vae"

    # -- the answer ----------------------------------------------------------------------------------------------------

    def draw(self) -> None:
        super().draw()
        if self.shown is not None:
            self.plot.show_lines(lines(self.shown.curves()))
            self.table.show_rows(self.shown.rows())

    def values_found(self) -> list[Number]:
        return [one.value for one in self.shown.rates()] if self.shown is not None else []

    def model(self, value: Number) -> tuple[Model | None, str]:
        assert self.shown is not None
        return self.shown.model(value), say("β {value:g}", value=value)


def _is_variational(run: Run) -> bool:
    """It has a rate, and a β to change."""
    try:
        check(run)
    except RunError:
        return False
    return True
