"""What can be done to the window itself: to quit, to go to a page, to look another way, to be helped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from aestudio import __version__
from aestudio.core.ground.resources import resource
from aestudio.core.ground.texts import Text, listed, say
from aestudio.qt import theme
from aestudio.qt.action import Action, Key
from aestudio.qt.display import SCALES, display
from aestudio.qt.help_window import HelpWindow

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
    yield Action("preferences", "P&references…", window.ask_preferences, ("Ctrl+,",), "File", 30)
    yield Action("quit", "&Quit", window.close, ("Ctrl+Q",), "File", 31)
    for number, (page, key) in enumerate(window.keys.items()):
        yield Action(
            page.name, page.title, partial(window.show_page, page), (key,), "View", 10 + number / 100,
            tip=Text("Go to the page {page}", page=Text(page.title)),
        )  # fmt: skip
    for mode, words in THEMES:
        yield Action(
            mode, words, partial(choose_theme, mode), menu="View", place=30, choice="&Theme",
            checked=partial(_is_theme, mode),
        )  # fmt: skip
    yield Action(
        "tour", "&Tour of the window", window.guide.begin, menu="Help", place=9, tip="Eight steps, on your own work"
    )
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
    yield Action("about", "&About AEStudio", partial(show_about, window), menu="Help", place=12)


def resize_all(step: int) -> None:
    """Makes everything a step larger or smaller; with no step as large as it is by itself."""
    display().choose(scale=_resized(step))


def _resized(step: int) -> int:
    at = SCALES.index(display().scale) + step if step else 0
    return SCALES[min(max(at, 0), len(SCALES) - 1)]


def _may_resize(step: int) -> bool:
    return _resized(step) != display().scale


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
    help_window = window.findChild(HelpWindow) or HelpWindow(resource("docs"), window)
    if page:
        help_window.open_page(page)
    help_window.show()
    help_window.activateWindow()


def show_shortcuts(window: Window) -> None:
    """Every key, of the window and of every page."""
    rows = [f"<tr><td><b>{key}</b>&nbsp;&nbsp;</td><td>{words}</td></tr>" for key, words in shortcuts(window)]
    _tell(window, say("Keyboard shortcuts"), f"<table cellspacing='4'>{''.join(rows)}</table>")


def shortcuts(window: Window) -> list[tuple[str, str]]:
    """Keys and what they do: those that work everywhere, then those of each page, named by it."""
    everywhere = _keys(window.actions_of_window())
    for page in window.pages:
        own = [*_keys(page.actions_here()), *((say(keys), say(words)) for keys, words in page.hints.items())]
        everywhere += [(key, say("{page}: {words}", page=Text(page.title), words=words)) for key, words in own]
    return everywhere


def _keys(actions: Sequence[Action]) -> list[tuple[str, str]]:
    return [(str(listed(key.toString() for key in one.sequences())), one.words()) for one in actions if one.keys]


def show_about(window: QWidget) -> None:
    """What this is."""
    _tell(
        window,
        say("About AEStudio"),
        say(
            "<h3>AEStudio {version}</h3><p>Train autoencoders and see what they do.</p>"
            "<p>It follows the survey <i>Autoencoders</i> by Bank, Koenigstein and Giryes, "
            "<a href='https://arxiv.org/abs/2003.05991'>arXiv 2003.05991</a>.</p>",
            version=__version__,
        ),
    )


def _tell(window: QWidget, title: str, html: str) -> None:
    box = QMessageBox(window)
    box.setWindowTitle(title)
    box.setTextFormat(Qt.TextFormat.RichText)
    box.setText(html)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
