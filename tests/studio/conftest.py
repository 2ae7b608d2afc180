"""A studio that is closed after the test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aestudio.studio.studio import Studio


@pytest.fixture
def studio() -> Iterator[Studio]:
    made = Studio()
    yield made
    assert made.close(60)
