"""Another program that holds the library's database, as a backup program does."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from aestudio.core.library import schema

HOLDS = """
import sqlite3, sys
other = sqlite3.connect(sys.argv[1], isolation_level=None)
other.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
input()
"""


@contextmanager
def held(folder: Path) -> Iterator[Callable[[], None]]:
    """Nobody else writes into the library in a folder, until what is yielded is called, or the end."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(folder / schema.FILE)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def let_go() -> None:
            process.communicate()

        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield let_go
        finally:
            process.kill()
