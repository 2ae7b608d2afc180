"""Layer by layer against end to end: the same deep network trained both ways at an equal budget, then fine-tuned."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFormLayout, QWidget

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.texts import say
from aestudio.core.model.trained import Model
from aestudio.core.parts.schedules.greedy import Greedy
from aestudio.core.run.run import Run
from aestudio.core.theory.greedy import Curve
from aestudio.qt import theme
from aestudio.qt.display import display
from aestudio.qt.pages.studies.reconstructions import Reconstructions
from aestudio.qt.pages.studies.study import Study, lines
from aestudio.qt.pages.studies.table import StudyTable
from aestudio.qt.widgets.layouts import count_box, in_column, splitter
from aestudio.qt.widgets.line_plot import LinePlot
from aestudio.qt.widgets.lines import Axes, Mark
from aestudio.studio.studies.layer_by_layer import CURVES, HEADINGS, TIPS, LayerByLayer, LayerwisePlan
from aestudio.studio.studies.study import pattern


class GreedyStudy(Study):
    """Three curves of the held-out error over the budget, and what the three models make of the same images."""

    rank: ClassVar[int] = 20
    title: ClassVar[str] = "Layer by layer"
    tip: ClassVar[str] = "Train a deep network layer by layer and end to end, at an equal budget"
    question: ClassVar[str] = "Is a deep network better trained layer by layer, end to end, or one after the other?"
    shown: LayerByLayer | None = None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("greedyStudy")
        self._run = Run()
        self._fresh = True
        self._pictured: dict[Curve, Model] = {}
        tip = say("Each layer gets this many epochs in both trainings, so that the comparison is fair")
        self.layer_epochs = count_box(1, 1_000_000, 1, say("Epochs for each layer"), tip, tracking=True)
        tip = say("After that all layers are trained together for this many epochs, in both trainings")
        self.epochs = count_box(1, 1_000_000, 1, say("Epochs of fine-tuning"), tip, tracking=True)
        self.form = QWidget()
        form = QFormLayout(self.form)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow(say("Epochs for each layer"), self.layer_epochs)
        form.addRow(say("Fine-tuning"), self.epochs)
        self.seeds.add_to(form)
        axes = Axes(say("training so far, in epochs of the whole network"), display().error_unit, log_y=True)
        self.plot = LinePlot(say("Held-out error during training"), axes)
        self.table = StudyTable(say("Results of both ways"), HEADINGS, TIPS)
        self.table.setToolTip(say("Enter opens the run of a row"))
        self.plot.setMinimumHeight(theme.px(220))
        self.table.setMinimumHeight(theme.px(110))
        self.pictures = Reconstructions(tuple(CURVES.values()))
        down = splitter(Qt.Orientation.Vertical, self.plot, self.table, self.pictures, sizes=(330, 110, 200))
        self.verdict.setObjectName("greedySaid")
        in_column((down, 1), self.verdict, host=self, spacing=-1)
        self.layer_epochs.valueChanged.connect(self._ask_again)
        self.epochs.valueChanged.connect(self._ask_again)
        self.table.open_requested.connect(self.open_requested)

    # -- settings ------------------------------------------------------------------------------------------------------

    def set_subject(self, run: Run, dataset: Dataset | None) -> None:
        own = run.schedule.layer_epochs if isinstance(run.schedule, Greedy) else run.epochs
        if self._fresh or (run.schedule, run.epochs) != (self._run.schedule, self._run.epochs):
            self.layer_epochs.setValue(own)
            self.epochs.setValue(run.epochs)
        if run != self._run or dataset is not self._dataset:
            self.seeds.begin_anew()
        self._run, self._dataset, self._fresh = run, dataset, False
        self.changed.emit()

    def asked(self) -> LayerByLayer:
        comparison = LayerwisePlan(self._run, self.layer_epochs.value(), self.epochs.value(), self.seeds.count())
        return LayerByLayer(comparison, self._dataset)

    def recipe(self) -> str:
        return "deep-greedy" if self._dataset is not None and self.problem() else ""

    @Slot()
    def _ask_again(self) -> None:
        self.seeds.begin_anew()
        self.changed.emit()

    # -- the answer ----------------------------------------------------------------------------------------------------

    def begun(self, dataset: Dataset) -> None:
        self._pictured = {}
        self.table.show_rows(())
        self.pictures.begin(dataset)

    def draw(self) -> None:
        super().draw()
        self.plot.set_axes(replace(self.plot.axes, left=display().error_unit))
        if self.shown is None:
            return
        factor = self.unit()
        drawn = lines(self.shown.curves(factor))
        begun = any(len(line.x) for line in drawn)
        marks = [Mark(str(border.name), border.spent, row) for row, border in enumerate(self.shown.borders())]
        self.plot.show_lines(drawn if begun else [], marks=marks if begun else [])
        self.table.show_rows(self.shown.rows(factor))
        for curve, (model, error) in self.shown.models.items():
            if self._pictured.get(curve) is not model:
                self._pictured[curve] = model
                said = ""
                if error is not None:
                    said = say(
                        "Held-out error {error} of seed {seed}",
                        seed=model.run.seed,
                        error=f"{factor * error:{pattern(factor)}}",
                    )
                self.pictures.show_model(CURVES[curve], model, said)
