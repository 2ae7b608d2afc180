"""A walk from an image along a direction, and what the model makes of where it leads."""

from __future__ import annotations

import numpy as np
import torch
from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import QSlider, QWidget

from aestudio.core.ground.texts import Text, say
from aestudio.core.model.trained import Model
from aestudio.core.run.events import Floats
from aestudio.qt import theme
from aestudio.qt.pages.inspect.gallery import Gallery
from aestudio.qt.widgets.basics import TextButton, label
from aestudio.qt.widgets.layouts import in_column, in_row
from aestudio.studio.bins import tidy_limit

TICKS = 100
START = TICKS // 2


class Walk(QWidget):
    """x + t·v with a slider for t, beside x, and the reconstruction of both."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(say("Walk along a tangent"))
        self._at: tuple[Model, Floats, Floats, Text] | None = None
        self._reach = 1.0
        self.said = label("", "heading")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("walkSlider")
        self.slider.setAccessibleName(say("How far along the tangent"))
        self.slider.setToolTip(say("How far the image is moved along the chosen tangent, whose length is 1"))
        self.slider.setProperty("role", "plain")
        self.slider.setRange(-TICKS, TICKS)
        self.slider.setPageStep(TICKS // 10)
        self.slider.setValue(START)
        self.slider.valueChanged.connect(self._draw)
        self.home = TextButton(say("Back to x"), say("Back to the image itself (t = 0)"), role="quiet", icon="reset")
        self.home.clicked.connect(self._go_home)
        self.pictures = Gallery(say("The image, the image moved, and what the model makes of both"))
        in_column(
            in_row(self.said, (self.slider, 1), self.home), (self.pictures, 1), host=self, spacing=theme.GRID // 2
        )
        self.forget()

    def show_walk(self, model: Model, image: Floats, direction: Floats, name: Text, far: float) -> None:
        """From an image [C, H, W] along a direction of length 1, at most about so `far`; the slider stays."""
        self._at = (model, image, direction, name)
        self._reach = tidy_limit(max(far, 1e-3))
        self.setEnabled(True)
        self._draw()

    def forget(self) -> None:
        """There is nowhere to walk."""
        self._at = None
        self.setEnabled(False)
        with QSignalBlocker(self.slider):
            self.slider.setValue(START)
        self.said.setText(say("Walk"))
        self.pictures.show_images(None)

    def t(self) -> float:
        """How far the walk is."""
        return self._reach * self.slider.value() / TICKS

    @Slot()
    def _go_home(self) -> None:
        self.slider.setValue(0)

    @Slot()
    def _draw(self) -> None:
        if self._at is None:
            return
        model, image, direction, name = self._at
        both = np.stack([image, image + np.float32(self.t()) * direction])
        made = model.decode(model.encode(torch.from_numpy(both))).numpy()
        self.said.setText(say("Walk along {name}: t = {t}", name=name, t=f"{self.t():+.2f}".replace("-", "−")))
        words = ["x", "x + t·v", say("reconstruction of x"), say("of x + t·v")]
        self.pictures.show_images(np.stack([both[0], both[1], made[0], made[1]]), words)
