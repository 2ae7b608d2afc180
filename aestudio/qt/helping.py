"""What the menu Help shows: pages to read, every key, and what this program is."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLayout, QTreeWidget, QTreeWidgetItem, QWidget

from aestudio import __version__
from aestudio.core.ground import folders
from aestudio.core.ground.resources import resource
from aestudio.core.ground.texts import Text, listed, say
from aestudio.qt import theme
from aestudio.qt.action import Action
from aestudio.qt.help_window import HelpWindow
from aestudio.qt.widgets.basics import label
from aestudio.qt.widgets.layouts import in_column, in_row
from aestudio.qt.window import Window

HELP = Text("Documentation")


def show_documentation(window: QWidget, page: str = "") -> None:
    """The pages of help, in a window of their own; opened at one of them, by the name of its file."""
    shown = help_of(window)
    if page:
        shown.open_page(page)
    shown.show()
    shown.activateWindow()


def help_of(window: QWidget) -> HelpWindow:
    """The window of help, which is made once."""
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
