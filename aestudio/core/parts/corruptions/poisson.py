"""Shot noise."""

from typing import ClassVar

import torch
from torch import Tensor

from aestudio.core.parts.families.corruption import Corrupted, Corruption
from aestudio.core.parts.slots import knob


class Poisson(Corruption):
    """Every value becomes a count of photons divided by `peak`, the count at white: the brighter, the noisier, with a
    standard deviation of √(x / peak). Values below 0 count as black.
    """

    kind: ClassVar[str] = "poisson"
    title: ClassVar[str] = "Poisson (shot noise)"
    about: ClassVar[str] = (
        "Every value becomes a count of photons divided by `peak`, the count at white: the brighter, the noisier, with"
        " a standard deviation of √(x / peak). Values below 0 count as black."
    )
    equation: ClassVar[str] = r"\tilde{x} = n / p,\quad n \sim \mathrm{Poisson}(p\,x)"
    source: ClassVar[str] = (
        "Foi, Trimeche, Katkovnik, Egiazarian (2008), Poissonian–Gaussian noise modeling, section II"
    )
    rank: ClassVar[int] = 4

    peak: float = knob(
        60.0,
        "Photons at white",
        low=1,
        high=100_000,
        live=True,
        log=True,
        tip="Fewer photons: a noisier image.",
        raised="The image is less noisy, so the network has less to clean.",
    )

    def __call__(self, clean: Tensor, generator: torch.Generator | None = None) -> Corrupted:
        counts = torch.poisson(clean.clamp_min(0) * self.peak, generator=generator)
        return Corrupted(counts / self.peak, clean)
