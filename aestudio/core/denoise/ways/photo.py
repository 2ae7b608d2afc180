"""The bundled photo denoiser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from aestudio.core.denoise.models import cleaner_of
from aestudio.core.denoise.noise import Noise, estimate
from aestudio.core.denoise.picture import Picture
from aestudio.core.denoise.tones import keeping_tones
from aestudio.core.denoise.way import UNWATCHED, Cleaner, Watch, Way
from aestudio.core.ground.resources import resource
from aestudio.core.ground.texts import say
from aestudio.core.model import model_file
from aestudio.core.parts.slots import knob

LARGE = 4.0
"""Megapixels above which a picture is cleaned once where nobody says how often."""

IN_DETAIL = 6 / 255
"""By how much noise that is alike in neighbours is at most taken to be stronger than what was found in plain parts, and
twice as strong where that is less: cameras smooth plain parts more than the rest. Chosen on synthetic camera pictures,
sharp and soft ones.
"""

Twice = Literal["if small", "always", "never"]
Kind = Literal["as found", "even", "camera or JPEG"]


class Photo(Way):
    """Residual convolutional denoising autoencoders that ship with the program, for grey and for colour pictures, which
    find out how strong the noise is. Two are for even noise, independent of one pixel to the next; two for that of
    cameras and JPEG files, which is alike in neighbouring pixels. Which one is taken is decided by what was found.

    The latter are taken too where a level is said: that much counts as noise then, detail included.
    """

    kind: ClassVar[str] = "photo"
    title: ClassVar[str] = "Photo denoiser"
    about: ClassVar[str] = (
        "Residual convolutional denoising autoencoders that ship with the program, for grey and for colour pictures, "
        "for even noise and for that of cameras and JPEG files. They estimate how strong the noise "
        "is; give a higher noise level, and they remove more."
    )
    source: ClassVar[str] = "The recipes photo-denoiser and photo-denoiser-real; resources/models/README.md"
    rank: ClassVar[int] = 0
    finds_noise: ClassVar[bool] = True

    twice: Twice = knob(
        "if small",
        "Upside down too",
        tip="Also clean the picture upside down and take the mean: 0.1 dB better, and takes twice as long. "
        "Small: up to 4 megapixels.",
    )

    noise: Kind = knob(
        "as found",
        "Kind of noise",
        tip="Even noise differs from pixel to pixel; that of cameras and JPEG files is alike in neighbours.",
    )

    def suited(self, noise: Noise) -> Photo:
        if self.noise != "as found":
            return self
        return self.model_copy(update={"noise": "camera or JPEG" if noise.alike else "even"})

    def told(self, noise: Noise) -> float:
        return noise.sure + min(noise.sure, IN_DETAIL) if self.noise == "camera or JPEG" else 0.0

    def prepare(self, pictures: Sequence[Picture], sigma: float, watch: Watch = UNWATCHED) -> Cleaner:
        channels = pictures[0].channels
        watch.report(say("Opening the photo denoiser"), None)
        kind = self.noise
        if kind == "as found":
            kind = "camera or JPEG" if sigma else self.suited(estimate(pictures[0])).noise
        name = "photo-denoiser-real" if kind == "camera or JPEG" else "photo-denoiser"
        model = model_file.load(resource("models", f"{name}{'-grey' if channels == 1 else ''}.safetensors")).model()
        is_small = max(picture.megapixels for picture in pictures) <= LARGE
        twice = self.twice == "always" or (self.twice != "never" and is_small)
        cleaner = cleaner_of(model, channels, twice=twice, sigma=sigma)
        return keeping_tones(cleaner) if kind == "camera or JPEG" else cleaner
