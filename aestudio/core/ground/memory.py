"""How much memory there is, and whether an error says that it was not enough."""

from __future__ import annotations

import psutil

WORDS = ("allocate memory", "not enough memory", "out of memory")
"""What torch says where it has no class of its own for it."""


def free_memory() -> int:
    """Bytes that can be had without anything being swapped out."""
    return int(psutil.virtual_memory().available)


def is_out_of_memory(error: BaseException) -> bool:
    """torch raises a plain RuntimeError where the memory of the computer, not of a GPU, was not enough."""
    said = str(error).casefold()
    return isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and any(words in said for words in WORDS))
