"""How much memory there is, and whether an error says that it was not enough."""

from __future__ import annotations

import psutil

WORDS = ("allocate memory", "not enough memory", "out of memory")
"""What torch says where it has no class of its own for it."""


def free_memory() -> int:
    """Bytes that can be had without anything being swapped out."""
    return int(psutil.virtual_memory().available)


def is_out_of_memory(error: BaseException) -> bool:
    """torch has a class of its own for a GPU, known by its name; for the computer it raises a plain RuntimeError."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    said = str(error).casefold()
    return isinstance(error, RuntimeError) and any(words in said for words in WORDS)
