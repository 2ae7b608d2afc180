"""Another program: a small window whose left half gives a file away by drag and whose right half takes files.

`python stranger.py FILE` says when it is shown, when something is held over it, and what it is given, one JSON a line.
"""

from __future__ import annotations

import json
import sys

from PySide6.QtCore import QMimeData, Qt, QTimer, QUrl
from PySide6.QtGui import QDrag, QDragEnterEvent, QDropEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QWidget

SIDE = 100


def say(what: str, **more: object) -> None:
    print(json.dumps({"what": what, **more}), flush=True)


class Gives(QLabel):
    def mouseMoveEvent(self, _event: QMouseEvent) -> None:
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(sys.argv[1])])
        drag = QDrag(self)
        drag.setMimeData(mime)
        drag.exec(Qt.DropAction.CopyAction)
        say("given")


class Takes(QLabel):
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        event.acceptProposedAction()
        say("entered")

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        for url in event.mimeData().urls():
            with open(url.toLocalFile(), "rb") as file:
                say("taken", path=url.toLocalFile(), bytes=len(file.read()))


def main() -> int:
    app = QApplication(sys.argv[:1])
    window = QWidget(None, Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint)
    window.setWindowTitle("stranger")
    row = QHBoxLayout(window)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    gives, takes = Gives("give"), Takes("take")
    takes.setAcceptDrops(True)
    for half in (gives, takes):
        half.setFixedSize(SIDE, SIDE)
        row.addWidget(half)
    window.move(1040, 100)
    window.show()
    QTimer.singleShot(0, lambda: say("shown"))
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
