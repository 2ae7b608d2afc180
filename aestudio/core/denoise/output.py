"""What results are called and written as."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from aestudio.core.data.reading.header import Header
from aestudio.core.denoise.files.writing import LOSSY, SUFFIXES, fitting_suffix, unfit
from aestudio.core.ground.errors import DenoiseError
from aestudio.core.ground.texts import listed


@dataclass(frozen=True)
class Output:
    """By default a result is called as its picture is, and is of the same format where that holds it."""

    ending: str = ""
    """Such as `.png`; empty is the picture's own, or one that fits."""
    behind: str = ""
    """Put behind the name, before the ending: `-clean`."""
    quality: int | None = None
    """1 to 100, of formats that lose something; None is as fine as the picture's file."""

    def check(self) -> None:
        """Raises: DenoiseError where it cannot be meant so."""
        if self.ending and self.ending not in SUFFIXES:
            raise DenoiseError(
                "A file that ends in {suffix} cannot be written; choose one of {known}.",
                suffix=self.ending,
                known=listed(SUFFIXES),
            )
        if self.quality is not None and not 1 <= self.quality <= 100:
            raise DenoiseError("The quality is a number from 1 to 100, not {quality}.", quality=self.quality)
        if self.quality is not None and self.ending and self.ending not in LOSSY:
            raise DenoiseError(
                "{ending} loses nothing, so it has no quality; leave it out, or choose one of {known}.",
                ending=self.ending,
                known=listed(LOSSY),
            )
        if any(one in self.behind for one in "/\\\0"):
            raise DenoiseError("{behind!r} cannot be part of a file's name.", behind=self.behind)

    def name(self, name: PurePosixPath, header: Header) -> PurePosixPath:
        """The result's, of a picture called `name`. Raises: DenoiseError where its format does not hold the picture."""
        suffix = name.suffix
        if self.ending:
            if why_not := unfit(header, self.ending):
                raise DenoiseError(why_not)
            end = self.ending
        else:
            fitting = fitting_suffix(header, suffix)
            end = suffix if fitting == suffix else suffix + fitting
        return name.with_name(name.name.removesuffix(suffix) + self.behind + end)


AS_IT_IS = Output()
