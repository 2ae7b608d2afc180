"""Uses what CONTRIBUTING.md adds to the window, in a copy of the program that has it: `python contributed.py FOLDER`.

Prints what was found as one JSON object. It does what a person can do: keys, tabs and buttons.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtTest import QTest

from aestudio.core.ground import folders
from aestudio.qt.app import application
from aestudio.qt.helping import shortcuts
from aestudio.qt.pages.inspect.page import InspectPage
from aestudio.qt.pages.studies.page import StudiesPage
from aestudio.qt.window import Window

PAGES = "aestudio.qt.pages"
DiaryPage: Any = import_module(f"{PAGES}.diary.page").DiaryPage
SizesPanel: Any = import_module(f"{PAGES}.inspect.panels.sizes").SizesPanel
SeedsStudy: Any = import_module(f"{PAGES}.studies.kinds.seeds").SeedsStudy
PATIENCE = 120
CONTROL = Qt.KeyboardModifier.ControlModifier


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError("The condition never held.")
        loop = QEventLoop()
        QTimer.singleShot(10, loop.quit)
        loop.exec()


def main(folder: Path) -> dict[str, Any]:
    folders.settings = lambda: folder / "window.ini"
    application()
    window = Window()
    window.show()
    window.begin()
    document = window.document
    wait_until(lambda: document.status.can_train)
    found: dict[str, Any] = {"rail": window.rail.titles(), "keys": dict(shortcuts(window))}

    page: Any = window.page(DiaryPage)
    document.set_value("epochs", 1)
    document.train()
    wait_until(lambda: not document.busy)
    found["diary"] = [page.lines.item(row).text() for row in range(page.lines.count())]
    found["possible elsewhere"] = window.action("clearDiary").isEnabled()
    window.activateWindow()
    wait_until(window.isActiveWindow)  # else no key of its own is heard
    QTest.keyClick(window, Qt.Key.Key_7, CONTROL)
    found["shown by its key"] = window.shown is page
    found["possible"] = window.action("clearDiary").isEnabled()
    QTest.keyClick(window, Qt.Key.Key_K, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    found["cleared by its key"] = page.lines.count() == 0
    found["possible when empty"] = window.action("clearDiary").isEnabled()
    found["menu"] = window.action("clearDiary").text()

    inspecting = window.page(InspectPage)
    window.show_page(inspecting)
    inspecting.choose(SizesPanel)
    panel: Any = inspecting.panel
    wait_until(lambda: bool(panel.line.text()))
    found["panel"] = [inspecting.tabs.tabText(inspecting.tabs.currentIndex()), panel.line.text()]

    studying = window.page(StudiesPage)
    window.show_page(studying)
    study: Any = studying.of(SeedsStudy)
    studying.choose(study)
    studying.start.click()
    wait_until(lambda: not studying.runner.running)
    found["study"] = [studying.tabs.tabText(studying.tabs.currentIndex()), study.verdict.text()]
    library = window.studio.shelf.library
    found["runs"] = sorted(run.seed for run in library.runs()) if library is not None else []
    found["closed"] = window.shut(60)
    window.close()
    return found


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))), flush=True)
    os._exit(0)  # Qt's own tidying is not what is tested
