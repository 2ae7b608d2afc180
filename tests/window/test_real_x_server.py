"""The program itself in a real X server: it opens, trains on a key press, and leaves cleanly when it is told to."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

NEEDED = ("Xvfb", "openbox", "xdotool")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        any(shutil.which(tool) is None for tool in NEEDED),
        reason=f"needs {', '.join(NEEDED)} (Debian packages of those names)",
    ),
]


@pytest.fixture
def display() -> Iterator[str]:
    """An X server with a window manager, of its own."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as told:  # the server writes its number when it is ready
        name = f":{told.readline().strip()}"
    manager = subprocess.Popen(["openbox"], env={**os.environ, "DISPLAY": name}, stderr=subprocess.DEVNULL)
    yield name
    for process in (manager, server):
        process.terminate()
        process.wait(timeout=30)


def start(display: str, tmp_path: Path, *arguments: str) -> subprocess.Popen[str]:
    folders = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", **folders}
    return subprocess.Popen(
        [sys.executable, "-m", "aestudio", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def xdotool(display: str, *arguments: str, seconds: float = 60) -> str:
    environment = {**os.environ, "DISPLAY": display}
    done = subprocess.run(
        ["xdotool", *arguments], env=environment, capture_output=True, text=True, timeout=seconds, check=True
    )
    return done.stdout.strip()


def wait_for_title(display: str, words: str, seconds: float = 60) -> str:
    """Blocks until a visible window's title matches; its id."""
    search = ("search", "--sync", "--onlyvisible", "--name", words)
    until = time.monotonic() + seconds
    while True:
        try:
            return xdotool(display, *search, seconds=max(0.1, until - time.monotonic())).splitlines()[-1]
        except subprocess.CalledProcessError:  # a window that goes away while xdotool looks at it ends its search
            continue


def press_until(display: str, window: str, key: str, words: str) -> None:
    """Presses a key again and again until the title matches: a window may be shown before it takes keys."""
    for _ in range(20):
        xdotool(display, "windowfocus", window, "key", key)
        try:
            wait_for_title(display, words, seconds=5)
        except subprocess.TimeoutExpired:
            continue
        return
    raise AssertionError(f"The title never matched {words!r}.")


def test_the_window_opens_trains_and_leaves_on_a_signal(display: str, tmp_path: Path) -> None:
    program = start(display, tmp_path)
    window = wait_for_title(display, "^Sparse autoencoder, KL( [^(]|$)")
    press_until(display, window, "F5", "training")
    program.send_signal(signal.SIGTERM)
    said, complained = program.communicate(timeout=60)
    assert program.returncode == 128 + signal.SIGTERM, complained
    assert "Traceback" not in complained
    assert said == ""
    assert (tmp_path / "config" / "aestudio" / "window.ini").is_file()


def test_a_file_that_is_not_there_is_refused_without_opening_a_window(display: str, tmp_path: Path) -> None:
    program = start(display, tmp_path, "nothing.png")
    _, complained = program.communicate(timeout=60)
    assert program.returncode == 2
    assert complained.count("\n") == 1
    assert "nothing.png" in complained
