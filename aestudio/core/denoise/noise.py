"""How strong the noise in a picture is and of what kind, and noise added to a clean one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from aestudio.core.denoise.picture import Picture, Values
from aestudio.core.ground.texts import Text, listed

if TYPE_CHECKING:
    from aestudio.core.parts.families.corruption import Corruption

PATCH = 7
"""Side of the patches whose principal components are looked at."""
MOST = 200_000
"""Patches that are looked at; a large picture gives them from evenly spaced rows."""
BLOCK, NEAR, FAR = 16, 1, 4
"""Side of the blocks that are looked at one by one, and over how many pixels differences are taken in them."""
TONES = 4
"""From dark to light, each with as many blocks: the plainest of every one are looked at."""
PLAIN = 0.15
"""The share of blocks that count as plain."""
LARGER, FAINT = 1.35, 0.3 / 255
"""How much larger differences are over many pixels than over one where they count; below the last they never do."""
ALIKE_GREY, ALIKE_COLOURS = 1.5, 2.05
"""From which noise is called alike in neighbouring pixels, in colours by the largest: texture alone makes them larger
too, in one of them up to twice.
"""
STRONG, MANY, ALIKE_STRONG = 8 / 255, 32, 1.2
"""In grey: the noise beside which texture makes little, the blocks that leave little to chance, and from where it is
called so then.
"""
UNEVEN = 1.6
"""How much stronger noise is in one tone than in another where it is called different from tone to tone."""
CLEAR = 1.5 / 255
"""Below it nothing is said of the kind of noise."""
MUCH_LESS = 0.8
"""From which part of what patches show it is what plain blocks show that counts: less is chance."""
DOUBTFUL = 1.8
"""How many times σ the noisiest plain parts have where it is doubtful that all of it is noise."""
DOT, DOTS = 0.2, 0.002
"""How far a black or white dot is from the pixels around it, and the share of such pixels from which they are noise."""
BEYOND = 5
"""How many standard deviations of all others it is, too: strong noise is no dots."""
DOTTED = "dots"
"""The kind of noise that black and white dots are; see `Way.suits`."""
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Noise:
    """What was found of the noise in a picture, white being 1."""

    sigma: float
    """Standard deviation, as if it were the same everywhere; black and white dots left out."""
    low: float
    high: float
    """Between these it lies for nine of ten plain parts of the picture: far apart where texture may be taken for it."""
    alike: bool = False
    """In neighbouring pixels, as after demosaicing, rescaling and in most JPEGs of cameras."""
    uneven: bool = False
    """Stronger in some tones than in others, as a sensor has it."""
    dots: float = 0.0
    """The share of pixels that are black or white dots."""
    smoothness: float = 0.0
    """How many times as large differences over several pixels are as those between neighbours: 1 where noise is even, 2
    and more where a camera made up or smoothed what lies between; 0 where there is next to none.
    """

    @property
    def sure(self) -> float:
        """The part of σ that is noise beyond doubt: all of it, or the least of the picture where plain parts differ so
        much that texture must be among them.
        """
        return self.low if self.high > DOUBTFUL * self.sigma else self.sigma

    @staticmethod
    def said(sigma: float) -> Noise:
        """What a person says of it."""
        return Noise(sigma, 0.0, sigma)

    def describe(self) -> str:
        """For a person: `σ 12.3 of 255 (9.8 to 14.1), alike in neighbouring pixels`."""
        kinds = [
            Text(
                "σ {sigma:.1f} of 255 ({low:.1f} to {high:.1f})",
                sigma=255 * self.sigma,
                low=255 * self.low,
                high=255 * self.high,
            ),
            *([Text("alike in neighbouring pixels")] if self.alike and self.sigma > CLEAR else []),
            *([Text("different from tone to tone")] if self.uneven else []),
            *([Text("{share:.1%} black or white dots", share=self.dots)] if self.dots else []),
        ]
        return str(listed(kinds))


NO_NOISE = Noise(0.0, 0.0, 0.0)


def estimate(picture: Picture) -> Noise:
    """What noise there is in a picture, in a second or so, whatever the size; of colours the root mean square.

    Two ways, of which each is too high where there is texture: the first counts unless the other is much lower. (1)
    Patches of a picture without noise lie near a subspace, so most eigenvalues of their covariance are those of the
    noise, all about σ²: the largest are left out one after the other until the rest is as symmetric about its mean as
    noise is. (2) In the plainest blocks of each tone the mixed difference x(i, j) − x(i+d, j) − x(i, j+d) +
    x(i+d, j+d), which knows no slope, has the variance 4σ². Noise that is alike in neighbouring pixels shows only where
    d is large; (1) is blind to it.

    Of a picture whose colours were made up from a sensor's mosaic it is known that its noise is alike.

    Source: (1) Chen, Zhu, Heng (2015), An efficient statistical method for image noise level estimation, ICCV; (2)
    Immerkær (1996), Fast noise variance estimation; Liu, Freeman, Szeliski, Kang (2006), for the tones.
    """
    size = min(PATCH, picture.height, picture.width)
    if size < 2:
        return NO_NOISE
    bands = [picture.values(rows).astype(np.float64) for rows in _bands(picture, size)]
    channels = [_Channel([values[..., one] for values in bands], size) for one in range(picture.channels)]
    found = [one.noise() for one in channels]
    least, strong = (ALIKE_COLOURS, ALIKE_COLOURS) if picture.channels > 1 else (ALIKE_GREY, ALIKE_STRONG)

    def together(values: list[float]) -> float:
        return float(np.sqrt(np.mean(np.square(values))))

    return Noise(
        together([one.sigma for one in found]),
        together([one.low for one in found]),
        together([one.high for one in found]),
        alike="mosaic" in picture.extras
        or any(one.alike(least, strong) for one in [*channels, *_differences(channels)]),
        uneven=sum(one.uneven for one in found) * 2 > len(found),
        dots=float(np.mean([one.dots for one in found])),
        smoothness=float(np.median([one.larger for one in channels])),
    )


class _Channel:
    """One channel of a picture, as far as it is looked at: bands [H, W]."""

    def __init__(self, bands: list[Numbers], size: int) -> None:
        self.size = size
        marked = [(values, _dots(values)) for values in bands]
        dots = sum(int(mark.sum()) for _, mark in marked) / max(1, sum(values.size for values in bands))
        self._dots = dots if dots > DOTS else 0.0
        self.bands = [_without(values, mark) if self._dots else values for values, mark in marked]

    def noise(self) -> Noise:
        sigma, blocks = float(np.sqrt(self._by_patches())), self._plain_blocks
        if not len(blocks):
            return Noise(sigma, sigma, sigma, dots=self._dots)
        seen, tone = np.sqrt(blocks[:, 1] if self.larger > LARGER else blocks[:, 0]), blocks[:, 2]
        each = np.array([np.median(seen[tone == one]) for one in np.unique(tone)])
        # Below the half of them, since texture is only ever added to noise.
        middle = float(np.quantile(seen, 0.45))
        sigma = middle if self.larger > LARGER or middle < MUCH_LESS * sigma else sigma
        low, high = (float(one) for one in np.quantile(seen, (0.05, 0.95)))
        is_clear = sigma > CLEAR
        return Noise(
            sigma,
            min(low, sigma),
            max(high, sigma),
            uneven=is_clear and bool(each.max() > UNEVEN * each.min()),
            dots=self._dots,
        )

    def alike(self, weak: float, strong: float) -> bool:
        """Whether noise is alike in neighbouring pixels: differences are so many times as large if it is weak, if it is
        strong.
        """
        is_sure = self._typical[0] > STRONG and len(self._plain_blocks) >= MANY
        return self.larger > (strong if is_sure else weak)

    @property
    def larger(self) -> float:
        """How many times as large differences over FAR pixels are as those over NEAR ones; 0 where there are none."""
        near, far = self._typical
        return far / near if near > 0 and far > FAINT else 0.0

    @cached_property
    def _typical(self) -> tuple[float, float]:
        """σ as differences over NEAR and over FAR pixels show it."""
        if not len(self._plain_blocks):
            return 0.0, 0.0
        near, far = np.sqrt(np.median(self._plain_blocks[:, :2], axis=0))
        return float(near), float(far)

    def _by_patches(self) -> float:
        """The variance as principal components of patches show it."""
        size = self.size
        covariance, mean, count = np.zeros((size**2, size**2)), np.zeros(size**2), 0
        for values in self.bands:
            patches = np.lib.stride_tricks.sliding_window_view(values, (size, size)).reshape(-1, size**2)
            covariance += patches.T @ patches
            mean += patches.sum(0)
            count += len(patches)
        if count < 2:
            return 0.0
        mean /= count
        return _noise_variance(np.linalg.eigvalsh(covariance / count - np.outer(mean, mean)).clip(min=0))

    @cached_property
    def _plain_blocks(self) -> Numbers:
        """Of the plainest blocks of each tone: the variance of noise by differences over NEAR and over FAR pixels, and
        which tone it is, [blocks, 3].
        """
        parts = [_blocks(values) for values in self.bands]
        all_blocks = np.concatenate([part for part in parts if len(part)] or [np.zeros((0, BLOCK, BLOCK))])
        mean = all_blocks.mean((1, 2))
        clipped = ((all_blocks <= 0) | (all_blocks >= 1)).mean((1, 2)) > 0.1
        all_blocks, mean = all_blocks[~clipped], mean[~clipped]
        chosen: list[Numbers] = []
        for tone, index in enumerate(np.array_split(np.argsort(mean), TONES)):
            count = max(1, round(PLAIN * len(index)))
            if len(index):
                some = all_blocks[index]
                plain = some[np.argsort(_structure(some))[:count]]
                chosen.append(np.stack([_mixed(plain, NEAR), _mixed(plain, FAR), np.full(len(plain), tone)], 1))
        return np.concatenate(chosen) if chosen else np.zeros((0, 3))


def _differences(channels: list[_Channel]) -> list[_Channel]:
    """Red and blue less green: what most JPEGs keep at half the resolution, so that noise in it is alike."""
    if len(channels) < 3:
        return []
    red, green, blue = channels
    return [
        _Channel([(one - other) / 2 + 0.5 for one, other in zip(colour.bands, green.bands, strict=True)], red.size)
        for colour in (red, blue)
    ]


def _blocks(values: Numbers) -> Numbers:
    """[H, W] → whole blocks of it [blocks, BLOCK, BLOCK]."""
    rows, columns = (size // BLOCK for size in values.shape)
    cut = values[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK)
    return cut.swapaxes(1, 2).reshape(-1, BLOCK, BLOCK)


def _structure(blocks: Numbers) -> Numbers:
    """How far the means of a block's sixteen parts are from a plane, [blocks]: noise hardly shows in it."""
    means = blocks.reshape(len(blocks), 4, BLOCK // 4, 4, BLOCK // 4).mean((2, 4))
    rows, columns = means.mean(2, keepdims=True), means.mean(1, keepdims=True)
    rest = means - rows - columns + means.mean((1, 2), keepdims=True)
    bent = [np.abs(np.diff(one.squeeze(), 2, axis=-1)).sum(-1).reshape(-1) for one in (rows, columns)]
    found: Numbers = np.sqrt((rest**2).mean((1, 2))) + sum(bent)
    return found


def _mixed(blocks: Numbers, away: int) -> Numbers:
    """The variance of noise in blocks, by mixed differences over so many pixels, [blocks]."""
    corner, right, below, across = (
        blocks[:, y : BLOCK - away + y, x : BLOCK - away + x] for y in (0, away) for x in (0, away)
    )
    found: Numbers = ((corner - right - below + across) ** 2).mean((1, 2)) / 4
    return found


def _around(values: Numbers) -> Numbers:
    """The four pixels next to each one, [4, H, W]; at an edge what lies there again."""
    padded = np.pad(values, 1, mode="edge")
    return np.stack([padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]])


