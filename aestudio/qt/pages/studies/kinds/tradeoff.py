"""The trade-off of chapter 2 of the survey: errors, and how useful the code is, against the code size or any number."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QFormLayout, QWidget

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.texts import say
from aestudio.core.model.trained import Model
from aestudio.core.run.run import Run
from aestudio.core.theory.knobs import Number
from aestudio.core.theory.tradeoff import Point
from aestudio.qt.display import display
from aestudio.qt.pages.studies.knob_values import KnobValues
from aestudio.qt.pages.studies.over_values import OverValues
from aestudio.qt.pages.studies.study import lines
from aestudio.qt.pages.studies.table import StudyTable
from aestudio.qt.widgets.line_plot import LinePlot
from aestudio.qt.widgets.lines import Axes
from aestudio.studio.studies.tradeoff import HEADINGS, TIPS, Sweep, Tradeoff


class TradeoffStudy(OverValues):
    """Some runs for each value of a setting; both errors and a linear probe's accuracy are drawn against it."""

    rank: ClassVar[int] = 10
    title: ClassVar[str] = "Trade-off"
    tip: ClassVar[str] = "Train with several values of one setting, and compare"
    question: ClassVar[str] = (
        "How do the errors change with the code size or another setting, and how useful is the code?"
    )
    shown: Tradeoff | None = None

    def __init__(self, parent: QWidget | None = None) -> None:
        plot = LinePlot(say("Errors and accuracy by value"), Axes("", display().error_unit))
        super().__init__(plot, StudyTable(say("Results for each value"), HEADINGS, TIPS), parent)
        self.setObjectName("tradeoffStudy")
        self.probe = QCheckBox(say("Linear probe"))
        self.probe.setChecked(True)
        form = self.form.layout()
        assert isinstance(form, QFormLayout)
        form.addRow(self.probe)

    def add_values_to(self, form: QFormLayout) -> None:
        self.knob = KnobValues(self)
        self.knob.changed.connect(self.ask_again)
        self.knob.add_to(form)

    # -- settings ------------------------------------------------------------------------------------------------------

    def offer_values(self, before: Run | None) -> None:
        self.knob.set_run(self.run, self._dataset)
        labelled = self._dataset is not None and self._dataset.train.labels is not None
        self.probe.setEnabled(labelled)
        self.probe.setToolTip(
            say("Measure how well a linear classifier can tell the label from the code")
            if labelled
            else say("These images have no labels that a linear classifier could tell from the code")
        )

    def asked(self) -> Tradeoff:
        path = self.knob.path()
        run = self.run.model_copy(update={"epochs": self.epochs.value()}) if path != "epochs" else self.run
        probe = self.probe.isChecked() and self.probe.isEnabled()
        return Tradeoff(Sweep(run, path, self.knob.chosen(), self.seeds.count(), probe), self._dataset)

    @Slot()
    def ask_again(self) -> None:
        self.seeds.allow_several(self.knob.path() != "seed")
        super().ask_again()

    # -- the answer ----------------------------------------------------------------------------------------------------

    def begun(self, dataset: Dataset) -> None:
        assert self.shown is not None
        sweep = self.shown.sweep
        super().begun(dataset)
        self.table.name_first(str(sweep.label))
        right = say("accuracy, %") if sweep.probe else ""
        self.plot.set_axes(Axes(str(sweep.label), display().error_unit, right, sweep.is_spaced))

    def points(self) -> list[Point]:
        """What has been found so far."""
        return list(self.shown.points) if self.shown is not None else []

    def draw(self) -> None:
        super().draw()
        self.plot.set_axes(replace(self.plot.axes, left=display().error_unit))
        if self.shown is not None:
            self.plot.show_lines(lines(self.shown.curves(self.unit())))
            self.table.show_rows(self.shown.rows(self.unit()))

    def values_found(self) -> list[Number]:
        return [one.value for one in self.shown.outcomes()] if self.shown is not None else []

    def model(self, value: Number) -> tuple[Model | None, str]:
        assert self.shown is not None
        return self.shown.model(value), say("{label} {value:g}", label=self.shown.sweep.label, value=value)
