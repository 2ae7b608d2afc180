"""A batch that several processes share: each takes its part through the layers, all else they do alike on the whole."""

from __future__ import annotations

from torch import Tensor


class Sharing:
    """How a batch is shared; here one process has all of it."""

    def part(self, batch: Tensor) -> Tensor:
        """The rows of this process, of a batch [N, …]."""
        return batch

    def whole(self, part: Tensor, rows: int) -> Tensor:
        """The batch again, in so many rows, from what every process has made of its own."""
        del rows
        return part


ALONE = Sharing()
