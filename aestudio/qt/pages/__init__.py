"""One folder for each page; a new page is a new folder here: its Sign in `__init__.py`, and its `page.py`."""

from __future__ import annotations

from importlib import import_module

from aestudio.qt.found import found_in
from aestudio.qt.page import Page
from aestudio.qt.sign import Sign


def signs() -> list[type[Sign]]:
    """Of every page, in the order of the rail. No page is imported."""
    return found_in(__name__, __path__, Sign)


def page_of(sign: type[Sign]) -> type[Page]:
    """The page that this sign stands on; imports it.

    Raises: TypeError where its `page.py` has none under this sign.
    """
    module = import_module(f"{sign.__module__}.page")
    for one in vars(module).values():
        if isinstance(one, type) and issubclass(one, sign) and issubclass(one, Page) and not one.is_base:
            return one
    raise TypeError(
        f"{module.__name__} has no page under the sign {sign.__name__}; write `class …({sign.__name__}, Page)`."
    )
