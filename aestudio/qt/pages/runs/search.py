"""The bar above the runs: words to search for, filters, how many were found, and what is shown of them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from aestudio.core.ground.texts import Text, say
from aestudio.qt import theme
from aestudio.qt.action import Action, Answering
from aestudio.qt.widgets.basics import IconButton, Segmented, label
from aestudio.studio.runs.rows import Which
from aestudio.studio.runs.words import counted

TIPS = {
    Which.ALL: Text("Every run that is not in the trash"),
    Which.STARRED: Text("Runs with a star"),
    Which.RESUMABLE: Text("Runs that can go on from a checkpoint"),
    Which.TRASH: Text("What was deleted, until the trash is emptied"),
}


class SearchBox(theme.Themed, Answering, QLineEdit):
    """Esc empties it; Down and Enter go to what was found."""

    left = Signal()
    """The person wants to go on in the table."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runSearch")
        self.setAccessibleName(say("Search the runs"))
        self.setPlaceholderText(say("Search words, or settings and scores: epochs > 2 and psnr > 20"))
        self.setClearButtonEnabled(True)
        self._glass = QAction(self)
        self.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        self.restyle()
        self.own = (
            Action("emptySearch", "Empty the search", self.clear, ("Esc",), possible=lambda: self.text() != ""),
            Action("toFound", "Go to what was found", self.left.emit, ("Down", "Enter", "Return")),
        )

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            if event.key() == Qt.Key.Key_Escape and self.text():
                event.accept()  # else the window, whose shortcut it is too, would take it
                return True
            if event.matches(QKeySequence.StandardKey.Undo) and not self.isUndoAvailable():
                event.ignore()  # the page takes back a deletion
                return False
        return super().event(event)

    def restyle(self) -> None:
        self._glass.setIcon(theme.icon("search", theme.current().muted))


class SearchBar(QWidget):
    """Says what is wanted; the page looks for it and calls `show_count`."""

    searched = Signal()
    """Other words or another filter."""

    def __init__(self, extra: QWidget, parent: QWidget | None = None) -> None:
        """`extra` stands behind the filters."""
        super().__init__(parent)
        self.box = SearchBox()
        self.filters = Segmented([(str(which.value), str(TIPS[which])) for which in Which], say("Show"))
        self.filters.setObjectName("runFilters")
        self._count = label("", "muted")
        self._count.setObjectName("runCount")
        self._count.setAccessibleName(say("How many runs"))
        self.groups = IconButton("groups", say("Put runs together that have something in common"))
        self.groups.setObjectName("runGroups")
        self.groups.setCheckable(True)
        self.columns = IconButton("columns", say("Choose the columns of the table"))
        self.columns.setObjectName("runColumns")
        self.sidebar = IconButton("sidebar", say("Show or hide the details of the chosen runs"))
        self.sidebar.setObjectName("runSidebar")
        self.sidebar.setCheckable(True)
        self.sidebar.setChecked(True)
        self.box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GRID)
        row.addWidget(self.box, 1)
        row.addWidget(self.filters)
        row.addWidget(extra)
        row.addSpacing(theme.GRID)
        row.addWidget(self._count)
        row.addWidget(self.groups)
        row.addWidget(self.columns)
        row.addWidget(self.sidebar)
        self.box.textChanged.connect(self._say)
        self.filters.changed.connect(self._say)

    def text(self) -> str:
        return self.box.text()

    def which(self) -> Which:
        return list(Which)[self.filters.index()]

    def choose(self, which: Which) -> None:
        self.filters.choose(list(Which).index(which))

    def show_count(self, shown: int, count: int, unread: str = "") -> None:
        """How many runs are shown of how many that there are; or why the text cannot be read, in a sentence."""
        if unread:
            self._count.setText(unread)
            return
        runs = counted(count)
        said = runs if shown == count else say("{shown:,} of {runs}", shown=shown, runs=runs)
        self._count.setText(say("{runs} in the trash", runs=said) if self.which() is Which.TRASH else said)

    def show_nothing(self) -> None:
        """There is no library to count in."""
        self._count.setText("")

    def count_text(self) -> str:
        """What is said of how many there are."""
        return self._count.text()

    def _say(self, _value: object = None) -> None:
        self.searched.emit()
