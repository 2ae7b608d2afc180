"""The runs of the library that a person wants to see behind the losses of another."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING

from aestudio.studio.shelf import Shelf

if TYPE_CHECKING:
    from aestudio.core.run.history import Curves

MOST = 4
"""More lines behind one are not told apart."""


class Behind:
    """Chosen runs and their curves, in the order in which they were chosen. They stay until they are taken off."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._curves: dict[int, Curves] = {}
        self._listeners: list[Callable[[], None]] = []

    def listen(self, told: Callable[[], None]) -> None:
        """Calls back whenever there are other runs."""
        self._listeners.append(told)

    @property
    def curves(self) -> dict[int, Curves]:
        """What each said, by its number, as it was when it was chosen."""
        return dict(self._curves)

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(self._curves)

    def has_room(self, numbers: Iterable[int]) -> bool:
        """Whether these can be added to those that are there."""
        return len({*self._curves, *numbers}) <= MOST

    def add(self, numbers: Iterable[int]) -> tuple[int, ...]:
        """Reads the curves of these, as long as there is room. Which of them have none: the others are there now."""
        empty = []
        for number in numbers:
            if number in self._curves or not self.has_room((number,)):
                continue
            curves = self._shelf.curves(number)
            if curves is not None and len(curves.steps):
                self._curves[number] = curves
            else:
                empty.append(number)
        self._tell()
        return tuple(empty)

    def take_off(self, numbers: Collection[int] | None = None) -> None:
        """These, or all of them."""
        gone = [number for number in self._curves if numbers is None or number in numbers]
        for number in gone:
            del self._curves[number]
        if gone:
            self._tell()

    def keep_only(self, numbers: Collection[int]) -> None:
        """The library has no others any more."""
        self.take_off([number for number in self._curves if number not in numbers])

    def _tell(self) -> None:
        for told in self._listeners:
            told()
