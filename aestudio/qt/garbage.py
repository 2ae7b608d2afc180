"""Python's cyclic garbage is collected in the window's thread only."""

from __future__ import annotations

import atexit
import gc

from PySide6.QtCore import QObject, QTimer, Slot

INTERVAL_MS = 500


class WindowThreadCollector(QObject):
    """Takes over from automatic collection, which runs in whatever thread allocates next.

    While training that is the training thread, and a widget that is part of a cycle (a dialog with a lambda in a
    connection is one) would be destroyed there: Qt objects that die outside their own thread corrupt memory, and the
    program crashes some time later.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        gc.disable()
        gc.freeze()  # what the imports left behind lives for ever and need not be looked at again
        atexit.register(gc.unfreeze)  # else libraries that count their leaks at exit complain of it
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.collect)
        self._timer.start(INTERVAL_MS)

    def rest(self) -> None:
        """Nothing is collected while much is imported: all of it stays."""
        self._timer.stop()

    def go_on(self) -> None:
        """After `rest`; what is there now need not be looked at again."""
        gc.freeze()
        self._timer.start(INTERVAL_MS)

    @Slot()
    def collect(self) -> None:
        """Collects the generations that are due, by the thresholds that automatic collection would use."""
        counts = gc.get_count()
        for generation in (2, 1, 0):
            if counts[generation] > self._thresholds[generation]:
                gc.collect(generation)
                return
