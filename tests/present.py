"""What has to be there."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


def present(found: T | None) -> T:
    """The same, which is not None."""
    assert found is not None
    return found
