"""Shows a window that is open in another language."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QTabBar, QTextEdit, QWidget

from aestudio.core.ground.texts import again

SHOWN = ("text", "title", "windowTitle", "toolTip", "placeholderText", "accessibleName", "suffix", "prefix")
"""What Qt's widgets and actions may show, as it names their properties."""
TYPED = (QLineEdit, QPlainTextEdit, QTextEdit)
"""Whose text is the person's."""


def show_again(window: QWidget) -> None:
    """Every text of a window and of what is in it, looked up anew. What a widget paints it looks up itself."""
    for one in _all_of(window):
        QCoreApplication.sendEvent(one, QEvent(QEvent.Type.LanguageChange))
        for name in SHOWN:
            if name == "text" and isinstance(one, TYPED):
                continue
            said = one.property(name)
            if isinstance(said, str) and said and (now := _lines_again(said)) != said:
                one.setProperty(name, now)
        if isinstance(one, QTabBar):
            for place in range(one.count()):
                one.setTabText(place, again(one.tabText(place)))
                one.setTabToolTip(place, again(one.tabToolTip(place)))
        if isinstance(one, QComboBox):
            tip = Qt.ItemDataRole.ToolTipRole
            for place in range(one.count()):
                one.setItemText(place, again(one.itemText(place)))
                if isinstance(said := one.itemData(place, tip), str):
                    one.setItemData(place, again(said), tip)


def _lines_again(shown: str) -> str:
    """Several texts may stand one below the other in a tooltip."""
    whole = again(shown)
    return whole if whole != shown else "\n".join(map(again, shown.split("\n")))


def _all_of(window: QWidget) -> Iterator[QObject]:
    yield window
    yield from window.findChildren(QWidget)
    yield from window.findChildren(QAction)
