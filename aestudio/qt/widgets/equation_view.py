"""A formula, drawn from LaTeX in the theme's text colour."""

from __future__ import annotations

import threading
from functools import lru_cache

from PySide6.QtCore import QByteArray, QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

from aestudio.core.ground.texts import say
from aestudio.qt import theme

ANY_COLOUR = "#12F4A7"
"""Formulas are set in it once, and it is then replaced: to set one takes 10 ms and more, whatever the colour."""
SET_AT = 24.0
"""The size, in pixels, in which they are set, and then drawn in any other."""


_typesetter = threading.Lock()
"""ziamath's settings are those of the process."""


@lru_cache(maxsize=512)
def typeset(latex: str) -> str | None:
    """The formula as SVG in ANY_COLOUR, or None where ziamath cannot read it; in any thread."""
    from ziamath.config import config  # 0.1 s, so only where a formula is drawn
    from ziamath.zmath import Latex

    with _typesetter:
        config.svg2 = False  # QtSvg does not know <symbol>
        try:
            drawn: str = Latex(latex, size=SET_AT, color=ANY_COLOUR).svg()
        except Exception:  # whatever a parser may raise: the text itself is shown instead
            return None
    return drawn


@lru_cache(maxsize=256)
def equation_svg(latex: str, colour: str) -> bytes | None:
    """The formula as SVG 1.1, or None where ziamath cannot read it."""
    drawn = typeset(latex)
    return None if drawn is None else drawn.replace(ANY_COLOUR, colour).encode()


class EquationView(QWidget):
    """One formula, at its natural size or shrunk to the width there is; what is not LaTeX is shown as text.

    It is set when somebody first asks how large it is: of those that a form has most are never seen.
    """

    def __init__(self, parent: QWidget | None = None, *, points: float = 0, largest: int = 96) -> None:
        """`points` is the size of the letters (0: about the widget's font), `largest` the greatest height in pixels."""
        super().__init__(parent)
        self._latex = ""
        self._points = points
        self._largest = largest
        self._svg: bytes | None = None
        self._size = SET_AT
        self._drawing: QSvgRenderer | None = None
        self._is_set = True
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(say("Equation"))

    def set_latex(self, latex: str) -> None:
        """Show another formula."""
        if latex == self._latex:
            return
        self._latex = latex
        self.setAccessibleDescription(latex)
        self._set_anew()

    def latex(self) -> str:
        return self._latex

    def is_drawn(self) -> bool:
        """Whether the formula could be read as LaTeX."""
        return self._drawn() is not None

    def _set_anew(self) -> None:
        self._is_set = False
        self.updateGeometry()
        self.update()

    def _drawn(self) -> QSvgRenderer | None:
        if not self._is_set:
            self._is_set = True
            self._draw()
        return self._drawing

    def _draw(self) -> None:
        size = theme.scale() / 100 * self._points * 96 / 72 if self._points else self.fontMetrics().height() * 0.88
        svg = equation_svg(self._latex, theme.current().text) if self._latex else None
        if svg is not None and svg is self._svg and size == self._size:
            return  # Qt tells of a new palette or font once for every widget around this one
        self._svg, self._size = svg, size
        self._drawing = QSvgRenderer(QByteArray(svg)) if svg is not None else None
        if self._drawing is not None and not self._drawing.isValid():
            self._drawing = None

    def _natural(self) -> QSize:
        """The formula's own size in pixels."""
        if (drawing := self._drawn()) is not None:
            size = drawing.viewBoxF().size() * (self._size / SET_AT)
            scale = min(1.0, (theme.px(self._largest) - 4) / max(1.0, size.height()))
            return QSize(round(size.width() * scale) + 4, round(size.height() * scale) + 4)
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._latex) + 4, metrics.height() + 4 if self._latex else 0)

    def sizeHint(self) -> QSize:
        return self._natural()

    def minimumSizeHint(self) -> QSize:
        natural = self._natural()
        return QSize(min(48, natural.width()), min(16, natural.height()))

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        natural = self._natural()
        if self._drawn() is None:
            box = self.fontMetrics().boundingRect(
                0, 0, max(1, width - 4), 10_000, int(Qt.TextFlag.TextWrapAnywhere), self._latex
            )
            return box.height() + 4 if self._latex else 0
        return max(1, round(natural.height() * min(1.0, width / max(1, natural.width()))))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if theme.is_restyle(event) or event.type() == QEvent.Type.FontChange:
            self._set_anew()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, drawing = QPainter(self), self._drawn()
        if drawing is None:
            painter.setPen(QColor(theme.current().muted))
            painter.drawText(self.rect().adjusted(2, 2, -2, -2), int(Qt.TextFlag.TextWrapAnywhere), self._latex)
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        natural = self._natural()
        scale = min(1.0, self.width() / natural.width(), self.height() / natural.height())
        width, height = (natural.width() - 4) * scale, (natural.height() - 4) * scale
        drawing.render(painter, QRectF(2 * scale, (self.height() - height) / 2, width, height))
