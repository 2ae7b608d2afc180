"""What tells the runs of one title apart, found out title by title when nothing else is to be done."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from aestudio.core.library.summary import Summary
from aestudio.studio.runs.grouping import apart
from aestudio.studio.runs.rows import RunFacts

MOST = 60
"""The newest runs of a title, which are told apart: reading the settings of so many takes some 20 ms."""


class Apart(QObject):
    """Asked by `of` while a table is drawn, which waits for nothing: `changed` says that more is known."""

    changed = Signal()

    def __init__(self, known: RunFacts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._known = known
        self._ready = False
        self._titled: dict[str, list[Summary]] = {}
        self._said: dict[str, tuple[list[Summary], dict[int, str]]] = {}
        """By title what was told apart, and what was said of each run."""
        self._wanted: dict[str, None] = {}
        self._working = QTimer(self)
        self._working.setSingleShot(True)
        self._working.timeout.connect(self._find_out)

    def set_runs(self, runs: Sequence[Summary]) -> None:
        """All runs that there are, the newest first."""
        titled: dict[str, list[Summary]] = {}
        for run in runs:
            alike = titled.setdefault(run.title, [])
            if len(alike) < MOST:
                alike.append(run)
        self._said = {title: said for title, said in self._said.items() if title in titled}
        # Compared here, once: a row that is drawn only has to see whether it is the same list.
        self._titled = titled | {title: told for title, (told, _) in self._said.items() if told == titled[title]}

    def tell_anew(self) -> None:
        """Torch is in, so that settings have titles, or these are in another language."""
        self._ready = True
        self._said = {title: ([], said) for title, (_, said) in self._said.items()}

    def of(self, run: Summary) -> str:
        """What is known of it now: `epochs = 2`; empty where nothing is, or no other run goes by its title."""
        alike = self._titled.get(run.title, [])
        if len(alike) < 2:
            return ""
        told, said = self._said.get(run.title, ([], {}))
        if told is not alike:
            self._wanted[run.title] = None
            self._working.start()
        return said.get(run.id, "")

    @Slot()
    def _find_out(self) -> None:
        """One more title, the one that was asked for last."""
        if not self._wanted:
            return
        title, _ = self._wanted.popitem()
        alike = self._titled.get(title, [])
        self._said[title] = alike, apart(alike, self._known, ready=self._ready)
        if self._wanted:
            self._working.start()
        self.changed.emit()
