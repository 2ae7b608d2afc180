"""The image files of a folder and of all folders in it, by their names."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from aestudio.core.data.reading.suffixes import IMAGE_SUFFIXES
from aestudio.core.ground.texts import say


@dataclass(frozen=True)
class FoundFile:
    """An image file of a folder."""

    path: Path
    parts: tuple[str, ...]
    """The folders between the chosen one and the file."""
    page: int = 0
    pages: int = 1

    @property
    def name(self) -> str:
        """As it is called where it is left out."""
        return str(self.path) if self.pages == 1 else say("{path}, page {page}", path=self.path, page=self.page + 1)


def walk(
    folder: Path, closed: Callable[[OSError], None] | None = None, *, every: bool = False
) -> Iterator[list[FoundFile]]:
    """The image files, or `every` file, of one folder after the other; hidden ones, and what macOS adds to archives,
    are passed over.
    """
    for root, folders, names in os.walk(folder, onerror=closed):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__MACOSX")
        here = Path(root)
        parts = here.relative_to(folder).parts
        yield [
            FoundFile(here / name, parts)
            for name in sorted(names)
            if (every and not name.startswith(".")) or is_image_name(name)
        ]


def is_image_name(name: str) -> bool:
    return Path(name).suffix.lower() in IMAGE_SUFFIXES and not name.startswith(".")
