"""Runs, the last page: every training that was kept, to be found, put in order, compared and gone on with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Slot
from PySide6.QtGui import QHideEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import QFrame, QSplitter, QStackedLayout, QVBoxLayout, QWidget

from aestudio.core.ground.errors import LibraryError, StudioError
from aestudio.core.ground.texts import Text, plural, say
from aestudio.core.library.asking import Fact, column_of, settings_of
from aestudio.core.library.catalogue import TRASH_DAYS, Library
from aestudio.core.library.summary import Summary
from aestudio.qt import theme
from aestudio.qt.action import Action
from aestudio.qt.menus import menu_of
from aestudio.qt.page import Page
from aestudio.qt.pages.runs import Runs
from aestudio.qt.pages.runs.actions import RunActions
from aestudio.qt.pages.runs.apart import Apart
from aestudio.qt.pages.runs.arranging import Arranging
from aestudio.qt.pages.runs.curves_file import CurvesFile, TableFile
from aestudio.qt.pages.runs.details import MOST, RunDetails
from aestudio.qt.pages.runs.export_several import ExportSeveral
from aestudio.qt.pages.runs.feed import RunFeed
from aestudio.qt.pages.runs.keeper import RunKeeper
from aestudio.qt.pages.runs.model import RunModel
from aestudio.qt.pages.runs.parallel_panel import MOST as MOST_DRAWN
from aestudio.qt.pages.runs.search import SearchBar
from aestudio.qt.pages.runs.table import RunTable
from aestudio.qt.pages.runs.thumbnails import Thumbnails
from aestudio.qt.widgets.basics import TextButton, hint
from aestudio.qt.widgets.notice_bar import NoticeBar
from aestudio.studio.events import LibraryChanged, Told
from aestudio.studio.runs.parallel import axes
from aestudio.studio.runs.rows import Which

if TYPE_CHECKING:
    from aestudio.studio.studio import Studio

POLL_MS = 1000
"""How often the page looks whether another window or program has written something."""
REFRESH_MS = 1000
"""The page is brought up to date at most this often."""
NO_RUNS = Text("Train something on the Explore page and it appears here")
NO_LIBRARY = Text("There is no run library.")
NO_TRASH = plural(
    "The trash is empty. What is deleted stays here for {count} day",
    "The trash is empty. What is deleted stays here for {count} days",
    TRASH_DAYS,
)


class RunsPage(Runs, Page):
    """Titles, notes, stars and the trash it writes itself. The library belongs to the window's thread; what takes long
    is read in the background.
    """

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._library: Library | None = None
        self._problem = str(NO_LIBRARY)
        self._unread = ""
        """Why what is searched for cannot be read, in a sentence."""
        self.feed = RunFeed(self)
        self.keeper = RunKeeper(self)
        self.model = RunModel()
        self.model.settings, self.model.settings_at = self._read_settings, self._read_column
        self.thumbnails = Thumbnails(self._read_thumbnail, self)
        self.table = RunTable(self.model, self.thumbnails)
        self.arranging = Arranging(self.table, self)
        self.apart = Apart(self.model.known, self)
        self.model.apart = self.apart.of
        self.commands = RunActions(self)
        self.table.own = self.commands.of_keys()
        self.search = SearchBar(self.commands.button("emptyRun"))
        self.finding = Action(
            "searchRuns", "&Find runs", self._to_search, (QKeySequence.StandardKey.Find,), "Edit", 30,
            tip="Every word must occur somewhere in a run",
        )  # fmt: skip
        self.search.box.setToolTip(self.finding.tooltip())
        self.details = RunDetails(self.commands)
        self.undo_bar = NoticeBar()
        self.undo_bar.setObjectName("undoBar")
        self.across = QSplitter(Qt.Orientation.Horizontal)
        self.polling = QTimer(self)
        self.polling.setInterval(POLL_MS)
        self._refreshing = QTimer(self)
        self._refreshing.setSingleShot(True)
        self._refreshing.setInterval(REFRESH_MS)
        self.curves_file = CurvesFile(studio, self)
        self.tables = TableFile(studio, self)
        self.several = ExportSeveral(studio, self)
        self._lay_out()
        self._connect()
        studio.when_ready(self._name_settings)
        self._show_state()
        self.library_changed()

    def _lay_out(self) -> None:
        self._said = hint("")
        self._said.setObjectName("runsHint")
        empty = QFrame()
        empty.setProperty("role", "card")
        self.mending = TextButton(say("Repair the library"), say("Make it again from its copy and the files beside it"))
        self.mending.clicked.connect(lambda: self.action_wanted.emit("mendLibrary"))
        inside = QVBoxLayout(empty)
        inside.addStretch(1)
        inside.addWidget(self._said)
        inside.addWidget(self.mending, 0, Qt.AlignmentFlag.AlignHCenter)
        inside.addStretch(1)
        left = QWidget()
        self._stack = QStackedLayout(left)
        self._stack.addWidget(empty)
        self._stack.addWidget(self.table)
        self.across.addWidget(left)
        self.across.addWidget(self.details)
        self.across.setStretchFactor(0, 3)
        self.across.setStretchFactor(1, 2)
        self.across.setSizes([760, 440])
        self.across.setHandleWidth(theme.GRID)
        self.across.setChildrenCollapsible(False)
        self.details.setMinimumWidth(theme.px(360))
        left.setMinimumWidth(theme.px(420))
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addWidget(self.search)
        column.addWidget(self.across, 1)
        self.undo_bar.float_over(left)

    def _connect(self) -> None:
        self.feed.changed.connect(self._take)
        self.feed.failed.connect(self._fail)
        self.keeper.wrote.connect(self.feed.reread)
        self.keeper.wrote.connect(self.actions_changed)
        self.keeper.emptied.connect(self.feed.refresh)
        self.keeper.failed.connect(self._fail)
        self.keeper.notice.connect(self._note)
        self.model.renamed.connect(self.keeper.rename)
        self.polling.timeout.connect(self._poll)
        self.search.searched.connect(self._search)
        self.search.box.left.connect(self._to_table)
        self.search.sidebar.toggled.connect(self.details.setVisible)
        self.search.columns.clicked.connect(
            lambda: self.arranging.popup_under(self.search.columns, self.arranging.columns_menu())
        )
        self.search.groups.clicked.connect(self._ask_groups)
        self.arranging.grouped.connect(self.search.groups.setChecked)
        self.arranging.grouped.connect(self._show_state)
        self.apart.changed.connect(self.table.viewport().update)
        self.table.chosen_changed.connect(self._show_chosen)
        self.table.open_asked.connect(self.open_run)
        self.table.star_asked.connect(self.star)
        self.table.menu_asked.connect(self.ask_what)
        self.details.about.note.written.connect(self.keeper.annotate)
        self.details.settings_wanted.connect(self._give_settings)
        self.details.parallel.wanted.connect(self._give_axes)
        self.details.parallel.chosen.connect(self.table.choose)
        self.details.curves.failed.connect(self._fail)
        self.details.pictures.failed.connect(self._fail)
        self.studio.behind.listen(self.commands.refresh)
        self.undo_bar.acted.connect(self.commands.undo)
        self._refreshing.timeout.connect(self.feed.refresh)

    def _name_settings(self) -> None:
        """By titles, as soon as those are there."""
        self.model.name_settings()
        self.apart.tell_anew()
        self.details.parallel.refresh()
        self.table.viewport().update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange and self.model.ready:
            self._name_settings()

    # -- the document, and what can be done ----------------------------------------------------------------------------

    def read(self, event: Told) -> None:
        if isinstance(event, LibraryChanged) and not self._refreshing.isActive():
            self._refreshing.start()

    def actions_here(self) -> Sequence[Action]:
        return (
            self.finding,
            Action(
                "undo", self.keeper.undo_text, self.commands.undo, (QKeySequence.StandardKey.Undo,), "Edit", 10,
                possible=lambda: self.keeper.can_undo,
            ),
        )  # fmt: skip

    def remembered(self) -> Mapping[str, str]:
        return self.arranging.remembered()

    def recall(self, kept: Callable[[str], str | None]) -> None:
        self.arranging.recall(kept)

    def splitters(self) -> Mapping[str, QSplitter]:
        return {"runs": self.across}

    # -- the library ---------------------------------------------------------------------------------------------------

    def library_changed(self) -> None:
        self.set_library(self.studio.shelf.library, self.studio.shelf.problem)

    def set_library(self, library: Library | None, problem: str = "") -> None:
        """The library to show; None where there is none, and why, in words."""
        self.details.about.note.save()
        self._library, self._problem = library, problem or str(NO_LIBRARY)
        self.keeper.set_library(library)
        self.thumbnails.forget()
        self.feed.load(library, trashed=self.in_trash)

    def refresh(self) -> None:
        """Reads what has changed; choice, order, search and place stay. Call it at most once a second."""
        self.feed.refresh()

    def chosen(self) -> list[Summary]:
        """The chosen runs, in the order in which they were chosen."""
        return [run for number in self.table.chosen() if (run := self.feed.run(number)) is not None]

    def shut(self, seconds: float) -> bool:
        """Saves what was typed, too. The library may be closed afterwards."""
        self.polling.stop()
        self._refreshing.stop()
        over = [self.details.close_readers(seconds), self.keeper.close(seconds)]
        over += [one.close(seconds) for one in (self.curves_file, self.tables, self.several)]
        self.feed.stop()
        self._library = None
        return all(over)

    @property
    def in_trash(self) -> bool:
        """Whether the trash is shown."""
        return self.search.which() is Which.TRASH

    def _read_settings(self, number: int) -> dict[str, Any]:
        try:
            return settings_of(self._library, number) if self._library is not None else {}
        except LibraryError:  # the feed says it
            return {}

    def _read_column(self, path: str) -> Mapping[int, tuple[Fact, ...]]:
        try:
            return column_of(self._library, path) if self._library is not None else {}
        except LibraryError:  # the feed says it
            return {}

    def _read_thumbnail(self, number: int) -> bytes | None:
        try:
            return self._library.thumbnail(number) if self._library is not None else None
        except LibraryError:  # the feed says it, once and not for every picture
            return None

    @Slot()
    def _poll(self) -> None:
        self.feed.poll()
        self.table.viewport().update()  # what is written there of dates gets older

    @Slot(list)
    def _take(self, runs: list[Summary]) -> None:
        self.apart.set_runs(runs)
        self.model.set_runs(runs)
        if not self.feed.trashed:
            self.studio.behind.keep_only({run.id for run in runs})
        self._show_state()
        self._show_chosen()

    # -- what is shown -------------------------------------------------------------------------------------------------

    @Slot()
    def _search(self) -> None:
        trashed = self.in_trash
        try:
            self.model.search(self.search.text(), self.search.which())
            self._unread = ""
        except LibraryError as error:
            self._unread = str(error)
        if trashed != self.feed.trashed:
            self.undo_bar.dismiss()
            self.feed.load(self._library, trashed=trashed)
        self._show_state()

    def _show_state(self) -> None:
        """The table, or in words why there is nothing in it."""
        if self._library is None:
            self.search.show_nothing()
        else:
            self.search.show_count(len(self.model.found()), self.model.count(), self._unread)
        self._said.setText(self._why_empty())
        self.mending.setVisible(self._library is None and self.studio.shelf.damaged)
        if self._said.text() and self.table.hasFocus():
            self.search.box.setFocus()  # else the keyboard would leave the page with the table
        self._stack.setCurrentIndex(0 if self._said.text() else 1)
        self.search.setEnabled(self._library is not None)
        self.details.setVisible(self._library is not None and self.search.sidebar.isChecked())

    def _why_empty(self) -> str:
        if self._library is None:
            return self._problem
        if self.model.rowCount():
            return ""
        if self.search.text().strip():
            return say("No run has all that is searched for")
        match self.search.which():
            case Which.STARRED:
                return say("No run has a star yet: press S on one, or click the star before it")
            case Which.RESUMABLE:
                return say("No run can be continued: each of them is still training or has left no checkpoint")
            case Which.TRASH:
                return str(NO_TRASH)
            case _:
                return str(NO_RUNS)

    @Slot()
    def _show_chosen(self) -> None:
        chosen = self.chosen()
        self.commands.refresh()
        parent = ""
        if len(chosen) == 1 and chosen[0].parent is not None:
            before = self.feed.run(chosen[0].parent)
            parent = before.named if before is not None else ""
        folder = self._library.folder if self._library is not None else None
        apart = self.model.apart_of(chosen[:MOST]) if len(chosen) > 1 else {}
        self.details.show_runs(folder, chosen[:MOST], len(chosen), parent, apart)

    @Slot()
    def _give_axes(self) -> None:
        """To the chosen runs, or to all that are shown where fewer than two are chosen."""
        chosen = self.chosen()
        runs = (chosen if len(chosen) > 1 else self.model.found())[:MOST_DRAWN]
        self.details.parallel.show_runs(runs, axes(runs, self.model.known, self.model.shown_facts(), self.model.naming))

    @Slot(object)
    def _give_settings(self, numbers: Sequence[int]) -> None:
        self.studio.when_ready(lambda: self._show_settings(numbers))

    def _show_settings(self, numbers: Sequence[int]) -> None:
        try:
            if self._library is not None:
                self.details.set_settings([self._library.run(number) for number in numbers])
        except StudioError as error:
            self._fail(str(error))

    @Slot()
    def _to_search(self) -> None:
        self.search.box.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.box.selectAll()

    @Slot()
    def _to_table(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        if not self.table.chosen() and self.model.rowCount():
            self.table.choose([self.model.run(0).id])

    @Slot()
    def _ask_groups(self) -> None:
        self.search.groups.setChecked(bool(self.model.grouped_by()))  # a click says nothing yet
        self.arranging.popup_under(self.search.groups, self.arranging.group_menu())

    @Slot(QPoint)
    def ask_what(self, place: QPoint) -> None:
        """The menu of what may be done to the chosen runs."""
        menu = menu_of(self.commands.all(), self)
        menu.setObjectName("runMenu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    # -- what is done --------------------------------------------------------------------------------------------------

    @Slot(int)
    def open_run(self, number: int) -> None:
        """Its model, images and curves, on the page that shows the document."""
        if not self.in_trash:
            self.studio.want_document()
            self.studio.when_ready(lambda: self.document.kept.open_run(number))

    @Slot(list)
    def star(self, numbers: list[int]) -> None:
        """Gives these a star, or takes it where all have one."""
        if not self.in_trash:
            self.keeper.star([run for number in numbers if (run := self.feed.run(number)) is not None])

    # -- coming and going ----------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.feed.poll()
        self.polling.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.polling.stop()
