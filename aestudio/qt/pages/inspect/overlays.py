"""Other runs of the library beside the model: chosen in a popup, measured with the same images in the same thread."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Signal, Slot
from PySide6.QtWidgets import QWidget
from torch import Tensor

from aestudio.core.ground.errors import Cancelled, StudioError, reason
from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import SPACE, Text, listed, say
from aestudio.core.library.catalogue import Library
from aestudio.core.library.summary import Summary
from aestudio.core.model.trained import Model
from aestudio.qt import theme
from aestudio.qt.widgets.basics import TextButton, label
from aestudio.qt.widgets.run_chooser import RunChooser
from aestudio.studio.inspect.observer import aside
from aestudio.studio.runs.grouping import newest_apart
from aestudio.studio.runs.words import short

MOST = 8
"""Runs at once: more colours are hard to tell apart."""
LOOKED = 500
"""The newest runs among which those with a model are looked for."""

Probe = Callable[[Model, Tensor, Report], Any]
"""Measures one model at images [N, C, H, W]."""


@dataclass(frozen=True)
class OverlayChoice:
    """A run that is chosen."""

    number: int
    title: str
    updated: float
    place: int
    """Among the colours; 0 is the model's own."""

    @property
    def name(self) -> str:
        """As the legend calls it."""
        return f"#{self.number} {short(say(self.title), 24)}"

    @property
    def colour(self) -> str:
        return theme.current().series[self.place]


@dataclass(frozen=True, eq=False)
class Overlaid:
    """What was found of a chosen run, or why nothing was, in words."""

    choice: OverlayChoice
    found: Any = None
    problem: str = ""


@dataclass(frozen=True, eq=False)
class Chosen:
    """The choice as it was when a measure began, for the measure's thread.

    What is found is kept: while a model trains, only the model itself is measured again.
    """

    folder: Path | None
    choices: tuple[OverlayChoice, ...]
    known: dict[Hashable, Any]

    def measured(self, images: Tensor, wish: Hashable, probe: Probe, report: Report) -> list[Overlaid]:
        """Of each chosen run; `wish` names the probe and its options. Raises Cancelled only."""
        if self.folder is None or not self.choices:
            return []
        same = hashlib.blake2b(images.numpy().tobytes(), digest_size=16).digest()
        keys = {choice: (choice.number, choice.updated, wish, tuple(images.shape), same) for choice in self.choices}
        problems: dict[OverlayChoice, str] = {}
        missing = [choice for choice, key in keys.items() if key not in self.known]
        if missing:
            try:
                with aside(), Library(self.folder) as library:
                    for choice in missing:
                        try:
                            self.known[keys[choice]] = _one(library, choice, images, probe, report)
                        except (StudioError, RuntimeError, MemoryError) as error:
                            problems[choice] = _unless_cancelled(error)
            except StudioError as error:  # the library itself
                problems |= dict.fromkeys(missing, _unless_cancelled(error))
        return [Overlaid(choice, self.known.get(key), problems.get(choice, "")) for choice, key in keys.items()]


def _one(library: Library, choice: OverlayChoice, images: Tensor, probe: Probe, report: Report) -> Any:
    def told(doing: str, fraction: float | None) -> None:
        report(say("#{number}: {doing}", number=choice.number, doing=doing), fraction)

    told(say("Reading the model"), None)
    return probe(library.model(choice.number).model(), images, told)


def _unless_cancelled(error: BaseException) -> str:
    if isinstance(error, Cancelled):
        raise error
    return str(reason(error))


class Overlays(TextButton):
    """A button that opens the chooser. `said` is a sentence about runs that could not be measured, for the panel to
    place.
    """

    changed = Signal()
    """Other runs are chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", "", icon="runs", parent=parent)
        self.setObjectName("overlayButton")
        self._folder: Path | None = None
        self._runs: dict[int, Summary] = {}
        self._apart: dict[int, str] = {}
        self._choices: dict[int, OverlayChoice] = {}
        self._known: dict[Hashable, Any] = {}
        self.chooser = RunChooser(MOST, self)
        self.chooser.chosen.connect(self.choose)
        self.said = label("", "caption", wrap=True)
        self.said.setObjectName("overlayProblem")
        self.clicked.connect(self.open)
        self._tell("")
        self._refresh()

    def set_library(self, folder: Path | None) -> None:
        """Whose runs can be chosen; None where there is no library."""
        if folder != self._folder:
            self._folder, self._choices = folder, {}
            self._known.clear()
        self._refresh()

    def chosen(self) -> Chosen:
        """What a measure takes into its thread."""
        return Chosen(self._folder, tuple(self._choices.values()), self._known)

    def numbers(self) -> list[int]:
        """Of the runs that are chosen."""
        return list(self._choices)

    def usable(self, measured: Sequence[Overlaid]) -> list[Overlaid]:
        """Those of which something was found; the others are not chosen any more, and why is said."""
        refused = [one for one in measured if one.problem]
        for one in refused:
            self._choices.pop(one.choice.number, None)
        if refused:
            whose: dict[str, list[str]] = {}
            for one in refused:
                whose.setdefault(one.problem, []).append(f"#{one.choice.number}")
            said = (
                Text("Left out: {names}. {problem}", names=listed(names), problem=problem)
                for problem, names in whose.items()
            )
            self._tell(str(listed(said, SPACE)))
            self.chooser.set_ticked(self._choices)
            self._refresh()
        return [one for one in measured if not one.problem and one.choice.number in self._choices]

    @Slot()
    def open(self) -> None:
        """Shows the newest runs that have left a model."""
        try:
            if self._folder is not None:
                with Library(self._folder) as library:
                    ended = [run for run in library.runs(most=LOOKED) if run.state in ("completed", "stopped")]
                    self._apart = newest_apart(library, ended)
                self._runs = {run.id: run for run in ended}
        except StudioError as error:
            self._tell(str(error))
            return
        below = self.mapToGlobal(QPoint(0, self.height() + 2))
        self.chooser.show_runs(list(self._runs.values()), self._apart, self._choices, below)

    @Slot(int, bool)
    def choose(self, number: int, wanted: bool = True) -> None:
        """Takes a run in, or leaves it out."""
        self._tell("")
        if wanted and number in self._runs and len(self._choices) < MOST:
            run, taken = self._runs[number], {choice.place for choice in self._choices.values()}
            place = next(place for place in range(1, MOST + 1) if place not in taken)
            self._choices[number] = OverlayChoice(number, run.title, run.updated, place)
        elif not wanted:
            self._choices.pop(number, None)
        self._refresh()
        self.changed.emit()

    def _tell(self, words: str) -> None:
        self.said.setText(words)
        self.said.setVisible(bool(words))

    def _refresh(self) -> None:
        count = len(self._choices)
        words = say("Overlay runs ({count})…", count=count) if count else say("Overlay runs…")
        self.setText(words)
        self.setAccessibleName(words)
        self.setEnabled(self._folder is not None)
        self.setToolTip(
            say(
                "Measure up to {most} other runs of the library with the same images and draw them over this one",
                most=MOST,
            )
            if self._folder is not None
            else say("There is no run library, so there are no other runs to compare with")
        )
