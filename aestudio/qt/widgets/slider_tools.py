"""What stands above the sliders of a code: the search for a unit, and how sliders go."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QCheckBox, QLineEdit, QSlider, QWidget

from aestudio.core.ground.texts import say
from aestudio.qt.widgets.animation import Animation
from aestudio.qt.widgets.layouts import flow, in_column, in_row


class SliderTools(QWidget):
    """`maps` is seen where the code keeps places, `unused` where units hardly differ between images."""

    def __init__(self, sliders: Callable[[], Sequence[QSlider]], parent: QWidget | None = None) -> None:
        """`sliders` are those that are shown, from the top down."""
        super().__init__(parent)
        self.search = QLineEdit()
        self.search.setPlaceholderText(say("Find a unit"))
        self.search.setAccessibleName(say("Find a unit"))
        self.search.setToolTip(say("The number of a unit; for maps the channel, the row and the column: 3 0 7"))
        self.search.setClearButtonEnabled(True)
        self.animate = Animation(sliders)
        self.maps = QCheckBox(say("Whole maps"))
        self.maps.setToolTip(
            say("One slider for each map of the code; it changes all places of the map by the same amount")
        )
        self.maps.hide()
        self.directions = QCheckBox(say("Directions"))
        self.directions.setToolTip(
            say(
                "One slider for each direction in which the decoded image changes most, found where this code is "
                "(local principal directions); numbers are standard deviations of the images' codes"
            )
        )
        self.quantiles = QCheckBox(say("By quantiles"))
        self.quantiles.setToolTip(
            say("Sliders go through the values that images have, as many images between one step and the next")
        )
        self.unused = QCheckBox()
        self.unused.setToolTip(say("Units that hardly differ between images are left out; this shows them too"))
        self.unused.hide()
        in_column(
            in_row((self.search, 1), self.animate, self.quantiles),
            flow(self.directions, self.maps, self.unused),
            host=self,
        )
