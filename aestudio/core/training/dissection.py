"""One step taken apart: its batch, what the network made of it, and what each term wants of a unit's weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from aestudio.core.data.dataset import Dataset, to_float
from aestudio.core.ground.errors import ProbeError
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts import looking
from aestudio.core.parts.one_pass import TRAIN, Pass, PassContext
from aestudio.core.parts.plan import Span
from aestudio.core.parts.stages import Layer
from aestudio.core.probes.filters import as_images
from aestudio.core.run.events import Coming, Floats
from aestudio.core.run.run import Run
from aestudio.core.training.draws import AUGMENTATION, Draws

SHOWN = 8
"""Images of the batch."""


@dataclass(frozen=True, eq=False)
class Pull:
    """What happens to the weights that one unit sees its input through, each [C, H, W]."""

    unit: int
    units: int
    """Of the layer."""
    answers: Floats
    """The unit's activation for each of the images that are shown, [n]; a convolution's is the mean of its places."""
    before: Floats
    after: Floats
    wanted: Floats
    """Where each term alone would move them, −∂(weight · term)/∂w, [T, C, H, W]."""


@dataclass(frozen=True, eq=False)
class Dissection:
    """Of the step from one snapshot to the next."""

    images: Floats
    """The first of the batch as they were given to the step, augmented and binarised, [n, C, H, W]."""
    corrupted: Floats
    reconstruction: Floats
    """Each [n, C, H, W]; of a deeper layer that is trained alone there are no images: [0]."""
    names: tuple[str, ...]
    """Of the terms."""
    raw: tuple[float, ...]
    weights: tuple[float, ...]
    pull: Pull | None
    """None where the layer's units have no weights that are an image."""

    @property
    def objective(self) -> float:
        return sum(weight * value for weight, value in zip(self.weights, self.raw, strict=True))


def dissected(
    run: Run,
    dataset: Dataset,
    phase: str,
    before: Mapping[str, Tensor],
    after: Mapping[str, Tensor],
    coming: Coming,
    done: int,
    unit: int,
) -> Dissection:
    """The step on the batch and with the noise that `coming` says, `done` steps after the beginning, in float32. It is
    the step that was taken up to the rounding of the way in which that was computed.

    Raises: ProbeError where the noise cannot be drawn again here.
    """
    if coming.device != "cpu":
        raise ProbeError(
            "This training runs on {device}, whose noise cannot be drawn again here; "
            "train on the CPU to see its steps.",
            device=coming.device.upper(),
        )
    model = Autoencoder(run, dataset.shape)
    model.load_state_dict(dict(before))
    span = next(one.span for one in run.plan(dataset.shape).phases if one.name == phase)
    draws = Draws.going_on(run.seed, torch.device("cpu"), coming.draws, same_device=True)
    augmenting = draws.of(AUGMENTATION)
    batch = to_float(dataset.train.images.gather(coming.images))
    given = run.data.at_step(run.augmentation(batch, augmenting), augmenting)
    context = PassContext(torch.tensor(done), len(dataset.train))
    seen = model.look(run, given, span, TRAIN, draws.generators, samples=run.objective.samples, context=context)
    parts = looking.parts(run, model.built, seen)
    terms = looking.joined(run, model.built, seen, parts)
    pull = _pull(model, span, seen, parts, terms, after, unit)
    is_image = span.first == 0
    return Dissection(
        given[:SHOWN].numpy(),
        _images(seen.corrupted if is_image else None),
        _images(seen.reconstruction[:: seen.samples] if is_image else None),
        terms.names,
        tuple(terms.raw.tolist()),
        tuple(float(weight) for weight in terms.weights),
        pull,
    )


def _images(found: Tensor | None) -> Floats:
    return (torch.zeros(0) if found is None else found[:SHOWN].detach()).float().numpy()


def _pull(
    model: Autoencoder,
    span: Span,
    seen: Pass,
    parts: list[Tensor],
    terms: looking.Terms,
    after: Mapping[str, Tensor],
    unit: int,
) -> Pull | None:
    stage = model.span(span.first, span.last)[0]
    if not isinstance(stage, Layer) or len(stage.in_shape) != 3:
        return None
    weight, axis = next(iter(stage.by_unit()))
    units = weight.shape[axis]
    unit = min(unit, units - 1)
    name = next(name for name, one in model.named_parameters() if one is weight)
    weighted = [share * part for share, part in zip(terms.weights, parts, strict=False)]
    if len(terms.names) > len(parts):  # what the objective adds to their sum
        weighted.append(terms.total - torch.stack(weighted).sum())
    gradients = [
        torch.autograd.grad(one, weight, retain_graph=True, allow_unused=True)[0] if one.requires_grad else None
        for one in weighted
    ]
    pictures = [as_images(stage, -(torch.zeros_like(weight) if one is None else one), axis)[unit] for one in gradients]
    with torch.no_grad():
        answers = stage.encode(seen.enter(seen.corrupted))[:SHOWN, unit].flatten(1 if len(stage.out_shape) > 1 else 0)
    return Pull(
        unit,
        units,
        (answers.mean(1) if answers.dim() > 1 else answers).numpy(),
        as_images(stage, weight, axis)[unit].clone().numpy(),
        as_images(stage, after[name], axis)[unit].clone().numpy(),
        torch.stack(pictures).numpy(),
    )
