"""What is looked into: one snapshot of a model, and the images it is looked at with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from aestudio.core.data.dataset import Dataset, ImageStore, Resident, to_float
from aestudio.core.ground.shapes import Shape
from aestudio.core.model.trained import Model
from aestudio.core.run.events import Preview
from aestudio.core.run.run import Run
from aestudio.studio.shown import Shown
from aestudio.studio.trial import shape_of

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
    before: Preview | None = field(default=None, repr=False)
    """The model before the single step that led to it; None where there was no such step."""

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


def subject_of(preview: Preview, dataset: Dataset | None, shown: Shown | None = None) -> Examined:
    """Of the newest preview, and of what is kept of its training; the data set counts where its images are of the
    model's size.
    """
    shape = shape_of(preview)
    fits = dataset is not None and dataset.shape == shape
    few = torch.from_numpy(preview.original)
    return Examined(
        run=preview.run,
        shape=shape,
        depth=preview.depth,
        step=preview.step,
        weights=preview.weights,
        dataset=dataset if fits else None,
        few=few,
        opened=preview.phase == "opened",
        errors=() if shown is None else shown.errors(),
        before=preview.before,
        earlier=() if shown is None else tuple(one.preview for one in shown.snapshots.kept),
    )
