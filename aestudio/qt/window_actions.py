"""What can be done to the window itself: to quit, to go to a page, to look another way, to be helped."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QWidget,
)

from aestudio.core.ground.texts import Text
from aestudio.qt import theme
from aestudio.qt.action import Action, Key
from aestudio.qt.display import SCALES, display
from aestudio.qt.page import Page

if TYPE_CHECKING:
    from aestudio.qt.window import Window

THEMES: tuple[tuple[theme.ThemeMode, Text], ...] = (
    ("system", Text("As the &system")), ("light", Text("&Light")), ("dark", Text("&Dark"))
)  # fmt: skip

ZOOM = QKeySequence.StandardKey
SIZES: tuple[tuple[str, Text, tuple[Key, ...], int], ...] = (
    ("larger", Text("Everything &larger"), (ZOOM.ZoomIn, "Ctrl+="), 1),
    ("smaller", Text("Everything &smaller"), (ZOOM.ZoomOut,), -1),
    ("natural", Text("Everything in its &normal size"), ("Ctrl+0",), 0),
)
"""What makes everything larger or smaller: name, text, keys, steps."""


def window_actions(window: Window) -> Iterator[Action]:
    """In no order: each says where it stands."""
    yield Action(
        "mendLibrary", "Check and &repair the library", window.mender.begin, menu="File", place=29,
        possible=lambda: window.settled and not window.mender.task.running,
        tip="Look through it; where it is damaged make it again from its copy and the files beside it",
    )  # fmt: skip
    yield Action(
        "find", "&Find and do…", window.open_palette, ("Ctrl+K", "Ctrl+Shift+P"), "Edit", 30,
        possible=lambda: window.settled,
        tip="Type a few letters: an action, a setting and its new value, a recipe, a file or a run",
    )  # fmt: skip
    yield Action("preferences", "P&references…", window.ask_preferences, ("Ctrl+,",), "File", 30)
    yield Action("quit", "&Quit", window.close, ("Ctrl+Q",), "File", 31)
    for page in window.keys:
        yield page_action(window, page)
    for mode, words in THEMES:
        yield Action(
            mode, words, partial(choose_theme, mode), menu="View", place=30, choice="&Theme",
            checked=partial(_is_theme, mode),
        )  # fmt: skip
    yield Action(
        "tour",
        "&Tour of the window",
        lambda: window.guide and window.guide.begin(),
        menu="Help",
        place=9,
        possible=lambda: window.settled,
        tip="Eight steps, on your own work",
    )
    yield Action(
        "fullScreen", "F&ull screen", partial(fill_screen, window), (ZOOM.FullScreen,), "View", 26,
        checked=window.isFullScreen, tip="The window fills the screen, without its frame",
    )  # fmt: skip
    for name, text, keys, step in SIZES:
        yield Action(
            name, text, partial(resize_all, step), keys, "View", 25, possible=partial(_may_resize, step),
        )  # fmt: skip
    yield Action("documentation", "&Documentation", partial(_read_help, window), menu="Help", place=10)
    yield Action(
        "glossary", "&Glossary", partial(_read_help, window, "glossary.md"), menu="Help", place=10.5,
        tip="What each symbol and word means",
    )  # fmt: skip
    yield Action("shortcuts", "&Keyboard shortcuts", partial(_list_keys, window), ("F1",), "Help", 11)
    yield Action(
        "about", "&About AEStudio", partial(_tell_about, window), menu="Help", place=12,
        possible=lambda: window.settled,
    )  # fmt: skip


def resize_all(step: int) -> None:
    """Makes everything a step larger or smaller; with no step as large as it is by itself."""
    display().choose(scale=_resized(step))


def fill_screen(window: QWidget) -> None:
    """The window fills the screen, or is as it was before."""
    window.setWindowState(window.windowState() ^ Qt.WindowState.WindowFullScreen)


def _resized(step: int) -> int:
    at = SCALES.index(display().scale) + step if step else 0
    return SCALES[min(max(at, 0), len(SCALES) - 1)]


def _may_resize(step: int) -> bool:
    return _resized(step) != display().scale


def page_action(window: Window, page: Page) -> Action:
    """Goes to a page: for the menu and its button in the rail."""
    place = list(window.keys).index(page)
    return Action(
        page.name, page.title, partial(window.show_page, page), (window.keys[page],), "View", 10 + place / 100,
        tip=Text("Go to the page {page}", page=Text(page.title)), possible=lambda: window.shown is not page,
    )  # fmt: skip


def _is_theme(mode: theme.ThemeMode) -> bool:
    return theme.mode() == mode


def choose_theme(mode: theme.ThemeMode) -> None:
    """Dresses the program."""
    app = QApplication.instance()
    if isinstance(app, QApplication):
        theme.apply(app, mode)


def choose_scale() -> None:
    """Makes everything as large as the person has chosen."""
    app = QApplication.instance()
    if isinstance(app, QApplication) and theme.scale() != display().scale:
        theme.set_scale(app, display().scale)


def _read_help(window: Window, page: str = "") -> None:
    from aestudio.qt.helping import show_documentation  # not before somebody wants to read

    show_documentation(window, page)


def _list_keys(window: Window) -> None:
    from aestudio.qt.helping import show_shortcuts

    show_shortcuts(window)


def _tell_about(window: Window) -> None:
    from aestudio.qt.helping import show_about

    show_about(window)
