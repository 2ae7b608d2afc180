"""Draws a run's row. Straight to the painter, without a style sheet's help: a screenful is drawn in a few ms."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from aestudio.core.ground.texts import say
from aestudio.core.library.summary import NOT_SCORED, Summary
from aestudio.core.library.tiles import GAP, TILE
from aestudio.qt import theme
from aestudio.qt.pages.runs.model import RIGHT, TEXTS, RunModel
from aestudio.qt.pages.runs.thumbnails import Thumbnails
from aestudio.studio.runs.rows import Column
from aestudio.studio.runs.words import NONE, first_line, state_text, steps

Index = QModelIndex | QPersistentModelIndex
PADDING = 8
PICTURES = 2 * TILE + GAP
ROW = PICTURES + PADDING
"""The height of a row in its normal size: its pictures and 4 pixels above and below them."""
ARROW = 18
"""Pixels at the right of a value: as many as its heading has for the mark of the column that is sorted by."""
HEAD = 28
"""Pixels of the heading of a group, above its first row, in its normal size."""
STAR = 18
EDITOR = 360
"""Pixels that a title can be typed in."""
FADED_DATA = frozenset({Column.DATA, Column.VARIANT, Column.PARAMETERS, Column.TRAINED, Column.SPENT})
"""Columns that are written in grey, so that title and scores are seen first."""


def row_height() -> int:
    """Of a row as large as everything is now: three lines of letters fit, and pictures keep their pixels."""
    return theme.px(ROW)


def head_height() -> int:
    """Of a group's heading as large as everything is now."""
    return theme.px(HEAD)


def state_colours() -> dict[str, str]:
    """What each state is told in."""
    look = theme.current()
    return {
        "training": look.accent,
        "completed": look.good,
        "stopped": look.muted,
        "failed": look.bad,
        "interrupted": look.warning,
    }


