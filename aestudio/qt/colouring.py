"""What colours numbers have where they are drawn as pictures."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from aestudio.qt import theme
from aestudio.qt.display import display
from aestudio.qt.images import to_bytes

Colouring = Callable[[NDArray[Any]], NDArray[Any]]
"""Makes images [N, C, H, W] of numbers from 0 to 1 into what is seen of them: [N, 1 or 3, H, W]."""
STOPS = (-1.0, -0.5, -0.2, 0.0, 0.2, 0.5, 1.0)
BELOW = ("#0B3C86", "#2F7DC9", "#8FBDE6")
ABOVE = ("#F2A98C", "#D6432F", "#8E0F22")


def chosen(images: NDArray[Any]) -> NDArray[Any]:
    """In the colour map that the person has chosen, from 0 to 1; images that have colours keep theirs."""
    if display().colours == "grey" or images.shape[1] != 1:
        return images
    return np.moveaxis(_table("viridis")[to_bytes(images[:, 0])], -1, 1)


def about_zero(images: NDArray[Any]) -> NDArray[Any]:
    """Blue below ½ and red above it, where the ground's own grey is; channels are averaged."""
    return diverging(2 * images.mean(1) - 1)


def neutral() -> str:
    """The colour of zero in the theme in force."""
    look = theme.current()
    return look.tint(look.text, 0.06)


def diverging(values: NDArray[Any]) -> NDArray[np.float32]:
    """Values [N, H, W], where ±1 is the strongest colour, as red, green and blue in [0, 1]: [N, 3, H, W].

    Blue below zero, red above it, the ground's own grey for nothing; values beyond ±1 get the strongest colour.
    """
    table = np.array([_rgb(colour) for colour in (*BELOW, neutral(), *ABOVE)])
    channels = [np.interp(values, STOPS, table[:, channel]) for channel in range(3)]
    return np.stack(channels, 1).astype(np.float32)


def signed(images: NDArray[Any]) -> NDArray[np.float32]:
    """Images [N, C, H, W] of both signs in those colours, channels averaged, each scaled by its own largest magnitude:
    [N, 3, H, W].
    """
    value = images.mean(1)
    largest = np.abs(value).max((1, 2), keepdims=True)
    return diverging(value / np.where(largest > 0, largest, 1))


def going_round(share: NDArray[Any]) -> NDArray[np.float32]:
    """Numbers from 0 to 1 in colours of which the last is the first again, [..., 3] in [0, 1].

    Source: Kovesi (2015), Good colour maps: how to design them. C1 is neither too light for a white page nor too dark
    for a black one.
    """
    return _table("CET-C1")[to_bytes(share)]


@cache
def _table(name: str) -> NDArray[np.float32]:
    """Red, green and blue in [0, 1] of 256 levels: [256, 3]."""
    table = pg.colormap.get(name).getLookupTable(nPts=256)
    return np.asarray(table, np.float32) / np.float32(255)


def _rgb(colour: str) -> tuple[float, float, float]:
    made = QColor(colour)
    return made.redF(), made.greenF(), made.blueF()
