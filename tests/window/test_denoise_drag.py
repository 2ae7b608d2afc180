"""A file dragged with the mouse from another program onto the page Denoise, and the result dragged back out."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.window import test_real_x_server as real
from tests.window.stranger import SIDE
from tests.window.test_real_x_server import display  # noqa: F401 - a fixture

pytestmark = real.pytestmark
HERE = Path(__file__).parent
PATIENCE = 90
Place = Callable[[], tuple[int, int]]
"""Where on the screen to press or to let go."""
AWAY = 150
"""Pixels to go out of the stranger's window."""
STUDIO = "^Sparse autoencoder, KL"


class Program:
    """A program that prints a JSON a line."""

    def __init__(self, screen: str, tmp_path: Path, *command: str) -> None:
        names = ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")
        environment = {**os.environ, "DISPLAY": screen, "QT_QPA_PLATFORM": "xcb"}
        environment |= {name: str(tmp_path / name) for name in names}
        self._process = subprocess.Popen([sys.executable, *command], env=environment, stdout=subprocess.PIPE, text=True)
        self._lines: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(json.loads(line))

    def says(self, what: str, seconds: float = PATIENCE) -> dict[str, Any]:
        """Waits for the next line of this kind. Raises: queue.Empty where none comes."""
        while True:
            told = self._lines.get(timeout=seconds)
            if told["what"] == what:
                return told

    def end(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=PATIENCE)


@pytest.fixture
def studio(display: str, tmp_path: Path) -> Iterator[Program]:  # noqa: F811
    """AEStudio, on its page Denoise."""
    program = Program(display, tmp_path, str(HERE / "denoise_driver.py"))
    try:
        program.says("ready")
        yield program
    finally:
        program.end()


@contextmanager
def stranger(screen: str, tmp_path: Path) -> Iterator[Program]:
    """Another program, started anew for each drag: one that has just given something away may not take the next."""
    program = Program(screen, tmp_path, str(HERE / "stranger.py"), str(tmp_path / "scan.png"))
    try:
        program.says("shown")
        yield program
    finally:
        program.end()


def on_screen(screen: str, title: str, x: int, y: int) -> tuple[int, int]:
    """Where the window manager has put a place in a window, as the X server knows it; the mouse goes there."""
    window = real.wait_for_title(screen, title, PATIENCE)
    told = real.xdotool(screen, "mousemove", "--window", window, str(x), str(y), "getmouselocation", "--shell")
    found = dict(line.split("=") for line in told.splitlines())
    return int(found["X"]), int(found["Y"])


def drag(screen: str, start: Place, end: Place, target: Program, patience: float = PATIENCE) -> None:
    """Presses, moves as a hand does, and lets go as soon as the target says that something is held over it: how long
    that takes is the programs' affair. Raises: TimeoutError, having let go, where it never is.
    """
    (right, bottom), (left, top) = end(), start()
    real.xdotool(screen, "mousemove", str(left), str(top), "mousedown", "1")
    for step in range(1, 11):
        x, y = left + (right - left) * step // 10, top + (bottom - top) * step // 10
        real.xdotool(screen, "mousemove", "--sync", str(x), str(y), "sleep", "0.05")
    until = time.monotonic() + patience
    while True:
        with suppress(queue.Empty):
            target.says("entered", seconds=1)
            break
        if time.monotonic() > until:
            real.xdotool(screen, "key", "Escape", "mouseup", "1")
            raise TimeoutError("Nothing that was dragged ever came over the target.")
        for away in (AWAY, 0):  # out of the target and in again, as who sees that nothing happens
            real.xdotool(screen, "mousemove", "--sync", str(right), str(bottom + away), "sleep", "0.2")
    real.xdotool(screen, "mouseup", "1")


def taken_out(screen: str, tmp_path: Path, start: Place, end: Place) -> dict[str, Any]:
    """Drags out, and again to a stranger of its own where that one did not notice, as a person would; what it took."""
    for patience in (20, 20, 20, PATIENCE):
        with stranger(screen, tmp_path) as other, suppress(TimeoutError):
            drag(screen, start, end, other, patience)
            return other.says("taken")
    raise AssertionError("Nothing was taken in four drags.")


def test_a_file_is_dragged_in_from_another_program_and_its_result_out_to_it(
    display: str,  # noqa: F811
    tmp_path: Path,
    studio: Program,
) -> None:
    noisy = np.random.default_rng(0).normal(128, 20, (60, 80)).clip(0, 255).astype(np.uint8)
    Image.fromarray(noisy).save(tmp_path / "scan.png")

    def at(title: str, x: int, y: int) -> Place:
        return lambda: on_screen(display, title, x, y)  # anew before each drag: the window may have been moved

    with stranger(display, tmp_path) as other:
        drag(display, at("^stranger$", SIDE // 2, SIDE // 2), at(STUDIO, 620, 400), studio)
        assert studio.says("opened")["files"] == 1
        other.says("given")
    made = studio.says("made")
    taken = taken_out(display, tmp_path, at(STUDIO, made["x"], made["y"]), at("^stranger$", 3 * SIDE // 2, SIDE // 2))
    assert Path(taken["path"]).name == "scan-denoised.png"
    assert taken["bytes"] > 0
    assert sorted(one.name for one in tmp_path.glob("*.png")) == ["scan.png"]  # the original, and nothing beside it
