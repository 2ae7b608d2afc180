"""A trained autoencoder made a cleaner of pictures of any size: whole tiles, or overlapping patches."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from aestudio.core.denoise.current_model import Colour
from aestudio.core.denoise.picture import Values
from aestudio.core.denoise.way import Cleaner
from aestudio.core.ground import compute
from aestudio.core.ground.errors import DenoiseError
from aestudio.core.ground.shapes import LUMA
from aestudio.core.ground.texts import SPACE, Text, listed
from aestudio.core.model.sizes import Sizes, reach
from aestudio.core.model.trained import Model
from aestudio.core.parts.families.network import Condition
from aestudio.core.parts.one_pass import NOISE_LEVEL, Given
from aestudio.core.run.run import Precision, Run

BATCH = 1 << 22
"""Numbers in the images of one batch of patches."""


def cleaner_of(
    model: Model,
    channels: int,
    colour: Colour = "each channel",
    *,
    twice: bool = False,
    sigma: float | Values | None = None,
    precision: Precision = "float32",
) -> Cleaner:
    """A model as a cleaner of pictures with so many channels. Grey models clean colour pictures as `colour` says,
    colour models grey pictures as three equal channels, whose mean is taken. `twice`: also upside down, and the mean of
    both; only for models that take pictures of any size.

    `sigma` is the noise's standard deviation where white is 1, of the whole picture or of each of its pixels [H, W].
    A model whose network declares a noise level is told it, within the range that is declared. `precision` is a run's:
    rounded factors are quicker, and change a value by up to two of 255.

    Raises: DenoiseError where the model has not been trained on images, or has no trained layer yet, or is told a map
    and takes a number.
    """
    if model.shape[0] not in (1, 3) or min(model.shape[1:]) < 2:
        raise DenoiseError(
            "{title} was trained on {shape} numbers, which are no pictures; choose a model of images.",
            title=Text(model.run.title),
            shape="×".join(map(str, model.shape)),
        )
    if not model.depth:
        raise DenoiseError("{title} has no trained layer yet; train it first.", title=Text(model.run.title))
    choice = compute.choose()
    where = choice.device
    module = model.module.to(where)
    stages = module.span(0, model.depth)
    sizes = Sizes.of(model)
    is_free = sizes.free and (model.depth < module.depth or model.run.code.pointwise)
    level = _level(model, sigma, brightness=channels == 3 and model.shape[0] == 1 and colour == "brightness only")
    beside = level[..., None] if isinstance(level, np.ndarray) else None

    def through(images: Tensor) -> Tensor:
        """Images, and behind their channels the map that the network is told, if there is one."""
        known: Given = {}
        if level is not None:
            known = {NOISE_LEVEL: torch.tensor(level) if beside is None else images[:, model.shape[0] :]}
        work = module.work() * len(images) * images[0].numel() // max(1, prod(module.shape))
        with choice.factors_in(precision, work):
            return model.reconstruct(images[:, : model.shape[0]], known).float()

    run = padded(both_ways_up(through) if twice else through, sizes) if is_free else patched(through, model.shape)
    widest = max(prod(stage.out_shape) for stage in stages) / prod(model.shape)
    batch = 0 if is_free else 3

    def clean(values: Values) -> Values:
        given = torch.from_numpy(values).to(where).permute(2, 0, 1)[None]
        images, told = given[:, :channels], given[:, channels:]

        def run_told(some: Tensor) -> Tensor:
            return run(torch.cat([some, told.expand(len(some), -1, -1, -1)], 1))

        cleaned = _as_its_own_kind(run if beside is None else run_told, images, model.shape[0], colour)
        made: Values = cleaned[0].permute(1, 2, 0).float().cpu().numpy()
        return made

    return Cleaner(
        clean=clean,
        halo=reach(model) if is_free else max(model.shape[1:]),
        step=sizes.step if is_free else max(1, min(model.shape[1:]) // 2),
        memory=4 * (6 + 10 * widest + batch),
        sigma=sigma if isinstance(level, float) and isinstance(sigma, float) else None,
        beside=beside,
        note=str(listed([*_colours(model.shape[0], channels, colour), *([] if is_free else [_patches(model)])], SPACE)),
    )


def declared_level(run: Run) -> Condition | None:
    """The noise level that a run's network is told; None where it takes none."""
    return next((one for one in run.network.given if one.name == NOISE_LEVEL), None)


