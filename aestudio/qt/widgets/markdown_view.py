"""One page of Markdown as it lies in a folder, in the theme's colours."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, QUrl, Slot
from PySide6.QtGui import (
    QColor,
    QImage,
    QImageReader,
    QResizeEvent,
    QShowEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextTable,
)
from PySide6.QtWidgets import QTextBrowser

from aestudio.qt import theme
from aestudio.studio.help_pages import anchor, enlarged, markdown

COLUMN = 920
"""Text runs no wider than this many pixels: longer lines are hard to read."""
Kind = QTextDocument.ResourceType


class MarkdownView(theme.Themed, QTextBrowser):
    """One page in the theme's colours, its pictures never wider than the text; web links open in the browser."""

    def __init__(self) -> None:
        super().__init__()
        self.setOpenExternalLinks(True)
        self.document().setDocumentMargin(0)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # its coming would change the width
        self._missed = False
        """It was hidden when it should have been shown anew."""
        self._stale = QTimer(self, singleShot=True, interval=50)
        self._stale.timeout.connect(self._show_again)

    def doSetSource(self, name: QUrl | str, type: Kind = Kind.UnknownResource) -> None:
        url = QUrl(name)
        if Path(url.toLocalFile()).is_file():
            super().doSetSource(url, type)
            self._dress()
            self.scrollToAnchor(url.fragment())

    def loadResource(self, type: int, name: QUrl | str) -> str | QImage:
        path = Path(QUrl(name).toLocalFile())
        if type == Kind.ImageResource.value:
            return _picture(path, self.viewport().width(), self.devicePixelRatioF())
        return markdown(path)

    def resizeEvent(self, event: QResizeEvent) -> None:
        side = max(2 * theme.GRID, (self.width() - COLUMN) // 2)
        self.setViewportMargins(side, theme.GRID, side, theme.GRID)
        super().resizeEvent(event)
        self._stale.start()

    def restyle(self) -> None:
        self._stale.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._missed:
            self._stale.start()

    @Slot()
    def _show_again(self) -> None:
        """In other colours or at another width, as far down as before and with the same words selected."""
        self._missed = not self.isVisible()
        if self._missed:  # it is done when it is shown
            return
        bar, before = self.verticalScrollBar(), self.textCursor()
        place, start, end = bar.value() / max(bar.maximum(), 1), before.anchor(), before.position()
        self.reload()
        again = self.textCursor()
        again.setPosition(start)
        again.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(again)
        bar.setValue(round(place * bar.maximum()))
        self.update()  # where the other scroll bar was while a picture was still too wide

    def _dress(self) -> None:
        """Distances and colours that Markdown says nothing about; the page is laid out once, at the end."""
        at_once = QTextCursor(self.document())
        at_once.beginEditBlock()
        self._dress_blocks()
        self._dress_tables()
        at_once.endEditBlock()

    def _dress_blocks(self) -> None:
        block = self.document().begin()
        while block.isValid():
            cursor, shape = QTextCursor(block), block.blockFormat()
            if shape.headingLevel():
                shape.setTopMargin(2 * theme.GRID if block.blockNumber() else 0)
                shape.setBottomMargin(theme.GRID)
                name = QTextCharFormat()
                name.setAnchor(True)
                name.setAnchorNames([anchor(block.text())])
                cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
                cursor.mergeCharFormat(name)
            elif cursor.currentTable() is None and "\ufffc" not in block.text():  # which stands for a picture
                shape.setLineHeight(120, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
            cursor.setBlockFormat(shape)
            block = block.next()

    def _dress_tables(self) -> None:
        colours = theme.current()
        for table in self.document().rootFrame().childFrames():
            if isinstance(table, QTextTable):
                look = table.format()
                look.setBorderBrush(QColor(theme.mix(colours.line, colours.muted, 0.15)))
                look.setBorderStyle(look.BorderStyle.BorderStyle_Solid)
                look.setCellPadding(6)
                look.setTopMargin(theme.GRID)
                look.setBottomMargin(theme.GRID)
                table.setFormat(look)
                for cell in (table.cellAt(0, column) for column in range(table.columns())):
                    head = cell.format()
                    head.setBackground(QColor(colours.raised))
                    cell.setFormat(head)


@lru_cache(maxsize=16)
def _picture(path: Path, width: int, ratio: float) -> QImage:
    """A picture no wider than `width` logical pixels, sharp on a screen of this ratio, in larger pixels where it is
    tiny; null where it cannot be read.
    """
    reader = QImageReader(str(path))
    times = enlarged(reader.size().width()) if reader.size().isValid() else 1
    if times > 1:
        image = reader.read()
        return image.scaled(image.size() * times)  # each pixel becomes several
    size = reader.size() * (min(1.0, width / max(reader.size().width(), 1)) * ratio)
    reader.setScaledSize(size)
    image = reader.read()
    image.setDevicePixelRatio(ratio)
    return image
