"""What travels between this program and the workers of a cluster: settings and events as JSON, images and weights as
safetensors. Nothing in it is ever executed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypedDict, get_args

import numpy as np
import torch
from safetensors.torch import load, save
from torch import Tensor

from aestudio.core.data.dataset import Dataset, Resident, Split
from aestudio.core.ground.sealed import as_pairs, from_pairs
from aestudio.core.run.events import Event, Preview
from aestudio.core.run.run import Run

KINDS = {kind.__name__: kind for kind in get_args(Event)}


class Packed(TypedDict):
    """One thing on its way."""

    about: str
    """JSON."""
    tensors: bytes
    """A safetensors file; empty where there are none."""


def packed_event(event: Event) -> Packed:
    """What `event_of` makes the same event of; of a Preview what only slow motion looks at is left out."""
    values: dict[str, Any] = {}
    runs: dict[str, str] = {}
    tensors: dict[str, Tensor] = {}
    arrays: list[str] = []
    for one in fields(event):
        value = getattr(event, one.name)
        if isinstance(event, Preview) and one.name in ("coming", "before"):
            continue
        if isinstance(value, Run):
            runs[one.name] = value.to_json()
        elif isinstance(value, np.ndarray):
            arrays.append(one.name)
            tensors[one.name] = torch.from_numpy(value.copy())  # safetensors takes no shared memory
        elif isinstance(value, dict) and value and all(isinstance(inner, Tensor) for inner in value.values()):
            tensors |= {f"{one.name}/{key}": inner for key, inner in value.items()}
        else:
            values[one.name] = value
    said = {"event": type(event).__name__, "values": values, "runs": runs, "arrays": arrays}
    return _packed(said, tensors)


def event_of(packed: Packed) -> Event:
    """Raises: ValueError or KeyError where it was packed by another version."""
    said, tensors = _unpacked(packed)
    values = {name: _frozen(value) for name, value in said["values"].items()}
    values |= {name: Run.from_json(text) for name, text in said["runs"].items()}
    values |= {name: tensors.pop(name).numpy() for name in said["arrays"]}
    for name, tensor in tensors.items():
        of, _, key = name.partition("/")
        values.setdefault(of, {})[key] = tensor
    made: Event = KINDS[said["event"]](**values)
    return made


def packed_data(dataset: Dataset) -> Packed | None:
    """Images and labels; None where they do not lie in memory, so that only its source can make the data set."""
    tensors: dict[str, Tensor] = {}
    for name, split in (("train", dataset.train), ("held_out", dataset.held_out)):
        if not isinstance(split.images, Resident):
            return None
        tensors[name] = split.images.images
        if split.labels is not None:
            tensors[f"{name}/labels"] = split.labels
    return _packed({"name": dataset.name, "label_names": dataset.label_names}, tensors)


def data_of(packed: Packed) -> Dataset:
    """The data set with the same images and labels."""
    said, tensors = _unpacked(packed)
    train, held_out = (Split(Resident(tensors[name]), tensors.get(f"{name}/labels")) for name in ("train", "held_out"))
    return Dataset(said["name"], train, held_out, tuple(said["label_names"]))


def _packed(said: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Packed:
    plain, pairs = as_pairs(tensors, {})
    return {"about": json.dumps({**said, "pairs": pairs}), "tensors": save(plain) if plain else b""}


def _unpacked(packed: Packed) -> tuple[dict[str, Any], dict[str, Tensor]]:
    said = json.loads(packed["about"])
    return said, from_pairs(load(packed["tensors"]) if packed["tensors"] else {}, said["pairs"])


def _frozen(value: Any) -> Any:
    """Lists as the tuples that they were."""
    if isinstance(value, list):
        return tuple(_frozen(inner) for inner in value)
    return {key: _frozen(inner) for key, inner in value.items()} if isinstance(value, dict) else value
