"""One safetensors file: the weights, with the Run, the scores and the history as its description. Nothing in it is ever
executed.

Version 2 adds a seal, by which a flipped bit is noticed, and what an export wants to show and to be compared on: a few
held-out images and the curves. Version 1 still opens.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import prod
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from aestudio.core.data.dataset import Dataset, ImageStore
from aestudio.core.ground import atomic
from aestudio.core.ground.compute import machine
from aestudio.core.ground.errors import ModelFileError, RunError, SettingError, reason
from aestudio.core.ground.names import in_utf_8
from aestudio.core.ground.sealed import SEAL, from_pairs, paired, sealed, unbroken
from aestudio.core.ground.shapes import Shape
from aestudio.core.ground.texts import Text
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.model.suffix import SUFFIX
from aestudio.core.model.trained import Model
from aestudio.core.run.history import Curves
from aestudio.core.run.run import Run

FORMAT, VERSION = "aestudio-model", 2
PICKLES = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
MOST_SAMPLES, SAMPLE_BYTES, LARGEST_SAMPLE = 64, 2**18, 2**26
"""Held-out images that a file carries: as many as fit, at least one, unless one alone is enormous."""
MOST_POINTS = 512
"""Points of each curve that a file carries."""

KEPT_EPOCH = "weights of epoch"
"""The fact of a model file that names its `kept_epoch`."""

MOST_DIGITS = 18
"""Of a number that a database can hold."""


def of_epoch(kept: int | None) -> dict[str, str]:
    """That fact, where there is one."""
    return {} if kept is None else {KEPT_EPOCH: f"{kept:,}"}


def where_from(run: Run, dataset: Dataset, device: str) -> dict[str, str]:
    """Facts of a model that is trained now, on this device."""
    made = {"images": str(dataset.made)} if dataset.made else {}
    return {
        "trained on": f"{device}, {machine()}",
        "data": type(run.data).title,
        **made,
        "data fingerprint": dataset.fingerprint(),
    }


def some_samples(held_out: ImageStore) -> Tensor:
    """The held-out images that go with a model, uint8 [N, C, H, W] on the CPU: evenly spaced, so always the same."""
    count = min(len(held_out), MOST_SAMPLES, max(1, SAMPLE_BYTES // prod(held_out.shape)))
    index = torch.linspace(0, len(held_out) - 1, count).long()
    return held_out.gather(index).cpu()


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
    samples: Tensor | None = field(default=None, repr=False)
    """A few held-out images, uint8 [N, C, H, W]; None where the file carries none."""
    curves: Curves = field(default_factory=Curves, repr=False)
    """The history, thinned to a few hundred points; empty where the file carries none."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """Where it comes from, in words by name: those of `where_from`, `steps`, `finished`, and KEPT_EPOCH."""
    place: Path | None = None
    """The file that it was read from."""

    @property
    def kept_epoch(self) -> int | None:
        """Which epoch the weights are of, where they are those of the best and not the newest."""
        said = self.facts.get(KEPT_EPOCH, "").replace(",", "")
        return int(said) if said.isdecimal() and len(said) <= MOST_DIGITS else None

    def model(self) -> Model:
        return Model(self.run, self.shape, self.weights, self.depth)

    def description(self) -> dict[str, str]:
        """Everything but the weights, as text by name: the metadata of the file and of every export."""
        about = {
            "format": FORMAT,
            "version": str(VERSION),
            "run": self.run.to_json(),
            "shape": json.dumps(self.shape),
            "scores": json.dumps(dict(self.scores)),
            "depth": json.dumps(self.depth),
            "facts": json.dumps(dict(self.facts), ensure_ascii=False),
        }
        if len(self.curves.steps):
            about["curves"] = self.curves.thinned(MOST_POINTS).to_json()
        if self.samples is not None and prod(self.shape) <= LARGEST_SAMPLE:
            packed = zlib.compress(self.samples.contiguous().numpy().tobytes())
            about["samples"] = f"{len(self.samples)} {base64.b64encode(packed).decode()}"
        return about

    def save(self, path: Path) -> None:
        """Writes the file whole or not at all. Raises ModelFileError with a sentence."""
        content = sealed(self.weights, self.description())
        try:
            atomic.write_bytes(path, content)
        except OSError as error:
            raise ModelFileError(
                "The model could not be saved as {path}: {reason} Choose another place.",
                path=path,
                reason=reason(error),
            ) from error


def load(path: Path) -> ModelFile:
    """Reads a model file; the sizes of its tensors are compared with its Run before any memory is taken.

    Raises: ModelFileError with a sentence where it is not a whole model file of this program.
    """
    try:
        with path.open("rb") as file:
            beginning = file.read(4)
    except OSError as error:
        raise ModelFileError("{path} cannot be opened: {reason}", path=path, reason=reason(error)) from error
    try:
        with in_utf_8(path) as place, safe_open(place, framework="pt") as file:
            about = file.metadata() or {}
            made = _read(path, about)
            names = list(file.keys())
            wanted = _compare(path, made, {name: tuple(file.get_slice(name).get_shape()) for name in names}, about)
            # Cloned: what is read lies in the file, and whoever writes into that would change it.
            stored = {name: file.get_tensor(name).clone() for name in names}
            weights = from_pairs(stored, about)
            for name, tensor in weights.items():
                if tensor.dtype != wanted[name]:
                    raise ModelFileError(
                        "{file} is damaged: {name} should be {wanted} and is {found}.",
                        file=path.name,
                        name=name,
                        wanted=_numbers(wanted[name]),
                        found=_numbers(tensor.dtype),
                    )
    except (ValueError, RecursionError) as error:
        raise ModelFileError(
            "The description inside {name} is damaged: {reason}", name=path.name, reason=reason(error)
        ) from error
    except SafetensorError as error:
        # Only now: the header of a whole safetensors file may be so long that its first bytes, which are that length,
        # look like the beginning of a pickle.
        if beginning.startswith(PICKLES):
            raise ModelFileError(
                "{name} is a pickle (a .pt or .pth file), which could run any program when opened; AEStudio "
                "opens .safetensors files only.",
                name=path.name,
            ) from error
        if path.suffix.lower() != SUFFIX:
            raise ModelFileError(
                "{name} is no model that AEStudio can open; those are files that end in {suffix}.",
                name=path.name,
                suffix=SUFFIX,
            ) from error
        raise ModelFileError(
            "{name} is not a whole safetensors file; it may be damaged or cut short ({error}).",
            name=path.name,
            error=error,
        ) from error
    if (int(about["version"]) >= 2 or SEAL in about) and not unbroken(stored, about):
        raise ModelFileError(
            "{name} is damaged: what it holds is not what was written. Open another copy of it.", name=path.name
        )
    return replace(made, weights=weights, place=path)


def _read(path: Path, about: Mapping[str, str]) -> ModelFile:
    """What the description says; no weights yet."""
    if about.get("format") != FORMAT:
        raise ModelFileError(
            "{name} was not written by AEStudio: it holds weights, but not the run that they belong to.", name=path.name
        )
    try:
        version = int(about["version"])
        if version > VERSION:
            raise ModelFileError(
                "{name} was written by a newer AEStudio (model format {version}); update AEStudio to open it.",
                name=path.name,
                version=version,
            )
        if version < 1:
            raise SettingError("there is no model format {version}.", version=version)
        run = Run.from_json(about["run"])
        channels, height, width = (int(n) for n in json.loads(about["shape"]))
        if not all(1 <= n <= 65536 for n in (channels, height, width)):
            raise SettingError("there are no images of {shape}.", shape=f"{channels}×{height}×{width}")
        shape = (channels, height, width)
        scores = {str(name): float(value) for name, value in json.loads(about.get("scores", "{}")).items()}
        depth = json.loads(about.get("depth", "null"))
        if not (depth is None or (type(depth) is int and depth >= 1)):
            raise SettingError("{depth!r} is no number of layers.", depth=depth)
        samples = _samples(about["samples"], shape) if "samples" in about else None
        curves = Curves.from_json(about["curves"]) if "curves" in about else Curves()
        facts = {str(name): str(said) for name, said in json.loads(about.get("facts", "{}")).items()}
    except KeyError as error:
        raise ModelFileError(
            "The description inside {name} is damaged: it has no {error}.", name=path.name, error=error
        ) from error
    except (RunError, ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ModelFileError(
            "The description inside {name} is damaged: {reason}", name=path.name, reason=reason(error)
        ) from error
    return ModelFile(run, shape, {}, scores, depth, samples, curves, facts)


def _samples(text: str, shape: Shape) -> Tensor:
    """Raises ValueError where the text does not hold images of this shape; it is never unpacked beyond their size."""
    count, _, packed = text.partition(" ")
    wanted = int(count) * prod(shape)
    if not (1 <= int(count) <= MOST_SAMPLES and wanted <= max(SAMPLE_BYTES, min(prod(shape), LARGEST_SAMPLE))):
        raise SettingError("it carries {count} images, which is too much.", count=count)
    try:
        plain = zlib.decompressobj().decompress(base64.b64decode(packed, validate=True), wanted + 1)
    except (zlib.error, binascii.Error) as error:
        raise SettingError("its images cannot be unpacked ({error})", error=error) from error
    if len(plain) != wanted:
        raise SettingError("its images are not whole.")
    return torch.from_numpy(np.frombuffer(plain, np.uint8).reshape(int(count), *shape).copy())


def _numbers(kind: torch.dtype) -> Text:
    """A tensor's type in words: `float32 numbers`."""
    return Text("{kind} numbers", kind=str(kind).removeprefix("torch."))


