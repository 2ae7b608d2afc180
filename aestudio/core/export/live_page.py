"""The live card's content: a page that encodes and decodes. Everything that comes from the model file is escaped."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from html import escape
from math import prod
from string import Template
from typing import Any

import torch
from torch import Tensor

from aestudio import __version__
from aestudio.core.data.dataset import to_float
from aestudio.core.export import words
from aestudio.core.export.browser import Steps, packed, steps_of, unpacked
from aestudio.core.export.format import Subject
from aestudio.core.export.parity import difference
from aestudio.core.ground import texts
from aestudio.core.ground.errors import DataError, ExportError
from aestudio.core.ground.resources import resource
from aestudio.core.ground.texts import again, say

HALF_LIMIT = 1 / 255
"""The largest difference that half floats may make: a step of an image of 8 bits. Where they make more, weights are
written with 32 bits."""
MOST_WEIGHTS = 8_000_000
"""What a browser reads and computes with in reasonable time."""
POINTS, POINT_NUMBERS = 1000, 300_000
"""On the map, and numbers in their codes together: of wide codes there are fewer."""
COMPONENTS, COMPONENT_NUMBERS = 12, 100_000
SAMPLES, SAMPLE_NUMBERS = 16, 300_000
"""Held-out images on the page, and numbers in them."""
COMPARED, COMPARED_NUMBERS = 8, 100_000
"""Of those: on them the page compares itself with torch."""


@dataclass(frozen=True, eq=False)
class Points:
    """Codes of held-out images."""

    codes: Tensor
    """[N, K]."""
    labels: list[int] | None
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Open:
    """The place of a value that the page's script fills in."""

    name: str

    def __str__(self) -> str:
        return f"{{{self.name}}}"


@dataclass(frozen=True, eq=False)
class Parts:
    """What the page runs."""

    encode: Steps
    decode: Steps

    @property
    def weights(self) -> dict[str, Tensor]:
        """Those of both, each once."""
        return {**self.encode.weights, **self.decode.weights}


def parts(subject: Subject) -> Parts:
    """Raises: ExportError where a page could not show the model, or not compute it."""
    channels, height, width = subject.model.shape
    if channels not in (1, 3) or height * width <= 2:
        raise ExportError(
            "A live card shows pictures, grey or in colour, and this model's data are {channels}×{height}×{width} "
            "numbers; export it as ONNX instead.",
            channels=channels, height=height, width=width,
        )  # fmt: skip
    if not subject.model.encode(subject.images).isfinite().all():
        raise ExportError("Some codes are not finite, so they have no place on a map; train again with a lower rate.")
    made = Parts(*(steps_of(replace(subject, part=part)) for part in ("encoder", "decoder")))
    total = sum(weight.numel() for weight in made.weights.values())
    if total > MOST_WEIGHTS:
        raise ExportError(
            "A live card holds up to {most:,} weights, and this model has {total:,}; export it as ONNX instead.",
            most=MOST_WEIGHTS,
            total=total,
        )
    return made


