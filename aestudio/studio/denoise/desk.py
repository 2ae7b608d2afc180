"""The pictures on the desk, what each way has made of them, and the work in the background."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from aestudio.core.data.reading.levels import Levels
from aestudio.core.denoise.cleaning import Region, clean
from aestudio.core.denoise.comparing import compare, ranked
from aestudio.core.denoise.picture import Picture
from aestudio.core.denoise.pipeline import Cleaning, Result
from aestudio.core.denoise.way import Cleaner, Way
from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import Text, say
from aestudio.studio.background import Start, plain_thread
from aestudio.studio.denoise.desk_events import (
    Busy,
    DeskEvent,
    Learned,
    LeftOut,
    Made,
    PictureAltered,
    PicturesChanged,
    Working,
)
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
from aestudio.studio.errand import Doing, Errand, Over
from aestudio.studio.notice import Failed, Noted

if TYPE_CHECKING:
    from aestudio.core.parts.families.corruption import Corruption

LIVE_SECONDS, LIVE_SIDE = 0.25, 512
"""How often a preview of what is being learned is made, and the side of the part that it shows."""


@dataclass(frozen=True, eq=False)
class _Rows:
    """What a comparison has found so far."""

    entry: DeskEntry
    region: Region | None
    hows: Mapping[str, Cleaning]
    found: list[Result]


class Desk:
    """Everything that the page Denoise shows and does. One piece of work at a time; `tick` takes in what it told."""

    def __init__(self, start: Start = plain_thread, wake: Callable[[], None] = lambda: None) -> None:
        """`start` begins work in the background; `wake` is called when there will be something to take in."""
        self.entries: list[DeskEntry] = []
        self._current: DeskEntry | None = None
        self._errand, self._wake = Errand(start), wake
        self._readers: list[Callable[[DeskEvent], None]] = []
        self._then: Callable[[object], None] | None = None
        self._began = self._shown = 0.0
        self._told: list[Result] = []

    def listen(self, reader: Callable[[DeskEvent], None]) -> None:
        """Tells all that becomes of the pictures, in the thread that ticks."""
        self._readers.append(reader)

    def _tell(self, event: DeskEvent) -> None:
        for reader in self._readers:
            reader(event)

    @property
    def current(self) -> DeskEntry | None:
        return self._current

    @property
    def running(self) -> bool:
        return self._errand.running

    # -- pictures ------------------------------------------------------------------------------------------------------

    def choose(self, index: int) -> None:
        """Shows another picture."""
        wanted = self.entries[index] if 0 <= index < len(self.entries) else None
        if wanted is not self._current:
            self._current = wanted
            self._tell(PicturesChanged())

    def remove(self, index: int) -> None:
        """Takes a picture off the desk; its file stays."""
        if self.running or not 0 <= index < len(self.entries):
            return
        gone = self.entries.pop(index)
        if gone is self._current:
            self._current = self.entries[min(index, len(self.entries) - 1)] if self.entries else None
        self._tell(PicturesChanged())

    def open(self, paths: Sequence[Path]) -> None:
        """Reads files, and the pictures in folders, in the background. Each that cannot be read is told."""
        if self._can_start():
            self._start(partial(read_all, tuple(paths)), say("Opening pictures"), self._add_read)

    def add(self, picture: Picture) -> None:
        """A picture that is no file, such as one from the clipboard."""
        if self._can_start():
            self._start(partial(estimated, picture), say("Looking at {name}", name=picture.name), self._add_one)

    def _add_one(self, entry: object) -> None:
        assert isinstance(entry, DeskEntry)
        self.entries.append(entry)
        self._current = entry
        self._tell(PicturesChanged())

    def _add_read(self, found: object) -> None:
        assert isinstance(found, tuple)
        entries, problems = found
        known = {entry.path for entry in self.entries}
        new = [entry for entry in entries if entry.path not in known]
        self.entries += new
        if new:
            self._current = new[0]
        elif entries:
            self._current = next(entry for entry in self.entries if entry.path == entries[0].path)
        self._tell(PicturesChanged())
        self._tell(LeftOut(tuple(problems)))

    def show_page(self, page: int) -> None:
        """Another page of the chosen picture's file."""
        entry = self._current
        if entry is not None and 0 <= page < entry.pages and page != entry.page:
            self._look(entry, page, entry.levels)

    def set_levels(self, levels: Levels | None) -> None:
        """Which stored values of the chosen picture are black and white; None finds them."""
        entry = self._current
        if entry is not None and not entry.picture.keeps_type and not self.running:
            entry.levels = levels
            self._look(entry, entry.page, levels)

    def _look(self, entry: DeskEntry, page: int, levels: Levels | None) -> None:
        if self._can_start():
            doing, then = say("Looking at {name}", name=entry.name), partial(self._take_look, entry)
            self._start(partial(look, entry, page, levels), doing, then)

    def _take_look(self, entry: DeskEntry, seen: object) -> None:
        assert isinstance(seen, Look)
        take_look(entry, seen)
        self._altered(entry)

    def add_noise(self, corruption: Corruption, seed: int = 0) -> None:
        """Makes the chosen picture noisy; as it was is then the reference."""
        entry = self._current
        if entry is None or not self._can_start():
            return
        clean_one = entry.before_noise or entry.picture
        self._start(partial(noisy, clean_one, corruption, seed), say("Adding noise"), partial(self._take_noisy, entry))

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
        entry = self._current
        if entry is None or entry.before_noise is None or not self._can_start():
            return
        entry.picture, entry.before_noise, entry.reference, entry.noise = entry.before_noise, None, None, ""
        entry.as_it_is = None
        entry.forget()
        self._start(partial(estimated, entry.picture), say("Looking at the picture"), partial(self._take_sigma, entry))

    def _take_sigma(self, entry: DeskEntry, found: object) -> None:
        assert isinstance(found, DeskEntry)
        entry.found = found.found
        self._altered(entry)

    def set_reference(self, path: Path) -> None:
        """A file that shows the chosen picture without noise."""
        entry = self._current
        if entry is not None and self._can_start():
            self._start(
                partial(with_reference, path, entry),
                say("Opening {name}", name=path.name),
                partial(self._take_reference, entry),
            )

    def _take_reference(self, entry: DeskEntry, found: object) -> None:
        assert isinstance(found, tuple)
        entry.reference, entry.as_it_is, entry.results = found
        self._altered(entry)

    def _altered(self, entry: DeskEntry) -> None:
        if entry is self._current:
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
        entry = self._current
        if entry is None or not self._can_start():
            return
        others = [
            one.picture
            for one in self.entries
            if all_pictures and one is not entry and one.picture.channels == entry.picture.channels
        ]
        how = Cleaning(way, sigma, strength, estimate=entry.found)
        show = partial(self._preview, entry.picture, region)

        def work(report: Report) -> list[Result]:
            known = entry.reference
            made = how.run(entry.picture, name, others=others, region=region, reference=known, report=report, show=show)
            return [made]

        self._start(
            work,
            say("{way}: cleaning {name}", way=Text(name), name=entry.name),
            partial(self._take_results, entry, region, {name: how}),
        )

    def compare(
        self,
        ways: Mapping[str, Way],
        *,
        sigma: float | None = None,
        strength: float = 1.0,
        region: Region | None = None,
    ) -> None:
        """Runs every way on the chosen picture, one after the other; each result is there as soon as it is made."""
        entry = self._current
        if entry is None or not self._can_start():
            return
        self._told = told = []
        hows = {name: Cleaning(way, sigma, strength) for name, way in ways.items()}

        def keep(result: Result) -> None:
            told.append(result)
            self._errand.post(_Rows(entry, region, hows, list(told)))

        def work(report: Report) -> list[Result]:
            return compare(
                entry.picture,
                ways,
                sigma,
                estimate=entry.found,
                reference=entry.reference,
                region=region,
                strength=strength,
                report=report,
                on_result=keep,
            )

        doing, then = say("Comparing on {name}", name=entry.name), partial(self._take_results, entry, region, hows)
        self._start(work, doing, then)

    def _preview(self, picture: Picture, region: Region | None, cleaner: Cleaner) -> None:
        """In the worker's thread: the middle of what is being cleaned, as far as it has been learned."""
        if time.monotonic() - self._shown < LIVE_SECONDS:
            return
        self._shown = time.monotonic()
        whole = region or Region(0, 0, picture.height, picture.width)
        height, width = min(LIVE_SIDE, whole.height), min(LIVE_SIDE, whole.width)
        part = Region(whole.top + (whole.height - height) // 2, whole.left + (whole.width - width) // 2, height, width)
        self._errand.post(Learned(clean(picture, cleaner, region=part), part))

    def _take_results(
        self, entry: DeskEntry, region: Region | None, hows: Mapping[str, Cleaning], found: object
    ) -> None:
        assert isinstance(found, list)
        names = self._keep_results(entry, region, hows, found)
        best = next((one for one in ranked(found) if one.picture is not None), None)
        if best is not None and entry is self._current:
            self._tell(Made(names[best.name]))

    def _keep_results(
        self, entry: DeskEntry, region: Region | None, hows: Mapping[str, Cleaning], found: list[Result]
    ) -> dict[str, str]:
        """Returns: by the name of the way that of its result."""
        names = {}
        for result in found:
            name = names[result.name] = result.name + (IN_REGION if region is not None else "")
            entry.cleanings[name] = hows[result.name]
            result = replace(result, name=name)
            if region is not None:
                entry.regions[name] = region
                result = pasted(result, entry.picture, region)
            elif result.picture is not None:
                entry.unsaved.add(name)
            entry.results[name] = result
        self._altered(entry)
        return names

    def save(self, name: str, path: Path) -> None:
        """Writes a result in the background."""
        entry = self._current
        result = entry.results.get(name) if entry is not None else None
        if entry is None or result is None or result.picture is None or not self._can_start():
            return
        doing, then = say("Saving {name}", name=path.name), partial(self._take_saved, entry)
        self._start(partial(save_file, entry, name, path), doing, then)

    def _take_saved(self, entry: DeskEntry, path: object) -> None:
        entry.unsaved.clear()  # the person has chosen the one that is wanted
        self._tell(Noted(say("Saved {path}", path=path)))

    # -- the work ------------------------------------------------------------------------------------------------------

    def cancel(self) -> None:
        """Gives up what is being done; results that are there stay."""
        self._errand.cancel()

    def close(self, seconds: float) -> bool:
        """False where the work would not stop in time."""
        return self._errand.close(seconds)

    def tick(self) -> None:
        """Takes in what has come from the background since the last time."""
        for told in self._errand.take():
            match told:
                case Doing(doing, fraction):
                    passed = time.monotonic() - self._began
                    known = fraction > 0.001 and passed > 1
                    self._tell(Working(doing, fraction, passed * (1 - fraction) / fraction if known else None))
                case Learned():
                    self._tell(told)
                case _Rows(entry, region, hows, rows):
                    self._keep_results(entry, region, hows, rows)
                case Over(found, problem):
                    self._end(found, problem)

    def _can_start(self) -> bool:
        if self.running:
            self._tell(Failed(say("Something else is being done; wait for it, or cancel it first.")))
        return not self.running

    def _start(self, work: Callable[[Report], object], name: str, then: Callable[[object], None]) -> None:
        self._then, self._began, self._shown = then, time.monotonic(), 0.0
        self._errand.begin(work, name)
        self._wake()
        self._tell(Busy(True))

    def _end(self, found: object, problem: str) -> None:
        then, self._then = self._then, None
        self._tell(Busy(False))
        if problem:
            if self._told and then is not None:  # a comparison that was given up keeps what it has found
                then(list(self._told))
            self._tell(PictureAltered())  # a preview goes away
            self._tell(Noted(problem) if self._errand.cancelled else Failed(problem))
        elif then is not None:
            then(found)
        self._told = []
