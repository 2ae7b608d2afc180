"""Which pictures lie on the desk, which of them is chosen, and which were taken off it and can come back."""

from __future__ import annotations

from collections.abc import Sequence

from aestudio.core.denoise.cleaning import SHARE
from aestudio.core.ground.memory import free_memory
from aestudio.studio.denoise.entries import DeskEntry


class Pictures:
    """In the order in which they came. What is taken off is kept with its results, for as long as memory allows."""

    def __init__(self) -> None:
        self.current: DeskEntry | None = None
        self._all: list[DeskEntry] = []
        """Those that were taken off keep their places."""
        self._gone: list[DeskEntry] = []
        """The last one at the end."""

    @property
    def entries(self) -> list[DeskEntry]:
        """Those that lie on the desk."""
        return [one for one in self._all if one not in self._gone]

    def choose(self, index: int) -> bool:
        """Whether another one is chosen now."""
        entries = self.entries
        wanted = entries[index] if 0 <= index < len(entries) else None
        changed, self.current = wanted is not self.current, wanted
        return changed

    def add(self, entry: DeskEntry) -> DeskEntry:
        """Puts it at the end, unless its file is there. Returns: the one that is on the desk."""
        for known in [one for one in self._all if entry.path is not None and one.path == entry.path]:
            if known not in self._gone:
                return known
            self._forget(known)
        self._all.append(entry)
        return entry

    def remove(self, index: int) -> DeskEntry | None:
        """Takes one off, and returns it; its file stays. One beside it is chosen where it was."""
        entries = self.entries
        if not 0 <= index < len(entries):
            return None
        gone = entries.pop(index)
        self._gone.append(gone)
        room = SHARE * free_memory()
        while len(self._gone) > 1 and sum(one.nbytes for one in self._gone) > room:
            self._forget(self._gone[0])
        if gone is self.current:
            self.current = entries[min(index, len(entries) - 1)] if entries else None
        return gone

    @property
    def can_bring_back(self) -> bool:
        return bool(self._gone)

    def bring_back(self, entry: DeskEntry | None = None) -> DeskEntry | None:
        """One that was taken off, the last unless it is named, lies where it lay, and is chosen; None where it does not
        wait for that.
        """
        if not self._gone or (entry is not None and entry not in self._gone):
            return None
        self.current = entry or self._gone[-1]
        self._gone.remove(self.current)
        return self.current

    def _forget(self, gone: DeskEntry) -> None:
        self._gone.remove(gone)
        self._all.remove(gone)

    def alike(self, entry: DeskEntry) -> Sequence[DeskEntry]:
        """All others of the same kind: grey, or colour."""
        return [one for one in self.entries if one is not entry and one.picture.channels == entry.picture.channels]
