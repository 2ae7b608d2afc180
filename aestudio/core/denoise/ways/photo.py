"""The bundled photo denoiser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import PrivateAttr

from aestudio.core.denoise.noise import STRONG, Noise, estimate
from aestudio.core.denoise.picture import Picture
from aestudio.core.denoise.restraint import restrained, taken_off
from aestudio.core.denoise.tones import keeping_tones
from aestudio.core.denoise.way import NO_CALLBACKS, Callbacks, Cleaner, Way
from aestudio.core.ground.resources import resource
from aestudio.core.ground.texts import say
from aestudio.core.parts.slots import knob

if TYPE_CHECKING:
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

DOUBTFUL = 1.2
"""From which smoothness it is doubtful that noise which was not called alike is even: the network for even noise is
then asked, which takes off little of other noise.
"""
STEADY = 1.4
"""How many times as strong as usual it is at most in the noisiest plain parts, so that it is no texture."""
EVEN = 0.75
"""The part of the least noise that was found which the network for even noise takes off at least, if it is even."""

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
        is_strong = noise.sigma > STRONG and noise.high < STEADY * noise.sigma
        is_doubtful = noise.smoothness > DOUBTFUL and is_strong
        is_open = self.noise == "as found" and not is_alike and is_doubtful
        made = self.model_copy(update={"noise": "camera or JPEG" if is_alike else "as found" if is_open else "even"})
        made._found = noise if is_alike or is_open else None  # one for even noise is the same for all pictures
        return made

    def prepare(self, pictures: Sequence[Picture], sigma: float, callbacks: Callbacks = NO_CALLBACKS) -> Cleaner:
        callbacks.report(say("Opening the photo denoiser"), None)
        way = self
        if not sigma and self._found is None and self.noise != "even":
            way = self.suited(estimate(pictures[0]))
        if way.noise == "even":
            return self._cleaner(pictures, is_even=True)
        found = way._found
        if found is None:
            return keeping_tones(self._cleaner(pictures, sigma))
        callbacks.report(say("Looking at plain parts"), None)
        if way.noise == "as found":
            even = replace(self._cleaner(pictures, is_even=True), of_picture=True)
            once = self._cleaner(pictures, is_even=True, is_quick=True)
            if taken_off(once, pictures[0]) >= EVEN * found.low:
                return even
        cleaner = keeping_tones(self._cleaner(pictures, _level(found)))
        if found.sure == found.sigma and _smooth(found) == 0:
            return replace(cleaner, of_picture=True)  # it is known how strong the noise is, and that it is noise
        once = keeping_tones(self._cleaner(pictures, _level(found), is_quick=True))
        return restrained(cleaner, once, pictures[0])

    def _cleaner(
        self, pictures: Sequence[Picture], sigma: float | None = None, *, is_even: bool = False, is_quick: bool = False
    ) -> Cleaner:
        """Of one of the networks: that for even noise, or the other, which is told σ; quick is once alone."""
        from aestudio.core.denoise.models import cleaner_of
        from aestudio.core.model import model_file

        channels = pictures[0].channels
        name = f"photo-denoiser{'' if is_even else '-real'}{'-grey' if channels == 1 else ''}"
        model = model_file.load(resource("models", f"{name}.safetensors")).model()
        is_small = max(picture.megapixels for picture in pictures) <= LARGE
        twice = not is_quick and (self.twice == "always" or (self.twice != "never" and is_small))
        # Files of 8 bits have no use for more; in others, a·x + b has to become a·result + b.
        precision: Precision = "auto" if all(picture.keeps_type for picture in pictures) else "float32"
        return cleaner_of(model, channels, twice=twice, sigma=sigma, precision=precision)


def _smooth(noise: Noise) -> float:
    """How much smoothness counts, 0 to 1."""
    low, high = SMOOTH
    return min(1.0, max(0.0, (noise.smoothness - low) / (high - low)))


def _level(noise: Noise) -> float:
    """What the network is told of noise that is alike in neighbours, white being 1."""
    return max(noise.sure + min(noise.sure, IN_DETAIL), _smooth(noise) * SMOOTHED)
