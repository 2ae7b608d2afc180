"""What is drawn on a map besides its dots: rings of the prior, its holes, and points of a person's own pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetrics, QPainter, QPainterPath, QPen

from aestudio.core.latent.holes import SIDE
from aestudio.core.run.events import Floats
from aestudio.qt import theme

RADIUS = 6
GAP = RADIUS + 4
"""Pixels from a point to its name."""


@dataclass(frozen=True, eq=False)
class Marks:
    """On one plane."""

    centre: tuple[float, float] = (0.0, 0.0)
    """Of the rings."""
    rings: tuple[float, ...] = ()
    """Their radii."""
    holes: Floats = field(default_factory=lambda: np.zeros((0, 2), np.float32))
    """The lower left corners of cells, [M, 2]."""
    points: tuple[tuple[float, float, str], ...] = ()
    """x, y and a name."""


def draw_prior(painter: QPainter, marks: Marks, at: Callable[[Floats], Floats], scale: float) -> None:
    """Its rings and holes. `at` says where places [n, 2] lie in the widget, where 1 is `scale` pixels long."""
    look = theme.current()
    if len(marks.holes):
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(QColor(look.tint(look.text, 0.45)), Qt.BrushStyle.BDiagPattern))
        side = SIDE * scale
        for x, y in at(marks.holes).tolist():
            painter.drawRect(QRectF(x, y - side, side, side))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if marks.rings:
        middle = QPointF(*at(np.array([marks.centre], np.float32))[0].tolist())
        ground, dashes = QColor(look.surface), QColor(look.tint(look.text, 0.65))
        for pen in (QPen(ground, 3), QPen(dashes, 1, Qt.PenStyle.DashLine)):  # to be seen among many dots
            painter.setPen(pen)
            for radius in marks.rings:
                painter.drawEllipse(middle, radius * scale, radius * scale)


def draw_points(painter: QPainter, marks: Marks, at: Callable[[Floats], Floats], width: int) -> None:
    """With their names; the widget is `width` pixels wide."""
    look = theme.current()
    for x, y, name in marks.points:
        place = QPointF(*at(np.array([[x, y]], np.float32))[0].tolist())
        painter.setPen(QPen(QColor(look.surface), 2))
        painter.setBrush(QColor(look.text))
        painter.drawEllipse(place, RADIUS, RADIUS)
        _write(painter, *_beside(painter.fontMetrics(), place, name, width))


def _beside(metrics: QFontMetrics, place: QPointF, name: str, width: int) -> tuple[QPointF, str]:
    """Where the name of a point begins, and so much of it as there is room for: at its right, or else at the side where
    there is more.
    """
    right, left = width - place.x() - 2 * GAP, place.x() - 2 * GAP
    is_right = metrics.horizontalAdvance(name) <= right or left <= right
    words = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, int(right if is_right else left))
    away = GAP if is_right else -GAP - metrics.horizontalAdvance(words)
    return place + QPointF(away, RADIUS), words


def _write(painter: QPainter, place: QPointF, words: str) -> None:
    """With an edge in the colour of the ground, so that it can be read over dots."""
    look, path = theme.current(), QPainterPath()
    path.addText(place, painter.font(), words)
    round_about = Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    painter.strokePath(path, QPen(QColor(look.surface), 4, *round_about))
    painter.setPen(QColor(look.text))
    painter.drawText(place, words)
