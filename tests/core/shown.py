"""The members that CONTRIBUTING.md shows, as classes: tests of what parts may do use them, so that they stay true."""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```python\n# (aestudio/\S+\.py)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(room: str = "aestudio/core/") -> dict[str, str]:
    """The files of a room that CONTRIBUTING.md shows, by path."""
    shown = BLOCK.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    return {path: text for path, text in shown if path.startswith(room)}


@cache
def member(path: str, name: str) -> Any:
    """A class of one of those files, `member("parts/codes/nearest", "Nearest")`; it is found by nobody else."""
    made = ModuleType(f"tests.core.shown.{name.lower()}")
    sys.modules[made.__name__] = made  # pydantic looks annotations up there
    exec(compile(blocks()[f"aestudio/core/{path}.py"], path, "exec"), vars(made))
    return vars(made)[name]