class RunDelegate(QStyledItemDelegate):
    """One for the whole table. `restyle` after the theme or the font changed, `begin_frame` before each redraw."""

    def __init__(self, thumbnails: Thumbnails, parent: QWidget) -> None:
        super().__init__(parent)
        self._owner = parent
        self._thumbnails = thumbnails
        self._current = -1
        self.restyle()

    def restyle(self) -> None:
        look = theme.current()
        self._plain = QFont(self._owner.font())
        self._bold = QFont(self._plain)
        self._bold.setWeight(QFont.Weight.DemiBold)
        self._small = QFont(self._plain)
        self._small.setPointSizeF(self._plain.pointSizeF() * 0.92)
        self._metrics = {id(font): QFontMetrics(font) for font in (self._plain, self._bold, self._small)}
        self._text, self._muted, self._line = QColor(look.text), QColor(look.muted), QColor(look.line)
        self._accent = QColor(look.accent)
        self._ground = QColor(look.surface)
        self._chosen = QColor(look.tint(look.accent, 0.14))
        self._states = {
            state: (QColor(colour), QColor(look.tint(colour, 0.14))) for state, colour in state_colours().items()
        }
        ratio = self._owner.devicePixelRatioF()
        self._stars = {
            True: theme.pixmap("star-full", STAR, look.series[4], ratio),
            False: theme.pixmap("star", STAR, theme.mix(look.surface, look.muted, 0.45), ratio),
        }

    def begin_frame(self, current: int) -> None:
        """`current` is the row that the keyboard is at, -1 where that is elsewhere."""
        self._current = current
        self._thumbnails.begin_frame()

    # -- drawing -------------------------------------------------------------------------------------------------------

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, RunModel)
        row = index.row()
        if model.folded_at(row) is not None:  # its heading is all there is
            return
        run = model.run(row)
        cell: QRect = option.rect.adjusted(0, HEAD if row in model.heads() else 0, 0, 0)
        path = model.fact_at(index.column())
        column = None if path else Column(index.column())
        state: QStyle.StateFlag = option.state
        painter.fillRect(cell, self._chosen if state & QStyle.StateFlag.State_Selected else self._ground)
        painter.fillRect(cell.left(), cell.bottom(), cell.width(), 1, self._line)
        if column is Column.STAR:
            if row == self._current:
                painter.fillRect(cell.left(), cell.top(), 3, cell.height() - 1, self._accent)
            x = cell.left() + (cell.width() - STAR) // 2
            painter.drawPixmap(x, cell.top() + (cell.height() - STAR) // 2, self._stars[run.starred])
        elif column is Column.PICTURE:
            self._draw_picture(painter, cell, run)
        elif column is Column.TITLE:
            chosen = bool(state & QStyle.StateFlag.State_Selected)
            self._draw_title(painter, cell.adjusted(PADDING, 0, -PADDING, 0), run, chosen, model.apart(run))
        elif column is None:
            said, side = model.fact_text(run, path), Qt.AlignmentFlag.AlignRight
            colour = self._muted if said == NONE else self._text
            self._write(painter, cell.adjusted(PADDING, 0, -ARROW, 0), said, self._plain, colour, side)
        else:
            self._draw_value(painter, cell.adjusted(PADDING, 0, -ARROW, 0), run, column)

    def _draw_picture(self, painter: QPainter, cell: QRect, run: Summary) -> None:
        """As many whole pairs of images as there is room for."""
        picture = self._thumbnails.of(run)
        if picture is None:
            return
        x, y = cell.left() + PADDING // 2, cell.top() + (cell.height() - PICTURES) // 2
        pairs = max(1, (cell.width() - PADDING // 2 + GAP) // (TILE + GAP))
        width = min(picture.width(), pairs * (TILE + GAP) - GAP)
        painter.drawPixmap(x, y, picture, 0, 0, width, picture.height())

    def _draw_title(self, painter: QPainter, cell: QRect, run: Summary, chosen: bool, apart: str) -> None:
        """The title; what tells it apart and the note's first line, or more of the title; the state and the tags."""
        note = " · ".join(said for said in (apart, first_line(run.note)) if said)
        title, more = (run.named, "") if note else self._in_two(run.named, cell.width())
        line = self._metrics[id(self._plain)].height()
        y = cell.top() + (cell.height() - line * (3 if note or more else 2) - 8) // 2
        self._write(painter, QRect(cell.left(), y, cell.width(), line), title, self._bold, self._text)
        y += line + 2
        if note or more:
            font, colour = (self._small, self._muted) if note else (self._bold, self._text)
            self._write(painter, QRect(cell.left(), y, cell.width(), line), note or more, font, colour)
            y += line
        y += 4
        colour, ground = self._states[run.state]
        said = state_text(run)
        metrics = self._metrics[id(self._small)]
        badge = QRectF(cell.left(), y, metrics.horizontalAdvance(said) + 14, metrics.height() + 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._ground if chosen else ground)
        painter.drawRoundedRect(badge, badge.height() / 2, badge.height() / 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setFont(self._small)
        painter.setPen(colour)
        painter.drawText(badge, int(Qt.AlignmentFlag.AlignCenter), said)
        after = round(badge.right()) + PADDING
        number = QRect(after, y, cell.right() - after, badge.toRect().height())
        self._write(painter, number, f"#{run.id}", self._small, self._muted)
        if run.tags:
            beside = metrics.horizontalAdvance(f"#{run.id}") + PADDING
            self._write(painter, number.adjusted(beside, 0, 0, 0), " ".join(run.tags), self._small, self._accent)

    def _in_two(self, title: str, width: int) -> tuple[str, str]:
        """As many words of a title as fit a line, and the rest."""
        metrics = self._metrics[id(self._bold)]
        if metrics.horizontalAdvance(title) <= width:
            return title, ""
        words = title.split()
        fits = [at for at in range(1, len(words)) if metrics.horizontalAdvance(" ".join(words[:at])) <= width]
        at = fits[-1] if fits else len(words)
        return " ".join(words[:at]), " ".join(words[at:])

    def _draw_value(self, painter: QPainter, cell: QRect, run: Summary, column: Column) -> None:
        said = TEXTS[column](run)
        if column is Column.PSNR and run.psnr is not None:
            said = say("{psnr:.2f} dB", psnr=run.psnr)
        side = Qt.AlignmentFlag.AlignRight if column in RIGHT else Qt.AlignmentFlag.AlignLeft
        faded = column in FADED_DATA or said in (NONE, str(NOT_SCORED))
        colour = self._muted if faded else self._text
        if column is Column.EPOCHS:
            line = self._metrics[id(self._plain)].height()
            above = QRect(cell.left(), cell.center().y() - line, cell.width(), line)
            self._write(painter, above, said, self._plain, colour, side)
            self._write(painter, above.translated(0, line), steps(run), self._small, self._muted, side)
        elif column is Column.VARIANT:
            self._write_wrapped(painter, cell, said, colour)
        else:
            self._write(painter, cell, said, self._plain, colour, side)

    def _write_wrapped(self, painter: QPainter, cell: QRect, said: str, colour: QColor) -> None:
        """What is listed with commas, in up to three lines."""
        line = self._metrics[id(self._plain)].height()
        lines = said.split(", ")
        lines = lines if len(lines) <= 3 else [*lines[:2], ", ".join(lines[2:])]
        y = cell.top() + (cell.height() - line * len(lines)) // 2
        for at, text in enumerate(lines):
            self._write(painter, QRect(cell.left(), y + at * line, cell.width(), line), text, self._plain, colour)

    def _write(
        self,
        painter: QPainter,
        room: QRect,
        text: str,
        font: QFont,
        colour: QColor,
        side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    ) -> None:
        metrics = self._metrics[id(font)]
        if metrics.horizontalAdvance(text) > room.width():
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.setFont(font)
        painter.setPen(colour)
        painter.drawText(room, int(side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine), text)

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(120, row_height())

    # -- typing another title ------------------------------------------------------------------------------------------

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, _index: Index) -> QWidget:
        box = QLineEdit(parent)
        box.setObjectName("titleEditor")
        box.setAccessibleName(say("Title of the run"))
        return box

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        if isinstance(editor, QLineEdit):
            editor.setText(str(index.data(Qt.ItemDataRole.EditRole)))
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        if isinstance(editor, QLineEdit):
            model.setData(index, editor.text())

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        """Over the title and the note, and wider than the column where a title could not be read in it."""
        model = index.model()
        assert isinstance(model, RunModel)
        cell: QRect = option.rect.adjusted(0, head_height() if index.row() in model.heads() else 0, 0, 0)
        room = self._owner.width() - cell.left() - 2 * PADDING
        width = max(cell.width(), min(EDITOR, room)) - 4
        editor.setGeometry(cell.left() + 2, cell.top() + 6, width, max(editor.sizeHint().height(), cell.height() // 2))
