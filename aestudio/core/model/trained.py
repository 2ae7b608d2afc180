"""Model: a trained autoencoder to try out."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from aestudio.core.ground.errors import ModelFileError
from aestudio.core.ground.shapes import Shape
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts import looking
from aestudio.core.parts.one_pass import CLEAN, EVALUATE, NOTHING, Generators, Given, Latent, Pass
from aestudio.core.parts.plan import Span
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
        """Other weights for the same network. Raises ModelFileError where they are not."""
        if misfit := self.module.misfit(weights):
            raise ModelFileError("The weights do not belong to this network: {misfit}", misfit=misfit)
        self.module.load_state_dict(dict(weights))

    @property
    def span(self) -> Span:
        """The stages that have been trained."""
        return Span(0, self.depth)

    @property
    def code_shape(self) -> tuple[int, ...]:
        """Of one code, for images of the trained size."""
        return self.module.code_of(self.depth)

    @torch.no_grad()
    def encode(self, images: Tensor, given: Given = NOTHING) -> Tensor:
        """[N, C, H, W] in [0, 1] → codes [N, K], flat; of a code that is drawn, the mean."""
        return self.module.encode(self.run, images, self.span, CLEAN, given=given).latent.code.flatten(1)

    @torch.no_grad()
    def latent(self, images: Tensor) -> Latent:
        """What the code makes of images [N, C, H, W]: codes, their means, and what is known of their distribution."""
        return self.module.encode(self.run, images, self.span, CLEAN).latent

    @torch.no_grad()
    def units(self, images: Tensor) -> Tensor:
        """What the network's units say of images, [N, C, H, W] → [N, units, …]: their code, or the hidden layer where a
        number of the code belongs to no unit.
        """
        seen = self.module.encode(self.run, images, self.span)
        keeps = self.depth < self.module.depth or self.run.code.keeps_units
        return seen.latent.code if keeps else seen.hidden

    @torch.no_grad()
    def from_units(self, units: Tensor) -> Tensor:
        """What `units` gave, changed by whoever asks, back to images, [N, units, …] → [N, C, H, W]."""
        built, code = self.module.built, units
        if not self.run.code.keeps_units:
            code = looking.code_of(self.run, built, units, self.span).code
        return looking.decode(self.run, built, code, self.span).reconstruction

    @torch.no_grad()
    def decode(self, codes: Tensor) -> Tensor:
        """Codes [N, K] → images [N, C, H, W]."""
        return self.module.decode(self.run, codes.reshape(-1, *self.code_shape), self.span).reconstruction

    @torch.no_grad()
    def reconstruct(self, images: Tensor, given: Given = NOTHING) -> Tensor:
        """[N, C, H, W] of any size that the network takes → the same shape; nothing is corrupted."""
        return self.module.look(self.run, images, self.span, CLEAN, given=given).reconstruction

    @torch.no_grad()
    def look(self, images: Tensor, seed: int = 0) -> Pass:
        """Corrupts, encodes and decodes images [N, C, H, W]; the network is told what the corruption knows. The same
        seed, the same noise.
        """
        generators = Generators(corruption=torch.Generator().manual_seed(seed))
        return self.module.look(self.run, images, self.span, EVALUATE, generators)

    def try_on(self, images: Tensor, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
        """What `look` finds that a person looks at: corrupted, codes [N, K], reconstructed."""
        seen = self.look(images, seed)
        return seen.corrupted, seen.code.flatten(1), seen.reconstruction

    def prior(self, count: int, seed: int = 0) -> Tensor | None:
        """Codes drawn from the prior, [count, …]; None where the code has none, or is not trained."""
        if self.depth != self.module.depth:
            return None
        return self.module.prior(self.run, count, torch.Generator().manual_seed(seed))

    @torch.no_grad()
    def samples(self, count: int, seed: int = 0) -> Tensor | None:
        """Images decoded from codes of the prior, [count, C, H, W]; None where the code has none, or is not trained."""
        codes = self.prior(count, seed)
        return None if codes is None else self.module.decode(self.run, codes, self.span).reconstruction
