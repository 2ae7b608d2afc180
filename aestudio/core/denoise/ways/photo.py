"""The bundled photo denoiser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from aestudio.core import model_file
from aestudio.core.denoise.models import cleaner_of
from aestudio.core.denoise.picture import Picture
from aestudio.core.denoise.way import UNWATCHED, Cleaner, Watch, Way
from aestudio.core.resources import resource


class Photo(Way):
    """A residual convolutional denoising autoencoder that ships with the program, one for grey and one for colour
    pictures: trained on photographs with Gaussian noise of σ 0 to 55 of 255, without being told how strong it is.
    """

    kind: ClassVar[str] = "photo"
    title: ClassVar[str] = "Photo denoiser"
    source: ClassVar[str] = "The recipes photo-denoiser and photo-denoiser-grey; resources/models/README.md"
    rank: ClassVar[int] = 0

    def prepare(self, pictures: Sequence[Picture], sigma: float, watch: Watch = UNWATCHED) -> Cleaner:
        channels = pictures[0].channels
        watch.report("Opening the photo denoiser", None)
        name = "photo-denoiser-grey" if channels == 1 else "photo-denoiser"
        return cleaner_of(model_file.load(resource("models", f"{name}.safetensors")).model(), channels)
