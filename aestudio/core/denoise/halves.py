"""The network and the loss of Zero-shot Noise2Noise: two halves of a picture, each denoised to be the other."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

WIDTH = 48


class Tiny(nn.Module):
    """Three convolutions predict the noise, which is taken away."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.noise = nn.Sequential(
            nn.Conv2d(channels, WIDTH, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(WIDTH, WIDTH, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(WIDTH, channels, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        noise: Tensor = self.noise(x)
        return x - noise


def halves(images: Tensor) -> Tensor:
    """Two pictures of half the size, [N, C, H, W] → [2·N, C, H/2, W/2], the first of all before the second of all: the
    means of the two diagonals of every 2×2 pixels. What they show is the same, their noise is independent.
    """
    a, b = images[..., 0::2, 0::2], images[..., 0::2, 1::2]
    c, d = images[..., 1::2, 0::2], images[..., 1::2, 1::2]
    return torch.cat(((b + c) / 2, (a + d) / 2))


def loss(network: nn.Module, noisy: Tensor) -> Tensor:
    """Each half denoised should be the other half, and the halves of the denoised picture the denoised halves."""
    both = halves(noisy)
    clean = network(both)  # at once: a network so small spends much of its time on beginning
    residual = F.mse_loss(clean, both.roll(len(noisy), 0))
    consistent = F.mse_loss(clean, halves(network(noisy)))
    return residual + consistent
