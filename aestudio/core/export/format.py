"""What every export format is made of: the family, what it is given, and what it tells."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from torch import Tensor

from aestudio.core.data.dataset import to_float
from aestudio.core.export.pieces import PIECES, Piece, TracedPiece, piece_of
from aestudio.core.export.stand_in import sample_pictures
from aestudio.core.ground.errors import DataError, ExportError
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import Text, say
from aestudio.core.model.model_file import ModelFile, some_samples
from aestudio.core.model.sizes import Sizes
from aestudio.core.model.trained import Model
from aestudio.core.parts.slots import Slot

LIMIT = 1e-5
"""The largest absolute difference from the model that an export may show.

A pixel is a number between 0 and 1. The numbers of a code may be of any size, and 32-bit numbers around 50 lie 4e-6
apart: where a code goes beyond 1, its difference is taken as a part of its largest number.
"""


@dataclass(frozen=True)
class Snippet:
    """A few lines that run what was exported."""

    language: str
    """`Python`, `C++`, `JavaScript` or `Shell`."""
    code: str


@dataclass(frozen=True)
class Exported:
    """What was written."""

    path: Path
    files: tuple[Path, ...]
    bytes: int
    """Of all files together."""
    parity: float | None
    """The largest difference from the model, at most the format's `limit`; None where the weights were found equal to
    the last bit.
    """
    notes: tuple[str, ...] = ()
    """What a person should know of it, a sentence each."""
    snippets: tuple[Snippet, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What a format says of what it has written and compared; see Exported."""

    parity: float | None
    notes: tuple[str, ...] = ()
    snippets: tuple[Snippet, ...] = ()


@dataclass(frozen=True, eq=False)
class Subject:
    """What is exported: a part of a model, with real images to compare on."""

    file: ModelFile
    part: Piece
    model: Model
    images: Tensor
    """Held-out images [N, C, H, W] in [0, 1]."""
    report: Report
    is_stand_in: bool = False
    """Whether those are pictures that stand in for the model's own."""

    @cached_property
    def sizes(self) -> Sizes:
        """The heights and widths that the part takes."""
        return Sizes.of(self.model)

    @cached_property
    def module(self) -> TracedPiece:
        """The part as a module that holds the weights it needs and no others."""
        return piece_of(self.model, self.part)

    @cached_property
    def scale(self) -> float:
        """What a difference of the part's output is a part of; see LIMIT."""
        if self.part != "encoder":
            return 1.0
        return max(1.0, float(self.model.encode(self.images).abs().max()))

    def notes(self) -> tuple[str, ...]:
        """What a person should know of every format that runs."""
        corruption = self.file.run.corruption
        notes = [self.sizes.note(self.part)]
        if not corruption.neutral:
            notes.append(
                say("The corruption ({title}) belongs to training and is left out.", title=Text(corruption.title))
            )
        if self.scale > 1:
            notes.append(
                say(
                    "The code's numbers reach {scale:.3g}; the difference from the model is a part of that.",
                    scale=self.scale,
                )
            )
        if self.is_stand_in:
            notes.append(
                say("The model file carries no held-out images; it was compared on a sample photograph instead.")
            )
        elif self.file.samples is None:
            notes.append(say("The model file carries no held-out images; it was compared on those of its data."))
        return (*notes, *self.missing())

    def missing(self) -> tuple[str, ...]:
        """What a person should know of every format at all: layers that are left out."""
        trained, layers = self.model.depth, self.model.module.depth
        if trained == layers:
            return ()
        return (
            say(
                "Only the first {trained} of {layers} layers had been trained when the model was saved; the "
                "others are left out.",
                trained=trained,
                layers=layers,
            ),
        )


def subject(file: ModelFile, part: Piece = "autoencoder", report: Report = unheard) -> Subject:
    """A part of a model file, ready to be exported.

    A model of pictures of any size whose own cannot be had is compared on a sample photograph.

    Raises: ExportError where there are no images to compare on; Cancelled where `report` raises it.
    """
    model = file.model()
    try:
        return Subject(file, part, model, held_out(file, report), report)
    except ExportError:
        images = sample_pictures(model)
        if images is None:
            raise
        return Subject(file, part, model, images, report, is_stand_in=True)


def held_out(file: ModelFile, report: Report = unheard) -> Tensor:
    """The held-out images that go with a model [N, C, H, W] in [0, 1]: those in the file, else from the run's own data.

    Raises: ExportError where neither can be had; Cancelled where `report` raises it.
    """
    if file.samples is not None:
        return to_float(file.samples)
    report(say("Loading {title}", title=file.run.data.called), None)
    try:
        dataset = file.run.data.load(report)
    except DataError as error:
        raise ExportError(
            "The model file carries no held-out images to compare the export on, and the data it was trained on cannot "
            "be had: {error}",
            error=error,
        ) from error
    if dataset.shape != file.shape:
        sizes = ["×".join(map(str, shape)) for shape in (dataset.shape, file.shape)]
        raise ExportError(
            "The model file carries no held-out images to compare the export on, and the data it was trained on are "
            "{now} images now, not {before}.",
            now=sizes[0],
            before=sizes[1],
        )
    return to_float(some_samples(dataset.held_out.images))


PARTS: dict[Piece, Text] = {
    "autoencoder": Text("autoencoder"),
    "encoder": Text("encoder"),
    "decoder": Text("decoder"),
}
"""What can be exported by itself, in words."""
PART_TITLES: dict[Piece, Text] = {
    "autoencoder": Text("Autoencoder"),
    "encoder": Text("Encoder"),
    "decoder": Text("Decoder"),
}


class Format(Slot):
    """A form that a model can be exported in."""

    family: ClassVar[str] = "export.formats"
    noun: ClassVar[str] = "export format"
    suffix: ClassVar[str] = ""
    """Of the file, with its dot; empty for a folder."""
    parts: ClassVar[Sequence[Piece]] = PIECES
    """What can be exported by itself."""
    content: ClassVar[tuple[str, ...]] = ()
    """The files of a folder, which is how a folder of ours is known; empty for a single file."""
    limit: ClassVar[float] = LIMIT
    """The largest difference from the model that it may show; more than LIMIT only where it rounds weights."""

    @property
    def accepted(self) -> float:
        """The `limit`, as the settings of the format have it."""
        return self.limit

    @abstractmethod
    def write(self, subject: Subject, made: Path) -> Outcome:
        """Writes the file `made`, or into the folder `made`, then reads it back and compares it with the model.

        Raises: ExportError where it differs from the model by more than is `accepted`, or cannot be made; OSError where
        it cannot be written; Cancelled where the subject's report raises it.
        """

    def wrote(self, folder: Path) -> bool:
        """Whether a folder of files with our names is an earlier export, which may be replaced."""
        del folder
        return False

    def default_name(self) -> str:
        """What the file or folder is called where nobody says it: `model.onnx`."""
        return f"model{self.suffix}"
