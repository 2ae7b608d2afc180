"""The letters of the equations in a row: each tells what it stands for, and points at where it is seen and set."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from aestudio.core.ground.texts import say
from aestudio.core.run.symbols import Symbol
from aestudio.qt.widgets.basics import FlowLayout, clear
from aestudio.qt.widgets.number_boxes import float_text


class Letter(QPushButton):
    """One symbol with its value, if it has one; the mouse over it or the focus on it asks for its places."""

    asked = Signal(bool)

    def __init__(self, symbol: Symbol, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "letter")
        self.show_symbol(symbol)
        self.setToolTip(str(symbol.meaning))
        self.setAccessibleName(symbol.letter)
        self.setAccessibleDescription(str(symbol.meaning))
        self.setCursor(Qt.CursorShape.WhatsThisCursor)

    def show_symbol(self, symbol: Symbol) -> None:
        """The same one, perhaps with another value."""
        self.symbol = symbol
        valued = say("{letter} = {value}", letter=symbol.letter, value=_short(symbol.value))
        self.setText(valued if symbol.path else symbol.letter)

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Enter, QEvent.Type.FocusIn):
            self.asked.emit(True)
        elif event.type() in (QEvent.Type.Leave, QEvent.Type.FocusOut, QEvent.Type.Hide):
            self.asked.emit(False)
        return super().event(event)


class SymbolLegend(QWidget):
    """A letter for each symbol; nothing is built anew while only values change."""

    asked = Signal(Symbol, bool)
    """A symbol, and whether its places are to be shown, or no longer."""
    explained = Signal()
    """The person wants to read more."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("symbolLegend")
        self.setAccessibleName(say("Symbols of the equations"))
        self.letters: list[Letter] = []
        self._row = FlowLayout(self, spacing=2)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_symbols(self, symbols: Sequence[Symbol]) -> None:
        """Others than before, or others of the same with other values."""
        if [one.symbol.same for one in self.letters] == [symbol.same for symbol in symbols]:
            for letter, symbol in zip(self.letters, symbols, strict=True):
                letter.show_symbol(symbol)
            return
        clear(self._row)
        self.letters = [Letter(symbol, self) for symbol in symbols]
        for letter in self.letters:
            letter.asked.connect(lambda on, letter=letter: self.asked.emit(letter.symbol, on))
            letter.clicked.connect(self.explained)
            self._row.addWidget(letter)
        self.updateGeometry()


def _short(value: object) -> str:
    return float_text(value) if isinstance(value, float) else str(value)
