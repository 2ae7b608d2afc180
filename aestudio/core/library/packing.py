"""How arrays lie in the database: curves and samples as compressed bytes."""

from __future__ import annotations

import zlib
from math import prod

import numpy as np
import torch
from torch import Tensor

from aestudio.core.ground.shapes import Shape
from aestudio.core.run.events import Floats


def pack_terms(terms: Floats) -> bytes:
    """[steps, names] as it lies in the database."""
    return terms.astype("<f4").tobytes()


def unpack_terms(packed: bytes, names: int) -> Floats:
    """Its inverse, [steps, names]."""
    return np.frombuffer(packed, "<f4").reshape(-1, names).astype(np.float32)


def pack_samples(samples: Tensor) -> bytes:
    """uint8 [N, C, H, W], packed."""
    return zlib.compress(samples.contiguous().numpy().tobytes())


def unpack_samples(packed: bytes, shape: Shape) -> Tensor:
    """Its inverse."""
    plain = np.frombuffer(zlib.decompress(packed), np.uint8)
    return torch.from_numpy(plain.reshape(len(plain) // prod(shape), *shape).copy())
