"""How soon Stop and Pause are honoured: `python tests/benchmarks/stopping.py [RECIPE …]`.

A training looks whether somebody wants it to stop or to pause between two steps, and between two operations of torch
inside of a long step and while held-out images are scored. Each recipe is trained as it ships, one epoch and the scores
before and after it or a quarter of a minute of it, and the longest time between two looks is taken: whoever presses
Stop waits so long at most. Times are those of the training's thread, so that other programs on the machine do not
count, and on the clock.

Goal: 0.3 s for every recipe, evaluation included.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import torch

from aestudio.core.ground.compute import machine
from aestudio.core.run.events import Finished
from aestudio.core.run.recipes import everything
from aestudio.core.training.controls import Controls
from aestudio.core.training.fit import fit

HERE = Path(__file__).with_suffix(".md")
GOAL, LONGEST = 0.3, 15.0
"""Seconds that Stop may take, and that each recipe is trained at most."""


class Looking(Controls):
    """Notes when the training looks at it."""

    def __init__(self) -> None:
        super().__init__()
        self.ask_for_preview()  # as the window does
        self.cpu = self.wall = 0.0
        """The longest seconds between two looks, of the thread and on the clock."""
        self._last: tuple[float, float] | None = None

    def look(self) -> None:
        now = time.thread_time(), time.perf_counter()
        if self._last is not None:
            self.cpu = max(self.cpu, now[0] - self._last[0])
            self.wall = max(self.wall, now[1] - self._last[1])
        self._last = now

    @property
    def stopped(self) -> bool:
        self.look()
        return super().stopped

    @property
    def called_off(self) -> bool:
        self.look()
        return super().called_off

    @property
    def holds(self) -> bool:
        self.look()
        return super().holds


def longest(name: str) -> Looking:
    run = everything()[name].run().with_value("epochs", 1)
    if run.schedule.layer_epochs_knob:
        run = run.with_value(f"schedule.{run.schedule.layer_epochs_knob}", 1)
    controls, began = Looking(), time.perf_counter()
    for event in fit(run, run.data.load(), controls):
        if isinstance(event, Finished) and event.reason == "failed":
            raise SystemExit(f"{name} was not trained: {event.error}")
        controls.ask_for_preview()
        if time.perf_counter() - began > LONGEST:
            controls.hurry()
    return controls


def main() -> None:
    torch.set_num_threads(1)
    rows = []
    for name in sys.argv[1:] or everything():
        found = longest(name)
        rows.append(f"| {name} | {found.cpu:.2f} | {found.wall:.2f} | {'yes' if found.cpu <= GOAL else '**no**'} |")
        print(rows[-1], flush=True)
    if len(sys.argv) > 1:
        return
    about = (__doc__ or "").replace("`python", "\n    python").split("\n\n", 1)
    table = "\n".join(["| recipe | seconds of the thread | on the clock | within 0.3 s |", "|---|---|---|---|", *rows])
    HERE.write_text(
        f"# How soon Stop is honoured\n\n{about[1]}\n{table}\n\nOne thread on {machine()}.\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
