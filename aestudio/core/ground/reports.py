"""How long work tells what it is doing, and is told to stop."""

from collections.abc import Callable

Report = Callable[[str, float | None], None]
"""Called with what is being done and the fraction that is done (None where it is not known). It may raise Cancelled."""


def unheard(_doing: str, _fraction: float | None) -> None:
    """The Report of nobody."""
