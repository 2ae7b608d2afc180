"""What the map shows of a snapshot: the places of all codes, of the prior, and of a person's own pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.reports import Report
from aestudio.core.latent.attributes import Attribute, attributes_of
from aestudio.core.latent.codes import Codes
from aestudio.core.latent.holes import Holes, holes
from aestudio.core.latent.paths import has_prior
from aestudio.core.latent.plane import Plane, Window, window_of
from aestudio.core.latent.tsne import place_of
from aestudio.core.run.events import Floats
from aestudio.qt.pages.latent.marks import Marks
from aestudio.qt.pages.latent.plane_choice import PlaneWish, plane_of
from aestudio.qt.pages.latent.shared_state import SharedState
from aestudio.studio.inspect.examined import Examined
from aestudio.studio.latent.encoded import data_of, embedded, encoded
from aestudio.studio.status import TriedImage

RINGS = (1.0, 2.0)
"""Standard deviations of a standard normal prior."""


@dataclass(frozen=True, eq=False)
class Mapped:
    """Of one snapshot."""

    codes: Codes
    places: Floats
    window: Window
    dataset: Dataset
    plane: Plane | None
    """None where a place of the map has no code."""
    centre: tuple[float, float] | None = None
    """Of the prior on the plane; None where there is none."""
    holes: Holes | None = None
    earlier: tuple[tuple[str, Floats], ...] = ()
    """Names and codes [K] of pictures of a person's own that were tried before the last one."""

    @cached_property
    def factors(self) -> list[Attribute]:
        """What is known of each image besides its label."""
        return [one for one in attributes_of(self.dataset, self.codes) if one.name]


def mapped(
    subject: Examined, wish: PlaneWish, earlier: Sequence[TriedImage], *, agreed: bool, report: Report
) -> Mapped:
    """On the plane, or by t-SNE, that is wished for; `earlier` are pictures of a person's own.

    Raises: ProbeError where the code has no such plane or map; TakesLong where nobody has agreed to that.
    """
    dataset = data_of(subject)
    if wish.mapped:
        codes = encoded(subject, wish.mapped, report)
        places = embedded(subject, wish.mapped, agreed=agreed, report=report)
        return Mapped(codes, places, window_of(places), dataset, None, earlier=_encoded(subject, earlier))
    codes = encoded(subject, report=report)
    plane = plane_of(codes, wish)
    places = plane.places(codes.codes)
    found = Mapped(codes, places, window_of(places), dataset, plane, earlier=_encoded(subject, earlier))
    return _with_prior(found, plane) if has_prior(subject.model) else found


def marks_of(found: Mapped, shared: SharedState) -> Marks:
    """The prior, and a person's own pictures where they have a code."""
    own, tried = list(found.earlier) if shared.earlier else [], shared.tried
    if tried is not None and tried.code is not None and tried.code.shape == found.codes.codes.shape[1:]:
        own.append((tried.name, tried.code))
    points = tuple((*_place(found, code), name) for name, code in own)
    if found.centre is None or found.holes is None:
        return Marks(points=points)
    return Marks(found.centre, RINGS, found.holes.corners, points)


def _with_prior(found: Mapped, plane: Plane) -> Mapped:
    """The prior's middle on the plane, and its holes, as draws from what the encoder says fill it."""
    codes = found.codes.codes
    x, y = plane.places(np.zeros((1, codes.shape[1]), np.float32))[0].tolist()
    drawn = codes if found.codes.drawn is None else found.codes.drawn
    missing = holes(plane.places(drawn), np.array([x, y], np.float32))
    return replace(found, centre=(x, y), holes=missing)


def _encoded(subject: Examined, pictures: Sequence[TriedImage]) -> tuple[tuple[str, Floats], ...]:
    """Names and codes [K] of those that are of the size that the model takes."""
    fitting = [one for one in pictures if one.original.shape == tuple(subject.shape)]
    if not fitting:
        return ()
    codes = subject.model.encode(torch.from_numpy(np.stack([one.original for one in fitting]))).flatten(1).float()
    return tuple((one.name, code) for one, code in zip(fitting, codes.numpy(), strict=True))


def _place(found: Mapped, code: Floats) -> tuple[float, float]:
    """Of one more code [K] on the map."""
    if found.plane is None:
        x, y = place_of(code, found.codes.codes, found.places).tolist()
    else:
        x, y = found.plane.places(code[None])[0].tolist()
    return x, y
