"""The same held-out images, and what several models make of them, side by side."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from PySide6.QtWidgets import QWidget

from aestudio.core.data.dataset import Dataset, to_float
from aestudio.core.ground.texts import Text
from aestudio.core.model.trained import Model
from aestudio.qt.widgets.linked_panes import LinkedPanes

PICTURES = 16
ORIGINAL, RECONSTRUCTED = Text("Original"), Text("Reconstructed")


class Reconstructions(LinkedPanes):
    """A pane for the originals and one for each name."""

    def __init__(self, names: tuple[Text, ...], parent: QWidget | None = None) -> None:
        super().__init__({name.template: str(name) for name in (ORIGINAL, *names)}, parent)
        self._original: NDArray[np.float32] | None = None

    def begin(self, dataset: Dataset) -> None:
        """Other images, and nothing made of them yet."""
        images = dataset.held_out.images
        self._original = to_float(images.gather(torch.arange(min(PICTURES, len(images))))).numpy()
        self.clear()
        self.show_images(ORIGINAL.template, self._original)

    def show_model(self, name: Text, model: Model, caption: str = "") -> None:
        """What a model makes of them, corrupted as in its run."""
        if self._original is not None:
            made = model.try_on(torch.from_numpy(self._original), model.run.seed)[2]
            self.show_images(name.template, made.numpy(), caption)
