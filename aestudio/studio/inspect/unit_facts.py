"""What is found out about the units of one layer: their pictures in an order, and each unit by itself."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from math import prod
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from aestudio.core.data.dataset import to_float
from aestudio.core.ground.errors import ProbeError
from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import SPACE, Text, listed, plural, say
from aestudio.core.model.trained import Model
from aestudio.core.parts.stages import Stage
from aestudio.core.probes.ablation import ablation
from aestudio.core.probes.encoder import layer
from aestudio.core.probes.filters import Order, atoms, chain, filters, varying
from aestudio.core.probes.units import Saturation, Units, hidden_layer, saturation, units
from aestudio.core.run.events import Floats
from aestudio.studio.inspect.examined import SOME, Examined

Kind = Literal["filters", "atoms", "images"]
"""`images`: each unit as the held-out image that excites it most."""

CHEAP = 0.4
"""Seconds that switching off every unit may take; the fewer images it is then measured on, but not below FEWEST."""
FEWEST = 16
PICTURES, ROOM = 4096, 1 << 24
"""At most so many units are shown as pictures, and fewer where the pictures would take more numbers (64 MB)."""
CUT_OFF = 0.02
"""The part of a unit's weights that is drawn as strong as the next ones."""
COMPARED = 8192
"""At most so many units are ordered by similarity, which compares each with each."""


@dataclass(frozen=True)
class UnitQuestion:
    """What is to be found out."""

    kind: Kind = "filters"
    order: Order = "unit"
    layer: int | None = None
    """Counted from 1; None for the code."""
    unit: int | None = None
    """Whose ablation is wanted in any case; None for the first."""


@dataclass(frozen=True, eq=False)
class Ablated:
    """By how much the squared error of an image's reconstruction rises without a unit, as a part of that error."""

    units: NDArray[np.int64]
    rise: Floats
    """Of each of those units, averaged over the images."""
    images: int

    def of(self, unit: int) -> float | None:
        """The rise without one unit, where it was measured."""
        place = np.flatnonzero(self.units == unit)
        return float(self.rise[place[0]]) if len(place) else None

    def rank(self, unit: int) -> int:
        """1 for the unit whose absence does most harm, among those measured."""
        mine = self.of(unit)
        return 1 + int((self.rise > (mine if mine is not None else np.inf)).sum())


@dataclass(frozen=True, eq=False)
class UnitFacts:
    """Of the U units of one layer, F of which have pictures."""

    layer: int
    layers: int
    kind: Kind
    order: Order
    images: Floats
    """[F, C, H, W] in [0, 1], in the order that was asked for."""
    shown: NDArray[np.int64]
    """Which unit each picture is of [F]."""
    norms: Floats
    """‖w‖ of every unit's weights [U]."""
    units: Units
    saturation: Saturation | None
    """None where the activation has no ends."""
    ablated: Ablated | None
    """None below the code, where the decoder of the layer alone would have to stand for the whole."""
    count: int
    """Held-out images that the units were shown."""
    channels: bool
    """Units are a convolution's channels, each with an activation at every place."""
    note: str
    """Why there is something else to see than was asked for; empty where there is not."""


