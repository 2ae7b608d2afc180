"""Puts another style sheet on: on what is seen first, on all that is hidden a little at a time.

Qt dresses every widget of the program anew, and twice, where the sheet is another one: a third of a second for the two
thousand of the window, most of them on pages that nobody sees. So they are hidden from Qt meanwhile and dressed here.
"""

from __future__ import annotations

import time

import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QWidget

HAS_STYLE, POLISHED = Qt.WidgetAttribute.WA_SetStyle, Qt.WidgetAttribute.WA_WState_Polished
LAYOUT = QEvent.Type.LayoutRequest
SLICE_SECONDS = 0.008
"""So long the window answers nobody while hidden widgets are dressed, before it looks again whether somebody asks."""
LONG_SLICE_SECONDS = 0.1
"""The same while what is seen is dressed, which is not painted meanwhile."""
FEW = 200
"""So many widgets that are seen are dressed in the same turn of the event loop. More of them are dressed in the next
one, laid out in the one after it and painted in the one after that; all in one take a third of a second.
"""


class Dressing(QObject):
    """One for the application."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self._waiting: dict[QWidget, None] = {}
        """What does not wear the theme yet, from the outside in."""
        self._held: list[QWidget] = []
        """Windows that are not painted until what is seen of them is dressed and laid out."""
        self._dressed: list[QWidget] = []
        """What is seen and dressed, and not laid out yet."""
        self._soon = QTimer(self)
        self._soon.timeout.connect(self._go_on)

    def change(self, sheet: str, palette: QPalette, font: QFont, was: int, percent: int) -> None:
        """Everything that is seen wears these before it is painted again, and all else soon; sizes grow from one scale
        to the next.
        """
        passed = [widget for widget in self._app.allWidgets() if not widget.testAttribute(HAS_STYLE)]
        polished = [widget for widget in passed if widget.testAttribute(POLISHED)]
        for widget in passed:  # Qt passes over what has a style of its own, or was never dressed
            widget.setAttribute(HAS_STYLE, True)
        for widget in polished:
            widget.setAttribute(POLISHED, False)
        # Where one sheet takes another's place Qt dresses each widget again for every widget around it.
        self._app.setStyleSheet("")
        self._app.setPalette(palette)
        self._app.setFont(font)
        self._app.setStyleSheet(sheet)
        for widget in passed:
            widget.setAttribute(HAS_STYLE, False)
        for widget in polished:
            widget.setAttribute(POLISHED, True)
        tops = [widget for widget in self._app.topLevelWidgets() if widget.parentWidget() is None]
        every = [widget for top in tops for widget in (top, *top.findChildren(QWidget))]  # from the outside in
        if was != percent:  # of all at once: whoever sets a size from now on means it at this scale
            for widget in every:
                rescale(widget, was, percent)
        self._waiting = dict.fromkeys(every)
        seen = [widget for widget in every if widget.isVisible()]
        if len(seen) <= FEW:
            self._dress(seen)
        else:
            self._hold(seen, tops)
        self._soon.start(0)

    def finish(self, root: QWidget) -> None:
        """A part of the window is about to be seen: at once where it is small, else when it is dressed."""
        if not self._waiting:
            return
        undressed = [widget for widget in (root, *root.findChildren(QWidget)) if widget in self._waiting]
        if len(undressed) <= FEW:
            self._dress(undressed)
        else:
            self._hold(undressed, [root.window()])

    def _hold(self, seen: list[QWidget], tops: list[QWidget]) -> None:
        """Nothing is painted, and what was to be laid out for other letters is so when it is dressed, once."""
        self._leave_unlaid(seen)
        self._held = [*self._held, *(top for top in tops if top.isVisible() and top.updatesEnabled())]
        for top in self._held:
            top.setUpdatesEnabled(False)

    @Slot()
    def _go_on(self) -> None:
        if self._held:
            self._go_on_with_what_is_seen()
            return
        until = time.monotonic() + SLICE_SECONDS
        while self._waiting and time.monotonic() < until:
            self._dress([next(iter(self._waiting))])
        if not self._waiting:
            self._soon.stop()

    def _go_on_with_what_is_seen(self) -> None:
        seen = [widget for widget in self._waiting if shiboken6.isValid(widget) and widget.isVisible()]
        until = time.monotonic() + LONG_SLICE_SECONDS
        for widget in seen:
            self._dress([widget])
            self._dressed.append(widget)
            if time.monotonic() >= until:
                self._leave_unlaid([*self._dressed, *seen])
                return
        if self._dressed:
            for widget in self._dressed:
                if shiboken6.isValid(widget) and widget.layout() is not None:
                    QCoreApplication.postEvent(widget, QEvent(LAYOUT))
            self._dressed = []
            return
        held, self._held = self._held, []
        for top in held:
            if shiboken6.isValid(top):
                top.setUpdatesEnabled(True)
                top.repaint()  # an update is lost where something has come to be seen meanwhile

    def _leave_unlaid(self, widgets: list[QWidget]) -> None:
        """They are laid out when all of them are dressed."""
        for widget in widgets:
            if shiboken6.isValid(widget) and widget.layout() is not None:
                self._app.removePostedEvents(widget, LAYOUT.value)

    def _dress(self, widgets: list[QWidget]) -> None:
        style = self._app.style()
        for widget in widgets:
            self._waiting.pop(widget, None)
            if not shiboken6.isValid(widget):
                continue
            if widget.testAttribute(POLISHED):
                style.polish(widget)
            for kind in (QEvent.Type.StyleChange, QEvent.Type.PaletteChange):
                QCoreApplication.sendEvent(widget, QEvent(kind))


def rescale(widget: QWidget, was: int, percent: int) -> None:
    """Sizes that a widget was given, from one scale to the next."""
    if _has_none(widget) or widget.objectName().startswith("qt_"):  # Qt's own parts of a widget, which it sizes itself
        return
    _take_off(widget)
    now, natural = _sizes(widget), widget.property("aestudioSizes")
    if natural is None or now != [_grown(size, was) for size in natural]:  # or was given another since
        natural = [size if size >= UNBOUNDED else size * 100 / was for size in now]
    widget.setProperty("aestudioSizes", natural)
    low_x, low_y, high_x, high_y, icon = (_grown(size, percent) for size in natural)
    widget.setMinimumSize(low_x, low_y)
    widget.setMaximumSize(high_x, high_y)
    if isinstance(widget, QAbstractButton | QAbstractItemView):
        widget.setIconSize(QSize(icon, icon))


def _has_none(widget: QWidget) -> bool:
    """Most have not; they are asked first, for there are thousands."""
    if isinstance(widget, QAbstractButton | QAbstractItemView):  # the size of its icons
        return False
    low, high = widget.minimumSize(), widget.maximumSize()
    return low.isNull() and high.width() >= UNBOUNDED and high.height() >= UNBOUNDED


def _take_off(widget: QWidget) -> None:
    """The sizes that the style sheet before has given, as Qt does."""
    for name, size, put in (
        ("_q_stylesheet_minw", 0, widget.setMinimumWidth),
        ("_q_stylesheet_minh", 0, widget.setMinimumHeight),
        ("_q_stylesheet_maxw", UNBOUNDED, widget.setMaximumWidth),
        ("_q_stylesheet_maxh", UNBOUNDED, widget.setMaximumHeight),
    ):
        if widget.property(name):
            put(size)
            widget.setProperty(name, None)


def _grown(size: float, percent: int) -> int:
    return UNBOUNDED if size >= UNBOUNDED else round(size * percent / 100)


UNBOUNDED = (1 << 24) - 1
"""Qt's greatest size, of whatever was given none."""


def _sizes(widget: QWidget) -> list[int]:
    """Least width and height, greatest width and height, and size of an icon."""
    icon = widget.iconSize().width() if isinstance(widget, QAbstractButton | QAbstractItemView) else 0
    low, high = widget.minimumSize(), widget.maximumSize()
    return [low.width(), low.height(), high.width(), high.height(), icon]
