"""A minute of clicks, keys, drops, pages, documents and trainings: nothing is raised, and nothing grows.
`python tests/benchmarks/soak.py` does it for as long as one likes and says what it found.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from aestudio.qt.window import Window
from tests.qt.monkey import Watched, allowed, soak, things_to_drop

SECONDS, SEED = 60.0, 0
GROWTH, THREADS, FILES = 300.0, 12, 40
"""Megabytes beside what documents keep on purpose; torch keeps the threads that it has once made."""


def said(watched: Watched) -> str:
    """What to do again where it fails."""
    return "\n".join([*watched.errors, f"after {watched.done!r}"])


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_a_minute_of_a_monkey_raises_nothing_and_nothing_grows(qtbot: QtBot, window: Window, tmp_path: Path) -> None:
    watched = soak(window, SECONDS, SEED, things_to_drop(tmp_path / "things"))
    assert len(watched.done) > 20
    assert not watched.errors, said(watched)
    assert len(watched.costs) >= 9
    assert watched.third(3, "megabytes") - watched.third(1, "megabytes") < GROWTH + allowed(window)
    assert watched.third(3, "threads") - watched.third(1, "threads") <= THREADS
    assert watched.third(3, "files") - watched.third(1, "files") <= FILES
