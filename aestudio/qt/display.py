"""How numbers and pictures are shown: chosen once by the person, the same in every plot and picture."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from PySide6.QtCore import QObject, Signal

from aestudio.core.ground.ini import Ini
from aestudio.core.ground.texts import Text, say

Colours = Literal["grey", "viridis"]
COLOURS: dict[Colours, Text] = {"grey": Text("Grey"), "viridis": Text("Viridis")}
"""Colour maps for maps and filters."""
UNITS: dict[bool, Text] = {True: Text("per pixel"), False: Text("per image")}
"""What errors are of: the mean over an image's pixels, or their sum, by whether it is the mean."""
SCALES = (100, 110, 125, 150, 175, 200)
"""Percent of the size that everything has by itself."""


USUAL: dict[str, Any] = {"per_pixel": True, "smoothing": 90, "colours": "grey", "scale": 100}


class Display(QObject):
    """The choices, which the window keeps from one time to the next."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.per_pixel: bool
        self.smoothing: int
        """Percent: the memory of the moving average of loss curves."""
        self.colours: Colours
        self.scale: int
        for name, value in USUAL.items():
            setattr(self, name, value)

    def choose(self, **choices: Any) -> None:
        """Other values of some of the choices, by name."""
        if any(getattr(self, name) != value for name, value in choices.items()):
            for name, value in choices.items():
                setattr(self, name, value)
            self.changed.emit()

    @property
    def error_unit(self) -> str:
        """What an axis of squared errors is called."""
        return say("mean squared error per pixel") if self.per_pixel else say("squared error per image")

    @property
    def loss_unit(self) -> str:
        """What an axis of losses is called."""
        return say("loss per pixel") if self.per_pixel else say("loss per image")

    def of_pixel(self, pixels: int) -> float:
        """What is multiplied with an error per pixel to show it, of images of so many pixels."""
        return 1.0 if self.per_pixel else float(pixels)

    def of_image(self, pixels: int) -> float:
        """What is multiplied with an error per image to show it."""
        return 1 / pixels if self.per_pixel else 1.0

    def keep(self, settings: Ini) -> None:
        """Writes them down."""
        for name in USUAL:
            settings.keep(f"display/{name}", getattr(self, name))

    def read(self, settings: Ini) -> None:
        """As they were kept; what was edited to something that there is not stays as it is."""
        per_pixel = str(settings.value("display/per_pixel")).lower()
        smoothing, scale = (_number(settings.value(f"display/{name}")) for name in ("smoothing", "scale"))
        colours = settings.value("display/colours")
        self.choose(
            per_pixel=per_pixel == "true" if per_pixel in ("true", "false") else self.per_pixel,
            smoothing=smoothing if smoothing in range(100) else self.smoothing,
            colours=colours if colours in COLOURS else self.colours,
            scale=scale if scale in SCALES else self.scale,
        )


@cache
def display() -> Display:
    """The one of this program."""
    return Display()


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return -1
