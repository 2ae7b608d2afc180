"""A minute of clicks, keys, drops, pages, documents and trainings: nothing is raised, and nothing grows.
`python tests/benchmarks/soak.py` does it for as long as one likes and says what it found.
"""

from __future__ import annotations

import gc
from itertools import cycle, pairwise
from pathlib import Path

import psutil
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from aestudio.core.run.events import Finished
from aestudio.qt import theme
from aestudio.qt.measured_page import MeasuredPage
from aestudio.qt.window import Window
from aestudio.studio.status import State
from tests.qt.listening import told
from tests.qt.monkey import Watched, allowed, rest, soak, things_to_drop
from tests.qt.test_window import choose

pytestmark = pytest.mark.slow
SECONDS, SEED = 60.0, 0
GROWTH, THREADS, FILES = 300.0, 12, 40
"""Megabytes beside what documents keep on purpose; torch keeps the threads that it has once made."""
ROUNDS, WARM = 5, 2
LOOKS: tuple[theme.ThemeMode, ...] = ("dark", "light")
"""On one page after the other, in turns."""
FEW_WIDGETS, FEW_OBJECTS, FEW_MEGABYTES = 10, 1500, 8.0
"""That may be left of a round: its settings to undo, its row on the page Runs, its words in another language."""


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


def test_trainings_pages_recipes_and_themes_again_and_again_leave_nothing_behind(
    qtbot: QtBot, qapp: QApplication, window: Window
) -> None:
    measuring = [page for page in window.pages if isinstance(page, MeasuredPage)]
    found: list[tuple[int, int, float]] = []
    for _ in range(ROUNDS):
        for name in ("linear", "sparse-kl"):
            choose(qtbot, window, "recipeChooser", name)
            window.document.set_value("epochs", 1)
            with told(qtbot, window.document, Finished):
                window.action("train").trigger()
            qtbot.waitUntil(lambda: window.document.status.state is State.READY)
        for look, page in zip(cycle(LOOKS), window.pages, strict=False):
            window.show_page(page)
            theme.apply(qapp, look)
            rest(10)
        qtbot.waitUntil(lambda: not any(page.observer.busy for page in measuring))
        gc.collect()
        found.append((len(qapp.allWidgets()), len(gc.get_objects()), psutil.Process().memory_info().rss / 1e6))
    widgets, objects, megabytes = zip(*found[WARM:], strict=True)
    assert max(widgets) - min(widgets) <= FEW_WIDGETS, found
    assert objects[-1] - objects[0] < FEW_OBJECTS * (ROUNDS - WARM - 1), found
    # What stays behind does so in each round; the allocator takes a large block once in a while.
    assert min(after - before for before, after in pairwise(megabytes)) < FEW_MEGABYTES, found
