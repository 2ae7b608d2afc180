"""All that the desk tells of its pictures and of the work on them, one closed union."""

from __future__ import annotations

from dataclasses import dataclass

from aestudio.core.denoise.cleaning import Region
from aestudio.core.denoise.picture import Picture
from aestudio.studio.notice import Failed, Noted, Offered


@dataclass(frozen=True)
class PicturesChanged:
    """There are other pictures, or another one is chosen."""


@dataclass(frozen=True)
class PictureAltered:
    """The chosen picture, its reference or its results are not what they were."""


@dataclass(frozen=True)
class Busy:
    """Work has begun, or is over."""

    busy: bool


@dataclass(frozen=True)
class Working:
    """What is being done, the fraction done (negative: unknown) and the seconds left (None: unknown)."""

    doing: str
    fraction: float
    left: float | None


@dataclass(frozen=True)
class LeftOut:
    """Why files that were to be opened are not on the desk, a sentence for each or for several; empty where all are."""

    reasons: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Learned:
    """What the way that is at work would make of a region of the picture, as far as it has learned."""

    picture: Picture
    region: Region


@dataclass(frozen=True)
class Made:
    """A result is there now, of this name."""

    name: str


DeskEvent = PicturesChanged | PictureAltered | Busy | Working | LeftOut | Learned | Made | Failed | Noted | Offered
