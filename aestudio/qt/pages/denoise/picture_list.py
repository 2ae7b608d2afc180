"""The pictures on the desk, as a list with small images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QIcon, QPixmap
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QMenu, QWidget

from aestudio.core.denoise.picture import Picture
from aestudio.core.ground.texts import DOT, Text, listed, plural, say
from aestudio.qt import theme
from aestudio.qt.action import Action, Answering
from aestudio.qt.pages.denoise.pixmaps import shown

if TYPE_CHECKING:
    from aestudio.studio.denoise.entries import DeskEntry

SIDE, LOWEST = 36, 96
"""Pixels of a small picture, and of the list where there is little room."""


class PictureList(theme.Themed, Answering, QListWidget):
    """Delete takes the chosen picture off the desk."""

    chosen = Signal(int)
    remove_asked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("denoisePictures")
        self.setAccessibleName(say("Pictures"))
        self.setIconSize(QSize(SIDE, SIDE))
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._icons: dict[DeskEntry, tuple[Picture, QIcon]] = {}
        self._entries: list[DeskEntry] = []
        self.currentRowChanged.connect(self.chosen)
        removing = Action(
            "removePicture", "Remove the picture from the list", lambda: self.remove_asked.emit(self.currentRow()),
            ("Del",), possible=lambda: self.currentRow() >= 0,
        )  # fmt: skip
        self.own = (removing,)
        self._fit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for one in self.own:
            item = menu.addAction(one.words())
            item.setShortcuts(one.sequences())
            item.setEnabled(one.can())
            item.triggered.connect(lambda _on=False, one=one: one.perform())
        menu.popup(event.globalPos())

    @Slot(list)
    def show_entries(self, entries: list[DeskEntry], current: DeskEntry | None) -> None:
        """These, one of them chosen. Emits nothing."""
        self.blockSignals(True)
        self._entries = entries
        while self.count() > len(entries):
            self.takeItem(self.count() - 1)
        while self.count() < len(entries):
            self.addItem(QListWidgetItem())
        self._icons = {entry: known for entry, known in self._icons.items() if entry in entries}
        for row, entry in enumerate(entries):
            item = self.item(row)
            item.setToolTip(str(entry.path or entry.name))
            known = self._icons.get(entry)
            if known is None or known[0] is not entry.picture:
                known = self._icons[entry] = entry.picture, _icon(entry.picture)
            item.setIcon(known[1])
            if entry is current:
                self.setCurrentRow(row)
        self.restyle()
        self._fit()
        self.blockSignals(False)

    def _fit(self) -> None:
        """As high as its pictures at most; it scrolls where there is less room."""
        self.setMinimumHeight(theme.px(LOWEST))
        rows = self.count() * self.sizeHintForRow(0) if self.count() else 0
        self.setMaximumHeight(max(self.minimumHeight(), rows + 2 * self.frameWidth()))

    def restyle(self) -> None:
        for row, entry in enumerate(self._entries[: self.count()]):
            self.item(row).setText(f"{entry.name}\n{_about(entry)}")


def _about(entry: DeskEntry) -> str:
    picture = entry.picture
    done = sum(one.picture is not None for one in entry.results.values())
    said = [f"{picture.width} × {picture.height}", Text("σ {sigma:.0f}", sigma=255 * entry.sigma)]
    results = [plural("{count} result", "{count} results", done)] if done else []
    return str(listed([*said, *results], DOT))


def _icon(picture: Picture) -> QIcon:
    """The middle square; every few pixels of a large one."""
    step = max(1, min(picture.height, picture.width) // (4 * SIDE))
    every = slice(None, None, step)
    pixmap = QPixmap.fromImage(shown(picture.part(every, every)))
    square = pixmap.scaled(
        SIDE, SIDE, Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
    ).copy(0, 0, SIDE, SIDE)
    made = QIcon(square)
    made.addPixmap(square, QIcon.Mode.Selected)  # else it takes the colour of the selection
    return made
