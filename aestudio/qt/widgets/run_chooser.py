"""A popup with the newest runs of the library, to choose some of them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from aestudio.core.ground.texts import Text, listed, plural, say
from aestudio.core.library.summary import Summary
from aestudio.qt import theme
from aestudio.qt.widgets.basics import hint
from aestudio.studio.runs.words import ago, short, variant

LISTED = 30
"""The newest ones that fit the search, and any that are chosen."""
NOTHING = Text("No run in the library has ended yet. Train a model to its end first.")


class Ticks(QListWidget):
    """A click anywhere on an entry ticks it, and so do Space and Enter."""

    ticked = Signal(QListWidgetItem)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemClicked.connect(self.ticked)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter) and item is not None:
            self.ticked.emit(item)
        else:
            super().keyPressEvent(event)


class RunChooser(QFrame):
    """Shown under a button; it closes on Esc or a click beside it."""

    chosen = Signal(int, bool)
    """A run's number, and whether it is ticked now."""

    def __init__(self, most: int, parent: QWidget | None = None) -> None:
        """`most` of them can be chosen."""
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("runChooser")
        self.setAccessibleName(say("Runs to overlay"))
        self.setProperty("role", "card")
        self._most = most
        self._runs: list[Summary] = []
        self._apart: dict[int, str] = {}
        self._ticked: set[int] = set()
        self.search = QLineEdit()
        self.search.setPlaceholderText(say("Search title, data, network or #number"))
        self.search.setAccessibleName(say("Search the runs to overlay"))
        self.search.setClearButtonEnabled(True)
        self.list = Ticks()
        self.list.setAccessibleName(say("Newest runs of the library"))
        self.said = hint(str(NOTHING))
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        for widget in (self.search, self.list, self.said):
            column.addWidget(widget)
        self.search.textChanged.connect(self._fill)
        self.search.returnPressed.connect(self.list.setFocus)
        self.list.ticked.connect(self._tick)

    def show_runs(self, runs: Sequence[Summary], apart: Mapping[int, str], ticked: Iterable[int], at: QPoint) -> None:
        """Opens with these runs, the newest first, at a place on the screen; `apart` is what tells them from those of
        their titles, by number.
        """
        self._runs, self._apart, self._ticked = list(runs), dict(apart), set(ticked)
        self.search.clear()
        self._fill()
        for widget in (self.search, self.list):
            widget.setVisible(bool(runs))
        self.said.setVisible(not runs)
        self.resize(self.sizeHint())
        room = self.screen().availableGeometry()
        self.move(min(at.x(), room.right() - self.width()), min(at.y(), room.bottom() - self.height()))
        self.show()
        self.search.setFocus()

    def set_ticked(self, numbers: Iterable[int]) -> None:
        """Ticks these and no others, without saying so."""
        self._ticked = set(numbers)
        self._show_ticks()

    def numbers(self) -> list[int]:
        """Of the runs that are listed."""
        return [self.list.item(row).data(Qt.ItemDataRole.UserRole) for row in range(self.list.count())]

    def sizeHint(self) -> QSize:
        if not self._runs:
            return QSize(360, 120)
        row = max(self.list.sizeHintForRow(0), 24)
        return QSize(480, 72 + min(12, len(self._runs)) * row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down and self.search.hasFocus():
            self.list.setFocus()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _fill(self) -> None:
        words = self.search.text().casefold().split()
        told = {run.id: f"{run.words} {self._apart.get(run.id, '').casefold()}" for run in self._runs}
        fitting = [run for run in self._runs if all(word in told[run.id] for word in words)]
        newest = {run.id for run in fitting[:LISTED]} | self._ticked
        now = time.time()
        self.list.clear()
        for run in self._runs:
            if run.id in newest and (run.id not in self._ticked or run in fitting):
                said = [short(run.named, 40), self._apart.get(run.id, ""), ago(run.updated, now)]
                item = QListWidgetItem(f"#{run.id}  {'  ·  '.join(filter(None, said))}")
                item.setData(Qt.ItemDataRole.UserRole, run.id)
                self.list.addItem(item)
        if self.list.count():
            self.list.setCurrentRow(0)
        self._show_ticks()

    def _show_ticks(self) -> None:
        full = len(self._ticked) >= self._most
        titles = {run.id: run for run in self._runs}
        for row in range(self.list.count()):
            item = self.list.item(row)
            run = titles[item.data(Qt.ItemDataRole.UserRole)]
            on = run.id in self._ticked
            usable = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
            item.setFlags(usable if on or not full else Qt.ItemFlag.NoItemFlags)
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
            about = Text(
                "{title}: {parts}", title=run.named, parts=listed([Text(run.data), Text(run.network), variant(run)])
            )
            most = plural(
                "At most {count} run can be overlaid; untick another",
                "At most {count} runs can be overlaid; untick another",
                self._most,
            )
            differs = self._apart.get(run.id)
            item.setToolTip("\n".join(filter(None, [str(about), differs])) if on or not full else str(most))

    @Slot(QListWidgetItem)
    def _tick(self, item: QListWidgetItem) -> None:
        number = item.data(Qt.ItemDataRole.UserRole)
        on = number not in self._ticked
        if on and len(self._ticked) >= self._most:
            return
        self._ticked ^= {number}
        self._show_ticks()
        self.chosen.emit(number, on)
