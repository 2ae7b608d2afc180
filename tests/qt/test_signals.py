"""A window whose process is told to end closes as if the person had closed it, and the training is kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from aestudio.core.ground import folders, journal
from aestudio.core.library.catalogue import Library

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from PySide6.QtCore import QTimer
from aestudio.qt import app

opened = app.open_window
def opening(*given):
    window = opened(*given)
    def look():
        if window.document.status.can_train:
            window.document.train()
        if window.document.preview is not None and window.document.preview.step > 3:
            print("training", flush=True)
            timer.stop()
    timer = QTimer(window, interval=50)
    timer.timeout.connect(look)
    timer.start()
    return window

app.open_window = opening
sys.exit(app.run())
"""
"""The program; it trains its first recipe, and says so."""
READY = """
import sys
from aestudio.qt import app

opened = app.open_window
def opening(*given):
    window = opened(*given)
    print("ready", flush=True)
    return window

app.open_window = opening
sys.exit(app.run())
"""
"""The program; it says when all of it is there."""
IMPORTING = """
import sys
from aestudio.core.ground import journal
from aestudio.qt import app, loading

honest = loading._import_torch
def importing():
    print("importing", flush=True)
    honest()

loading._import_torch = importing
journal.begin()
sys.exit(app.run())
"""
"""The program; it says when it begins to import torch."""


def started(source: str, folder: Path, **variables: str) -> subprocess.Popen[str]:
    """With settings of its own, and signals as a terminal leaves them: the tests may be in the background, or run under
    nohup themselves.
    """

    def as_in_a_terminal() -> None:
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)

    env = os.environ | {"PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(folder), "QT_QPA_PLATFORM": "offscreen"}
    env |= variables
    return subprocess.Popen(
        [sys.executable, "-c", source],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=env,
        text=True,
        preexec_fn=as_in_a_terminal,
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows has other signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
@pytest.mark.slow
def test_a_signal_closes_the_window_and_keeps_the_training(number: signal.Signals, code: int, tmp_path: Path) -> None:
    process = started(PROGRAM, tmp_path)
    assert process.stdout
    assert process.stdout.readline() == "training\n"
    process.send_signal(number)
    process.communicate(timeout=120)
    assert process.returncode == code
    with Library() as library:
        kept = library.summary(1)
        assert kept.state == "stopped"
        assert kept.checkpoint_step == kept.step
        assert library.model(1).run.title == kept.title


@pytest.mark.skipif(os.name == "nt", reason="Windows has other signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_closes_the_window_while_torch_is_imported(number: signal.Signals, code: int, tmp_path: Path) -> None:
    process = started(IMPORTING, tmp_path)
    assert process.stdout
    assert process.stdout.readline() == "importing\n"
    process.send_signal(number)
    try:
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, "Traceback" in errors) == (code, False), errors
    assert list(folders.log().parent.glob(journal.CRASHES)) == []


@pytest.mark.skipif(os.name == "nt", reason="there is no disk to mount")
def test_a_window_opens_where_nothing_at_home_can_be_written(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", home], capture_output=True).returncode:
        pytest.skip("only root may mount a disk")
    try:
        places = {f"XDG_{name}_HOME": str(home / name) for name in ("DATA", "CACHE", "CONFIG", "STATE")}
        process = started(READY, tmp_path, HOME=str(home), AESTUDIO_LIBRARY=str(home / "library"), **places)
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=120)
    finally:
        subprocess.run(["umount", "-l", home], check=True)
    assert (process.returncode, "Traceback" in errors) == (143, False), errors
