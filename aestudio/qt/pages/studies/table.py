"""The table of a study: a row for each thing that is compared, its cells to the right, errors in the tooltip."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from aestudio.core.ground.texts import Said, Text, known
from aestudio.qt import theme
from aestudio.qt.widgets.sharing import share
from aestudio.studio.studies.curves import TableRow


class StudyTable(theme.Themed, QTableWidget):
    """Copied, saved and dragged out as every table; Enter or a double click opens the run of a row. Columns at the
    right for which there is no room are left to the tooltip: nothing has to be scrolled sideways.
    """

    open_requested = Signal(int)

    def __init__(self, name: str, headings: Sequence[Text], tips: Sequence[Text]) -> None:
        super().__init__(0, len(headings))
        self._shown: list[TableRow] = []
        self._heads: list[tuple[Said | str, Text]] = list(zip(headings, tips, strict=True))
        self.setAccessibleName(name)
        self.restyle()
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
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
        added = len(rows) > len(self._shown)
        self.setRowCount(len(rows))
        for place, row in enumerate(rows):
            if place < len(self._shown) and self._shown[place] == row:
                continue
            for column, text in enumerate(row.cells):
                item = QTableWidgetItem(text)
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                item.setToolTip(self._whole(row))
                self.setItem(place, column, item)
        self._shown = list(rows)
        self._fit()
        if added:
            self.selectRow(len(rows) - 1)

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
