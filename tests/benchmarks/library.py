"""The page of runs with ten thousand of them: `python -m tests.benchmarks.library [OUT.md]`. No X server is needed.

A frame is what a person waits for after a key or a turn of the wheel: the change, and everything that is painted of it.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from threading import Event, Thread

import numpy as np
import PySide6
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from aestudio.core.library.catalogue import Library
from aestudio.core.library.packing import pack_terms
from aestudio.qt.app import application
from aestudio.qt.pages.runs.page import RunsPage
from aestudio.studio.runs.rows import COLUMNS, Column
from aestudio.studio.studio import Studio
from tests.many_runs import fill

RUNS = 10_000
ROUNDS = 5
WORDS = "sparse digits kl"
LONG = 12
STEPS = 1_000_000

Seconds = list[tuple[float, float]]
"""On the clock, and of the processor's time in the window's thread, which others on the machine do not lengthen."""


def timed(app: QApplication, act: Callable[[], object]) -> tuple[float, float]:
    """Until it is done and painted."""
    began, worked = time.perf_counter(), time.thread_time()
    act()
    app.processEvents()
    return time.perf_counter() - began, time.thread_time() - worked


def settle(app: QApplication, seconds: float = 0.3) -> None:
    """Lets what was put off be done, so that it is not counted to what follows."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        app.processEvents()
        time.sleep(0.005)


def opening(app: QApplication, library: Library) -> tuple[float, float]:
    """From giving the page the library to the first paint, and until no thumbnail is missing."""
    page = RunsPage(Studio())
    page.resize(1212, 720)
    page.show()
    app.processEvents()
    began = time.perf_counter()
    page.set_library(library)
    app.processEvents()
    painted = time.perf_counter() - began
    while page.thumbnails._soon.isActive():
        app.processEvents()
    complete = time.perf_counter() - began
    close(page)
    return painted, complete


def close(page: RunsPage) -> None:
    assert page.shut(60)
    page.close()
    page.deleteLater()


def typing(app: QApplication, page: RunsPage) -> Seconds:
    """Every letter of a search, and taking them away again."""
    texts = [WORDS[:end] for end in range(1, len(WORDS) + 1)]
    return [timed(app, partial(page.search.box.setText, text)) for text in [*texts, *reversed(texts), ""]]


def sorting(app: QApplication, page: RunsPage) -> Seconds:
    """By every column, either way, and back to the newest first."""
    orders = [(column, order) for column in COLUMNS for order in Qt.SortOrder]
    orders.append((Column.TRAINED, Qt.SortOrder.DescendingOrder))
    return [timed(app, partial(page.table.sortByColumn, *way)) for way in orders]


def scrolling(app: QApplication, page: RunsPage, stride: int, frames: int) -> Seconds:
    """So many pixels a frame, from the top."""
    bar = page.table.verticalScrollBar()
    bar.setValue(0)
    settle(app)
    seconds: Seconds = []
    while len(seconds) < frames and bar.value() < bar.maximum():
        seconds.append(timed(app, lambda: bar.setValue(bar.value() + stride)))
    return seconds


def scrolling_while_another_trains(app: QApplication, page: RunsPage, library: Library) -> Seconds:
    """The same, while another program writes progress and the page looks for it twenty times as often as it would."""
    over = Event()

    def work() -> None:
        with Library(library.folder) as other:
            for step in range(1_000_000):
                if over.wait(0.05):
                    break
                other.write([1], state="training", step=step, updated=time.time())
            other.write([1], state="completed")

    writing = Thread(target=work)
    page.polling.setInterval(50)
    writing.start()
    seconds = scrolling(app, page, 120, 1500)
    over.set()
    writing.join()
    page.polling.setInterval(1000)
    settle(app)
    return seconds


