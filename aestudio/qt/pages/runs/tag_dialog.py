"""The tags of one or several runs, to be typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QVBoxLayout, QWidget

from aestudio.core.ground.errors import LibraryError
from aestudio.core.ground.texts import say
from aestudio.core.library import tags
from aestudio.core.library.summary import Summary
from aestudio.qt import theme
from aestudio.qt.widgets.basics import Chip, FlowLayout, label
from aestudio.studio.runs.words import named

OFFERED = 20
"""Tags that other runs have, to be clicked."""


class TagDialog(QDialog):
    """The line holds what all of these runs have; what is taken out of it goes, what is typed comes, the rest stays."""

    def __init__(self, runs: Sequence[Summary], known: Iterable[str], parent: QWidget) -> None:
        """`known` are tags of other runs, those that are used most first."""
        super().__init__(parent)
        self.setObjectName("tagDialog")
        self.setWindowTitle(say("Tags of {runs}", runs=named(runs)))
        self._runs = list(runs)
        self._common = set.intersection(*(set(run.tags) for run in runs))
        self.box = QLineEdit(tags.line(sorted(self._common)))
        self.box.setObjectName("tagBox")
        self.box.setAccessibleName(say("Tags"))
        self.box.setPlaceholderText(say("Words with spaces between them, such as seeds chapter-3"))
        self.box.setClearButtonEnabled(True)
        self._problem = label("", "error", wrap=True)
        self._chips: dict[str, Chip] = {}
        offered = QWidget()
        flow = FlowLayout(offered, spacing=4)
        for tag in list(known)[:OFFERED]:
            chip = Chip(tag, theme.current().accent)
            chip.setAccessibleName(tag)
            chip.setToolTip(say("Put this tag on, or take it off"))
            chip.clicked.connect(self._put)
            self._chips[tag] = chip
            flow.addWidget(chip)
        column = QVBoxLayout(self)
        column.setSpacing(theme.GRID)
        column.addWidget(self.box)
        column.addWidget(offered)
        column.addWidget(label(say("The search finds them by tag:seeds"), "muted", wrap=True))
        column.addWidget(self._problem)
        column.addStretch(1)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column.addWidget(self.buttons)
        self.box.textChanged.connect(self._read)
        self._read()

    def typed(self) -> tuple[str, ...]:
        """What the line holds. Raises LibraryError with a sentence where it cannot be tags."""
        return tags.typed(self.box.text())

    def wanted(self) -> Mapping[int, tuple[str, ...]]:
        """Each run's tags from now on."""
        typed = set(self.typed())
        return {run.id: tuple(sorted(set(run.tags) - self._common | typed)) for run in self._runs}

    def sizeHint(self) -> QSize:
        return super().sizeHint().expandedTo(QSize(theme.px(420), 0))

    @Slot()
    def _read(self) -> None:
        try:
            there, problem = set(self.typed()), ""
        except LibraryError as error:
            there, problem = set(), str(error)
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not problem)
        for tag, chip in self._chips.items():
            chip.setChecked(tag in there)

    @Slot()
    def _put(self) -> None:
        """A click on a tag puts it into the line, or takes it out."""
        ticked = {tag for tag, chip in self._chips.items() if chip.isChecked()}
        try:
            words = [word for word in self.typed() if word not in self._chips or word in ticked]
        except LibraryError:
            words = self.box.text().split()  # no tag is ticked while the line cannot be read
        self.box.setText(tags.line([*words, *sorted(ticked - set(words))]))
        self._read()
