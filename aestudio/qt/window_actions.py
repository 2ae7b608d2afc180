"""What can be done to the window itself: to quit, to go to a page, to look another way, to be helped."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLayout,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from aestudio import __version__
from aestudio.core.ground import folders
from aestudio.core.ground.resources import resource
from aestudio.core.ground.texts import Text, listed, say
from aestudio.qt import theme
from aestudio.qt.action import Action, Key
from aestudio.qt.display import SCALES, display
from aestudio.qt.page import Page
from aestudio.qt.widgets.basics import label
from aestudio.qt.widgets.layouts import in_column, in_row

if TYPE_CHECKING:
    from aestudio.qt.help_window import HelpWindow
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
HELP = Text("Documentation")


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
        window.guide.begin,
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
    yield Action("documentation", "&Documentation", partial(show_documentation, window), menu="Help", place=10)
    yield Action(
        "glossary", "&Glossary", partial(show_documentation, window, "glossary.md"), menu="Help", place=10.5,
        tip="What each symbol and word means",
    )  # fmt: skip
    yield Action("shortcuts", "&Keyboard shortcuts", partial(show_shortcuts, window), ("F1",), "Help", 11)
    yield Action(
        "about", "&About AEStudio", partial(show_about, window), menu="Help", place=12,
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


def show_documentation(window: QWidget, page: str = "") -> None:
    """The pages of help, in a window of their own; opened at one of them, by the name of its file."""
    shown = help_of(window)
    if page:
        shown.open_page(page)
    shown.show()
    shown.activateWindow()


def help_of(window: QWidget) -> HelpWindow:
    """The window of help, which is made once."""
    from aestudio.qt.help_window import HelpWindow  # not before somebody wants to read

    return window.findChild(HelpWindow) or HelpWindow(resource("docs"), window)


def show_shortcuts(window: Window) -> None:
    """Every key, of the window and of every page."""
    dialog = _dialog(window, "shortcuts", say("Keyboard shortcuts"))
    dialog.resize(theme.px(560), min(theme.px(640), window.height()))
    rows = QTreeWidget()
    rows.setAccessibleName(say("Keyboard shortcuts"))
    rows.setHeaderLabels([say("Key"), say("What it does")])
    rows.setRootIsDecorated(False)
    rows.addTopLevelItems([QTreeWidgetItem([key, words]) for key, words in shortcuts(window)])
    rows.resizeColumnToContents(0)
    _closable(dialog, rows)
    dialog.open()


def shortcuts(window: Window) -> list[tuple[str, str]]:
    """Keys and what they do: those that work everywhere, then those of each page and of help, named by it."""
    found = [(_keys(one), one.words()) for one in window.actions_of_window()]
    places = [(page.title, [*page.actions_here(), *page.actions_within()]) for page in window.pages]
    for title, actions in (*places, (HELP.template, help_of(window).actions_here)):
        found += [
            (_keys(one), say("{page}: {words}", page=Text(title), words=one.words())) for one in actions if one.keys
        ]
    return list(dict.fromkeys((keys, words) for keys, words in found if keys))


def _keys(action: Action) -> str:
    native = QKeySequence.SequenceFormat.NativeText
    return str(listed(key.toString(native) for key in action.sequences()))


def show_about(window: QWidget) -> None:
    """What this is."""
    from aestudio.core.ground.compute import machine  # which asks torch

    dialog = _dialog(window, "about", say("About AEStudio"))
    picture = QLabel()
    picture.setPixmap(theme.app_icon().pixmap(theme.px(64), theme.px(64)))
    said = label(
        say(
            "<p>Train autoencoders and see what they do.</p>"
            "<p>It follows the survey <i>Autoencoders</i> by Bank, Koenigstein and Giryes, "
            "<a href='https://arxiv.org/abs/2003.05991'>arXiv 2003.05991</a>.</p><p>Log: {log}</p>",
            log=escape(str(folders.log())),
        ),
        wrap=True,
    )
    said.setTextFormat(Qt.TextFormat.RichText)
    said.setOpenExternalLinks(True)
    said.setMinimumWidth(theme.px(360))
    beside = in_column(
        label(say("AEStudio {version}", version=__version__), "title"), said, label(machine(), "caption", wrap=True), 1
    )
    _closable(dialog, in_row(in_column(picture, 1), (beside, 1), spacing=2 * theme.GRID))
    dialog.open()


def _dialog(window: QWidget, name: str, title: str) -> QDialog:
    made = QDialog(window)
    made.setObjectName(name)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    made.setWindowTitle(title)
    return made


def _closable(dialog: QDialog, part: QWidget | QLayout) -> None:
    """Puts it into the dialog, and a button that closes this below."""
    close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    close.rejected.connect(dialog.reject)
    in_column((part, 1), close, host=dialog).setContentsMargins(*[2 * theme.GRID] * 4)
