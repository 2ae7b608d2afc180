"""The real window on its page Denoise, which prints what a stranger to its process needs to know, one JSON a line."""

from __future__ import annotations

import json
import sys

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QTimer
from PySide6.QtWidgets import QWidget

from aestudio.qt.app import application, open_window
from aestudio.qt.pages.denoise.page import DenoisePage
from aestudio.studio.denoise.desk_events import (
    DeskEvent,
    Made,
    PicturesChanged,
)


def centre(widget: QWidget) -> tuple[int, int]:
    """From the window's own corner: only the X server knows where the window is."""
    place = QRect(widget.mapTo(widget.window(), QPoint(0, 0)), widget.size()).center()
    return place.x(), place.y()


class Watcher(QObject):
    """Says when something is held over the window."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DragEnter and watched.isWindowType():
            print(json.dumps({"what": "entered"}), flush=True)
        return super().eventFilter(watched, event)


def main() -> int:
    app = application()
    window = open_window()
    window.setGeometry(0, 20, 1200, 760)
    page = window.page(DenoisePage)
    window.show_page(page)
    page.ways.choose("tv")
    watcher = Watcher(app)
    app.installEventFilter(watcher)

    def tell(what: str) -> None:
        x, y = centre(page.grip if what == "made" else page)
        print(json.dumps({"what": what, "x": x, "y": y, "files": len(page.desk.entries)}), flush=True)

    def hear(event: DeskEvent) -> None:
        match event:
            case PicturesChanged():
                tell("opened")
                QTimer.singleShot(0, page.clean.click)
            case Made():  # buttons are enabled again after this, and the grip has found its place
                QTimer.singleShot(500, lambda: tell("made"))

    page.desk.listen(hear)
    QTimer.singleShot(0, lambda: tell("ready"))
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
