"""Rows, columns and splitters in one call each, and the spin box that stands in most of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLayout, QScrollArea, QSpinBox, QSplitter, QVBoxLayout, QWidget

from aestudio.qt import theme
from aestudio.qt.widgets.basics import FlowLayout, label, pad

BoxT = TypeVar("BoxT", bound=QBoxLayout)
Part = QWidget | QLayout | int | tuple[QWidget | QLayout, int]
"""A widget or a layout, with its share of the room that is left where it takes one; a number is empty room."""


def in_column(*parts: Part, host: QWidget | None = None, spacing: int = theme.GRID) -> QVBoxLayout:
    """One below the other without margins; of the widget `host` where there is one."""
    return _filled(QVBoxLayout(host) if host is not None else QVBoxLayout(), parts, spacing)


def in_row(*parts: Part, host: QWidget | None = None, spacing: int = theme.GRID) -> QHBoxLayout:
    """One beside the other without margins."""
    return _filled(QHBoxLayout(host) if host is not None else QHBoxLayout(), parts, spacing)


def holder(layout: QLayout) -> QWidget:
    """A widget of nothing but a layout."""
    made = QWidget()
    made.setLayout(layout)
    return made


def flow(*widgets: QWidget, spacing: int = theme.GRID) -> QWidget:
    """A row that goes on in the next line where the width ends."""
    made = QWidget()
    bar = FlowLayout(made, spacing=spacing)
    for widget in widgets:
        bar.addWidget(widget)
    return made


def splitter(
    way: Qt.Orientation, *widgets: QWidget, sizes: Sequence[int], shares: Sequence[int] = (), gap: int = theme.GRID
) -> QSplitter:
    """Parts with a handle between them; none can be made to vanish. `shares` is how new room is divided."""
    made = QSplitter(way)
    for widget in widgets:
        made.addWidget(widget)
    for place, share in enumerate(shares):
        made.setStretchFactor(place, share)
    made.setSizes(list(sizes))
    made.setHandleWidth(gap)
    made.setChildrenCollapsible(False)
    return made


def count_box(
    low: int, high: int, value: int, name: str, tip: str, width: int = 0, *, tracking: bool = False
) -> QSpinBox:
    """A whole number; what is typed counts once it is finished, or with each digit."""
    made = QSpinBox()
    made.setRange(low, high)
    made.setValue(value)
    made.setKeyboardTracking(tracking)
    made.setMinimumWidth(theme.px(width))
    made.setAccessibleName(name)
    made.setToolTip(tip)
    pad(made)
    return made


def named(box: QWidget) -> QWidget:
    """A box with what it is called before it."""
    return holder(in_row(label(box.accessibleName(), "muted"), box))


def tab_as_seen(widget: QWidget) -> None:
    """The Tab key goes through what stands in a widget in the order of its layouts, whenever each part was made."""
    stops = [one for one in _within(widget) if one.focusPolicy() & Qt.FocusPolicy.TabFocus]
    for before, after in pairwise(stops):
        QWidget.setTabOrder(before, after)


def _within(part: QWidget | QLayout) -> Iterator[QWidget]:
    layout: QLayout | None = part if isinstance(part, QLayout) else part.layout()
    if isinstance(part, QWidget):
        yield part
    if isinstance(part, QScrollArea) and (inside := part.widget()) is not None:
        yield from _within(inside)
    elif layout is not None:
        for item in map(layout.itemAt, range(layout.count())):
            inner = None if item is None else item.widget() or item.layout()
            if inner is not None:
                yield from _within(inner)


def _filled(layout: BoxT, parts: Sequence[Part], spacing: int) -> BoxT:
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    for one in parts:
        part, share = one if isinstance(one, tuple) else (one, 0)
        if isinstance(part, int):
            layout.addStretch(part)
        elif isinstance(part, QWidget):
            layout.addWidget(part, share)
        else:
            layout.addLayout(part, share)
    return layout
