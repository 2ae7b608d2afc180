"""What a person would see amiss in a window: letters cut off, parts outside or over each other, cards of nothing.

Each function gives a sentence for every fault that it finds in what is visible, and an empty list where there is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QImage, QTextDocument
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QFrame,
    QHeaderView,
    QLabel,
    QLayout,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QStyle,
    QStyleOptionComboBox,
    QTabBar,
    QToolButton,
    QWidget,
)

SLACK = 1
"""Pixels by which a size that Qt rounds may be short."""
PADDING = 12
"""Pixels of a button's size that are no letters: so much narrower than it would like to be, it still shows its text."""
TURNS = 20
"""Of Qt's events, at most: a layout asks for another as often as one lies in the next."""
FAR = 100_000
"""Pixels, more than anything has."""
Writing = tuple[str, QSize, QSize]
"""A text, the room that it needs, and the room that it has."""


def faults(window: QWidget) -> list[str]:
    """All that is amiss once the layouts have done what they still have to do."""
    for _ in range(TURNS):
        found = [*clipped(window), *outside(window), *overlapping(window), *empty(window)]
        if not found:
            break
        QApplication.processEvents()
    return found


def clipped(window: QWidget) -> list[str]:
    """Texts that have not the room that they need, and are not told by a tooltip either."""
    return [
        f"{_name(one)}: {text!r} needs {need.width()}×{need.height()} and has {room.width()}×{room.height()}"
        for one in shown(window)
        for text, need, room in _written(one)
        if need.width() > room.width() + SLACK or need.height() > room.height() + SLACK
    ]


def outside(window: QWidget) -> list[str]:
    """Parts that reach out of what holds them, where nothing can be scrolled."""
    found = []
    for one in shown(window):
        holder = one.parentWidget()
        area = None if holder is None else holder.parentWidget()
        if isinstance(area, QAbstractScrollArea) and holder is area.viewport():
            still = area.horizontalScrollBarPolicy() == Qt.ScrollBarPolicy.ScrollBarAlwaysOff
            if isinstance(area, QScrollArea) and still and one.width() > holder.width() + SLACK:
                found.append(f"{_name(one)} is {one.width()} wide and seen through {holder.width()}")
        elif holder is None or isinstance(holder, QAbstractScrollArea) or one.isWindow():
            continue
        elif not holder.rect().adjusted(-SLACK, -SLACK, SLACK, SLACK).contains(one.geometry()):
            found.append(f"{_name(one)} at {_box(one)} reaches out of {_name(holder)} {_box(holder)}")
    return found


def overlapping(window: QWidget) -> list[str]:
    """Neighbours of one layout that lie over each other."""
    holders = {id(holder): holder for one in shown(window) if (holder := one.parentWidget()) is not None}
    return [
        f"{_name(one)} {_box(one)} lies over {_name(other)} {_box(other)}"
        for holder in holders.values()
        for one, other in combinations([part for part in _laid_out(holder.layout()) if part.isVisible()], 2)
        if min(one.geometry().intersected(other.geometry()).size().toTuple()) > SLACK
    ]


def empty(window: QWidget) -> list[str]:
    """Cards of one colour."""
    return [
        f"{_name(one)} {_box(one)} shows nothing"
        for one in shown(window)
        if isinstance(one, QFrame) and one.property("role") == "card" and _is_plain(one)
    ]


def shown(window: QWidget) -> Iterator[QWidget]:
    """All that is visible, though one may have to scroll there; not what Qt makes its own widgets of."""
    for one in window.findChildren(QWidget):
        if one.isVisible() and one.window() is window and not one.objectName().startswith("qt_"):
            yield one


def _written(one: QWidget) -> Iterator[Writing]:
    metrics = one.fontMetrics()
    match one:
        case QLabel() if one.text():
            yield from _of_label(one, metrics)
        case QCheckBox() | QRadioButton():
            yield one.text(), one.sizeHint(), one.size()
        case QComboBox() if one.currentText() not in one.toolTip():
            option = QStyleOptionComboBox()
            one.initStyleOption(option)
            field = QStyle.SubControl.SC_ComboBoxEditField
            room = one.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, one).size()
            yield one.currentText(), QSize(metrics.horizontalAdvance(one.currentText()), 0), room
        case QAbstractSpinBox() if (line := one.findChild(QLineEdit)) is not None:
            yield line.text(), QSize(metrics.horizontalAdvance(line.text()), metrics.height()), line.size()
        case QTabBar():
            for tab in filter(one.isTabVisible, range(one.count())):
                words = one.tabText(tab).replace("&", "")
                yield words, QSize(metrics.horizontalAdvance(words), metrics.height()), _seen(one, one.tabRect(tab))
        case QHeaderView() if one.orientation() == Qt.Orientation.Horizontal:
            for section in range(one.count()):
                words, told = (
                    str(one.model().headerData(section, Qt.Orientation.Horizontal, role) or "")
                    for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)
                )
                if not one.isSectionHidden(section) and words not in told:
                    yield words, QSize(metrics.horizontalAdvance(words), 0), QSize(one.sectionSize(section), 0)
        case QPushButton() | QToolButton() if one.text() and one.text() not in one.toolTip() and _has_text(one):
            need = one.sizeHint()
            yield one.text(), QSize(need.width() - PADDING, metrics.height()), one.size()


def _has_text(one: QAbstractButton) -> bool:
    return not isinstance(one, QToolButton) or one.toolButtonStyle() != Qt.ToolButtonStyle.ToolButtonIconOnly


def _of_label(one: QLabel, metrics: QFontMetrics) -> Iterator[Writing]:
    room, words = one.contentsRect().size(), one.text()
    width = room.width() if one.wordWrap() else FAR
    if one.textFormat() == Qt.TextFormat.RichText:
        document = QTextDocument()
        document.setDefaultFont(one.font())
        document.setHtml(words)
        document.setDocumentMargin(0)
        document.setTextWidth(width if one.wordWrap() else -1)
        need = document.size().toSize()
    else:
        flags = Qt.TextFlag.TextWordWrap.value if one.wordWrap() else 0
        need = metrics.boundingRect(QRect(0, 0, width, FAR), flags, words).size()
    if words not in one.toolTip():
        yield words, need, room


def _seen(one: QWidget, rect: QRect) -> QSize:
    return rect.intersected(one.rect()).size()


def _laid_out(layout: QLayout | None) -> Iterator[QWidget]:
    for place in range(layout.count() if layout is not None else 0):
        item = layout.itemAt(place) if layout is not None else None
        if item is not None and (widget := item.widget()) is not None:
            yield widget
        elif item is not None:
            yield from _laid_out(item.layout())


def _is_plain(one: QWidget) -> bool:
    inner = one.rect().adjusted(PADDING, PADDING, -PADDING, -PADDING)
    if not inner.isValid() or one.visibleRegion().isEmpty():
        return False
    picture = one.grab(inner).toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(picture.constBits(), np.uint32)
    return bool((pixels == pixels[0]).all())


def _name(one: QWidget) -> str:
    return f"{type(one).__name__} {one.objectName() or one.accessibleName()!r} in {_place(one)!r}"


def _place(one: QWidget) -> str:
    holder = one.parentWidget()
    while holder is not None and (not holder.objectName() or holder.objectName().startswith("qt_")):
        holder = holder.parentWidget()
    return "" if holder is None else holder.objectName()


def _box(one: QWidget) -> str:
    place = one.geometry()
    return f"{place.x()},{place.y()} {place.width()}×{place.height()}"
