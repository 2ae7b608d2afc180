"""What a person can do: declared once, where it acts. Menus, keys, the list under F1 and tooltips are made from it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from aestudio.core.ground.texts import Text, say

Menu = Literal["File", "Edit", "Training", "View", "Help"]
Key = QKeySequence.StandardKey | str
Words = str | Text | Callable[[], Text]
"""An English template, looked up whenever it is shown, a Text, or what makes one where it is not always the same."""

MARKS = re.compile(r"\(&\w\)|&")
"""What says which letter chooses an entry of a menu: in Korean it stands behind the text, “저장(&S)…”."""


def shown(words: Words) -> str:
    """As it is shown now."""
    return say(words) if isinstance(words, str) else str(words if isinstance(words, Text) else words())


@dataclass(frozen=True)
class Later:
    """A value of a text that is looked up whenever the text is shown."""

    look: Callable[[], str]

    def __str__(self) -> str:
        return self.look()


def always() -> bool:
    """It can be done at any time."""
    return True


def nothing() -> str:
    """There is no reason why it could not be done."""
    return ""


@dataclass(frozen=True)
class Action:
    """One thing to do. Where the window and the page that is shown declare the same name, the page's is done."""

    name: str
    text: Words
    """As a menu shows it; & before the letter that chooses it."""
    do: Callable[[], object]
    keys: tuple[Key, ...] = ()
    menu: Menu | None = None
    """None: it has keys or a button, and no place in a menu."""
    place: float = 50
    """Where it stands in its menu, the lowest first; a line is drawn between two tens."""
    tip: Words = ""
    """More than the text says, for tooltips."""
    icon: str = ""
    possible: Callable[[], bool] = always
    """Asked whenever something has happened that may change it."""
    why_not: Callable[[], str] = nothing
    """A sentence where it is not possible for a reason that a person may not see; its tooltip then."""
    offered: Callable[[], bool] = always
    """Where it is not, there is no button and no entry of a menu for it."""
    checked: Callable[[], bool] | None = None
    """For what is on or off: whether it is on."""
    choice: str = ""
    """The name of the menu below the menu, for one of several of which exactly one is on."""

    def sequences(self) -> list[QKeySequence]:
        """Its keys on this system, the first of them the one to be shown."""
        return [QKeySequence(key) for key in self.keys]

    def words(self) -> str:
        """The text without the marks that only a menu needs."""
        return MARKS.sub("", shown(self.text)).rstrip("…")

    def key(self) -> str:
        """The first of its keys, as this system writes it; empty where it has none."""
        return next((key.toString(QKeySequence.SequenceFormat.NativeText) for key in self.sequences()), "")

    def tooltip(self) -> str:
        """What it does and the key for it, or why it cannot be done."""
        if refused := self.why_not():
            return refused
        if not self.keys:
            return self._said()
        return say("{what} ({key})", what=Later(self._said), key=self.key())

    def _said(self) -> str:
        return shown(self.tip) if self.tip else self.words()

    def can(self) -> bool:
        """Whether it can be done now."""
        return self.possible() and not self.why_not()

    def perform(self) -> bool:
        """Does it where it can be done, whoever asked: a key, a button or a menu. Whether it was done."""
        able = self.can()
        if able:
            self.do()
        return able


class Answering:
    """Before a QWidget among the bases: it has actions whose keys are for it alone, while it has the keyboard."""

    own: Sequence[Action] = ()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not answer(self.own, event):
            super().keyPressEvent(event)  # type: ignore[misc]


def answer(actions: Iterable[Action], event: QKeyEvent) -> bool:
    """Does the one that a key is for; False where there is none, or it cannot be done."""
    pressed, plain = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    if pressed < 0x100 and not chr(pressed).isalnum() and not chr(pressed).isspace():
        plain &= ~Qt.KeyboardModifier.ShiftModifier  # + is typed with Shift on one keyboard, without on another
    said = QKeySequence(QKeyCombination(plain, Qt.Key(pressed)))
    found = next((one for one in actions if said in one.sequences()), None)
    return found is not None and found.perform()
