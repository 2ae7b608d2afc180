"""The legend of a plot: an entry hides and shows what belongs to it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from aestudio.core.ground.texts import known
from aestudio.qt.widgets.basics import Chip, FlowLayout, clear, label


@dataclass(frozen=True)
class LegendEntry:
    """One name in the legend."""

    key: Hashable
    text: str
    colour: str
    tip: str = ""
    """Where the usual one says too little."""
    name: str = ""
    """The accessible name, where the text is shortened."""
    needed: bool = True
    """Whether it is there at all; one that is not keeps its state."""


class Legend(QWidget):
    """A row of entries that wraps, and behind them a note that is left out where they fill the row.

    There is no legend of fewer entries than `least`.
    """

    toggled = Signal()
    """A person has hidden something, or shown it again."""

    def __init__(self, least: int = 2, note: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._least, self._words = least, known(note)
        self.entries: list[LegendEntry] = []
        self._chips: dict[Hashable, Chip] = {}
        self._flow = FlowLayout(self, spacing=2)
        self.note = label(note, "caption")
        self.hidden: set[Hashable] = set()
        """Keys of what is not shown."""
        self.hide()

    def show_entries(self, entries: Sequence[LegendEntry]) -> None:
        """These, which keep the state that they had."""
        if [(one.key, one.text) for one in entries] != [(one.key, one.text) for one in self.entries]:
            self._rebuild(entries)
        if list(entries) != self.entries:
            for one in entries:
                self._chips[one.key].set_colour(one.colour)
                self._chips[one.key].setVisible(one.needed)
            self.entries = list(entries)
            self._make_room()
        self.setVisible(len(entries) >= self._least)

    def chip(self, key: Hashable) -> Chip:
        """An entry."""
        return self._chips[key]

    def _rebuild(self, entries: Sequence[LegendEntry]) -> None:
        clear(self._flow)
        self.entries, self._chips = [], {}
        self.hidden &= {one.key for one in entries}
        for one in entries:
            chip = Chip(one.text, one.colour)
            chip.setAccessibleName(one.name or chip.accessibleName())
            chip.setToolTip(one.tip or chip.toolTip())
            chip.setChecked(one.key not in self.hidden)
            chip.toggled.connect(self._toggle)
            self._flow.addWidget(chip)
            self._chips[one.key] = chip
        if self._words and entries:
            self.note = label(str(self._words), "caption")
            self.note.setMinimumHeight(chip.sizeHint().height())
            self.note.setContentsMargins(12, 0, 0, 0)
            self._flow.addWidget(self.note)

    @Slot()
    def _toggle(self) -> None:
        self.hidden = {key for key, chip in self._chips.items() if not chip.isChecked()}
        self.toggled.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        if self._words and self.entries:
            shown = [self._chips[one.key] for one in self.entries if one.needed]
            taken = sum(chip.sizeHint().width() + self._flow.spacing() for chip in shown)
            self.note.setVisible(taken + self.note.sizeHint().width() <= self.width())
