"""The colours of dots on a map, and what they mean."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from aestudio.core.ground.texts import say
from aestudio.core.latent.attributes import Attribute
from aestudio.core.latent.codes import Codes
from aestudio.core.run.events import Floats
from aestudio.qt import theme
from aestudio.qt.colouring import going_round
from aestudio.qt.pages.latent.naming import label_name

LABELS, ERRORS, KL, SPLITS, FACTORS = range(5)
WORST = 98
"""The percentile of numbers that has the strongest colour; as many at the other end have the weakest."""


def many_colours(count: int) -> list[str]:
    """Colours that tell so many kinds apart: the theme's own, then evenly spaced hues."""
    own = list(theme.current().series)
    if count <= len(own):
        return own[:count]
    return [QColor.fromHslF(number / count, 0.65, 0.5).name() for number in range(count)]


def coloured(codes: Codes, by: int, factor: Attribute | None = None) -> NDArray[np.uint8]:
    """Of each image [N, 3]; `factor` is the one that FACTORS means."""
    values = numbers(codes, by, factor)
    if values is not None:
        low, high = ends(values, factor)
        share = np.clip((values - low) / max(high - low, 1e-12), 0, 1)
        shades = going_round(share) if goes_round(factor) else _shades(share)
        shaded: NDArray[np.uint8] = (255 * shades).astype(np.uint8)
        return shaded
    kinds = np.zeros(len(codes.codes), np.int64)
    if by == LABELS and codes.labels is not None:
        kinds = codes.labels
    elif by == SPLITS:
        kinds = (np.arange(len(kinds)) >= codes.held_out).astype(np.int64)
    elif by == FACTORS and factor is not None:
        kinds = factor.values
    table = np.array([_rgb(colour) for colour in many_colours(int(kinds.max()) + 1)]).astype(np.uint8)
    found: NDArray[np.uint8] = table[kinds]
    return found


def named(codes: Codes, by: int, factor: Attribute | None = None) -> list[str]:
    """Colours and what they mean, in HTML."""
    if by in (ERRORS, KL):
        return []
    if by == FACTORS:
        words = []
        if factor is not None and factor.is_category:
            words = [str(kind) for kind in range(int(factor.values.max()) + 1)]
    elif by == SPLITS:
        words = [say("held out"), say("of training")]
    elif codes.labels is None:
        return []
    else:
        words = [label_name(codes, kind) for kind in range(int(codes.labels.max()) + 1)]
    dots = zip(many_colours(len(words)), words, strict=True)
    return [f'<span style="color:{colour}">●</span>&nbsp;{escape(word)}' for colour, word in dots]


def numbers(codes: Codes, by: int, factor: Attribute | None = None) -> Floats | None:
    """What the colours stand for, [N]; None where they stand for kinds, or there are none."""
    if by == FACTORS:
        return None if factor is None or factor.is_category else factor.values.astype(np.float32)
    return codes.errors if by == ERRORS else codes.kl if by == KL else None


def goes_round(factor: Attribute | None) -> bool:
    """Whether its last value is beside its first."""
    return factor is not None and factor.cycle > 0


def ends(values: Floats, factor: Attribute | None = None) -> tuple[float, float]:
    """The numbers that have the weakest and the strongest colour; those of a factor that goes round have the same."""
    if factor is not None and goes_round(factor):
        return 0.0, float(factor.cycle)
    return float(np.percentile(values, 100 - WORST)), float(np.percentile(values, WORST))


def shading(images: NDArray[Any]) -> NDArray[Any]:
    """Images [N, 1, H, W] of numbers from 0 to 1 in those colours, [N, 3, H, W]."""
    return np.moveaxis(_shades(images[:, 0]), -1, 1)


def shading_round(images: NDArray[Any]) -> NDArray[Any]:
    """The same of a factor that goes round."""
    return np.moveaxis(going_round(images[:, 0]), -1, 1)


def _shades(share: NDArray[Any]) -> NDArray[np.float32]:
    """[..., 3] in [0, 1]."""
    look = theme.current()
    low, high = _rgb(look.tint(look.accent, 0.25)), _rgb(look.bad)
    return ((low + share[..., None] * (high - low)) / 255).astype(np.float32)


def _rgb(colour: str) -> NDArray[np.float64]:
    made = QColor(colour)
    return np.array([made.red(), made.green(), made.blue()], np.float64)
