"""Which pictures lie on the desk, which of them is chosen, and which were taken off it and can come back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aestudio.core.denoise.cleaning import SHARE
from aestudio.core.ground.memory import free_memory
from aestudio.studio.denoise.entries import DeskEntry


@dataclass(eq=False)
class _Gone:
    """A picture that was taken off, and the place where it lay among those that lay there then."""

    entry: DeskEntry
    place: int


class Pictures:
    """In the order in which they came. What is taken off is kept with its results, for as long as memory allows."""

    def __init__(self) -> None:
        self.entries: list[DeskEntry] = []
        self.current: DeskEntry | None = None
        self._gone: list[_Gone] = []

    def choose(self, index: int) -> bool:
        """Whether another one is chosen now."""
        wanted = self.entries[index] if 0 <= index < len(self.entries) else None
        changed, self.current = wanted is not self.current, wanted
        return changed

    def add(self, entry: DeskEntry) -> DeskEntry:
        """Puts it at the end, unless its file is there. Returns: the one that is on the desk."""
        known = next((one for one in self.entries if entry.path is not None and one.path == entry.path), None)
        if known is not None:
            return known
        if entry.path is not None:
            for one in [one for one in self._gone if one.entry.path == entry.path]:
                self._forget(one)
        self.entries.append(entry)
        return entry

    def remove(self, index: int) -> DeskEntry | None:
        """Takes one off, and returns it; its file stays. One beside it is chosen where it was."""
        if not 0 <= index < len(self.entries):
            return None
        gone = self.entries.pop(index)
        self._gone.append(_Gone(gone, index))
        room = SHARE * free_memory()
        while len(self._gone) > 1 and sum(one.entry.nbytes for one in self._gone) > room:
            del self._gone[0]
        if gone is self.current:
            self.current = self.entries[min(index, len(self.entries) - 1)] if self.entries else None
        return gone

    @property
    def can_bring_back(self) -> bool:
        return bool(self._gone)

    def bring_back(self, entry: DeskEntry | None = None) -> DeskEntry | None:
        """One that was taken off, the last unless it is named, lies where it lay, and is chosen; None where it does not
        wait for that.
        """
        gone = next((one for one in reversed(self._gone) if entry is None or one.entry is entry), None)
        if gone is None:
            return None
        later = self._gone[self._gone.index(gone) + 1 :]
        self._gone.remove(gone)
        for one in later:
            if one.place < gone.place:
                gone.place -= 1
            else:
                one.place += 1
        self.entries.insert(gone.place, gone.entry)
        self.current = gone.entry
        return gone.entry

    def _forget(self, gone: _Gone) -> None:
        """It comes back no more: those that were taken off before it lay where they did without it."""
        index, place = self._gone.index(gone), gone.place
        for one in reversed(self._gone[:index]):
            if one.place > place:
                one.place -= 1
            else:
                place += 1
        del self._gone[index]

    def alike(self, entry: DeskEntry) -> Sequence[DeskEntry]:
        """All others of the same kind: grey, or colour."""
        return [one for one in self.entries if one is not entry and one.picture.channels == entry.picture.channels]
