"""A unit of the code among the others: its name, its slider, its value."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QPushButton, QScrollArea, QWidget

from aestudio.core.ground.texts import Text, say
from aestudio.core.run.events import Floats
from aestudio.qt import theme
from aestudio.qt.widgets.basics import Readout
from aestudio.qt.widgets.unit_slider import Mini, UnitSlider, written


class UnitRow:
    """Touches only what has changed: there are many rows, and every preview of a training comes to all of them."""

    def __init__(self, grid: QGridLayout, row: int, minis: tuple[Mini, Mini]) -> None:
        self.name, self.slider, self.value = QPushButton(), UnitSlider(), Readout(role="caption")
        self.name.setProperty("role", "unit")
        self.name.setCheckable(True)
        self.value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        low, high = minis
        self._widgets: tuple[QWidget, ...] = (self.name, low, self.slider, high, self.value)
        for column, widget in enumerate(self._widgets):
            grid.addWidget(widget, row, column)
        self._is_shown = True

    def show_row(self, shown: bool) -> None:
        """Whether there is a unit for it."""
        if shown != self._is_shown:
            self._is_shown = shown
            for widget in self._widgets:
                widget.setVisible(shown)

    def show_unit(self, short: str, said: Text, *, pinned: bool) -> None:
        """Which unit it is: how it is called in few letters and in words, and whether it is kept at the top."""
        self.name.setChecked(pinned)
        if self.name.text() == short and self.slider.accessibleName() == str(said):
            return
        self.name.setText(short)
        self.slider.setAccessibleName(str(said))
        self.name.setAccessibleName(say("Keep {unit} at the top", unit=said))
        self.name.setToolTip(say("{unit}: press to keep it at the top", unit=said))

    def show_span(self, low: float, high: float, own: float, through: Floats | None, finest: float) -> None:
        """The range of the slider and the value that the sample has; numbers are written for a span as fine as this."""
        self.slider.set_span(low, high, own, through)
        said = self.slider.accessibleName()

        def about() -> str:
            least, most, here = (written(one, finest) for one in (low, high, own))
            return say("{unit}: {low} to {high}; this sample has {own}", unit=said, low=least, high=most, own=here)

        self.slider.about = about

    def show_number(self, number: float, finest: float, *, moved: bool) -> None:
        """The value that the unit has now, and whether a person has put it there."""
        text = written(number, finest)
        if self.value.text() != text:
            self.value.setText(text)
        for one, role in ((self.name, "moved" if moved else "unit"), (self.value, "strong" if moved else "caption")):
            if one.property("role") != role:
                one.setProperty("role", role)
                theme.polish(one)


class UnitRows(QScrollArea):
    """Where the rows lie, one below the other."""

    def __init__(self, most: int, parent: QWidget | None = None) -> None:
        """`most` is how many there are at most."""
        super().__init__(parent)
        rows = QWidget()
        rows.setProperty("role", "plain")
        self.grid = QGridLayout(rows)
        self.grid.setContentsMargins(0, 0, theme.GRID, 0)
        self.grid.setHorizontalSpacing(theme.GRID // 2)
        self.grid.setVerticalSpacing(2)
        self.grid.setColumnStretch(2, 1)
        self.grid.setRowStretch(most, 1)
        self.setWidget(rows)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(say("Units of the code"))

    def least_width(self) -> int:
        """Without cutting any off."""
        rows = self.grid.minimumSize().width() if self.grid.count() else 0
        return rows + self.verticalScrollBar().sizeHint().width()
