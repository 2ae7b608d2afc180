"""One file for each study; a new study is a new file here."""

from __future__ import annotations

from aestudio.qt.found import found_in
from aestudio.qt.pages.studies.study import Study


def studies() -> list[type[Study]]:
    """The studies of this folder in the order of their tabs."""
    return found_in(__name__, __path__, Study)
