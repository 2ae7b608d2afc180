"""The codes of many images of training, found in the background for the sliders."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import say
from aestudio.core.latent.aggregate import Aggregate, aggregate
from aestudio.core.run.events import Preview
from aestudio.qt.task import Task
from aestudio.studio.document import Document
from aestudio.studio.inspect.examined import Examined, subject_of
from aestudio.studio.status import State

REST_MS = 250
"""After the last snapshot: a film of them is not followed."""
BUSY = (State.LOADING, State.TRAINING, State.STOPPING)


class ManyCodes(QObject):
    """Of the snapshot that is shown, once for each, as soon as nothing trains."""

    found = Signal(object)
    """Aggregate."""

    def __init__(self, wanted: Callable[[], bool], parent: QObject | None = None) -> None:
        """Nothing is begun where they are not `wanted`, as nobody would see them."""
        super().__init__(parent)
        self._wanted = wanted
        self._document: Document | None = None
        self._of: tuple[Preview, object] | None = None
        """What they were last sought of: the snapshot and the images."""
        self._closed = False
        self._task = Task(self)
        self._task.ended.connect(self._take)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(REST_MS)
        self._soon.timeout.connect(self._begin)

    def attach(self, document: Document) -> None:
        """Those of this document are sought from now on, and anew."""
        self._document, self._of = document, None
        self.look_again()

    def look_again(self) -> None:
        """Something has become of the document, or they can be seen now."""
        if self._task.running and not self._is_of_now():
            self._task.cancel()
        if not self._closed:
            self._soon.start()

    def close_down(self, seconds: float) -> bool:
        """False where it would not stop in time."""
        self._closed = True
        self._soon.stop()
        return self._task.close(seconds)

    def _now(self) -> tuple[Preview, object] | None:
        document = self._document
        if document is None or document.preview is None or document.dataset is None:
            return None
        return document.preview, document.dataset

    def _is_of_now(self) -> bool:
        now, of = self._now(), self._of
        return now is not None and of is not None and now[0] is of[0] and now[1] is of[1]

    @Slot()
    def _begin(self) -> None:
        document = self._document
        if document is None or self._now() is None or self._is_of_now() or not self._wanted():
            return
        if self._task.running or document.status.state in BUSY or document.preview is None:
            return
        subject = subject_of(document.preview, document.dataset)
        if subject.dataset is not None:
            self._of = self._now()
            self._task.start(partial(_codes, subject), say("Encoding images"))

    @Slot(object, str)
    def _take(self, found: Aggregate | None, _problem: str) -> None:
        if found is not None and self._is_of_now():
            self.found.emit(found)
            return
        failed = self._is_of_now() and not self._task.cancelled
        self._of = None
        if not failed:  # else it is tried again when something becomes of the document
            self.look_again()


def _codes(subject: Examined, report: Report) -> Aggregate | None:
    return None if subject.dataset is None else aggregate(subject.model, subject.dataset.train.images, report)
