"""Forms generated from the knobs of slots: one for a slot, one for a whole Run. Neither names any kind of part."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from aestudio.core.ground.texts import listed, say
from aestudio.core.parts.slots import WHITE, Knob, Slot, knobs, options
from aestudio.qt import theme
from aestudio.qt.widgets.basics import label
from aestudio.qt.widgets.collapsible import Section
from aestudio.qt.widgets.editors import Choice, Editor, PathBox, TextBox, bare, editor, tooltip
from aestudio.qt.widgets.equation_view import EquationView

EDITOR_WIDTH, WIDEST_EDITOR = 116, 176


def held_together(words: str) -> str:
    """The words with a letter at their end (a symbol, as in “Weight λ”) kept on the line of the word before it."""
    rest, _space, last = words.rpartition(" ")
    return f"{rest}\u00a0{last}" if rest and len(last) <= 2 else words


class KnobLabel(theme.Themed, QLabel):
    """A knob's label, its unit in grey, and an accent dot where it may be changed while training."""

    def __init__(self, knob: Knob) -> None:
        super().__init__()
        self._knob = knob
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        self.setToolTip(tooltip(knob))
        self.restyle()

    def restyle(self) -> None:
        look, knob = theme.current(), self._knob
        unit = f" <span style='color:{look.muted}'>({html.escape(say(knob.unit))})</span>" if knob.unit else ""
        dot = f"\u00a0<span style='color:{look.accent}'>●</span>" if knob.live else ""
        written = f"{html.escape(held_together(say(knob.label)))}{unit}{dot}"
        if written != self.text():
            self.setText(written)


class SlotForm(QWidget):
    """A row for every knob of a slot class, in the order they were written."""

    changed = Signal(str, object)
    """Field and value, when a person commits a change; never from `set_values`."""

    def __init__(
        self,
        kind: type[BaseModel],
        parent: QWidget | None = None,
        *,
        only: Callable[[Knob], bool] = lambda _knob: True,
        of_255: bool = False,
    ) -> None:
        """`only` picks among the class's knobs; levels are shown with white at 255 where that is asked for."""
        super().__init__(parent)
        self.kind = kind
        chosen = {name: knob for name, knob in knobs(kind).items() if only(knob)}
        self._levels = {name for name, knob in chosen.items() if of_255 and knob.level}
        self._knobs = {name: knob.of_255() if name in self._levels else knob for name, knob in chosen.items()}
        self._editors: dict[str, Editor] = {}
        self.labels: dict[str, KnobLabel] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.GRID)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(0, 1)
        row = 0
        for name, knob in self._knobs.items():
            made = editor(knob, kind)
            said = KnobLabel(knob)
            said.setBuddy(made)
            made.edited.connect(lambda value, name=name: self.changed.emit(name, self._taken(name, value)))
            self._editors[name], self.labels[name] = made, said
            if isinstance(made, PathBox) or (isinstance(made, TextBox) and bare(knob.type) is str):
                grid.addWidget(said, row, 0, 1, 2)
                grid.addWidget(made, row + 1, 0, 1, 2)
                row += 1
            else:
                wanted = made.wanted_width if isinstance(made, Choice) else EDITOR_WIDTH
                made.setFixedWidth(min(max(theme.px(EDITOR_WIDTH), wanted), theme.px(WIDEST_EDITOR)))
                grid.addWidget(said, row, 0)
                grid.addWidget(made, row, 1, Qt.AlignmentFlag.AlignRight)
            row += 1
        if not self._knobs:
            self.hide()  # showing it without a parent would open a window of its own

    def set_values(self, slot: BaseModel) -> None:
        """Show another slot of the same class. Emits nothing, and leaves alone what is unchanged or being typed."""
        for name, made in self._editors.items():
            value = getattr(slot, name)
            made.set_value(round(WHITE * value, 6) if name in self._levels else value)

    def values(self) -> dict[str, Any]:
        """What every editor holds, by field."""
        return {name: self._taken(name, made.value()) for name, made in self._editors.items()}

    def _taken(self, name: str, value: Any) -> Any:
        return value / WHITE if name in self._levels else value

    def editor(self, name: str) -> Editor:
        """The editor of one knob."""
        return self._editors[name]

    def set_training(self, training: bool) -> None:
        """While training only the live knobs can be changed."""
        for name, made in self._editors.items():
            open_now = self._knobs[name].live or not training
            made.setEnabled(open_now)
            self.labels[name].setEnabled(open_now)


