"""One step: its batch, what the network made of it, and what each term wanted of a unit's weights."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import QSlider, QWidget

from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import SPACE, Text, listed, say
from aestudio.core.run.events import Floats
from aestudio.core.run.words import title_of_term
from aestudio.core.training.dissection import Dissection, Pull, dissected
from aestudio.qt import theme
from aestudio.qt.panel import Measure, Panel
from aestudio.qt.widgets.basics import TextButton, label
from aestudio.qt.widgets.layouts import count_box
from aestudio.qt.widgets.sheet import Sheet
from aestudio.studio.inspect.examined import Examined
from aestudio.studio.slow_motion import SPEEDS

USUAL = 2
"""Which of the speeds it begins with: a step a second."""


class OneStepPanel(Panel):
    """The step that was taken last, where it was a single one; slow motion takes one after the other."""

    title: ClassVar[str] = "One step"
    tip: ClassVar[str] = "What happens in a step: the batch, its noise, each term and what it does to a filter"
    rank: ClassVar[int] = 7

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.slow = TextButton(
            say("Slow motion"), say("Trains step by step, as quickly as the slider says; once more: holds"), icon="step"
        )
        self.slow.setCheckable(True)
        self.speed = QSlider(Qt.Orientation.Horizontal)
        self.speed.setRange(0, len(SPEEDS) - 1)
        self.speed.setPageStep(1)
        self.speed.setValue(USUAL)
        self.speed.setFixedWidth(theme.px(140))
        self.speed.setAccessibleName(say("Speed"))
        self.speed.setToolTip(say("How many steps a second; at the right end as many as it can"))
        self.said = label("", "muted")
        self.unit = count_box(0, 0, 0, say("Unit"), say("The unit whose weights are shown; counted from 0"), 76)
        self.batch = Sheet(say("The images of a step appear here"))
        self.batch.setAccessibleName(say("The batch"))
        self.weights = Sheet(say("The weights of a unit appear here"))
        self.weights.setAccessibleName(say("The weights of a unit, and what moves them"))
        self.terms = label("", "strong", wrap=True)
        choices = (self.slow, self.speed, self.said, label(say("Unit"), "muted"), self.unit)
        self.setLayout(self.frame(choices, self.terms, (self.batch, 3), (self.weights, 2)))
        self.slow.toggled.connect(self._go)
        self.speed.valueChanged.connect(self._change_speed)
        self.unit.valueChanged.connect(self.want)
        self._say_speed()

    @classmethod
    def suits(cls, subject: Examined) -> bool:
        return not subject.opened

    def set_speed(self, speed: float) -> None:
        with QSignalBlocker(self.slow):
            self.slow.setChecked(bool(speed))
        self.slow.restyle()

    # -- measuring -----------------------------------------------------------------------------------------------------

    def measure(self) -> Measure:
        wanted = self.unit.value()

        def taken(subject: Examined, _report: Report) -> Dissection | Text:
            # What is missing is no refusal: a page tries nothing anew by itself after one while a training goes on.
            before = subject.before
            if before is None or before.coming is None or subject.dataset is None:
                return Text(
                    "A step can be looked into when it was taken alone: pause the training and take single steps, or "
                    "let slow motion take them."
                )
            return dissected(
                before.run, subject.dataset, before.phase, before.weights, subject.weights, before.coming,
                before.step, wanted,
            )  # fmt: skip

        return taken

    def show_found(self, found: Dissection | Text, subject: Examined) -> None:
        if isinstance(found, Text):
            self.forget()
            self.terms.setText(str(found))
            return
        pull = found.pull
        rows = [(Text("Given"), found.images), (Text("Corrupted"), found.corrupted)]
        if np.array_equal(found.corrupted, found.images):
            rows.pop()
        rows.append((Text("Reconstructed"), found.reconstruction))
        shown = [(words, images) for words, images in rows if images.shape == found.images.shape]
        pictures = np.stack([images for _, images in shown]).clip(0, 1).astype(np.float32)
        answers = [] if pull is None else [Text("{answer:.2g}", answer=one) for one in pull.answers.tolist()]
        self.batch.set_rows(pictures, [words for words, _ in shown], answers)
        self.terms.setText(str(_equation(found, subject.step)))
        if pull is None:
            self.weights.set_rows(None)
            self.caption.setText(say("The units that this step trains have no weights that are an image."))
            return
        self.unit.setMaximum(pull.units - 1)
        heads = [Text("Filter"), *(Text("{term} wants", term=title_of_term(one)) for one in found.names), Text("Moved")]
        words = [Text("Unit {unit}", unit=pull.unit)]
        self.weights.set_rows(_pictures(pull)[None], words, [*heads, Text("Filter after")])
        self.caption.setText(str(listed(_said(pull), SPACE)))

    def forget(self) -> None:
        self.batch.set_rows(None)
        self.weights.set_rows(None)
        self.terms.setText("")
        self.caption.setText("")

    # -- slow motion ---------------------------------------------------------------------------------------------------

    @Slot(bool)
    def _go(self, on: bool) -> None:
        self.speed_asked.emit(self._speed() if on else 0.0)

    @Slot()
    def _change_speed(self) -> None:
        self._say_speed()
        if self.slow.isChecked():
            self._go(True)

    def _speed(self) -> float:
        """Steps a second; infinite at the right end."""
        return SPEEDS[self.speed.value()] or np.inf

    def _say_speed(self) -> None:
        speed = SPEEDS[self.speed.value()]
        if speed is None:
            said = say("full speed")
        elif speed < 1:
            said = say("a step every {seconds:g} s", seconds=1 / speed)
        else:
            said = say("{steps:g} steps a second", steps=speed) if speed > 1 else say("a step a second")
        self.said.setText(said)


def _pictures(pull: Pull) -> Floats:
    """The filter, what each term wants, how it was moved, and the filter after, [T + 3, C, H, W]: grey is 0, and each
    is as bright as its own largest number, the two filters as that of both.
    """
    moved = pull.after - pull.before
    filters = max(np.abs(pull.before).max(), np.abs(pull.after).max())
    each = [(pull.before, filters), *((one, np.abs(one).max()) for one in pull.wanted)]
    each += [(moved, np.abs(moved).max()), (pull.after, filters)]
    return np.stack([0.5 + 0.5 * image / (most or 1) for image, most in each]).astype(np.float32)


def _equation(found: Dissection, step: int) -> Text:
    parts = [
        Text("{term} {value:.4g} × {weight:g}", term=title_of_term(name), value=value, weight=weight)
        for name, value, weight in zip(found.names, found.raw, found.weights, strict=True)
    ]
    return Text(
        "Step {step:,}: {terms} = {objective:.4g}", step=step, terms=listed(parts, PLUS), objective=found.objective
    )


def _said(pull: Pull) -> list[Text]:
    length = float(np.linalg.norm(pull.before))
    share = float(np.linalg.norm(pull.after - pull.before)) / length if length else 0.0
    return [
        Text("Above each image stands what unit {unit} answers to it.", unit=pull.unit),
        Text(
            "Below, grey is 0, and each picture is as strong as its own largest number. “Wants” is the way downhill of "
            "that term alone."
        ),
        Text("The step moved these weights by {share:.2g} % of their length.", share=100 * share),
    ]


PLUS = Text(" + ", context="between the terms of a sum")
