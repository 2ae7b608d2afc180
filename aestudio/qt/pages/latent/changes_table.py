"""What else a direction changes, as a table."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from aestudio.core.ground.texts import Text, say
from aestudio.core.latent.codes import Codes
from aestudio.core.latent.moved import AttributeChange
from aestudio.qt import theme
from aestudio.qt.pages.latent.naming import attribute_name, label_name
from aestudio.qt.widgets.sharing import share

HEIGHT = 150
HEADS = (
    (Text("What"), Text("Labels of the images, and what they were drawn by")),
    (
        Text("Change"),
        Text("When images are moved by the whole direction, as the images say that lie where they come to"),
    ),
    (Text("By chance"), Text("In other directions of the same length, at random")),
)
"""Of the columns, with their tooltips."""


class ChangesTable(theme.Themed, QTableWidget):
    """A row for each label and factor; what changes most, beside what chance does, is the uppermost."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(HEADS), parent)
        self.setAccessibleName(say("What the direction changes"))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setMaximumHeight(theme.px(HEIGHT))
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        share(self)
        self.restyle()

    def restyle(self) -> None:
        for column, (title, tip) in enumerate(HEADS):
            item = QTableWidgetItem(str(title))
            item.setToolTip(str(tip))
            self.setHorizontalHeaderItem(column, item)

    def show_changes(self, changes: Sequence[AttributeChange], codes: Codes) -> None:
        self.setRowCount(len(changes))
        for row, change in enumerate(changes):
            cells = attribute_name(change.attribute), said(change, codes), by_chance(change)
            for column, words in enumerate(cells):
                item = QTableWidgetItem(str(words))
                item.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
                self.setItem(row, column, item)

    def words(self) -> list[list[str]]:
        """The cells, row by row."""
        return [[self.model().index(row, column).data() for column in range(3)] for row in range(self.rowCount())]


def said(change: AttributeChange, codes: Codes) -> Text:
    """How much, and to what."""
    if change.attribute.cycle:
        return Text("{angle:+.0f}°", angle=round(360 * change.size) + 0.0)
    if not change.attribute.is_category:
        return Text("{size:+.2f} σ", size=change.size)
    if change.becomes is None:
        return Text("{percent:.0f} % of the images", percent=100 * change.size)
    value = label_name(codes, change.becomes) if not change.attribute.name else str(change.becomes)
    return Text("{percent:.0f} % of the images, most to {value}", value=value, percent=100 * change.size)


def by_chance(change: AttributeChange) -> Text:
    """How much other directions do."""
    if change.attribute.is_category:
        return Text("{percent:.0f} %", percent=100 * change.by_chance)
    if change.attribute.cycle:
        return Text("{angle:.0f}°", angle=360 * change.by_chance)
    return Text("{size:.2f} σ", size=change.by_chance)
