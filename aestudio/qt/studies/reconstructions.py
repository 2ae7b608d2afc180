"""The same held-out images, and what several models make of them, side by side."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from aestudio.core.autoencoder import Model
from aestudio.core.dataset import Dataset, to_float
from aestudio.qt import theme
from aestudio.qt.widgets.image_pane import ImagePane, View

PICTURES = 16


class Reconstructions(QWidget):
    """A pane for the originals and one for each name; they zoom, pan and select together."""

    def __init__(self, names: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._original: NDArray[np.float32] | None = None
        self.panes = {name: ImagePane(name) for name in ("Original", *names)}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GRID)
        for pane in self.panes.values():
            row.addWidget(pane, 1)
            pane.viewChanged.connect(self._follow)
            pane.sampleClicked.connect(self._enlarge)
            pane.selectionMoved.connect(self._select)

    def begin(self, dataset: Dataset) -> None:
        """Other images, and nothing made of them yet."""
        images = dataset.held_out.images
        self._original = to_float(images.gather(torch.arange(min(PICTURES, len(images))))).numpy()
        for name in self.panes:
            self.panes[name].set_images(None)
            self.panes[name].set_caption("")
        self.panes["Original"].set_images(self._original)

    def show_model(self, name: str, model: Model, caption: str = "") -> None:
        """What a model makes of them, as they are corrupted in its run."""
        if self._original is None:
            return
        made = model.try_on(torch.from_numpy(self._original), model.run.seed)[2]
        self.panes[name].set_images(made.numpy())
        self.panes[name].set_caption(caption)

    @Slot(object)
    def _follow(self, view: View) -> None:
        for pane in self.panes.values():
            if pane is not self.sender():
                pane.set_view(view)

    @Slot(int)
    def _enlarge(self, index: int) -> None:
        for pane in self.panes.values():
            pane.enlarge(index)

    @Slot(int)
    def _select(self, index: int) -> None:
        for pane in self.panes.values():
            pane.select(index)
