"""The bundled photo denoiser."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar, Literal

from pydantic import PrivateAttr

from aestudio.core.denoise.models import cleaner_of
from aestudio.core.denoise.noise import Noise, estimate
from aestudio.core.denoise.picture import Picture
from aestudio.core.denoise.restraint import restrained
from aestudio.core.denoise.tones import keeping_tones
from aestudio.core.denoise.way import UNWATCHED, Cleaner, Watch, Way
from aestudio.core.ground.resources import resource
from aestudio.core.ground.texts import say
from aestudio.core.model import model_file
from aestudio.core.parts.slots import knob
from aestudio.core.run.run import Precision

LARGE = 4.0
"""Megapixels above which a picture is cleaned once where nobody says how often."""

IN_DETAIL = 6 / 255
"""By how much noise that is alike in neighbours is at most taken to be stronger than what was found in plain parts, and
twice as strong where that is less: cameras smooth plain parts more than the rest.
"""
SMOOTHED = 18 / 255
"""How strong it is at least said to be where it is smooth: what is left of it are waves that look like the picture, of
which little is found. `restrained` keeps that from taking detail.
"""
SMOOTH = (1.5, 2.5)
"""Between these smoothness counts, from not at all to fully. All of these were chosen on synthetic camera pictures and
clean ones.
"""

Twice = Literal["if small", "always", "never"]
Kind = Literal["as found", "even", "camera or JPEG"]


class Photo(Way):
    """Residual convolutional denoising autoencoders that ship with the program, for grey and for colour pictures, which
    find out how strong the noise is. Two are for even noise, independent of one pixel to the next; two for that of
    cameras and JPEG files, which is alike in neighbouring pixels. Which one is taken is decided by what was found.

    The latter are taken too where a level is said: that much counts as noise then, detail included. Where none is, they
    take off detail no more than the picture's plain parts show noise.
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

    _found: Noise | None = PrivateAttr(None)

    def suited(self, noise: Noise) -> Photo:
        is_alike = self.noise == "camera or JPEG" or (self.noise == "as found" and noise.alike)
        made = self.model_copy(update={"noise": "camera or JPEG" if is_alike else "even"})
        made._found = noise if is_alike else None  # one for even noise is the same for all pictures
        return made

    def prepare(self, pictures: Sequence[Picture], sigma: float, watch: Watch = UNWATCHED) -> Cleaner:
        channels = pictures[0].channels
        watch.report(say("Opening the photo denoiser"), None)
        found = self._found
        if not sigma and found is None and self.noise != "even":
            found = estimate(pictures[0])
        is_even = self.noise == "even" or (self.noise == "as found" and found is not None and not found.alike)
        name = "photo-denoiser" if is_even else "photo-denoiser-real"
        model = model_file.load(resource("models", f"{name}{'-grey' if channels == 1 else ''}.safetensors")).model()
        is_small = max(picture.megapixels for picture in pictures) <= LARGE
        twice = self.twice == "always" or (self.twice != "never" and is_small)
        # Files of 8 bits have no use for more; in others, a·x + b has to become a·result + b.
        precision: Precision = "auto" if all(picture.keeps_type for picture in pictures) else "float32"
        made = partial(cleaner_of, model, channels, precision=precision)
        if is_even:
            return made(twice=twice)
        level = sigma if found is None else _level(found)
        cleaner = keeping_tones(made(twice=twice, sigma=level))
        if found is None:
            return cleaner
        watch.report(say("Looking at plain parts"), None)
        once = keeping_tones(made(sigma=level)) if twice else cleaner
        return restrained(cleaner, once, pictures[0])


def _level(noise: Noise) -> float:
    """What the network is told of noise that is alike in neighbours, white being 1."""
    low, high = SMOOTH
    smooth = min(1.0, max(0.0, (noise.smoothness - low) / (high - low)))
    return max(noise.sure + min(noise.sure, IN_DETAIL), smooth * SMOOTHED)
