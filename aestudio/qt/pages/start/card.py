"""One recipe on the start page: a picture that it made, what it is, and how long it takes here."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

from aestudio.core.ground.texts import Text, say
from aestudio.core.run.recipes import Recipe
from aestudio.qt import theme
from aestudio.qt.widgets.basics import label
from aestudio.studio.start import about

WIDTH, HEIGHT, PICTURE = 220, 212, QSize(196, 79)


class Picture(QWidget):
    """A picture as large as it fits, its pixels sharp where there are few; read when it comes to be seen."""

    def __init__(self, path: Path | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self.setFixedSize(PICTURE)

    @cached_property
    def _pixmap(self) -> QPixmap:
        return QPixmap(str(self._path or ""))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        frame = QPainterPath()
        frame.addRoundedRect(QRectF(self.rect()), 4, 4)
        painter.setClipPath(frame)
        painter.fillRect(self.rect(), Qt.GlobalColor.black)
        if self._pixmap.isNull():
            return
        size = self._pixmap.size().scaled(PICTURE, Qt.AspectRatioMode.KeepAspectRatio)
        few = size.width() >= 2 * self._pixmap.width()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not few)
        left, top = (PICTURE.width() - size.width()) // 2, (PICTURE.height() - size.height()) // 2
        painter.drawPixmap(left, top, size.width(), size.height(), self._pixmap)


class RecipeCard(QPushButton):
    """Pressed, its recipe is chosen."""

    def __init__(self, recipe: Recipe, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.recipe = recipe
        self.setProperty("role", "tile")
        self.setObjectName(f"{recipe.name}Card")
        self.setAccessibleName(say(recipe.title))
        self.setAccessibleDescription(say(recipe.summary))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedWidth(WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Minimum)
        self.title = label(say(recipe.title), "heading", wrap=True)
        self.summary = label(say(recipe.summary), "caption", wrap=True)
        self.time = label("", "strong")
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(11, 11, 11, 9)
        column.setSpacing(theme.GRID // 2)
        for part in (Picture(recipe.picture), self.title, self.summary):
            column.addWidget(part)
        column.addStretch(1)
        column.addWidget(self.time)
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, max(HEIGHT, self._column.heightForWidth(WIDTH)))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def show_time(self, seconds: float | None) -> None:
        """How long a whole training takes on this machine; nothing where that is not known."""
        self.time.setText("" if seconds is None else say("{time} here", time=about(seconds)))
        self.time.setToolTip(say("The whole training on this machine, worked out from trainings that were done here"))
        description = Text("{summary} {time}", summary=Text(self.recipe.summary), time=self.time.text())
        self.setAccessibleDescription(str(description))
