"""What a person is told in a sentence: before there is a document, it is all that is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Failed:
    """What was wanted was not done; a sentence for the person says why."""

    sentence: str


@dataclass(frozen=True)
class Noted:
    """Good news for the person."""

    sentence: str


@dataclass(frozen=True)
class Offered:
    """Something that the person should know, and may do something about with one press."""

    sentence: str
    words: str
    """On the button."""
    accept: Callable[[], None]
    warns: bool = True
    """Something is wrong; else it is good news."""
