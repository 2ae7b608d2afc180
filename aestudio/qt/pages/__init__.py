"""One folder for each page; a new page is a new folder here with its `page.py`."""

from __future__ import annotations

from aestudio.qt.found import found_in
from aestudio.qt.page import Page


def pages() -> list[type[Page]]:
    """Every page in the order of the rail."""
    return found_in(__name__, __path__, Page, room="page")
