"""Which plane of the space of codes is shown, and of which images: what the panels share."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.errors import ProbeError
from aestudio.core.ground.texts import say
from aestudio.core.latent.plane import Plane, of_components, of_units
from aestudio.core.run.events import Floats
from aestudio.qt import theme
from aestudio.qt.widgets.basics import Segmented
from aestudio.qt.widgets.layouts import count_box
from aestudio.studio.inspect.examined import Examined


class PlaneChoice(QWidget):
    """Components or units, and of the units which."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = Segmented(
            [
                (
                    say("Components"),
                    say("The two directions in which codes differ most, by their principal components"),
                ),
                (say("Units"), say("Two numbers of the code against each other; the others stay at their means")),
            ],
            say("Plane"),
        )
        self.first = count_box(1, 9999, 1, say("Unit to the right"), say("Which number of the code goes right"), 68)
        self.second = count_box(1, 9999, 2, say("Unit upwards"), say("Which number of the code goes up"), 68)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GRID)
        for part in (self.kind, self.first, self.second):
            row.addWidget(part)
        self.kind.changed.connect(self._turn)
        self.first.valueChanged.connect(self.changed)
        self.second.valueChanged.connect(self.changed)
        self._turn()

    @property
    def units(self) -> tuple[int, int] | None:
        """The two, counted from 0; None for components."""
        return (self.first.value() - 1, self.second.value() - 1) if self.kind.index() else None

    @Slot()
    def _turn(self) -> None:
        for box in (self.first, self.second):
            box.setVisible(bool(self.kind.index()))
        self.changed.emit()


def plane_of(codes: Floats, units: tuple[int, int] | None) -> Plane:
    """Raises: ProbeError where the code has no such plane."""
    return of_components(codes) if units is None else of_units(codes, *units)


def data_of(subject: Examined) -> Dataset:
    """Raises: ProbeError where the images that the model was trained on are not there."""
    if subject.dataset is None:
        raise ProbeError("The images of this model are not loaded, so there is nothing to map; choose its data first.")
    return subject.dataset
