"""The documentation in the program: the pages of `resources/docs` as they lie there, their links, and a find field."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QSignalBlocker, QSize, Qt, QUrl, Slot
from PySide6.QtGui import (
    QColor,
    QKeySequence,
    QShortcut,
    QTextDocument,
)
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QSplitter,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from aestudio.core.ground.texts import Text, plural, say
from aestudio.qt import theme
from aestudio.qt.action import Action
from aestudio.qt.widgets.action_button import ActionIcon
from aestudio.qt.widgets.basics import label
from aestudio.qt.widgets.markdown_view import MarkdownView
from aestudio.studio.help_pages import markdown, pages


class HelpWindow(QDialog):
    """The pages at the left, the one that is read at the right; it stands beside the work and blocks nothing."""

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("help")
        self.setWindowTitle(say("Documentation"))
        self.resize(QSize(1080, 800).boundedTo(self.screen().availableSize() - QSize(80, 120)))
        self._folder = folder
        self._pages: list[tuple[str, Path]] = []
        self._row = -1
        self.titles = QListWidget()
        self.titles.setAccessibleName(say("Pages"))
        self.titles.setWordWrap(True)
        self.titles.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.page = MarkdownView()
        self.page.setAccessibleName(say("Page"))
        going_back = Action(
            "helpBack", "Back to the page before", self.page.backward, ("Alt+Left",), icon="back",
            possible=self.page.isBackwardAvailable,
        )  # fmt: skip
        finding = Action("helpFind", "Find a word", self._ask, (QKeySequence.StandardKey.Find,))
        going_on = Action(
            "helpNext", "Go on to the next place", self._look_on, (QKeySequence.StandardKey.FindNext,),
            possible=lambda: self.words.text() != "",
        )  # fmt: skip
        self.actions_here = (going_back, finding, going_on)
        self.back = ActionIcon(going_back)
        self.words = QLineEdit(clearButtonEnabled=True)
        self.words.setAccessibleName(say("Find"))
        self.words.setMinimumWidth(theme.px(340))
        self.words.setPlaceholderText(say("Find; Enter goes on, from page to page"))
        self.words.setToolTip(finding.tooltip())
        self.found = label("", "caption")

        self.titles.currentRowChanged.connect(self._open)
        self.page.sourceChanged.connect(self._show_place)
        self.page.backwardAvailable.connect(self.back.refresh)
        self.words.textChanged.connect(self._look)
        self.words.returnPressed.connect(self._look_on)
        for action in self.actions_here:
            for sequence in action.sequences():
                QShortcut(sequence, self).activated.connect(action.perform)

        above = QHBoxLayout()
        above.addWidget(self.back)
        above.addStretch(1)
        above.addWidget(self.found)
        above.addWidget(self.words)
        across = QSplitter()
        across.addWidget(self.titles)
        across.addWidget(self.page)
        across.setSizes([230, 850])
        across.setStretchFactor(1, 1)
        column = QVBoxLayout(self)
        column.addLayout(above)
        column.addWidget(across, 1)
        self._list()
        self.page.setFocus()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange and pages(self._folder) != self._pages:
            self._list()

    def _list(self) -> None:
        """All pages in the language in use; the same one is read as before, at first the one at the top."""
        read = self._pages[self._row][1].name if self._pages and self._row >= 0 else ""
        outside = bool(self._pages) and not read
        self._pages, self._row = pages(self._folder), -1
        with QSignalBlocker(self.titles):
            self.titles.clear()
            self.titles.addItems([title for title, _ in self._pages])
            self.titles.setCurrentRow(-1)
        if not outside:
            self.titles.setCurrentRow(0)
            self.open_page(read)
        self.page.clearHistory()  # it led to pages in the language before

    def open_page(self, name: str) -> None:
        """Shows a page by the name of its file, if it is there."""
        row = next((row for row, (_, path) in enumerate(self._pages) if path.name == name), -1)
        if row >= 0:
            self.titles.setCurrentRow(row)

    @Slot(int)
    def _open(self, row: int) -> None:
        if 0 <= row != self._row:
            self.page.setSource(QUrl.fromLocalFile(str(self._pages[row][1])))

    @Slot(QUrl)
    def _show_place(self, url: QUrl) -> None:
        """The page that is shown is marked in the list; none where it is outside of it, such as a model's card."""
        shown = Path(url.toLocalFile())
        self._row = next((row for row, (_, path) in enumerate(self._pages) if path == shown), -1)
        self.titles.setCurrentRow(self._row)
        self._mark()

    @Slot()
    def _ask(self) -> None:
        self.words.setFocus()
        self.words.selectAll()

    @Slot()
    def _look(self) -> None:
        self._mark()
        start = self.page.textCursor()
        start.setPosition(start.selectionStart())
        self.page.setTextCursor(start)  # what no longer fits is not left selected
        if not self._select(start.position()):
            self._select(0)

    @Slot()
    def _look_on(self) -> None:
        """Goes to the next place; after the last one of a page to the next page that has one."""
        words, after = self.words.text(), self._row + 1
        if not words or self._select(self.page.textCursor().selectionEnd()):
            return
        for row in (*range(after, len(self._pages)), *range(after)):
            page = QTextDocument()
            page.setMarkdown(markdown(self._pages[row][1]))
            if not page.find(words).isNull():
                self._open(row)
                self._select(0)
                return
        self.found.setText(say("On no page"))

    def _select(self, start: int) -> bool:
        hit = self.page.document().find(self.words.text(), start)
        if not hit.isNull():
            self.page.setTextCursor(hit)
        return not hit.isNull()

    def _mark(self) -> None:
        """Paints every place of this page where the words stand."""
        document, words, marks = self.page.document(), self.words.text(), []
        hit = document.find(words)
        while not hit.isNull():
            mark = QTextEdit.ExtraSelection()
            mark.cursor = hit
            mark.format.setBackground(QColor(theme.current().tint(theme.current().warning, 0.35)))
            marks.append(mark)
            hit = document.find(words, hit)
        self.page.setExtraSelections(marks)
        found = (
            plural("{count} on this page", "{count:,} on this page", len(marks)) if marks else Text("Not on this page")
        )
        self.found.setText(str(found) if words else "")
