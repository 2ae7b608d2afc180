"""Which settings and scores the table of runs has columns of, or groups by: all that its runs have, to be ticked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QListWidgetItem, QVBoxLayout, QWidget

from aestudio.core.ground.texts import DOT, listed, say
from aestudio.core.library import columns
from aestudio.core.library.asking import Facts
from aestudio.qt import theme
from aestudio.qt.widgets.basics import label
from aestudio.qt.widgets.run_chooser import Ticks

MOST_VALUES = 4
"""Different values that are told of a setting; of more, the first and the last."""


@dataclass(frozen=True)
class Offered:
    """A setting or score that some runs have."""

    path: str
    title: str
    name: str
    """As a search takes it."""
    values: tuple[str, ...]
    """All different ones, in order."""

    def told(self) -> str:
        """`Learning rate · learning_rate   0.001, 0.01`."""
        called = str(listed(dict.fromkeys([self.title, self.name]), DOT))
        if len(self.values) > MOST_VALUES:
            return f"{called}   {self.values[0]} … {self.values[-1]}"
        return f"{called}   {', '.join(self.values)}"

    def fits(self, words: Iterable[str]) -> bool:
        """Whether each of these is in its title or its path."""
        return all(word in _plain(f"{self.title} {self.path}") for word in words)


def offered(paths: Sequence[str], known: Iterable[Facts], naming: columns.Naming) -> list[Offered]:
    """What can be chosen, what differs between the runs first."""
    all_known = list(known)
    found = []
    for path in paths:
        values = sorted({facts[path] for facts in all_known if path in facts}, key=lambda one: columns.order(one) or ())
        written = tuple(naming.write(path, value) or "–" for value in values)
        found.append(Offered(path, naming.name(path, paths), columns.short(path, paths), written))
    return sorted(found, key=lambda one: len(one.values) < 2)


class FactChooser(QDialog):
    """Ticks of settings and scores; with `several` False a click or Enter chooses one."""

    def __init__(
        self, title: str, choices: Sequence[Offered], ticked: Iterable[str], parent: QWidget, *, several: bool = True
    ) -> None:
        super().__init__(parent)
        self.setObjectName("factChooser")
        self.setWindowTitle(title)
        self._choices, self._several = list(choices), several
        self._ticked = dict.fromkeys(ticked)
        self.search = QLineEdit()
        self.search.setPlaceholderText(say("Search settings and scores"))
        self.search.setAccessibleName(say("Search settings and scores"))
        self.search.setClearButtonEnabled(True)
        self.list = Ticks()
        self.list.setAccessibleName(say("Settings and scores"))
        column = QVBoxLayout(self)
        column.setSpacing(theme.GRID)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        column.addWidget(
            label(
                say("Behind each title is the name that the search takes. What differs between runs comes first."),
                "muted",
                wrap=True,
            )
        )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        buttons.button(QDialogButtonBox.StandardButton.Ok).setVisible(several)
        column.addWidget(buttons)
        self.search.textChanged.connect(self._fill)
        self.list.ticked.connect(self._tick)
        self._fill()

    def chosen(self) -> list[str]:
        """The paths that are ticked, in the order in which they were."""
        return list(self._ticked)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.search.hasFocus():
            self.list.setFocus()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(460), theme.px(520))

    @Slot()
    def _fill(self) -> None:
        words = _plain(self.search.text()).split()
        self.list.clear()
        for one in self._choices:
            if one.fits(words):
                item = QListWidgetItem(one.told())
                item.setData(Qt.ItemDataRole.UserRole, one.path)
                item.setToolTip(one.path)
                if self._several:
                    item.setCheckState(self._state(one.path))
                self.list.addItem(item)
        if self.list.count():
            self.list.setCurrentRow(0)

    def _state(self, path: str) -> Qt.CheckState:
        return Qt.CheckState.Checked if path in self._ticked else Qt.CheckState.Unchecked

    @Slot(QListWidgetItem)
    def _tick(self, item: QListWidgetItem) -> None:
        path = item.data(Qt.ItemDataRole.UserRole)
        if not self._several:
            self._ticked = {path: None}
            self.accept()
            return
        if path in self._ticked:
            del self._ticked[path]
        else:
            self._ticked[path] = None
        item.setCheckState(self._state(path))


def _plain(words: str) -> str:
    return words.casefold().replace("-", "_")
