"""Collapse: which units of a drawn code carry something, since when, and what to do about those that do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from typing import ClassVar

import numpy as np
from PySide6.QtWidgets import QWidget

from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import SPACE, Text, listed, plural, say
from aestudio.core.latent.collapse import Collapse, collapse
from aestudio.core.parts.families.code import Code
from aestudio.core.run.events import Floats
from aestudio.core.run.run import Run
from aestudio.qt import theme
from aestudio.qt.pages.latent.latent_panel import LatentPanel
from aestudio.qt.panel import Measure
from aestudio.qt.widgets.basics import FlowLayout, StatCard, TextButton, label
from aestudio.qt.widgets.layouts import flow
from aestudio.qt.widgets.line_plot import LinePlot
from aestudio.qt.widgets.lines import Axes, Line
from aestudio.qt.widgets.plot_views import Range, Reach, everything
from aestudio.studio.collapse import UNTRAINED, Diagnosis, counted, diagnosis_of, in_digits
from aestudio.studio.inspect.examined import Examined
from aestudio.studio.inspect.observer import aside
from aestudio.studio.latent.unit_history import UnitHistory

IMAGES = 1000
"""Held-out ones for the numbers of the snapshot."""
LEAST_NATS = 0.1
"""The axis of the KL reaches so far up at least."""


@dataclass(frozen=True, eq=False)
class CollapseOverTime:
    """Of one snapshot, and of those before it."""

    now: Collapse
    steps: tuple[int, ...]
    kl: Floats
    """KL of each unit at each of the steps, of the same few images at all of them, [S, K]."""
    diagnosis: Diagnosis


class CollapsePanel(LatentPanel):
    """A sentence with its buttons, four numbers, and the KL of every unit over the training."""

    title: ClassVar[str] = "Collapse"
    tip: ClassVar[str] = "Which units of a drawn code carry something, since when, and what to do about the others"
    rank: ClassVar[int] = 6

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._history = UnitHistory()
        self._found: CollapseOverTime | None = None
        self._subject: Examined | None = None
        self._running = False
        self._run: Run | None = None
        """Of the document, which a remedy changes."""
        self.active = StatCard(
            say("Active units"), say("Units whose mean differs from image to image, by more than 0.01")
        )
        self.nats = StatCard(
            say("KL to the prior"), say("What all units together tell of an image, which the loss pays for")
        )
        self.information = StatCard(
            say("Mutual information"),
            say("What a code tells of which image it came from; more than log N of N images cannot be found"),
        )
        self.counts = StatCard(
            say("β counts as"),
            say(
                "The loss against −log p in nats: where β counts as 1, the objective is the evidence lower bound. A "
                "loss that is a mean over pixels, not a sum, makes β count as much more as there are pixels."
            ),
        )
        self.sentence = label("", wrap=True)
        self.sentence.setObjectName("collapseVerdict")
        self.buttons = [TextButton("", "", role=role) for role in ("primary", "")]
        for number, button in enumerate(self.buttons):
            button.clicked.connect(partial(self._apply, number))
            button.hide()
        self.plot = LinePlot(
            say("KL of each unit over the training"),
            _axes(since=True),
            counted="bottom",
            fit=_from_nothing,
            legend_from=1,
            empty=say("The KL of every unit appears here"),
        )
        cards = QWidget()
        row = FlowLayout(cards, spacing=theme.GRID, level=True)
        for one in (self.active, self.nats, self.information, self.counts):
            row.addWidget(one)
        self.setLayout(self.frame((), self.sentence, flow(*self.buttons), cards, (self.plot, 1)))

    @classmethod
    def suits(cls, subject: Examined) -> bool:
        return type(subject.run.code).prior is not Code.prior

    def measure(self) -> Measure:
        history = self._history

        def taken(subject: Examined, report: Report) -> CollapseOverTime:
            images = subject.images(IMAGES)
            now = collapse(subject.model, images, report=report)
            with aside():
                steps, kl = history.of(subject, report)
            count = len(subject.dataset.train) if subject.dataset is not None else 0
            planned = subject.run.plan(subject.shape, count).steps if count else subject.step
            said = diagnosis_of(subject.run, now, planned or subject.step) if _begun(subject) else UNTRAINED
            return CollapseOverTime(now, steps, kl, said)

        return taken

    def show_found(self, found: CollapseOverTime, subject: Examined) -> None:
        self._found, self._subject = found, subject
        now = found.now
        self.active.show_value(str(len(now.active) - now.silent), say("of {units:,}", units=len(now.active)))
        self.nats.show_value(f"{now.kl.sum():.1f}", say("nats"))
        self.information.show_value(
            f"{now.information:.1f}", say("nats of at most {most:.1f}", most=now.most_information)
        )
        counts = counted(subject.run, now)
        self.counts.show_value("–" if counts is None else in_digits(counts))
        self.sentence.setText(str(found.diagnosis.said))
        self._offer()
        self._draw()
        measured = plural(
            "{count} held-out image; a unit is active where the variance of its mean over more of them is above 0.01.",
            "{count:,} held-out images; a unit is active where the variance of its mean over them is above 0.01.",
            now.images,
        )
        self.caption.setText(str(listed([measured, *_alone(found, subject)], SPACE)))

    def set_running(self, running: bool) -> None:
        self._running = running
        self._offer()

    def set_run(self, run: Run) -> None:
        self._run = run
        self._offer()

    def restyle(self) -> None:
        self._draw()

    def forget(self) -> None:
        self._found = self._subject = None
        self._history = UnitHistory()
        self.sentence.setText("")
        self.caption.setText("")
        self._offer()
        for one in (self.active, self.nats, self.information, self.counts):
            one.show_value("–")
        self.plot.show_lines([])

    def _offer(self) -> None:
        """A button for each remedy of the document's settings; one that cannot be pressed now says why."""
        run, all_of_them = self._run, () if self._found is None else self._found.diagnosis.remedies
        remedies = [one for one in all_of_them if run is not None and one.suits(run)]
        for button, remedy in zip_longest(self.buttons, remedies):
            button.setVisible(remedy is not None)
            if remedy is None or self._subject is None or run is None:
                continue
            done = run.value(remedy.path) == remedy.value
            waits = self._running and not self._subject.run.knob(remedy.path).live
            button.setText(str(remedy.text))
            said = say("Only once the training has stopped") if waits else str(remedy.tip)
            button.setToolTip(say("It is set so already") if done else said)
            button.setEnabled(not waits and not done)

    def _apply(self, number: int) -> None:
        if self._found is None:
            return
        remedy, before = self._found.diagnosis.remedies[number], self._run
        self.setting_asked.emit((remedy.path, remedy.value))
        if self._run == before:  # it was refused, which was said
            return
        self.told.emit(
            say("The setting is changed; the training goes on with it.")
            if self._running
            else say("The setting is changed; train again to see what it does.")
        )

    def _draw(self) -> None:
        """Units that carry something lie on top; of a single moment they stand beside each other."""
        if self._found is None:
            return
        look, steps = theme.current(), np.array(self._found.steps, float)
        kinds = {True: (say("carries something"), look.accent), False: (say("carries nothing"), look.muted)}
        since = len(steps) > 1
        lines = []
        for unit, active in sorted(enumerate(self._found.now.active), key=lambda one: not one[1]):
            name, colour = kinds[active]
            x, y = steps if since else np.array([float(unit)]), self._found.kl[:, unit].astype(float)
            lines.append(Line(name, x, y, colour, dots=len(steps) < 3, key=active, role=str(unit), level=int(active)))
        self.plot.set_axes(_axes(since=since))
        self.plot.show_lines(lines)


def _begun(subject: Examined) -> bool:
    return subject.opened or subject.step > 0


def _alone(found: CollapseOverTime, subject: Examined) -> list[Text]:
    """Why no moment of the training is shown but one; nothing where there are others, or it has not begun."""
    if len(found.steps) > 1 or not _begun(subject):
        return []
    if subject.opened and subject.kept is None:
        return [Text("A model file keeps no earlier moments: open its run from the page Runs to see the KL over time.")]
    return [Text("No earlier moment of this training is kept, so the KL is shown at this one only.")]


def _axes(*, since: bool) -> Axes:
    """Of the training since its beginning, or of the units at a single moment."""
    return Axes(say("step") if since else say("unit"), say("KL of a unit in nats"))


def _from_nothing(curves: Sequence[Reach], log: bool, held: Range | None = None) -> Range:
    """Down to no nats, and up so far that what is next to nothing looks so."""
    left, right, _, top = everything(curves, log, held)
    if max(float(up.max()) for _, _, up in curves) < LEAST_NATS:
        top = LEAST_NATS
    return left, right, -0.06 * top, top
