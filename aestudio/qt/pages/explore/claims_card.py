"""What to look at: what the recipe claims, measured while it trains."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from aestudio.core.ground.texts import say
from aestudio.qt import theme
from aestudio.qt.widgets.basics import IconButton, Readout, label
from aestudio.qt.widgets.collapsible import Section
from aestudio.studio.claims import ClaimRow, Claims
from aestudio.studio.document import Document
from aestudio.studio.events import MomentShown, Told

ROOMY, READABLE = 640, 360
"""Height of the window from which the card is unfolded at first, and room that the sentence and its figure keep before
what the figure is compared with stands beside it and not only in the tooltip; pixels.
"""


class ClaimsCard(theme.Themed, QFrame):
    """A line for each claim: a tick where it is reached, the sentence, the figure now, what it is compared with, and a
    way to what shows it. Lines stand from the first, and only figures change.
    """

    look_wanted = Signal(str)
    """What shows a claim, by its name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("claimsCard")
        self.setProperty("role", "card")
        self._claims: Claims | None = None
        self._rows: tuple[ClaimRow, ...] = ()
        self._seen = False
        self._cells: list[tuple[QLabel, QLabel, QLabel]] = []
        """Of each line: the tick, the figure now, and what it is compared with."""
        self._lines = QWidget()
        self._grid = QGridLayout(self._lines)
        self._grid.setContentsMargins(8, 0, 8, 8)
        self._grid.setHorizontalSpacing(2 * theme.GRID)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self.section = Section(say("What to look at"), self._lines)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(8, 0, 8, 0)
        inside.addWidget(self.section)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)  # as tall as its sentences

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())  # else what stands beside would keep the room it has

    def attach(self, document: Document) -> None:
        """The claims of this document from now on."""
        self._claims = Claims(document.run)
        if document.shown.curves.names:
            for event in document.shown.curves.held_out():
                self._claims.read(event)
        self._claims.read(MomentShown(document.shown.moment))
        self._show()

    def read(self, event: Told) -> None:
        """Something has become of the document."""
        if self._claims is not None and self._claims.read(event):
            self._show()

    def texts(self) -> list[tuple[str, str]]:
        """The figures now, and what they are compared with, line by line."""
        return [(now.text(), beside.text()) for _, now, beside in self._cells]

    def _show(self) -> None:
        assert self._claims is not None
        rows = self._claims.rows
        if [row.sentence for row in rows] != [row.sentence for row in self._rows] or len(rows) != len(self._cells):
            self._lay_out(rows)
        self._rows = rows
        self.section.set_summary(str(self._claims.summary))
        self.setVisible(bool(rows))
        for row, (_, now, beside) in zip(rows, self._cells, strict=True):
            now.setText(str(row.now))
            beside.setText(str(row.beside))
        self._fit()
        self.restyle()

    def _lay_out(self, rows: tuple[ClaimRow, ...]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._cells = []
        for place, row in enumerate(rows):
            mark, sentence = QLabel(), label(str(row.sentence), wrap=True)
            now, beside = Readout("00.00 dB", "strong"), label("", "muted")
            mark.setFixedSize(16, 16)
            now.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            look = IconButton("search", say("Show where this can be seen"))
            look.clicked.connect(partial(self.look_wanted.emit, row.look))
            look.setEnabled(bool(row.look))
            for column, widget in enumerate((mark, sentence, now, beside, look)):
                why = f"{row.sentence}\n{row.why}"
                widget.setToolTip(look.toolTip() if widget is look else why)
                self._grid.addWidget(widget, place, column)
            self._cells.append((mark, now, beside))
        self._fit()

    def restyle(self) -> None:
        look = theme.current()
        for row, (mark, _, _) in zip(self._rows, self._cells, strict=False):
            name, colour = ("check", look.good) if row.reached else ("circle", look.muted)
            mark.setPixmap(theme.pixmap(name, 16, colour, self.devicePixelRatioF()))
            mark.setAccessibleName(say("reached") if row.reached else say("not reached yet"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        widest = max((beside.sizeHint().width() for _, _, beside in self._cells), default=0)
        longest = max((self.fontMetrics().horizontalAdvance(str(row.sentence)) for row in self._rows), default=0)
        for _, _, beside in self._cells:  # beside it the sentence would need a third line, for which there is no room
            beside.setVisible(self.width() >= max(theme.px(READABLE), longest // 2 + theme.px(200)) + widest)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._seen:
            self._seen = True
            self.section.set_open(self.window().height() >= ROOMY)
