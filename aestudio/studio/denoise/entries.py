"""A picture on the desk: how it gets there, and what is worked out for it in the worker's thread. No widgets."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aestudio.core.data.reading.levels import Levels
from aestudio.core.data.walking import is_image_name, walk
from aestudio.core.denoise.cleaning import SHARE, Region
from aestudio.core.denoise.comparing import ranked
from aestudio.core.denoise.earlier import BEHIND, Earlier
from aestudio.core.denoise.files.axis import Axis
from aestudio.core.denoise.files.reading import read_header, read_picture
from aestudio.core.denoise.files.writing import fitting_suffix
from aestudio.core.denoise.noise import NO_NOISE, Noise, add_noise, estimate
from aestudio.core.denoise.picture import Picture
from aestudio.core.denoise.pipeline import Cleaning, Result, scored
from aestudio.core.ground.errors import DenoiseError, StudioError, reason
from aestudio.core.ground.memory import free_memory
from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import Text, plural, say

if TYPE_CHECKING:
    from aestudio.core.parts.families.corruption import Corruption

AS_IT_IS = Text("Picture as it is").template
"""The name of its result; names are English and looked up where they are shown."""
IN_REGION = Text("{way}, in the region").template.removeprefix("{way}")
"""Behind the name of the way that a region was cleaned in: what it has made of the whole picture stays."""


def called(name: str) -> str:
    """A result's name as it is shown."""
    way = name.removesuffix(IN_REGION)
    return say(name) if way == name else say("{way}, in the region", way=Text(way))


@dataclass(eq=False)
class DeskEntry:
    """A picture on the desk."""

    picture: Picture
    """As it is to be cleaned, noise that was added included."""
    path: Path | None = None
    found: Noise = NO_NOISE
    """What was found of the noise in it."""
    reference: Picture | None = None
    """The whole picture without noise, where it is known."""
    before_noise: Picture | None = None
    """Without the noise that was added here."""
    noise: str = ""
    """Which noise was added, in words."""
    results: dict[str, Result] = field(default_factory=dict)
    """By the name of the way: one of the whole picture, and one of a region that the rest of the picture surrounds."""
    as_it_is: Result | None = None
    """The scores of the picture itself, where there is a reference."""
    regions: dict[str, Region] = field(default_factory=dict)
    """Of the results that are of a region only."""
    page: int = 0
    """Which page of its file the picture is."""
    pages: int = 1
    axis: Axis = "pages"
    """What the pages are, as a person has said of a file that does not say it."""
    levels: Levels | None = None
    """Black and white as a person has set them; None finds them in each page."""
    cleanings: dict[str, Cleaning] = field(default_factory=dict)
    """How the results were made, by their names."""
    unsaved: set[str] = field(default_factory=set)
    """The results that no file holds."""

    @property
    def sigma(self) -> float:
        """Estimated, white being 1."""
        return self.found.sigma

    @property
    def name(self) -> str:
        return self.picture.name

    @property
    def nbytes(self) -> int:
        """Of memory that the picture, its reference and its results take."""
        made = [one.picture for one in self.results.values()]
        kept = {id(one): one.stored.nbytes for one in (self.picture, self.reference, self.before_noise, *made) if one}
        return sum(kept.values())

    def as_file(self, result: Picture) -> Picture:
        """A result in the depth that the file had before noise was added to it here."""
        if self.before_noise is None:
            return result
        return self.before_noise.with_stored(self.before_noise.as_stored(result.values()))

    def is_cleaned(self, name: str, how: Cleaning) -> bool:
        """Whether the result of this name was made in this way; never of what is learned from all pictures."""
        made = self.results.get(name)
        same = self.cleanings.get(name) == replace(how, estimate=self.found) and not how.way.learns_from_all
        return same and made is not None and made.picture is not None

    def ranked(self) -> list[Result]:
        """Those of the whole picture first: a region's scores are of other pixels."""
        return sorted(ranked(self.results.values()), key=lambda one: one.name in self.regions)

    def forget(self) -> None:
        """Other pixels: what was made of the old ones is of no use."""
        self.results.clear()
        self.regions.clear()
        self.cleanings.clear()
        self.unsaved.clear()


