"""The window: lays pages out, shows the document that is open, and closes safely. It knows no page by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import (
    QLabel,
    QMainWindow,
    QStackedWidget,
)

from aestudio.core.ground import texts
from aestudio.core.ground.texts import say
from aestudio.qt import speaking, theme
from aestudio.qt.action import Action
from aestudio.qt.attention import Attention
from aestudio.qt.choices import Choices
from aestudio.qt.coming_back import note
from aestudio.qt.document_actions import document_actions
from aestudio.qt.habits import Habits
from aestudio.qt.intake import Intake
from aestudio.qt.leaving import Leaving
from aestudio.qt.mending import Mender
from aestudio.qt.menus import Menus
from aestudio.qt.notices import Notices
from aestudio.qt.page import Page, announced
from aestudio.qt.pages import page_of, signs
from aestudio.qt.recent_menu import TITLE, RecentMenu
from aestudio.qt.sign import Sign
from aestudio.qt.threads import Pulse, qthread
from aestudio.qt.unexpected import ErrorWatch
from aestudio.qt.widgets.notice_bar import NoticeBar
from aestudio.qt.widgets.rail import Rail
from aestudio.qt.widgets.saved import saved
from aestudio.qt.widgets.scrolled import Scrolled
from aestudio.qt.window_actions import page_action, window_actions
from aestudio.qt.window_layout import lay_out
from aestudio.studio.notice import Noted
from aestudio.studio.studio import Studio

if TYPE_CHECKING:
    from aestudio.qt.following import Following
    from aestudio.qt.palette import Palette
    from aestudio.qt.tour import TourGuide
    from aestudio.studio.document import Document

SHUTTING_SECONDS = 5
"""The window is gone after this long, whatever goes on."""
LINGERING_SECONDS = 60
"""So long its process waits for a step to end and a checkpoint to be written."""

P = TypeVar("P", bound=Page)


class Window(QMainWindow):
    """Everything a person sees. It owns the studio, and closes it before it goes."""

    left = Signal()
    """It is closed."""

    def __init__(self, habits: Habits | None = None, *, furnished: bool = True) -> None:
        """Not `furnished`, its pages are only announced, and there is no document: `furnish` makes each of them, and
        `settle` the document. Nothing before these needs torch.
        """
        super().__init__()
        texts.remember()
        self._speaker = speaking.Speaker()
        self.habits = habits or Habits()
        self.closed = False
        self.settled = False
        """All pages are there, and a document that is shown."""
        self.following: Following | None = None
        """What shows how it goes on; with that document."""
        self.guide: TourGuide | None = None
        """As early."""
        with texts.in_english():  # in which nearly no two texts look alike: so it is known which is shown where
            self._build()
        if texts.language() != texts.ENGLISH:
            self._speaker.show_again(self)
        if furnished:
            for sign in signs():
                self._make(sign)
            self._declare()
            self.settle()
        else:
            self.studio.wait()
            self.progress.setText(say("Loading torch…"))

    def _build(self) -> None:
        self.setObjectName("mainWindow")
        self.setWindowIcon(theme.app_icon())
        self.setAcceptDrops(True)
        self.setMinimumSize(640, 400)
        self.watch = ErrorWatch(self)
        self.pulse = Pulse(self)
        self.studio = Studio(qthread, self.pulse.wake)
        self.pulse.follow(self.studio.tick, lambda: self.studio.busy)
        self.notices = NoticeBar()
        self.intake = Intake(self.studio, self)
        self.progress = QLabel("")
        self.device = QLabel("")
        self._leaving = False
        self.told = Notices(self.notices, self)
        self.studio.listen(self.told.show)
        self.studio.on_show(self._attach)
        self.studio.on_want(self.show_home)
        self.rail = Rail()
        self._stack = QStackedWidget()
        self.pages: list[Page] = [announced(sign, self.studio) for sign in signs()]
        for page in self.pages:
            self._stack.addWidget(page)
            self.rail.add(page.title, page.icon, page_action(self, page).tooltip())
        lay_out(self, self._stack)
        self.mender, self.leaving, self.choices = Mender(self), Leaving(self), Choices(self)
        self.attention = Attention(self)
        self.menus = Menus(self)
        self.menus.hang_before("save", RecentMenu(lambda path: self.open_path(str(path)), self), TITLE)
        self.rail.chosen.connect(self._show_chosen)
        saved().told.connect(self._say_saved)
        self.show_home()
        self._restore()

    def has(self, sign: type[Sign]) -> bool:
        """Whether the page of this sign is made."""
        return any(isinstance(page, sign) and not page.is_base for page in self.pages)

    def furnish(self, sign: type[Sign]) -> None:
        """Makes a page; it takes the place of what announced it."""
        self._make(sign)
        self._declare()

    def _make(self, sign: type[Sign]) -> None:
        place = next(place for place, page in enumerate(self.pages) if page.name == sign.name)
        with texts.in_english():
            page = page_of(sign)(self.studio)
            page.actions_changed.connect(self.menus.refresh)
            page.path_wanted.connect(self.open_path)
            page.action_wanted.connect(lambda name: self.menus[name].trigger())
            page.sight_wanted.connect(self._show_sight)
            page.work_began.connect(self.notices.dismiss_error)
            page.going_on_changed.connect(self._say_progress)
            self._put(place, page)
            self.habits.furnish(page)
            if self.settled:
                page.attach(self.document)
        if texts.language() != texts.ENGLISH:
            self._speaker.show_also(page)

    def _put(self, place: int, page: Page) -> None:
        before, chosen = self._stack.widget(place), self._stack.currentIndex()
        self.pages[place] = page
        self._stack.insertWidget(place, Scrolled(page))
        if before is not None:
            self._stack.removeWidget(before)
            before.deleteLater()
        self._stack.setCurrentIndex(chosen)

    def settle(self) -> None:
        """Makes the document, and shows it on the pages that are there."""
        self.settled = True
        from aestudio.qt.following import Following  # knows all that a document tells
        from aestudio.qt.tour import TourGuide

        with texts.in_english():
            self.device.setText(self.document.compute.description)
            self.following, self.guide = Following(self), TourGuide(self)
            self._attach(self.document)
        if texts.language() != texts.ENGLISH:
            self.speak(texts.language())

    @property
    def document(self) -> Document:
        """The one that is shown."""
        return self.studio.document

    def page(self, kind: type[P]) -> P:
        """The page of this kind."""
        return next(page for page in self.pages if isinstance(page, kind))

    @property
    def keys(self) -> dict[Page, str]:
        """The key that goes to each page."""
        numbers = count(1)
        return {page: page.key or f"Ctrl+{next(numbers)}" for page in self.pages}

    @property
    def shown(self) -> Page:
        """The page that is seen."""
        return self.pages[self._stack.currentIndex()]

    def show_page(self, page: Page) -> None:
        """Goes to a page."""
        self.rail.choose(self.pages.index(page))

    def begin(self, file: Path | None = None) -> None:
        """Opens a model or an image that the person named, else what was open last time, else the first recipe; then
        offers to go on with a training that a crash has ended.
        """
        assert self.following is not None
        self.following.begin(file)
        self.watch.tell_of_crashes()

    def greet(self) -> None:
        """Shows the page that is seen first, unless the person does not want it."""
        greeting = next((sign for sign in signs() if sign.greets), None)
        if greeting is not None and self.habits.greets:
            if not self.has(greeting):
                self.furnish(greeting)
            self.show_page(next(page for page in self.pages if isinstance(page, greeting)))

    # -- what can be done ----------------------------------------------------------------------------------------------

    def actions_of_window(self) -> list[Action]:
        """Those that are there on every page."""
        return [*document_actions(self.studio, self.intake, self), *window_actions(self)]

    def _declare(self) -> None:
        """Puts into the menus what the window and its pages can do."""
        declared = [*self.actions_of_window(), *(action for page in self.pages for action in page.actions_here())]
        self.menus.build(declared, self._offered)

    def _offered(self) -> Sequence[Action]:
        return [*self.shown.actions_here(), *self.actions_of_window()]

    def action(self, name: str) -> QAction:
        """An entry of the menus by name."""
        return self.menus[name]

    def open_palette(self) -> Palette:
        """Lets the person type what to do, to set or to open."""
        from aestudio.qt.palette import palette_of  # knows every setting, and so every part

        palette = palette_of(self)
        palette.show()  # not as a dialog that blocks: a click beside it takes the window, and the palette goes
        return palette

    def speak(self, language: str) -> None:
        """Shows everything in another language; what goes on is not disturbed.

        Raises: StudioError where there is no catalogue of it.
        """
        speaking.use(language)
        self._speaker.show_again(self)
        if self.settled:
            self._attach(self.document)

    def ask_preferences(self) -> None:
        """Lets the person choose how everything looks, and say how trainings are kept."""
        self.choices.ask()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls() or event.mimeData().hasImage():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if self.shown.drop(event.mimeData()) or self.intake.take_drop(event.mimeData()):
            event.acceptProposedAction()

    # -- the document --------------------------------------------------------------------------------------------------

    def _attach(self, document: Document) -> None:
        if self.following is not None:
            self.following.take(document)

    @Slot()
    def _say_progress(self) -> None:
        if self.following is not None:
            self.following.say_progress()

    @Slot(str)
    def _say_saved(self, path: str) -> None:
        self.studio.tell(Noted(say("Saved {path}", path=path)))

    @Slot(str)
    def open_path(self, path: str) -> None:
        """Opens a file or folder, and goes where the document is seen."""
        self.intake.take_file(Path(path))
        self.show_home()

    @Slot(str)
    def _show_sight(self, name: str) -> None:
        page = next((page for page in self.pages if page.show_sight(name)), None)
        if page is not None:
            self.show_page(page)

    def show_home(self) -> None:
        """Goes to the page that shows the document."""
        home = next((page for page in self.pages if page.shows_document), None)
        if home is not None:
            self.show_page(home)

    @Slot(int)
    def _show_chosen(self, index: int) -> None:
        theme.finish(self.pages[index])
        self._stack.setCurrentIndex(index)
        self.menus.refresh()

    # -- coming and going ----------------------------------------------------------------------------------------------

    def _restore(self) -> None:
        if not self.habits.place(self):
            room = self.screen().availableGeometry()
            self.resize(min(1920, room.width() * 4 // 5), min(1200, room.height() * 9 // 10))
            if room.width() < 1480 or room.height() < 960:  # a small screen is used whole
                self.setWindowState(Qt.WindowState.WindowMaximized)
        self.studio.keeping = replace(self.studio.keeping, every=self.habits.every)
        self.studio.scheduler, self.studio.jobs = self.habits.scheduler, self.habits.jobs

    def may_close(self, losses: list[str]) -> bool:
        """Asks the person whether to stop what is under way and close."""
        return self.leaving.ask(losses)

    def leave(self) -> None:
        """Closes without asking: whoever sent a signal to the process is not there to answer."""
        self._leaving = True
        self.close()

    def shut(self, seconds: float = SHUTTING_SECONDS) -> bool:
        """Stops whatever goes on; False where something would not stop in time."""
        return self.leaving.shut(seconds)

    def showEvent(self, event: QShowEvent) -> None:
        if not self.menus.declared():  # no page has brought its actions yet
            self._declare()
        super().showEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        losses = [] if self._leaving else self.leaving.losses()
        if losses and not self.may_close(losses):
            event.ignore()
            return
        if self.settled:
            note(self.habits, *self.studio.seen)
        self.habits.keep(self, self.pages)
        self.watch.leave()
        if not self.shut():  # the person sees it gone; what was learned is still being written
            self.hide()
            self.shut(LINGERING_SECONDS)
        event.accept()
        self.closed = True
        self.left.emit()
