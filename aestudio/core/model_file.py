"""One safetensors file: the weights, with the Run and the scores as its metadata. Nothing in it is ever executed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from aestudio.core import atomic
from aestudio.core.autoencoder import Autoencoder, Model
from aestudio.core.dataset import Shape
from aestudio.core.errors import ModelFileError, RunError, reason
from aestudio.core.run import Run

FORMAT, VERSION = "aestudio-model", 1
PICKLES = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


@dataclass(frozen=True, eq=False)
class ModelFile:
    """What a model file holds."""

    run: Run
    shape: Shape
    weights: Mapping[str, Tensor] = field(repr=False)
    scores: Mapping[str, float]
    """Held-out scores at the end of training."""
    depth: int | None = None
    """How many stages had been trained when it was saved; None for all."""

    def model(self) -> Model:
        return Model(self.run, self.shape, self.weights, self.depth)

    def save(self, path: Path) -> None:
        """Writes the file whole or not at all. Raises ModelFileError with a sentence."""
        about = {
            "format": FORMAT,
            "version": str(VERSION),
            "run": self.run.to_json(),
            "shape": json.dumps(self.shape),
            "scores": json.dumps(dict(self.scores)),
            "depth": json.dumps(self.depth),
        }
        content = save({name: tensor.contiguous() for name, tensor in self.weights.items()}, metadata=about)
        try:
            atomic.write_bytes(path, content)
        except OSError as error:
            raise ModelFileError(
                f"The model could not be saved as {path}: {reason(error)} Choose another place."
            ) from error


def load(path: Path) -> ModelFile:
    """Reads a model file; the sizes of its tensors are compared with its Run before any memory is taken.

    Raises: ModelFileError with a sentence where it is not a whole model file of this program.
    """
    try:
        with path.open("rb") as file:
            beginning = file.read(4)
    except OSError as error:
        raise ModelFileError(f"{path} cannot be opened: {reason(error)}") from error
    try:
        with safe_open(path, framework="pt") as file:
            about = file.metadata() or {}
            run, shape, scores, depth = _read(path, about)
            names = list(file.keys())
            _compare(path, run, shape, depth, {name: tuple(file.get_slice(name).get_shape()) for name in names})
            if any(file.get_slice(name).get_dtype() != "F32" for name in names):
                raise ModelFileError(f"{path.name} is damaged: its weights are not 32-bit floating-point numbers.")
            return ModelFile(run, shape, {name: file.get_tensor(name) for name in names}, scores, depth)
    except SafetensorError as error:
        # Only now: the header of a whole safetensors file may be so long that its first bytes, which are that length,
        # look like the beginning of a pickle.
        if beginning.startswith(PICKLES):
            raise ModelFileError(
                f"{path.name} is a pickle (a .pt or .pth file), which could run any program when opened; "
                "AEStudio opens .safetensors files only."
            ) from error
        raise ModelFileError(
            f"{path.name} is not a whole safetensors file; it may be damaged or cut short ({error})."
        ) from error


def _read(path: Path, about: Mapping[str, str]) -> tuple[Run, Shape, dict[str, float], int | None]:
    if about.get("format") != FORMAT:
        raise ModelFileError(
            f"{path.name} was not written by AEStudio: it holds weights, but not the run that they belong to."
        )
    try:
        version = int(about["version"])
        if version > VERSION:
            raise ModelFileError(
                f"{path.name} was written by a newer AEStudio (model format {version}); update AEStudio to open it."
            )
        run = Run.from_json(about["run"])
        channels, height, width = (int(n) for n in json.loads(about["shape"]))
        if not all(1 <= n <= 65536 for n in (channels, height, width)):
            raise ValueError(f"there are no images of {channels}×{height}×{width}.")
        scores = {str(name): float(value) for name, value in json.loads(about.get("scores", "{}")).items()}
        depth = json.loads(about.get("depth", "null"))
        if not (depth is None or (type(depth) is int and depth >= 1)):
            raise ValueError(f"{depth!r} is no number of layers.")
    except KeyError as error:
        raise ModelFileError(f"The description inside {path.name} is damaged: it has no {error}.") from error
    except (RunError, ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ModelFileError(f"The description inside {path.name} is damaged: {reason(error)}") from error
    return run, (channels, height, width), scores, depth


def _compare(path: Path, run: Run, shape: Shape, depth: int | None, given: Mapping[str, tuple[int, ...]]) -> None:
    try:
        with torch.device("meta"):
            model = Autoencoder(run, shape)
        wanted = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    except (RunError, RuntimeError, TypeError) as error:  # torch raises the last two for sizes beyond 64 bits
        raise ModelFileError(
            f"The run inside {path.name} describes no network that can be built: {reason(error)}"
        ) from error
    if depth is not None and depth > model.depth:
        raise ModelFileError(
            f"{path.name} does not fit its own description: {depth} layers were trained and it has {model.depth}."
        )
    if wanted != given:
        name = min(name for name in wanted.keys() | given.keys() if wanted.get(name) != given.get(name))
        size = f"{prod(wanted[name]):,} numbers {list(wanted[name])}" if name in wanted else "nothing"
        found = list(given[name]) if name in given else "nothing"
        raise ModelFileError(f"{path.name} does not fit its own description: {name} should be {size} and is {found}.")
