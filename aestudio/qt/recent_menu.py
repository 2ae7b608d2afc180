"""File > Open recent: files and folders that were used last, each one click away."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QMenu, QWidget

from aestudio.core.ground.texts import Text, say
from aestudio.studio import recent

TITLE = Text("Open &recent")
AND = re.compile("&")
"""One would say which letter chooses the entry."""


class RecentMenu(QMenu):
    """Filled whenever it opens; what is no longer there is left out."""

    def __init__(self, opened: Callable[[Path], object], parent: QWidget) -> None:
        """`opened` is told what the person chose."""
        super().__init__(str(TITLE), parent)
        self.setObjectName("recentMenu")
        self.setToolTipsVisible(True)
        self._opened = opened
        self.aboutToShow.connect(self.fill)
        self.fill()

    @Slot()
    def fill(self) -> None:
        """With what there is now; of two with one name the folder is said too."""
        self.clear()
        used = recent.used()
        named = Counter(path.name for path in used)
        for path in used:
            told = path.name if named[path.name] == 1 else f"{path.name} — {path.parent.name}"
            made = self.addAction(AND.sub("&&", told), partial(self._opened, path))
            made.setToolTip(str(path))
        if not used:
            self.addAction(say("Nothing yet")).setEnabled(False)
            return
        self.addSeparator()
        self.addAction(say("Forget these"), recent.forget)
