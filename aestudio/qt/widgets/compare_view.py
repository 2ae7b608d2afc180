"""Two pictures of the same scene: over each other with a split to drag, or side by side, zoomed and moved together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from functools import partial

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from aestudio.core.ground.texts import say
from aestudio.qt import theme
from aestudio.qt.action import Action
from aestudio.qt.widgets import checkerboard
from aestudio.qt.widgets.painted import Painted
from aestudio.qt.widgets.pyramid import Pyramid

GRIP = 8
"""Pixels to each side of the split within which it can be dragged."""
MOST_ZOOM, STEP = 32.0, 1.25
NUDGE = 0.02
"""How far an arrow key moves the split, of the width; ten times less with Shift."""
PLAIN_FROM = 2.0
"""From this zoom on, pixels are drawn as squares."""


class CompareMode(Enum):
    SPLIT = 0
    SIDE_BY_SIDE = 1


class CompareView(Painted):
    """The left picture is the one before, the right one the one after.

    Mouse: the split is dragged, elsewhere dragging moves the pictures, the wheel zooms about the pointer, a double
    click fits; keys do what `own` says. While a region is being chosen, dragging draws it.
    """

    region_changed = Signal(QRect)
    """A rectangle of the picture's pixels that the person has drawn; empty where none is wanted."""
    zoomed = Signal(float)
    slack = -1
    """The split and a region follow the pointer from the first pixel on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent, name=say("Before and after"))
        self.setObjectName("compareView")
        self.setMouseTracking(True)
        self.setMinimumSize(theme.px(240), theme.px(180))
        self.left: Pyramid | None = None
        self.right: Pyramid | None = None
        self.names = ("", "")
        self._mode = CompareMode.SPLIT
        self._split = 0.5
        self._zoom = 1.0
        self._centre = QPointF()
        """The place of the picture that is in the middle of a pane."""
        self._fits = True
        self._only_left = False
        self._choosing = False
        self._region = QRect()
        self.own = self._keys()

    def _keys(self) -> tuple[Action, ...]:
        def split(by: float) -> Callable[[], None]:
            return lambda: self.set_split(self._split + by)

        def zoom(by: float) -> Callable[[], None]:
            return lambda: self.set_zoom(self._zoom * by)

        declared = (
            Action("onlyBefore", "Show the original alone", self._show_left, ("Space",)),
            Action("splitLeft", "Move the split to the left", split(-NUDGE), ("Left",)),
            Action("splitRight", "Move the split to the right", split(NUDGE), ("Right",)),
            Action("splitFineLeft", "Move the split a little to the left", split(-NUDGE / 10), ("Shift+Left",)),
            Action("splitFineRight", "Move the split a little to the right", split(NUDGE / 10), ("Shift+Right",)),
            Action("splitStart", "Move the split to the left edge", split(-1), ("Home",)),
            Action("splitEnd", "Move the split to the right edge", split(1), ("End",)),
            Action("zoomIn", "Zoom in", zoom(STEP), ("+", "=")),
            Action("zoomOut", "Zoom out", zoom(1 / STEP), ("-",)),
            Action("zoomFit", "Fit the whole picture in", self.fit, ("0",), possible=lambda: not self._fits),
            Action("zoomPixels", "Show every pixel as one", lambda: self.set_zoom(1.0), ("1",),
                possible=lambda: self._zoom != 1.0),
        )  # fmt: skip
        return tuple(replace(one, possible=partial(self._can, one.possible)) for one in declared)

    # -- what is shown -------------------------------------------------------------------------------------------------

    def set_pictures(self, left: QImage | None, right: QImage | None, names: tuple[str, str] = ("", "")) -> None:
        """Other pictures; where they have the size of those before, the place and the zoom stay."""
        before = self.picture_size()
        self.left = None if left is None or left.isNull() else Pyramid(left)
        self.right = None if right is None or right.isNull() else Pyramid(right)
        self.names = names
        if self.picture_size() != before:
            self._region = QRect()
            self.fit()
        self.update()

    def is_filled(self) -> bool:
        return self.left is not None

    def picture_size(self) -> QSize:
        """Of the left picture; empty where there is none."""
        return QSize() if self.left is None else self.left.size

    @property
    def mode(self) -> CompareMode:
        return self._mode

    def set_mode(self, mode: CompareMode) -> None:
        self._mode = mode
        if self._fits:
            self.fit()
        self.update()

    @property
    def split(self) -> float:
        """Where the split is, 0 at the left end of the picture that is seen and 1 at the right."""
        return self._split

    def set_split(self, split: float) -> None:
        self._split = min(1.0, max(0.0, split))
        self.setAccessibleDescription(say("Split at {percent:.0f} %", percent=100 * self._split))
        self.update()

    def split_within(self, left: float, right: float) -> None:
        """Into the middle of these columns of the picture, unless half of them or more are seen right of it already."""
        seen, split = self._seen(), self.split_x()
        ends = [self.to_widget(QPointF(x, 0)).x() for x in (left, right)]
        if not ends[0] <= split <= sum(ends) / 2:
            self.set_split((sum(ends) / 2 - seen.left()) / max(1.0, seen.width()))

    @property
    def zoom(self) -> float:
        """Pixels of the screen for one of the picture."""
        return self._zoom

    @property
    def centre(self) -> QPointF:
        return QPointF(self._centre)

    def set_zoom(self, zoom: float, about: QPointF | None = None) -> None:
        """`about` is a place in the widget that stays where it is."""
        place = about if about is not None else QPointF(self._pane(0).center())
        there = self.to_picture(place)
        self._zoom = min(MOST_ZOOM, max(min(self._fitting(), 1.0), zoom))
        self._fits = False
        self._centre += there - self.to_picture(place)
        self._keep_in_sight()
        self.zoomed.emit(self._zoom)
        self.update()

    def fit(self) -> None:
        """The whole picture, no larger than it is."""
        size = self.picture_size()
        self._zoom, self._fits = min(1.0, self._fitting()), True
        if max(size.width(), size.height()) < 256:  # a small one is looked at enlarged
            self._zoom = self._fitting()
        self._centre = QPointF(size.width() / 2, size.height() / 2)
        self.zoomed.emit(self._zoom)
        self.update()

    @property
    def region(self) -> QRect:
        return QRect(self._region)

    def set_choosing(self, choosing: bool) -> None:
        """Whether dragging draws a region."""
        self._choosing = choosing
        self.setCursor(Qt.CursorShape.CrossCursor if choosing else Qt.CursorShape.ArrowCursor)

    def set_region(self, region: QRect) -> None:
        """A rectangle of the picture's pixels, or none."""
        size = self.picture_size()
        self._region = region.normalized().intersected(QRect(QPoint(), size)) if size.isValid() else QRect()
        self.update()
        self.region_changed.emit(QRect(self._region))

    # -- places --------------------------------------------------------------------------------------------------------

    def to_picture(self, place: QPointF) -> QPointF:
        """A place of the widget as one of the picture."""
        return self._centre + (place - QPointF(self._pane(self._pane_at(place)).center())) / self._zoom

    def to_widget(self, place: QPointF, pane: int = 0) -> QPointF:
        """A place of the picture as one of the widget."""
        return QPointF(self._pane(pane).center()) + (place - self._centre) * self._zoom

    def _pane(self, which: int) -> QRect:
        if self._mode is CompareMode.SPLIT:
            return self.rect()
        half = (self.width() - theme.GRID // 2) // 2
        return QRect(0 if which == 0 else self.width() - half, 0, half, self.height())

    def _pane_at(self, place: QPointF) -> int:
        return int(self._mode is CompareMode.SIDE_BY_SIDE and place.x() > self.width() / 2)

    def _fitting(self) -> float:
        size, pane = self.picture_size(), self._pane(0)
        if size.isEmpty() or pane.isEmpty():
            return 1.0
        return min(MOST_ZOOM, pane.width() / size.width(), pane.height() / size.height())

    def _seen(self) -> QRectF:
        """The part of the pane that the picture covers."""
        size = self.picture_size()
        whole = QRectF(self.to_widget(QPointF()), self.to_widget(QPointF(size.width(), size.height())))
        return whole.intersected(QRectF(self._pane(0)))

    def split_x(self) -> float:
        """Where the split is drawn."""
        seen = self._seen()
        return seen.left() + self._split * seen.width()

    def _keep_in_sight(self) -> None:
        size = self.picture_size()
        for_x, for_y = (side / self._zoom / 2 for side in (self._pane(0).width(), self._pane(0).height()))

        def kept(at: float, half: float, length: int) -> float:
            return length / 2 if 2 * half >= length else min(max(at, half), length - half)

        self._centre = QPointF(
            kept(self._centre.x(), for_x, size.width()), kept(self._centre.y(), for_y, size.height())
        )

    # -- drawing -------------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        look, painter = theme.current(), QPainter(self)
        painter.fillRect(self.rect(), QColor(look.window))
        if self.left is None:
            return
        right = self.left if self._only_left or self.right is None else self.right
        if self._mode is CompareMode.SPLIT:
            self._draw(painter, self.left, self._pane(0), 0)
            if right is not self.left:
                x = self.split_x()
                painter.save()
                painter.setClipRect(QRectF(x, 0, self.width() - x, self.height()))
                self._draw(painter, right, self._pane(0), 0)
                painter.restore()
                self._draw_split(painter, x)
            self._name(painter, self.names[0], Qt.AlignmentFlag.AlignLeft, self._pane(0))
            if right is not self.left:
                self._name(painter, self.names[1], Qt.AlignmentFlag.AlignRight, self._pane(0))
        else:
            for which, (pyramid, name) in enumerate(((self.left, self.names[0]), (right, self.names[1]))):
                painter.save()
                painter.setClipRect(self._pane(which))
                self._draw(painter, pyramid, self._pane(which), which)
                painter.restore()
                self._name(painter, name, Qt.AlignmentFlag.AlignLeft, self._pane(which))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if not self._region.isEmpty():
            for colour, style in ((look.accent_text, Qt.PenStyle.SolidLine), (look.accent, Qt.PenStyle.DashLine)):
                painter.setPen(QPen(QColor(colour), 2, style))
                for which in range(2 if self._mode is CompareMode.SIDE_BY_SIDE else 1):
                    corners = (QPointF(self._region.topLeft()), QPointF(self._region.bottomRight() + QPoint(1, 1)))
                    painter.drawRect(QRectF(*(self.to_widget(corner, which) for corner in corners)))
        if self.hasFocus():
            painter.setPen(QPen(QColor(look.accent), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _draw(self, painter: QPainter, pyramid: Pyramid, pane: QRect, which: int) -> None:
        """Only what is seen of the picture."""
        image, reduced = pyramid.at(self._zoom)
        size = pyramid.size
        corners = (self._at(pane.topLeft(), which), self._at(pane.bottomRight() + QPoint(1, 1), which))
        seen = QRectF(*corners).intersected(QRectF(0, 0, size.width(), size.height())).toAlignedRect()
        # Whole pixels of the level that is drawn.
        left, top = seen.left() // reduced, seen.top() // reduced
        right, bottom = -(-(seen.right() + 1) // reduced), -(-(seen.bottom() + 1) // reduced)
        source = QRect(left, top, right - left, bottom - top).intersected(image.rect())
        if source.isEmpty():
            return
        x, y = size.width() / image.width(), size.height() / image.height()
        target = QRectF(
            self.to_widget(QPointF(source.left() * x, source.top() * y), which),
            self.to_widget(QPointF((source.right() + 1) * x, (source.bottom() + 1) * y), which),
        )
        if min(target.width(), target.height()) < 1:  # of a picture that is all but a line
            target = QRectF(target.toAlignedRect())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._zoom < PLAIN_FROM)
        if image.hasAlphaChannel():
            checkerboard.fill(painter, target)
        painter.drawImage(target, image, QRectF(source))

    def _at(self, place: QPoint, which: int) -> QPointF:
        return self._centre + (QPointF(place) - QPointF(self._pane(which).center())) / self._zoom

    def _draw_split(self, painter: QPainter, x: float) -> None:
        look = theme.current()
        for width, colour in ((4, "#000000"), (2, "#FFFFFF")):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(look.accent))
        painter.setPen(QPen(QColor("#FFFFFF"), 2))
        middle = QPointF(x, self.height() / 2)
        painter.drawEllipse(middle, 13, 13)
        for side in (-1, 1):
            tip, back = middle + QPointF(8 * side, 0), middle + QPointF(3 * side, 0)
            painter.drawPolyline([back + QPointF(0, -4), tip, back + QPointF(0, 4)])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _name(self, painter: QPainter, name: str, side: Qt.AlignmentFlag, pane: QRect) -> None:
        if not name:
            return
        metrics = painter.fontMetrics()
        half = pane.width() // 2 if self._mode is CompareMode.SPLIT else pane.width()
        words = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, half - 4 * theme.GRID)
        box = QRect(0, 0, metrics.horizontalAdvance(words) + 2 * theme.GRID, metrics.height() + theme.GRID)
        box.moveTopLeft(pane.topLeft() + QPoint(theme.GRID, theme.GRID))
        if side == Qt.AlignmentFlag.AlignRight:
            box.moveRight(pane.right() - theme.GRID)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 150))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(QColor("#FFFFFF"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    # -- the person ----------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fits:
            self.fit()
        else:
            self._keep_in_sight()

    def zoom_by(self, notches: float, at: QPointF) -> bool:
        self.set_zoom(self._zoom * STEP**notches, at)
        return True

    def press(self, at: QPointF) -> tuple[str, QPointF]:
        """What is dragged, and the place of the picture where that began."""
        what = "region" if self._choosing else "split" if self._on_split(at) else "picture"
        return what, self.to_picture(at)

    def drag(self, held: tuple[str, QPointF], at: QPointF, _moved: QPointF) -> None:
        what, start = held
        if what == "region":
            rectangle = QRectF(start, self.to_picture(at)).normalized().toAlignedRect()
            self._region = rectangle.intersected(QRect(QPoint(), self.picture_size()))
        elif what == "split":
            seen = self._seen()
            self.set_split((at.x() - seen.left()) / max(1.0, seen.width()))
        else:
            self._fits = False
            self._centre += start - self.to_picture(at)
            self._keep_in_sight()
        self.update()

    def drop(self, held: tuple[str, QPointF]) -> None:
        if held[0] == "region":
            few = min(self._region.width(), self._region.height()) < 4
            self.set_region(QRect() if few else self._region)

    def hover(self, at: QPointF) -> None:
        if not self._choosing:
            over = self.left is not None and self._on_split(at)
            self.setCursor(Qt.CursorShape.SplitHCursor if over else Qt.CursorShape.ArrowCursor)

    def show_all(self) -> None:
        self.fit()

    def _can(self, possible: Callable[[], bool]) -> bool:
        return self.is_filled() and possible()

    def _show_left(self) -> None:
        self._only_left = True
        self.update()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._only_left = False
            self.update()
        else:
            super().keyReleaseEvent(event)

    def _on_split(self, place: QPointF) -> bool:
        is_split = self._mode is CompareMode.SPLIT and self.right is not None
        return is_split and abs(place.x() - self.split_x()) <= GRIP + 5 * (abs(place.y() - self.height() / 2) < 13)
