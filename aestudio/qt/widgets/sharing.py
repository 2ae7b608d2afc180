"""What every plot, pane, panel and table can do with what it shows: copy it, save it, and drag it out."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QEvent, QIODevice, QMimeData, QObject, QPoint, QSize, Qt, QUrl, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QDrag,
    QGuiApplication,
    QImage,
    QImageWriter,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPixmap,
)
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QAbstractItemView, QApplication, QFileDialog, QMenu, QMessageBox, QWidget

from aestudio.core.ground.atomic import write_bytes
from aestudio.core.ground.cells import plain_cells
from aestudio.core.ground.errors import RunError, not_written
from aestudio.core.ground.texts import Text, say
from aestudio.qt.task import Task
from aestudio.qt.widgets.saved import saved

Rows = Sequence[Sequence[str]]
"""The heading, then what stands below it."""
SHARP = 2
"""Pixels of a picture for each on the screen."""
KINDS = {
    "png": Text("Save as a picture (PNG)…"),
    "svg": Text("Save as a drawing (SVG)…"),
    "csv": Text("Save the numbers (CSV)…"),
    "npz": Text("Save the arrays (NPZ)…"),
    "gif": Text("Save as an animation (GIF)…"),
}
SIDE = 96
"""Pixels of what is seen under the pointer while something is dragged."""


class CopyAndDrag(QObject):
    """Ctrl+C, a menu under the right button, and dragging with Ctrl pressed, for one widget and all that is in it.

    What lies inside and shares something itself comes first.
    """

    def __init__(self, widget: QWidget, rows: Callable[[], Rows] | None = None) -> None:
        """`rows` gives the numbers, where what is shown has some."""
        super().__init__(widget)
        self._widget, self._rows = widget, rows
        self.files: dict[str, Callable[[], bytes]] = {}
        """What makes further kinds of files; an animation is what is dragged where there is one."""
        self.later: dict[str, Callable[[], Callable[[], bytes]]] = {}
        """Files that take their time: what gives, here, the work that makes one on a thread of its own."""
        self._saving: Task | None = None
        self.drawn: Callable[[], QImage | None] = lambda: None
        """A picture in the place of what is seen; None where there is none."""
        self._from: QPoint | None = None
        widget.installEventFilter(self)

    def watch(self, part: QWidget) -> None:
        """A part of the widget that keeps what the mouse does to itself, as a viewport does."""
        part.installEventFilter(self)

    def give(self, rows: Callable[[], Rows]) -> None:
        """What it shows has numbers."""
        self._rows = rows

    # -- what is shown -------------------------------------------------------------------------------------------------

    def picture(self) -> QImage:
        """As it is seen, twice as sharp, unless it is drawn otherwise."""
        if (drawn := self.drawn()) is not None:
            return drawn
        made = QImage(self._widget.size() * SHARP, QImage.Format.Format_ARGB32_Premultiplied)
        made.setDevicePixelRatio(SHARP)
        made.fill(self._widget.palette().color(self._widget.backgroundRole()))
        self._widget.render(made)
        return made

    def content(self, kind: str) -> bytes:
        """A file of one of the KINDS."""
        if kind in self.files:
            return self.files[kind]()
        if kind in self.later:
            return self.later[kind]()()
        if kind == "csv":
            return self.table(",").encode()
        held = QByteArray()
        buffer = QBuffer(held)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        if kind == "png":
            QImageWriter(buffer, QByteArray(b"png")).write(self.picture())
        else:
            drawing = QSvgGenerator()
            drawing.setOutputDevice(buffer)
            drawing.setSize(self._widget.size())
            drawing.setViewBox(self._widget.rect())
            painter = QPainter(drawing)
            self._widget.render(painter, QPoint())
            painter.end()
        return bytes(held.data())

    def table(self, between: str = "\t") -> str:
        """The numbers as text; empty where there are none."""
        import csv

        out = io.StringIO()
        rows = self._rows() if self._rows else ()
        csv.writer(out, delimiter=between, lineterminator="\n").writerows(map(plain_cells, rows))
        return out.getvalue()

    def kinds(self) -> list[str]:
        """The files that can be made of it."""
        seen = ("png", "svg") if self._rows is None else ("png", "svg", "csv")
        return [kind for kind in KINDS if kind in seen or kind in self.files or kind in self.later]

    def name(self, kind: str) -> str:
        """What a file of it is called by itself."""
        return f"{self._widget.accessibleName() or 'aestudio'}.{kind}"

    # -- what is done with it ------------------------------------------------------------------------------------------

    def copied(self) -> QMimeData:
        """The picture, and the numbers as a spreadsheet takes them."""
        made = QMimeData()
        made.setImageData(self.picture())
        if text := self.table():
            made.setText(text)
        return made

    def copy(self) -> None:
        QGuiApplication.clipboard().setMimeData(self.copied())

    def save(self, kind: str) -> None:
        """Asks where, and writes it there."""
        if self.saving and kind in self.later:
            return
        name, _ = QFileDialog.getSaveFileName(self._widget, str(KINDS[kind]), self.name(kind), f"*.{kind}")
        if not name:
            return
        path = Path(name if Path(name).suffix else f"{name}.{kind}")
        if kind in self.later:
            self._write_later(path, self.later[kind]())
        elif self._write(path, kind):
            saved().told.emit(str(path))

    @property
    def saving(self) -> bool:
        """Whether a file is still being written."""
        return self._saving is not None and self._saving.running

    def close(self, seconds: float) -> bool:
        """Waits for what is being written; False where it takes longer."""
        return self._saving is None or self._saving.close(seconds)

    def _write_later(self, path: Path, work: Callable[[], bytes]) -> None:
        if self._saving is None:
            self._saving = Task(self, asked_for=True)
            self._saving.ended.connect(self._ended)
        self._saving.start(lambda _report: _written(path, work), say("Saving {name}", name=path.name))

    @Slot(object, str)
    def _ended(self, path: Path | None, problem: str) -> None:
        if problem:
            QMessageBox.warning(self._widget, say("Not saved"), problem)
        elif path is not None:
            saved().told.emit(str(path))

    def _write(self, path: Path, kind: str) -> bool:
        """False, and the person told why, where it cannot be written."""
        try:
            _written(path, partial(self.content, kind))
        except RunError as error:
            QMessageBox.warning(self._widget, say("Not saved"), str(error))
            return False
        return True

    def drag(self) -> None:
        """Gives it to whatever lies under the pointer: as a picture, as numbers, and as a file."""
        kind = "gif" if "gif" in self.files else "png"
        mime, path = self.copied(), Path(_temporary().name) / self.name(kind)
        if not self._write(path, kind):
            return
        mime.setUrls([QUrl.fromLocalFile(str(path))])
        dragged = QDrag(self._widget)
        dragged.setMimeData(mime)
        small = self.picture().scaled(QSize(SIDE, SIDE), Qt.AspectRatioMode.KeepAspectRatio)
        dragged.setPixmap(QPixmap.fromImage(small))
        dragged.exec(Qt.DropAction.CopyAction)

    def menu(self) -> QMenu:
        made = QMenu(self._widget)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        made.addAction(say("Copy"), QKeySequence(QKeySequence.StandardKey.Copy), self.copy)
        for kind in self.kinds():
            made.addAction(str(KINDS[kind]), partial(self.save, kind))
        made.addSeparator()
        made.addAction(say("Ctrl and drag: take it to another program")).setEnabled(False)
        return made

    # -- events --------------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        match event:
            case QContextMenuEvent():
                self.menu().popup(event.globalPos())
                return True
            case QKeyEvent() if event.type() == QEvent.Type.KeyPress and event.matches(QKeySequence.StandardKey.Copy):
                self.copy()
                return True
            case QMouseEvent():
                return self._mouse(event)
        return bool(super().eventFilter(watched, event))

    def _mouse(self, event: QMouseEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonPress:
            held = event.modifiers() == Qt.KeyboardModifier.ControlModifier
            begins = held and event.button() == Qt.MouseButton.LeftButton
            self._from = event.globalPosition().toPoint() if begins else None
            return begins and not isinstance(self._widget, QAbstractItemView)  # where it chooses one row more
        if event.type() == QEvent.Type.MouseButtonRelease:
            self._from = None
        elif event.type() == QEvent.Type.MouseMove and self._from is not None:
            away = (event.globalPosition().toPoint() - self._from).manhattanLength()
            if away >= QApplication.startDragDistance():
                self._from = None
                self.drag()
            return True
        return False


def _written(path: Path, work: Callable[[], bytes]) -> Path:
    """Raises: RunError where it cannot be written."""
    try:
        write_bytes(path, work())
    except OSError as error:
        raise RunError(not_written(path, error)) from error
    return path


def share(widget: QWidget, rows: Callable[[], Rows] | None = None) -> CopyAndDrag:
    """Lets a person copy, save and drag out what a widget shows; the cells of a table are its numbers."""
    if isinstance(widget, QAbstractItemView):
        made = CopyAndDrag(widget, rows or partial(cells, widget))
        made.watch(widget.viewport())
        return made
    return CopyAndDrag(widget, rows)


def cells(view: QAbstractItemView) -> Rows:
    """The heading and the cells of a table, as they are shown: the chosen rows, or all where none or one is chosen."""
    model = view.model()
    columns = range(model.columnCount())
    chosen = sorted({index.row() for index in view.selectedIndexes()})
    rows = chosen if len(chosen) > 1 else range(model.rowCount())
    across = Qt.Orientation.Horizontal
    heading = [str(model.headerData(column, across) or "") for column in columns]
    return [heading, *([str(model.index(row, column).data() or "") for column in columns] for row in rows)]


@cache
def _temporary() -> tempfile.TemporaryDirectory[str]:
    """For what is dragged; it goes with the program."""
    return tempfile.TemporaryDirectory(prefix="aestudio-")
