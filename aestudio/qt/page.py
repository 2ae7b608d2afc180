"""What every page of the window is. A page is one folder in qt/pages, with its Sign in `__init__.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, Signal, Slot
from PySide6.QtWidgets import QSplitter, QWidget

from aestudio.core.ground.texts import say
from aestudio.qt.action import Action, Answering
from aestudio.qt.sign import Sign
from aestudio.qt.widgets.basics import hint
from aestudio.qt.widgets.layouts import in_column
from aestudio.qt.widgets.scrolled import Yielding
from aestudio.studio.notice import Failed, Noted

if TYPE_CHECKING:  # the start page is shown before torch is there
    from aestudio.studio.document import Document
    from aestudio.studio.events import Told
    from aestudio.studio.studio import Studio


class Page(Sign, Yielding):
    """Fills the window beside the rail, under its Sign. It is made once; the window hands it the document that is
    shown, and what that tells.
    """

    is_base = True

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

    @Slot(str)
    def _fail(self, sentence: str) -> None:
        """Tells the person why what they wanted was not done."""
        self.studio.tell(Failed(sentence))

    @Slot(str)
    def _note(self, sentence: str) -> None:
        """Tells the person good news."""
        self.studio.tell(Noted(sentence))

    def drop(self, mime: QMimeData) -> bool:
        """Something was dropped on the window while this page was shown; False where it is not for this page."""
        return False

    @property
    def shows_own_images(self) -> bool:
        """Whether images of a person's own are seen here, so that who brings some is not taken elsewhere."""
        return False

    def show_sight(self, name: str) -> bool:
        """Brings what goes by this name before the person; False where it is not on this page."""
        return False

    def splitters(self) -> Mapping[str, QSplitter]:
        """Whose places the window keeps from one time to the next, by name."""
        return {}

    def remembered(self) -> Mapping[str, str]:
        """What the window keeps of a person's choices here from one time to the next, by name."""
        return {}

    def recall(self, kept: Callable[[str], str | None]) -> None:
        """As it was left: what is kept under each name of `remembered`, None where nothing is."""

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


class _Announced(Page):
    """Stands where a page will be."""

    is_base = True

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        in_column((hint(say("Loading torch…")), 1), host=self)


def announced(sign: type[Sign], studio: Studio) -> Page:
    """A page with nothing on it but that it is being loaded."""
    made: type[_Announced] = type(sign.__name__, (sign, _Announced), {"is_base": True})
    return made(studio)
