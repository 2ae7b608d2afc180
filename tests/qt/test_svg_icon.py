"""Icons that are drawn when they are seen."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon

from aestudio.qt.svg_icon import svg_icon

NORMAL, DISABLED = QIcon.Mode.Normal, QIcon.Mode.Disabled


def square(colour: str) -> bytes:
    shape = f'<path d="M0 0h9v9H0z" fill="{colour}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{shape}</svg>'.encode()


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_an_icon_is_as_large_and_sharp_as_it_is_seen_in_the_colour_of_its_mode(ratio: float) -> None:
    drawn = svg_icon({NORMAL: square("#c81e14"), DISABLED: square("#dddddd")})
    other = svg_icon({NORMAL: square("#1446c8")})
    for icon, mode, colour in ((drawn, NORMAL, "#c81e14"), (drawn, DISABLED, "#dddddd"), (other, NORMAL, "#1446c8")):
        for side in (16, 90):
            seen = icon.pixmap(QSize(side, side), ratio, mode)
            assert seen.devicePixelRatio() == ratio
            assert seen.size() == QSize(round(side * ratio), round(side * ratio))
            corners = [seen.toImage().pixelColor(at, at).name() for at in (0, seen.width() - 1)]
            assert corners == [colour, colour]