def read_all(paths: Sequence[Path], add: Callable[[DeskEntry], None], report: Report) -> list[str]:
    """Gives each picture to `add` as soon as it is read; of a folder those that this program has made only where there
    are no others. Returns: a sentence for each of those that are left out, and for each that cannot be read.
    """
    problems: list[str] = []
    files: list[Path] = []
    made = Earlier()
    for path in paths:
        if os.path.isdir(path):
            closed: list[str] = []
            inside = [
                entry.path
                for some in walk(path, lambda error, closed=closed: closed.append(_closed(error)), every=True)  # type: ignore[misc]
                for entry in some
            ]
            problems += closed
            if not inside and not closed:
                problems.append(say("There are no pictures in {folder}.", folder=path.name or path))
            results = {one for one in inside if made.holds(one)}
            if all(one in results for one in inside if is_image_name(one.name)):
                results = set()  # whoever opens a folder of nothing else means them
            problems += [_earlier(one) for one in inside if one in results]
            files += [one for one in inside if one not in results]
        else:
            files.append(path)
    room = SHARE * free_memory()
    for number, path in enumerate(files):
        report(say("Opening {name}", name=path.name), number / len(files))
        if room <= 0:
            few = plural(
                "Only {opened:,} of {count} picture was opened, since memory ends; clean a whole folder with Batch…",
                "Only {opened:,} of {count:,} pictures were opened, since memory ends; clean a whole folder with "
                "Batch…",
                len(files),
                opened=number,
            )
            problems.append(str(few))
            break
        try:
            picture = read_picture(path)
            add(DeskEntry(picture, path, estimate(picture), pages=read_header(path).frames))
            room -= picture.stored.nbytes
        except StudioError as error:
            problems.append(str(error))
    return problems


def _earlier(path: Path) -> str:
    return say("{name} is an earlier result of this program; open the file itself to clean it again.", name=path.name)


def _closed(error: OSError) -> str:
    return say("The folder {folder} cannot be opened: {reason}", folder=error.filename, reason=reason(error))


def estimated(picture: Picture, _report: Report) -> DeskEntry:
    return DeskEntry(picture, found=estimate(picture))


def noisy(
    picture: Picture, corruption: Corruption, seed: int, report: Report
) -> tuple[Picture, Picture, Noise, str, Result]:
    report(say("Adding noise"), None)
    values = add_noise(picture, corruption, seed)
    # In floating point, so that nothing of the noise is cut off.
    made = Picture(values, 1.0, picture.alpha, picture.name, dict(picture.extras))
    if picture.levels is not None:
        black, white = picture.levels
        counted = values.astype(np.float64) * (white - black) + black
        made = replace(made, stored=counted, white=picture.white, levels=picture.levels)
    return picture, made, estimate(made), str(corruption.describe(of_255=True)), scored(Result(AS_IT_IS, made), picture)


def with_reference(path: Path, entry: DeskEntry, report: Report) -> tuple[Picture, Result, dict[str, Result]]:
    report(say("Opening {name}", name=path.name), None)
    reference = read_picture(path)
    if reference.channels == 1 and entry.picture.channels == 3:
        reference = reference.with_stored(np.repeat(reference.stored, 3, axis=2))
    as_it_is = scored(Result(AS_IT_IS, entry.picture), reference)  # refuses one of another size
    results = {}
    for name, one in entry.results.items():
        region = entry.regions.get(name)
        seen = one.picture if one.picture is None or region is None else one.picture.part(region.rows, region.columns)
        results[name] = replace(scored(replace(one, picture=seen), reference, region), picture=one.picture)
    return reference, as_it_is, results


def pasted(result: Result, around: Picture, region: Region) -> Result:
    """The result of a region within the whole picture; one that failed as it is."""
    if result.picture is None:
        return result
    stored = around.stored.copy()
    stored[region.rows, region.columns] = result.picture.stored
    return replace(result, picture=around.with_stored(stored))


def free_path(path: Path) -> Path:
    """`NAME-denoised.EXT` beside a picture, or with a number behind it where that is taken."""
    number = 1
    while True:
        made = path.with_name(f"{path.stem}{BEHIND}{'' if number == 1 else f'-{number}'}{path.suffix}")
        if not made.exists():
            return made
        number += 1


def place_beside(entry: DeskEntry | None, name: str) -> Path:
    """A free name for a result beside the original, or at home where that is no file.

    Raises: DenoiseError as `check_result` does.
    """
    picture = check_result(entry, name)
    assert entry is not None
    source = entry.path or Path.home() / (picture.name or "picture")
    return free_path(source.with_suffix(fitting_suffix(picture, source.suffix or ".png", entry.pages)))


def check_result(entry: DeskEntry | None, name: str) -> Picture:
    """A result of the whole picture. Raises: DenoiseError with the reason where there is none."""
    result = entry.results.get(name) if entry is not None else None
    if entry is None or result is None or result.picture is None:
        raise DenoiseError("There is no result yet: clean a picture first.")
    if name in entry.regions:
        raise DenoiseError("This result is of a region only: clean the whole picture first.")
    return entry.as_file(result.picture)
