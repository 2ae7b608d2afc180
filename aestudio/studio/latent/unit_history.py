"""The KL of every unit of a code since its training began, at moments in memory and those that the library keeps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from torch import Tensor

from aestudio.core.ground.errors import StudioError
from aestudio.core.ground.journal import LOG
from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import say
from aestudio.core.latent.collapse import kl_of_units
from aestudio.core.model.trained import Model
from aestudio.core.run.events import Floats, Preview
from aestudio.core.training import moment
from aestudio.studio.inspect.examined import Examined

IMAGES = 256
"""Held-out ones, the same at every moment."""
MOMENTS = 40
"""At most, evenly spread over those that are kept."""
Earlier = Preview | Path
"""In memory, or the file that the library keeps."""


class UnitHistory:
    """Remembers what was measured, so that a moment is measured once."""

    def __init__(self) -> None:
        self._known: dict[Earlier, Floats | None] = {}
        """None of one that could not be read."""

    def of(self, subject: Examined, report: Report) -> tuple[tuple[int, ...], Floats]:
        """Steps [S], oldest first and the subject's own last, and the KL of each unit then in nats [S, K]."""
        before = _before(subject)
        every = 1
        while len(before) > every * MOMENTS:
            every *= 2
        steps = list(before)[::every]  # those stay, or half of them, as more come
        images, found = subject.images(IMAGES), {}
        model = Model(subject.run, subject.shape, subject.weights, subject.depth)
        for place, step in enumerate(steps):
            if before[step] not in self._known:
                report(say("Measuring earlier moments"), place / len(steps))
                self._known[before[step]] = _measured(model, before[step], images)
            found[step] = self._known[before[step]]
        self._known = {one: self._known[one] for one in before.values() if one in self._known}
        known = {step: kl for step, kl in found.items() if kl is not None}
        last = kl_of_units(subject.model, images)
        return (*known, subject.reached), np.stack([*known.values(), last])


def _before(subject: Examined) -> dict[int, Earlier]:
    """By step, oldest first. The library has those before the first in memory; where one is, it is quicker."""
    here = [one for one in subject.earlier if one.step < subject.reached and one.depth == subject.depth]
    begins = here[0].step if here else subject.reached
    kept = {} if subject.kept is None else subject.kept.looked_at()
    return {step: path for step, path in kept.items() if step < begins} | {one.step: one for one in here}


def _measured(model: Model, one: Earlier, images: Tensor) -> Floats | None:
    """By a model whose weights are then those of the moment; None where the library has it no more."""
    try:
        seen = one if isinstance(one, Preview) else moment.load(one)
        if seen.depth not in (None, model.depth):  # another layer was trained then
            return None
        model.load(seen.weights)
    except StudioError as error:
        LOG.warning("an earlier moment: %s", error)
        return None
    return kl_of_units(model, images)
