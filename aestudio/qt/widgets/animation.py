"""A button that moves a slider to and fro until it is pressed again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QSlider, QWidget

from aestudio.core.ground.texts import say
from aestudio.qt.widgets.basics import IconButton

SWEEP_MS, TICKS = 33, 20
"""How often it moves, and how far each time."""


class Animation(IconButton):
    """Moves the slider that has the focus, else the one that a person moved last, else the first."""

    def __init__(self, sliders: Callable[[], Sequence[QSlider]], parent: QWidget | None = None) -> None:
        """`sliders` are those that are shown, from the top down."""
        super().__init__(
            "play",
            say("Move a slider back and forth: the one with the focus, or else the one that was moved last"),
            parent,
        )
        self._sliders = sliders
        self.last: QSlider | None = None
        self._swung: QSlider | None = None
        self._step = TICKS
        self.setCheckable(True)
        self._sweep = QTimer(self)
        self._sweep.setInterval(SWEEP_MS)
        self._sweep.timeout.connect(self._swing)
        self.toggled.connect(self._switch)

    @Slot(bool)
    def _switch(self, on: bool) -> None:
        shown = list(self._sliders())
        if not on or not shown:
            self._sweep.stop()
            return
        wanted = [slider for slider in shown if slider.hasFocus()] or [one for one in shown if one is self.last]
        self._swung = (wanted or shown)[0]
        self._sweep.start()

    @Slot()
    def _swing(self) -> None:
        slider = self._swung
        if slider is None:
            return
        if not slider.minimum() <= slider.value() + self._step <= slider.maximum():
            self._step = -self._step
        slider.setValue(slider.value() + self._step)
