"""Random weights: the generator that torch draws them from is one for all threads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

import torch

_alone = RLock()


@contextmanager
def drawn_from(seed: int) -> Iterator[None]:
    """What is drawn inside comes from this seed, whatever other threads draw; afterwards all is as it was before."""
    with _alone, torch.random.fork_rng(devices=[]):
        if torch.accelerator.is_available():
            torch.manual_seed(seed)
        else:  # a twentieth of the time: nobody is told of a seed for devices that are not there
            torch.default_generator.manual_seed(seed)
        yield
