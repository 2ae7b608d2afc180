"""The language of the window, and of Qt's own dialogs in it; what is open is shown again in another one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QLibraryInfo, QObject, Qt, QTranslator
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QTabBar, QTextEdit, QWidget

from aestudio.core.ground import texts
from aestudio.core.ground.texts import Said

SHOWN = ("text", "title", "windowTitle", "toolTip", "placeholderText", "accessibleName", "suffix", "prefix")
"""What Qt's widgets and actions may show, as it names their properties."""
TYPED = (QLineEdit, QPlainTextEdit, QTextEdit)
"""Whose text is the person's."""
Place = tuple[int, str, int]
"""A part of the window, what of it shows a text, and which of several."""


def preferred(chosen: str = "") -> str:
    """The language to be shown: the one asked for, the one `chosen` in the Preferences, or the desktop's."""
    return texts.preferred(chosen, "" if texts.told() else _of_desktop())


def _of_desktop() -> str:
    from PySide6.QtCore import QLocale  # with every language and country there is, and seldom asked

    return next(iter(QLocale.system().uiLanguages()), "")


_of_qt: list[QTranslator] = []
"""None of them asks Python: Qt translates in any thread, and would wait for this one with its catalogues locked."""


def use(language: str) -> None:
    """Shows every text from now on in this language, those of Qt's own dialogs too.

    Raises: StudioError where there is no catalogue of it.
    """
    texts.use(language)
    while _of_qt:
        QCoreApplication.removeTranslator(_of_qt.pop())
    if language != texts.ENGLISH:
        for folder in (QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath), str(texts.folder())):
            made = QTranslator(QCoreApplication.instance())
            if made.load(f"qtbase_{language}", folder):
                _of_qt.append(made)
                QCoreApplication.installTranslator(made)
    # Qt tells every widget later, when what is shown may be more than what a widget says of itself: it is told now.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.LanguageChange)


class Speaker:
    """Shows a window again, and remembers which text each of its parts shows: in another language several texts may
    look alike, and which of them it was could not be told afterwards.
    """

    def __init__(self) -> None:
        self._meant: dict[Place, tuple[str, list[Said | str]]] = {}
        self._before = self._meant

    def show_again(self, window: QWidget) -> None:
        """Every text of a window and of what is in it, looked up anew. What a widget paints it looks up itself."""
        self._before, self._meant = self._meant, {}
        self._show(window)

    def show_also(self, part: QWidget) -> None:
        """The same of a part that was added to the window."""
        self._before = self._meant
        self._show(part)

    def _show(self, part: QWidget) -> None:
        for one in _all_of(part):
            QCoreApplication.sendEvent(one, QEvent(QEvent.Type.LanguageChange))
            place = shiboken6.getCppPointer(one)[0]
            for name in SHOWN:
                if name == "text" and isinstance(one, TYPED):
                    continue
                said = one.property(name)
                if isinstance(said, str):
                    self._put((place, name, 0), said, partial(one.setProperty, name))
            if isinstance(one, QTabBar):
                self._tabs(one, place)
            if isinstance(one, QComboBox):
                self._entries(one, place)

    def _tabs(self, bar: QTabBar, place: int) -> None:
        for tab in range(bar.count()):
            self._put((place, "tab", tab), bar.tabText(tab), partial(bar.setTabText, tab))
            self._put((place, "tip", tab), bar.tabToolTip(tab), partial(bar.setTabToolTip, tab))

    def _entries(self, box: QComboBox, place: int) -> None:
        tip = Qt.ItemDataRole.ToolTipRole
        for row in range(box.count()):
            self._put((place, "row", row), box.itemText(row), partial(box.setItemText, row))
            if isinstance(said := box.itemData(row, tip), str):
                self._put((place, "tip", row), said, partial(_set_tip, box, row))

    def _put(self, place: Place, shown: str, put: Callable[[str], object]) -> None:
        if not shown:
            return
        before = self._before.get(place)
        lines = before[1] if before is not None and before[0] == shown else _meant(shown)
        now = "\n".join(map(str, lines))
        self._meant[place] = now, lines
        if now != shown:
            put(now)


def _set_tip(box: QComboBox, row: int, tip: str) -> None:
    box.setItemData(row, tip, Qt.ItemDataRole.ToolTipRole)


def _meant(shown: str) -> list[Said | str]:
    """The text that is shown, or those that stand one below the other, as in a tooltip; what is none stays a string."""
    whole = texts.meant(shown)
    return [whole] if whole is not None else [texts.meant(line) or line for line in shown.split("\n")]


def _all_of(window: QWidget) -> Iterator[QObject]:
    yield window
    yield from window.findChildren(QWidget)
    yield from window.findChildren(QAction)
