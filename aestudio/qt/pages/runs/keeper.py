"""What a person writes into the library: titles, notes, stars, tags, and the trash; the last two with a way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal, Slot

from aestudio.core.ground.texts import Text, say
from aestudio.core.library.catalogue import Library
from aestudio.core.library.summary import Summary
from aestudio.qt.pages.runs.reader import Reader
from aestudio.qt.patient import Patient
from aestudio.studio.runs.words import counted, named

DELETION, TAGS = Text("&Undo the deletion"), Text("&Undo the change of tags")


def nothing(*_: object) -> None:
    """Follows."""


@dataclass(frozen=True)
class Done:
    """Something that can be taken back."""

    undo: Text
    """What taking it back is called in a menu."""
    numbers: tuple[int, ...]
    tags: Mapping[int, tuple[str, ...]] | None = None
    """What each run had before; None for a deletion."""

    def take_back(self, library: Library) -> None:
        """Raises: LibraryError."""
        if self.tags is None:
            library.restore(self.numbers)
        else:
            library.tag(self.tags)


class RunKeeper(QObject):
    """Writes at once, in the window's thread, or as soon as another program lets go of the library; emptying the trash,
    which may take long, in the background.
    """

    wrote = Signal(list)
    """list[int]: runs that are not what they were."""
    emptied = Signal()
    """Runs are gone for good."""
    notice = Signal(str)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._library: Library | None = None
        self._done: list[Done] = []
        self._patient = Patient(self)
        self._patient.waits.connect(self.notice)
        self._emptying = Reader("emptying-the-trash", self)
        self._emptying.answered.connect(self._tell_emptied)
        self._emptying.refused.connect(self._refuse)

    def set_library(self, library: Library | None) -> None:
        """Another library, where nothing has been deleted yet."""
        self._library, self._done = library, []

    def close(self, seconds: float) -> bool:
        """Lets go of the library; False where emptying the trash would not stop in time."""
        self._patient.close(seconds)
        self._library = None
        return self._emptying.close(seconds)

    @Slot(int, str)
    def rename(self, number: int, title: str) -> None:
        """A title that the library refuses is told, and the old one stays."""
        self._do(lambda library: library.rename(number, title), [number])

    @Slot(int, str)
    def annotate(self, number: int, note: str) -> None:
        self._do(lambda library: library.annotate(number, note), [number])

    def star(self, runs: Sequence[Summary]) -> None:
        """Gives these a star, or takes it where all of them have one."""
        starred = not all(run.starred for run in runs)
        numbers = [run.id for run in runs]
        self._do(lambda library: library.star(numbers, starred), numbers)

    def tag(
        self, wanted: Mapping[int, tuple[str, ...]], before: Sequence[Summary], then: Callable[[], None] = nothing
    ) -> None:
        """Gives runs, which are as in `before`, these tags and no others; `then` follows where that has changed any."""
        changed = {run.id: run.tags for run in before if wanted.get(run.id, run.tags) != run.tags}
        new = {number: wanted[number] for number in changed}

        def remember() -> None:
            self._done.append(Done(TAGS, tuple(changed), changed))
            then()

        if changed:
            self._do(lambda library: library.tag(new), list(changed), remember)

    # -- the trash -----------------------------------------------------------------------------------------------------

    def trash(self, runs: Sequence[Summary], then: Callable[[], None] = nothing) -> None:
        """`then` follows when they are in the trash."""
        numbers = [run.id for run in runs]

        def remember() -> None:
            self._done.append(Done(DELETION, tuple(numbers)))
            then()

        self._do(lambda library: library.trash(numbers), numbers, remember)

    @property
    def can_undo(self) -> bool:
        """There is something that was not taken back yet."""
        return bool(self._done)

    def undo_text(self) -> Text:
        """What taking back is called in a menu now."""
        return self._done[-1].undo if self._done else DELETION

    def undo(self, then: Callable[[list[int]], None] = nothing) -> None:
        """Takes back the last thing that was not taken back yet; `then` is told of which runs."""
        if self._patient.waiting:
            self.notice.emit(say("What you changed is not written yet; undo it when it is."))
            return
        if not self._done:
            return
        last = self._done[-1]

        def forget() -> None:
            if last.tags is None:
                self._forget(last.numbers)
            elif last in self._done:
                self._done.remove(last)
            then(list(last.numbers))

        self._do(last.take_back, last.numbers, forget)

    def restore(self, runs: Sequence[Summary]) -> None:
        """Out of the trash again."""
        numbers = [run.id for run in runs]

        def forget() -> None:
            self._forget(numbers)
            self.notice.emit(say("Restored {runs}.", runs=named(runs)))

        if numbers:
            self._do(lambda library: library.restore(numbers), numbers, forget)

    def empty_trash(self) -> None:
        """Deletes for good what is in the trash."""
        if self._library is not None and not self._emptying.busy:
            self._done = [one for one in self._done if one.tags is not None]
            self._emptying.ask(self._library.folder, [0], _empty)

    # -- inside --------------------------------------------------------------------------------------------------------

    def _do(
        self, work: Callable[[Library], object], numbers: Sequence[int], then: Callable[[], None] = nothing
    ) -> None:
        """`then` follows when the library has done it; else the person is told why not."""

        def done(_found: object) -> None:
            self.wrote.emit(list(numbers))
            then()

        def failed(problem: str) -> None:
            self.failed.emit(problem)
            self.wrote.emit(list(numbers))

        if self._library is not None:
            self._patient.want(self._library, work, done, failed)

    def _forget(self, numbers: Sequence[int]) -> None:
        """What is back is nothing to undo."""
        back = set(numbers)
        left = [
            one if one.tags is not None else replace(one, numbers=tuple(n for n in one.numbers if n not in back))
            for one in self._done
        ]
        self._done = [one for one in left if one.numbers]

    @Slot(int, object)
    def _tell_emptied(self, _number: int, count: int) -> None:
        self.emptied.emit()
        self.notice.emit(say("Deleted {runs} for good.", runs=counted(count)))

    @Slot(int, str)
    def _refuse(self, _number: int, problem: str) -> None:
        self.emptied.emit()
        self.failed.emit(problem)


def _empty(library: Library, _number: int) -> int:
    return library.empty_trash()
