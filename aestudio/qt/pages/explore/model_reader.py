"""Reads what a document tells of its model into panes of images, a histogram of activations and sliders of the code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import inf

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, Slot

from aestudio.core.ground.texts import Text
from aestudio.core.latent.aggregate import Aggregate
from aestudio.core.parts.plan import layer_of
from aestudio.core.parts.slots import knobs
from aestudio.core.run.events import Evaluated, Measuring, Preview, Progress, Saved, Started
from aestudio.core.run.run import Run
from aestudio.core.run.symbols import letter_of_code
from aestudio.qt.pages.explore.many_codes import ManyCodes
from aestudio.qt.turns import Turns
from aestudio.qt.widgets.activation_histogram import ActivationHistogram
from aestudio.qt.widgets.image_panes import ImagePanes
from aestudio.qt.widgets.latent_sliders import LatentSliders
from aestudio.studio.document import Document
from aestudio.studio.events import (
    CurvesShown,
    DataChanged,
    ImagesTried,
    LibraryChanged,
    RunChanged,
    SamplesShown,
    SnapshotsChanged,
    StatusChanged,
    Told,
)
from aestudio.studio.status import State, TriedImage


class ModelReader(QObject):
    """Previews, samples, images of the person's, the code of the sample that is chosen, and what is made of it.

    Of a training's previews only those are shown that can be seen, piece by piece; whatever else is read, and whatever
    the person does, finds the newest one shown.
    """

    def __init__(self, panes: ImagePanes, histogram: ActivationHistogram, sliders: LatentSliders) -> None:
        super().__init__(panes)
        self._panes, self._histogram, self._sliders = panes, histogram, sliders
        self._document: Document
        self._tried: tuple[TriedImage, ...] = ()
        self._tried_untrained = False
        self._network = 0
        self._turns = Turns(self)
        self._missed = False
        """There was a preview while nothing was seen."""
        self._many = ManyCodes(sliders.isVisible, self)
        self._many.found.connect(self._show_many)
        panes.installEventFilter(self)
        panes.selection_changed.connect(self._show_code_of)
        panes.tried_closed.connect(self._put_images_away)
        sliders.code_changed.connect(self._decode)
        sliders.minis.decode = lambda codes: self._document.shown.decode_all(codes)
        histogram.target_moved.connect(self._move_target)

    def attach(self, document: Document, *, again: bool = False) -> None:
        """What is to be seen of this document, and what it tells from now on. Where it is the same `again`, in another
        language, what a person has chosen and moved stays.
        """
        self._document = document
        self._turns.begin(())
        self._missed = False
        if again:
            self._panes.say_again()
        else:
            self._sliders.clear()
            self._histogram.set_activations(None)
            self._panes.clear()
            self._many.attach(document)
        self._show_run(document.run)
        if document.preview is not None:
            self._show_preview(document.preview)
        elif (samples := document.shown.samples()) is not None:
            self.read(samples)

    def read(self, event: Told) -> None:
        """Something has become of the document."""
        match event:
            case Progress() | Evaluated() | Measuring() | Saved() | SnapshotsChanged() | LibraryChanged():
                return
            case Preview():
                if self._panes.isVisible():
                    self._turns.begin(self._pieces(event))
                else:
                    self._missed = True
                self._many.look_again()
                return
        self._catch_up()
        match event:
            case RunChanged(run):
                self._show_run(run)
                self._many.look_again()
            case DataChanged(dataset):
                self._many.look_again()
                if dataset is None and self._document.status.state is not State.LOADING and not self._document.preview:
                    self._panes.clear()  # the last data's images are not these data's
            case SamplesShown(original, corrupted):
                self._sliders.clear()
                self._histogram.set_activations(None)
                self._panes.set_preview(original, corrupted, None)
            case Started():
                if not event.resumed_at or event.number != self._network:
                    self._let_go_of_code(event.number)
            case StatusChanged():
                self._many.look_again()
            case ImagesTried(images):
                self._show_tried(images)
            case CurvesShown():
                if self._document.shown.opened is not None:
                    self._let_go_of_code(self._document.shown.number or 0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show:
            self._catch_up()
            self._many.look_again()
        return super().eventFilter(watched, event)

    def _catch_up(self) -> None:
        self._turns.finish()
        if self._missed and self._document.preview is not None:
            self._show_preview(self._document.preview)

    def close_down(self, seconds: float) -> bool:
        """Stops what goes on in the background; False where it would not stop in time."""
        return self._many.close_down(seconds)

    @Slot(object)
    def _show_many(self, many: Aggregate) -> None:
        self._catch_up()
        self._sliders.set_aggregate(many)

    @Slot()
    def _put_images_away(self) -> None:
        self._document.shown.put_images_away()

    def _show_run(self, run: Run) -> None:
        self._panes.set_corrupted_visible(not run.corruption.neutral)
        holding = next((penalty for penalty in run.penalties if penalty.target_knob), None)
        if holding is None:
            self._histogram.set_target(None)
            return
        knob = knobs(holding)[holding.target_knob]
        low, high = -inf if knob.low is None else knob.low, inf if knob.high is None else knob.high
        self._histogram.set_target(holding.target_activation, (low, high))

    @Slot(float)
    def _move_target(self, target: float) -> None:
        for penalty in self._document.run.penalties:
            if penalty.target_knob:
                self._document.set_value(f"penalties.{penalty.kind}.{penalty.target_knob}", round(target, 3))
                return

    def _show_preview(self, preview: Preview) -> None:
        self._turns.begin(self._pieces(preview))
        self._turns.finish()

    def _pieces(self, preview: Preview) -> list[Callable[[], None]]:
        self._missed = False
        return [
            partial(show, preview)
            for show in (self._show_images, self._show_activations, self._show_code, self._show_decoded)
        ]

    def _show_images(self, preview: Preview) -> None:
        layer = layer_of(preview.phase)
        code = letter_of_code(layer) if layer else ""
        self._panes.set_source(
            Text("from {code}, the code of layer {layer}", code=code, layer=layer) if layer else None
        )
        self._panes.set_preview(preview.original, preview.corrupted, preview.reconstructed)

    def _show_activations(self, preview: Preview) -> None:
        layer = layer_of(preview.phase)
        self._histogram.set_code(letter_of_code(layer) if layer else "")
        self._histogram.set_activations(preview.code, preview.sparsity)

    def _show_code(self, preview: Preview) -> None:
        sliders, shown = self._sliders, self._document.shown
        sliders.set_shape(shown.code_shape)
        has_prior = shown.prior_code(0) is not None
        sliders.random.offer_prior(shown.prior_code if has_prior else None)
        sliders.set_statistics(preview.code, shown.unit_kl() if has_prior else None, self._sample(preview))

    def _show_decoded(self, preview: Preview) -> None:
        if self._sample(preview) is not None:
            self._decode(self._sliders.values())

    def _sample(self, preview: Preview) -> int | None:
        """The one whose code the sliders show; none while there are images of the person's own."""
        outside = self._panes.has_tried() or self._panes.selected >= len(preview.code)
        return None if outside else self._panes.selected

    @Slot(int)
    def _show_code_of(self, sample: int) -> None:
        self._catch_up()
        preview = self._document.preview
        if self._panes.has_tried():
            code = self._tried[sample].code
        else:
            code = preview.code[sample] if preview is not None and sample < len(preview.code) else None
        if code is not None:
            self._sliders.set_code(code)
            self._decode(self._sliders.values())

    def _show_tried(self, tried: Sequence[TriedImage]) -> None:
        panes, self._tried = self._panes, tuple(tried)
        if not tried:
            panes.close_tried()
            self._show_code_of(panes.selected)
            return
        made = [one.reconstructed for one in tried if one.reconstructed is not None]
        is_other = panes.show_tried(
            np.stack([one.original for one in tried]),
            np.stack([one.corrupted for one in tried]),
            np.stack(made) if made else None,
            [one.name for one in tried],
            [one.fitted for one in tried],
        )
        code = tried[panes.selected].code
        if code is not None:
            self._sliders.set_code(code, force=is_other or self._tried_untrained)
            self._decode(self._sliders.values())
        self._tried_untrained = code is None

    def _let_go_of_code(self, number: int) -> None:
        """Of another network, run `number` of the library or 0, the numbers of the last one's code mean nothing."""
        self._network = number
        if self._sliders.moved():
            self._sliders.reset()

    @Slot(object)
    def _decode(self, code: NDArray[np.float32]) -> None:
        image, preview = self._document.shown.decode(code), self._document.preview
        if image is not None:
            self._sliders.set_decoded(image, None if preview is None else preview.original)
