"""What the decoder makes of a code: an image, or a point of the plane where it has two numbers."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QBoxLayout, QWidget

from aestudio.core.ground.texts import say
from aestudio.core.run.events import Floats
from aestudio.qt import theme
from aestudio.qt.widgets.image_pane import ImagePane
from aestudio.qt.widgets.layouts import in_column
from aestudio.qt.widgets.scatter_pane import ScatterPane, planar

DECODED, LEAST_DECODED = 260, 128
"""Greatest and least width of the decoded image."""


class DecodedCode(QWidget):
    """One of two panes, and beside it two buttons with a label below them."""

    def __init__(self, resetting: QWidget, drawing: QWidget, below: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.image = ImagePane(say("Decoded"), say("Move a slider to decode its code"))
        self.image.set_caption_visible(False)
        self.point = ScatterPane(say("Decoded"), say("Move a slider to decode its code"))
        self.point.caption.hide()
        self.point.canvas.setToolTip(say("The wheel zooms, dragging pans, a double click or Esc resets"))
        self.point.hide()
        self._resetting, self._drawing = resetting, drawing
        self._buttons = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._buttons.setSpacing(theme.GRID)
        self._buttons.addWidget(resetting, 1)
        self._buttons.addWidget(drawing, 1)
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(theme.GRID)
        for pane in (self.image, self.point):
            self._layout.addWidget(pane, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._layout.addLayout(in_column(self._buttons, below, 1), 1)

    def show_decoded(self, image: Floats | None, among: Floats | None = None) -> None:
        """[C, H, W]; two numbers are a point, drawn among those of others."""
        images = None if image is None else image[None]
        is_point = planar(images)
        self.image.setVisible(not is_point)
        self.point.setVisible(is_point)
        self.image.set_images(None if is_point else images)
        if images is None or not is_point:
            self.point.canvas.set_points(None)
            return
        x, y = images.ravel().tolist()
        cloud = among.reshape(-1, 2) if among is not None and planar(among) else None
        self.point.canvas.set_points(images.reshape(-1, 2), cloud)
        self.point.canvas.setAccessibleDescription(say("x {x:.3f}, y {y:.3f}", x=x, y=y))

    def minimumSizeHint(self) -> QSize:
        """A narrower column is made room for."""
        return QSize(LEAST_DECODED, self._layout.minimumSize().height())

    def make_room(self, width: int, height: int) -> None:
        """As large as a column of this size allows, with what stands beside it beside or below."""
        gap, wide = theme.GRID, self._drawing.sizeHint().width()
        beside = width >= DECODED + gap + wide
        line = self.fontMetrics().height()
        side = min(DECODED, max(LEAST_DECODED, min(width, int(0.4 * (height - 2 * line)))))  # less the label's lines
        for pane in (self.image, self.point):
            pane.setFixedSize(side, side + line + 4)
        ways = QBoxLayout.Direction
        self._layout.setDirection(ways.LeftToRight if beside else ways.TopToBottom)
        in_a_row = not beside and width >= self._resetting.sizeHint().width() + gap + wide
        self._buttons.setDirection(ways.LeftToRight if in_a_row else ways.TopToBottom)
