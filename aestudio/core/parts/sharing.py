"""A batch that several processes share: each takes its part through the layers, all else they do alike on the whole."""

from __future__ import annotations

from torch import Tensor


class Sharing:
    """How a batch is shared; here one process has all of it."""

    def part(self, batch: Tensor) -> Tensor:
        """The rows of this process, of a batch [N, …]."""
        return batch

    def whole(self, part: Tensor, batch: Tensor) -> Tensor:
        """What every process has made of its own rows of a batch [N, …], under each other, [N, …]."""
        del batch
        return part


ALONE = Sharing()
