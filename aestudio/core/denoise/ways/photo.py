"""The bundled photo denoiser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from aestudio.core.denoise.models import cleaner_of
from aestudio.core.denoise.picture import Picture
from aestudio.core.denoise.way import UNWATCHED, Cleaner, Watch, Way
from aestudio.core.ground.resources import resource
from aestudio.core.ground.texts import say
from aestudio.core.model import model_file
from aestudio.core.parts.slots import knob

LARGE = 4.0
"""Megapixels above which a picture is cleaned once where nobody says how often."""

Twice = Literal["if small", "always", "never"]


class Photo(Way):
    """A residual convolutional denoising autoencoder that ships with the program, one for grey and one for colour
    pictures: trained on photographs with Gaussian noise of σ 0 to 55 of 255, without being told how strong it is.
    """

    kind: ClassVar[str] = "photo"
    title: ClassVar[str] = "Photo denoiser"
    about: ClassVar[str] = (
        "A residual convolutional denoising autoencoder that ships with the program, one for grey and one for colour "
        "pictures: trained on photographs with Gaussian noise of σ 0 to 55 of 255, without being told how strong it "
        "is."
    )
    source: ClassVar[str] = "The recipes photo-denoiser and photo-denoiser-grey; resources/models/README.md"
    rank: ClassVar[int] = 0
    finds_noise: ClassVar[bool] = True

    twice: Twice = knob(
        "if small",
        "Both ways up",
        tip="Also clean the picture upside down and take the mean: 0.1 dB better, and takes twice as long. "
        "Small: up to 4 megapixels.",
    )

    def prepare(self, pictures: Sequence[Picture], sigma: float, watch: Watch = UNWATCHED) -> Cleaner:
        channels = pictures[0].channels
        watch.report(say("Opening the photo denoiser"), None)
        name = "photo-denoiser-grey" if channels == 1 else "photo-denoiser"
        model = model_file.load(resource("models", f"{name}.safetensors")).model()
        is_small = max(picture.megapixels for picture in pictures) <= LARGE
        twice = self.twice == "always" or (self.twice != "never" and is_small)
        return cleaner_of(model, channels, twice=twice, sigma=sigma)
