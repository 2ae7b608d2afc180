"""Several models exported into one folder, one after the other; one that cannot be does not keep the others back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from aestudio.core.export.exporting import export, spare
from aestudio.core.export.format import Exported, Format
from aestudio.core.export.pieces import Piece
from aestudio.core.ground import atomic
from aestudio.core.ground.errors import ExportError, StudioError, reason
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import say
from aestudio.core.model.model_file import ModelFile


@dataclass(frozen=True)
class Wanted:
    """A model that is to be exported."""

    name: str
    """Of the file or folder, without its ending."""
    read: Callable[[], ModelFile]
    place: Path | None = None
    """The file that is read, where that is known."""


@dataclass(frozen=True)
class Refused:
    """A model that was not exported."""

    name: str
    problem: str
    """A sentence."""


def named(number: int, title: str) -> str:
    """What a run's export is called: `0012-sparse-autoencoder-kl`."""
    words = "-".join(re.findall(r"\w+", title.casefold().replace("’", "")))[:60] or "model"
    return f"{number:04}-{words}"


def export_several(
    wanted: Sequence[Wanted], format: Format, folder: Path, part: Piece = "autoencoder", report: Report = unheard
) -> list[Exported | Refused]:
    """What became of each model, in their order. The folder is made where it is not there, and gone where
    nothing was written into it.

    Raises: ExportError, before anything is written, where the folder cannot be used, the format does not have the part,
    two would be written to one place or one over a model that is read; Cancelled where `report` raises it: what was
    written before stays.
    """
    times = Counter(one.name.casefold() for one in wanted)
    for one in wanted:
        if times[one.name.casefold()] > 1:
            raise ExportError(
                "More than one model would be written as {name}; export them one at a time.",
                name=f"{one.name}{format.suffix}",
            )
    inputs = [one.place for one in wanted if one.place is not None]
    with ExitStack() as held:
        try:
            for one in wanted:
                spare(inputs, format, folder / f"{one.name}{format.suffix}")
            held.enter_context(atomic.folder(folder))
        except OSError as error:
            raise ExportError(
                "{out} cannot be used: {reason} Choose another place.", out=folder, reason=reason(error)
            ) from error
        return [*_exported(wanted, format, folder, part, report)]


def _exported(
    wanted: Sequence[Wanted], format: Format, folder: Path, part: Piece, report: Report
) -> Iterator[Exported | Refused]:
    for place, one in enumerate(wanted):

        def tell(doing: str, fraction: float | None, place: int = place, name: str = one.name) -> None:
            whole = (place + (fraction or 0.0)) / len(wanted)
            report(say("{name}: {doing}", name=name, doing=doing), whole)

        tell(say("Reading the model"), 0.0)
        try:
            yield export(one.read(), format, folder / f"{one.name}{format.suffix}", part=part, report=tell)
        except StudioError as error:
            yield Refused(one.name, str(error))
