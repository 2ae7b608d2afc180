"""Whether an export does what the model does: real inputs, what AEStudio's own model makes of them, the difference."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor

from aestudio.core.export.format import LIMIT, Subject
from aestudio.core.export.pieces import Piece
from aestudio.core.ground.errors import ExportError
from aestudio.core.ground.shapes import Shape
from aestudio.core.ground.texts import say
from aestudio.core.model.trained import Model

FEW = 3
"""Images of a batch of other sizes."""


@dataclass(frozen=True, eq=False)
class Probe:
    """An input of a part and what the model makes of it."""

    given: Tensor
    wanted: Tensor
    told: tuple[Tensor, ...] = ()
    """What the network is told beside the images, as it declares it."""


def probes(subject: Subject) -> Iterator[Probe]:
    """Batches of one image, of three and of all, then other heights and widths where the part takes them.

    None has the size that the part is traced with, so what was wrongly taken for a constant shows.
    """
    images = subject.images
    for count in dict.fromkeys((1, FEW, len(images))):
        yield _probe(subject.model, subject.part, _several(images, count))
    for height, width in subject.sizes.others():
        model = _resized(subject.model, height, width)
        yield _probe(model, subject.part, mosaics(images, FEW, height, width))


def largest_difference(subject: Subject, run: Callable[..., Tensor], limit: float = LIMIT) -> float:
    """The largest difference that `run` shows from the model on any probe, as a part of the subject's scale.

    Raises: ExportError where it is above `limit`, or not a number.
    """
    largest = 0.0
    for number, probe in enumerate(probes(subject)):
        subject.report(say("Comparing with the model"), 0.85 + 0.02 * number)
        largest = max(largest, difference(run(probe.given, *probe.told), probe.wanted, subject.scale, limit))
    return largest


def difference(got: Tensor, wanted: Tensor, scale: float = 1.0, limit: float = LIMIT) -> float:
    """The largest absolute difference, as a part of `scale`.

    Raises: ExportError where it is above `limit`, or not a number.
    """
    if got.shape != wanted.shape:
        raise ExportError(
            "The export does not do what the model does: it gives {found} numbers instead of {wanted}. Nothing "
            "was written.",
            found=list(got.shape),
            wanted=list(wanted.shape),
        )
    found = float((got - wanted).abs().max()) / scale
    if not found <= limit:  # so that what is not a number is refused too
        raise ExportError(
            "The export does not do what the model does: it differs from it by {found:.2g}, and at most "
            "{limit:.0e} is accepted. Nothing was written.",
            found=found,
            limit=limit,
        )
    return found


def mosaics(images: Tensor, count: int, height: int, width: int) -> Tensor:
    """Larger images [count, C, height, width], laid out from real ones and cut off at the right and at the bottom."""
    rows, columns = -(-height // images.shape[2]), -(-width // images.shape[3])
    tiles = _several(images, count * rows * columns).reshape(count, rows, columns, *images.shape[1:])
    tall = tiles.permute(0, 3, 1, 4, 2, 5)  # [count, C, rows, H, columns, W]
    whole = tall.flatten(4, 5).flatten(2, 3)  # [count, C, rows × H, columns × W]
    return whole[:, :, :height, :width].contiguous()


def _several(images: Tensor, count: int) -> Tensor:
    """So many of the images, from the first one again after the last."""
    return images[torch.arange(count) % len(images)]


def _resized(model: Model, height: int, width: int) -> Model:
    """AEStudio's model for images of another size: the same weights."""
    shape: Shape = (model.shape[0], height, width)
    return Model(model.run, shape, model.module.state_dict(), model.depth)


def _probe(model: Model, part: Piece, images: Tensor) -> Probe:
    # From the least to the most that can be said, so that a value that was taken for a constant shows.
    said = {
        one.name: torch.linspace(one.low, one.high, prod(one.shape(images))).view(one.shape(images))
        for one in model.run.network.given
    }
    told = tuple(said.values())
    codes = model.encode(images, said)
    shaped = codes.reshape(-1, *model.code_shape)
    match part:
        case "encoder":
            return Probe(images, shaped, told)
        case "decoder":
            return Probe(shaped, model.decode(codes))
        case "autoencoder":
            return Probe(images, model.decode(codes), told)
