"""The graph of a part, traced by torch.export with a free batch and, where the network allows it, a free size."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch.fx.experimental import _config as symbolic

from aestudio.core.export.format import PARTS, Subject
from aestudio.core.export.pieces import Piece, told, told_defaults
from aestudio.core.ground.errors import ExportError, reason

if TYPE_CHECKING:
    from torch.export import ExportedProgram

NAMES: dict[Piece, tuple[str, str]] = {
    "autoencoder": ("image", "reconstruction"),
    "encoder": ("image", "code"),
    "decoder": ("code", "reconstruction"),
}
"""What each part's input and output are called."""

TRACED = 2
"""Images of the batch that is traced; a batch of one would be taken for a constant."""


def traced(subject: Subject) -> ExportedProgram:
    """Raises: ExportError where torch cannot trace the part."""
    from torch.export import Dim, export

    sizes, decoder = subject.sizes, subject.part == "decoder"
    example = _example(subject)
    free: dict[int, Any] = {0: Dim("batch", min=1)}
    if sizes.free:
        for axis, name, rest in zip((2, 3), ("height", "width"), sizes.rest, strict=True):
            steps = Dim(name, min=1)
            free[axis] = (
                steps if decoder or sizes.step == 1 else sizes.step * steps + rest if rest else sizes.step * steps
            )
    beside = told_defaults(subject.model, subject.part, example)
    batches = tuple(free if one.is_map else {0: free[0]} for one in told(subject.model, subject.part))
    # Without it a code of one by one pixel would be taken for a special case, and the graph would refuse it.
    with quietly(), torch.no_grad(), symbolic.patch(backed_size_oblivious=True):  # type: ignore[attr-defined]
        try:
            return export(subject.module, (example, *beside), dynamic_shapes=_shapes(free, batches))
        except Exception as error:  # torch raises whatever its tracer stumbled on
            raise ExportError(
                "torch cannot turn the {part} into a graph: {first_line}",
                part=PARTS[subject.part],
                first_line=first_line(error),
            ) from error


def _shapes(free: dict[int, Any], beside: tuple[dict[int, Any], ...]) -> tuple[Any, ...]:
    """Free sizes of the arguments of a piece: `*told` is one argument."""
    return (free, beside) if beside else (free,)


def _example(subject: Subject) -> torch.Tensor:
    """Larger than the trained size, and of another height than width, so that nothing is taken for a constant."""
    model, sizes = subject.model, subject.sizes
    channels, height, width = model.shape
    code = model.code_shape
    if sizes.free:
        height, width = sizes.others()[0]
        code = (code[0], height // sizes.step, width // sizes.step)
    return torch.zeros(TRACED, *(code if subject.part == "decoder" else (channels, height, width)))


def first_line(error: BaseException) -> str:
    """What a library says in many lines, as the end of a sentence."""
    said = str(error).strip() or type(error).__name__
    return str(reason(Exception(said.splitlines()[0])))


@contextmanager
def quietly() -> Iterator[None]:
    """What torch says of its own deprecations while it traces is nothing that a person could act on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