def reading_long_curves(app: QApplication, folder: Path) -> tuple[float, list[float]]:
    """Until the curves of twelve runs of a million steps are drawn, and how late a 5 ms timer came meanwhile."""
    with Library(folder) as library:
        fill(library, LONG, points=5)
        some = np.random.default_rng(0).random((1000, 2)).astype(np.float32)
        names, weights = json.dumps(["reconstruction", "kl-sparsity"]), "[1, 1]"
        with library.transaction() as connection:
            connection.execute("DELETE FROM points")
            connection.executemany(
                "INSERT INTO points (run, first_step, phase, names, weights, terms) "
                "VALUES (?, ?, 'end to end', ?, ?, ?)",
                [
                    (run, first, names, weights, pack_terms(some))
                    for run in range(1, LONG + 1)
                    for first in range(0, STEPS, 1000)
                ],
            )
        page = RunsPage(Studio())
        page.resize(1212, 720)
        page.show()
        page.set_library(library)
        settle(app)
        late: list[float] = []
        last = [time.perf_counter()]

        def beat() -> None:
            now = time.perf_counter()
            late.append(max(0.0, now - last[0] - 0.005))
            last[0] = now

        timer = QTimer()
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.setInterval(5)
        timer.timeout.connect(beat)
        began = time.perf_counter()
        page.table.selectAll()
        timer.start()
        last[0] = time.perf_counter()
        while sum(split == "train" for _, split in page.details.curves.plot.curves()) < LONG:
            app.processEvents()
            time.sleep(0.001)
        taken = time.perf_counter() - began
        timer.stop()
        close(page)
    return taken, late


def spread(seconds: list[float]) -> str:
    """Median, 99th percentile and worst, in ms."""
    ordered = sorted(1000 * one for one in seconds)
    high = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    return f"{statistics.median(ordered):.1f} | {high:.1f} | {ordered[-1]:.1f} | {len(ordered):,}"


def row(name: str, seconds: Seconds) -> str:
    """A line of the table of frames."""
    clock, worked = (list(column) for column in zip(*seconds, strict=True))
    return f"| {name} | {1000 * statistics.median(worked):.1f} | {spread(clock)} |"


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = application()
    lines = [
        f"# The page of runs with {RUNS:,} of them",
        "",
        f"`python -m tests.benchmarks.library`, {date.today()}, {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, PySide6 {PySide6.__version__}, {app.platformName()}, 1212 × 720 pixels. "
        f"Load of others before it: {os.getloadavg()[0] if hasattr(os, 'getloadavg') else 0:.1f}. All in one run.",
        "",
        f"| opening, median of {ROUNDS} | ms |",
        "|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        with Library(Path(folder) / "many") as library:
            fill(library, RUNS, points=20)
            opening(app, library)  # what Qt and pyqtgraph do when they are first used is not the library's
            queries, opened = [], []
            for _ in range(ROUNDS):
                queries.append(timed(app, library.runs)[0])
                opened.append(opening(app, library))
            painted, complete = (statistics.median(column) for column in zip(*opened, strict=True))
            lines += [
                f"| reading the list alone | {1000 * statistics.median(queries):.0f} |",
                f"| from `set_library` to painted | {1000 * painted:.0f} |",
                f"| … with all thumbnails in sight | {1000 * complete:.0f} |",
                "",
                "| a frame | processor, median, ms | clock, median | 99 % | worst | frames |",
                "|---|---|---|---|---|---|",
            ]
            page = RunsPage(Studio())
            page.resize(1212, 720)
            page.show()
            page.set_library(library)
            settle(app)
            lines += [
                row("a letter in the search box", typing(app, page)),
                row("sorting by a column", sorting(app, page)),
                row("scrolling, a notch of the wheel (120 px)", scrolling(app, page, 120, 2500)),
                row("scrolling through all of it, 700 px a frame", scrolling(app, page, 700, 2500)),
                row(
                    "scrolling while another program trains, read 20 times as often as usual",
                    scrolling_while_another_trains(app, page, library),
                ),
            ]
            close(page)
        taken, late = reading_long_curves(app, Path(folder) / "long")
        lines += [
            "",
            f"| {LONG} runs of {STEPS:,} steps, drawn {taken:.1f} s after they were chosen | median, ms | 99 % | worst "
            "| ticks |",
            "|---|---|---|---|---|",
            f"| how late a 5 ms timer comes meanwhile | {spread(late)} |",
        ]
    text = "\n".join(lines) + "\n"
    print(text)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