def _compare(
    path: Path, made: ModelFile, given: Mapping[str, tuple[int, ...]], about: Mapping[str, str]
) -> dict[str, torch.dtype]:
    """The type of each tensor, as the run's parts declare it. Raises ModelFileError where one has another size."""
    given = {name: size[:-1] if name in paired(about) else size for name, size in given.items()}
    try:
        with torch.device("meta"):
            model = Autoencoder(made.run, made.shape)
        wanted = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    except (RunError, RuntimeError, TypeError) as error:  # torch raises the last two for sizes beyond 64 bits
        raise ModelFileError(
            "The run inside {name} describes no network that can be built: {reason}",
            name=path.name,
            reason=reason(error),
        ) from error
    if made.depth is not None and made.depth > model.depth:
        raise ModelFileError(
            "{name} does not fit its own description: {trained} layers were trained and it has {layers}.",
            name=path.name,
            trained=made.depth,
            layers=model.depth,
        )
    if wanted != given:
        name = min(name for name in wanted.keys() | given.keys() if wanted.get(name) != given.get(name))
        size = Text("nothing")
        if name in wanted:
            size = Text("{count:,} numbers {shape}", count=prod(wanted[name]), shape=list(wanted[name]))
        found = list(given[name]) if name in given else Text("nothing")
        raise ModelFileError(
            "{file} does not fit its own description: {name} should be {wanted} and is {found}.",
            file=path.name,
            name=name,
            wanted=size,
            found=found,
        )
    return {name: tensor.dtype for name, tensor in model.state_dict().items()}
