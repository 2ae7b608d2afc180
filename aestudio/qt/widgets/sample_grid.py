"""How many samples are shown in a grid, and in how many columns."""

from __future__ import annotations

from PySide6.QtCore import QSize

from aestudio.qt.widgets.painted import whole_pixels

LEFT_OUT, NOT_ALL = 2.0, 0.12
"""How much more a sample left out of the grid weighs than the room that it would take, and what leaving out any costs,
of the size: 63 of 64 ask a question that larger samples do not answer.
"""


def grid(count: int, height: float, width: float, gap: float, room: QSize, ratio: float = 1.0) -> tuple[int, int]:
    """Columns, and how many of `count` samples are shown, in full rows only: as large as can be, few left out."""

    def worth(columns: int) -> tuple[float, float]:
        rows = max(1, count // columns)
        fit = min(room.width() / (columns * (width + gap) - gap), room.height() / (rows * (height + gap) - gap))
        left_out = 1 - rows * columns / count
        return whole_pixels(fit, ratio) * (1 - LEFT_OUT * left_out - (NOT_ALL if left_out else 0)), fit

    columns = max(range(1, count + 1), key=worth)
    return columns, count // columns * columns