class FamilyForm(QWidget):
    """The choice of one member of a family, with that member's equation and knobs."""

    changed = Signal(str, object)
    """A field and its value, or `""` and `{"kind": …}` when another member is chosen."""

    def __init__(self, title: str, family: type[Slot], parent: QWidget | None = None, *, of_255: bool = False) -> None:
        super().__init__(parent)
        self._members = options(family)
        self._of_255 = of_255
        self._training = False
        self.form: SlotForm | None = None
        self.combo = Choice({kind: say(member.title) for kind, member in self._members.items()})
        self.combo.setAccessibleName(title)
        for index, member in enumerate(self._members.values()):
            self.combo.setItemData(index, say(member.about), Qt.ItemDataRole.ToolTipRole)
        self.combo.edited.connect(self._choose)
        self._equation = EquationView(largest=40)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(24, 2, 4, 10)
        self._column.setSpacing(theme.GRID)
        self._column.addWidget(self.combo)
        self._column.addWidget(self._equation)
        if self._members:
            self._show_member(next(iter(self._members)))

    def kind(self) -> str:
        return str(self.combo.value() or "")

    def title(self) -> str:
        """The chosen member's title."""
        return self.combo.currentText()

    def set_slot(self, slot: Slot) -> None:
        """Show a slot of the family. Emits nothing."""
        self.combo.set_value(slot.kind)
        if self.form is None or self.form.kind is not type(slot):
            self._show_member(slot.kind)
        if self.form is not None:
            self.form.set_values(slot)

    def set_training(self, training: bool) -> None:
        self._training = training
        self.combo.setEnabled(not training)
        if self.form is not None:
            self.form.set_training(training)

    def _choose(self, kind: str) -> None:
        self._show_member(kind)
        self.changed.emit("", {"kind": kind})

    def _show_member(self, kind: str) -> None:
        member = self._members[kind]
        old, self.form = self.form, SlotForm(member, of_255=self._of_255)
        self.form.set_training(self._training)
        self.form.changed.connect(self.changed)
        if old is not None:
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._column.addWidget(self.form)
        self.combo.setToolTip(say(member.about))
        self._equation.set_latex(member.equation)
        self._equation.setToolTip(member.source)
        self._equation.setVisible(bool(member.equation))


class ManyForm(QWidget):
    """Any number of members of a family, each switched on or off, with its equation and knobs while it is on."""

    changed = Signal(str, object)
    """`kind.field` and its value, or `""` and the list of all that are on when one is switched."""

    def __init__(self, family: type[Slot], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._training = False
        self._switches: dict[str, QCheckBox] = {}
        self._forms: dict[str, SlotForm] = {}
        self._bodies: dict[str, QWidget] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 2, 4, 10)
        column.setSpacing(6)
        for kind, member in options(family).items():
            switch = QCheckBox(say(member.title))
            switch.setToolTip(say(member.about))
            switch.setObjectName(kind)
            form = SlotForm(member)
            equation = EquationView(largest=40)
            equation.set_latex(member.equation)
            equation.setToolTip(member.source)
            body = QWidget()
            inside = QVBoxLayout(body)
            inside.setContentsMargins(24, 0, 0, 6)
            inside.setSpacing(6)
            inside.addWidget(equation)
            equation.setVisible(bool(member.equation))  # not before it has a place: it would be a window of its own
            inside.addWidget(form)
            body.hide()
            column.addWidget(switch)
            column.addWidget(body)
            self._switches[kind], self._forms[kind], self._bodies[kind] = switch, form, body
            switch.toggled.connect(body.setVisible)
            switch.clicked.connect(self._switched)
            form.changed.connect(lambda field, value, kind=kind: self.changed.emit(f"{kind}.{field}", value))
        if not self._switches:
            column.addWidget(label(say("There is nothing to add here yet."), "muted"))

    def switch(self, kind: str) -> QCheckBox:
        """The check box that switches a member on."""
        return self._switches[kind]

    def form(self, kind: str) -> SlotForm:
        """The knobs of a member."""
        return self._forms[kind]

    def summary(self) -> str:
        """The titles of those that are on."""
        on = [one.text() for one in self._switches.values() if one.isChecked()]
        return str(listed(on)) if on else say("None", context="of a list of parts, nothing is switched on")

    def set_slots(self, slots: Sequence[Slot]) -> None:
        """Show which members are on. Emits nothing; those that are off keep what was last set in them."""
        held = {slot.kind: slot for slot in slots}
        for kind, switch in self._switches.items():
            switch.setChecked(kind in held)
            if kind in held:
                self._forms[kind].set_values(held[kind])

    def set_training(self, training: bool) -> None:
        self._training = training
        for kind, switch in self._switches.items():
            switch.setEnabled(not training)
            self._forms[kind].set_training(training)

    def _switched(self) -> None:
        self.changed.emit(
            "",
            [
                {"kind": kind, **self._forms[kind].values()}
                for kind, switch in self._switches.items()
                if switch.isChecked()
            ],
        )


