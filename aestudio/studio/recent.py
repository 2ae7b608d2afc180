"""Files and folders that were used last, by path. Nothing here needs torch."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from aestudio.core.ground import atomic, folders

MOST = 8
"""So many are remembered."""
FILE = "recent.json"


def used() -> list[Path]:
    """The newest first; what is no longer there is left out."""
    return [path for path in _read() if os.path.exists(path)][:MOST]  # a drive that is gone is no error


def note(path: Path) -> None:
    """This one was used now. Where that cannot be kept, it is forgotten."""
    path = path.absolute()
    _keep([path, *(one for one in _read() if one != path)][:MOST])


def forget() -> None:
    """None was used."""
    _keep([])


def _keep(paths: list[Path]) -> None:
    with suppress(OSError):
        _file().parent.mkdir(parents=True, exist_ok=True)
        atomic.write_bytes(_file(), json.dumps([str(one) for one in paths]).encode())


def _file() -> Path:
    return folders.settings().parent / FILE


def _read() -> list[Path]:
    try:
        kept = json.loads(_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [Path(one) for one in kept if isinstance(one, str)] if isinstance(kept, list) else []
