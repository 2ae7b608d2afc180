"""What is known of each image: its label, and the factors that it was drawn by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from aestudio.core.data.dataset import Dataset
from aestudio.core.latent.codes import Codes
from aestudio.core.probes.disentangling.known import knowing_of


@dataclass(frozen=True, eq=False)
class Attribute:
    """The label of each image, or a factor."""

    name: str
    """In English; empty for the label."""
    values: NDArray[np.int64]
    """[N]."""
    is_category: bool
    """Its values have no order."""
    cycle: int = 0
    """After how many values it begins again, as a rotation does; 0 where it does not."""
    periods: NDArray[np.int64] | None = None
    """After how many values each image looks the same again [N], such as a square after a quarter turn; None where it
    is the cycle for all of them.
    """


def attributes_of(dataset: Dataset, codes: Codes) -> list[Attribute]:
    """The labels of the images that were encoded, and the factors of those that were drawn by known ones."""
    found = [] if codes.labels is None else [Attribute("", codes.labels, is_category=True)]
    counts = [codes.held_out, len(codes.codes) - codes.held_out]
    known = [one for split in (dataset.held_out, dataset.train) if (one := knowing_of(split.images)) is not None]
    if len(known) == len(counts):
        asked = [(one, torch.arange(n)) for one, n in zip(known, counts, strict=True)]
        values = torch.cat([one.classes(index) for one, index in asked]).numpy()
        periods = torch.cat([one.periods(index) for one, index in asked]).numpy()
        # A category beside labels is what the labels say already.
        found += [
            Attribute(name, values[:, place], category, cycle, periods[:, place] if cycle else None)
            for place, (name, category, cycle) in enumerate(
                zip(known[0].factor_names, known[0].categories, known[0].cycles, strict=True)
            )
            if not (category and codes.labels is not None)
        ]
    return found
