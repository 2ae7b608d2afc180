"""Layer by layer against end to end: the same deep network trained both ways at an equal budget, then fine-tuned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar, get_args

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QWidget

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import Text, say
from aestudio.core.model.trained import Model
from aestudio.core.parts.schedules.greedy import Greedy
from aestudio.core.run.events import Preview
from aestudio.core.run.run import Run
from aestudio.core.theory import greedy
from aestudio.core.theory.greedy import Compared, CompareEvent, Curve, epochs
from aestudio.core.theory.trains import Trains
from aestudio.core.training.controls import Controls
from aestudio.qt import theme
from aestudio.qt.display import display
from aestudio.qt.pages.studies.reconstructions import Reconstructions
from aestudio.qt.pages.studies.study import Study
from aestudio.qt.widgets.basics import label
from aestudio.qt.widgets.layouts import count_box, in_column, splitter
from aestudio.qt.widgets.line_plot import LinePlot
from aestudio.qt.widgets.lines import Axes, Line, Mark
from aestudio.studio.study import Work

TOGETHER, GREEDY, TUNED = get_args(Curve)
CURVES: dict[Curve, Text] = {
    TOGETHER: Text("End to end"),
    GREEDY: Text("Layer by layer"),
    TUNED: Text("Layer by layer, fine-tuned"),
}


class GreedyStudy(Study):
    """Three curves of the held-out error over the budget, and what the three models make of the same images."""

    rank: ClassVar[int] = 20
    title: ClassVar[str] = "Layer by layer"
    tip: ClassVar[str] = "Train a deep network layer by layer and end to end, at an equal budget"
    question: ClassVar[str] = "Is a deep network better trained layer by layer, end to end, or one after the other?"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("greedyStudy")
        self._run = Run()
        self._spent: dict[Curve, list[float]] = {}
        self._errors: dict[Curve, list[float]] = {}
        self._result: Compared | None = None
        self._fresh = True
        tip = say("Each layer gets this many epochs in both trainings, so that the comparison is fair")
        self.layer_epochs = count_box(1, 1_000_000, 1, say("Epochs for each layer"), tip, tracking=True)
        tip = say("After that all layers are trained together for this many epochs, in both trainings")
        self.epochs = count_box(1, 1_000_000, 1, say("Epochs of fine-tuning"), tip, tracking=True)
        self.form = QWidget()
        form = QFormLayout(self.form)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow(say("Epochs for each layer"), self.layer_epochs)
        form.addRow(say("Fine-tuning"), self.epochs)
        axes = Axes(say("budget, in epochs of the whole network"), display().error_unit, log_y=True)
        self.plot = LinePlot(say("Held-out error over the budget"), axes)
        self.said = label("", "muted", wrap=True)
        self.said.setObjectName("greedySaid")
        self.pictures = Reconstructions(tuple(CURVES.values()))
        down = splitter(Qt.Orientation.Vertical, self.plot, self.pictures, sizes=(380, 240))
        in_column((down, 1), self.said, host=self, spacing=-1)

    # -- settings ------------------------------------------------------------------------------------------------------

    def set_subject(self, run: Run, dataset: Dataset | None) -> None:
        own = run.schedule.layer_epochs if isinstance(run.schedule, Greedy) else run.epochs
        if self._fresh or (run.schedule, run.epochs) != (self._run.schedule, self._run.epochs):
            self.layer_epochs.setValue(own)
            self.epochs.setValue(run.epochs)
        self._run, self._dataset, self._fresh = run, dataset, False
        self.changed.emit()

    def problem(self) -> str:
        if self._dataset is None:
            return say("There are no images to train on; choose other data on the Explore page.")
        try:
            greedy.runs(self._run, self._dataset.shape, self.layer_epochs.value())
        except RunError as error:
            return str(error)
        return ""

    def recipe(self) -> str:
        return "deep-greedy" if self._dataset is not None and self.problem() else ""

    # -- the work ------------------------------------------------------------------------------------------------------

    def begin(self, trains: Trains) -> Work:
        assert self._dataset is not None
        dataset, layer_epochs = self._dataset, self.layer_epochs.value()
        run = self._run.model_copy(update={"epochs": self.epochs.value()})
        self._spent, self._errors = {curve: [] for curve in CURVES}, {curve: [] for curve in CURVES}
        self._result = None
        self.pictures.begin(dataset)
        self.draw()

        def work(controls: Controls) -> Iterator[Any]:
            yield from greedy.compare(run, dataset, controls, layer_epochs=layer_epochs, trains=trains)

        return work

    def take(self, told: Any) -> None:
        match told:
            case CompareEvent(event=Preview() as preview):
                self._show_preview(told, preview)
            case CompareEvent():
                if told.error is not None:
                    self._spent[told.curve].append(told.spent)
                    self._errors[told.curve].append(told.error)
            case Compared():
                self._result = told

    def _show_preview(self, told: CompareEvent, preview: Preview) -> None:
        curve = told.curve
        if curve == GREEDY and not told.begins_tuning:  # the last layer is not in yet
            return
        assert self._dataset is not None
        model = Model(preview.run, self._dataset.shape, preview.weights)
        errors = self._errors[curve]
        self.pictures.show_model(
            CURVES[curve], model, say("Held-out error {error:.5f}", error=errors[-1]) if errors else ""
        )

    def result(self) -> Compared | None:
        """All of it, where it has come to its end."""
        return self._result

    def draw(self) -> None:
        look, factor = theme.current(), self.unit()
        self.plot.set_axes(replace(self.plot.axes, left=display().error_unit))
        lines = []
        for place, (curve, name) in enumerate(CURVES.items()):
            x, y = np.array(self._spent.get(curve, ())), factor * np.array(self._errors.get(curve, ()))
            lines.append(Line(str(name), x, y, look.series[place], dots=True))
        begun = any(len(line.x) for line in lines)
        marks = [Mark(say("fine-tuning"), self._tuned_from())] if begun else []
        self.plot.show_lines(lines if begun else [], marks=marks)
        self.said.setText(_words(self._result) if self._result else "")
        self.said.setVisible(self._result is not None)

    def _tuned_from(self) -> float:
        return float(self.layer_epochs.value())


def _words(found: Compared) -> str:
    together, greedily = found.end_to_end_fine_tuned, found.layer_by_layer_fine_tuned
    return say(
        "At an equal budget of {budget} a layer: end to end {end_to_end:.5f}, layer by layer {layer_by_layer:.5f}. "
        "After {tuning} of fine-tuning: {together:.5f} and {greedily:.5f}, so {better} was better.",
        budget=epochs(found.budget),
        end_to_end=found.end_to_end,
        layer_by_layer=found.layer_by_layer,
        tuning=epochs(found.fine_tuning),
        together=together,
        greedily=greedily,
        better=Text("layer by layer first" if greedily < together else "end to end throughout"),
    )
