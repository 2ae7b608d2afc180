"""A double click on a model in a Linux desktop: the desktop finds AEStudio, and the window opens on that model."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.model.model_file import ModelFile
from aestudio.core.run.run import Run
from tests.window import test_real_x_server as window
from tests.window.test_real_x_server import display  # noqa: F401 - a fixture

NEEDED = {
    **dict.fromkeys(window.NEEDED, "xvfb, openbox, xdotool"),
    "update-mime-database": "shared-mime-info",
    "update-desktop-database": "desktop-file-utils",
    "gio": "libglib2.0-bin",
}
MISSING = [program for program in NEEDED if shutil.which(program) is None]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        bool(MISSING), reason=f"needs {', '.join(f'{one} (Debian package {NEEDED[one]})' for one in MISSING)}"
    ),
    pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux can wait for a program of somebody else's"),
]


@pytest.mark.parametrize(
    "opener",
    [
        ("gio", "open"),
        pytest.param(
            ("gtk-launch", "aestudio"),
            marks=pytest.mark.skipif(
                shutil.which("gtk-launch") is None, reason="needs gtk-launch (Debian package libgtk-3-bin)"
            ),
        ),
    ],
    ids=lambda command: command[0],
)
def test_a_double_click_on_a_model_opens_the_window_on_it(
    display: str,  # noqa: F811
    tmp_path: Path,
    opener: tuple[str, ...],
) -> None:
    names = ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    environment |= {name: str(tmp_path / name) for name in names} | {"AESTUDIO_LIBRARY": str(tmp_path / "library")}
    model = tmp_path / "my model.safetensors"
    run = Run(title="Opened by the desktop")
    ModelFile(run, (1, 8, 8), Autoencoder(run, (1, 8, 8)).state_dict(), {}).save(model)
    subprocess.run([sys.executable, "-m", "aestudio", "integrate"], env=environment, check=True, timeout=60)
    subprocess.run([*opener, str(model)], env=environment, check=True, timeout=60)
    opened = window.wait_for_title(display, "^Opened by the desktop")
    program = int(window.xdotool(display, "getwindowpid", opened))
    ended = os.pidfd_open(program)
    try:
        os.kill(program, signal.SIGTERM)
        assert select.select([ended], [], [], 60)[0], "The program goes on."
    finally:
        os.close(ended)