def _dots(values: Numbers) -> NDArray[np.bool_]:
    """Black or white pixels that lie far from the middle of those next to them."""
    away = np.abs(values - np.median(_around(values), axis=0))
    usual = 1.4826 * float(np.median(away))  # a standard deviation, whatever the few far ones are
    found: NDArray[np.bool_] = ((values <= 0) | (values >= 1)) & (away > max(DOT, BEYOND * usual))
    return found


def _without(values: Numbers, dots: NDArray[np.bool_]) -> Numbers:
    """With the middle of those next to it in the place of every dot."""
    return np.where(dots, np.median(_around(values), axis=0), values)


def _bands(picture: Picture, size: int) -> list[slice]:
    """Rows to take patches from: all, or evenly spaced bands that hold about MOST patches."""
    a_row = max(1, picture.width - size + 1)
    rows = picture.height - size + 1
    wanted = max(1, MOST // a_row)
    if rows <= wanted:
        return [slice(0, picture.height)]
    each = max(BLOCK, wanted // 16)
    count = max(1, wanted // each)
    starts = np.linspace(0, rows - each, count).astype(int)
    return [slice(int(start), int(start) + each + size - 1) for start in starts]


def _noise_variance(eigenvalues: Numbers) -> float:
    """Of eigenvalues in rising order."""
    for count in range(len(eigenvalues), 0, -1):
        rest = eigenvalues[:count]
        mean = float(rest.mean())
        if mean <= float(np.median(rest)):
            return mean
    return float(eigenvalues[0])


def add_noise(picture: Picture, corruption: Corruption, seed: int = 0) -> Values:
    """The picture's values [H, W, C], corrupted; what lies beyond black and white is kept. The same seed, the same
    noise.
    """
    import torch  # which an estimate does not need

    images = torch.from_numpy(picture.values()).permute(2, 0, 1)[None]
    noisy: Values = corruption.seen(images, torch.Generator().manual_seed(seed))[0].permute(1, 2, 0).numpy()
    return np.ascontiguousarray(noisy)
