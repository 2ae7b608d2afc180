"""Cells of a table for other programs."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any


def plain_cell(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula, with the quote before it that says that it is none. Numbers
    that are written out stay.

    Source: OWASP, CSV Injection.
    """
    if not (isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r"))):
        return value
    with suppress(ValueError):
        float(value)
        return value
    return f"'{value}"


def plain_cells(row: Iterable[Any]) -> list[Any]:
    """A row of them."""
    return [plain_cell(value) for value in row]
