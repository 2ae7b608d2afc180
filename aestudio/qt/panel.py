"""What every panel of Inspect and Latent is: a measure taken in the background, and a picture of what was found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from aestudio.qt import theme
from aestudio.qt.found import Found
from aestudio.qt.widgets.basics import label
from aestudio.qt.widgets.layouts import Part, flow, in_column
from aestudio.qt.widgets.scrolled import Yielding
from aestudio.studio.inspect.examined import Examined
from aestudio.studio.inspect.measuring import Measure as Measure


class Panel(Found, theme.Themed, Yielding):
    """One kind of look into a model. The page shows one panel at a time, and only that one is measured.

    The page calls `measure` in the window's thread whenever a snapshot is due, runs what it returns in the background,
    and hands what that found to `show_found`. A sentence that was raised instead is shown in the panel's place; if it
    says that the measure takes long, with a button named `remedy` below it where the panel has one.
    """

    demanded = ("title", "tip")
    is_base = True
    title: ClassVar[str]
    """On its tab."""
    tip: ClassVar[str]
    """What it shows, in a sentence."""

    wanted = Signal()
    """The person has changed what is measured: measure again."""
    resample_asked = Signal(tuple)
    """tuple[int, …]: units that shall be drawn anew."""
    setting_asked = Signal(tuple)
    """tuple[str, Any]: another value of one of the document's settings, by its path."""
    speed_asked = Signal(float)
    """How many steps a second the training shall take: 0 for none, infinite for as many as it can."""
    failed = Signal(str)
    """A sentence for the person."""
    told = Signal(str)
    """Good news for the person."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choices: QWidget | None = None
        """The row above what is found; it stays where a measure was refused, so that another choice can be made."""
        name = type(self).__name__
        self.setObjectName(name[:1].lower() + name[1:])

    def least_height(self, width: int) -> int:
        """That it can have at this width."""
        least, layout = self.minimumSizeHint().height(), self.layout()
        if layout is None or not layout.hasHeightForWidth():
            return least
        return max(least, layout.minimumHeightForWidth(width))

    def frame(self, choices: Sequence[QWidget], *body: Part) -> QVBoxLayout:
        """The choices in a row that wraps, what is found below them, and under it how it was measured, in words."""
        self.caption = label("", "caption", wrap=True)
        self.choices = flow(*choices)
        self._framed = in_column(self.choices, *body, self.caption)
        return self._framed

    def take_back_choices(self) -> None:
        """They stood elsewhere while there was nothing to show below them."""
        if self.choices is not None:
            self._framed.insertWidget(0, self.choices)

    @Slot()
    def want(self) -> None:
        """Another choice: measures again."""
        self.wanted.emit()

    @classmethod
    def suits(cls, subject: Examined) -> bool:
        """Whether the panel has anything to say of such a model; its tab is hidden where not."""
        return True

    def set_library(self, folder: Path | None) -> None:
        """Where the runs are kept that could be compared with; None where nowhere."""

    def set_running(self, running: bool) -> None:
        """Whether a training goes on, paused or not."""

    def set_speed(self, speed: float) -> None:
        """How many steps a second slow motion takes; 0 where the training goes on by itself, or not at all."""

    def measure(self) -> Measure:
        """What is to be measured, with the options as they are now."""
        raise NotImplementedError

    def show_found(self, found: Any, subject: Examined) -> None:
        """Draws what the measure returned, of the subject that it was taken of."""
        raise NotImplementedError

    def restyle(self) -> None:
        """Draws again what was found last, where that has colours of the theme."""

    def forget(self) -> None:
        """Another model: nothing that was found holds any more."""

    def remedy(self) -> str:
        """What can be done where the measure would take too long, as the text of a button; empty where nothing."""
        return ""

    def apply_remedy(self) -> None:
        """The button was pressed: estimate instead, or whatever was offered. Ends with `wanted`."""

    def close_down(self, seconds: float) -> bool:
        """Stops whatever the panel runs besides its measure; False where that would not stop in time."""
        return True
