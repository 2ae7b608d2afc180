"""Classes of QObject that another thread than the window's makes, as it imports a module: meanwhile the window's stands
still.

PySide builds what Qt knows of a class when it is first asked, and Qt asks without Python's lock. One of about 45 starts
was seen to end there with a segmentation fault while another thread made subclasses.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot

if TYPE_CHECKING:
    from importlib.abc import Loader

MAKERS = ("aestudio.qt", "pyqtgraph")
"""Packages whose modules make such classes."""
STRETCH = 0.05
"""Seconds after which the window may answer before the next module is executed."""
PATIENCE = 2.0
"""Seconds that a window is waited for that does not answer: then the import goes on as it is."""


class ClassMaking(QObject):
    """Belongs to the window's thread; another one imports `within`. Each module that makes classes is executed while
    the window's thread stands still, and between two the window answers what has come. What such a module imports from
    elsewhere, as numpy or torch, keeps it from nothing.
    """

    _wanted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = 0
        self._still = False
        """The window's thread stands still, as far as the importing one knows."""
        self._since = 0.0
        self._stands, self._may_go = threading.Event(), threading.Event()
        self._wanted.connect(self._stand, Qt.ConnectionType.QueuedConnection)

    @contextmanager
    def within(self) -> Iterator[None]:
        """What this thread imports from here on is imported so."""
        self._thread = threading.get_ident()
        sys.meta_path.insert(0, self)
        try:
            yield
        finally:
            sys.meta_path.remove(self)
            self._stand_still(False)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """What the other finders find; how a module is executed is changed where that matters."""
        makes = name.startswith(MAKERS)
        if threading.get_ident() != self._thread or not (makes or self._still):
            return None
        found = (finder.find_spec(name, path, target) for finder in sys.meta_path if finder is not self)
        spec = next(filter(None, found), None)
        loader = None if spec is None else spec.loader
        if loader is not None and not isinstance(loader, type) and hasattr(loader, "__dict__"):
            self._wait_in(loader, makes)
        return spec

    def _wait_in(self, loader: Loader, makes: bool) -> None:
        """Each module has a loader of its own."""
        before, create, execute = self._still, loader.create_module, loader.exec_module

        def created(spec: ModuleSpec) -> ModuleType | None:
            self._stand_still(makes and self._still)  # compiled ones take long here
            return create(spec)

        def executed(module: ModuleType) -> None:
            self._stand_still(makes and time.monotonic() < self._since + STRETCH)
            self._stand_still(makes)
            try:
                execute(module)
            finally:
                self._stand_still(before)

        vars(loader).update(create_module=created, exec_module=executed)

    def _stand_still(self, wanted: bool) -> None:
        if wanted and not self._still:
            self._stands.clear()
            self._may_go.clear()
            self._since = time.monotonic()
            self._wanted.emit()
            self._still = self._stands.wait(PATIENCE)
        if not wanted or not self._still:
            self._may_go.set()
            self._still = False

    @Slot()
    def _stand(self) -> None:
        if not self._may_go.is_set():
            self._stands.set()
            self._may_go.wait(PATIENCE)
