"""Which way cleans, with its settings, how strongly, and which noise level it is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from aestudio.core.denoise.current_model import CurrentModel
from aestudio.core.denoise.noise import Noise
from aestudio.core.denoise.way import Way
from aestudio.core.denoise.ways.model import TrainedModel
from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import SPACE, Text, listed, say
from aestudio.core.model.suffix import SUFFIX
from aestudio.core.parts.slots import options, validated
from aestudio.qt.forms import SlotForm
from aestudio.qt.widgets.basics import Readout, TextButton, label, pad
from aestudio.qt.widgets.layouts import in_column, in_row

if TYPE_CHECKING:
    from aestudio.core.model.trained import Model

FIRST = "photo"


class WaysPanel(QWidget):
    """Keeps the settings of every way while another one is chosen."""

    changed = Signal()
    refused = Signal(str)
    library_asked = Signal(QWidget)
    """The button under which the runs of the library are to be offered."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        members: dict[str, type[Way]] = dict(options(Way))
        place = list(members).index(TrainedModel.kind)
        kinds = [*list(members)[:place], CurrentModel.kind, *list(members)[place:]]
        self._ways: dict[str, Way] = {
            kind: CurrentModel() if kind == CurrentModel.kind else members[kind]() for kind in kinds
        }
        self._model: Callable[[], Model | None] = lambda: None
        self._form: SlotForm | None = None
        self.chooser = QComboBox()
        self.chooser.setObjectName("wayChooser")
        self.chooser.setAccessibleName(say("Denoising method"))
        for kind, way in self._ways.items():
            self.chooser.addItem(say(way.title), kind)
            self.chooser.setItemData(self.chooser.count() - 1, say(way.about), Qt.ItemDataRole.ToolTipRole)
        self.about = label("", "muted", wrap=True)
        self.file = TextButton(say("Model file…"), say("Choose a model that this program saved"), icon="open")
        self.library = TextButton(say("From the library…"), say("Choose a model among your trainings"), icon="runs")
        self._models = QWidget()
        in_row(self.file, self.library, host=self._models, spacing=-1)
        self.strength = QSlider(Qt.Orientation.Horizontal)
        self.strength.setRange(0, 100)
        self.strength.setValue(100)
        self.strength.setAccessibleName(say("Strength in percent"))
        self.strength.setToolTip(say("How much of the result is blended into the picture: 0 % leaves it as it is"))
        self._strong = Readout(say("{percent} %", percent=100))
        self._strong.setText(self._strong.longest)
        self.own_sigma = QCheckBox(say("Noise σ of 255"))
        self.own_sigma.setToolTip(say("Tick to say the noise level yourself instead of taking the estimate"))
        self.sigma = QDoubleSpinBox()
        self.sigma.setRange(0.0, 255.0)
        self.sigma.setDecimals(1)
        self.sigma.setEnabled(False)
        self.sigma.setAccessibleName(say("Noise level, of 255"))
        pad(self.sigma)
        self.estimate = label("", "caption", wrap=True)
        self.estimate.setObjectName("noiseEstimate")
        self._lay_out()
        self.chooser.currentIndexChanged.connect(self._show_way)
        self.file.clicked.connect(self._ask_file)
        self.library.clicked.connect(lambda: self.library_asked.emit(self.library))
        self.strength.valueChanged.connect(self._show_strength)
        self.own_sigma.toggled.connect(self.sigma.setEnabled)
        self.choose(FIRST)
        self._show_way()

    def _lay_out(self) -> None:
        strength = in_row(label(say("Strength")), (self.strength, 1), self._strong, spacing=-1)
        self._noise = QWidget()
        in_row((self.own_sigma, 1), self.sigma, host=self._noise, spacing=-1)
        self._place = QVBoxLayout()
        in_column(self.chooser, self.about, self._models, self._place, strength, self._noise, self.estimate, host=self)

    # -- what is chosen ------------------------------------------------------------------------------------------------

    @property
    def kind(self) -> str:
        return str(self.chooser.currentData())

    def choose(self, kind: str) -> None:
        """Another way."""
        self.chooser.setCurrentIndex(self.chooser.findData(kind))

    def way(self) -> Way:
        """The chosen way with its settings."""
        return self._ready(self.kind)

    def ways(self) -> dict[str, Way]:
        """Every way that can be tried, by its name; those of models only where there is a model."""
        found = {}
        for kind, way in self._ways.items():
            if kind == CurrentModel.kind and self._model() is None:
                continue
            if isinstance(way, TrainedModel) and not way.path:
                continue
            found[way.title] = self._ready(kind)
        return found

    def amount(self) -> float:
        """The strength, 0 to 1."""
        return self.strength.value() / 100

    def noise(self) -> float | None:
        """The person's own noise level, white being 1; None for the estimate, and where the way heeds none."""
        is_said = self.own_sigma.isChecked() and self.way().heeds_noise()
        return self.sigma.value() / 255 if is_said else None

    def set_model(self, model: Callable[[], Model | None]) -> None:
        """What gives the newest model of the page Explore."""
        self._model = model

    def set_path(self, path: str) -> None:
        """A model file for the way of trained models."""
        self.change(TrainedModel.kind, "path", path)
        self.choose(TrainedModel.kind)
        self._show_way()

    def set_estimate(self, found: Noise | None) -> None:
        """What was found in the picture."""
        self.estimate.setText("" if found is None else say("Found in this picture: {noise}", noise=found.describe()))
        if found is not None and not self.own_sigma.isChecked():
            self.sigma.setValue(255 * found.sigma)

    def _ready(self, kind: str) -> Way:
        way = self._ways[kind]
        if isinstance(way, CurrentModel):
            model = self._model()
            return way if model is None else CurrentModel.of(model, colour=way.colour)
        return way

    def change(self, kind: str, name: str, value: object) -> None:
        way = self._ways[kind]
        try:
            self._ways[kind] = validated(type(way), way.model_dump() | {name: value})
        except RunError as error:
            self.refused.emit(str(error))
        self.changed.emit()

    @Slot()
    def _show_way(self) -> None:
        way = self._ways[self.kind]
        if self._form is not None:
            self._place.removeWidget(self._form)
            self._form.hide()  # it goes with the event loop, and would lie over the new one until then
            self._form.deleteLater()
        self._form = SlotForm(type(way), only=lambda knob: knob.name != "path")
        self._form.set_values(way)
        self._form.changed.connect(lambda name, value, kind=self.kind: self.change(kind, name, value))
        self._place.addWidget(self._form)
        said = [Text(way.about)]
        if isinstance(way, TrainedModel):
            chosen = Text("Chosen: {name}", name=Path(way.path).name)
            said.append(chosen if way.path else Text("None is chosen yet."))
        self._models.setVisible(isinstance(way, TrainedModel))
        self._noise.setVisible(self.way().heeds_noise())
        self.about.setText(str(listed(said, SPACE)))
        self.changed.emit()

    @Slot(int)
    def _show_strength(self, percent: int) -> None:
        self._strong.setText(say("{percent} %", percent=percent))

    @Slot()
    def _ask_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self, say("Choose a model"), str(Path.home()), say("Models (*{suffix})", suffix=SUFFIX)
        )
        if name:
            self.set_path(name)
