"""How often a second a slider is moved, decoded and painted while the model is trained:
`python -m tests.benchmarks.decodes [OUT.md]`. No X server is needed.

The page Explore in the program's own window, and a hand that moves one slider after the other, 60 times a
second or as often as it follows.
A picture counts when it has been decoded and everything has been painted. Goal: at least 30 a second on two cores.
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import PySide6
import torch
from PySide6.QtWidgets import QApplication

from aestudio.core.run.events import Progress
from aestudio.core.run.recipes import find
from aestudio.qt.app import application, open_window
from aestudio.qt.pages.explore.page import ExplorePage
from aestudio.qt.widgets.latent_sliders import LatentSliders
from aestudio.qt.window import Window
from aestudio.studio.events import Told

RECIPES = ("sparse-kl", "vae", "conv-vae")
SECONDS, OFTEN = 8.0, 60


def until(app: QApplication, is_so: Callable[[], bool], seconds: float = 300.0) -> None:
    began = time.perf_counter()
    while not is_so():
        app.processEvents()
        time.sleep(0.005)
        assert time.perf_counter() - began < seconds, "this takes too long"


def measured(app: QApplication, window: Window, name: str) -> str:
    """A row of the table."""
    document, steps = window.document, [0]

    def count(event: Told) -> None:
        if isinstance(event, Progress):
            steps[0] = event.first_step + len(event.terms) - 1

    document.listen(count)
    document.set_run(find(name).run().with_value("epochs", 100_000).model_copy(update={"claims": ()}))
    until(app, lambda: document.status.can_train and document.dataset is not None)
    document.train()
    sliders = next(one for one in window.findChildren(LatentSliders) if one.isVisible())
    until(app, lambda: len(sliders.rows) > 0 and steps[0] > 20)
    still = rate(app, steps)
    waits: list[float] = []
    reached, began = steps[0], time.perf_counter()
    while time.perf_counter() - began < SECONDS:
        turn = len(waits)
        row, at = sliders.rows[turn // 50 % len(sliders.order.units)], turn % 50
        while time.perf_counter() - began < turn / OFTEN:
            app.processEvents()
            time.sleep(0.001)
        before = time.perf_counter()
        low, high = row.slider.minimum(), row.slider.maximum()
        row.slider.setValue(low + (high - low) * (at + 1) // 50)
        app.processEvents()
        waits.append(time.perf_counter() - before)
    share = (steps[0] - reached) / (time.perf_counter() - began) / still
    document.stop()
    until(app, lambda: document.status.can_train)
    run = document.run
    late = statistics.quantiles(waits, n=100)[98]
    return (
        f"| {find(name).title} | {document.shown.code_shape[0]} | {len(waits) / SECONDS:.0f} | "
        f"{1000 * statistics.median(waits):.1f} | {1000 * late:.0f} | {share:.2f} | {run.batch_size} |"
    )


def rate(app: QApplication, steps: list[int]) -> float:
    """Steps a second while nobody moves anything."""
    reached, began = steps[0], time.perf_counter()
    while time.perf_counter() - began < SECONDS:
        app.processEvents()
        time.sleep(0.005)
    return (steps[0] - reached) / (time.perf_counter() - began)


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        for name in ("AESTUDIO_LIBRARY", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
            os.environ[name] = str(Path(place) / name.lower())
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        app = application()
        window = open_window()
        window.resize(1280, 800)
        until(app, lambda: window.document.status.can_train)
        window.show_page(next(one for one in window.pages if isinstance(one, ExplorePage)))
        lines = [
            "# Decoding under a slider while the model is trained",
            "",
            f"`python -m tests.benchmarks.decodes`, {date.today()}, {platform.machine()}, {os.cpu_count()} cores, "
            f"torch {torch.__version__}, PySide6 {PySide6.__version__}, {app.platformName()}, 1280 × 800. Load of "
            f"others before it: {os.getloadavg()[0] if hasattr(os, 'getloadavg') else 0:.1f}.",
            "",
            "| recipe | numbers or maps in the code | pictures a second | median wait, ms | 99 %, ms | "
            "training beside it, × of one that nobody disturbs | batch |",
            "|---|---|---|---|---|---|---|",
        ]
        for name in RECIPES:
            lines.append(measured(app, window, name))
            print(lines[-1], flush=True)
        text = "\n".join([*lines, ""])
        if len(sys.argv) > 1:
            Path(sys.argv[1]).write_text(text, encoding="utf-8")
        os._exit(0)


if __name__ == "__main__":
    main()
