"""A fresh process in which torch and torchvision cannot be imported: what is quick must not ask for them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
BLOCKED = """
import sys


class NoTorch:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "torchvision"):
            raise ImportError(f"{name} is asked for")


sys.meta_path.insert(0, NoTorch())
"""


def run(source: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs Python source there, with a library and settings of its own below `folder`."""
    own = {"PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", BLOCKED + source, *arguments],
        env={**os.environ, **own, "QT_QPA_PLATFORM": "offscreen", "AESTUDIO_LANGUAGE": "en"},
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs `aestudio …` there."""
    return run("from aestudio.cli import main; sys.exit(main())", folder, *arguments)
