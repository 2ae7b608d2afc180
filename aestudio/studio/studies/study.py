"""What every study is without a window: what it will do, the work, and what was found so far."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import Said, Text, say
from aestudio.core.theory.trains import Engine
from aestudio.studio.studies.plans import Planned
from aestudio.studio.study import Work


class StudyWork(ABC):
    """A study with its settings. It takes in what its work tells, and says what was found."""

    dataset: Dataset | None

    @abstractmethod
    def planned(self) -> Planned:
        """All its runs in their order. Raises: RunError where one of them cannot be."""

    @abstractmethod
    def work(self, engine: Engine) -> Work:
        """What is done in the background."""

    @abstractmethod
    def take(self, told: Any) -> None:
        """One thing that the work has told."""

    @abstractmethod
    def where(self) -> Text | None:
        """Which of the runs is trained, and how far it is; None before the first."""

    @abstractmethod
    def verdict(self, factor: float = 1.0) -> Said | None:
        """What follows from what was found, errors multiplied by a factor; None while that is nothing."""

    def problem(self) -> str:
        """Why it cannot begin, in a sentence; empty where it can."""
        if self.dataset is None:
            return say("There are no images to train on; choose other data on the Explore page.")
        try:
            self.check()
        except RunError as error:
            return str(error)
        return ""

    def check(self) -> None:
        """Raises: RunError where it cannot begin."""
        planned = self.planned()
        for run in planned.runs:
            run.check(planned.dataset.shape)


def pattern(factor: float) -> str:
    """How an error is written: per pixel it is small, per image it is not."""
    return ".5f" if factor == 1.0 else ".2f"
