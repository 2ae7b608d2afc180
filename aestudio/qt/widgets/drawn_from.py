"""A button that draws a code, and from what."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from functools import partial

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QWidget

from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import say
from aestudio.core.latent.sampling import mixture, normal
from aestudio.core.run.events import Floats
from aestudio.qt.task import Task
from aestudio.qt.widgets.basics import TextButton
from aestudio.qt.widgets.layouts import in_column
from aestudio.studio.code_units import drawn


class Source(IntEnum):
    """In the order in which they are offered."""

    UNITS = 0
    CODES = 1
    MIXTURE = 2
    PRIOR = 3


class DrawnFrom(QWidget):
    """The mixture is fitted in the background; all else is drawn at once."""

    drawn = Signal(np.ndarray)
    """A code [K]."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._codes: Floats = np.zeros((0, 0), np.float32)
        self._prior: Callable[[int], Floats | None] | None = None
        self._random = np.random.default_rng()
        self.button = TextButton(say("Randomise"), say("Draws a code that no image has"), icon="dice")
        self.source = QComboBox()
        self.source.setAccessibleName(say("Drawn from"))
        for words, tip in (
            (say("Units"), say("Each unit has its value from a random image; as many are zero as in one image")),
            (say("Codes"), say("From a normal distribution with the mean and covariance of the images' codes")),
            (say("Mixture"), say("From ten normal distributions, fitted to the images' codes")),
        ):
            self._add(words, tip)
        self._fit = Task(self)
        self._fit.ended.connect(self._take)
        self.button.clicked.connect(self.draw)
        in_column(self.button, self.source, host=self)

    def set_codes(self, codes: Floats) -> None:
        """Of many images, [M, K]."""
        self._codes = codes

    def offer_prior(self, prior: Callable[[int], Floats | None] | None) -> None:
        """What draws a code of the prior from a seed; None where there is none."""
        self._prior = prior
        if prior is not None and self.source.count() == Source.PRIOR:
            self._add(say("Prior"), say("From the distribution that the code was trained to have"))
        elif prior is None and self.source.count() > Source.PRIOR:
            self.source.removeItem(Source.PRIOR)

    @Slot()
    def draw(self) -> None:
        """Tells of another code."""
        seed = int(self._random.integers(1 << 31))
        match self.source.currentIndex():
            case _ if len(self._codes) < 2:
                return
            case Source.CODES:
                self.drawn.emit(normal(self._codes, 1, seed)[0])
            case Source.MIXTURE if not self._fit.running:
                self.button.setEnabled(False)
                self._fit.start(partial(_mixed, self._codes, seed), say("Fitting the mixture"))
            case Source.PRIOR if self._prior is not None and (code := self._prior(seed)) is not None:
                self.drawn.emit(code)
            case Source.UNITS:
                self.drawn.emit(drawn(self._codes, self._random))

    @Slot(object, str)
    def _take(self, code: Floats | None, _problem: str) -> None:
        self.button.setEnabled(True)
        if code is not None and code.shape == self._codes.shape[1:]:
            self.drawn.emit(code)

    def close_down(self, seconds: float) -> bool:
        """Waits for what is being fitted; False where that would not end in time."""
        return self._fit.close(seconds)

    def _add(self, words: str, tip: str) -> None:
        self.source.addItem(words)
        self.source.setItemData(self.source.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)


def _mixed(codes: Floats, seed: int, _report: Report) -> Floats:
    found: Floats = mixture(codes, 1, seed)[0]
    return found
