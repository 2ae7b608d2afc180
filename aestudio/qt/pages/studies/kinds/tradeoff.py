"""The trade-off of chapter 2 of the survey: errors and the worth of the code against the code size, or any number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QFormLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import Text, say
from aestudio.core.model.trained import Model
from aestudio.core.probes.pca import LARGEST, PCA, pca
from aestudio.core.run.events import Finished
from aestudio.core.run.run import Run
from aestudio.core.theory import tradeoff
from aestudio.core.theory.knobs import CODE_SIZE, number_knob
from aestudio.core.theory.tradeoff import Point, SweepEvent
from aestudio.core.theory.trains import Trains, until_stopped
from aestudio.core.training.controls import Controls
from aestudio.qt import theme
from aestudio.qt.display import display
from aestudio.qt.pages.studies.knob_values import KnobValues
from aestudio.qt.pages.studies.reconstructions import Reconstructions
from aestudio.qt.pages.studies.study import Study
from aestudio.qt.widgets.layouts import count_box, in_column, splitter
from aestudio.qt.widgets.line_plot import LinePlot
from aestudio.qt.widgets.lines import Axes, Line
from aestudio.qt.widgets.sharing import share
from aestudio.studio.study import Work

HEADINGS = (Text("Value"), Text("Training"), Text("Held out"), Text("Probe"), Text("Seconds"), Text("Run"))
TIPS = (
    Text("What the run was trained with"),
    Text("Mean squared error per pixel of the training images"),
    Text("Mean squared error per pixel of images that were not trained on"),
    Text("Held-out images that a linear classifier recognises by their code"),
    Text("For training and measuring"),
    Text("Its number on the Runs page"),
)
RECONSTRUCTED = Text("Reconstructed")
FLOOR_PIXELS = 1024
"""For images of up to so many pixels PCA is quick enough to be drawn beside a sweep of the code size."""


class TradeoffStudy(Study):
    """One run for each value of a setting; both errors and a linear probe's accuracy are drawn against it."""

    rank: ClassVar[int] = 10
    title: ClassVar[str] = "Trade-off"
    tip: ClassVar[str] = "Train with several values of one setting, and compare"
    question: ClassVar[str] = (
        "How do the errors change with the code size or another setting, and how useful is the code?"
    )

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tradeoffStudy")
        self._run = Run()
        self._fresh, self._probes = True, False
        self._label = Text("")
        self._points: list[Point] = []
        self._models: dict[int, Model] = {}
        self._pca: PCA | None = None
        self.knob = KnobValues()
        tip = say("How long each of the runs is trained")
        self.epochs = count_box(1, 1_000_000, 1, say("Epochs of each run"), tip, tracking=True)
        self.probe = QCheckBox(say("Linear probe"))
        self.probe.setChecked(True)
        self.form = QWidget()
        form = QFormLayout(self.form)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow(self.knob)
        form.addRow(say("Epochs each"), self.epochs)
        form.addRow(self.probe)
        self.plot = LinePlot(say("Errors and accuracy by value"), Axes("", display().error_unit))
        self.table = QTableWidget(0, len(HEADINGS))
        self.pictures = Reconstructions((RECONSTRUCTED,))
        self._lay_out()
        self.knob.changed.connect(self.changed)
        self.table.itemSelectionChanged.connect(self._show_chosen)
        self.table.itemActivated.connect(self._open)

    def _lay_out(self) -> None:
        self.table.setAccessibleName(say("What came of each value"))
        for place, (heading, tip) in enumerate(zip(HEADINGS, TIPS, strict=True)):
            item = QTableWidgetItem(str(heading))
            item.setToolTip(str(tip))
            item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.table.setHorizontalHeaderItem(place, item)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.horizontalHeader().setHighlightSections(False)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        share(self.table)
        self.table.setToolTip(
            say("Choose a row to see how its model reconstructs held-out images; Enter opens its run")
        )
        below = splitter(Qt.Orientation.Horizontal, self.table, self.pictures, sizes=(520, 360))
        down = splitter(Qt.Orientation.Vertical, self.plot, below, sizes=(360, 260))
        in_column(down, host=self)

    # -- settings ------------------------------------------------------------------------------------------------------

    def set_subject(self, run: Run, dataset: Dataset | None) -> None:
        if self._fresh or run.epochs != self._run.epochs:
            self.epochs.setValue(run.epochs)
        self._run, self._dataset, self._fresh = run, dataset, False
        self.knob.set_run(run, dataset)
        labelled = dataset is not None and dataset.train.labels is not None
        self.probe.setEnabled(labelled)
        self.probe.setToolTip(
            say("Ask how much of the labels a linear classifier can read off each code")
            if labelled
            else say("These images have no labels that a linear classifier could read off the code")
        )
        self.changed.emit()

    def problem(self) -> str:
        if self._dataset is None:
            return say("There are no images to train on; choose other data on the Explore page.")
        try:
            for run in tradeoff.runs(self._run, self.knob.path(), self.knob.chosen()):
                run.check(self._dataset.shape)
        except RunError as error:
            return str(error)
        return ""

    # -- the work ------------------------------------------------------------------------------------------------------

    def begin(self, trains: Trains) -> Work:
        assert self._dataset is not None
        dataset, path, values = self._dataset, self.knob.path(), self.knob.chosen()
        run = self._run.model_copy(update={"epochs": self.epochs.value()}) if path != "epochs" else self._run
        probe = self.probe.isChecked() and self.probe.isEnabled()
        floors = path == CODE_SIZE and np.prod(dataset.shape) <= min(FLOOR_PIXELS, LARGEST)
        self._points, self._models, self._pca = [], {}, None
        self._label = Text("code size") if path == CODE_SIZE else Text(number_knob(run, path).label)
        self._probes = probe
        self.table.setRowCount(0)
        heading = say("Code size") if path == CODE_SIZE else str(HEADINGS[0])
        self.table.model().setHeaderData(0, Qt.Orientation.Horizontal, heading)
        ordered = sorted(values)
        spaced = len(ordered) > 2 and ordered[0] > 0 and ordered[-1] / ordered[0] > 8
        self.plot.set_axes(Axes(str(self._label), display().error_unit, say("accuracy, %") if probe else "", spaced))
        self.pictures.begin(dataset)
        self.draw()

        def work(controls: Controls) -> Iterator[Any]:
            if floors:
                yield pca(dataset, report=until_stopped(controls))
            yield from tradeoff.sweep(run, path, values, dataset, controls, probe=probe, trains=trains)

        return work

    def take(self, told: Any) -> None:
        match told:
            case PCA():
                self._pca = told
            case SweepEvent(event=Finished(run=Run() as run, weights=dict(weights), depth=depth)):
                assert self._dataset is not None
                self._models[told.index] = Model(run, self._dataset.shape, weights, depth)
            case Point():
                self._points.append(told)
                self._add_row(told)

    def points(self) -> list[Point]:
        """What has been found so far."""
        return list(self._points)

    def draw(self) -> None:
        look, factor = theme.current(), self.unit()
        self.plot.set_axes(replace(self.plot.axes, left=display().error_unit))
        points = sorted((p for p in self._points if p.held_out_error is not None), key=lambda p: p.value)
        x = np.array([p.value for p in points], float)

        def line(name: str, y: list[float | None], colour: int, *, right: bool = False, factor: float = 1.0) -> Line:
            numbers = factor * np.array([np.nan if value is None else value for value in y], float)
            return Line(name, x, numbers, look.series[colour], dots=True, right=right)

        lines = [
            line(say("training error"), [p.training_error for p in points], 0, factor=factor),
            line(say("held-out error"), [p.held_out_error for p in points], 1, factor=factor),
        ]
        if self._pca is not None:
            floors = [self._pca.floor(int(p.value))[1] for p in points]
            lines.append(Line(say("PCA floor, held out"), x, factor * np.array(floors), look.muted, dashed=True))
        if self._probes:
            accuracy = [None if p.probe_accuracy is None else 100 * p.probe_accuracy for p in points]
            lines.append(line(say("linear-probe accuracy"), accuracy, 2, right=True))
        self.plot.show_lines(lines if points else [])

    # -- the table -----------------------------------------------------------------------------------------------------

    def _add_row(self, point: Point) -> None:
        row = self.table.rowCount()
        self.table.insertRow(row)
        accuracy = "–" if point.probe_accuracy is None else f"{point.probe_accuracy:.1%}"
        errors = ("–" if e is None else f"{e:.5f}" for e in (point.training_error, point.held_out_error))
        cells = (f"{point.value:g}", *errors, accuracy, f"{point.seconds:.1f}", str(point.number or "–"))
        for column, text in enumerate(cells):
            item = QTableWidgetItem(text)
            item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setToolTip(point.trouble)
            self.table.setItem(row, column, item)
        self.table.selectRow(row)

    @Slot()
    def _show_chosen(self) -> None:
        row = self.table.currentRow()
        if not 0 <= row < len(self._points):
            return
        point = self._points[row]
        model = self._models.get(point.index)
        if model is not None:
            caption = say("{label} {value:g}", label=self._label, value=point.value)
            self.pictures.show_model(RECONSTRUCTED, model, caption)

    @Slot(QTableWidgetItem)
    def _open(self, item: QTableWidgetItem) -> None:
        number = self._points[item.row()].number
        if number:
            self.open_requested.emit(number)
