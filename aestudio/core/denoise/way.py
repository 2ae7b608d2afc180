"""What a way to take noise off a picture is, and what it becomes for one picture."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from aestudio.core.denoise.noise import Noise
from aestudio.core.denoise.picture import Picture, Values
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.parts.slots import Slot


@dataclass(frozen=True, eq=False)
class Cleaner:
    """A way that is ready: a function of pixels, and what cutting a picture into tiles has to know of it."""

    clean: Callable[[Values], Values]
    """[h, w, C] → the same shape, not cut off at black and white; the input is left as it is. With something `beside`,
    [h, w, C + K] → [h, w, C].
    """
    halo: int
    """How many pixels beyond a tile still change it."""
    step: int = 1
    """A tile, with its halo, begins at multiples of this."""
    memory: float = 100.0
    """Bytes of working memory for each value (pixel × channel) of a tile."""
    sigma: float | None = None
    """The noise level that it was made for, where white is 1; None where it is the same for all."""
    beside: Values | None = None
    """What it is told of every pixel of the picture [H, W, K] beside its values: a tile gets its part behind them."""
    of_picture: bool = False
    """Made for the picture that it was prepared for, and for no other."""
    note: str = ""
    """What the person should know, as a sentence: `A grey model, used for each channel by itself.`"""


@dataclass(frozen=True)
class Callbacks:
    """Who looks on while a way gets ready."""

    report: Report = unheard
    """Told what is being done and how far it is, several times a second; it may raise Cancelled."""
    show: Callable[[Cleaner], None] | None = None
    """Given what a way that learns has learned so far, now and then. It must not be kept: it goes on changing."""


NO_CALLBACKS = Callbacks()


class Way(Slot):
    """A way to take noise off a picture."""

    family: ClassVar[str] = "denoise.ways"
    noun: ClassVar[str] = "way"
    learns: ClassVar[bool] = False
    """Trains on the picture itself before it can clean it."""
    finds_noise: ClassVar[bool] = False
    """Finds out by itself how strong the noise is: it is told so where a person says it, and 0 where nobody does."""
    suits: ClassVar[str] = ""
    """The kind of noise that it is the way for, as `noise` calls it."""
    learns_from_all: ClassVar[bool] = False
    """Trains once on all pictures of a kind rather than on each by itself, where there are several."""

    def reckoned(self, picture: Picture) -> float:
        """The seconds that it is reckoned to take, for saying how far a comparison is."""
        return 0.2 + 2.0 * picture.megapixels

    def heeds_noise(self) -> bool:
        """Whether it makes a difference which noise level is said."""
        return not self.learns

    def suited(self, noise: Noise) -> Way:
        """The same way, with what it leaves open decided for a picture with such noise."""
        del noise
        return self

    def files(self) -> dict[str, Path]:
        """The files that its settings name, by the name of the setting."""
        paths = {name: os.path.expanduser(one) for name, one in self.model_dump().items() if isinstance(one, str)}
        return {name: Path(path) for name, path in paths.items() if os.path.isfile(path)}

    def file_states(self) -> tuple[tuple[int, int], ...]:
        """Size in bytes and time in nanoseconds of these files: a model that was trained again is another one."""
        states = []
        for path in self.files().values():
            with suppress(OSError):  # it has gone just now
                states.append((path.stat().st_size, path.stat().st_mtime_ns))
        return tuple(states)

    def told(self, noise: Noise) -> float:
        """The noise level that it is told where nobody says one, white being 1."""
        return 0.0 if self.finds_noise else noise.sigma

    @abstractmethod
    def prepare(self, pictures: Sequence[Picture], sigma: float, callbacks: Callbacks = NO_CALLBACKS) -> Cleaner:
        """Ready for pictures of one kind: all grey or all colour. What learns does so from all of them.

        `sigma` is the noise's standard deviation where white is 1, estimated where nobody says it; of a way that finds
        it out by itself it is 0 then.

        Raises: DenoiseError where the pictures do not fit the way, Cancelled where a callback raises it.
        """