def _level(model: Model, sigma: float | Values | None, *, brightness: bool) -> float | Values | None:
    """The noise level that a model is told; None where it takes none, or nobody knows it."""
    declared = declared_level(model.run)
    if declared is None or sigma is None:
        return None
    if brightness:  # a weighted mean of channels has less noise than each of them
        sigma = sigma * float(np.linalg.norm(LUMA))
    if isinstance(sigma, np.ndarray):
        if not declared.is_map:
            raise DenoiseError(
                "{title} takes one noise level for the whole picture, not one for each pixel; give a number.",
                title=Text(model.run.title),
            )
        return np.clip(sigma, declared.low, declared.high).astype(np.float32)
    return min(max(float(sigma), declared.low), declared.high)


def _colours(own: int, channels: int, colour: Colour) -> list[Text]:
    """What is to be said of a picture with other channels than the model's."""
    if own == 1 and channels == 3 and colour == "each channel":
        return [Text("A grey model on a colour picture: it cleans red, green and blue each by itself.")]
    if own == 1 and channels == 3:
        return [Text("A grey model on a colour picture: it cleans the brightness only.")]
    if own == 3 and channels == 1:
        return [Text("A colour model on a grey picture: it sees three equal channels.")]
    return []


def _patches(model: Model) -> Text:
    return Text(
        "Made for {width}×{height} pixels: it cleans overlapping patches of that size.",
        width=model.shape[2],
        height=model.shape[1],
    )


def _as_its_own_kind(run: Callable[[Tensor], Tensor], images: Tensor, own: int, colour: Colour) -> Tensor:
    """[1, C, H, W] cleaned by a function of images with `own` channels."""
    channels = images.shape[1]
    if channels == own:
        return run(images)
    if own == 3:
        return run(images.expand(-1, 3, -1, -1)).mean(1, keepdim=True)
    if colour == "each channel":
        return run(images.transpose(0, 1)).transpose(0, 1)
    luma = images.new_tensor(LUMA)[:, None, None]
    brightness = (images * luma).sum(1, keepdim=True)
    return images + (run(brightness) - brightness)


def both_ways_up(through: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """A function of images as the mean of what it makes of them and of them turned by 180°.

    Source: Timofte, Rothe, Van Gool (2016), Seven ways to improve, arXiv 1511.02228, section 3.4.
    """

    def run(images: Tensor) -> Tensor:
        turned = through(images.flip(2, 3)).flip(2, 3)
        return (through(images) + turned) / 2

    return run


def padded(through: Callable[[Tensor], Tensor], sizes: Sizes) -> Callable[[Tensor], Tensor]:
    """A function of images whose size the model takes, made one of images of any size: the last row and column are
    repeated up to the next such size.
    """

    def run(images: Tensor) -> Tensor:
        height, width = images.shape[2:]
        tall, wide = sizes.enough(height, width)
        images = F.pad(images, (0, wide - width, 0, tall - height), mode="replicate")
        return through(images)[..., :height, :width]

    return run


def patched(through: Callable[[Tensor], Tensor], shape: tuple[int, int, int]) -> Callable[[Tensor], Tensor]:
    """A function of images of one size, made one of images of any size: patches half a patch apart, and at the end of
    each row and column one that ends there, weighted with a window and added up.
    """
    own, height, width = shape
    window = torch.outer(_hann(height), _hann(width))  # [height, width]

    def run(images: Tensor) -> Tensor:
        tall, wide = images.shape[2:]
        images = F.pad(images, (0, max(0, width - wide), 0, max(0, height - tall)), mode="replicate")
        count, channels = images.shape[:2]
        weight = window.to(images.device)
        total = torch.zeros_like(images[:, :own])
        weights = torch.zeros(images.shape[2:], device=images.device)
        corners = [(y, x) for y in _starts(images.shape[2], height) for x in _starts(images.shape[3], width)]
        step = max(1, BATCH // (count * channels * height * width))
        for start in range(0, len(corners), step):
            some = corners[start : start + step]
            cut = torch.cat([images[..., y : y + height, x : x + width] for y, x in some])
            made = through(cut).view(len(some), count, own, height, width)
            for (y, x), one in zip(some, made, strict=True):
                total[..., y : y + height, x : x + width] += one * weight
                weights[y : y + height, x : x + width] += weight
        return (total / weights)[..., :tall, :wide]

    return run


def _starts(length: int, size: int) -> list[int]:
    step = max(1, size // 2)
    return sorted({*range(0, length - size + 1, step), length - size})


def _hann(size: int) -> Tensor:
    """sin² over the patch, which adds up to 1 for patches half a patch apart; a little more than 0 at the ends, where
    the picture's own edge is covered by one patch alone.
    """
    place = (np.arange(size) + 0.5) / size
    return torch.from_numpy(np.maximum(np.sin(np.pi * place) ** 2, 1e-3).astype(np.float32))
