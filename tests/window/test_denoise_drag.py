"""A file dragged with the mouse from another program onto the page Denoise, and the result dragged back out."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.window import test_real_x_server as real
from tests.window.test_real_x_server import display  # noqa: F401 - a fixture

pytestmark = real.pytestmark
HERE = Path(__file__).parent
PATIENCE = 90


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
def programs(display: str, tmp_path: Path) -> Iterator[tuple[Program, Program]]:  # noqa: F811
    """AEStudio and the stranger, on one screen."""
    rng = np.random.default_rng(0)
    Image.fromarray(rng.normal(128, 20, (60, 80)).clip(0, 255).astype(np.uint8)).save(tmp_path / "scan.png")
    studio = Program(display, tmp_path, str(HERE / "denoise_driver.py"))
    try:
        studio.says("ready")
        stranger = Program(display, tmp_path, str(HERE / "stranger.py"), str(tmp_path / "scan.png"))
        try:
            yield studio, stranger
        finally:
            stranger.end()
    finally:
        studio.end()


def drag(screen: str, start: dict[str, Any], end: dict[str, Any], rest: float) -> None:
    """Presses, moves in steps as a hand does, each with a rest of so many seconds, and lets go."""
    real.xdotool(screen, "mousemove", str(start["x"]), str(start["y"]), "mousedown", "1")
    for step in range(1, 11):
        x, y = (round(start[axis] + (end[axis] - start[axis]) * step / 10) for axis in ("x", "y"))
        real.xdotool(screen, "mousemove", "--sync", str(x), str(y), "sleep", str(rest))
    real.xdotool(screen, "mousemove_relative", "--sync", "1", "1", "sleep", str(6 * rest), "mouseup", "1")


def drag_until(screen: str, start: dict[str, Any], end: dict[str, Any], told: Program, what: str) -> dict[str, Any]:
    """Again and again, each time more slowly: a busy program may not see the pointer before the button is let go."""
    for rest in (0.05, 0.1, 0.2, 0.5, 1.0, 2.0):
        drag(screen, start, end, rest)
        try:
            return told.says(what, seconds=15)
        except queue.Empty:
            continue
    raise AssertionError(f"Nothing was {what} in six drags.")


def test_a_file_is_dragged_in_from_another_program_and_its_result_out_to_it(
    display: str,  # noqa: F811
    tmp_path: Path,
    programs: tuple[Program, Program],
) -> None:
    studio, stranger = programs
    gives, takes = stranger.says("gives"), stranger.says("takes")
    page = {"x": 620, "y": 420}
    assert drag_until(display, gives, page, studio, "opened")["files"] == 1
    grip = studio.says("made")
    taken = drag_until(display, grip, takes, stranger, "taken")
    assert Path(taken["path"]).name == "scan-denoised.png"
    assert taken["bytes"] > 0
    assert sorted(one.name for one in tmp_path.glob("*.png")) == ["scan.png"]  # the original, and nothing beside it
