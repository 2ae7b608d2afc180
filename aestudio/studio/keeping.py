"""What is kept of trainings, as the person prefers it."""

from __future__ import annotations

from dataclasses import dataclass

from aestudio.core.training.every import DEFAULT, Every

BUDGET = 256 * 2**20
"""Bytes that the snapshots of one document may take, unless the person says otherwise."""


@dataclass(frozen=True)
class Keeping:
    """One for all documents; the budget of the checkpoints on disk stands in the library, which they share."""

    every: Every = DEFAULT
    """How often checkpoints are taken, from the next training on."""
    snapshots: int = BUDGET
    """Bytes of memory that the snapshots of one document may take."""
