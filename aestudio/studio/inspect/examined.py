"""What is looked into: one snapshot of a model, and the images it is looked at with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from aestudio.core.data.dataset import Dataset, ImageStore, Resident, to_float
from aestudio.core.ground.shapes import Shape
from aestudio.core.library.moments import MomentFolder
from aestudio.core.model.trained import Model
from aestudio.core.run.events import Preview
from aestudio.core.run.run import Run
from aestudio.studio.trial import shape_of

if TYPE_CHECKING:
    from aestudio.studio.document import Document

SOME = 256
"""Held-out images that measures of the encoder are averaged over; the first ones, so that snapshots compare."""


@dataclass(frozen=True, eq=False)
class Examined:
    """One snapshot; the model is built where it is first asked for, which is the observer's thread."""

    run: Run
    shape: Shape
    depth: int
    step: int
    """At which it was taken; 0 of an untrained or an opened model."""
    weights: Mapping[str, Tensor] = field(repr=False)
    dataset: Dataset | None
    """That its images come from; None where those were not to be had."""
    few: Tensor = field(repr=False)
    """The images of the preview [N, C, H, W]: what there is where there is no data set."""
    opened: bool = False
    """Read from a file and not trained here."""
    errors: tuple[tuple[int, float], ...] = ()
    """Held-out mean squared errors per pixel of its training, by step, whether anybody looked on or not."""
    earlier: tuple[Preview, ...] = field(default=(), repr=False)
    """Moments of its training that are kept in memory, oldest first."""
    kept: MomentFolder | None = None
    """Moments of its training that the library keeps; None where it is no run of the library."""
    ended: int = 0
    """Of an opened model: after how many steps its training had come to it; 0 where nobody knows."""
    before: Preview | None = field(default=None, repr=False)
    """The model before the single step that led to it; None where there was no such step."""

    @property
    def reached(self) -> int:
        """After how many steps of training it is as it is, as far as that is known."""
        return self.ended if self.opened else self.step

    @cached_property
    def model(self) -> Model:
        return Model(self.run, self.shape, self.weights, self.depth)

    @cached_property
    def store(self) -> ImageStore:
        """All held-out images, or the few."""
        if self.dataset is not None:
            return self.dataset.held_out.images
        return Resident((self.few * 255).round().to(torch.uint8))

    def images(self, count: int = SOME) -> Tensor:
        """The first held-out images [N, C, H, W] in [0, 1]."""
        return to_float(self.store.gather(torch.arange(min(count, len(self.store)))))

    def same_network(self, other: Examined | None) -> bool:
        """Whether the other is an earlier or later snapshot of one and the same training."""
        return (
            other is not None
            and (self.run.network, self.run.code, self.shape) == (other.run.network, other.run.code, other.shape)
            and self.depth == other.depth
            and self.dataset is other.dataset
        )


def subject_of(preview: Preview, dataset: Dataset | None, document: Document | None = None) -> Examined:
    """Of the newest preview, and of what its document and the library keep of its training; the data set counts where
    its images are of the model's size.
    """
    shape = shape_of(preview)
    fits = dataset is not None and dataset.shape == shape
    opened = preview.phase == "opened"
    subject = Examined(
        run=preview.run,
        shape=shape,
        depth=preview.depth,
        step=preview.step,
        weights=preview.weights,
        dataset=dataset if fits else None,
        few=torch.from_numpy(preview.original),
        opened=opened,
        before=preview.before,
    )
    if document is None:
        return subject
    shown = document.shown
    return replace(
        subject,
        errors=shown.errors(),
        earlier=tuple(one.preview for one in shown.snapshots.kept),
        kept=None if shown.number is None else document.shelf.moments(shown.number),
        ended=shown.ended if opened else 0,
    )
