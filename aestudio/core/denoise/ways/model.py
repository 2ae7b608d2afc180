"""A trained autoencoder as a way to clean pictures of any size."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from aestudio.core.denoise.current_model import COLOUR_TIP, Colour
from aestudio.core.denoise.picture import Picture
from aestudio.core.denoise.way import NO_CALLBACKS, Callbacks, Cleaner, Way
from aestudio.core.ground.errors import DenoiseError, ModelFileError
from aestudio.core.ground.texts import say
from aestudio.core.parts.slots import knob


class TrainedModel(Way):
    """The reconstruction that a trained autoencoder makes of the picture, at the picture's own resolution.

    Convolutional models are run as they are. Models made for one size are run on overlapping patches, blended by a
    window that falls smoothly to their edges.
    """

    kind: ClassVar[str] = "model"
    title: ClassVar[str] = "Trained model"
    about: ClassVar[str] = (
        "The reconstruction that a trained autoencoder makes of the picture, at the picture's own resolution."
    )
    source: ClassVar[str] = "Vincent et al. (2010); Bank, Koenigstein, Giryes (2020), section 2.2"
    rank: ClassVar[int] = 1

    path: str = knob("", "Model file", tip="A model that this program trained and saved.")
    colour: Colour = knob("each channel", "Colour pictures", tip=COLOUR_TIP)

    def heeds_noise(self) -> bool:
        """Of a file that cannot be read it is not known, so that it is False, until the way is used."""
        if not self.path.strip():
            return False
        from aestudio.core.denoise.models import declared_level
        from aestudio.core.model import model_file

        try:
            return declared_level(model_file.load(Path(os.path.expanduser(self.path))).run) is not None
        except ModelFileError:
            return False

    def prepare(self, pictures: Sequence[Picture], sigma: float, callbacks: Callbacks = NO_CALLBACKS) -> Cleaner:
        if not self.path.strip():
            raise DenoiseError("No model is chosen; choose a model file, or another method.")
        from aestudio.core.denoise.models import cleaner_of
        from aestudio.core.model import model_file

        callbacks.report(say("Opening the model"), None)
        model = model_file.load(Path(os.path.expanduser(self.path))).model()
        return cleaner_of(model, pictures[0].channels, self.colour, sigma=sigma)
