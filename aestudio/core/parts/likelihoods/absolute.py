"""Absolute error."""

from typing import ClassVar

from torch import Tensor

from aestudio.core.parts.families.likelihood import Likelihood, log_of
from aestudio.core.parts.one_pass import Pass
from aestudio.core.parts.part import Own


class Absolute(Likelihood):
    """‖x − x̂‖₁, summed over the pixels of an image and averaged over the batch: images with strong noise, whose errors
    are large, count less beside the others than they do when errors are squared.
    """

    kind: ClassVar[str] = "absolute"
    title: ClassVar[str] = "Absolute error"
    about: ClassVar[str] = (
        "‖x − x̂‖₁, summed over the pixels of an image and averaged over the batch: images with strong noise, whose "
        "errors are large, count less beside the others than they do when errors are squared."
    )
    equation: ClassVar[str] = r"\left\| x - \hat{x} \right\|_1"
    source: ClassVar[str] = "Zhao, Gallo, Frosio, Kautz (2017), Loss functions for image restoration, arXiv 1511.08861"
    rank: ClassVar[int] = 2

    def __call__(self, seen: Pass, own: Own) -> Tensor:
        return (seen.target - seen.reconstruction).abs().flatten(1).sum(1).mean()

    def nats(self, seen: Pass, own: Own, scale: float | Tensor) -> Tensor:
        """Independent Laplace numbers around x̂ whose mean distance from it is `scale`."""
        error = (seen.target - seen.reconstruction).flatten(1)
        return error.abs().sum(1) / scale + error.shape[1] * log_of(2 * scale)
