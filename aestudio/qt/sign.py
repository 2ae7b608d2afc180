"""What a page says of itself before it is made: the rail, the menu View and the keys need no more."""

from __future__ import annotations

from typing import ClassVar

from aestudio.qt.found import Found


class Sign(Found):
    """Stands in the `__init__.py` of a page's folder, which is read when the program starts; `page.py` is imported
    while the window is open already.
    """

    demanded = ("name", "title", "icon")
    is_base = True

    name: ClassVar[str]
    """Small letters: for settings that are kept, and for tests."""
    title: ClassVar[str]
    """Plain English, looked up wherever it is shown."""
    icon: ClassVar[str]
    """One of resources/icons."""
    key: ClassVar[str] = ""
    """The key that goes there; the others are Ctrl+1, Ctrl+2, … in the order of the rail."""
    greets: ClassVar[bool] = False
    """It is seen first when the program starts without a file, unless the person does not want it."""
    shows_document: ClassVar[bool] = False
    """It is where the document is seen: the window goes there when a run or a file was opened."""
    early: ClassVar[bool] = False
    """It is there before torch is, so its `page.py` imports none, not even through others."""
