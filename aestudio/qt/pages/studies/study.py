"""What every study is: a question that several trainings answer, its few settings, and the picture of the answer."""

from __future__ import annotations

from math import prod
from typing import Any, ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from aestudio.core.data.dataset import Dataset
from aestudio.core.run.run import Run
from aestudio.core.theory.trains import Trains
from aestudio.qt import theme
from aestudio.qt.display import display
from aestudio.qt.found import Found
from aestudio.studio.study import Work


class Study(Found, theme.Themed, QWidget):
    """`form` holds the settings, the study itself shows the answer. The page starts and stops it."""

    demanded = ("title", "tip", "question")
    is_base = True
    title: ClassVar[str]
    tip: ClassVar[str]
    question: ClassVar[str]
    """What it answers, in a sentence."""

    changed = Signal()
    """A setting is another one: whether it can begin has to be asked again."""
    open_requested = Signal(int)
    """Show a run of the library."""
    recipe_requested = Signal(str)
    """A recipe that this study can be made with."""

    form: QWidget
    _dataset: Dataset | None = None
    """That it would begin with, or has begun with."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        display().changed.connect(self.restyle)

    def restyle(self) -> None:
        """Draws again: other colours, or another unit."""
        self.draw()

    def unit(self) -> float:
        """What is multiplied with an error per pixel to show it."""
        return display().of_pixel(prod(self._dataset.shape) if self._dataset is not None else 1)

    def set_subject(self, run: Run, dataset: Dataset | None) -> None:
        """The settings and the images that it would begin with."""
        raise NotImplementedError

    def problem(self) -> str:
        """Why it cannot begin, in a sentence; empty where it can."""
        raise NotImplementedError

    def recipe(self) -> str:
        """The name of a recipe that would do instead, where the settings do not; else empty."""
        return ""

    def begin(self, trains: Trains) -> Work:
        """Empties the picture, and gives the work."""
        raise NotImplementedError

    def take(self, told: Any) -> None:
        """One thing that the work has told."""
        raise NotImplementedError

    def draw(self) -> None:
        """Brings the picture up to date, after one or many things were told."""
        raise NotImplementedError
