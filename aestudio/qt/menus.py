"""The menus: every entry by name, with its key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu, QMessageBox

from aestudio import __version__
from aestudio.core.ground.resources import resource
from aestudio.qt import theme
from aestudio.qt.help_window import HelpWindow
from aestudio.qt.intake import Intake
from aestudio.qt.pages.explore import ExplorePage
from aestudio.qt.session import Session
from aestudio.qt.widgets.rail import Rail

StandardKey = QKeySequence.StandardKey
Act = Callable[[], object]


@dataclass(frozen=True)
class Acts:
    """What the entries do that is the window's to do, and whom they speak to."""

    session: Session
    intake: Intake
    explore: ExplorePage
    rail: Rail
    open: Act
    save: Act
    export: Act
    paste: Act
    preferences: Act
    continue_shown: Act


def build(window: QMainWindow, acts: Acts) -> dict[str, QAction]:
    """Fills the window's menu bar; the entries by name."""
    session, explore = acts.session, acts.explore
    actions: dict[str, QAction] = {}

    def add(menu: QMenu, words: str, name: str, act: Act, keys: StandardKey | str = "") -> None:
        action = menu.addAction(words)
        if keys:
            action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda _checked=False: act())
        actions[name] = action

    bar = window.menuBar()
    file = bar.addMenu("&File")
    add(file, "&Open model or image…", "open", acts.open, StandardKey.Open)
    add(file, "Use a &folder of images…", "folder", acts.intake.ask_folder, "Ctrl+Shift+O")
    add(file, "&Save model as…", "save", acts.save, StandardKey.Save)
    add(file, "&Export model…", "export", acts.export, "Ctrl+E")
    file.addSeparator()
    add(file, "&Paste image", "paste", acts.paste, StandardKey.Paste)
    file.addSeparator()
    add(file, "P&references…", "preferences", acts.preferences, "Ctrl+,")
    add(file, "&Quit", "quit", window.close, "Ctrl+Q")

    run = bar.addMenu("&Training")
    add(run, "&Train", "train", session.train, "F5")
    add(run, "&Continue", "continue", acts.continue_shown, "Shift+F5")
    add(run, "&Pause or resume", "pause", session.pause, "F6")
    add(run, "&Step", "step", session.step, "F7")
    add(run, "St&op", "stop", session.stop, "F8")

    view = bar.addMenu("&View")
    for number, title in enumerate(acts.rail.titles()):
        add(view, title, title.lower(), partial(acts.rail.choose, number), f"Ctrl+{number + 1}")
    view.addSeparator()
    difference = view.addAction("&Difference pane")
    difference.setCheckable(True)
    difference.toggled.connect(explore.panes.set_difference_visible)
    difference.setShortcut("Ctrl+D")
    actions["difference"] = difference
    add(view, "Samples as a &grid", "grid", explore.panes.back_to_grid)
    actions["grid"].setShortcuts([QKeySequence("Ctrl+G"), QKeySequence("Esc")])
    add(view, "&Reset the code sliders", "reset", explore.sliders.reset, "Ctrl+R")
    view.addSeparator()
    actions |= _themes(view)

    helping = bar.addMenu("&Help")
    add(helping, "&Documentation", "documentation", lambda: _show_documentation(window))
    add(helping, "&Keyboard shortcuts", "shortcuts", lambda: _show_shortcuts(window, actions), "F1")
    add(helping, "&About AEStudio", "about", lambda: _show_about(window))
    return actions


def _themes(view: QMenu) -> dict[str, QAction]:
    looks = view.addMenu("&Theme")
    group = QActionGroup(looks)
    actions = {}
    for mode, words in (("system", "As the &system"), ("light", "&Light"), ("dark", "&Dark")):
        action = looks.addAction(words)
        action.setCheckable(True)
        action.setData(mode)
        group.addAction(action)
        actions[mode] = action
    group.triggered.connect(_choose_theme)
    return actions


def _choose_theme(action: QAction) -> None:
    app = QApplication.instance()
    if isinstance(app, QApplication):
        theme.apply(app, action.data())


def _show_documentation(window: QMainWindow) -> None:
    help_window = window.findChild(HelpWindow) or HelpWindow(resource("docs"), window)
    help_window.show()
    help_window.activateWindow()


def _show_shortcuts(window: QMainWindow, actions: dict[str, QAction]) -> None:
    keys = {
        ", ".join(key.toString() for key in action.shortcuts()): action.text().replace("&", "").rstrip("…")
        for action in actions.values()
        if action.shortcuts()
    }
    keys["Arrows, Enter"] = "Move among the samples, enlarge one"
    rows = [f"<tr><td><b>{key}</b>&nbsp;&nbsp;</td><td>{words}</td></tr>" for key, words in keys.items()]
    _tell(window, "Keyboard shortcuts", f"<table cellspacing='4'>{''.join(rows)}</table>")


def _show_about(window: QMainWindow) -> None:
    _tell(
        window,
        "About AEStudio",
        f"<h3>AEStudio {__version__}</h3><p>Train autoencoders and see what they do.</p>"
        "<p>It follows the survey <i>Autoencoders</i> by Bank, Koenigstein and Giryes, "
        "<a href='https://arxiv.org/abs/2003.05991'>arXiv 2003.05991</a>.</p>",
    )


def _tell(window: QMainWindow, title: str, html: str) -> None:
    box = QMessageBox(window)
    box.setWindowTitle(title)
    box.setTextFormat(Qt.TextFormat.RichText)
    box.setText(html)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
