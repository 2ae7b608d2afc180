"""Work of the window's thread that is done piece by piece, so that what the person does comes between two pieces."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer, Slot


class Turns(QObject):
    """One piece each time that Qt looks for events."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._due: list[Callable[[], None]] = []
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._take_next)

    def begin(self, pieces: Sequence[Callable[[], None]]) -> None:
        """These, in the place of what was still due."""
        self._due = list(pieces)
        self._timer.start()

    def finish(self) -> None:
        """All that is due, at once."""
        while self._due:
            self._take_next()

    @Slot()
    def _take_next(self) -> None:
        piece = self._due.pop(0) if self._due else None
        if not self._due:
            self._timer.stop()
        if piece is not None:
            piece()
