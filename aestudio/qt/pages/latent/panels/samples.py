"""Samples: new images from codes that nobody encoded, each beside the training image that comes nearest to it."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import SPACE, Text, listed, plural, say
from aestudio.core.latent.leaving import npz
from aestudio.core.latent.sampling import Samples, Source, samples
from aestudio.qt import theme
from aestudio.qt.panel import Measure, Panel
from aestudio.qt.widgets.basics import Segmented, TextButton, label
from aestudio.qt.widgets.layouts import count_box, in_column, named
from aestudio.qt.widgets.mosaic import Mosaic
from aestudio.qt.widgets.sharing import Rows
from aestudio.studio.inspect.examined import Examined
from aestudio.studio.latent.encoded import data_of

SOURCES: tuple[Source, ...] = ("prior", "posterior", "mixture")


class SamplesPanel(Panel):
    """Drawn images at the left; at the right the training image nearest to each."""

    title: ClassVar[str] = "Samples"
    tip: ClassVar[str] = "New images, drawn from the space of codes, and whether they only repeat a training image"
    rank: ClassVar[int] = 2

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._seed = 0
        self._found: Samples | None = None
        self.source = Segmented(
            [
                (say("Prior"), say("From the distribution that the code was trained to have")),
                (say("Codes"), say("From a normal distribution with the mean and covariance of the images' codes")),
                (say("Mixture"), say("From ten normal distributions, fitted to clusters of the images' codes")),
            ],
            say("Drawn from"),
        )
        self.count = count_box(1, 400, 64, say("How many"), say("How many images are drawn"), 68)
        self.again = TextButton(say("Draw again"), say("Other images from the same distribution"), icon="dice")
        self.drawn, self.near = Mosaic(say("Drawn images appear here")), Mosaic("")
        self.drawn.setAccessibleName(say("Drawn images"))
        self.near.setAccessibleName(say("The nearest training images"))
        self.drawn.sharing.files = {"npz": self._arrays}
        self.drawn.sharing.give(self._numbers)
        body = QHBoxLayout()
        body.setSpacing(2 * theme.GRID)
        body.addLayout(in_column(label(say("Drawn"), "heading"), (self.drawn, 1)), 1)
        body.addLayout(in_column(label(say("Nearest training image of each"), "heading"), (self.near, 1)), 1)
        self.setLayout(self.frame((self.source, named(self.count), self.again), (body, 1)))
        self.source.choose(1)
        self.source.changed.connect(self.want)
        self.count.valueChanged.connect(self.want)
        self.again.clicked.connect(self._draw_again)
        self.drawn.sample_clicked.connect(self._mark)
        self.near.sample_clicked.connect(self._mark)

    def measure(self) -> Measure:
        source, count, seed = SOURCES[self.source.index()], self.count.value(), self._seed

        def taken(subject: Examined, report: Report) -> Samples:
            report(say("Drawing images"), None)
            return samples(subject.model, data_of(subject), source, count, seed, report)

        return taken

    def show_found(self, found: Samples, subject: Examined) -> None:
        self._found = found
        self.drawn.set_images(found.images)
        self.near.set_images(found.nearest)
        every = searched = found.searched
        if subject.dataset is not None:
            every = len(subject.dataset.train)
        apart: dict[str, Any] = {"mean": float(found.distances.mean()), "least": float(found.distances.min())}
        if searched == every:
            distances = plural(
                "Nearest of {count:,} training image; on average they differ by {mean:.3g} per pixel (mean squared "
                "error), the most alike two by {least:.3g}.",
                "Nearest of {count:,} training images; on average they differ by {mean:.3g} per pixel (mean squared "
                "error), the most alike two by {least:.3g}.",
                searched,
                **apart,
            )
        else:
            distances = Text(
                "Nearest of the first {searched:,} of {every:,} training images; on average they differ by {mean:.3g} "
                "per pixel (mean squared error), the most alike two by {least:.3g}.",
                searched=searched,
                every=every,
                **apart,
            )
        self.caption.setText(str(listed([distances, *_beside(found)], SPACE)))

    def _numbers(self) -> Rows:
        """How far each is from its nearest training image, and its code."""
        if self._found is None:
            return ()
        heading = ["distance", *(f"code_{unit}" for unit in range(self._found.codes.shape[1]))]
        rows = np.concatenate([self._found.distances[:, None], self._found.codes], 1).tolist()
        return [heading, *([f"{number:.6g}" for number in row] for row in rows)]

    def _arrays(self) -> bytes:
        found = self._found
        if found is None:
            return b""
        return npz(
            {"codes": found.codes, "images": found.images, "nearest": found.nearest, "distances": found.distances}
        )

    def forget(self) -> None:
        self._found = None
        self.drawn.set_images(None)
        self.near.set_images(None)
        self.caption.setText("")

    @Slot()
    def _draw_again(self) -> None:
        self._seed += 1
        self.want()

    @Slot(int)
    def _mark(self, index: int) -> None:
        """The same one in both."""
        self.drawn.select(index)
        self.near.select(index)


def _beside(found: Samples) -> list[Text]:
    """What images differ by that the model has not seen."""
    if not len(found.unseen):
        return []
    return [
        Text(
            "Held-out images, never seen in training, differ from theirs by {mean:.3g}, the most alike by {least:.3g}: "
            "what comes much nearer may be a mere repetition.",
            mean=float(found.unseen.mean()),
            least=float(found.unseen.min()),
        )
    ]
