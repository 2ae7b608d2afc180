"""The banner over images of the person's own: which they are, what was done to them, and the way back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QSizePolicy

from aestudio.core.ground.texts import DOT, known, listed, plural, say
from aestudio.qt import theme
from aestudio.qt.widgets.basics import TextButton
from aestudio.qt.widgets.elided import OneLine
from aestudio.qt.widgets.layouts import in_row


class TriedBanner(QFrame):
    """Hidden while there are none."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "notice")
        self.setProperty("severity", "info")
        self.title = OneLine("", "heading", Qt.TextElideMode.ElideMiddle)
        self.title.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.note = OneLine("", "muted")
        self.back = TextButton(
            say("Back to samples"), say("Show the held-out samples again"), role="quiet", icon="grid"
        )
        in_row(self.title, (self.note, 1), self.back, host=self, spacing=theme.GRID).setContentsMargins(12, 2, 4, 2)
        self.hide()

    def say_of(self, names: Sequence[str], notes: Sequence[str], chosen: int) -> None:
        """The name of the one image, or how many there are and which is chosen; and the note about it."""
        name, note = names[chosen], notes[chosen]
        several = len(names) > 1
        self.title.setText(str(plural("{count} image", "{count} images", len(names))) if several else name)
        beside = [*([name] if several else []), *([known(note)] if note else [])]  # written before the language changed
        self.note.setText(str(listed(beside, DOT)))
