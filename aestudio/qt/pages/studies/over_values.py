"""What studies over the values of one setting have in common: a plot, a row for each value, and what the model of a
chosen row makes of images.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFormLayout, QWidget

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.texts import say
from aestudio.core.model.trained import Model
from aestudio.core.run.run import Run
from aestudio.core.theory.knobs import Number
from aestudio.qt.pages.studies.reconstructions import RECONSTRUCTED, Reconstructions
from aestudio.qt.pages.studies.study import Study
from aestudio.qt.pages.studies.table import StudyTable
from aestudio.qt.widgets.layouts import count_box, in_column, splitter
from aestudio.qt.widgets.line_plot import LinePlot


class OverValues(Study):
    """Some runs for each value."""

    is_base = True

    def __init__(self, plot: LinePlot, table: StudyTable, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.run = Run()
        """The settings that it would begin with."""
        self._is_fresh = True
        tip = say("How long each of the runs is trained")
        self.epochs = count_box(1, 1_000_000, 1, say("Epochs of each run"), tip, tracking=True)
        self.form = QWidget()
        form = QFormLayout(self.form)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.add_values_to(form)
        form.addRow(say("Epochs each"), self.epochs)
        self.seeds.add_to(form)
        self.plot, self.table = plot, table
        table.setToolTip(say("Choose a row to see how its model reconstructs held-out images; Enter opens its run"))
        self.pictures = Reconstructions((RECONSTRUCTED,))
        below = splitter(Qt.Orientation.Horizontal, table, self.pictures, sizes=(640, 240))
        down = splitter(Qt.Orientation.Vertical, plot, below, sizes=(360, 260))
        in_column((down, 1), self.verdict, host=self, spacing=-1)
        self.epochs.valueChanged.connect(self.ask_again)
        table.itemSelectionChanged.connect(self._show_chosen)
        table.open_requested.connect(self.open_requested)

    def add_values_to(self, form: QFormLayout) -> None:
        """The settings that say which values there are."""
        raise NotImplementedError

    def offer_values(self, before: Run | None) -> None:
        """Of the settings, which were others `before`; None where there were none."""
        raise NotImplementedError

    def values_found(self) -> list[Number]:
        """Of the rows of the table."""
        raise NotImplementedError

    def model(self, value: Number) -> tuple[Model | None, str]:
        """That was trained with it, and what it is called; None where there is none."""
        raise NotImplementedError

    def set_subject(self, run: Run, dataset: Dataset | None) -> None:
        before = None if self._is_fresh else self.run
        if before is None or run.epochs != before.epochs:
            self.epochs.setValue(run.epochs)
        if run != before or dataset is not self._dataset:
            self.seeds.begin_anew()
        self.run, self._dataset, self._is_fresh = run, dataset, False
        self.offer_values(before)
        self.changed.emit()

    @Slot()
    def ask_again(self) -> None:
        """A setting is another one."""
        self.seeds.begin_anew()
        self.changed.emit()

    def begun(self, dataset: Dataset) -> None:
        self.table.show_rows(())
        self.pictures.begin(dataset)

    @Slot()
    def _show_chosen(self) -> None:
        values, row = self.values_found(), self.table.chosen()
        if not 0 <= row < len(values):
            return
        model, caption = self.model(values[row])
        if model is not None:
            self.pictures.show_model(RECONSTRUCTED, model, caption)
