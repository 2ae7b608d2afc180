"""What the two sides of a comparison differ in, each setting with both its values, to be changed here."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import SPACE, Text, listed, plural, say
from aestudio.core.parts.slots import Knob
from aestudio.core.run.run import MANY, Run
from aestudio.qt import theme
from aestudio.qt.action import Action
from aestudio.qt.pages.explore.both_losses import colour_of
from aestudio.qt.widgets.action_button import ActionButton
from aestudio.qt.widgets.basics import FlowLayout, label
from aestudio.qt.widgets.editors import Choice, Editor, Switch, editor
from aestudio.qt.widgets.layouts import in_row
from aestudio.qt.widgets.number_boxes import FloatBox, IntBox
from aestudio.studio.differing import Difference, differing, same_batches
from aestudio.studio.document import Document

MOST = 6
"""Settings that are shown; of more, which two different recipes have, only how many."""
Cell = QLabel | Editor


class Swatch(theme.Themed, QLabel):
    """The colour of a side."""

    def __init__(self, place: int) -> None:
        super().__init__()
        self._place = place
        self.restyle()

    def restyle(self) -> None:
        self.setPixmap(theme.pixmap("swatch", 12, colour_of(self._place), self.devicePixelRatioF()))


class DifferencesBar(QFrame):
    """A setting stays here once it has differed, whatever it is set to, until the comparison is another one."""

    def __init__(self, closing: Action, parent: QWidget | None = None) -> None:
        """`closing` ends the comparison."""
        super().__init__(parent)
        self.setObjectName("differencesBar")
        self.setProperty("role", "card")
        self.setAccessibleName(say("What differs"))
        self._sides: tuple[Document, ...] = ()
        self._seen: list[Difference] = []
        self._built: list[tuple[str, Knob | None, Knob | None]] = []
        self._cells: list[tuple[Cell, Cell]] = []
        self.said = label("", "caption", wrap=True)
        self.close_comparison = ActionButton(closing, role="quiet")
        self._rows = QWidget()
        self._flow = FlowLayout(self._rows, spacing=2 * theme.GRID)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(4)
        column.addWidget(self._rows)
        column.addLayout(in_row((self.said, 1), self.close_comparison))

    def attach(self, sides: tuple[Document, Document]) -> None:
        """The settings of the left and the right document from now on."""
        self._sides, self._seen = sides, []
        self.close_comparison.refresh()
        self.refresh()

    def cells(self) -> dict[str, tuple[Cell, Cell]]:
        """What is shown of each setting, by its path: what it is set with at the left and at the right."""
        return {one.path: cells for one, cells in zip(self._shown(), self._cells, strict=True)}

    def refresh(self) -> None:
        """A setting of one side is another one, or may be changed now."""
        left, right = (side.run for side in self._sides)
        now = {one.path: one for one in differing(left, right)}
        kept = [now.pop(one.path, None) or _alike(one, left, right) for one in self._seen]
        self._seen = [one for one in kept if one is not None] + list(now.values())
        shown = self._shown()
        plan = [(one.path, *one.knobs) for one in shown]
        if plan != self._built:
            self._build(shown)
            self._built = plan
        for one, cells in zip(shown, self._cells, strict=True):
            for side, cell, knob, value in zip(self._sides, cells, one.knobs, one.values, strict=True):
                _show(cell, side, one.path, knob, value)
        self._rows.setVisible(bool(shown))
        self.said.setText(str(listed(self._words(len(differing(left, right))), SPACE)))

    def _shown(self) -> list[Difference]:
        return self._seen[:MOST]

    def _words(self, count: int) -> Sequence[Text]:
        left, right = (side.run for side in self._sides)
        said = []
        if not self._seen:
            said.append(
                Text("Both sides have the same settings so far: change one of the right side, then press Train.")
            )
        elif count > len(self._shown()):
            said.append(plural("{count} setting differs.", "{count} settings differ.", count))
        if same_batches(left, right):
            said.append(Text("Both begin with the same seed and see the same images at each step."))
        elif left.data != right.data:
            said.append(Text("They see other images: their data differ."))
        else:
            said.append(
                Text("They see other images at each step: the seed, the batch size or the augmentation differs.")
            )
        return said

    def _build(self, shown: Sequence[Difference]) -> None:
        while (item := self._flow.takeAt(0)) is not None:
            if (gone := item.widget()) is not None:
                gone.hide()
                gone.deleteLater()
        self._cells = []
        for one in shown:
            cells = tuple(self._cell(place, one) for place in range(2))
            row = QWidget()
            name = label(one.label, "strong")
            in_row(name, Swatch(0), cells[0], Swatch(1), cells[1], host=row, spacing=theme.GRID // 2)
            self._flow.addWidget(row)
            row.show()
            self._cells.append((cells[0], cells[1]))

    def _cell(self, place: int, one: Difference) -> Cell:
        knob, side = one.knobs[place], self._sides[place]
        made = None if knob is None else _editor(side.run, one.path, knob)
        if made is None:
            return label("", "")
        named = say("Left: {what}", what=one.label) if place == 0 else say("Right: {what}", what=one.label)
        made.setAccessibleName(named)
        made.edited.connect(partial(side.set_value, one.path))
        return made


def _alike(one: Difference, left: Run, right: Run) -> Difference | None:
    """What differed and does so no longer; None where one of them has no such setting any more."""
    if None in one.knobs:
        return None
    try:
        knobs = left.knob(one.path), right.knob(one.path)
    except RunError:
        return None
    return Difference(one.path, one.label, one.values, knobs)


def _editor(run: Run, path: str, knob: Knob) -> Editor | None:
    """A small one for a number, a choice or a switch; None for what is longer."""
    made = editor(knob, type(_owner(run, path)))
    if not isinstance(made, FloatBox | IntBox | Choice | Switch):
        return None
    made.setFixedWidth(theme.px(84) if not isinstance(made, Choice) else theme.px(120))
    return made


def _owner(run: Run, path: str) -> Any:
    field, _, rest = path.partition(".")
    if field in MANY and rest:
        return next(one for one in getattr(run, field) if one.kind == rest.partition(".")[0])
    return getattr(run, field) if rest else run


def _show(cell: Cell, side: Document, path: str, knob: Knob | None, value: str) -> None:
    if isinstance(cell, QLabel):
        cell.setText(value)
        return
    assert knob is not None
    cell.set_value(getattr(_owner(side.run, path), path.rpartition(".")[2]))
    cell.setEnabled(knob.live or not side.status.running)
