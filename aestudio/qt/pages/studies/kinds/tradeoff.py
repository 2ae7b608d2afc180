"""The trade-off of chapter 2 of the survey: errors, and how useful the code is, against the code size or any number."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QCheckBox, QFormLayout, QWidget

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.texts import say
from aestudio.core.run.run import Run
from aestudio.core.theory.tradeoff import Point
from aestudio.qt.display import display
from aestudio.qt.pages.studies.knob_values import KnobValues
from aestudio.qt.pages.studies.reconstructions import RECONSTRUCTED, Reconstructions
from aestudio.qt.pages.studies.study import Study, lines
from aestudio.qt.pages.studies.table import StudyTable
from aestudio.qt.widgets.layouts import count_box, in_column, splitter
from aestudio.qt.widgets.line_plot import LinePlot
from aestudio.qt.widgets.lines import Axes
from aestudio.studio.studies.tradeoff import HEADINGS, TIPS, Sweep, Tradeoff


class TradeoffStudy(Study):
    """Some runs for each value of a setting; both errors and a linear probe's accuracy are drawn against it."""

    rank: ClassVar[int] = 10
    title: ClassVar[str] = "Trade-off"
    tip: ClassVar[str] = "Train with several values of one setting, and compare"
    question: ClassVar[str] = (
        "How do the errors change with the code size or another setting, and how useful is the code?"
    )
    shown: Tradeoff | None = None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tradeoffStudy")
        self._run = Run()
        self._fresh = True
        self.knob = KnobValues(self)
        tip = say("How long each of the runs is trained")
        self.epochs = count_box(1, 1_000_000, 1, say("Epochs of each run"), tip, tracking=True)
        self.probe = QCheckBox(say("Linear probe"))
        self.probe.setChecked(True)
        self.form = QWidget()
        form = QFormLayout(self.form)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.knob.add_to(form)
        form.addRow(say("Epochs each"), self.epochs)
        self.seeds.add_to(form)
        form.addRow(self.probe)
        self.plot = LinePlot(say("Errors and accuracy by value"), Axes("", display().error_unit))
        self.table = StudyTable(say("Results for each value"), HEADINGS, TIPS)
        self.table.setToolTip(
            say("Choose a row to see how its model reconstructs held-out images; Enter opens its run")
        )
        self.pictures = Reconstructions((RECONSTRUCTED,))
        below = splitter(Qt.Orientation.Horizontal, self.table, self.pictures, sizes=(640, 240))
        down = splitter(Qt.Orientation.Vertical, self.plot, below, sizes=(360, 260))
        in_column((down, 1), self.verdict, host=self, spacing=-1)
        self.knob.changed.connect(self._ask_again)
        self.epochs.valueChanged.connect(self._ask_again)
        self.table.itemSelectionChanged.connect(self._show_chosen)
        self.table.open_requested.connect(self.open_requested)

    # -- settings ------------------------------------------------------------------------------------------------------

    def set_subject(self, run: Run, dataset: Dataset | None) -> None:
        if self._fresh or run.epochs != self._run.epochs:
            self.epochs.setValue(run.epochs)
        if run != self._run or dataset is not self._dataset:
            self.seeds.begin_anew()
        self._run, self._dataset, self._fresh = run, dataset, False
        self.knob.set_run(run, dataset)
        labelled = dataset is not None and dataset.train.labels is not None
        self.probe.setEnabled(labelled)
        self.probe.setToolTip(
            say("Measure how well a linear classifier can tell the label from the code")
            if labelled
            else say("These images have no labels that a linear classifier could tell from the code")
        )
        self.changed.emit()

    def asked(self) -> Tradeoff:
        path = self.knob.path()
        run = self._run.model_copy(update={"epochs": self.epochs.value()}) if path != "epochs" else self._run
        probe = self.probe.isChecked() and self.probe.isEnabled()
        return Tradeoff(Sweep(run, path, self.knob.chosen(), self.seeds.count(), probe), self._dataset)

    @Slot()
    def _ask_again(self) -> None:
        self.seeds.allow_several(self.knob.path() != "seed")
        self.seeds.begin_anew()
        self.changed.emit()

    # -- the answer ----------------------------------------------------------------------------------------------------

    def begun(self, dataset: Dataset) -> None:
        assert self.shown is not None
        sweep = self.shown.sweep
        self.table.show_rows(())
        self.table.name_first(str(sweep.label))
        right = say("accuracy, %") if sweep.probe else ""
        self.plot.set_axes(Axes(str(sweep.label), display().error_unit, right, sweep.is_spaced))
        self.pictures.begin(dataset)

    def points(self) -> list[Point]:
        """What has been found so far."""
        return list(self.shown.points) if self.shown is not None else []

    def draw(self) -> None:
        super().draw()
        self.plot.set_axes(replace(self.plot.axes, left=display().error_unit))
        if self.shown is not None:
            self.plot.show_lines(lines(self.shown.curves(self.unit())))
            self.table.show_rows(self.shown.rows(self.unit()))

    @Slot()
    def _show_chosen(self) -> None:
        found = self.shown.outcomes() if self.shown is not None else []
        row = self.table.chosen()
        if self.shown is None or not 0 <= row < len(found):
            return
        value = found[row].value
        if (model := self.shown.model(value)) is not None:
            caption = say("{label} {value:g}", label=self.shown.sweep.label, value=value)
            self.pictures.show_model(RECONSTRUCTED, model, caption)
