"""The same held-out images through several runs, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from aestudio.core.ground.texts import plural, say
from aestudio.core.library.summary import Summary
from aestudio.qt import theme
from aestudio.qt.pages.runs.picture_grid import PictureGrid, Strip
from aestudio.qt.pages.runs.reader import Reader
from aestudio.qt.pages.runs.run_curves import colour_of
from aestudio.qt.widgets.basics import hint, label
from aestudio.qt.widgets.layouts import in_column
from aestudio.qt.widgets.scrolled import Yielding
from aestudio.studio.runs.tried_run import TriedRun, trying
from aestudio.studio.runs.words import NONE, images


class RunPictures(theme.Themed, Yielding):
    """Tries every chosen run on the first one's held-out images, in the background and while it is shown only."""

    failed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runPictures")
        self.setAccessibleName(say("Reconstructions by the chosen runs"))
        self._folder: Path | None = None
        self._runs: list[Summary] = []
        self.tried: dict[int, TriedRun] = {}
        self.refused: dict[int, str] = {}
        self.asked = False
        self.reader = Reader("trying-runs", self)
        self.reader.answered.connect(self._take)
        self.reader.refused.connect(self._refuse)
        self.grid = PictureGrid()
        self.grid.setObjectName("pictureGrid")
        self.grid.setAccessibleName(say("Held-out images and their reconstructions"))
        self._about = label("", "caption", wrap=True)
        self._problems = label("", "muted", wrap=True)
        self._problems.setObjectName("pictureProblems")
        self.said = hint("")
        shown = QWidget()
        in_column(self._about, (self.grid, 1), host=shown, spacing=theme.GRID // 2)
        self._stack = QStackedLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.GRID, 0, 0)
        column.setSpacing(theme.GRID // 2)
        column.addLayout(self._stack, 1)
        column.addWidget(self._problems)
        self._stack.addWidget(self.said)
        self._stack.addWidget(shown)
        self._show()

    def set_runs(self, folder: Path | None, runs: Sequence[Summary]) -> None:
        """These runs of the library in a folder. What they make of images is computed again where they are others, or
        one of them has gone on training and stopped.
        """
        others = folder != self._folder or [run.id for run in runs] != [run.id for run in self._runs]
        other_models = [_stamp(run) for run in runs] != [_stamp(run) for run in self._runs]
        retitled = [run.title for run in runs] != [run.title for run in self._runs]
        self._folder, self._runs = folder, list(runs)
        if others:
            self.tried, self.refused = {}, {}
        if others or other_models:
            self.asked = False
            self.reader.forget()
        if others or retitled:
            self._show()
        self._read()

    def problems(self) -> str:
        """Which runs are not shown, and why, in words."""
        return self._problems.text()

    def close_reader(self, seconds: float) -> bool:
        """Computes nothing more; False where it would not stop in time."""
        return self.reader.close(seconds)

    def _read(self) -> None:
        if self._folder is not None and self._runs and self.isVisible() and not self.asked:
            self.asked = True
            numbers = [run.id for run in self._runs]
            self.reader.ask(self._folder, numbers, trying(numbers[0]))

    @Slot(int, object)
    def _take(self, number: int, tried: TriedRun) -> None:
        self.tried[number] = tried
        self.refused.pop(number, None)
        self._show()

    @Slot(int, str)
    def _refuse(self, number: int, problem: str) -> None:
        if number:
            self.refused[number] = problem
        else:
            self.refused |= {run.id: problem for run in self._runs}
            self.failed.emit(problem)
        self._show()

    def _show(self) -> None:
        titles = {run.id: run.named for run in self._runs}
        problems = [_sentence(titles[number], why) for number, why in self.refused.items() if number in titles]
        self._problems.setText("\n".join(problems))
        self._problems.setVisible(bool(problems))
        done = [(place, run, self.tried[run.id]) for place, run in enumerate(self._runs) if run.id in self.tried]
        self._stack.setCurrentIndex(1 if done else 0)
        if not done:
            waits = self._runs and len(self.refused) < len(self._runs)
            nothing = (
                say("There is no model to try") if self._runs else say("Choose runs in the table to see their images")
            )
            self.said.setText(say("Trying the runs on the same images…") if waits else nothing)
            self.grid.set_strips([])
            return
        originals = done[0][2].original
        about = plural(
            "{count} held-out image of “{title}”, {size}",
            "{count} held-out images of “{title}”, {size}",
            len(originals),
            title=self._runs[0].named,
            size=images(self._runs[0].shape),
        )
        self._about.setText(str(about))
        strips = [Strip(say("Original"), "", originals, tip=say("Held-out images: no run was trained on them"))]
        for place, run, tried in done:
            if tried.corrupted is not None:
                strips.append(
                    Strip(
                        say("Corrupted"),
                        say("for #{number}", number=run.id),
                        tried.corrupted,
                        colour_of(place),
                        self._tip(run),
                    )
                )
            said = say("{psnr:.2f} dB", psnr=tried.psnr) if np.isfinite(tried.psnr) else NONE
            strips.append(Strip(f"#{run.id} {run.named}", said, tried.reconstructed, colour_of(place), self._tip(run)))
        self.grid.set_strips(strips)

    @staticmethod
    def _tip(run: Summary) -> str:
        return say(
            "#{number} {title}\nPSNR of these images together, against the originals", number=run.id, title=run.named
        )

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._read()

    def restyle(self) -> None:
        self._show()


def _stamp(run: Summary) -> tuple[int, str, int]:
    """What its model depends on; while it trains, its newest checkpoint."""
    return run.id, run.state, (run.checkpoint_step or 0) if run.state == "training" else run.step


def _sentence(title: str, why: str) -> str:
    """Why a run is not shown, and which."""
    return why if title in why else say("“{title}” is not shown: {why}", title=title, why=why)
