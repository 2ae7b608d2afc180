"""What every study is in the window: a question that several trainings answer, its few settings, and the picture of the
answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.errors import RunError
from aestudio.core.run.run import Run
from aestudio.core.theory.trains import Engine
from aestudio.qt import theme
from aestudio.qt.display import display
from aestudio.qt.found import Found
from aestudio.qt.pages.studies.seeds_box import Seeds
from aestudio.qt.widgets.basics import label
from aestudio.qt.widgets.lines import Line
from aestudio.studio.studies.curves import StudyCurve
from aestudio.studio.studies.plans import Planned
from aestudio.studio.studies.study import StudyWork
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

    form: QWidget
    shown: StudyWork | None = None
    """What is drawn: begun, and perhaps complete."""
    _dataset: Dataset | None = None
    """That it would begin with, or has begun with."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.seeds = Seeds(self)
        self.seeds.changed.connect(self.changed)
        self.verdict = label("", "muted", wrap=True)
        """What follows from what was found."""
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

    def asked(self) -> StudyWork:
        """What it would begin with. Raises: RunError where a setting cannot be."""
        raise NotImplementedError

    def problem(self) -> str:
        """Why it cannot begin, in a sentence; empty where it can."""
        try:
            return self.asked().problem()
        except RunError as error:
            return str(error)

    def planned(self) -> Planned:
        """The runs that it would train; it has no problem."""
        return self.asked().planned()

    def recipe(self) -> str:
        """The name of a recipe that would do instead, where the settings do not; else empty."""
        return ""

    def begin(self, engine: Engine) -> Work:
        """Empties the picture, and gives the work."""
        self.shown = self.asked()
        assert self._dataset is not None
        self.begun(self._dataset)
        self.draw()
        return self.shown.work(engine)

    def begun(self, dataset: Dataset) -> None:
        """`shown` is another one, and has found nothing yet."""

    def take(self, told: Any) -> None:
        """One thing that the work has told."""
        if self.shown is not None:
            self.shown.take(told)

    def draw(self) -> None:
        """Brings the picture up to date, after one or many things were told."""
        said = self.shown.verdict(self.unit()) if self.shown is not None else None
        self.verdict.setText("" if said is None else str(said))
        self.verdict.setVisible(said is not None)


def lines(curves: Sequence[StudyCurve]) -> list[Line]:
    """As the plot draws them."""
    look = theme.current()
    return [
        Line(
            str(one.name),
            one.x,
            one.y,
            look.muted if one.colour < 0 else look.series[one.colour],
            dots=one.colour >= 0 and not one.is_running,
            dashed=one.colour < 0 or one.is_running,
            error=one.deviation,
            right=one.right,
            joined=one.joined,
        )
        for one in curves
    ]
