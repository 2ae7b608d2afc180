"""Where images lie in the space of codes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aestudio.core.data.dataset import Dataset, ImageStore, Split, to_float
from aestudio.core.ground.errors import ProbeError
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import say
from aestudio.core.model.trained import Model
from aestudio.core.parts.one_pass import Latent
from aestudio.core.run.events import Floats

CHUNK = 256
"""Images that go through the encoder together."""
MOST = 70_000
"""Images of each split: with more of them a map shows no more."""

CLOSE = 64
"""Codes that are looked at more exactly when the nearest is sought."""
NUMBERS = 50_000_000
"""In the codes of a split: of wide codes there are fewer images."""


@dataclass(frozen=True, eq=False)
class Codes:
    """The codes of images, held-out ones first. A code that is drawn is its mean."""

    codes: Floats
    """[N, K]."""
    errors: Floats
    """Mean squared error per pixel of each reconstruction [N]."""
    labels: NDArray[np.int64] | None
    """[N], -1 for a picture of one's own; None where the images have none."""
    held_out: int
    """So many of them, the first, were never trained on."""
    names: tuple[str, ...] = ()
    """Of the labels."""
    kl: Floats | None = None
    """What the code of each image costs in nats, [N]; None where a code knows no prior."""
    unit_kl: Floats | None = None
    """What each number of the code tells of an image in nats, averaged over the images, or over more of them, [K]."""
    drawn: Floats | None = None
    """One draw from what the encoder says of each image [N, K]; None where nothing is drawn."""
    own: tuple[Floats, ...] = ()
    """Pictures of a person's own [C, H, W], of no data set and without a label: the last codes are theirs."""

    @cached_property
    def squares(self) -> Floats:
        """The squared length of each code [N]."""
        found: Floats = np.square(self.codes).sum(1)
        return found

    def first(self, most: int) -> Codes:
        """Of the first `most` images of each split alone; without pictures of one's own."""
        ends = self.held_out, len(self.codes) - len(self.own)
        kept = np.r_[: min(most, ends[0]), ends[0] : min(ends[0] + most, ends[1])]
        return replace(
            self,
            codes=self.codes[kept],
            errors=self.errors[kept],
            labels=None if self.labels is None else self.labels[kept],
            held_out=min(most, ends[0]),
            kl=None if self.kl is None else self.kl[kept],
            drawn=None if self.drawn is None else self.drawn[kept],
            own=(),
        )

    def image(self, dataset: Dataset, index: int) -> Floats:
        """The image that a code is of, [C, H, W] in [0, 1]."""
        found: Floats = self.images(dataset, [index])[0]
        return found

    def images(self, dataset: Dataset, which: Sequence[int]) -> Floats:
        """The images that some codes are of, [n, C, H, W] in [0, 1]."""
        found = np.empty((len(which), *dataset.shape), np.float32)
        wanted, begin = np.asarray(which, np.int64), 0
        ends = (self.held_out, len(self.codes) - len(self.own))
        for split, end in zip((dataset.held_out, dataset.train), ends, strict=True):
            among = np.flatnonzero((wanted >= begin) & (wanted < end))
            if len(among):
                found[among] = to_float(split.images.gather(torch.from_numpy(wanted[among] - begin))).numpy()
            begin = end
        for place in np.flatnonzero(wanted >= begin):
            found[place] = self.own[wanted[place] - begin]
        return found


def codes_of(model: Model, dataset: Dataset, most: int = MOST, report: Report = unheard) -> Codes:
    """Of the first `most` images of each split.

    Raises: ProbeError where no layer has been trained yet or a code is not finite.
    """
    if not model.depth:
        raise ProbeError("No layer of this model has been trained yet, so images have no codes; train it first.")
    splits = (dataset.held_out, dataset.train)
    most = max(1, min(most, NUMBERS // max(1, prod(model.code_shape))))
    counts = [min(most, len(split)) for split in splits]
    latents, errors, done = [], [], 0
    for split, count in zip(splits, counts, strict=True):
        for images in _chunks(split.images, count):
            report(say("Encoding images"), done / sum(counts))
            x = to_float(images)
            latents.append(model.latent(x))
            errors.append((model.decode(latents[-1].code) - x).square().flatten(1).mean(1))
            done += len(x)
    codes = torch.cat([one.code.flatten(1) for one in latents]).float()
    if not codes.isfinite().all():
        raise ProbeError("Some codes are not finite, so they have no place on a map; train again with a lower rate.")
    kl = _kl(latents)
    return Codes(
        codes.numpy(),
        torch.cat(errors).float().numpy(),
        _labels(splits, counts),
        counts[0],
        dataset.label_names,
        kl=None if kl is None else kl.sum(1).numpy(),
        unit_kl=None if kl is None else kl.mean(0).numpy(),
        drawn=drawn_once(latents, codes),
    )


def _kl(latents: Sequence[Latent]) -> Tensor | None:
    """[N, K]."""
    known = [one.kl.flatten(1) for one in latents if one.kl is not None]
    return torch.cat(known).float() if len(known) == len(latents) else None


def drawn_once(latents: Sequence[Latent], codes: Tensor) -> Floats | None:
    """One draw of each code, from its mean [N, K] and what is known of its spread; None where nothing is drawn."""
    known = [one.log_variance.flatten(1) for one in latents if one.log_variance is not None]
    if len(known) < len(latents):
        return None
    noise = torch.randn(codes.shape, generator=torch.Generator().manual_seed(0))
    found: Floats = (codes + (torch.cat(known) / 2).exp() * noise).float().numpy()
    return found


def with_own(codes: Codes, model: Model, picture: Floats) -> Codes:
    """The codes, and after them that of a picture [C, H, W] in [0, 1] of the size that the model takes."""
    x = torch.from_numpy(np.ascontiguousarray(picture, np.float32))[None]
    latent = model.latent(x)
    error = (model.decode(latent.code) - x).square().mean()
    code = latent.code.flatten(1).float().numpy()
    kl = np.zeros(1, np.float32) if latent.kl is None else latent.kl.flatten(1).sum(1).float().numpy()
    return replace(
        codes,
        codes=np.concatenate([codes.codes, code]),
        errors=np.append(codes.errors, np.float32(error)),
        labels=None if codes.labels is None else np.append(codes.labels, -1),
        kl=None if codes.kl is None else np.concatenate([codes.kl, kl]),
        drawn=None if codes.drawn is None else np.concatenate([codes.drawn, code]),
        own=(*codes.own, picture),
    )


def nearest(codes: Codes, code: Floats) -> int:
    """The image whose code is the nearest to this one [K], in the code's own space and not on a map of it."""
    # Asked at every move of the pointer: to subtract takes seven times as long, and only tells apart what is close.
    away = codes.squares - 2 * (codes.codes @ code)
    close = np.argpartition(away, CLOSE)[:CLOSE] if len(away) > CLOSE else np.arange(len(away))
    return int(close[np.square(codes.codes[close] - code).sum(1).argmin()])


def _chunks(store: ImageStore, count: int) -> Iterator[torch.Tensor]:
    for start in range(0, count, CHUNK):
        yield store.gather(torch.arange(start, min(start + CHUNK, count)))


def _labels(splits: tuple[Split, ...], counts: list[int]) -> NDArray[np.int64] | None:
    known = [split.labels[:count] for split, count in zip(splits, counts, strict=True) if split.labels is not None]
    if len(known) < len(splits):
        return None
    found: NDArray[np.int64] = torch.cat(known).numpy()
    return found
