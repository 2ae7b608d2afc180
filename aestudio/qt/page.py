"""What every page of the window is. A page is one folder in qt/pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtWidgets import QSplitter, QWidget

from aestudio.core.ground.texts import say
from aestudio.qt.action import Action, Answering
from aestudio.qt.found import Found
from aestudio.qt.widgets.scrolled import Yielding

if TYPE_CHECKING:  # the start page is shown before torch is there
    from aestudio.studio.document import Document
    from aestudio.studio.events import Told
    from aestudio.studio.studio import Studio


class Page(Found, Yielding):
    """Fills the window beside the rail. It is made once; the window hands it the document that is shown, and what
    that tells.
    """

    demanded = ("name", "title", "icon")
    is_base = True

    name: ClassVar[str]
    """Small letters: for settings that are kept, and for tests."""
    title: ClassVar[str]
    """Plain English, looked up wherever it is shown."""
    icon: ClassVar[str]
    """One of resources/icons."""
    key: ClassVar[str] = ""
    """The key that goes there; the others are Ctrl+1, Ctrl+2, … in the order of the rail."""
    greets: ClassVar[bool] = False
    """It is seen first when the program starts without a file, unless the person does not want it."""
    shows_document: ClassVar[bool] = False
    """It is where the document is seen: the window goes there when a run or a file was opened."""

    sight_wanted = Signal(str)
    """Something should be seen, by its name; it may be on any page."""
    actions_changed = Signal()
    """What is possible here now may be something else."""

    path_wanted = Signal(str)
    """A file or folder that the person wants to open."""

    action_wanted = Signal(str)
    """One of the window's actions, by name, that a button of the page stands for."""

    going_on_changed = Signal()
    """What the status bar says of this page is something else."""

    work_began = Signal()
    """What the person wants is under way; an error of what they wanted before is over."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.studio = studio
        self.setObjectName(f"{self.name}Page")
        self.setAccessibleName(say(self.title))

    @property
    def held(self) -> int:
        """How many controls the person holds away from where the model has them."""
        return 0

    @property
    def document(self) -> Document:
        """The one that is shown."""
        return self.studio.document

    def attach(self, document: Document) -> None:
        """This document is shown from now on; what it tells comes to `read`."""

    def read(self, event: Told) -> None:
        """Something has become of the document."""

    def library_changed(self) -> None:
        """The studio's shelf holds another library, or none any more."""

    def actions_here(self) -> Sequence[Action]:
        """What can be done on this page; possible only while it is shown."""
        return ()

    def actions_within(self) -> Sequence[Action]:
        """What its widgets answer to while they have the keyboard; those of the same name and keys once."""
        widgets = [one for one in self.findChildren(QWidget) if isinstance(one, Answering)]
        return list({(one.name, one.keys): one for widget in widgets for one in widget.own}.values())

    def drop(self, mime: QMimeData) -> bool:
        """Something was dropped on the window while this page was shown; False where it is not for this page."""
        return False

    def show_sight(self, name: str) -> bool:
        """Brings what goes by this name before the person; False where it is not on this page."""
        return False

    def splitters(self) -> Mapping[str, QSplitter]:
        """Whose places the window keeps from one time to the next, by name."""
        return {}

    def shut(self, seconds: float) -> bool:
        """Stops whatever goes on; False where something would not stop in time. The page is not used afterwards."""
        return True

    @property
    def working(self) -> str:
        """What goes on and the person waits for, as the beginning of a sentence; empty where nothing does."""
        return ""

    @property
    def unsaved(self) -> str:
        """What is there and lies in no file, in a sentence; empty where nothing is."""
        return ""

    @property
    def going_on(self) -> str:
        """What goes on here besides the document's training, and how far it is; empty where nothing does."""
        return ""
