"""One file for each panel of the page Inspect; a new panel is a new file here."""

from __future__ import annotations

from aestudio.qt.found import found_in
from aestudio.qt.panel import Panel


def panels() -> list[type[Panel]]:
    """The panels of this folder in the order of their tabs."""
    return found_in(__name__, __path__, Panel)