class RunForm(QWidget):
    """A section for every slot of a Run, and one for the Run's own numbers.

    It holds no Run: it shows the one it is given, and says what a person wants changed.
    """

    path_changed = Signal(str, object)
    """A path as `Run.with_value` takes it, and the value: `network.widths`, `penalties.kl-sparsity.weight`, `epochs`;
    `network` with `{"kind": …}` when another member is chosen; `penalties` with a list of mappings when one is
    switched."""

    def __init__(
        self,
        families: Sequence[type[Slot]],
        parent: QWidget | None = None,
    ) -> None:
        """`families` in the order to show them."""
        super().__init__(parent)
        self.setObjectName("runForm")
        self._training = False
        self._families: dict[str, FamilyForm | ManyForm] = {}
        self._sections: dict[str, Section] = {}
        self._own: SlotForm | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        self._column.setSpacing(0)
        for family in families:
            name, title = family.field, say(family.label)
            form = ManyForm(family) if family.many else FamilyForm(title, family)
            form.changed.connect(lambda rest, value, name=name: self._changed(name, rest, value))
            self._families[name] = form
            self._add_section(name, title, form, is_open=not family.folded)
        self._column.addStretch(1)

    def set_run(self, run: Any) -> None:
        """Show a Run. Emits nothing, and rebuilds only the forms whose kind of part has changed."""
        for name, form in self._families.items():
            held = getattr(run, name)
            if isinstance(form, ManyForm):
                form.set_slots(held)
            else:
                form.set_slot(held)
            self._summarise(name)
        if self._own is None:
            self._build_own(type(run))
        if self._own is not None:
            self._own.set_values(run)

    def set_training(self, training: bool) -> None:
        """While training only the live knobs can be changed."""
        self._training = training
        for form in (*self._families.values(), self._own):
            if form is not None:
                form.set_training(training)

    def family(self, name: str) -> FamilyForm | ManyForm:
        """The form of one family, by its field of the Run."""
        return self._families[name]

    def editor(self, path: str) -> Editor | None:
        """The editor of a setting: `corruption.sigma`, `penalties.l1.weight`; None where it has none now."""
        family, *kind, name = path.split(".")
        form = self._families.get(family)
        slot = form.form(kind[0]) if isinstance(form, ManyForm) and kind else getattr(form, "form", None)
        return slot.editor(name) if isinstance(slot, SlotForm) else None

    def section(self, name: str) -> Section:
        """The foldable section of a family, or of the Run's own numbers (`training`)."""
        return self._sections[name]

    def own(self) -> SlotForm | None:
        """The form of the Run's own numbers, once a Run has been shown."""
        return self._own

    def _build_own(self, run: type[BaseModel]) -> None:
        def plain(knob: Knob) -> bool:
            return bare(knob.type) in (bool, int, float) or bool(knob.choices)

        self._own = SlotForm(run, only=plain)
        self._own.set_training(self._training)
        self._own.changed.connect(self.path_changed)
        body = QWidget()
        inside = QVBoxLayout(body)
        inside.setContentsMargins(24, 2, 4, 10)
        inside.addWidget(self._own)
        self._add_section("training", say("Training"), body, is_open=True)

    def _add_section(self, name: str, title: str, body: QWidget, *, is_open: bool) -> None:
        section = Section(title, body, is_open=is_open)
        self._sections[name] = section
        self._column.insertWidget(len(self._sections) - 1, section)

    def _summarise(self, name: str) -> None:
        form = self._families[name]
        self._sections[name].set_summary(form.summary() if isinstance(form, ManyForm) else form.title())

    def _changed(self, name: str, rest: str, value: object) -> None:
        self._summarise(name)
        self.path_changed.emit(f"{name}.{rest}" if rest else name, value)
