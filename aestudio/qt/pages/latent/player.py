"""Frames one after the other, there and back, as an animation that can be taken away as a GIF."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QWidget

from aestudio.core.ground.texts import say
from aestudio.core.latent.leaving import FRAME_MS, gif
from aestudio.core.run.events import Floats
from aestudio.qt.widgets.basics import IconButton
from aestudio.qt.widgets.layouts import in_column, in_row
from aestudio.qt.widgets.mosaic import Mosaic


class Player(QWidget):
    """One picture that moves while its button is pressed."""

    def __init__(self, name: str, empty_text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frames: Floats | None = None
        self._place, self._step = 0, 1
        self.picture = Mosaic(empty_text)
        self.picture.setAccessibleName(name)
        self.button = IconButton("play", say("Play there and back, until it is pressed again"), text=say("Play"))
        self.button.setCheckable(True)
        self.save = IconButton("save", say("Save the animation, there and back for ever, as a GIF"), text=say("GIF…"))
        self.save.clicked.connect(self._save)
        self._beat = QTimer(self)
        self._beat.setInterval(FRAME_MS)
        self._beat.timeout.connect(self._move)
        self.button.toggled.connect(self._switch)
        in_column((self.picture, 1), in_row(self.button, self.save, 1), host=self)

    def set_frames(self, frames: Floats | None) -> None:
        """[n, C, H, W]; it goes on from where it is."""
        self._frames = frames
        if frames is None:
            self.button.setChecked(False)
            self._place = 0
            self.picture.sharing.files.pop("gif", None)
        else:
            self._place = min(self._place, len(frames) - 1)
            self.picture.sharing.files["gif"] = lambda: gif(frames)
        for button in (self.button, self.save):
            button.setEnabled(frames is not None)
        self._show()

    def place(self) -> int:
        """Which frame is shown."""
        return self._place

    @Slot()
    def _save(self) -> None:
        self.picture.sharing.save("gif")

    @Slot(bool)
    def _switch(self, on: bool) -> None:
        if on:
            self._beat.start()
        else:
            self._beat.stop()

    @Slot()
    def _move(self) -> None:
        if self._frames is None:
            return
        if not 0 <= self._place + self._step < len(self._frames):
            self._step = -self._step
        self._place = min(max(self._place + self._step, 0), len(self._frames) - 1)
        self._show()

    def _show(self) -> None:
        self.picture.set_images(None if self._frames is None else self._frames[self._place, None])

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._beat.stop()
        self.button.setChecked(False)
