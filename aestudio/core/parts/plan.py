"""What is trained when."""

from __future__ import annotations

from dataclasses import dataclass

from aestudio.core.parts.one_pass import Span


@dataclass(frozen=True)
class Phase:
    """A part of a run that trains one span of stages for some epochs."""

    name: str
    span: Span
    epochs: int
