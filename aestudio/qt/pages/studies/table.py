"""The table of a study: a row for each thing that is compared, its cells to the right, errors in the tooltip."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from aestudio.core.ground.texts import Said, Text, known
from aestudio.qt import theme
from aestudio.qt.widgets.sharing import share
from aestudio.qt.widgets.sorted_header import SortedHeader
from aestudio.studio.studies.curves import TableRow

NUMBER = re.compile(r"[-\u2212+]?\d[\d,]*(\.\d+)?(e[-+]?\d+)?")


def _number(row: TableRow, column: int) -> float | None:
    """The number that a cell begins with."""
    found = NUMBER.match(row.cells[column]) if column < len(row.cells) else None
    return float(found[0].replace(",", "").replace("\u2212", "-")) if found else None


class StudyTable(theme.Themed, QTableWidget):
    """Copied, saved and dragged out as every table; Enter or a double click opens the run of a row, and a click on a
    heading sorts by its column. Columns at the right for which there is no room are left to the tooltip: nothing has to
    be scrolled sideways.
    """

    open_requested = Signal(int)

    def __init__(self, name: str, headings: Sequence[Text], tips: Sequence[Text]) -> None:
        super().__init__(0, len(headings))
        self._rows: list[TableRow] = []
        self._order: list[int] = []
        """Where each row that is shown stands among those that were given."""
        self._shown: list[TableRow] = []
        self._heads: list[tuple[Said | str, Text]] = list(zip(headings, tips, strict=True))
        self.setAccessibleName(name)
        self.setProperty("role", "sorted")
        self.restyle()
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        header = SortedHeader(self)
        self.setHorizontalHeader(header)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        header.sectionClicked.connect(self._sort_by)
        share(self)
        self.itemActivated.connect(self._open)

    def name_first(self, heading: str) -> None:
        """The first column is called otherwise."""
        self._heads[0] = known(heading), self._heads[0][1]
        self.restyle()

    def restyle(self) -> None:
        """The heads in the language in use."""
        for place, (heading, tip) in enumerate(self._heads):
            item = QTableWidgetItem(str(heading))
            item.setToolTip(str(tip))
            item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.setHorizontalHeaderItem(place, item)

    def show_rows(self, rows: Sequence[TableRow]) -> None:
        """In the place of those that are shown; the chosen row stays, and a new last one is chosen."""
        added, chosen = len(rows) > len(self._rows), self.chosen()
        self._rows = list(rows)
        self._show(len(rows) - 1 if added else chosen)

    def chosen(self) -> int:
        """Which of the rows that were given; -1 for none."""
        row = self.currentRow()
        return self._order[row] if 0 <= row < len(self._order) else -1

    @Slot(int)
    def _sort_by(self, column: int) -> None:
        """The least first; the greatest where that is so already."""
        header = self.horizontalHeader()
        if not header.isSortIndicatorShown():  # Qt has noted the click already, but not which way it was before
            header.setSortIndicator(column, Qt.SortOrder.AscendingOrder)
            header.setSortIndicatorShown(True)
        self._show(self.chosen())

    def _show(self, chosen: int) -> None:
        self._order = self._sorted()
        shown = [self._rows[place] for place in self._order]
        self.setRowCount(len(shown))
        for place, row in enumerate(shown):
            if place < len(self._shown) and self._shown[place] == row:
                continue
            for column, text in enumerate(row.cells):
                item = QTableWidgetItem(text)
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                item.setToolTip(self._whole(row))
                self.setItem(place, column, item)
        self._shown = shown
        self._fit()
        if chosen in self._order and chosen != self.chosen():
            self.selectRow(self._order.index(chosen))

    def _sorted(self) -> list[int]:
        """By the column whose heading was clicked, cells without a number last; else as they were given."""
        header, places = self.horizontalHeader(), list(range(len(self._rows)))
        if not header.isSortIndicatorShown():
            return places
        column = header.sortIndicatorSection()
        falling = header.sortIndicatorOrder() is Qt.SortOrder.DescendingOrder
        numbers = [(number, place) for place in places if (number := _number(self._rows[place], column)) is not None]
        known = [place for _value, place in sorted(numbers, key=lambda one: one[0], reverse=falling)]
        return known + [place for place in places if place not in known]

    def _whole(self, row: TableRow) -> str:
        """What went wrong, or all cells with their headings."""
        if row.trouble:
            return row.trouble
        headings = [str(self.model().headerData(place, Qt.Orientation.Horizontal)) for place in range(len(row.cells))]
        said = [
            Text("{title}: {figure}", title=one, figure=cell) for one, cell in zip(headings, row.cells, strict=True)
        ]
        return "\n".join(map(str, said))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        used, room = 0, self.viewport().width()
        for place in range(self.columnCount()):
            used += max(self.sizeHintForColumn(place), self.horizontalHeader().sectionSizeHint(place))
            self.setColumnHidden(place, place > 0 and used > room)

    @Slot(QTableWidgetItem)
    def _open(self, item: QTableWidgetItem) -> None:
        if number := self._shown[item.row()].number:
            self.open_requested.emit(number)
