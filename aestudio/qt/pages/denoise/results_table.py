"""What every way has made of the chosen picture, the best first."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from aestudio.core.denoise.cleaning import Region
from aestudio.core.denoise.pipeline import Result
from aestudio.core.ground.texts import SPACE, Text, listed, say
from aestudio.qt import theme
from aestudio.studio.denoise.entries import called

if TYPE_CHECKING:
    from aestudio.studio.denoise.entries import DeskEntry

Index = QModelIndex | QPersistentModelIndex
HEADS = (Text("Method"), Text("PSNR"), Text("SSIM"), Text("Seconds"), Text(""))
SCORES, FIGURES = (1, 2), (1, 2, 3)
"""Columns: of scores, which need a reference, and all that hold numbers."""
ROW, PADDING, MOST = 30, 11, 1000
"""Pixels: the height of a row of one line, what is left free at both ends of a cell, and no cell is as high."""
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class _Lines(QStyledItemDelegate):
    """As high as its lines: Qt's own forgets the padding of the style sheet when it breaks them."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        room = QRect(0, 0, option.rect.width() - 2 * PADDING, MOST)
        words = option.fontMetrics.boundingRect(room, Qt.TextFlag.TextWordWrap, index.data())
        return QSize(words.width() + 2 * PADDING, max(theme.px(ROW), words.height() + theme.GRID))


class ResultsTable(theme.Themed, QTableWidget):
    """Scores are shown where there is a reference; those of the picture itself stand below the results then."""

    chosen = Signal(str)
    """The name of a result."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(HEADS), parent)
        self.setObjectName("denoiseResults")
        self.setAccessibleName(say("Results by method"))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.verticalHeader().hide()
        self.setShowGrid(False)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(len(HEADS) - 1, QHeaderView.ResizeMode.Stretch)
        self.setItemDelegateForColumn(len(HEADS) - 1, _Lines(self))
        self._fitting = QTimer(self)
        self._fitting.setSingleShot(True)  # when columns have their widths, not while they get them
        self._fitting.timeout.connect(self.resizeRowsToContents)
        header.sectionResized.connect(lambda *_: self._fitting.start())
        self.itemSelectionChanged.connect(self._tell)
        self._shown: tuple[DeskEntry | None, str] = None, ""
        self.restyle()

    def restyle(self) -> None:
        for column, words in enumerate(HEADS):
            head = QTableWidgetItem(str(words))
            if column in FIGURES:
                head.setTextAlignment(RIGHT)
            self.setHorizontalHeaderItem(column, head)
        self.show_entry(*self._shown)

    def show_entry(self, entry: DeskEntry | None, name: str) -> None:
        """The results of a picture, the one with this name chosen. Emits nothing."""
        self._shown = entry, name
        self.blockSignals(True)
        self.setRowCount(0)
        if entry is not None:
            for result in entry.ranked():
                self._add(result, entry.regions.get(result.name))
                if result.name == name:
                    self.selectRow(self.rowCount() - 1)
            if entry.as_it_is is not None:
                self._add(entry.as_it_is)
        for column in SCORES:
            self.setColumnHidden(column, entry is None or entry.reference is None)
        self._fitting.start()  # what is said takes as many lines as it needs
        self.blockSignals(False)

    def _add(self, result: Result, region: Region | None = None) -> None:
        row = self.rowCount()
        self.insertRow(row)
        of = [Text("Region {width} × {height}.", width=region.width, height=region.height)] if region else []
        failed = result.picture is None
        why = say("Failed: {reason}", reason=result.problem) if failed else result.note
        said = str(listed([*of, *filter(None, [why])], SPACE))
        for column, text in enumerate((called(result.name), *_numbers(result), said)):
            item = QTableWidgetItem(text)
            item.setData(Qt.ItemDataRole.UserRole, result.name)
            item.setToolTip(said or text)
            if column in FIGURES:
                item.setTextAlignment(RIGHT)
            self.setItem(row, column, item)

    def _tell(self) -> None:
        rows = self.selectionModel().selectedRows()
        item = self.item(rows[0].row(), 0) if rows else None
        if item is not None:
            self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))


def _numbers(result: Result) -> tuple[str, str, str]:
    if result.picture is None:
        return "", "", ""
    psnr = "" if result.psnr is None else say("{psnr:.2f} dB", psnr=result.psnr) if isfinite(result.psnr) else "∞"
    ssim = "" if result.ssim is None or not isfinite(result.ssim) else f"{result.ssim:.4f}"
    return psnr, ssim, f"{result.seconds:.1f}" if result.seconds else ""
