"""Small pictures at both ends of each slider: what the decoder makes of the code with that unit low, and high."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Slot

from aestudio.core.run.events import Floats
from aestudio.qt.widgets.unit_slider import Mini

if TYPE_CHECKING:
    from aestudio.qt.widgets.latent_sliders import LatentSliders

REST_MS, AGAIN_MS = 30, 500
"""Between two batches, and before all are made anew."""
SHORT, LONG = 0.008, 0.02
"""Seconds that a batch should take, so that sliders stay quick."""
MOST = 64


class Traversals(QObject):
    """Makes those that are seen, few at a time and only while no slider is pulled."""

    def __init__(self, sliders: LatentSliders) -> None:
        super().__init__(sliders)
        self._sliders = sliders
        self.rows: list[tuple[Mini, Mini]] = []
        self.decode: Callable[[Floats], Floats | None] = lambda _codes: None
        """Codes [N, K] as images [N, C, H, W]; None where they are no codes of the model that is shown."""
        self._waiting: list[int] = []
        """Rows that are to be made."""
        self._at_once = 2
        self._next, self._again = QTimer(self), QTimer(self)
        for timer, pause, act in ((self._next, REST_MS, self._make), (self._again, AGAIN_MS, self._begin)):
            timer.setSingleShot(True)
            timer.setInterval(pause)
            timer.timeout.connect(act)

    def add_row(self) -> None:
        """Two more pictures."""
        self.rows.append((Mini(), Mini()))

    @Slot()
    def refresh(self) -> None:
        """The code, its ranges or the model are others: soon all are made anew."""
        if not self._again.isActive():
            self._again.start()

    def forget(self) -> None:
        """Another network: what was made shows units that are no more."""
        for mini in (mini for row in self.rows for mini in row):
            mini.show_image(None)

    @Slot()
    def _begin(self) -> None:
        self._waiting = list(range(len(self._sliders.units())))
        self._next.start()

    @Slot()
    def _make(self) -> None:
        """The next few rows that are seen."""
        sliders = self._sliders
        if any(row.slider.isSliderDown() for row in sliders.rows):
            self._next.start(AGAIN_MS)
            return
        units = sliders.units()
        seen = [row for row in self._waiting if row < len(units) and not self.rows[row][0].visibleRegion().isEmpty()]
        now, self._waiting = seen[: self._at_once], seen[self._at_once :]
        if not now:
            return
        began = time.perf_counter()
        codes = np.stack([sliders.with_unit(units[row], high) for row in now for high in (False, True)])
        images = self.decode(codes)
        for place, row in enumerate(now):
            for end, mini in enumerate(self.rows[row]):
                mini.show_image(None if images is None else images[2 * place + end])
        took = time.perf_counter() - began
        if took < SHORT:
            self._at_once = min(2 * self._at_once, MOST)
        elif took > LONG:
            self._at_once = max(1, self._at_once // 2)
        self._next.start(REST_MS)
