"""Measures: what recipes claim beyond errors and activations, taken while training at the time of the scores."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from aestudio.core.ground.texts import Text
from aestudio.core.parts.plan import Span
from aestudio.core.parts.slots import Member, options
from aestudio.core.run.claims import REFERENCE

if TYPE_CHECKING:
    from torch import Tensor

    from aestudio.core.data.dataset import Dataset
    from aestudio.core.model.autoencoder import Autoencoder
    from aestudio.core.run.run import Run


@dataclass(frozen=True, eq=False)
class Looked:
    """A network as it is now, with what it makes of held-out images."""

    model: Autoencoder
    run: Run
    """The settings as they are now."""
    images: Tensor
    """[N, C, H, W] on the model's device, a few hundred at most."""
    code: Tensor
    """What the decoder gets for up to 2,048 images, corrupted as in training, [M, K] on the CPU."""

    @property
    def span(self) -> Span:
        """All stages: nothing is claimed of a network that is half there."""
        return Span(0, self.model.depth)


class Measure(Member, ABC):
    """A number of the whole network, cheap enough to be taken a hundred times a training. It draws nothing from the
    generators of the training.
    """

    family: ClassVar[str] = "probes.measures"
    noun: ClassVar[str] = "measure"
    is_share: ClassVar[bool] = False
    """It lies between 0 and 1 and is shown in per cent."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.declare()

    def __init__(self, dataset: Dataset) -> None:
        """What depends on nothing but the images may be computed here, once a training."""
        self.dataset = dataset

    @classmethod
    def score(cls) -> str:
        """What it is called among the scores: `pca_floor`."""
        return cls.kind.replace("-", "_")

    @abstractmethod
    def __call__(self, looked: Looked) -> float | None:
        """The number; None where it says nothing of such a network or such images."""


SCORES: dict[str, Text] = {
    "psnr": Text("PSNR"),
    "distance": Text("Distance from the clean points"),
    "mse": Text("Mean squared error"),
    "psnr_corrupted": Text("PSNR of the corrupted images"),
    "distance_corrupted": Text("Distance of the corrupted points"),
    "mean_activation": Text("Mean activation"),
    "sparseness": Text("Lifetime sparseness"),
    "l0": Text("Active units of an image"),
    "dead_units": Text("Dead units"),
    "floor": Text("Least possible reconstruction loss"),
}
"""What held-out scores are called, in the order in which they are listed; measures follow by their titles."""
DECIBELS = frozenset({"psnr", "psnr_corrupted"})
HUNDREDTHS = frozenset({"sparseness"})
"""Scores that are written with two decimals wherever they are."""


ABOUT: dict[str, Text] = {
    "psnr": Text(
        "How close reconstructions of held-out images are to the clean ones; 10 dB more is a tenth of the error."
    ),
    "distance": Text("Between reconstructed and clean held-out points, root mean square."),
    "mse": Text("Between reconstructions of held-out images and the clean ones, per pixel."),
    "sparseness": Text("0 where a unit is equally active for all images, 1 where it is active for one image only."),
    "l0": Text("How many units are not zero for an image, on average."),
}
"""What those scores are that recipes claim something of; measures say it themselves."""


def about(score: str) -> Text:
    """What a score measures, in a sentence."""
    measures = {one.score(): Text(one.about) for one in options(Measure).values()}
    return (ABOUT | measures).get(score) or title(score)


def written(score: str, value: float) -> Text:
    """A score with its unit: `24.13 dB`, `95 %`."""
    base = score.removesuffix(REFERENCE.format(score=""))
    if base in DECIBELS:
        return Text("{value:.2f} dB", value=value)
    if base in HUNDREDTHS:
        return Text("{value:.2f}", value=value)
    if any(one.score() == base and one.is_share for one in options(Measure).values()):
        return Text("{value:.0f} %", value=100 * value)
    return Text("{value:.3g}", value=value)


def title(score: str) -> Text:
    """What a person reads for a score; another goes by its own name."""
    measures = {one.score(): Text(one.title) for one in options(Measure).values()}
    references = {
        REFERENCE.format(score=name): Text("{score} of the network to compare with", score=text)
        for name, text in (SCORES | measures).items()
    }
    return (SCORES | measures | references).get(score) or Text("{score}", score=score)
