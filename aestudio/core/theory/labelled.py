"""Labels, and the codes of whole splits in an order of one's choice: what probes and classifiers read."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from aestudio.core.data.dataset import Dataset, ImageStore, split_at_random, to_float
from aestudio.core.ground.errors import DataError
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import say
from aestudio.core.model.trained import Model

VALIDATION = 1 / 6
"""Of the training images, kept back to choose on: 10,000 of MNIST's 60,000."""
BATCH = 1000


@dataclass(frozen=True, eq=False)
class Labels:
    """Of both splits, int64 [N] each, and how many classes there are."""

    train: Tensor
    held_out: Tensor
    classes: int


def labels_of(dataset: Dataset) -> Labels:
    """Raises: DataError where the data set has no labels, or all images have the same."""
    train, held_out = dataset.train.labels, dataset.held_out.labels
    if train is None or held_out is None:
        raise DataError(
            "The images of {name} have no labels, so there is nothing to classify; choose a data set that has "
            "them, such as digits or MNIST.",
            name=dataset.name,
        )
    if bool((train == train[0]).all()):
        raise DataError(
            "All training images of {name} have the same label, so there is nothing to classify.", name=dataset.name
        )
    most = int(torch.stack([train.max(), held_out.max()]).max())
    return Labels(train, held_out, max(most + 1, len(dataset.label_names)))


def parted(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Indices of `count` training images: those to fit on, and those kept back to choose on."""
    return split_at_random(count, VALIDATION, seed)


def codes(model: Model, images: ImageStore, index: Tensor | None = None, *, report: Report = unheard) -> Tensor:
    """What the decoder gets for the clean images at `index` (all by default), flat [N, K] on the CPU."""
    if index is None:
        index = torch.arange(len(images))
    first = model.encode(to_float(images.gather(index[:1])))
    made = first.new_empty(len(index), first.shape[1])
    for start in range(0, len(index), BATCH):
        report(say("Encoding images"), start / len(index))
        some = index[start : start + BATCH]
        made[start : start + len(some)] = model.encode(to_float(images.gather(some)))
    return made
