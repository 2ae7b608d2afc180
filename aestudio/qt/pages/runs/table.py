"""The table of runs: ten thousand of them, of which only those on the screen cost anything."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QFocusEvent,
    QMouseEvent,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from aestudio.core.ground.texts import say
from aestudio.core.library.summary import Summary
from aestudio.core.library.tiles import GAP, TILE
from aestudio.qt import theme
from aestudio.qt.action import Answering
from aestudio.qt.pages.runs.delegate import ARROW, PADDING, STAR, RunDelegate, head_height, row_height
from aestudio.qt.pages.runs.heads import draw_heads
from aestudio.qt.pages.runs.model import RunModel
from aestudio.qt.pages.runs.thumbnails import Thumbnails
from aestudio.qt.widgets.sorted_header import SortedHeader
from aestudio.studio.runs.rows import COLUMNS, Column, fitting

PAIRS = 4
"""Images that a thumbnail shows beside each other before a person widens its column."""
FACT = "0.00012345"
"""What a column of a setting or score has to have room for."""
WIDEST = 220
"""Pixels that the name of a setting may widen its column to."""


class RunTable(Answering, QTableView):
    """Shows a RunModel. What is chosen, where it is scrolled to and the keyboard's row outlive every change of it.

    A double click opens, a click on the star gives and takes it; keys do what `own` says.
    """

    chosen_changed = Signal(list)
    """list[int]: the chosen runs, in the order in which they were chosen."""
    open_asked = Signal(int)
    star_asked = Signal(list)
    """list[int]: give these a star, or take it where all have one."""
    menu_asked = Signal(QPoint)
    """The context menu of what is chosen, at a place on the screen."""
    columns_asked = Signal(QPoint)
    """Which columns there shall be, at a place on the screen."""
    columns_changed = Signal()
    """Other columns are shown, or others than fit."""

    def __init__(self, model: RunModel, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runTable")
        self.setAccessibleName(say("Runs"))
        self.runs = model
        self._order: list[int] = []
        self._before: tuple[list[int], int | None, int | None, int] = ([], None, None, 0)
        self._wanted: set[Column] | None = None
        self._headed: list[int] = []
        self._delegate = RunDelegate(thumbnails, self)
        thumbnails.wanting.connect(self.viewport().update)
        self.setItemDelegate(self._delegate)
        self.setModel(model)
        self._set_up()
        self._measure()
        model.modelAboutToBeReset.connect(self._keep)
        model.modelReset.connect(self._put_back)
        model.dataChanged.connect(self.viewport().update)
        model.headerDataChanged.connect(self._fit)
        self.selectionModel().selectionChanged.connect(self._note_choice)
        self.selectionModel().currentRowChanged.connect(self.viewport().update)

    def _set_up(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setMouseTracking(True)
        down = self.verticalHeader()
        down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        down.hide()
        across = SortedHeader(self)
        across.setMinimumSectionSize(STAR + PADDING)
        across.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setHorizontalHeader(across)
        across.customContextMenuRequested.connect(
            lambda place: self.columns_asked.emit(self.horizontalHeader().mapToGlobal(place))
        )
        across.setSortIndicator(Column.TRAINED, Qt.SortOrder.DescendingOrder)
        self.setSortingEnabled(True)

    # -- what is chosen ------------------------------------------------------------------------------------------------

    def chosen(self) -> list[int]:
        """The chosen runs, in the order in which they were chosen."""
        return list(self._order)

    def choose(self, numbers: Iterable[int]) -> None:
        """Choose these runs, as far as they are shown, and scroll to the first; their groups are folded no more."""
        numbers = list(numbers)
        hidden = [self.runs.folded_at(row) for row in self.runs.folded_rows()]
        wanted = {group.value for group in hidden if group and not {run.id for run in group.runs}.isdisjoint(numbers)}
        self.runs.fold(self.runs.folded() - wanted)
        rows = [row for number in numbers if (row := self.runs.row_of(number)) is not None]
        self._select(rows)
        if rows:
            there = self.runs.index(rows[0], Column.TITLE)
            self.selectionModel().setCurrentIndex(there, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.scrollTo(there)

    def current(self) -> Summary | None:
        """The run that the keyboard is at."""
        index = self.currentIndex()
        return self.runs.run(index.row()) if index.isValid() else None

    def rename(self) -> None:
        """Lets the person type another title for the run that the keyboard is at."""
        index = self.currentIndex()
        if index.isValid():
            there = self.runs.index(index.row(), Column.TITLE)
            self.scrollTo(there)
            self.edit(there)

    def _select(self, rows: list[int]) -> None:
        """Neighbours as one range: ten thousand ranges would take Qt seconds."""
        picked = QItemSelection()
        last = self.runs.columnCount() - 1
        start = 0
        rows = sorted(rows)
        for at in range(1, len(rows) + 1):
            if at == len(rows) or rows[at] != rows[at - 1] + 1:
                picked.select(self.runs.index(rows[start], 0), self.runs.index(rows[at - 1], last))
                start = at
        self.selectionModel().select(picked, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    @Slot()
    def _note_choice(self) -> None:
        parts = self.selectionModel().selection()
        spans = sorted((part.top(), part.bottom()) for part in map(parts.at, range(parts.size())))
        picked = {
            run.id: None for top, bottom in spans for row in range(top, bottom + 1) for run in self.runs.runs_at(row)
        }
        kept = [number for number in self._order if number in picked]
        known = set(kept)
        order = [*kept, *(number for number in picked if number not in known)]
        if order != self._order:
            self._order = order
            self.chosen_changed.emit(list(order))

    # -- other rows ----------------------------------------------------------------------------------------------------

    @Slot()
    def _keep(self) -> None:
        """What is chosen, the keyboard's run, the run at the top and how far it is scrolled out: by number."""
        current, top = self.current(), self.rowAt(0)
        at_top = not self.verticalScrollBar().value() or top < 0
        self._before = (
            self.chosen(),
            None if current is None else current.id,
            None if at_top else self.runs.run(top).id,
            0 if at_top else self.rowViewportPosition(top),
        )

    @Slot()
    def _put_back(self) -> None:
        chosen, current, top, offset = self._before
        self._make_room_for_heads()
        self._fit()
        self.updateGeometries()
        row = None if top is None else self.runs.place_of(top)
        self.verticalScrollBar().setValue(0 if row is None else self.verticalHeader().sectionPosition(row) - offset)
        rows = [row for number in chosen if (row := self.runs.row_of(number)) is not None]
        known = set(chosen)
        rows += [row for row in self.runs.folded_rows() if known.issuperset(run.id for run in self.runs.runs_at(row))]
        self._select(rows)
        row = None if current is None else self.runs.place_of(current)
        if row is not None:
            there = self.runs.index(row, Column.TITLE)
            self.setAutoScroll(False)  # else the table would follow it
            self.selectionModel().setCurrentIndex(there, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.setAutoScroll(True)
        self._note_choice()

    # -- columns -------------------------------------------------------------------------------------------------------

    def shown_columns(self) -> list[Column]:
        """The columns that are not hidden, from the left."""
        return [one for one in COLUMNS if not self.isColumnHidden(one)]

    def show_columns(self, wanted: Iterable[Column] | None) -> None:
        """These and no others, scrolling sideways where they do not fit; None shows as many as fit."""
        self._wanted = None if wanted is None else {*wanted, Column.TITLE}
        self._fit()
        self.columns_changed.emit()

    def wanted_columns(self) -> list[Column] | None:
        """Those that the person has chosen; None where it is as many as fit."""
        return None if self._wanted is None else [one for one in COLUMNS if one in self._wanted]

    @Slot(QAction)
    def toggle_column(self, action: QAction) -> None:
        """Shows or hides the column that an entry of a menu is for."""
        if action.data() is not None:
            self.show_columns(set(self.shown_columns()) ^ {Column(action.data())})

    def sort_by(self, column: int, *, falling: bool) -> None:
        """As a click on its heading does."""
        self.sortByColumn(column, Qt.SortOrder.DescendingOrder if falling else Qt.SortOrder.AscendingOrder)

    def _measure(self) -> None:
        """What each column needs in the font in use, and each row."""
        down = self.verticalHeader()
        down.setMinimumSectionSize(head_height())
        down.setDefaultSectionSize(row_height())
        self.verticalScrollBar().setSingleStep(row_height() // 2)
        self._make_room_for_heads()
        metrics = self.fontMetrics()
        self._widths = {
            column: max(map(metrics.horizontalAdvance, (about.sample, str(about.heading)))) + PADDING + ARROW
            for column, about in COLUMNS.items()
        }
        self._widths[Column.STAR] = STAR + 2 * PADDING
        self._widths[Column.PICTURE] = PAIRS * (TILE + GAP) - GAP + PADDING
        for column, width in self._widths.items():
            self.setColumnWidth(column, width)
        self._measure_facts()

    def _measure_facts(self) -> int:
        """Widens the columns of settings and scores to their names; what all of them take."""
        metrics, taken = self.fontMetrics(), 0
        for at, path in enumerate(self.runs.shown_facts(), len(COLUMNS)):
            width = max(map(metrics.horizontalAdvance, (FACT, self.runs.named(path)))) + PADDING + ARROW
            self.setColumnHidden(at, False)
            if self.columnWidth(at) != min(width, WIDEST):
                self.setColumnWidth(at, min(width, WIDEST))
            taken += self.columnWidth(at)
        return taken

    @Slot()
    def _fit(self) -> None:
        column, falling = self.runs.sorted_by()
        if self.horizontalHeader().sortIndicatorSection() != column:  # the one that was sorted by is gone
            self.sort_by(column, falling=falling)
        room = self.viewport().width() - self._measure_facts()
        shown = fitting(room, self._widths) if self._wanted is None else [one for one in COLUMNS if one in self._wanted]
        for column in COLUMNS:
            self.setColumnHidden(column, column not in shown)
        across = self.horizontalHeader()
        roomy = sum(self._widths[one] for one in shown) <= room
        mode = QHeaderView.ResizeMode.Stretch if roomy else QHeaderView.ResizeMode.Interactive
        if across.sectionResizeMode(Column.TITLE) is not mode:
            across.setSectionResizeMode(Column.TITLE, mode)
            if not roomy:
                self.setColumnWidth(Column.TITLE, self._widths[Column.TITLE])

    # -- groups --------------------------------------------------------------------------------------------------------

    def _make_room_for_heads(self) -> None:
        """The first run of each group has its heading above it."""
        down, heads = self.verticalHeader(), list(self.runs.heads())
        before = [row for row in self._headed if row < self.runs.rowCount()]
        self._headed = heads
        blocked = down.blockSignals(True)
        for row in before:
            down.resizeSection(row, row_height())
        for row in heads:
            folded = self.runs.folded_at(row) is not None
            down.resizeSection(row, head_height() + (0 if folded else row_height()))
        down.blockSignals(blocked)

    def choose_group(self) -> None:
        """Chooses all runs of the group that the keyboard is in."""
        index = self.currentIndex()
        group = self.runs.group_of(index.row()) if index.isValid() else None
        if group is not None:
            if self.runs.folded_at(index.row()) is not None:
                self._select([index.row()])
            else:
                self._select([row for run in group.runs if (row := self.runs.row_of(run.id)) is not None])

    def _head_at(self, place: QPoint) -> int | None:
        """The row above which a place lies on a heading."""
        row = self.rowAt(place.y())
        return row if row in self.runs.heads() and place.y() < self.rowViewportPosition(row) + head_height() else None

    def fold(self, row: int, *, fold: bool) -> None:
        """Folds the group that a row is in, or shows its runs again; the keyboard stays with it."""
        group = self.runs.group_of(row)
        if group is None:
            return
        self.runs.fold(self.runs.folded() | {group.value} if fold else self.runs.folded() - {group.value})
        head = next(at for at, one in self.runs.heads().items() if one.value == group.value)
        self._go_to(head)

    def fold_all(self, *, fold: bool) -> None:
        """All groups that are shown."""
        self.runs.fold({group.value for group in self.runs.heads().values()} if fold else ())

    def can_fold(self, *, fold: bool) -> bool:
        """Whether the keyboard is in a group that is not folded, or at one that is."""
        row = self.currentIndex().row()
        if row < 0 or self.runs.group_of(row) is None:
            return False
        return (self.runs.folded_at(row) is None) is fold

    def _go_to(self, row: int) -> None:
        there = self.runs.index(row, Column.TITLE)
        self.selectionModel().setCurrentIndex(there, QItemSelectionModel.SelectionFlag.NoUpdate)

    # -- what people do ------------------------------------------------------------------------------------------------

    def keyboardSearch(self, _text: str) -> None:
        """Letters are commands here; the search box searches."""

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Rows only: Home and End are the first and the last run."""
        last = self.runs.rowCount() - 1
        ends = {QAbstractItemView.CursorAction.MoveHome: 0, QAbstractItemView.CursorAction.MoveEnd: last}
        sideways = (QAbstractItemView.CursorAction.MoveLeft, QAbstractItemView.CursorAction.MoveRight)
        if last >= 0 and action in ends:
            return self.runs.index(ends[action], Column.TITLE)
        moved = self.currentIndex() if action in sideways else super().moveCursor(action, modifiers)
        return self.runs.index(moved.row(), Column.TITLE) if moved.isValid() else moved

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        index = self.indexAt(place)
        if event.button() == Qt.MouseButton.LeftButton and (head := self._head_at(place)) is not None:
            self._go_to(head)
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self.choose_group()
            else:
                self.fold(head, fold=self.runs.folded_at(head) is None)
            return
        if event.button() == Qt.MouseButton.LeftButton and index.isValid() and index.column() == Column.STAR:
            self.star_asked.emit([self.runs.run(index.row()).id])
            return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        over_star = self.indexAt(event.position().toPoint()).column() == Column.STAR
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if over_star else Qt.CursorShape.ArrowCursor)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if self._head_at(event.position().toPoint()) is not None:
            return
        if index.isValid() and index.column() != Column.STAR and event.button() == Qt.MouseButton.LeftButton:
            self.open_asked.emit(self.runs.run(index.row()).id)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._order:
            place = event.globalPos()
            if event.reason() is QContextMenuEvent.Reason.Keyboard:
                place = self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).center())
            self.menu_asked.emit(place)

    # -- looks ---------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        self._delegate.begin_frame(self.currentIndex().row() if self.hasFocus() else -1)
        super().paintEvent(event)
        draw_heads(self, self.runs, self.currentIndex().row() if self.hasFocus() else -1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if theme.is_restyle(event) or event.type() == QEvent.Type.FontChange:
            self._delegate.restyle()
            self._measure()
            self._fit()
            self.viewport().update()
