"""Images in the place of dots on a map: which ones there is room for, and what was made of them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage

from aestudio.core.run.events import Floats
from aestudio.qt.images import to_qimage

SIDE, FRAME = 44, 2
"""Pixels of a thumbnail, and of the frame inside of it."""
KEPT = 4096
"""Images that are not made again when they come into sight."""
FINE, PLACES = 12, 20
"""Bits for how far a dot is from the middle of its square, and for its number: 2²⁰ dots are more than a map has."""

Images = Callable[[Sequence[int]], Floats]
"""The images of some codes, [n, C, H, W]."""


def roomy(at: Floats, origin: Floats, width: int, height: int) -> tuple[NDArray[np.int64], Floats]:
    """One dot [n] for each square of the widget that holds some of these [N, 2], the nearest to its middle, and the
    squares' upper left corners [n, 2]. `origin` is where the plane's own zero lies: squares move with the plane.
    """
    shift = np.mod(origin, SIDE).astype(np.float32)
    x, y = (at.T - shift[:, None]) / SIDE  # column by column: two of them next to each other take three times as long
    across, down = np.floor(x), np.floor(y)
    away = np.square(x - across - 0.5) + np.square(y - down - 0.5)  # at most 0.5
    columns = width // SIDE + 2
    seen = (across >= -1) & (down >= -1) & (across < columns - 1) & (down <= height // SIDE)
    square = ((down + 1) * columns + across + 1).astype(np.int64)
    rank = (away * ((2 << FINE) - 1)).astype(np.int64)
    keys = (square << (FINE + PLACES)) | (rank << PLACES) | np.arange(len(at))
    keys = np.sort(keys[seen])  # one sort of whole numbers is quick
    first = np.flatnonzero(np.diff(keys >> (FINE + PLACES), prepend=-1))
    chosen = keys[first] & ((1 << PLACES) - 1)
    corners = np.stack([across[chosen], down[chosen]], 1) * SIDE + shift
    inside = ((corners > -SIDE) & (corners < (width, height))).all(1)
    return chosen[inside], corners[inside].astype(np.float32)


class Thumbnails:
    """Of the dots of one map."""

    def __init__(self, images: Images) -> None:
        self._images = images
        self._known: OrderedDict[int, QImage] = OrderedDict()

    def of(self, at: Floats, origin: Floats, width: int, height: int) -> list[tuple[int, QPointF, QImage]]:
        """As many as do not overlap: the dot, the upper left corner, the image."""
        chosen, corners = roomy(at, origin, width, height)
        wanted = chosen.tolist()
        if missing := [one for one in wanted if one not in self._known]:
            self._known |= zip(missing, map(_drawn_quickly, self._images(missing)), strict=True)
        for one in wanted:
            self._known.move_to_end(one)
        while len(self._known) > max(KEPT, len(wanted)):
            self._known.popitem(last=False)
        return [(one, QPointF(x, y), self._known[one]) for one, (x, y) in zip(wanted, corners.tolist(), strict=True)]


def _drawn_quickly(image: Floats) -> QImage:
    """An image [C, H, W]. Qt scales other formats than this one some 15 times as slowly, at each frame."""
    return to_qimage(image).convertToFormat(QImage.Format.Format_RGB32)
