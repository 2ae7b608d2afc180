"""The list of recipes on Explore: under their chapters, with the data and the time that each takes here."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QStandardItemModel
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from aestudio.core.data.source import Data
from aestudio.core.ground.texts import DOT, Text, listed, say
from aestudio.core.parts.slots import options
from aestudio.core.run import recipes
from aestudio.qt import theme
from aestudio.qt.widgets.elided import ElidedCombo
from aestudio.studio.start import Trained, about, estimates

HINT = Qt.ItemDataRole.UserRole + 1
"""What stands at the right of a recipe, in the theme's grey."""
GAP = 24
Index = QModelIndex | QPersistentModelIndex


class RecipeChooser(ElidedCombo):
    """Its data are the recipes' names. `runs` are asked whenever the list opens: they tell how fast this machine is."""

    def __init__(self, runs: Callable[[], Sequence[Trained]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolTip(say("A recipe fills every setting below; change any of them afterwards."))
        self._runs = runs
        self._names: dict[str, str] = {}
        self.setObjectName("recipeChooser")
        self.setAccessibleName(say("Recipe"))
        self.setMaxVisibleItems(30)
        self.setItemDelegate(_Hinted(self))
        self.fill()

    def fill(self) -> None:
        """With all recipes that there are now."""
        with QSignalBlocker(self):
            self.clear()
            self._add_all()

    def _add_all(self) -> None:
        for chapter, found in recipes.chapters(recipes.everything().values()).items():
            self.addItem(say(chapter))
            model = self.model()
            assert isinstance(model, QStandardItemModel)
            model.item(self.count() - 1).setFlags(Qt.ItemFlag.NoItemFlags)
            for recipe in found:
                self._names[recipe.title] = recipe.name
                self.addItem(say(recipe.title), recipe.name)
                self.setItemData(self.count() - 1, say(recipe.explanation), Qt.ItemDataRole.ToolTipRole)

    def show_title(self, title: str) -> None:
        """The recipe of this title, or a title that is no recipe's; in English, and nobody is told."""
        if title not in self._names and any(one.title == title for one in recipes.everything().values()):
            self.fill()  # one of the person's own that was not there before
        with QSignalBlocker(self):
            self.setCurrentIndex(self.findData(self._names[title]) if title in self._names else -1)
            self.setPlaceholderText(say(title))

    def showPopup(self) -> None:
        self.show_hints()
        super().showPopup()

    def show_hints(self) -> None:
        """The data and the time beside each recipe, as they are known now."""
        known = recipes.everything()
        times, sources = estimates(known.values(), self._runs()), options(Data)
        widest = 0
        for row in range(self.count()):
            recipe = known.get(self.itemData(row) or "")
            if recipe is None:
                continue
            said = [Text(sources[recipe.data].title)] if recipe.data in sources else []
            said += [about(times[recipe.name])] if recipe.name in times else []
            self.setItemData(row, str(listed(said, DOT)), HINT)
            widest = max(widest, self.fontMetrics().horizontalAdvance(self.itemText(row) + str(listed(said, DOT))))
        self.view().setMinimumWidth(widest + 2 * GAP + 4 * theme.GRID)


class _Hinted(QStyledItemDelegate):
    """Chapters in bold grey, recipes a little to the right of them, their hints at the right edge."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        if not index.flags() & Qt.ItemFlag.ItemIsEnabled:
            option.font.setBold(True)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        if said := index.data(HINT):
            painter.save()
            painter.setPen(QColor(theme.current().muted))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(option.rect.adjusted(0, 0, -theme.GRID, 0), right, said)
            painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return super().sizeHint(option, index).expandedTo(QSize(0, 26))
