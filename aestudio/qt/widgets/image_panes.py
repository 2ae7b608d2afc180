"""Original, corrupted, reconstructed and their difference side by side, always showing the same place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedLayout, QWidget

from aestudio.core.ground.decibels import psnr
from aestudio.core.ground.texts import DOT, Text, listed, plural, say
from aestudio.core.run.events import Floats
from aestudio.qt import theme
from aestudio.qt.action import Action, Answering
from aestudio.qt.colouring import about_zero
from aestudio.qt.widgets.action_button import ActionButton
from aestudio.qt.widgets.basics import TextButton
from aestudio.qt.widgets.colour_bar import ColourBar
from aestudio.qt.widgets.elided import OneLine
from aestudio.qt.widgets.image_canvas import Spot, View
from aestudio.qt.widgets.image_pane import ImagePane
from aestudio.qt.widgets.layouts import in_column, in_row
from aestudio.qt.widgets.scatter_pane import ScatterPanes, planar
from aestudio.qt.widgets.tried_banner import TriedBanner

PSNR_TIP = Text(
    "Peak signal-to-noise ratio against the original, for a peak of 1, of the images that are shown here.\n"
    "Of several: that of their mean squared error. The status bar has that of all held-out images."
)


def psnr_text(images: NDArray[Any], originals: NDArray[Any]) -> str:
    """How near images in [0, 1] are to the originals, all of them taken together: not to be taken for the score."""
    error = float(np.mean((images - originals) ** 2))
    if error <= 1e-12:
        return say("Identical to the original")
    said = plural(
        "PSNR of this one: {psnr:.1f} dB", "PSNR of these {count}: {psnr:.1f} dB", len(images), psnr=psnr(error)
    )
    return str(said)


def difference(reconstructed: NDArray[Any], original: NDArray[Any]) -> Floats:
    """0.5 + (reconstructed - original) / 2, channels averaged: 0 is 1 too dark, 1 is 1 too bright: [N, 1, H, W]."""
    shown: Floats = 0.5 + (reconstructed.astype(np.float32) - original).mean(1, keepdims=True) / 2
    return shown


Shown: TypeAlias = "tuple[Floats, Floats, Floats | None]"
"""Original, corrupted and, where there is a model, reconstructed."""


class ImagePanes(Answering, QWidget):
    """The panes of one preview, with linked zoom, pan, selection and enlargement. New images leave them as they are.
    Images of two numbers are shown as points of the plane instead.

    A click on a sample enlarges it in every pane; Esc or the Grid button returns. `show_tried` puts images
    of the person's own in their place until the banner's button is pressed.
    """

    selection_changed = Signal(int)
    tried_closed = Signal()
    view_changed = Signal(View)
    """A person looks at another place, or at one sample alone."""
    pointed = Signal(object)
    """The Spot that the pointer is on, or None."""
    actions_changed = Signal()
    """There is a way back to all samples now, or none any more."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preview: Shown | None = None
        self._tried: Shown | None = None
        self._names: tuple[str, ...] = ()
        self._notes: tuple[str, ...] = ()
        self._source: Text | None = None
        self._selected = self._selected_before = 0
        self._view_before = View()
        self._was_away = False
        self.original = ImagePane(say("Original"), say("Held-out images appear here when training starts"))
        self.corrupted = ImagePane(say("Corrupted"), say("What the encoder is given appears here"))
        self.reconstructed = ImagePane(say("Reconstructed"), say("What the decoder makes of it appears here"))
        self.difference = ImagePane(
            say("Difference"),
            say("Reconstruction minus original: blue is too dark, red too bright"),
            bar=ColourBar(about_zero, "−1", "1", say("Reconstruction minus original, of values from 0 to 1")),
        )
        self.difference.canvas.span = (-1.0, 1.0)
        self._panes = (self.original, self.corrupted, self.reconstructed, self.difference)
        for pane, name in zip(self._panes, ("original", "corrupted", "reconstructed", "difference"), strict=True):
            pane.setObjectName(f"{name}Pane")
            pane.view_changed.connect(self._link)
            pane.sample_clicked.connect(self.enlarge)
            pane.selection_moved.connect(self._select_by_hand)
            pane.canvas.resized.connect(self._share_layout)
            pane.canvas.pointed.connect(self._point)
        self.difference.hide()
        self.points = ScatterPanes()
        self.points.setObjectName("pointPanes")
        self.points.picked.connect(self._select_point)
        self._build()

    # -- what is shown -------------------------------------------------------------------------------------------------

    @property
    def selected(self) -> int:
        """The sample that is outlined or enlarged."""
        return self._selected

    @selected.setter
    def selected(self, index: int) -> None:
        shown = self._tried or self._preview
        if shown is not None and 0 <= index < len(shown[0]) and index != self._selected:
            self._selected = index
            self._select_everywhere(index)
            self.selection_changed.emit(index)

    def set_preview(self, original: Floats, corrupted: Floats, reconstructed: Floats | None) -> None:
        """The same samples [N, C, H, W] three times; without reconstructions while there is no model."""
        self._preview = (original, corrupted, reconstructed)
        if self._tried is not None:
            return
        if self._selected >= len(original):
            self._selected = 0
            self.selection_changed.emit(0)
        self._show()

    def set_corrupted_visible(self, visible: bool) -> None:
        """Whether the encoder sees anything else than the original."""
        self.corrupted.setVisible(visible)

    def show_tried(
        self,
        original: Floats,
        corrupted: Floats,
        reconstructed: Floats | None,
        names: Sequence[str],
        notes: Sequence[str],
    ) -> bool:
        """Images [N, C, H, W] of the person's own three times, under a banner with their names and a note about each;
        without reconstructions while there is no model.

        The same images again, after more training, stay zoomed and chosen as they are.

        Returns: whether they are others.
        """
        before = None if self._tried is None else (self._names, self._tried[0])
        if self._tried is None:
            self._view_before, self._selected_before = self.original.view(), self._selected
        self._tried, self._names, self._notes = (original, corrupted, reconstructed), tuple(names), tuple(notes)
        is_other = before is None or before[0] != self._names or not np.array_equal(before[1], original)
        self._selected = 0 if is_other else self._selected
        self.banner.show()
        if is_other:
            for pane in self._panes:
                pane.set_view(View())
        self._show()
        self._select_everywhere(self._selected)
        return is_other

    def close_tried(self) -> None:
        """Back to the samples."""
        if self._tried is None:
            return
        self._tried, self._selected = None, self._selected_before
        if self._preview is not None and self._selected >= len(self._preview[0]):
            self._selected = 0
        self.banner.hide()
        self._show()
        self._select_everywhere(self._selected)
        for pane in self._panes:
            pane.set_view(self._view_before)
        self._show_state()
        self.tried_closed.emit()

    def has_tried(self) -> bool:
        """Whether images of the person's own are shown."""
        return self._tried is not None

    def clear(self) -> None:
        """Back to the empty sentences."""
        self._preview = self._tried = None
        self._selected = 0
        self.banner.hide()
        self._show()

    def say_again(self) -> None:
        """In the language that is spoken now."""
        self._show()

    def enlarged(self) -> int | None:
        """The sample that is shown alone, or None for the grid."""
        return self.original.view().enlarged

    def back_to_grid(self) -> None:
        """All samples again."""
        self.original.back_to_grid()

    def go_back(self) -> None:
        """From one that is enlarged to all beside it, from the person's own to all samples."""
        if self.enlarged() is None:
            self.close_tried()
        else:
            self.back_to_grid()

    def _is_away(self) -> bool:
        return self._tried is not None or self.enlarged() is not None

    def difference_visible(self) -> bool:
        return self.difference_button.isChecked()

    def set_difference_visible(self, visible: bool) -> None:
        self.difference_button.setChecked(visible)

    # -- inside --------------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.state = OneLine("", "muted")
        self.to_grid = Action(
            "grid", "Samples as a &grid", self.go_back, ("Esc", "Ctrl+G"), "View", 21, icon="grid",
            tip="Show all samples", possible=self._is_away, offered=lambda: self.enlarged() is not None,
        )  # fmt: skip
        self.own = (self.to_grid,)
        self.grid_button = ActionButton(self.to_grid, say("Grid"), role="quiet")
        tip = say("Show reconstruction minus original: blue is too dark, red too bright")
        self.difference_button = TextButton(say("Difference"), tip, role="quiet", icon="difference")
        self.difference_button.setCheckable(True)
        self.difference_button.toggled.connect(self._show_difference)
        self.banner = TriedBanner()
        self.banner.back.clicked.connect(self.close_tried)
        bar = in_row((self.state, 1), self.grid_button, self.difference_button)
        images = QWidget()
        panes = QHBoxLayout(images)
        panes.setContentsMargins(0, 0, 0, 0)
        panes.setSpacing(2 * theme.GRID)
        for pane in self._panes:
            panes.addWidget(pane, 1)
        self._stack = QStackedLayout()
        self.setObjectName("imagePanes")
        in_column(self.banner, bar, (self._stack, 1), host=self, spacing=theme.GRID // 2)
        self._stack.addWidget(images)
        self._stack.addWidget(self.points)

    def _show(self) -> None:
        shown = self._tried or self._preview
        for pane, images in zip(self._panes, shown or (None, None, None), strict=False):
            pane.set_images(images)
        self._show_points(shown)
        self._show_difference_images()
        self._show_state()

    def _show_points(self, shown: Shown | None) -> None:
        """Images of two numbers as points, in place of the images."""
        are_points = shown is not None and planar(shown[0])
        self._stack.setCurrentIndex(int(are_points))
        policy = QSizePolicy.Policy.Preferred if are_points else QSizePolicy.Policy.Ignored
        self.points.setSizePolicy(policy, policy)  # what is not seen asks for no room
        self.difference_button.setHidden(are_points)
        if shown is not None and are_points:
            self.points.set_images(*shown)
            self.points.select(self._selected)
            for pane in self._panes:
                pane.set_view(View())

    def _show_difference_images(self) -> None:
        shown = self._tried or self._preview
        if shown is None or shown[2] is None:
            self.difference.set_images(None)
        elif self.difference_button.isChecked():
            self.difference.set_images(difference(shown[2], shown[0]))
            self.difference.set_view(self.original.view())
            self.difference.select(self.original.selected())

    def _show_state(self) -> None:
        """Captions and the line above the panes."""
        shown = self._tried or self._preview
        enlarged = self.enlarged()
        self.grid_button.refresh()
        if self._is_away() != self._was_away:
            self._was_away = self._is_away()
            self.actions_changed.emit()
        if shown is None:
            self._show_count()
            for pane in self._panes:
                pane.set_caption("")
            return
        original, corrupted, reconstructed = shown
        some = slice(None) if enlarged is None else slice(enlarged, enlarged + 1)
        for pane, images in ((self.corrupted, corrupted), (self.reconstructed, reconstructed)):
            pane.set_caption("" if images is None else psnr_text(images[some], original[some]), str(PSNR_TIP))
        if reconstructed is None:
            self.difference.set_caption("")
        else:
            error = float(np.abs(reconstructed[some] - original[some]).mean())
            self.difference.set_caption(
                say("MAE {error:.4f}", error=error), say("Mean absolute error of a pixel, on the scale from 0 to 1")
            )
        channels, height, width = original.shape[1:]
        size = "{width} × {height} px, grey" if channels == 1 else "{width} × {height} px"
        self.original.set_caption(say(size, width=width, height=height))
        self._show_count()

    def set_source(self, source: Text | None) -> None:
        """From which code the samples are decoded, where that is not the network's own; shown with the next ones."""
        self._source = source

    def _show_count(self) -> None:
        """The line above the panes, and in the banner which of the person's own it is about."""
        enlarged, shown = self.enlarged(), self._tried or self._preview
        if self._tried is not None:
            self.banner.say_of(self._names, self._notes, self._selected)
        if shown is None:
            self.state.setText("")
        elif enlarged is None and self._tried is not None:
            several = Text("Your {count} images", count=len(shown[0]))
            self.state.setText(str(several if len(shown[0]) > 1 else Text("Your image")))
        elif enlarged is None:
            original = shown[0]
            fit = len(original) if planar(original) else self.original.canvas.shown_count()
            said = (
                plural("{count} held-out sample", "{count} held-out samples", fit)
                if fit == len(original)
                else plural(
                    "{fit} of {count} held-out sample", "{fit} of {count} held-out samples", len(original), fit=fit
                )
            )
            self.state.setText(str(said if self._source is None else listed([said, self._source], DOT)))
        else:
            self.state.setText(say("Sample {number} of {all}", number=enlarged + 1, all=len(shown[0])))

    def _select_everywhere(self, index: int) -> None:
        for pane in self._panes:
            pane.select(index)
        self.points.select(index)
        self._show_state()

    def _select_by_hand(self, index: int) -> None:
        self.selected = index

    def _select_point(self, index: int) -> None:
        self.selected = index

    def enlarge(self, index: int) -> None:
        if self._tried is not None and len(self._tried[0]) == 1:
            return
        self.selected = index
        self.original.enlarge(index)

    def set_view(self, view: View) -> None:
        """The same place as in other panes; emits nothing."""
        for pane in self._panes:
            pane.set_view(view)
        self._show_state()

    def show_spot(self, spot: Spot | None) -> None:
        """Where the pointer is in other panes; emits nothing."""
        for pane in self._panes:
            pane.canvas.show_spot(spot)

    def select(self, index: int) -> None:
        """The same sample as in other panes."""
        self.selected = index

    def _link(self, view: View) -> None:
        self.set_view(view)
        self.view_changed.emit(view)

    def _point(self, spot: Spot | None) -> None:
        self.show_spot(spot)
        self.pointed.emit(spot)

    def _share_layout(self) -> None:
        """One layout for all: that of the smallest, as a pixel more or less would change the scale of everything."""
        sizes = [pane.canvas.size() for pane in self._panes if not pane.isHidden()]
        common = QSize(min(size.width() for size in sizes), min(size.height() for size in sizes))
        for pane in self._panes:
            pane.canvas.set_common_size(common)
        self._show_count()

    def _show_difference(self, visible: bool) -> None:
        self.difference.setVisible(visible)
        self._share_layout()
        self._show_difference_images()