def page(subject: Subject, made: Parts, kind: str) -> str:
    """The whole page, its weights as `kind`: f2 or f4."""
    model, images = subject.model, subject.images[: min(SAMPLES, max(1, SAMPLE_NUMBERS // prod(subject.model.shape)))]
    points = _points(subject)
    mean, components = _components(points.codes)
    compared = images[: min(COMPARED, max(1, COMPARED_NUMBERS // prod(model.code_shape)))]
    codes = model.encode(compared)
    kinds = dict.fromkeys(made.weights, kind) | {"map codes": "f2", "map components": "f2"}
    arrays = {
        **made.weights,
        "map codes": points.codes,
        "map mean": mean,
        "map components": components,
        "wanted codes": codes,
        "wanted images": model.decode(codes),
        "samples": (images * 255).round(),
    }
    table, numbers = packed(arrays, kinds | {"samples": "u1"})
    about = {
        "shape": model.shape,
        "code": model.code_shape,
        "scale": max(1.0, float(codes.abs().max())),
        "limit": HALF_LIMIT,
        "prior": model.samples(1) is not None,
        "labels": points.labels,
        "names": points.names,
        "words": _words(),
        "encode": made.encode.told(),
        "decode": made.decode.told(),
        "table": table,
    }
    script = "".join(
        resource("export", f"{name}.js").read_text(encoding="utf-8") for name in ("live-network", "live-card")
    )
    return Template(resource("export", "live-card.html").read_text(encoding="utf-8")).substitute(
        _frame(subject, weights=sum(weight.numel() for weight in made.weights.values())),
        style=resource("export", "live-card.css").read_text(encoding="utf-8"),
        script=script,
        hash=b64encode(sha256(script.encode()).digest()).decode(),
        card=json.dumps(about, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c"),
        numbers=numbers,
    )


def difference_of(text: str, subject: Subject, made: Parts) -> float:
    """The largest difference from the model with the weights as they stand in the page, code and images, over the
    images of the subject.

    Raises: ExportError where it is a number that is none, or above `HALF_LIMIT`.
    """
    held = weights_in(text)
    encode, decode = made.encode.with_weights(held), made.decode.with_weights(held)
    largest = 0.0
    for image in torch.split(subject.images, 1):
        code = encode(image)
        wanted = subject.model.encode(image)
        scale = max(1.0, float(wanted.abs().max()))
        largest = max(
            largest,
            difference(code.flatten(1), wanted, scale, limit=HALF_LIMIT),
            difference(decode(code), subject.model.decode(wanted), limit=HALF_LIMIT),
        )
    return largest


def weights_in(text: str) -> dict[str, Tensor]:
    """The arrays of a page, by name."""
    card, numbers = (
        re.search(rf'<script type="[^"]+" id="{name}">(.*?)</script>', text, re.DOTALL) for name in ("card", "numbers")
    )
    if card is None or numbers is None:
        raise ExportError("The page that was written holds no weights. Nothing was written.")
    return unpacked(json.loads(card[1])["table"], numbers[1])


def _points(subject: Subject) -> Points:
    """Of the run's own held-out images where they are at hand, else of those in the file."""
    most = max(2, min(POINTS, POINT_NUMBERS // prod(subject.model.code_shape)))
    if subject.file.run.data.embedded:
        try:
            dataset = subject.file.run.data.load(subject.report)
        except DataError:
            dataset = None
        if dataset is not None and dataset.shape == subject.model.shape:
            split = dataset.held_out
            index = torch.linspace(0, len(split) - 1, min(most, len(split))).long()
            codes = [subject.model.encode(to_float(split.images.gather(some))) for some in torch.split(index, 64)]
            labels = None if split.labels is None else split.labels[index].tolist()
            return Points(torch.cat(codes), labels, tuple(again(name) for name in dataset.label_names))
    return Points(subject.model.encode(subject.images[:most]), None)


def _components(codes: Tensor) -> tuple[Tensor, Tensor]:
    """Mean [K] and principal components [n, K], the largest first, without those along which nothing varies."""
    mean = codes.mean(0)
    _, sizes, rows = torch.linalg.svd(codes - mean, full_matrices=False)
    most = min(COMPONENTS, max(2, COMPONENT_NUMBERS // codes.shape[1]), int((sizes > 1e-6 * sizes[0]).sum()))
    return mean, rows[: max(1, most)]


def _frame(subject: Subject, weights: int) -> dict[str, str]:
    """The texts of the page, as HTML."""
    run, (channels, height, width) = subject.file.run, subject.model.shape
    explanation = run.explanation.strip()
    plain = {
        "language": texts.language(),
        "kind": say("Live card · runs in this page, offline"),
        "title": say(run.title),
        "what": say(
            "{height}×{width} grey images as {numbers:,} numbers · {weights:,} weights"
            if channels == 1
            else "{height}×{width} colour images as {numbers:,} numbers · {weights:,} weights",
            height=height,
            width=width,
            numbers=prod(subject.model.code_shape),
            weights=weights,
        ),
        "checking": say("Comparing this page with torch …"),
        "walk": say("Walk through the code"),
        "random": say("Random code"),
        "mean": say("Mean code"),
        "directions": say("Sliders along"),
        "units": say("single units"),
        "components": say("principal components"),
        "map": say("Map of the codes"),
        "hint": say(
            "Each point is a held-out image. The place under the pointer is decoded, with all else at its mean; a "
            "click on a point shows that image's own code. With the keyboard, arrow keys move the mark."
        ),
        "across": say("To the right"),
        "up": say("Upwards"),
        "shown": say("Show"),
        "both": say("points and decoded images"),
        "points": say("points"),
        "images": say("decoded images"),
        "pictures": say("Pictures"),
        "press": say("Press a held-out image, or take a picture of your own: it is encoded and decoded here."),
        "choose": say("Choose a picture …"),
        "drop": say("or drop one anywhere on this page; it stays on your machine."),
        "invert": say("Swap dark and bright"),
        "given": say("Given"),
        "made": say("Reconstructed"),
        "written": say("Written by AEStudio {version}", version=__version__),
    }
    notes = "".join(f"<li>{escape(words.printable(note))}</li>" for note in subject.notes()[1:])
    return {name: escape(words.printable(text)) for name, text in plain.items()} | {
        "explanation": f'<p class="lead">{escape(words.printable(say(explanation)))}</p>' if explanation else "",
        "notes": f"<ul>{notes}</ul>" if notes else "",
    }


def _words() -> Mapping[str, Any]:
    """What the script says, with the places of its values left open."""
    return {
        "unit": say("Unit {number}", number=Open("number")),
        "component": say("Component {number}", number=Open("number")),
        "sample": say("Held-out image {number}", number=Open("number")),
        "ofImage": say("The code of a held-out image: {label}", label=Open("label")),
        "bySliders": say("Decoded from the sliders"),
        "fromMap": say("Decoded from under the pointer"),
        "fromPrior": say("Drawn from the prior"),
        "theMean": say("The mean of the held-out codes"),
        "ofOwn": say("The code of your picture"),
        "ofSwapped": say("The code of your picture, dark and bright swapped"),
        "more": say("Show all {count}", count=Open("count")),
        "unreadable": say("{name} is no picture that this browser reads; choose a PNG or a JPEG.", name=Open("name")),
        "same": say(
            "Does what torch does: the largest difference on its held-out images ({count}) is {far}.",
            count=Open("count"),
            far=Open("far"),
        ),
        "differs": say(
            "Differs from torch by {far} on its held-out images ({count}): what is shown here is not what the model "
            "does.",
            count=Open("count"),
            far=Open("far"),
        ),
        "failed": say(
            "This page went wrong: {reason}. What is shown here is not what the model does.", reason=Open("reason")
        ),
    }
