"""The palette: type a few letters, and do, set or open what they name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QTreeWidget, QTreeWidgetItem, QWidget

from aestudio.core.ground.texts import in_english, say
from aestudio.core.run import recipes
from aestudio.qt import theme
from aestudio.qt.action import Action, shown
from aestudio.qt.widgets.basics import label
from aestudio.qt.widgets.layouts import in_column
from aestudio.studio.finding import Entry, Finder

if TYPE_CHECKING:
    from aestudio.qt.window import Window

MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
WIDTH, HEIGHT = 640, 420


class Palette(QDialog):
    """A field with a list below it. Enter does what is marked, arrows mark another, Esc leaves."""

    def __init__(self, found: Callable[[str], Sequence[Entry]], parent: QWidget) -> None:
        """`found` is asked whenever a letter is typed."""
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("palette")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(say("Find and do"))
        self._found, self._room = found, parent
        self._entries: Sequence[Entry] = ()
        self.field = QLineEdit()
        self.field.setAccessibleName(say("What to find"))
        self.field.setPlaceholderText(say("An action, a setting with its new value, a recipe, a file or a run"))
        self.field.installEventFilter(self)
        self.list = QTreeWidget()
        self.list.setAccessibleName(say("What was found"))
        self.list.setHeaderHidden(True)
        self.list.setColumnCount(2)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.header().setStretchLastSection(False)
        self.list.header().setSectionResizeMode(0, self.list.header().ResizeMode.Stretch)
        self.list.header().setSectionResizeMode(1, self.list.header().ResizeMode.ResizeToContents)
        self.nothing = label(say("Nothing goes by this name."), "caption")
        in_column(self.field, (self.list, 1), self.nothing, host=self).setContentsMargins(*[theme.GRID] * 4)
        self.field.textChanged.connect(self._list)
        self.list.itemActivated.connect(self._do_item)
        self.list.itemClicked.connect(self._do_item)
        self._list("")

    def sizeHint(self) -> QSize:
        room = self._room.size()
        return QSize(min(theme.px(WIDTH), room.width() - 4 * theme.GRID), min(theme.px(HEIGHT), room.height() - 80))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        room = self._room.rect()
        middle, top = self._room.mapToGlobal(room.center()).x(), self._room.mapToGlobal(room.topLeft()).y()
        self.move(middle - self.width() // 2, top + theme.px(60))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange:
            # Later: this comes while it is being hidden, too. Hidden within that, it would block the window's clicks.
            QTimer.singleShot(0, self, self._look_around)

    @Slot()
    def _look_around(self) -> None:
        if self.isVisible() and not self.isActiveWindow():
            self.reject()  # a click beside it

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in MOVES:
                self.list.keyPressEvent(event)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._do_item(self.list.currentItem())
                return True
        return super().eventFilter(watched, event)

    def shown(self) -> list[str]:
        """What is listed, in words."""
        return [entry.words for entry in self._entries]

    @Slot(str)
    def _list(self, typed: str) -> None:
        self._entries = self._found(typed)
        self.list.clear()
        for entry in self._entries:
            item = QTreeWidgetItem([entry.words, entry.beside])
            item.setToolTip(0, entry.words)
            self.list.addTopLevelItem(item)
        if (first := self.list.topLevelItem(0)) is not None:
            self.list.setCurrentItem(first)
        self.nothing.setVisible(not self._entries)

    @Slot(QTreeWidgetItem)
    def _do_item(self, item: QTreeWidgetItem | None) -> None:
        if item is None:
            return
        entry = self._entries[self.list.indexOfTopLevelItem(item)]
        if entry.do is None:
            self.field.setText(entry.completed)
            return
        self.accept()  # first: what is done may open a dialog
        entry.do()


def entries(actions: Sequence[Action], perform: Callable[[str], object]) -> list[Entry]:
    """What can be done now; `perform` is told the name."""
    can = [action for action in actions if action.can()]
    with in_english():  # whoever has read of it may know no other name
        names = [action.words() for action in can]
    return [
        Entry(
            action.words(),
            action.key() or say("action"),
            partial(perform, action.name),
            f"{shown(action.tip)} {name}",
        )
        for action, name in zip(can, names, strict=True)
    ]


def palette_of(window: Window) -> Palette:
    """Of everything that can be done in a window, set in it or opened by it."""

    def perform(name: str) -> None:
        window.action(name).trigger()

    finder = Finder(window.studio, lambda: [*recipes.everything().values()], lambda path: window.open_path(str(path)))
    offered = entries([one for one in window.menus.declared() if one.name != "find"], perform)
    return Palette(lambda typed: finder.found(typed, offered), window)
