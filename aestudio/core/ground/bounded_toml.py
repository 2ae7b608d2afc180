"""TOML that others may have written: parsed within bounds of size, depth and time."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from aestudio.core.ground.errors import SettingError

LARGEST = 256_000
"""Characters; recipes that ship have two thousand."""
DEEPEST = 16
_DEEP = re.compile(rf"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){{{DEEPEST}}}""")
"""A dotted key of so many parts: the time that they take to parse grows with the square of their number."""


def loads(text: str) -> dict[str, Any]:
    """Raises: ValueError, whose words read like the end of a sentence, for what is no TOML or beyond the bounds."""
    if len(text) > LARGEST:
        raise SettingError("it holds more than {most:,} characters.", most=LARGEST)
    if any(line.count(".") >= DEEPEST and _DEEP.search(line) for line in text.split("\n")):
        raise SettingError("it has settings inside settings more than {most} deep.", most=DEEPEST)
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise SettingError("it has lists or tables inside one another too deep.") from error
