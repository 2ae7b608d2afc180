"""What a person can do: declared once, where it acts. Menus, keys, the list under F1 and tooltips are made from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtGui import QKeySequence

from aestudio.core.ground.texts import Text, say

Menu = Literal["File", "Edit", "Training", "View", "Help"]
Key = QKeySequence.StandardKey | str
Words = str | Text
"""An English template, looked up whenever it is shown, or a Text that was made already."""


def shown(words: Words) -> str:
    """As it is shown now."""
    return str(words) if isinstance(words, Text) else say(words)


def always() -> bool:
    """It can be done at any time."""
    return True


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
    checked: Callable[[], bool] | None = None
    """For what is on or off: whether it is on."""
    choice: str = ""
    """The name of the menu below the menu, for one of several of which exactly one is on."""

    def sequences(self) -> list[QKeySequence]:
        """Its keys on this system, the first of them the one to be shown."""
        return [QKeySequence(key) for key in self.keys]

    def words(self) -> str:
        """The text without the marks that only a menu needs."""
        return shown(self.text).replace("&", "").rstrip("…")

    def tooltip(self) -> str:
        """What it does and the key for it."""
        keys = self.sequences()
        said = shown(self.tip) if self.tip else self.words()
        if not keys:
            return said
        return say("{what} ({key})", what=said, key=keys[0].toString(QKeySequence.SequenceFormat.NativeText))
