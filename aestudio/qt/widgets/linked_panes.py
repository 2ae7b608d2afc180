"""Several image panes side by side that always show the same place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from aestudio.qt import theme
from aestudio.qt.widgets.image_canvas import Spot, View
from aestudio.qt.widgets.image_pane import ImagePane


class LinkedPanes(QWidget):
    """A pane for each name, under its title; they zoom, pan, select and enlarge together."""

    def __init__(self, titles: Mapping[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panes = {name: ImagePane(title) for name, title in titles.items()}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GRID)
        for pane in self.panes.values():
            row.addWidget(pane, 1)
            pane.view_changed.connect(self._follow)
            pane.canvas.pointed.connect(self._point)
            pane.sample_clicked.connect(self._enlarge)
            pane.selection_moved.connect(self._select)

    def show_images(self, name: str, images: NDArray[Any] | None, caption: str = "", tip: str = "") -> None:
        """Images [N, C, H, W] in one of the panes, or none."""
        self.panes[name].set_images(images)
        self.panes[name].set_caption(caption, tip)

    def clear(self) -> None:
        """Empties every pane."""
        for name in self.panes:
            self.show_images(name, None)

    @Slot(View)
    def _follow(self, view: View) -> None:
        for pane in self.panes.values():
            if pane is not self.sender():
                pane.set_view(view)

    @Slot(object)
    def _point(self, spot: Spot | None) -> None:
        for pane in self.panes.values():
            pane.canvas.show_spot(spot)

    @Slot(int)
    def _enlarge(self, index: int) -> None:
        for pane in self.panes.values():
            pane.enlarge(index)

    @Slot(int)
    def _select(self, index: int) -> None:
        for pane in self.panes.values():
            pane.select(index)
