"""The pictures on the desk, what each way has made of them, and the work in the background."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import ref

from aestudio.core.data.reading.levels import Levels
from aestudio.core.denoise.cleaning import Region, clean
from aestudio.core.denoise.comparing import compare, ranked
from aestudio.core.denoise.picture import Picture
from aestudio.core.denoise.pipeline import Cleaning
from aestudio.core.denoise.way import Cleaner, Way
from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import SPACE, Text, listed, plural, say
from aestudio.studio.background import Start, plain_thread
from aestudio.studio.denoise.desk_events import (
    Learned,
    LeftOut,
    Made,
    PictureAltered,
    PicturesChanged,
)
from aestudio.studio.denoise.each_picture import DeskResult, ResultSaved, about_all, about_saved, clean_each, save_each
from aestudio.studio.denoise.entries import (
    IN_REGION,
    DeskEntry,
    estimated,
    noisy,
    pasted,
    read_all,
    with_reference,
)
from aestudio.studio.denoise.looks import Look, look, save_file, take_look
from aestudio.studio.denoise.pictures import Pictures
from aestudio.studio.denoise.work import Kind, Work
from aestudio.studio.errand import Each
from aestudio.studio.notice import Failed, Noted, Offered

if TYPE_CHECKING:
    from aestudio.core.parts.families.corruption import Corruption

LIVE_SECONDS, LIVE_SIDE = 0.25, 512
"""How often a preview of what is being learned is made, and the side of the part that it shows."""


@dataclass(frozen=True, eq=False)
class _Arrived(Each):
    """A picture was read."""

    entry: DeskEntry


@dataclass(frozen=True, eq=False)
class _Seen:
    """What is being learned, of this picture."""

    entry: DeskEntry
    learned: Learned


class Desk(Work):
    """Everything that the page Denoise shows and does. One piece of work at a time; `tick` takes in what it told."""

    def __init__(self, start: Start = plain_thread, wake: Callable[[], None] = lambda: None) -> None:
        super().__init__(start, wake)
        self.pictures = Pictures()
        self._shown = 0.0
        self._is_first = False
        self._rows: list[DeskResult] = []
        self._sums_up = False

    @property
    def entries(self) -> list[DeskEntry]:
        return self.pictures.entries

    @property
    def current(self) -> DeskEntry | None:
        return self.pictures.current

    @property
    def can_clean(self) -> bool:
        """Now, or as soon as the picture is ready."""
        return self.under_way is Kind.OPENING or (self.current is not None and self.under_way is not Kind.LONG)

    # -- pictures ------------------------------------------------------------------------------------------------------

    def choose(self, index: int) -> None:
        """Shows another picture."""
        if self.pictures.choose(index):
            self._tell(PicturesChanged())

    def remove(self, index: int) -> None:
        """Takes a picture off the desk, and offers to bring it back; its file stays."""
        gone = self.pictures.remove(index)
        if gone is None:
            return
        self._tell(PicturesChanged())
        if gone.path is None:
            said = say("{name} was taken off the list.", name=gone.name)
        else:
            said = say("{name} was taken off the list; its file stays.", name=gone.name)
        self._tell(Offered(said, say("Undo"), self._bringing_back(gone.name, ref(gone)), warns=False))

    def _bringing_back(self, name: str, offered: ref[DeskEntry]) -> Callable[[], None]:
        """An offer lasts, and keeps nothing that memory has no room for."""

        def undo() -> None:
            if (entry := offered()) is not None:
                self.bring_back(entry)
            else:
                self._tell(Noted(say("{name} is not kept any more; open it again.", name=name)))

        return undo

    def bring_back(self, entry: DeskEntry | None = None) -> None:
        """A picture that was taken off, the last unless it is named, is there again, with its results."""
        back = self.pictures.bring_back(entry)
        if back is not None:
            self._tell(PicturesChanged())
            self._tell(Noted(say("{name} is on the list again.", name=back.name)))

    def open(self, paths: Sequence[Path]) -> None:
        """Reads files, and the pictures in folders, in the background; each is there as soon as it is read, and each
        that cannot be is told. What is dropped while others are opened is opened next.
        """

        def begin() -> None:
            work = partial(read_all, tuple(paths), lambda entry: self._errand.post(_Arrived(entry)))
            self._is_first = True
            self._start(work, say("Opening pictures"), self._all_read, Kind.OPENING)

        self._after_opening(begin)

    def add(self, picture: Picture) -> None:
        """A picture that is no file, such as one from the clipboard."""

        def begin() -> None:
            doing = say("Looking at {name}", name=picture.name)
            self._start(partial(estimated, picture), doing, self._add_one, Kind.OPENING)

        self._after_opening(begin)

    def _after_opening(self, begin: Callable[[], None]) -> None:
        if self.under_way is Kind.OPENING:
            self._wish(begin, begin)
        elif self._can_start():
            begin()

    def _add_one(self, entry: object) -> None:
        assert isinstance(entry, DeskEntry)
        self.pictures.current = self.pictures.add(entry)
        self._tell(PicturesChanged())

    def _take_arrived(self, entry: DeskEntry) -> None:
        there = self.pictures.add(entry)
        if self._is_first:
            self._is_first, self.pictures.current = False, there
        self._tell(PicturesChanged())

    def _all_read(self, problems: object) -> None:
        assert isinstance(problems, list)
        self._tell(LeftOut(tuple(problems)))

    def show_page(self, page: int) -> None:
        """Another page of the chosen picture's file."""
        entry = self.current
        if entry is not None and 0 <= page < entry.pages and page != entry.page:
            self._look(entry, page, entry.levels)

    def set_levels(self, levels: Levels | None) -> None:
        """Which stored values of the chosen picture are black and white; None finds them."""
        entry = self.current
        if entry is not None and not entry.picture.keeps_type and not self.running:
            entry.levels = levels
            self._look(entry, entry.page, levels)

    def _look(self, entry: DeskEntry, page: int, levels: Levels | None) -> None:
        if self._can_start():
            doing, then = say("Looking at {name}", name=entry.name), partial(self._take_look, entry)
            self._start(partial(look, entry, page, levels), doing, then, Kind.LOOKING)

    def _take_look(self, entry: DeskEntry, seen: object) -> None:
        assert isinstance(seen, Look)
        take_look(entry, seen)
        self._altered(entry)

    def add_noise(self, corruption: Corruption, seed: int = 0) -> None:
        """Makes the chosen picture noisy; as it was is then the reference."""
        entry = self.current
        if entry is None or not self._can_start():
            return
        clean_one = entry.before_noise or entry.picture
        work, then = partial(noisy, clean_one, corruption, seed), partial(self._take_noisy, entry)
        self._start(work, say("Adding noise"), then, Kind.LOOKING)

    def _take_noisy(self, entry: DeskEntry, found: object) -> None:
        assert isinstance(found, tuple)
        before, entry.picture, entry.found, entry.noise, entry.as_it_is = found
        if entry.before_noise is None:
            entry.before_noise = before
        entry.reference = before
        entry.forget()
        self._altered(entry)

    def take_noise_off(self) -> None:
        """The chosen picture as it was before noise was added."""
        entry = self.current
        if entry is None or entry.before_noise is None or not self._can_start():
            return
        entry.picture, entry.before_noise, entry.reference, entry.noise = entry.before_noise, None, None, ""
        entry.as_it_is = None
        entry.forget()
        work, then = partial(estimated, entry.picture), partial(self._take_sigma, entry)
        self._start(work, say("Looking at the picture"), then, Kind.LOOKING)

    def _take_sigma(self, entry: DeskEntry, found: object) -> None:
        assert isinstance(found, DeskEntry)
        entry.found = found.found
        self._altered(entry)

    def set_reference(self, path: Path) -> None:
        """A file that shows the chosen picture without noise."""
        entry = self.current
        if entry is not None and self._can_start():
            self._start(
                partial(with_reference, path, entry),
                say("Opening {name}", name=path.name),
                partial(self._take_reference, entry),
                Kind.LOOKING,
            )

    def _take_reference(self, entry: DeskEntry, found: object) -> None:
        assert isinstance(found, tuple)
        entry.reference, entry.as_it_is, entry.results = found
        self._altered(entry)

    def _altered(self, entry: DeskEntry) -> None:
        if entry is self.current:
            self._tell(PictureAltered())

    # -- ways ----------------------------------------------------------------------------------------------------------

    def clean(
        self,
        name: str,
        way: Way,
        *,
        sigma: float | None = None,
        strength: float = 1.0,
        region: Region | None = None,
        all_pictures: bool = False,
    ) -> None:
        """Cleans the chosen picture, or a region of it. `sigma` None is the estimate. A way that learns from many does
        so from all pictures of the same kind on the desk where `all_pictures` says so.
        """

        def begin(entry: DeskEntry) -> None:
            others = [one.picture for one in self.pictures.alike(entry)] if all_pictures else []
            how = Cleaning(way, sigma, strength, estimate=entry.found)
            picture, show = entry.picture, partial(self._preview, entry, region)

            def work(report: Report) -> None:
                known = entry.reference
                made = how.run(picture, name, others=others, region=region, reference=known, report=report, show=show)
                self._errand.post(DeskResult(entry, how, made, region))

            self._start_cleaning(work, say("{way}: cleaning {name}", way=Text(name), name=entry.name))

        self._when_ready(begin, self.current)

    def clean_all(self, name: str, way: Way, *, sigma: float | None = None, strength: float = 1.0) -> None:
        """Cleans every picture on the desk in the same way; each result is there as soon as it is made. Those that were
        cleaned so already are left as they are, unless all were.
        """

        def begin(_entry: DeskEntry) -> None:
            how = Cleaning(way, sigma, strength)
            entries = [entry for entry in self.entries if not entry.is_cleaned(name, how)] or tuple(self.entries)
            doing = plural("Cleaning {count:,} picture", "Cleaning {count:,} pictures", len(entries))
            self._start_cleaning(partial(clean_each, entries, name, how, self._errand.post), str(doing), sums_up=True)

        self._when_ready(begin, None)

    def compare(
        self,
        ways: Mapping[str, Way],
        *,
        sigma: float | None = None,
        strength: float = 1.0,
        region: Region | None = None,
    ) -> None:
        """Runs every way on the chosen picture, one after the other; each result is there as soon as it is made."""

        def begin(entry: DeskEntry) -> None:
            hows = {name: Cleaning(way, sigma, strength) for name, way in ways.items()}
            picture, found, reference = entry.picture, entry.found, entry.reference

            def work(report: Report) -> None:
                compare(
                    picture,
                    ways,
                    sigma,
                    estimate=found,
                    reference=reference,
                    region=region,
                    strength=strength,
                    report=report,
                    on_result=lambda made: self._errand.post(DeskResult(entry, hows[made.name], made, region)),
                )

            self._start_cleaning(work, say("Comparing on {name}", name=entry.name))

        self._when_ready(begin, self.current)

    def _when_ready(self, begin: Callable[[DeskEntry], None], entry: DeskEntry | None) -> None:
        """Begins with this picture, or, while pictures are made ready, as soon as they are; with the one that is chosen
        then where it is None. Pressed again meanwhile, it is done once, as it was wanted last.
        """

        def wish() -> None:
            wanted = entry or self.current
            if wanted is not None and wanted in self.entries:
                begin(wanted)

        if self.under_way in (Kind.OPENING, Kind.LOOKING):
            self._wishes.pop(None, None)
            self._wish(entry, wish)
            self._tell(Noted(say("Cleaning begins as soon as the pictures are ready.")))
        elif self._can_start():
            wish()

    def _start_cleaning(self, work: Callable[[Report], None], name: str, *, sums_up: bool = False) -> None:
        """It posts rows; at the end it `sums_up` how many there are."""
        self._rows, self._sums_up, self._shown = [], sums_up, 0.0
        self._start(work, name)

    def _preview(self, entry: DeskEntry, region: Region | None, cleaner: Cleaner) -> None:
        """In the worker's thread: the middle of what is being cleaned, as far as it has been learned."""
        if time.monotonic() - self._shown < LIVE_SECONDS:
            return
        self._shown, picture = time.monotonic(), entry.picture
        whole = region or Region(0, 0, picture.height, picture.width)
        height, width = min(LIVE_SIDE, whole.height), min(LIVE_SIDE, whole.width)
        part = Region(whole.top + (whole.height - height) // 2, whole.left + (whole.width - width) // 2, height, width)
        self._errand.post(_Seen(entry, Learned(clean(picture, cleaner, region=part), part)))

    def _take_row(self, row: DeskResult) -> None:
        entry, result, name = row.entry, row.result, _name(row)
        self._rows.append(row)
        entry.cleanings[name] = row.how
        result = replace(result, name=name)
        if row.region is not None:
            entry.regions[name] = row.region
            result = pasted(result, entry.picture, row.region)
        elif result.picture is not None:
            entry.unsaved.add(name)
        else:
            entry.unsaved.discard(name)
        entry.results[name] = result
        self._tell(PictureAltered())  # the list says of each how many results there are

    def _show_best(self, rows: Sequence[DeskResult]) -> None:
        """Of what was made of the chosen picture."""
        made = [row for row in rows if row.entry is self.current and row.result.picture is not None]
        best = next(iter(ranked(replace(row.result, name=_name(row)) for row in made)), None)
        if best is not None:
            self._tell(Made(best.name))

    def save(self, name: str, path: Path) -> None:
        """Writes a result in the background."""
        entry = self.current
        result = entry.results.get(name) if entry is not None else None
        if entry is None or result is None or result.picture is None or not self._can_start():
            return
        doing, then = say("Saving {name}", name=path.name), partial(self._take_saved, entry)
        self._start(partial(save_file, entry, name, path), doing, then)

    def _take_saved(self, entry: DeskEntry, path: object) -> None:
        entry.unsaved.clear()  # the person has chosen the one that is wanted
        self._tell(Noted(say("Saved {path}", path=path)))

    def unsaved(self, name: str) -> list[DeskEntry]:
        """The pictures whose result of this name lies in no file."""
        return [entry for entry in self.entries if name in entry.unsaved]

    def save_all(self, name: str) -> None:
        """Writes the results of this name, each beside its picture."""
        entries = self.unsaved(name)
        if entries and self._can_start():
            doing = plural("Saving {count:,} result", "Saving {count:,} results", len(entries))
            self._start(partial(save_each, entries, name, self._errand.post), str(doing), self._take_all_saved)

    def _take_all_saved(self, found: object) -> None:
        assert isinstance(found, tuple)
        count, problems = found
        said = str(listed(about_saved(count, problems), SPACE))
        self._tell(Failed(said) if problems else Noted(said))

    # -- the work ------------------------------------------------------------------------------------------------------

    def _take(self, told: object) -> None:
        match told:
            case _Seen(entry, learned) if entry is self.current:
                self._tell(learned)
            case _Arrived(entry):
                self._take_arrived(entry)
            case DeskResult():
                self._take_row(told)
            case ResultSaved(entry):
                entry.unsaved.clear()

    def _see_end(self, problem: str, *, cancelled: bool) -> None:
        rows, self._rows = self._rows, []
        if problem or rows:
            self._tell(PictureAltered())  # a preview goes away
        self._show_best(rows)
        about = about_all(rows) if self._sums_up else []
        if problem or about:
            fails = [row for row in rows if self._sums_up and row.result.picture is None]
            said = str(listed([*filter(None, [problem]), *about], SPACE))
            self._tell(Failed(said) if fails or (problem and not cancelled) else Noted(said))


def _name(row: DeskResult) -> str:
    """Of its result; one of a region stands beside that of the whole picture."""
    return row.result.name + (IN_REGION if row.region is not None else "")
