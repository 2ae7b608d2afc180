"""Files and images on their way in and out: opened, dropped, pasted, saved."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog

from aestudio.core.data.reading.suffixes import IMAGE_SUFFIXES
from aestudio.core.ground.errors import StudioError
from aestudio.core.ground.texts import say
from aestudio.core.model.suffix import SUFFIX
from aestudio.qt.several_images import SeveralImages, levels_of
from aestudio.studio import recent
from aestudio.studio.notice import Failed, Noted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from aestudio.qt.window import Window
    from aestudio.studio.document import Document
    from aestudio.studio.studio import Studio

FILM = ".gif"
PICKLES = (".pt", ".pth", ".pkl", ".ckpt")
"""Refused in words by whoever opens models."""


class Intake(QObject):
    """Finds out what a file is, and gives it to the document that is shown."""

    def __init__(self, studio: Studio, window: Window) -> None:
        super().__init__(window)
        self._studio, self._window = studio, window
        self._several = SeveralImages(studio, self)

    @property
    def _document(self) -> Document:
        return self._studio.document

    # -- in ---------------------------------------------------

    def take_file(self, path: Path) -> None:
        """Opens a model, tries an image, or trains on a folder or an array file: whatever the path is."""
        self.take_files([path])

    def take_files(self, paths: Sequence[Path]) -> None:
        """All images go through the model; of all others the first is opened, or trained on. Where more were given, a
        sentence says which is used.
        """
        self._studio.when_ready(lambda: self._take(paths))

    def _take(self, paths: Sequence[Path]) -> None:
        images = [path for path in paths if _is_image(path)]
        others = [path for path in paths if not _is_image(path)]
        if others and self._take_one(others[0]) and len(others) > 1:
            said = say("Of {count:,} files this is used: {name}.", count=len(others), name=others[0].name)
            self._studio.tell(Noted(said))
        if len(images) == 1:
            self._take_one(images[0])
        elif images:
            self._several.take(images)

    def _take_one(self, path: Path) -> bool:
        """False, and the reason told, where it cannot be used."""
        from aestudio.core.data.paths import data_from_path
        from aestudio.core.data.reading.pictures import read_own

        try:
            if _is_image(path):
                self._try_image(path.name, read_own(path, levels_of(self._document)))
                if not self._document.shown.own_names:
                    return False
            elif path.suffix.lower() in (SUFFIX, *PICKLES):
                if not self._document.kept.open(path):
                    return False
            else:
                self._document.choose_data(data_from_path(path))
        except StudioError as error:
            self._fail(str(error))
            return False
        recent.note(path)
        return True

    def paste(self) -> None:
        """Tries the image on the clipboard, or takes the files that were copied."""
        board: QMimeData | None = QGuiApplication.clipboard().mimeData()  # None where nothing was ever copied
        if board is not None and (paths := _files(board)):
            self._bring_up(all(map(_is_image, paths)))
            self.take_files(paths)
            return
        image = QGuiApplication.clipboard().image()
        if image.isNull():
            self._fail(say("There is no image on the clipboard; copy one and paste again."))
        else:
            self._bring_up(True)
            self._try(say("Pasted image"), image)

    def take_drop(self, dropped: QMimeData) -> bool:
        """Takes what was dropped on the window; False, and the reason told, where that is nothing."""
        if paths := _files(dropped):
            self._bring_up(all(map(_is_image, paths)))
            self.take_files(paths)
        elif dropped.hasImage():
            self._bring_up(True)
            self._try(say("Dropped image"), QImage(dropped.imageData()))
        else:
            self._fail(say("Nothing that can be opened was dropped; save the image to a file and drop that."))
            return False
        return True

    def _bring_up(self, are_images: bool) -> None:
        """Goes where the document is seen; images alone may be seen on the page that is shown."""
        if not (are_images and self._window.shown.shows_own_images):
            self._studio.want_document()

    def _try_image(self, name: str, image: NDArray[np.float32]) -> None:
        """Through the model that is shown, or through both that are compared."""
        from aestudio.studio.own_images import OwnImage

        self._several.forget()
        for document in self._studio.seen or (self._document,):
            document.shown.try_images([OwnImage(name, image)])

    def _try(self, name: str, image: QImage) -> None:
        self._studio.when_ready(lambda: self._take_image(name, image))

    def _take_image(self, name: str, image: QImage) -> None:
        from aestudio.qt.images import from_qimage  # with numpy, which the window does not wait for

        self._try_image(name, from_qimage(image))

    def ask_open(self) -> None:
        """Lets the person pick a model or an image."""
        models, images = f"*{SUFFIX}", " ".join(f"*{suffix}" for suffix in sorted(IMAGE_SUFFIXES))
        kinds = say(
            "Models and images ({models} {images});;Models ({models});;Images ({images});;All files (*)",
            models=models,
            images=images,
        )
        name, _ = QFileDialog.getOpenFileName(self._window, say("Open a model or an image"), str(Path.home()), kinds)
        if name:
            self.take_file(Path(name))

    def ask_folder(self) -> None:
        """Lets the person pick a folder of images to train on."""
        name = QFileDialog.getExistingDirectory(self._window, say("Use a folder of images"), str(Path.home()))
        if name:
            self.take_file(Path(name))

    def _fail(self, sentence: str) -> None:
        self._studio.tell(Failed(sentence))

    # -- out ---------------------------------------------------

    def ask_save(self) -> None:
        """Lets the person say where the model goes."""
        preview = self._document.preview
        if preview is None:
            self._fail(say("There is nothing to save yet: train a model first."))
            return
        self.ask_place(preview.run.title, self._document.kept.save)

    def ask_film(self) -> None:
        """Lets the person say where a film of the training goes."""
        preview = self._document.preview
        title = preview.run.title if preview is not None else ""
        kinds = say("Films ({films})", films=f"*{FILM}")
        proposal = Path.home() / f"{file_name(title)}{FILM}"
        name, _ = QFileDialog.getSaveFileName(self._window, say("Save the film"), str(proposal), kinds)
        if name:
            path = Path(name)
            self._document.timeline.save_film(path if path.suffix else path.with_suffix(FILM))

    def ask_place(self, title: str, save: Callable[[Path], bool]) -> bool:
        """Lets the person say where a model goes, and writes it there. Whether it is there now."""
        kinds = say("Models ({models})", models=f"*{SUFFIX}")
        proposal = Path.home() / f"{file_name(title)}{SUFFIX}"
        name, _ = QFileDialog.getSaveFileName(self._window, say("Save the model"), str(proposal), kinds)
        if not name:
            return False
        path = Path(name)
        path = path if path.suffix else path.with_suffix(SUFFIX)
        done = save(path)
        if done:
            recent.note(path)
        return done


def _files(carried: QMimeData) -> list[Path]:
    return [Path(url.toLocalFile()) for url in carried.urls() if url.isLocalFile()]


def _is_image(path: Path) -> bool:
    return os.path.isfile(path) and path.suffix.lower() in IMAGE_SUFFIXES


def file_name(title: str) -> str:
    """A title as the name of a file, without an ending: `Sparse autoencoder, KL` is sparse-autoencoder-kl."""
    return "-".join(re.findall(r"\w+", title.lower().replace("’", ""))) or "model"
