"""A map of codes: every image a dot, drawn as one picture however many there are; thumbnails where there is room."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QWidget

from aestudio.core.ground.texts import Text
from aestudio.core.latent.lasso import inside
from aestudio.core.latent.plane import Window
from aestudio.core.run.events import Floats
from aestudio.qt import theme
from aestudio.qt.action import Action
from aestudio.qt.images import packed, packed_to_qimage
from aestudio.qt.pages.latent.marks import Marks, draw_points, draw_prior
from aestudio.qt.pages.latent.thumbnails import FRAME, SIDE, Images, Thumbnails
from aestudio.qt.widgets.image_canvas import NOTCH
from aestudio.qt.widgets.painted import Painted, arrows

STEP = 40
"""An arrow key moves the place by this part of what is shown."""
DOTS = ((3_000, 4), (20_000, 3), (10**12, 2))
"""Up to so many dots have sides of so many pixels."""
WIDEST, DEEPEST = 4.0, 1 / 400
"""How much may be shown, over what is shown at first."""

PULLED = (
    Text("Pull the selection to the left"),
    Text("Pull the selection to the right"),
    Text("Pull the selection up"),
    Text("Pull the selection down"),
)
FADED = 0.8
"""How much of the ground shows through dots and thumbnails that are not selected, where some are."""


class MapView(Painted):
    """The wheel zooms, dragging pans, a double click or Esc shows all. The place under the pointer, or where the arrow
    keys have gone, is told. Dragging with Shift, or as a lasso, selects what is inside, and so does a rectangle that
    arrow keys with Shift pull open.
    """

    pointed = Signal(float, float)
    """x and y of a place on the plane."""
    selected = Signal(np.ndarray)
    """Which dots are selected now, int64, ascending."""

    def __init__(self, name: str, empty_text: str, parent: QWidget | None = None) -> None:
        super().__init__(empty_text, parent, name=name)
        self.setMouseTracking(True)
        self._places: Floats | None = None
        self._colours: NDArray[np.uint8] = np.zeros((0, 3), np.uint8)
        self._packed = np.zeros(0, np.uint32)
        """The same colours, one number each."""
        self._marks = Marks()
        self._whole = self._window = Window(0.0, 0.0, 1.0)
        self._at: tuple[float, float] | None = None
        self._thumbnails: Thumbnails | None = None
        self._still: QPixmap | None = None
        """All that stays as it is while the pointer moves: dots, marks and thumbnails."""
        self._drawn: list[tuple[int, QPointF, QImage]] = []
        """The thumbnails on it: the dot, the upper left corner, the image."""
        self._selection: NDArray[np.int64] = np.zeros(0, np.int64)
        self.lasso = False
        """Dragging selects, without Shift too."""
        self._line: list[tuple[float, float]] = []
        """The lasso, on the plane, while it is drawn."""
        self._selecting = False
        self._corner: tuple[float, float] | None = None
        """Where the rectangle of the keys began."""
        self.own = (
            *arrows(self._step, self._point_at),
            *(
                replace(one, name=f"select{one.name[2:]}", text=text, keys=(f"Shift+{one.keys[0]}",))
                for one, text in zip(arrows(self._step, self._pull), PULLED, strict=True)
            ),
            Action(
                "turnNearest",
                "Select the nearest dot, or no longer",
                self._turn_nearest,
                ("Space",),
                possible=lambda: self.is_filled() and self._at is not None,
            ),
            Action(
                "selectNone",
                "Select nothing",
                self.select_none,
                ("Del", "Backspace"),
                possible=lambda: len(self._selection) > 0,
            ),
            Action("wholeMap", "Show the whole map", self.show_all, ("Esc",), possible=self._is_moved),
            Action("zoomIn", "Zoom in", lambda: self._zoom_middle(1), ("+",), possible=self.is_filled),
            Action("zoomOut", "Zoom out", lambda: self._zoom_middle(-1), ("-",), possible=self.is_filled),
        )

    def show_map(
        self, places: Floats | None, colours: NDArray[np.uint8], whole: Window, marks: Marks | None = None
    ) -> None:
        """Places [N, 2] in colours [N, 3]. What is zoomed stays so."""
        moved = self._is_moved()
        if places is None or (self._places is not None and len(places) != len(self._places)):
            self._selection = np.zeros(0, np.int64)
        self._places, self._colours, self._marks = places, colours, marks or Marks()
        self._packed = packed(colours)
        self._whole = whole
        if not moved or places is None:
            self._window = whole
        self._renew()

    def is_within(self, place: tuple[float, float]) -> bool:
        """Whether a place of the plane is in sight where all is shown."""
        wide = self.width() / max(1, min(self.width(), self.height()))
        high = self.height() / max(1, min(self.width(), self.height()))
        across, up = abs(place[0] - self._whole.x), abs(place[1] - self._whole.y)
        return across <= self._whole.half * wide and up <= self._whole.half * high

    def leave(self) -> None:
        """The next map is another one: shows all, and no place is pointed at."""
        self._at = self._corner = None
        self.show_all()
        self.update()

    def selection(self) -> NDArray[np.int64]:
        """The dots that are selected, ascending."""
        return self._selection

    def select(self, chosen: NDArray[np.int64]) -> None:
        """These dots and no others."""
        if not np.array_equal(chosen, self._selection):
            self.show_selection(chosen)
            self.selected.emit(chosen)

    def select_none(self) -> None:
        """Lets go of all dots."""
        self._corner = None
        self.select(np.zeros(0, np.int64))

    def show_selection(self, chosen: NDArray[np.int64]) -> None:
        """As `select`, without saying so."""
        self._selection = chosen
        self._renew()

    def show_thumbnails(self, images: Images | None) -> None:
        """Images in the place of dots, as many as do not overlap; None for none."""
        self._thumbnails = None if images is None else Thumbnails(images)
        self._renew()

    def is_filled(self) -> bool:
        return self._places is not None

    def window_shown(self) -> Window:
        """The part of the plane that is shown."""
        return self._window

    def place(self) -> tuple[float, float] | None:
        """The last one that was told."""
        return self._at

    def _renew(self) -> None:
        self._still = None
        self.update()

    # -- geometry ------------------------------------------------------------------------------------------------------

    def _scale(self) -> float:
        """Pixels for 1."""
        return max(1.0, min(self.width(), self.height()) - 4.0) / (2 * self._window.half)

    def at(self, places: Floats) -> Floats:
        """Where places [N, 2] lie in the widget; y goes up."""
        scale = np.float32(self._scale())
        away = (places - np.array((self._window.x, self._window.y), np.float32)) * np.array((scale, -scale))
        shown: Floats = away + np.array((self.width() / 2, self.height() / 2), np.float32)
        return shown

    def place_at(self, position: QPointF) -> tuple[float, float]:
        """The place of the plane at a pixel."""
        scale = self._scale()
        return (
            self._window.x + (position.x() - self.width() / 2) / scale,
            self._window.y - (position.y() - self.height() / 2) / scale,
        )

    # -- drawing -------------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.draw_ground(painter, QRectF(self.rect()).adjusted(8, 8, -8, -8))
        if self._places is None:
            return
        painter.setClipRect(self.rect().adjusted(2, 2, -2, -2))
        wanted = self.size() * self.devicePixelRatio()
        if self._still is None or self._still.size() != wanted:
            self._still = QPixmap(wanted)
            self._still.setDevicePixelRatio(self.devicePixelRatio())
            self._draw_still(self._still)
        painter.drawPixmap(0, 0, self._still)
        look = theme.current()
        if line := self._line or self._rectangle():
            painter.setPen(QPen(QColor(look.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolygon(QPolygonF([QPointF(*one) for one in self.at(np.array(line, np.float32))]))
        if self._at is not None:
            x, y = self.at(np.array([self._at], np.float32))[0]
            painter.setPen(QPen(QColor(look.text), 1))
            painter.drawLine(QPointF(x - 9, y), QPointF(x + 9, y))
            painter.drawLine(QPointF(x, y - 9), QPointF(x, y + 9))

    def _draw_still(self, ground: QPixmap) -> None:
        assert self._places is not None
        painter = QPainter(ground)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.font())
        painter.drawImage(0, 0, self._dots())
        draw_prior(painter, self._marks, self.at, self._scale())
        if self._thumbnails is not None:
            origin = self.at(np.zeros((1, 2), np.float32))[0]
            self._drawn = self._thumbnails.of(self.at(self._places), origin, self.width(), self.height())
            bright = self._is_chosen() if len(self._selection) else np.ones(len(self._places), bool)
            for dot, corner, image in self._drawn:
                painter.setOpacity(1 if bright[dot] else 1 - FADED)
                room = QRectF(corner.x(), corner.y(), SIDE, SIDE).adjusted(1, 1, -1, -1)
                painter.fillRect(room, QColor(int(self._packed[dot])))  # its frame is as the dot would be
                painter.drawImage(room.adjusted(FRAME, FRAME, -FRAME, -FRAME), image)
            painter.setOpacity(1)
        draw_points(painter, self._marks, self.at, self.width())
        painter.end()

    def _dots(self) -> QImage:
        """All dots as one picture, the smaller the more there are; later ones above, selected ones above all."""
        assert self._places is not None
        width, height, scale = self.width(), self.height(), np.float32(self._scale())
        size = next(size for most, size in DOTS if len(self._places) <= most)
        pixels = np.full(height * width, self._ground(), np.uint32)
        across = (self._places[:, 0] - np.float32(self._window.x)) * scale + np.float32(width / 2 - 1)
        down = (np.float32(self._window.y) - self._places[:, 1]) * scale + np.float32(height / 2 - 1)
        seen = (across >= 0) & (down >= 0) & (across < width - size) & (down < height - size)
        chosen = self._is_chosen()
        for above in (False, True) if len(self._selection) else (False,):
            which = np.flatnonzero(seen & (chosen == above))
            place = down[which].astype(np.int32) * width + across[which].astype(np.int32)
            colours = self._colours_of(which, faded=len(self._selection) > 0 and not above)
            for right in range(size):
                for below in range(size):
                    pixels[place + (below * width + right)] = colours
        return packed_to_qimage(pixels.reshape(height, width))

    def _is_chosen(self) -> NDArray[np.bool_]:
        """Of each dot whether it is selected."""
        assert self._places is not None
        chosen = np.zeros(len(self._places), bool)
        chosen[self._selection] = True
        return chosen

    def _ground(self) -> int:
        return QColor(theme.current().surface).rgb()

    def _colours_of(self, which: NDArray[np.int64], *, faded: bool) -> NDArray[np.uint32]:
        """Of some dots; faded, much of the ground shows through."""
        if not faded:
            return self._packed[which]
        colour = QColor(theme.current().surface)
        ground = np.array([colour.red(), colour.green(), colour.blue()], np.float32)
        return packed(((1 - FADED) * self._colours[which] + FADED * ground).astype(np.uint8))

    def restyle(self) -> None:
        self._renew()

    def sizeHint(self) -> QSize:
        return QSize(480, 480)

    # -- mouse and keys ------------------------------------------------------------------------------------------------

    def _point_at(self, place: tuple[float, float]) -> None:
        self._at, self._corner = place, None
        self.update()
        self.pointed.emit(*place)

    def hover(self, at: QPointF) -> None:
        if self.is_filled():
            self._point_at(self.place_at(at))

    def click(self, at: QPointF) -> None:
        self._point_at(self.place_at(at))

    def zoom_by(self, notches: float, at: QPointF) -> bool:
        half = self._window.half / NOTCH**notches
        half = min(max(half, self._whole.half * DEEPEST), self._whole.half * WIDEST)
        x, y = self.place_at(at)  # stays under the pointer
        share = half / self._window.half
        self._go(Window(x + (self._window.x - x) * share, y + (self._window.y - y) * share, half))
        return True

    def _zoom_middle(self, notches: float) -> None:
        self.zoom_by(notches, QPointF(self.width() / 2, self.height() / 2))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._selecting = self.lasso or bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        super().mousePressEvent(event)

    def press(self, at: QPointF) -> Window:
        self._line, self._corner = [self.place_at(at)] if self._selecting else [], None
        return self._window

    def drag(self, held: Window, at: QPointF, moved: QPointF) -> None:
        if self._selecting:
            self._line.append(self.place_at(at))
            self.update()
            return
        self.setCursor(Qt.CursorShape.ClosedHandCursor)
        scale = self._scale()
        self._go(Window(held.x - moved.x() / scale, held.y + moved.y() / scale, held.half))

    def drop(self, held: Window) -> None:
        super().drop(held)
        line, self._line = self._line, []
        if self._places is not None and len(line) > 2:
            self.select(inside(self._places, line))
        self.update()

    def _pull(self, place: tuple[float, float]) -> None:
        """The rectangle from where it began to this place selects what is inside."""
        corner = self._corner or self._at or (self._window.x, self._window.y)
        self._point_at(place)
        self._corner = corner
        if self._places is not None:
            self.select(inside(self._places, self._rectangle()))

    def _rectangle(self) -> list[tuple[float, float]]:
        """The corners of what the keys have pulled open, on the plane; none where they have not."""
        if self._corner is None or self._at is None:
            return []
        (x0, y0), (x1, y1) = self._corner, self._at
        return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]

    def _turn_nearest(self) -> None:
        assert self._places is not None
        assert self._at is not None
        near = np.square(self._places - np.array(self._at, np.float32)).sum(1).argmin()
        self.select(np.setxor1d(self._selection, [int(near)]))

    def show_all(self) -> None:
        self._go(self._whole)

    def _go(self, window: Window) -> None:
        if window != self._window:
            self._window = window
            self._renew()

    def _is_moved(self) -> bool:
        return self.is_filled() and self._window != self._whole

    def _step(self, right: int, down: int) -> tuple[float, float] | None:
        if self._places is None:
            return None
        x, y = self._at or (self._window.x, self._window.y)
        step = 2 * self._window.half / STEP
        return x + right * step, y - down * step
