"""Icons that are drawn when they are seen, at the size at which they are seen: most of them are not, for a while."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QByteArray, QDataStream, QIODevice
from PySide6.QtGui import QIcon

ENGINE = "svg"
"""Qt's own plugin that draws such icons."""


def svg_icon(drawings: Mapping[QIcon.Mode, bytes]) -> QIcon:
    """An icon of an SVG for each mode; where one is missing it is that of the normal mode.

    Qt gives drawings to its plugin by the names of files only. An icon that was once written down holds them as they
    are, so this writes one down and reads it.

    Source: QSvgIconEngine::read, unchanged since Qt 4.4.
    """
    held = QByteArray()
    written = QDataStream(held, QIODevice.OpenModeFlag.WriteOnly)
    written.writeQString(ENGINE)
    written.writeInt32(0)  # names of files
    written.writeInt32(0)  # whether the drawings are compressed
    written.writeInt32(len(drawings))
    for mode, drawing in drawings.items():
        written.writeInt32(mode.value << 4 | QIcon.State.Off.value)
        written << QByteArray(drawing)
    written.writeInt32(0)  # pictures beside them
    made = QIcon()
    QDataStream(held, QIODevice.OpenModeFlag.ReadOnly) >> made
    return made
