"""Below the picture: which page of its file is seen, and which values are black and white."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QSlider, QVBoxLayout, QWidget

from aestudio.core.denoise.files.axis import ONE_OF, TITLES, says_itself
from aestudio.core.ground.texts import say
from aestudio.core.parts.slots import Knob
from aestudio.qt import theme
from aestudio.qt.pages.denoise.levels_bar import LevelsBar
from aestudio.qt.widgets.basics import TextButton, label
from aestudio.qt.widgets.elided import ElidedCombo
from aestudio.qt.widgets.layouts import holder, in_row
from aestudio.qt.widgets.number_boxes import FloatBox
from aestudio.studio.denoise.looks import histogram_of

if TYPE_CHECKING:
    from aestudio.studio.denoise.entries import DeskEntry


class LooksPanel(QWidget):
    """Nothing of it is seen for a picture of one page and 8 bits."""

    page_asked = Signal(int)
    levels_asked = Signal(float, float)
    found_asked = Signal()
    """Black and white are to be found again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counted: object = None
        self._entry: DeskEntry | None = None
        self.pages = QSlider(Qt.Orientation.Horizontal)
        self.pages.setObjectName("pageSlider")
        self.pages.setAccessibleName(say("Page of the file"))
        self.pages.setTracking(False)
        self.page = label("", "caption")
        self.page.setMinimumWidth(theme.px(96))
        self.axis = ElidedCombo()
        self.axis.setAccessibleName(say("What the pages are"))
        self.axis.setToolTip(say("The file does not say what its pages are; say it, and the file that is saved does"))
        for axis, title in TITLES.items():
            self.axis.addItem(str(title), axis)
        self.bar = LevelsBar()
        self.black, self.white = self._box(say("Black")), self._box(say("White"))
        self.auto = TextButton(say("Find"), say("Find black and white among the values"))
        self._pages = holder(in_row(self.page, (self.pages, 1), self.axis))
        self._levels = holder(in_row((self.bar, 1), self.black, self.white, self.auto))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID // 2)
        for row in (self._pages, self._levels):
            column.addWidget(row)
        self.pages.valueChanged.connect(self.page_asked)
        self.axis.activated.connect(self._choose_axis)
        self.pages.sliderMoved.connect(self._say_page)
        self.bar.moved.connect(self.levels_asked)
        self.black.edited.connect(self._ask_levels)
        self.white.edited.connect(self._ask_levels)
        self.auto.clicked.connect(self.found_asked)
        self.show_entry(None, can=False)

    def _box(self, name: str) -> FloatBox:
        made = FloatBox(Knob("levels", name, 0.0, float, None, None, "", "", "", live=False, log=False, decides=False))
        made.setAccessibleName(name)
        made.setToolTip(say("The value of the file that is shown as {end}", end=name.lower()))
        made.setMinimumWidth(theme.px(88))
        return made

    def show_entry(self, entry: DeskEntry | None, *, can: bool) -> None:
        """The chosen picture; `can` is whether its page and levels can be changed now."""
        pages = 1 if entry is None else entry.pages
        self._pages.setVisible(pages > 1)
        has_levels = entry is not None and entry.picture.levels is not None
        self._levels.setVisible(has_levels)
        self.setVisible(pages > 1 or has_levels)
        self.setEnabled(can)
        if entry is None:
            return
        with QSignalBlocker(self.pages):
            self.pages.setRange(0, pages - 1)
            self.pages.setValue(entry.page)
        self.axis.setVisible(not says_itself(entry.picture))
        self.axis.setCurrentIndex(self.axis.findData(entry.axis))
        self._entry = entry
        self._say_page(entry.page)
        if has_levels and self._counted is not entry.picture:
            self._counted = entry.picture
            black, white = entry.picture.black_and_white
            self.bar.show_levels(histogram_of(entry.picture), (black, white))
            self.black.set_value(black)
            self.white.set_value(white)

    def _say_page(self, page: int) -> None:
        one_of = ONE_OF[self._entry.axis if self._entry is not None else "pages"]
        self.page.setText(say(one_of.template, page=page + 1, pages=self.pages.maximum() + 1))

    def _choose_axis(self) -> None:
        if self._entry is not None:
            self._entry.axis = self.axis.currentData()
            self._say_page(self.pages.value())

    def _ask_levels(self, _value: object) -> None:
        black, white = self.black.value(), self.white.value()
        if black < white:
            self.levels_asked.emit(black, white)
