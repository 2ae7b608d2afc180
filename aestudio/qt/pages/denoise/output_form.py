"""What results of a batch are called and written as."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QLineEdit, QSpinBox, QWidget

from aestudio.core.denoise.files.writing import LOSSY
from aestudio.core.denoise.output import Output
from aestudio.core.ground.texts import say
from aestudio.qt.widgets.basics import label, pad
from aestudio.qt.widgets.layouts import in_column, in_row

OFFERED = (".png", ".tif", ".jpg", ".webp", ".avif", ".jp2", ".bmp")
"""Of several endings of one format, one."""


class OutputForm(QWidget):
    """Format, what stands behind the name, and quality where the format has one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.ending = QComboBox()
        self.ending.setAccessibleName(say("Format"))
        self.ending.addItem(say("As the pictures"), "")
        for one in OFFERED:
            self.ending.addItem(one, one)
        self.behind = QLineEdit()
        self.behind.setAccessibleName(say("Behind the name"))
        self.behind.setToolTip(say("Put behind the name of every result, such as -clean"))
        self.quality = QSpinBox()
        self.quality.setAccessibleName(say("Quality"))
        self.quality.setToolTip(say("1 to 100, of formats that lose something"))
        self.quality.setRange(0, 100)
        self.quality.setSpecialValueText(say("As fine as before"))
        pad(self.quality)
        in_column(
            in_row(label(say("Format")), (self.ending, 1), label(say("Quality")), (self.quality, 1)),
            in_row(label(say("Behind the name")), (self.behind, 1)),
            host=self,
        )
        self.ending.currentIndexChanged.connect(self._show_quality)
        self._show_quality()

    def output(self) -> Output:
        quality = self.quality.value() if self.quality.isEnabled() else 0
        return Output(self.ending.currentData(), self.behind.text().strip(), quality or None)

    @Slot()
    def _show_quality(self) -> None:
        ending = self.ending.currentData()
        self.quality.setEnabled(not ending or ending in LOSSY)
