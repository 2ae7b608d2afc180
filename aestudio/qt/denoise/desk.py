"""The pictures on the desk, what each way has made of them, and the work in the background. No widgets."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from aestudio.core.data.sources.folder import walk
from aestudio.core.denoise.cleaning import SHARE, Region, clean, free_memory
from aestudio.core.denoise.comparing import Result, compare, ranked, scored
from aestudio.core.denoise.files.reading import read_picture
from aestudio.core.denoise.files.writing import write_picture
from aestudio.core.denoise.noise import add_noise, estimate_sigma
from aestudio.core.denoise.picture import Picture, Values
from aestudio.core.denoise.way import Cleaner, Watch, Way
from aestudio.core.ground.errors import DenoiseError, StudioError, reason
from aestudio.core.ground.reports import Report
from aestudio.core.parts.families.corruption import Corruption
from aestudio.qt.task import Task

LIVE_MS, LIVE_SIDE = 250, 512
"""How often a preview of what is being learned is looked for, and the side of the part that it shows."""
AS_IT_IS = "Picture as it is"


@dataclass(eq=False)
class DeskEntry:
    """A picture on the desk."""

    picture: Picture
    """As it is to be cleaned, noise that was added included."""
    path: Path | None = None
    sigma: float = 0.0
    """Estimated, white being 1."""
    reference: Values | None = None
    """The clean picture [H, W, C], where it is known."""
    before_noise: Picture | None = None
    """Without the noise that was added here."""
    noise: str = ""
    """Which noise was added, in words."""
    results: dict[str, Result] = field(default_factory=dict)
    """By the name of the way, each on the whole picture or on a region that the rest of the picture surrounds."""
    as_it_is: Result | None = None
    """The scores of the picture itself, where there is a reference."""
    regions: dict[str, Region] = field(default_factory=dict)
    """Of the results that are of a region only."""

    @property
    def name(self) -> str:
        return self.picture.name

    def as_file(self, result: Picture) -> Picture:
        """A result in the depth that the file had before noise was added to it here."""
        if self.before_noise is None:
            return result
        return self.before_noise.with_stored(self.before_noise.as_stored(result.values()))

    def ranked(self) -> list[Result]:
        return ranked(self.results.values())

    def forget(self) -> None:
        """Other pixels: what was made of the old ones is of no use."""
        self.results.clear()
        self.regions.clear()


class Desk(QObject):
    """Everything that the page shows and does. One piece of work at a time."""

    changed = Signal()
    """There are other pictures, or another one is chosen."""
    altered = Signal()
    """The chosen picture, its reference or its results are not what they were."""
    busy = Signal(bool)
    said = Signal(str, float, float)
    """What is being done, the fraction (negative: unknown) and the seconds left (negative: unknown)."""
    refused = Signal(str)
    """A sentence for the person."""
    told = Signal(str)
    leftOut = Signal(list)  # noqa: N815
    """Why files that were to be opened are not on the desk, a sentence for each; empty where all are."""
    previewed = Signal(object)
    """A Picture of what has been learned so far, and where it lies: (Picture, Region)."""
    made = Signal(str)
    """The name of a result that is there now."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.entries: list[DeskEntry] = []
        self._current: DeskEntry | None = None
        self.task = Task(self)
        self.task.said.connect(self._say)
        self.task.ended.connect(self._end)
        self._then: Callable[[object], None] | None = None
        self._began = 0.0
        self._live: tuple[Picture, Region] | None = None
        self._told: list[Result] = []
        self._looking = QTimer(self)
        self._looking.setInterval(LIVE_MS)
        self._looking.timeout.connect(self._look)

    @property
    def current(self) -> DeskEntry | None:
        return self._current

    @property
    def running(self) -> bool:
        return self.task.running

    # -- pictures ------------------------------------------------------------------------------------------------------

    def choose(self, index: int) -> None:
        """Shows another picture."""
        wanted = self.entries[index] if 0 <= index < len(self.entries) else None
        if wanted is not self._current:
            self._current = wanted
            self.changed.emit()

    def remove(self, index: int) -> None:
        """Takes a picture off the desk; its file stays."""
        if self.running or not 0 <= index < len(self.entries):
            return
        gone = self.entries.pop(index)
        if gone is self._current:
            self._current = self.entries[min(index, len(self.entries) - 1)] if self.entries else None
        self.changed.emit()

    def open(self, paths: Sequence[Path]) -> None:
        """Reads files, and the pictures in folders, in the background. Each that cannot be read is told."""
        if self._can_start():
            self._start(partial(_read_all, tuple(paths)), "Opening pictures", self._add_read)

    def add(self, picture: Picture) -> None:
        """A picture that is no file, such as one from the clipboard."""
        if self._can_start():
            self._start(partial(_estimated, picture), f"Looking at {picture.name}", self._add_one)

    def _add_one(self, entry: object) -> None:
        assert isinstance(entry, DeskEntry)
        self.entries.append(entry)
        self._current = entry
        self.changed.emit()

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
        self.changed.emit()
        self.leftOut.emit(problems)

    def add_noise(self, corruption: Corruption, seed: int = 0) -> None:
        """Makes the chosen picture noisy; as it was is then the reference."""
        entry = self._current
        if entry is None or not self._can_start():
            return
        clean_one = entry.before_noise or entry.picture
        self._start(partial(_noisy, clean_one, corruption, seed), "Adding noise", partial(self._take_noisy, entry))

    def _take_noisy(self, entry: DeskEntry, found: object) -> None:
        assert isinstance(found, tuple)
        before, entry.picture, entry.sigma, entry.noise, entry.as_it_is = found
        if entry.before_noise is None:
            entry.before_noise = before
        entry.reference = before.values()
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
        self._start(partial(_estimated, entry.picture), "Looking at the picture", partial(self._take_sigma, entry))

    def _take_sigma(self, entry: DeskEntry, found: object) -> None:
        assert isinstance(found, DeskEntry)
        entry.sigma = found.sigma
        self._altered(entry)

    def set_reference(self, path: Path) -> None:
        """A file that shows the chosen picture without noise."""
        entry = self._current
        if entry is not None and self._can_start():
            self._start(partial(_reference, path, entry), f"Opening {path.name}", partial(self._take_reference, entry))

    def _take_reference(self, entry: DeskEntry, found: object) -> None:
        assert isinstance(found, tuple)
        entry.reference, entry.as_it_is, entry.results = found
        self._altered(entry)

    def _altered(self, entry: DeskEntry) -> None:
        if entry is self._current:
            self.altered.emit()

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
        noise = entry.sigma if sigma is None else sigma
        work = partial(self._cleaned, name, way, entry, others, noise, strength, region)
        self._start(work, f"{name}: cleaning {entry.name}", partial(self._take_results, entry, region))

    def compare(
        self,
        ways: Mapping[str, Way],
        *,
        sigma: float | None = None,
        strength: float = 1.0,
        region: Region | None = None,
    ) -> None:
        """Runs every way on the chosen picture, one after the other."""
        entry = self._current
        if entry is None or not self._can_start():
            return
        noise = entry.sigma if sigma is None else sigma
        self._told = []
        reference = _within(entry.reference, region)

        def work(report: Report) -> list[Result]:
            return compare(
                entry.picture,
                ways,
                noise,
                reference=reference,
                region=region,
                strength=strength,
                report=report,
                on_result=self._told.append,
            )

        self._start(work, f"Comparing on {entry.name}", partial(self._take_results, entry, region))

    def _cleaned(
        self,
        name: str,
        way: Way,
        entry: DeskEntry,
        others: Sequence[Picture],
        sigma: float,
        strength: float,
        region: Region | None,
        report: Report,
    ) -> list[Result]:
        began = time.perf_counter()
        preparing = _part(report, 0.0, 0.9 if way.learns else 0.02)
        cleaner = way.prepare(
            [entry.picture, *others], sigma, Watch(preparing, partial(self._preview, entry.picture, region))
        )
        rest = _part(report, 0.9 if way.learns else 0.02, 1.0)
        made = clean(entry.picture, cleaner, region=region, strength=strength, report=rest)
        reference = _within(entry.reference, region)
        return [scored(name, made, time.perf_counter() - began, reference, cleaner.note.strip())]

    def _preview(self, picture: Picture, region: Region | None, cleaner: Cleaner) -> None:
        """In the worker's thread: the middle of what is being cleaned, as far as it has been learned."""
        whole = region or Region(0, 0, picture.height, picture.width)
        height, width = min(LIVE_SIDE, whole.height), min(LIVE_SIDE, whole.width)
        part = Region(whole.top + (whole.height - height) // 2, whole.left + (whole.width - width) // 2, height, width)
        self._live = (clean(picture, cleaner, region=part), part)

    def _take_results(self, entry: DeskEntry, region: Region | None, found: object) -> None:
        assert isinstance(found, list)
        for result in found:
            if result.picture is not None and region is not None:
                entry.regions[result.name] = region
                result = _pasted(result, entry.picture, region)
            else:
                entry.regions.pop(result.name, None)
            entry.results[result.name] = result
        self._altered(entry)
        best = next((one for one in ranked(found) if one.picture is not None), None)
        if best is not None and entry is self._current:
            self.made.emit(best.name)

    # -- files ---------------------------------------------------------------------------------------------------------

    def save(self, name: str, path: Path) -> None:
        """Writes a result in the background."""
        entry = self._current
        result = entry.results.get(name) if entry is not None else None
        if entry is None or result is None or result.picture is None or not self._can_start():
            return
        picture = entry.as_file(result.picture)

        def work(report: Report) -> Path:
            write_picture(picture, path, report)
            return path

        self._start(work, f"Saving {path.name}", self._take_saved)

    def _take_saved(self, path: object) -> None:
        self.told.emit(f"Saved {path}")

    # -- the work ------------------------------------------------------------------------------------------------------

    def cancel(self) -> None:
        """Gives up what is being done; results that are there stay."""
        self.task.cancel()

    def close(self, seconds: float) -> bool:
        """False where the work would not stop in time."""
        self._looking.stop()
        return self.task.close(seconds)

    def _can_start(self) -> bool:
        if self.running:
            self.refused.emit("Something else is being done; wait for it, or cancel it first.")
        return not self.running

    def _start(self, work: Callable[[Report], object], name: str, then: Callable[[object], None]) -> None:
        self._then, self._began, self._live = then, time.monotonic(), None
        self.task.start(work, name)
        self._looking.start()
        self.busy.emit(True)

    @Slot(str, float)
    def _say(self, doing: str, fraction: float) -> None:
        passed = time.monotonic() - self._began
        left = passed * (1 - fraction) / fraction if fraction > 0.001 and passed > 1 else -1.0
        self.said.emit(doing, fraction, left)

    @Slot()
    def _look(self) -> None:
        live, self._live = self._live, None
        if live is not None:
            self.previewed.emit(live)

    @Slot(object, str)
    def _end(self, found: object, problem: str) -> None:
        self._looking.stop()
        then, self._then, self._live = self._then, None, None
        self.busy.emit(False)
        if problem:
            if self._told and then is not None:  # a comparison that was given up keeps what it has found
                then(list(self._told))
            self.altered.emit()  # a preview goes away
            (self.told if self.task.cancelled else self.refused).emit(problem)
        elif then is not None:
            then(found)
        self._told = []


# -- in the worker's thread --------------------------------------------------------------------------------------------


def _read_all(paths: Sequence[Path], report: Report) -> tuple[list[DeskEntry], list[str]]:
    problems: list[str] = []
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            closed: list[str] = []
            inside = [
                entry.path
                for some in walk(path, lambda error, closed=closed: closed.append(_closed(error)))  # type: ignore[misc]
                for entry in some
            ]
            problems += closed
            if not inside and not closed:
                problems.append(f"There are no pictures in {path.name or path}.")
            files += inside
        else:
            files.append(path)
    entries: list[DeskEntry] = []
    room = SHARE * free_memory()
    for number, path in enumerate(files):
        report(f"Opening {path.name}", number / len(files))
        if room <= 0:
            problems.append(
                f"Only {number:,} of {len(files):,} pictures were opened, since memory ends; clean a whole folder with "
                "Batch…"
            )
            break
        try:
            picture = read_picture(path)
            entries.append(DeskEntry(picture, path, estimate_sigma(picture)))
            room -= picture.stored.nbytes
        except StudioError as error:
            problems.append(str(error))
    return entries, problems


def _closed(error: OSError) -> str:
    return f"The folder {error.filename} cannot be opened: {reason(error)}"


def _estimated(picture: Picture, _report: Report) -> DeskEntry:
    return DeskEntry(picture, sigma=estimate_sigma(picture))


def _noisy(
    picture: Picture, corruption: Corruption, seed: int, report: Report
) -> tuple[Picture, Picture, float, str, Result]:
    report("Adding noise", None)
    values = add_noise(picture, corruption, seed)
    # In floating point, so that nothing of the noise is cut off.
    made = Picture(values, 1.0, picture.alpha, picture.name, dict(picture.extras))
    as_it_is = scored(AS_IT_IS, made, 0.0, picture.values())
    return picture, made, estimate_sigma(made), str(corruption.describe()), as_it_is


def _reference(path: Path, entry: DeskEntry, report: Report) -> tuple[Values, Result, dict[str, Result]]:
    report(f"Opening {path.name}", None)
    values = read_picture(path).values()
    if values.shape[2] == 1 and entry.picture.channels == 3:
        values = np.repeat(values, 3, axis=2)
    as_it_is = scored(AS_IT_IS, entry.picture, 0.0, values)  # refuses one of another size
    results = {}
    for name, one in entry.results.items():
        region = entry.regions.get(name)
        if one.picture is None:
            results[name] = one
            continue
        part = one.picture if region is None else one.picture.part(region.rows, region.columns)
        again = scored(name, part, one.seconds, _within(values, region), one.note)
        results[name] = Result(name, one.picture, again.seconds, again.psnr, again.ssim, again.note)
    return values, as_it_is, results


def _within(values: Values | None, region: Region | None) -> Values | None:
    return values if values is None or region is None else values[region.rows, region.columns]


def _pasted(result: Result, around: Picture, region: Region) -> Result:
    """The result of a region within the whole picture."""
    assert result.picture is not None
    stored = around.stored.copy()
    stored[region.rows, region.columns] = result.picture.stored
    whole = around.with_stored(stored)
    return Result(result.name, whole, result.seconds, result.psnr, result.ssim, result.note)


def _part(report: Report, low: float, high: float) -> Report:
    """The Report of what lies between two fractions of the whole."""

    def told(doing: str, fraction: float | None) -> None:
        report(doing, None if fraction is None else low + (high - low) * fraction)

    return told


def free_path(path: Path) -> Path:
    """`NAME-denoised.EXT` beside a picture, or with a number behind it where that is taken."""
    number = 1
    while True:
        made = path.with_name(f"{path.stem}-denoised{'' if number == 1 else f'-{number}'}{path.suffix}")
        if not made.exists():
            return made
        number += 1


def check_result(entry: DeskEntry | None, name: str) -> Picture:
    """A result of the whole picture. Raises: DenoiseError with the reason where there is none."""
    result = entry.results.get(name) if entry is not None else None
    if entry is None or result is None or result.picture is None:
        raise DenoiseError("There is no result yet: clean a picture first.")
    if name in entry.regions:
        raise DenoiseError("This result is of a region only: clean the whole picture first.")
    return entry.as_file(result.picture)
