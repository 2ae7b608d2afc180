"""Plane: where a model of two-dimensional data moves each point, and how it contracts there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import ClassVar, Literal

import numpy as np
import torch
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QWidget
from torch import Tensor

from aestudio.core.data.dataset import to_float
from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import SPACE, Text, listed, say
from aestudio.core.probes.field import Ellipses, VectorField, contraction_ellipses, density, vector_field
from aestudio.core.run.events import Floats
from aestudio.qt.pages.inspect.plane_view import PlaneView, Scene
from aestudio.qt.panel import Measure, Panel
from aestudio.qt.widgets.basics import Segmented
from aestudio.qt.widgets.layouts import count_box
from aestudio.studio.inspect.examined import Examined

POINTS = 4000
"""Training points that the density is estimated from, and held-out points that are drawn."""
ELLIPSES = 12
"""In each row."""
MIDDLING, LONGEST = 0.5, 1.0
"""Lengths of the median arrow and of the longest one in units of the distance between two, where they are fitted."""
ROOM, FEW = 0.9, 98
"""Of the distance between two ellipses: what the longer axis of all but the largest takes at most, by percentile."""
Of = Literal["encoder", "reconstruction"]
KINDS: tuple[tuple[Of | None, Text, Text], ...] = (
    (None, Text("No ellipses"), Text("Show only where points move")),
    (
        "encoder",
        Text("Of the encoder"),
        Text(
            "What ∂h/∂x makes of a small circle: long along directions that the code sees, short along those it ignores"
        ),
    ),
    (
        "reconstruction",
        Text("Of the reconstruction"),
        Text("What ∂r/∂x makes of a small circle: flat where points are pulled onto a curve"),
    ),
)


@dataclass(frozen=True, eq=False)
class PlaneFound:
    """Of one snapshot."""

    field: VectorField
    ellipses: Ellipses | None
    density: Floats
    points: Floats
    """Held-out points [N, 2], each moved at random within its cell of the lattice that they are kept on."""


class PlanePanel(Panel):
    """The density, the points, and an arrow from each place to its reconstruction."""

    title: ClassVar[str] = "Plane"
    tip: ClassVar[str] = (
        "Two-dimensional data: the steps r(x) − x; those of a denoising autoencoder lead to denser data"
    )
    rank: ClassVar[int] = 5

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: PlaneFound | None = None
        self.points = _box(
            say("Points"), say("Held-out points; they are stored in 255 steps, and each is moved by up to half a step")
        )
        self.density = _box(say("Density"), say("Kernel estimate of the density of the training points"))
        self.arrows = _box(say("Arrows"), say("From points of a grid to their reconstructions: r(x) − x"))
        self.true = _box(say("True length"), say("Arrows as long as they are, instead of as long as fits"), on=False)
        self.score = _box(say("Score"), "", on=False)
        self.grid = count_box(
            6, 64, 24, say("Arrows in each row"), say("How many arrows there are in each row and column"), 68
        )
        self.kind = Segmented([(str(words), str(tip)) for _, words, tip in KINDS], say("Contraction ellipses"))
        self.view = PlaneView(say("The plane, with the density and the vector field"))
        self.view.set_reader(self.reading)
        choices = (self.density, self.points, self.arrows, self.grid, self.true, self.score, self.kind)
        self.setLayout(self.frame(choices, (self.view, 1)))
        for shown in (self.points, self.density, self.arrows, self.true, self.score):
            shown.toggled.connect(self._offer)
            shown.toggled.connect(self._draw)
        self.grid.valueChanged.connect(self.want)
        self.kind.changed.connect(self.want)
        self._offer()

    @classmethod
    def suits(cls, subject: Examined) -> bool:
        return prod(subject.shape) == 2

    # -- measuring -----------------------------------------------------------------------------------------------------

    def measure(self) -> Measure:
        grid, of = self.grid.value(), KINDS[self.kind.index()][0]

        def taken(subject: Examined, report: Report) -> PlaneFound:
            report(say("Following the points of the plane"), None)
            field = vector_field(subject.model, grid)
            ellipses = contraction_ellipses(subject.model, ELLIPSES, of=of) if of is not None else None
            return PlaneFound(field, ellipses, density(_many(subject)), jittered(subject.images(POINTS)))

        return taken

    def show_found(self, found: PlaneFound, subject: Examined) -> None:
        self._found = found
        self._offer()
        self._draw()

    def forget(self) -> None:
        self._found = None
        self.view.show_scene(Scene())
        self.caption.setText("")
        self._offer()

    # -- showing -------------------------------------------------------------------------------------------------------

    def reading(self, x: float, y: float) -> str:
        """What is known of a place."""
        if self._found is None:
            return ""
        lines, field = [say("x {x:.3f}, y {y:.3f}", x=x, y=y)], self._found.field
        if self.arrows.isChecked():
            scored = self._scored()
            dx, dy = (field.score if scored else field.arrows)[_nearest(field.points, x, y)]
            lines.append(
                say(
                    "score ({dx:.3g}, {dy:.3g}), length {length:.3g}"
                    if scored
                    else "r(x) − x ({dx:.3g}, {dy:.3g}), length {length:.3g}",
                    dx=dx,
                    dy=dy,
                    length=np.hypot(dx, dy),
                )
            )
        if self._found.ellipses is not None:
            one = self._found.ellipses.axes[_nearest(self._found.ellipses.points, x, y)]
            lines.append(say("circle becomes {long:.3g} × {short:.3g}", long=one[0], short=one[1]))
        return "\n".join(lines)

    @Slot()
    def _draw(self) -> None:
        found = self._found
        if found is None:
            return
        scene = Scene(
            found.density if self.density.isChecked() else None, found.points if self.points.isChecked() else None
        )
        said = []
        if self.arrows.isChecked():
            scene, words = self._with_arrows(scene, found.field)
            said.append(words)
        if found.ellipses is not None:
            scene, words = _with_ellipses(scene, found.ellipses)
            said.append(words)
        self.view.show_scene(scene)
        self.caption.setText(str(listed(said, SPACE)))

    def _with_arrows(self, scene: Scene, field: VectorField) -> tuple[Scene, Text]:
        vectors = (field.score if self._scored() else field.arrows).reshape(-1, 2)
        spacing = 1 / (len(field.points) - 1)
        lengths = np.linalg.norm(vectors, axis=1)
        what = Text("r(x) − x")
        if self._scored():
            what = Text("the score, (r(x) − x)/σ² with σ = {sigma:.3g}", sigma=field.sigma)
        arrows, how = vectors, Text("as long as they are")
        if self._scored() or not self.true.isChecked():
            by = MIDDLING * spacing / max(float(np.median(lengths)), 1e-12)
            cut = np.minimum(1, LONGEST * spacing / np.maximum(by * lengths, 1e-12))
            arrows = (by * cut[:, None] * vectors).astype(np.float32)
            how = Text(
                "{times:.2g} times as long as they are, the longest ones shortened"
                if cut.min() < 1
                else "{times:.2g} times as long as they are",
                times=by,
            )
        drawn = replace(scene, feet=field.points.reshape(-1, 2), arrows=arrows, spacing=spacing)
        longest = lengths.max()
        return drawn, Text(
            "Arrows: {what}, drawn {how}; the longest is {longest:.3g}.", what=what, how=how, longest=longest
        )

    def _scored(self) -> bool:
        return self.score.isChecked() and self.score.isEnabled()

    @Slot()
    def _offer(self) -> None:
        sigma = self._found.field.sigma if self._found is not None else 0.0
        self.score.setEnabled(sigma > 0 and self.arrows.isChecked())
        self.true.setEnabled(self.arrows.isChecked() and not self._scored())  # a score has another unit than the plane
        self.score.setToolTip(
            say(
                "Divide by σ² = {sigma:.3g}²: the model’s estimate of the gradient of the log-density of the noisy "
                "points"
                if sigma > 0
                else "Only of a model that was trained against Gaussian noise: its reconstruction is the mean of what "
                "the noisy point may have been, from which the score follows",
                sigma=sigma,
            )
        )


def _box(words: str, tip: str, *, on: bool = True) -> QCheckBox:
    made = QCheckBox(words)
    made.setToolTip(tip)
    made.setChecked(on)
    return made


def _many(subject: Examined) -> Tensor:
    """Points to estimate the density from: those of the training where they are to be had."""
    if subject.dataset is None:
        return subject.images(POINTS)
    store = subject.dataset.train.images
    return to_float(store.gather(torch.arange(min(POINTS, len(store)))))


def jittered(images: Tensor) -> Floats:
    """Points [N, 2], each moved within its cell of the lattice of bytes, always alike."""
    points = images.flatten(1)
    moved: Floats = (
        points + (torch.rand(points.shape, generator=torch.Generator().manual_seed(0)) - 0.5) / 255
    ).numpy()
    return moved


def _with_ellipses(scene: Scene, ellipses: Ellipses) -> tuple[Scene, Text]:
    """All at one scale, at which they do not touch but for a few."""
    axes = ellipses.axes.reshape(-1, 2)
    radius = ROOM / 2 / (ELLIPSES - 1) / max(1.0, float(np.percentile(axes, FEW)))
    centres, angles = ellipses.points.reshape(-1, 2), ellipses.angles.reshape(-1)
    inside = float((axes[:, 0] < 1).mean())
    words = Text(
        "Ellipses: what becomes of the grey circles. Semi-axes {short:.2g} to {long:.2g} times the radius; "
        "{inside:.0f}\N{NO-BREAK SPACE}% lie within their circle.",
        short=axes.min(),
        long=axes.max(),
        inside=100 * inside,
    )
    return replace(scene, centres=centres, axes=radius * axes, angles=angles, circle=radius), words


def _nearest(points: Floats, x: float, y: float) -> tuple[int, int]:
    """Row and column of the point of a grid [G, G, 2] that is nearest to a place."""
    last = len(points) - 1
    return int(np.clip(round(y * last), 0, last)), int(np.clip(round(x * last), 0, last))
