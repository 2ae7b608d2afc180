"""The settings of the chosen runs beside each other: what differs, or all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHeaderView,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from aestudio.core.ground.texts import plural, say
from aestudio.core.library.summary import Summary
from aestudio.qt import theme
from aestudio.qt.action import Action, Answering
from aestudio.qt.pages.runs.run_curves import colour_of
from aestudio.qt.widgets.action_button import ActionIcon
from aestudio.qt.widgets.basics import hint, label
from aestudio.qt.widgets.layouts import in_row
from aestudio.qt.widgets.scrolled import Yielding
from aestudio.studio.runs.words import NONE

if TYPE_CHECKING:
    from aestudio.core.run.run import Run
    from aestudio.studio.runs.settings import SettingRow

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
NARROWEST, WIDEST, ROW = 90, 164, 28
"""Pixels of a run's column."""


class SettingsModel(QAbstractTableModel):
    """A row for each setting, headed by its label, and a column for each run."""

    def __init__(self) -> None:
        super().__init__()
        self._titles: list[str] = []
        self._rows: list[SettingRow] = []

    def set_rows(self, titles: Sequence[str], rows: Sequence[SettingRow]) -> None:
        self.beginResetModel()
        self._titles, self._rows = list(titles), list(rows)
        self.endResetModel()

    def rows(self) -> list[SettingRow]:
        return self._rows

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._titles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        text, look = row.values[index.column()], theme.current()
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.ToolTipRole:
                return text
            case Qt.ItemDataRole.ForegroundRole if text == NONE:
                return QColor(look.muted)
            case Qt.ItemDataRole.BackgroundRole if text != row.values[0]:
                return QColor(look.tint(look.accent, 0.14))
            case Qt.ItemDataRole.FontRole if row.differs:
                bold = QFont(QGuiApplication.font())
                bold.setWeight(QFont.Weight.DemiBold)
                return bold
            case _:
                return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        across = orientation is Qt.Orientation.Horizontal
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._titles[section] if across else self._rows[section].label
            case Qt.ItemDataRole.ToolTipRole:
                return self._titles[section] if across else self._rows[section].path
            case Qt.ItemDataRole.DecorationRole if across and len(self._titles) > 1:
                return theme.pixmap("swatch", 12, colour_of(section))
            case Qt.ItemDataRole.TextAlignmentRole:
                return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            case _:
                return None

    def as_tsv(self, rows: Sequence[int], columns: Sequence[int]) -> str:
        """These cells with their headings, tabs between them: what a spreadsheet takes."""
        lines = [[say("Setting"), *(self._titles[column] for column in columns)]]
        lines += [[self._rows[row].label, *(self._rows[row].values[column] for column in columns)] for row in rows]
        return "\n".join("\t".join(line) for line in lines)


class SettingsTable(Answering, QTableView):
    """What is selected, or everything, can be copied for a spreadsheet."""

    def __init__(self, model: SettingsModel) -> None:
        super().__init__()
        self._settings = model
        self.setObjectName("settingsTable")
        self.setAccessibleName(say("Settings of the chosen runs"))
        self.setModel(model)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        down, across = self.verticalHeader(), self.horizontalHeader()
        down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        down.setHighlightSections(False)
        down.setAccessibleName(say("Names of the settings"))
        across.setHighlightSections(False)
        across.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        across.setTextElideMode(Qt.TextElideMode.ElideRight)
        across.setAccessibleName(say("Runs that are compared"))
        self.copying = Action(
            "copySettings", "Copy the settings", self.copy, (QKeySequence.StandardKey.Copy,), icon="copy",
            tip="Copy the table for a spreadsheet",
        )  # fmt: skip
        self.own = (self.copying,)
        self.fit_rows()

    def fit_rows(self) -> None:
        """As high as everything is large now."""
        self.verticalHeader().setDefaultSectionSize(theme.px(ROW))

    def fit_columns(self) -> None:
        """Each column as wide as its values, within reason; a single one takes all the room."""
        across = self.horizontalHeader()
        across.setStretchLastSection(self._settings.columnCount() == 1)
        for column in range(self._settings.columnCount()):
            wanted = self.sizeHintForColumn(column) + 2 * theme.GRID
            self.setColumnWidth(column, min(max(wanted, theme.px(NARROWEST)), theme.px(WIDEST)))

    def copy(self) -> None:
        """Puts the selected cells on the clipboard; all of them where fewer than two are."""
        picked = self.selectionModel().selectedIndexes()
        rows = sorted({index.row() for index in picked})
        columns = sorted({index.column() for index in picked})
        if len(picked) < 2:
            rows, columns = list(range(self._settings.rowCount())), list(range(self._settings.columnCount()))
        QGuiApplication.clipboard().setText(self._settings.as_tsv(rows, columns))


class RunDifferences(Yielding):
    """All settings of one run; of several, what differs, and the rest where it is asked for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runDifferences")
        self.setAccessibleName(say("Settings of the chosen runs"))
        self._titles: list[str] = []
        self._runs: list[Run] = []
        self.model = SettingsModel()
        self.table = SettingsTable(self.model)
        self.every = QCheckBox(say("All settings"))
        self.every.setObjectName("everySetting")
        self.every.setAccessibleName(say("All settings"))
        self.every.setToolTip(say("Show what is the same in all chosen runs too"))
        self.every.toggled.connect(self._show)
        self.count = label("", "muted")
        bar = in_row((self.count, 1), self.every, ActionIcon(self.table.copying))
        self.said = hint("")
        self._stack = QStackedLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.GRID, 0, 0)
        column.setSpacing(theme.GRID // 2)
        column.addLayout(bar)
        column.addLayout(self._stack, 1)
        self._stack.addWidget(self.said)
        self._stack.addWidget(self.table)
        self._show()

    def set_runs(self, summaries: Sequence[Summary], runs: Sequence[Run]) -> None:
        """The settings of these runs; nothing is redone where they are what they were."""
        titles = [f"#{one.id} {one.named}" for one in summaries]
        if titles != self._titles or list(runs) != self._runs:
            self._titles, self._runs = titles, list(runs)
            self._show()

    def _rows(self, *, every: bool) -> list[SettingRow]:
        if not self._runs:
            return []
        from aestudio.studio.runs.settings import table  # of Runs, and they take torch

        return table(self._runs, every=every)

    def _show(self, _every: bool = False) -> None:
        several = len(self._runs) > 1
        rows = self._rows(every=self.every.isChecked() or not several)
        differing = sum(row.differs for row in rows)
        self.every.setVisible(several)
        self.count.setText(
            str(plural("{count} setting differs", "{count} settings differ", differing))
            if several
            else say("As they were at the end, live changes included")
        )
        self.model.set_rows(self._titles, rows)
        self._stack.setCurrentIndex(1 if rows else 0)
        self.said.setText(
            say("All settings are the same") if several else say("Choose runs in the table to see their settings")
        )
        self.table.fit_columns()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._show()
        elif theme.is_restyle(event):
            self.table.fit_rows()
            self.model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, self.model.columnCount() - 1)
            self.table.viewport().update()
