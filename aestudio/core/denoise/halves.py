"""The network and the loss of Zero-shot Noise2Noise: two halves of a picture, each denoised to be the other."""

from __future__ import annotations

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


def halves(images: Tensor) -> tuple[Tensor, Tensor]:
    """Two pictures of half the size, [N, C, H, W] → [N, C, H/2, W/2] each: the means of the two diagonals of every 2×2
    pixels. What they show is the same, their noise is independent.
    """
    a, b = images[..., 0::2, 0::2], images[..., 0::2, 1::2]
    c, d = images[..., 1::2, 0::2], images[..., 1::2, 1::2]
    return (b + c) / 2, (a + d) / 2


def loss(network: nn.Module, noisy: Tensor) -> Tensor:
    """Each half denoised should be the other half, and the halves of the denoised picture the denoised halves."""
    one, two = halves(noisy)
    clean_one, clean_two = network(one), network(two)
    halves_of_clean = halves(network(noisy))
    residual = F.mse_loss(clean_one, two) + F.mse_loss(clean_two, one)
    consistent = F.mse_loss(clean_one, halves_of_clean[0]) + F.mse_loss(clean_two, halves_of_clean[1])
    return (residual + consistent) / 2
