"""Rate and distortion over β: what the code of a variational autoencoder tells, and what is lost."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFormLayout, QLineEdit, QWidget

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import say
from aestudio.core.run.run import Run
from aestudio.core.theory.rate_distortion import BETA, check
from aestudio.qt.pages.studies.reconstructions import RECONSTRUCTED, Reconstructions
from aestudio.qt.pages.studies.study import Study, lines
from aestudio.qt.pages.studies.table import StudyTable
from aestudio.qt.widgets.layouts import count_box, in_column, splitter
from aestudio.qt.widgets.line_plot import LinePlot
from aestudio.qt.widgets.lines import Axes
from aestudio.qt.widgets.number_boxes import numbers_text
from aestudio.studio.studies.knob_values import WIDE, read_values, usual
from aestudio.studio.studies.rate_distortion import HEADINGS, TIPS, RateDistortion


class RateDistortionStudy(Study):
    """Some runs for each β; distortion is drawn over rate."""

    rank: ClassVar[int] = 30
    title: ClassVar[str] = "Rate and distortion"
    tip: ClassVar[str] = "Train with several β, and see what the code tells and what is lost"
    question: ClassVar[str] = "What does each nat that the code tells save of the reconstruction loss, over β?"
    shown: RateDistortion | None = None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rateDistortionStudy")
        self._run = Run()
        self._fresh = True
        self.values = QLineEdit()
        self.values.setAccessibleName(say("Values of β"))
        self.values.setToolTip(say("The network is trained with each of these values; write commas between them"))
        tip = say("How long each of the runs is trained")
        self.epochs = count_box(1, 1_000_000, 1, say("Epochs of each run"), tip, tracking=True)
        self.form = QWidget()
        form = QFormLayout(self.form)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(say("Values of β"), self.values)
        form.addRow(say("Epochs each"), self.epochs)
        self.seeds.add_to(form)
        axes = Axes(say("rate R in nats"), say("distortion D, the loss of an image"))
        self.plot = LinePlot(say("Distortion over rate"), axes)
        self.table = StudyTable(say("Results for each β"), HEADINGS, TIPS)
        self.table.setToolTip(
            say("Choose a row to see how its model reconstructs held-out images; Enter opens its run")
        )
        self.pictures = Reconstructions((RECONSTRUCTED,))
        below = splitter(Qt.Orientation.Horizontal, self.table, self.pictures, sizes=(640, 240))
        down = splitter(Qt.Orientation.Vertical, self.plot, below, sizes=(360, 260))
        in_column((down, 1), self.verdict, host=self, spacing=-1)
        self.values.textChanged.connect(self._ask_again)
        self.epochs.valueChanged.connect(self._ask_again)
        self.table.itemSelectionChanged.connect(self._show_chosen)
        self.table.open_requested.connect(self.open_requested)

    # -- settings ------------------------------------------------------------------------------------------------------

    def set_subject(self, run: Run, dataset: Dataset | None) -> None:
        if self._fresh or run.epochs != self._run.epochs:
            self.epochs.setValue(run.epochs)
        if run != self._run or dataset is not self._dataset:
            self.seeds.begin_anew()
        before, self._run, self._dataset = self._run, run, dataset
        if self._fresh or run.penalties != before.penalties:
            self._offer()
        self._fresh = False
        self.changed.emit()

    def asked(self) -> RateDistortion:
        check(self._run)
        run = self._run.model_copy(update={"epochs": self.epochs.value()})
        return RateDistortion(run, read_values(self.values.text(), run, BETA), self.seeds.count(), self._dataset)

    def recipe(self) -> str:
        try:
            check(self._run)
        except RunError:
            return "vae"
        return ""

    def _offer(self) -> None:
        """Values around that of the run."""
        try:
            check(self._run)
        except RunError:
            return
        self.values.setText(numbers_text(f"{value:g}" for value in usual(self._run, BETA, WIDE)))

    @Slot()
    def _ask_again(self) -> None:
        self.seeds.begin_anew()
        self.changed.emit()

    # -- the answer ----------------------------------------------------------------------------------------------------

    def begun(self, dataset: Dataset) -> None:
        self.table.show_rows(())
        self.pictures.begin(dataset)

    def draw(self) -> None:
        super().draw()
        if self.shown is not None:
            self.plot.show_lines(lines(self.shown.curves()))
            self.table.show_rows(self.shown.rows())

    @Slot()
    def _show_chosen(self) -> None:
        found = self.shown.rates() if self.shown is not None else []
        row = self.table.chosen()
        if self.shown is None or not 0 <= row < len(found):
            return
        value = found[row].value
        if (model := self.shown.model(value)) is not None:
            self.pictures.show_model(RECONSTRUCTED, model, say("β {value:g}", value=value))
