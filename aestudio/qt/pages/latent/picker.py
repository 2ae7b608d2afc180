"""A sheet of images of which a person chooses some, in an order."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from aestudio.core.ground.texts import say
from aestudio.core.run.events import Floats
from aestudio.qt import theme
from aestudio.qt.action import Action
from aestudio.qt.widgets.mosaic import Mosaic


class Picker(Mosaic):
    """A click, or Enter, chooses an image or lets it go; the chosen ones have their place in the order."""

    chosen_changed = Signal()

    def __init__(self, empty_text: str, parent: QWidget | None = None) -> None:
        super().__init__(empty_text, parent)
        self.chosen: list[int] = []
        """Indices into the codes, in the order in which they were chosen; they need not be on this sheet."""
        self._indices: list[int] = []
        self.own = (
            *self.own,
            Action(
                "chooseImage", "Choose the image, or let it go", lambda: self.turn(self.selected()),
                ("Enter", "Return", "Space"), possible=self.is_filled,
            ),
        )  # fmt: skip
        self.sample_clicked.connect(self.turn)

    def offer(self, images: Floats, indices: Sequence[int]) -> None:
        """Images [n, C, H, W], and what each is called by."""
        self._indices = list(indices)
        self.set_images(images)
        self._say()

    def offered(self) -> Sequence[int]:
        return tuple(self._indices)

    @Slot(int)
    def turn(self, place: int) -> None:
        """Chooses an image of the sheet, or lets it go."""
        index = self._indices[place]
        self.select(place)
        self.choose([one for one in self.chosen if one != index] if index in self.chosen else [*self.chosen, index])

    def choose(self, indices: Sequence[int]) -> None:
        """These and no others."""
        self.chosen = list(indices)
        self._say()
        self.update()
        self.chosen_changed.emit()

    def _say(self) -> None:
        self.setAccessibleDescription(say("{count:,} chosen", count=len(self.chosen)))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._images is None or self.is_enlarged():
            return
        look, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = self.fontMetrics().height()
        for order, index in enumerate(self.chosen, start=1):
            if index not in self._indices:
                continue
            cell = self.cell(self._indices.index(index))
            badge = QRectF(cell.left(), cell.top(), side, side)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(look.accent))
            painter.drawRoundedRect(badge, 3, 3)
            painter.setPen(QColor(look.accent_text))
            painter.drawText(badge, int(Qt.AlignmentFlag.AlignCenter), str(order))
