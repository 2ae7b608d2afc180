"""Which settings and scores the table of runs has columns of, or groups by: all that its runs have, to be ticked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QListWidgetItem, QVBoxLayout, QWidget

from aestudio.core.ground.texts import say
from aestudio.core.library import columns
from aestudio.core.library.asking import Fact, Facts
from aestudio.qt import theme
from aestudio.qt.widgets.basics import label
from aestudio.qt.widgets.run_chooser import Ticks

MOST_VALUES = 4
"""Different values that are told of a setting; of more, the first and the last."""


@dataclass(frozen=True)
class Offered:
    """A setting or score that some runs have."""

    path: str
    name: str
    values: tuple[tuple[Fact, ...], ...]
    """All different ones, in order."""

    def told(self) -> str:
        """`learning_rate   0.001, 0.01`."""
        values = [columns.written(value) or "–" for value in self.values]
        few = values if len(values) <= MOST_VALUES else [values[0], "…", values[-1]]
        return f"{self.name}   {', '.join(few) if len(values) <= MOST_VALUES else ' '.join(few)}"


def offered(paths: Sequence[str], known: Iterable[Facts]) -> list[Offered]:
    """What can be chosen, what differs between the runs first."""
    all_known = list(known)
    found = []
    for path in paths:
        values = {facts[path] for facts in all_known if path in facts}
        found.append(
            Offered(
                path, columns.short(path, paths), tuple(sorted(values, key=lambda value: columns.order(value) or ()))
            )
        )
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
                say("These are the names that the search takes, too. What differs between runs comes first."),
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
        words = self.search.text().casefold().replace("-", "_").split()
        self.list.clear()
        for one in self._choices:
            if all(word in one.path for word in words):
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
