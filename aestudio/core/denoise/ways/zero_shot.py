"""Zero-shot Noise2Noise: a tiny network trained on the one noisy picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from aestudio.core.denoise.learning import (
    SECONDS,
    SECONDS_TIP,
    STEPS_TIP,
    Crops,
    cleaner_of_network,
    half_a_cosine,
    learn,
    steps_for,
)
from aestudio.core.denoise.picture import Picture
from aestudio.core.denoise.way import NO_CALLBACKS, Callbacks, Cleaner, Way
from aestudio.core.ground.texts import say
from aestudio.core.parts.slots import knob

Decay = Literal["cosine", "halving"]


class ZeroShot(Way):
    """Learns from the noisy picture alone: two halves of its pixels show the same scene with independent noise, so a
    network that turns one into the other has to leave the noise out. Noise must be independent from pixel to pixel.

    Many steps on small random crops are about as good as fewer on the whole picture, and many times quicker.
    """

    kind: ClassVar[str] = "zero-shot"
    title: ClassVar[str] = "Zero-shot, on this picture"
    about: ClassVar[str] = (
        "Learns from the noisy picture alone: two halves of its pixels show the same scene with independent noise, so "
        "a network that turns one into the other has to leave the noise out. Noise must be independent from pixel to "
        "pixel."
    )
    equation: ClassVar[str] = r"\frac{1}{2} \left( \| D_1 y - f(D_2 y) \|^2 + \| D_2 y - f(D_1 y) \|^2 \right) + \ldots"
    source: ClassVar[str] = "Mansour, Heckel (2023), Zero-Shot Noise2Noise, CVPR, arXiv 2303.11253"
    rank: ClassVar[int] = 2
    learns: ClassVar[bool] = True

    steps: int = knob(5000, "Steps", low=10, high=100_000, log=True, tip=STEPS_TIP)
    seconds: float = knob(SECONDS, "Time", low=1, high=86_400, unit="seconds", log=True, tip=SECONDS_TIP)
    crop: int = knob(
        64, "Crop", low=0, high=4096, unit="pixels", tip="The side of the random crops; 0 takes the whole picture."
    )
    learning_rate: float = knob(1e-3, "Learning rate", low=1e-6, high=1, log=True, tip="At the first step.")
    decay: Decay = knob(
        "cosine", "Its decay", tip="Half a cosine down to 0, or halved every 1000 steps as in the paper."
    )
    seed: int = knob(0, "Seed", low=0, high=2**31 - 1)

    def _rate(self, done: float) -> float:
        """The learning rate at the fraction of the steps that is done."""
        if self.decay == "cosine":
            return half_a_cosine(self.learning_rate, done)
        return self.learning_rate * 0.5 ** int(done * self.steps / 1000)

    def reckoned(self, picture: Picture) -> float:
        return self.seconds + super().reckoned(picture)

    def prepare(self, pictures: Sequence[Picture], sigma: float, callbacks: Callbacks = NO_CALLBACKS) -> Cleaner:
        import torch

        from aestudio.core.denoise.halves import WIDTH, Tiny, loss
        from aestudio.core.ground import compute
        from aestudio.core.ground.drawing import drawn_from

        where = compute.choose()
        with drawn_from(self.seed):
            network = Tiny(pictures[0].channels).to(where.device)
        crops = Crops(pictures, self.crop, 1, self.seed, where.device)
        return learn(
            network,
            lambda: loss(network, crops().contiguous(memory_format=torch.channels_last)),
            cleaner_of_network(network, halo=2, step=1, memory=12 * WIDTH),
            steps=steps_for(self.steps, pictures, self.crop),
            seconds=self.seconds,
            rate=self._rate,
            where=where,
            doing=say("Learning from the picture"),
            callbacks=callbacks,
        )
