"""A picture that a person keeps: where to, and written whole or not at all."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from aestudio.core.ground import atomic
from aestudio.core.ground.errors import ExportError, reason
from aestudio.core.ground.texts import say

SUFFIX = ".png"


def ask_place(parent: QWidget, title: str, proposal: str) -> Path | None:
    """Lets the person say where a PNG goes; None where they would rather not, or not replace what is there."""
    name, _ = QFileDialog.getSaveFileName(
        parent, title, str(Path.home() / proposal), say("Pictures (*{suffix})", suffix=SUFFIX)
    )
    if not name:
        return None
    path = Path(name)
    if path.suffix:
        return path  # the dialog has asked before a file is replaced
    path = path.with_name(path.name + SUFFIX)
    if not path.exists():
        return path
    answer = QMessageBox.question(parent, title, say("{name} is there already. Replace it?", name=path.name))
    return path if answer == QMessageBox.StandardButton.Yes else None


def write_png(picture: QImage, path: Path) -> Path:
    """Any thread may do it. Raises: ExportError where it cannot be written."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not picture.save(buffer, "PNG"):  # type: ignore[call-overload]
        raise ExportError("The picture could not be turned into a PNG for {name}; try fewer units.", name=path.name)
    try:
        atomic.write_bytes(path, bytes(buffer.data().data()))
    except OSError as error:
        raise ExportError(
            "The picture could not be saved as {path}: {reason} Choose another place.", path=path, reason=reason(error)
        ) from error
    return path
