"""A studio that is closed after the test, and its first document."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aestudio.studio.document import Document
from aestudio.studio.studio import Studio
from tests.studio.heard import Heard, ready
from tests.studio.scoring import Scoring


@pytest.fixture
def studio() -> Iterator[Studio]:
    made = Studio()
    yield made
    assert made.close(60)


@pytest.fixture
def scoring(monkeypatch: pytest.MonkeyPatch) -> Scoring:
    return Scoring(monkeypatch)


@pytest.fixture
def heard(studio: Studio) -> Heard:
    """What the first document tells once its data are there."""
    return ready(studio.document)


@pytest.fixture
def document(studio: Studio, heard: Heard) -> Document:
    """The first, with its data there."""
    return studio.document