def facts(subject: Examined, wish: UnitQuestion, report: Report) -> UnitFacts:
    """Raises: ProbeError where the model has no hidden layer yet."""
    depth = subject.depth
    layer = depth if wish.layer is None else min(wish.layer, depth)
    model = copy.copy(subject.model)
    model.depth = layer
    stage = hidden_layer(model)
    some = subject.images()
    found = units(model, subject.store, report=report)
    try:
        saturated: Saturation | None = saturation(model, some)
    except ProbeError:
        saturated = None
    kind, order = wish.kind, wish.order
    notes: list[Text] = []
    if kind != "images" and layer > 1:
        kind = "images"
        notes.append(
            Text(
                "Layer {layer} looks at layer {below}, not at pixels, so its weights are no pictures: each unit is "
                "shown by the held-out image that excites it most. Layer 1 has filters.",
                layer=layer,
                below=layer - 1,
            )
        )
    if order == "similarity" and len(found.dead) > COMPARED:
        order = "norm"
        notes.append(
            plural(
                "{count} unit is too many to compare each with each: sorted by norm.",
                "{count:,} units are too many to compare each with each: sorted by norm.",
                len(found.dead),
            )
        )
    report(say("Sorting the units"), None)
    weights = _rows(stage)
    norms = weights.norm(dim=1).numpy()
    most = min(PICTURES, max(1, ROOM // prod(subject.shape)))
    if kind == "images":
        shown = _sorted(order, weights, norms, found.mean)[:most]
        images: Floats = to_float(subject.store.gather(torch.from_numpy(found.top[shown, 0]))).numpy()
    else:
        pictures = (atoms if kind == "atoms" else filters)(model, order, some)
        shown, weights_shown = pictures.units[:most], pictures.images[:most]
        mask = varying(some)
        images = contrasted(weights_shown * mask if weights_shown.shape[1:] == mask.shape else weights_shown)
    if len(shown) < len(norms):
        notes.append(
            plural(
                "The first {shown:,} of {count} unit.",
                "The first {shown:,} of {count:,} units.",
                len(norms),
                shown=len(shown),
            )
        )
    unit = int(shown[0]) if wish.unit is None or wish.unit >= len(norms) else wish.unit
    ablated = _ablated(model, subject, unit, report) if layer == depth else None
    return UnitFacts(
        layer=layer,
        layers=depth,
        kind=kind,
        order=order,
        images=images,
        shown=shown,
        norms=norms,
        units=found,
        saturation=saturated,
        ablated=ablated,
        count=len(subject.store),
        channels=len(stage.out_shape) > 1,
        note=str(listed(notes, SPACE)),
    )


def contrasted(weights: Floats) -> Floats:
    """Weights [F, C, H, W] as pictures in [0, 1], zero being middle grey; each reaches black or white at all but its
    strongest weights, as a single one, of a pixel that is hardly ever lit, would leave the rest grey.
    """
    strong = np.quantile(np.abs(weights), 1 - CUT_OFF, axis=(1, 2, 3), keepdims=True)
    scaled = 0.5 + 0.5 * weights / np.where(strong > 0, strong, 1)
    return np.clip(scaled, 0, 1).astype(np.float32)


def _rows(stage: Stage) -> torch.Tensor:
    """The weights into each unit, [U, inputs]."""
    parameter, axis = next((weight, axis) for weight, axis in layer(stage).by_unit() if weight.dim() > 1)
    return parameter.detach().movedim(axis, 0).flatten(1)


def _sorted(order: Order, weights: torch.Tensor, norms: Floats, mean: Floats) -> NDArray[np.int64]:
    match order:
        case "unit":
            return np.arange(len(norms))
        case "norm":
            return np.argsort(-norms, kind="stable")
        case "activation":
            return np.argsort(-mean, kind="stable")
        case "similarity":
            return chain(weights).numpy()


def _ablated(model: Model, subject: Examined, unit: int, report: Report) -> Ablated:
    """All units where that is cheap, on as many images as are; else the one."""
    stages = model.module.span(0, model.depth)
    count = stages[-1].out_shape[0]
    dense = len(stages) == 1 and len(stages[-1].out_shape) == 1
    # As measured on one core: numbers of the reconstruction where one column is moved, else the whole decoder's work.
    seconds = 3e-9 * subject.model.module.work() / (2 * count) if dense else 3e-11 * model.module.work()
    affordable = int(CHEAP / max(seconds * count, 1e-12))
    chosen = range(count) if affordable >= FEWEST else (unit,)
    images = subject.images(min(SOME, affordable) if affordable >= FEWEST else SOME)
    found = ablation(model, images, units=chosen, report=report)
    error = float(found.error.mean())
    return Ablated(found.units, found.mean / max(error, 1e-12), len(images))
