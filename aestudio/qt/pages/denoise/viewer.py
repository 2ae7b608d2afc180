"""The chosen picture beside what was made of it: which two are compared, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QComboBox, QWidget

from aestudio.core.denoise.cleaning import Region
from aestudio.core.denoise.picture import Picture
from aestudio.core.denoise.pipeline import Result
from aestudio.core.ground.texts import DOT, Text, listed, say
from aestudio.qt import theme
from aestudio.qt.pages.denoise.looks_panel import LooksPanel
from aestudio.qt.pages.denoise.pixmaps import removed, shown
from aestudio.qt.widgets.basics import IconButton, Segmented, label
from aestudio.qt.widgets.compare_view import CompareMode, CompareView
from aestudio.qt.widgets.layouts import in_column, in_row
from aestudio.studio.denoise import looks
from aestudio.studio.denoise.entries import called

if TYPE_CHECKING:
    from aestudio.studio.denoise.entries import DeskEntry

PICTURE, REFERENCE = Text("Picture").template, Text("Reference").template
REMOVED = Text("Removed by {way}").template.removesuffix("{way}")
"""What is seen goes by its English name, as ways do, which is looked up where it is shown."""
DEPTHS = {"u": Text("{bits} bits"), "i": Text("{bits} bits with a sign"), "f": Text("floating point")}
COLOURS = {1: Text("grey"), 3: Text("colour")}


class Viewer(QWidget):
    """Two choosers say what is seen left and right: the picture, its reference, a result, or what a way removed."""

    changed = Signal()
    """Another result is shown, or another region is drawn."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entry: DeskEntry | None = None
        self._cache: dict[tuple[int, int], tuple[object, QImage, str]] = {}
        self._result = ""
        self.view = CompareView()
        self.modes = Segmented(
            (
                (say("Split"), say("One over the other, with a split to drag")),
                (say("Side by side"), say("Next to each other")),
            ),
            say("View"),
        )
        self.left, self.right = self._chooser(say("Shown left")), self._chooser(say("Shown right"))
        self.region = IconButton("expand", say("Draw a region to try a method on it first"), text=say("Region"))
        self.region.setCheckable(True)
        self.fit = IconButton("reset", say("Show the whole picture (0)"), text=say("Fit"))
        self.one = IconButton(
            "search", say("Show every pixel as one of the screen (1)"), text=say("{percent:.0f} %", percent=100)
        )
        self._zoom = label("", "caption")
        self._zoom.setMinimumWidth(theme.px(52))
        self.about = label("", "caption")
        self.about.setObjectName("viewerAbout")
        top = in_row(self.modes, (self.left, 1), (self.right, 1))
        below = in_row((self.about, 1), self.region, self.fit, self.one, self._zoom)
        self.looks = LooksPanel()
        in_column(top, (self.view, 1), self.looks, below, host=self, spacing=theme.GRID // 2)
        self.modes.changed.connect(lambda index: self.view.set_mode(CompareMode(index)))
        self.left.activated.connect(self._choose)
        self.right.activated.connect(self._choose)
        self.region.toggled.connect(self._toggle_region)
        self.fit.clicked.connect(self.view.fit)
        self.one.clicked.connect(lambda: self.view.set_zoom(1.0))
        self.view.zoomed.connect(lambda zoom: self._zoom.setText(say("{percent:.0f} %", percent=100 * zoom)))
        self.view.region_changed.connect(self._show_region)

    def _chooser(self, name: str) -> QComboBox:
        made = QComboBox()
        made.setAccessibleName(name)
        made.setToolTip(name)
        made.setMinimumWidth(theme.px(120))
        made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        return made

    @property
    def result(self) -> str:
        """The name of the result that is shown right, or of the way whose removal is; empty where there is none."""
        return self._result

    def result_image(self) -> QImage | None:
        """The result as it is seen."""
        found = self._found(self._result)
        return None if found is None else self._image(self._result)[0]

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._draw()  # names are written on the pictures

    # -- what is shown -------------------------------------------------------------------------------------------------

    def show_entry(self, entry: DeskEntry | None) -> None:
        """A picture and its results; what was shown of them stays, where it is still there."""
        if entry is not self._entry:
            self._entry, self._cache = entry, {}
            self.view.set_region(QRect())
        if self._found(self._result) is None:
            best = next((one.name for one in entry.ranked() if one.picture is not None), "") if entry else ""
            self._result = best
        self._fill()
        self._draw()

    @Slot(str)
    def show_result(self, name: str) -> None:
        """A result on the right, the picture on the left; the split stands where something of the result is seen."""
        if self._entry is None or self._found(name) is None:
            return
        self._result = name
        self._fill(right=name)
        self._draw()
        if region := self._entry.regions.get(name):
            self.view.split_within(region.left, region.left + region.width)
        self.changed.emit()

    @Slot(object)
    def show_preview(self, picture: Picture, region: Region) -> None:
        """What a way has learned so far, within the picture; nothing of it is kept."""
        if self._entry is None:
            return
        whole = self._image(PICTURE)[0].convertToFormat(QImage.Format.Format_ARGB32)
        painter = QPainter(whole)
        painter.drawImage(region.left, region.top, shown(picture))
        painter.setPen(QColor(theme.current().accent))
        painter.drawRect(region.left, region.top, region.width - 1, region.height - 1)
        painter.end()
        self.view.set_pictures(self._image(PICTURE)[0], whole, (self._entry.name, say("Learned so far")))

    def _found(self, name: str) -> Result | None:
        found = self._entry.results.get(name) if self._entry is not None else None
        return found if found is not None and found.picture is not None else None

    def _fill(self, right: str = "") -> None:
        entry = self._entry
        names = [PICTURE]
        if entry is not None:
            made = [one.name for one in entry.ranked() if one.picture is not None]
            names += [REFERENCE] if entry.reference is not None else []
            names += made + [REMOVED + name for name in made]
        for chooser, wanted in ((self.left, _name(self.left)), (self.right, right or _name(self.right))):
            blocker = QSignalBlocker(chooser)
            chooser.clear()
            for name in names:
                chooser.addItem(_called(name), name)
            usual = PICTURE if chooser is self.left else self._result or PICTURE
            if chooser is self.right and wanted == PICTURE:
                wanted = usual
            chooser.setCurrentIndex(names.index(wanted if wanted in names else usual))
            blocker.unblock()

    @Slot()
    def _choose(self) -> None:
        name = _name(self.right).removeprefix(REMOVED)
        if self._found(name) is not None:
            self._result = name
        self._draw()
        self.changed.emit()

    def _draw(self) -> None:
        if self._entry is None:
            self.view.set_pictures(None, None)
            self.about.setText("")
            return
        picture, chosen = self._entry.picture, (_name(self.left), _name(self.right))
        (left, said), (right, more) = map(self._image, chosen)
        names = [self._entry.name if name == PICTURE else _called(name) for name in chosen]
        self.view.set_pictures(left, None if chosen[0] == chosen[1] else right, (names[0], names[1]))
        size = f"{picture.width} × {picture.height}"
        about = listed([size, COLOURS[picture.channels], _depth(picture)])
        self.about.setText(str(listed([about, *filter(None, (looks.about(picture), said, more))], DOT)))

    def _image(self, name: str) -> tuple[QImage, str]:
        """What is seen under a name, and what is to be said of it."""
        entry = self._entry
        assert entry is not None
        way = name.removeprefix(REMOVED)
        result = self._found(way)
        source = entry.picture
        if name == REFERENCE and entry.reference is not None:
            source = entry.reference
        elif result is not None and result.picture is not None:
            source = result.picture
        key = (id(source), int(name.startswith(REMOVED)))
        known = self._cache.get(key)
        if known is None or known[0] is not source:
            said = ""
            if name.startswith(REMOVED):
                image, sigma = removed(entry.picture, source, entry.regions.get(way))
                said = say("removed: σ {sigma:.1f} of 255", sigma=255 * sigma)
            else:
                image = shown(source)
            known = self._cache[key] = (source, image, said)
        return known[1], known[2]

    # -- a region ------------------------------------------------------------------------------------------------------

    @Slot(bool)
    def _toggle_region(self, on: bool) -> None:
        self.view.set_choosing(on)
        if not on:
            self.view.set_region(QRect())
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(QRect)
    def _show_region(self, region: QRect) -> None:
        self.region.setText(say("Region") if region.isEmpty() else f"{region.width()} × {region.height()}")
        self.changed.emit()


def _depth(picture: Picture) -> str:
    """Which numbers it is of."""
    dtype = picture.stored.dtype
    return say(DEPTHS[dtype.kind].template, bits=8 * dtype.itemsize)


def _name(chooser: QComboBox) -> str:
    """What is chosen, in English; empty where nothing is."""
    return chooser.currentData() or ""


def _called(name: str) -> str:
    """As it is shown."""
    if name.startswith(REMOVED):
        return say("Removed by {way}", way=called(name.removeprefix(REMOVED)))
    return called(name)
