"""A button from which the result is dragged into another program."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl, Signal
from PySide6.QtGui import QDrag, QMouseEvent, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from aestudio.core.denoise.files.writing import fitting_suffix, write_picture
from aestudio.core.denoise.picture import Picture
from aestudio.core.ground.errors import StudioError
from aestudio.core.ground.texts import say
from aestudio.qt.pages.denoise.pixmaps import shown
from aestudio.qt.widgets.basics import IconButton

SIDE = 96


class DragGrip(IconButton):
    """What is dragged is a file, which lies in a temporary folder until the program ends, and the image itself."""

    refused = Signal(str)

    def __init__(self, result: Callable[[], Picture], parent: QWidget | None = None) -> None:
        """`result` gives what to drag. It raises StudioError where there is nothing."""
        super().__init__(
            "download", say("Drag the result from here into another program or folder"), parent, text=say("Drag out")
        )
        self.setObjectName("dragGrip")
        self._result = result
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._from: QPoint | None = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._from = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        away = QApplication.startDragDistance()
        if self._from is None or (event.position().toPoint() - self._from).manhattanLength() < away:
            return
        self._from = None
        self.setDown(False)
        QApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)  # a large picture takes seconds to write
        try:
            mime, image = self.dragged()
        except StudioError as error:
            self.refused.emit(str(error))
            return
        finally:
            QApplication.restoreOverrideCursor()
        drag = QDrag(self)
        drag.setMimeData(mime)
        drag.setPixmap(image)
        drag.exec(Qt.DropAction.CopyAction)

    def dragged(self) -> tuple[QMimeData, QPixmap]:
        """The file and the image, and what is seen under the pointer. Raises: StudioError where there is no result."""
        picture = self._result()
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="aestudio-")
        name = Path(picture.name or "picture")
        path = Path(self._folder.name) / f"{name.stem}-denoised{fitting_suffix(picture, name.suffix or '.png')}"
        write_picture(picture, path)
        image, mime = shown(picture), QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path))])
        mime.setImageData(image)
        return mime, QPixmap.fromImage(
            image.scaled(SIDE, SIDE, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
        )

    def tidy(self) -> None:
        """Removes the files."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
