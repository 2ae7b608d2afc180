"""One pane of images, with its title and a caption."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtWidgets import QWidget

from aestudio.qt.widgets.basics import label
from aestudio.qt.widgets.colour_bar import ColourBar
from aestudio.qt.widgets.elided import OneLine, told
from aestudio.qt.widgets.image_canvas import Canvas, View
from aestudio.qt.widgets.layouts import in_column, in_row


class ImagePane(QWidget):
    """A titled pane with a caption. The wheel zooms about the pointer, dragging pans, a double click shows all again.

    Arrow keys move the selection, Enter asks to enlarge it, Esc returns to the grid.
    """

    sample_clicked = Signal(int)
    """A sample of the grid was clicked, or Enter pressed on it."""
    selection_moved = Signal(int)
    """The arrow keys moved to another sample."""
    view_changed = Signal(View)
    """The View, after a person zoomed, panned or went back to the grid."""

    def __init__(
        self,
        title: str,
        empty_text: str = "",
        tip: str = "",
        bar: ColourBar | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """`bar` says what the colours mean where images are of numbers."""
        super().__init__(parent)
        self.setAccessibleName(title)
        self.canvas = Canvas(empty_text)
        self.canvas.setAccessibleName(title)
        self.canvas.setToolTip(tip)
        self.bar = bar
        self.setFocusProxy(self.canvas)
        self._caption = OneLine("", "caption", Qt.TextElideMode.ElideMiddle)
        self._caption.setMinimumHeight(self._caption.fontMetrics().height())
        below = in_row((self._caption, 1))
        if bar is not None:
            self.canvas.colouring = bar.colouring
            below.addWidget(bar)
        in_column(label(title, "heading"), (self.canvas, 1), below, host=self, spacing=4)
        self.canvas.sample_clicked.connect(self.sample_clicked)
        self.canvas.selection_moved.connect(self.selection_moved)
        self.canvas.view_changed.connect(self.view_changed)

    def set_images(self, images: NDArray[Any] | None) -> None:
        """[N, C, H, W] with values in [0, 1] (clipped), or None for the empty sentence. Zoom and selection stay."""
        self.canvas.set_images(images)

    def image_array(self) -> NDArray[np.float32] | None:
        """What was last set."""
        return self.canvas.images()

    def set_caption(self, text: str, tip: str = "") -> None:
        self._caption.setText(text)
        self._caption.setToolTip(told(text, tip))

    def caption(self) -> str:
        return self._caption.text()

    def set_caption_visible(self, visible: bool) -> None:
        self._caption.setVisible(visible)

    def view(self) -> View:
        return self.canvas.view()

    def set_view(self, view: View) -> None:
        """Show the same place as another pane; emits nothing."""
        self.canvas.set_view(view)

    def enlarge(self, index: int) -> None:
        """Show one sample alone."""
        self.canvas.go_to(View(enlarged=index))

    def back_to_grid(self) -> None:
        """Show all samples, zoomed as they were."""
        self.canvas.back_to_grid()

    def select(self, index: int) -> None:
        """Outline a sample; where one is enlarged, show this one instead."""
        self.canvas.select(index)

    def selected(self) -> int:
        return self.canvas.selected()

    def cell(self, index: int) -> QRect:
        """Where a sample of the grid lies, in the pane's coordinates."""
        return self.canvas.cell(index).translated(self.canvas.pos()).toRect()
