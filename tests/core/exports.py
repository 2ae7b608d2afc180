"""Small model files for the tests of exports: every kind of network, no weight left at zero."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

import numpy as np
import torch
from torch import Tensor
from torch.onnx._internal.exporter._registration import ONNXRegistry

from aestudio.core.export import onnx_file
from aestudio.core.export.exporting import export
from aestudio.core.export.format import Exported, Format, Subject
from aestudio.core.export.pieces import Piece
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.shapes import Shape
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.model.model_file import ModelFile
from aestudio.core.parts.families.network import Condition
from aestudio.core.parts.networks.conv import Convolutional
from aestudio.core.parts.one_pass import Given
from aestudio.core.parts.slots import options
from aestudio.core.run.history import Curves, evaluation
from aestudio.core.run.run import Run
from tests.core.conftest import images

DENSE = {"network": {"kind": "mlp", "widths": [12, 7], "tied": True}}
SPARSE = {
    "title": "Sparse & small",
    "network": {"kind": "mlp", "widths": [20]},
    "penalties": [{"kind": "kl-sparsity", "target": 0.2}],
    "corruption": {"kind": "gaussian", "sigma": 0.2},
}
TOP_K = {"network": {"kind": "mlp", "widths": [24], "activation": "identity"}, "code": {"kind": "top-k", "k": 3}}
CONV = {"network": {"kind": "conv", "channels": [6, 8], "code_size": 10}}
FREE = {"network": {"kind": "conv", "channels": [6, 8, 4], "code_size": 0, "activation": "leaky-relu"}}
FREE_TOP_K = {"network": {"kind": "conv", "channels": [6, 8], "code_size": 0}, "code": {"kind": "top-k", "k": 20}}

# Torch makes its table of 1,500 functions for ONNX anew for every export, which is half of the time that one takes, and
# then only reads it.
ONNXRegistry.from_torchlib = staticmethod(cache(ONNXRegistry.from_torchlib))  # type: ignore[method-assign]


class Pixelwise(Convolutional):
    """Convolutions on images that are divided by √(1 + σ²), σ told for each pixel."""

    kind: ClassVar[str] = "pixelwise"
    given: ClassVar[tuple[Condition, ...]] = (Condition("sigma", "Noise σ", 0.0, 0.0, 0.5, is_map=True),)

    def join(self, images: Tensor, given: Given) -> Tensor:
        return images / (1 + given["sigma"].square()).sqrt()

    def join_in_torch(self) -> tuple[str, ...]:
        return ("x = x / (1 + torch.as_tensor(sigma).square()).sqrt()",)


NETWORKS: dict[str, tuple[Mapping[str, Any], Shape]] = {
    "dense": (DENSE, (1, 8, 8)),
    "top-k": (TOP_K, (1, 8, 8)),
    "convolutional with a dense code": (CONV, (1, 13, 14)),
    "convolutional": (FREE, (3, 28, 30)),
    "convolutional top-k": (FREE_TOP_K, (1, 16, 16)),
}
"""Settings and the shape of the images. 28×30 halves to odd sizes on the way down, one way and the other."""


def model_file(
    settings: Mapping[str, Any] | Run = DENSE, shape: Shape = (1, 8, 8), *, depth: int | None = None, samples: int = 9
) -> ModelFile:
    """A model file with its images, curves and scores; its weights are drawn, biases too."""
    run = settings if isinstance(settings, Run) else Run.from_settings(settings)
    generator = torch.Generator().manual_seed(5)
    weights = Autoencoder(run, shape).snapshot()
    for name, weight in weights.items():
        if name.endswith((".b", ".c")):
            weights[name] = 0.2 * torch.randn(weight.shape, generator=generator)
    return ModelFile(
        run,
        shape,
        weights,
        {"mse": 0.25, "psnr": 6.02, "psnr_corrupted": 4.5},
        depth,
        images(samples, shape, seed=2) if samples else None,
        curves(),
        {"trained on": "small images", "steps": "40"},
    )


def curves() -> Curves:
    """A history of forty steps and three evaluations."""
    steps = np.arange(1, 41)
    terms = np.stack([30 / steps, np.linspace(0, 1, 40)], axis=1).astype(np.float32)
    evaluations = tuple(
        evaluation(
            step,
            step // 10,
            "held-out",
            "end to end",
            {"reconstruction": 9.0},
            {"reconstruction": 9.0 / step},
            {"psnr": 10.0 + step / 10, "psnr_corrupted": 9.0},
        )
        for step in (10, 20, 40)
    )
    return Curves(
        ("reconstruction", "kl-sparsity"), steps, terms, np.ones_like(terms), ((1, "end to end"),), evaluations
    )


USUAL = {"opset": onnx_file.OPSET, "weights": "float32"}
"""How an ONNX file is written where nobody says it."""


@contextmanager
def exported_once(written: dict[Piece, float]) -> Iterator[None]:
    """Meanwhile a card takes for an ONNX file of a part what another export of the same model has found of it."""
    honest = onnx_file.write

    def write(subject: Subject, made: Path, **how: Any) -> float:
        if made.name.endswith(".part.onnx") and subject.part in written:
            made.touch()
            return written[subject.part]
        found = honest(subject, made, **how)
        if how in ({}, USUAL):
            written[subject.part] = found
        return found

    with patch.object(onnx_file, "write", write):
        yield


def format_of(kind: str) -> Format:
    return options(Format)[kind]()


def exported(
    file: ModelFile, kind: str, folder: Path, *, part: Piece = "autoencoder", report: Report = unheard
) -> Exported:
    """The export of a model file into a folder, by the name that the format gives."""
    format = format_of(kind)
    return export(file, format, folder / format.default_name(), part=part, report=report)
