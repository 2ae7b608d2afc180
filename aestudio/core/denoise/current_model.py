"""The model that is being trained, as a way to clean pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import PrivateAttr

from aestudio.core.denoise.picture import Picture
from aestudio.core.denoise.way import NO_CALLBACKS, Callbacks, Cleaner, Way
from aestudio.core.ground.errors import DenoiseError
from aestudio.core.parts.slots import knob

if TYPE_CHECKING:
    from aestudio.core.model.trained import Model

Colour = Literal["each channel", "brightness only"]
COLOUR_TIP = "How a grey model cleans them: red, green and blue each by itself, or the brightness alone."


class CurrentModel(Way):
    """A model that lies in memory and in no file, such as the one that is being trained."""

    kind: ClassVar[str] = "current-model"
    title: ClassVar[str] = "Current model"
    about: ClassVar[str] = "A model that lies in memory and in no file, such as the one that is being trained."
    source: ClassVar[str] = "Vincent et al. (2010); Bank, Koenigstein, Giryes (2020), section 2.2"

    colour: Colour = knob("each channel", "Colour pictures", tip=COLOUR_TIP)
    _model: Model | None = PrivateAttr(None)

    @classmethod
    def of(cls, model: Model, **settings: Any) -> CurrentModel:
        made = cls.model_validate(settings)
        made._model = model
        return made

    def heeds_noise(self) -> bool:
        from aestudio.core.denoise.models import declared_level

        return self._model is not None and declared_level(self._model.run) is not None

    def prepare(self, pictures: Sequence[Picture], sigma: float, callbacks: Callbacks = NO_CALLBACKS) -> Cleaner:
        if self._model is None:
            raise DenoiseError("There is no model yet: train one on the page Explore, or choose another method.")
        from aestudio.core.denoise.models import cleaner_of

        return cleaner_of(self._model, pictures[0].channels, self.colour, sigma=sigma)
