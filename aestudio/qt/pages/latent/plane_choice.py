"""Which plane of the space of codes is shown, and of which images: what the panels share."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from aestudio.core.ground.errors import ProbeError
from aestudio.core.ground.texts import say
from aestudio.core.latent.codes import Codes
from aestudio.core.latent.plane import Plane, of_components, of_direction, of_units
from aestudio.qt import theme
from aestudio.qt.pages.latent.selections import DirectionEnds
from aestudio.qt.pages.latent.shared_state import SharedState
from aestudio.qt.widgets.basics import Segmented
from aestudio.qt.widgets.layouts import count_box

COMPONENTS, UNITS, DIRECTION, NEIGHBOURS, IMAGES = range(5)
MAPPED = 2_500
"""Images of each split that t-SNE maps, unless more are wanted."""


@dataclass(frozen=True, eq=False)
class PlaneWish:
    """Which plane."""

    units: tuple[int, int] | None
    """Two units, counted from 0; None for others."""
    along: bool = False
    """A direction goes right."""
    direction: DirectionEnds | None = None
    """That one; None where none was found yet."""
    mapped: int = 0
    """So many images of each split are mapped by t-SNE; 0 where it is a plane."""
    through_images: bool = False
    """It goes through three images."""


class PlaneChoice(QWidget):
    """Components, units and which of them, a direction, or one thing more."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None, *, neighbours: bool = False) -> None:
        """With `neighbours` a map by t-SNE can be chosen too, which is no plane; else a plane through three images."""
        super().__init__(parent)
        self._last = NEIGHBOURS if neighbours else IMAGES
        by_neighbours = (
            say("t-SNE"),
            say("Neighbours stay neighbours; it takes time, and no place has a code"),
        )
        by_images = (say("Three images"), say("The plane through the codes of three images that you choose"))
        self.kind = Segmented(
            [
                (
                    say("Components"),
                    say("The two directions in which codes differ most, by their principal components"),
                ),
                (say("Units"), say("Two numbers of the code against each other; the others stay at their means")),
                (
                    say("Direction"),
                    say("The direction found under Arithmetic goes right; upwards codes differ most beside it"),
                ),
                by_neighbours if neighbours else by_images,
            ],
            say("Plane"),
        )
        self.first = count_box(0, 9998, 0, say("Unit to the right"), say("Which number of the code goes right"), 68)
        self.second = count_box(0, 9998, 1, say("Unit upwards"), say("Which number of the code goes up"), 68)
        self.first.setPrefix("→ ")
        self.second.setPrefix("↑ ")
        self.mapped = count_box(
            4, 70_000, MAPPED, say("Images of each split"), say("How many images of each split t-SNE maps"), 84
        )
        self.mapped.setSuffix(say(" of each split"))
        self.mapped.setGroupSeparatorShown(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GRID)
        for part in (self.kind, self.first, self.second, self.mapped):
            row.addWidget(part)
        self.kind.changed.connect(self._turn)
        self.first.valueChanged.connect(self.changed)
        self.second.valueChanged.connect(self.changed)
        self.mapped.valueChanged.connect(self.changed)
        self._turn()

    def chosen(self, shared: SharedState) -> PlaneWish:
        """As it is now; the direction is the one that is shared."""
        wants = self.wanted()
        units = (self.first.value(), self.second.value()) if wants == UNITS else None
        mapped = self.mapped.value() if wants == NEIGHBOURS else 0
        return PlaneWish(units, wants == DIRECTION, shared.direction, mapped, wants == IMAGES)

    def wanted(self) -> int:
        """COMPONENTS, UNITS, DIRECTION, NEIGHBOURS or IMAGES."""
        return (COMPONENTS, UNITS, DIRECTION, self._last)[self.kind.index()]

    @Slot()
    def _turn(self) -> None:
        for box in (self.first, self.second):
            box.setVisible(self.wanted() == UNITS)
        self.mapped.setVisible(self.wanted() == NEIGHBOURS)
        self.changed.emit()


def plane_of(codes: Codes, wish: PlaneWish) -> Plane:
    """Raises: ProbeError where the code has no such plane."""
    if wish.along:
        if wish.direction is None:
            raise ProbeError("There is no direction yet: choose two selections under Arithmetic first.")
        return of_direction(codes.codes, wish.direction.vector(codes))
    return of_components(codes.codes) if wish.units is None else of_units(codes.codes, *wish.units)
