"""Squared error on the scale of each image."""

from math import log
from typing import ClassVar

from torch import Tensor

from aestudio.core.parts.families.likelihood import Likelihood, normal_nats
from aestudio.core.parts.one_pass import Pass
from aestudio.core.parts.part import Own

LEAST = 1e-5
"""Added to the mean squared error, so that an image without any does not outweigh all others."""


class EachScale(Likelihood):
    """D/2 · ln(MSE + 10⁻⁵) of each image of D numbers, averaged over the batch: its PSNR, but for a factor. Half an
    image's error counts the same, however large that is, so images with much noise do not outweigh those with little.

    It is what is left of a normal density whose spread is that which fits the image best.
    """

    kind: ClassVar[str] = "each-scale"
    title: ClassVar[str] = "Squared error, each image's scale"
    about: ClassVar[str] = (
        "The logarithm of the squared error of each image, which is its PSNR but for a factor: images with much noise "
        "do not outweigh those with little."
    )
    equation: ClassVar[str] = r"\frac{D}{2} \ln\left( \frac{1}{D} \left\| x - \hat{x} \right\|^2 + 10^{-5} \right)"
    source: ClassVar[str] = "Chen, Chu, Zhang, Sun (2022), Simple baselines for image restoration, arXiv 2204.04676"
    rank: ClassVar[int] = 3

    def __call__(self, seen: Pass, own: Own) -> Tensor:
        error = (seen.target - seen.reconstruction).flatten(1)
        return error.shape[1] / 2 * (error.square().mean(1) + LEAST).log().mean()

    def floor(self, target: Tensor) -> Tensor:
        count = target[0].numel()
        return target.new_tensor(count / 2 * log(LEAST))

    def nats(self, seen: Pass, own: Own, scale: float | Tensor) -> Tensor:
        """Independent normal numbers of standard deviation `scale` around x̂."""
        return normal_nats(seen, scale)
