"""The narrow strip at the left edge by which a person goes from page to page."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from aestudio.core.ground.texts import say
from aestudio.qt import theme

WIDTH = 68
STEPS: dict[int, int] = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_Home: -99, Qt.Key.Key_End: 99}


class Rail(theme.Themed, QFrame):
    """One button a page, of which exactly one holds: the Tab key goes to that one, arrow keys on to the others."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.setProperty("role", "rail")
        self.setAccessibleName(say("Pages"))
        self.setFixedWidth(theme.px(WIDTH))
        self._icons: list[str] = []
        self._group = QButtonGroup(self)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(4, theme.GRID, 4, theme.GRID)
        self._column.setSpacing(4)
        self._column.addStretch(1)
        self._group.idToggled.connect(self._toggled)

    def add(self, title: str, icon: str, tip: str) -> None:
        """One more page below the others; `title` in English."""
        shown = say(title)
        button = QToolButton()
        button.setText(shown)
        button.setObjectName(f"{title.lower()}PageButton")
        button.setAccessibleName(say("{page} page", page=shown))
        button.setToolTip(tip)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setIconSize(QSize(theme.px(22), theme.px(22)))
        button.setCheckable(True)
        button.setProperty("role", "rail")
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.setMinimumHeight(theme.px(56))
        button.installEventFilter(self)
        self._group.addButton(button, len(self._icons))
        self._column.insertWidget(len(self._icons), button)
        self._icons.append(icon)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setChecked(len(self._icons) == 1)
        self._paint(len(self._icons) - 1)

    def choose(self, index: int) -> None:
        """Goes to a page."""
        self._group.button(index).setChecked(True)

    def titles(self) -> list[str]:
        """The pages from the top down."""
        return [button.text() for button in self._group.buttons()]

    def index(self) -> int:
        """The page that is shown."""
        return self._group.checkedId()

    def _toggled(self, index: int, on: bool) -> None:
        self.restyle()
        if on:
            had = any(button.hasFocus() for button in self._group.buttons())
            for button in self._group.buttons():
                button.setFocusPolicy(Qt.FocusPolicy.TabFocus if button.isChecked() else Qt.FocusPolicy.NoFocus)
            if had:  # else the frame of the focus would stay on another page's
                self._group.button(index).setFocus()
            self.chosen.emit(index)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() in STEPS:
            last = len(self._icons) - 1
            self.choose(min(max(self.index() + STEPS[event.key()], 0), last))
            return True
        return super().eventFilter(watched, event)

    def restyle(self) -> None:
        for index in range(len(self._icons)):
            self._paint(index)

    def _paint(self, index: int) -> None:
        button = self._group.button(index)
        button.setIcon(theme.icon(self._icons[index], theme.current().accent if button.isChecked() else None))
