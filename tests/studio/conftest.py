"""A studio that is closed after the test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aestudio.studio.studio import Studio
from tests.studio.scoring import Scoring


@pytest.fixture
def studio() -> Iterator[Studio]:
    made = Studio()
    yield made
    assert made.close(60)


@pytest.fixture
def scoring(monkeypatch: pytest.MonkeyPatch) -> Scoring:
    return Scoring(monkeypatch)
