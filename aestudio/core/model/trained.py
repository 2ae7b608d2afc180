"""Model: a trained autoencoder to try out."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from aestudio.core.ground.errors import ModelFileError
from aestudio.core.ground.shapes import Shape
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.run.run import Run


class Model:
    """A trained autoencoder to try out: a snapshot, on the CPU, never the module that is being trained."""

    def __init__(self, run: Run, shape: Shape, weights: Mapping[str, Tensor], depth: int | None = None) -> None:
        """Raises: ModelFileError where the weights do not belong to the run's network."""
        self.run, self.shape = run, shape
        self.module = Autoencoder(run, shape).requires_grad_(False).eval()
        self.depth = self.module.depth if depth is None else depth
        self.load(weights)

    def load(self, weights: Mapping[str, Tensor]) -> None:
        """Other weights for the same network."""
        wanted = {name: tuple(tensor.shape) for name, tensor in self.module.state_dict().items()}
        given = {name: tuple(tensor.shape) for name, tensor in weights.items()}
        if wanted != given:
            name = min(name for name in wanted.keys() | given.keys() if wanted.get(name) != given.get(name))
            raise ModelFileError(
                f"The weights do not belong to this network: {name} should be {wanted.get(name)} "
                f"and is {given.get(name)}."
            )
        self.module.load_state_dict(dict(weights))

    @torch.no_grad()
    def encode(self, images: Tensor) -> Tensor:
        """[N, C, H, W] in [0, 1] → codes [N, K], flat."""
        return self.module.code(self.run, self.module.encode(images, self.depth), self.depth).flatten(1)

    @torch.no_grad()
    def decode(self, codes: Tensor) -> Tensor:
        """Codes [N, K] → images [N, C, H, W]."""
        return self.module.decode(codes, self.depth)

    @torch.no_grad()
    def try_on(self, images: Tensor, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
        """Corrupts, encodes and decodes images [N, C, H, W]: corrupted, codes [N, K], reconstructed. The same seed, the
        same noise.
        """
        corrupted = self.run.corruption(images, torch.Generator().manual_seed(seed))
        codes = self.encode(corrupted)
        return corrupted, codes, self.decode(codes)
