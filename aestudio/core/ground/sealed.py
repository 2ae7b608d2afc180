"""Tensors and their description in one safetensors file that notices a single flipped bit.

safetensors has no checksum: a damaged weight would be read as a good one. The seal is a SHA-256 over every name, type,
shape and byte of the tensors and every entry of the description, kept as one more entry; any reader of safetensors
still reads the file.

Nor does it know every type of complex numbers: they lie in the file as pairs of a real and an imaginary part, and one
more entry says which tensors do.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import torch
from safetensors.torch import save
from torch import Tensor

SEAL = "sha256"
"""The entry of the description that holds the seal."""
PAIRS = "complex"
"""The entry that lists the tensors of complex numbers, where there are any."""


def seal(tensors: Mapping[str, Tensor], about: Mapping[str, str]) -> str:
    """SHA-256 in hexadecimal, whatever the order of the names; an entry that holds a seal counts for nothing."""
    digest = hashlib.sha256()

    def add(content: bytes | memoryview) -> None:
        digest.update(len(content).to_bytes(8, "little"))  # so that nothing can move from one entry to the next
        digest.update(content)

    for name, said in sorted(about.items()):
        if name != SEAL:
            add(name.encode())
            add(said.encode())
    for name, tensor in sorted(tensors.items()):
        add(f"{name} {tensor.dtype} {list(tensor.shape)}".encode())
        plain = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
        add(plain.numpy().data)
    return digest.hexdigest()


def sealed(tensors: Mapping[str, Tensor], about: Mapping[str, str]) -> bytes:
    """The file's content."""
    plain, about = as_pairs(tensors, about)
    return save(plain, metadata={**about, SEAL: seal(plain, about)})


def unbroken(tensors: Mapping[str, Tensor], about: Mapping[str, str]) -> bool:
    """Whether what was read is what was written."""
    return about.get(SEAL) == seal(tensors, about)


def as_pairs(tensors: Mapping[str, Tensor], about: Mapping[str, str]) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors and description as a file takes them: on the CPU, complex numbers as pairs [..., 2]."""
    plain = {name: tensor.detach().cpu().resolve_conj() for name, tensor in tensors.items()}
    names = sorted(name for name, tensor in plain.items() if tensor.is_complex())
    plain |= {name: torch.view_as_real(plain[name]) for name in names}
    noted = {PAIRS: json.dumps(names)} if names else {}
    return {name: tensor.contiguous() for name, tensor in plain.items()}, {**about, **noted}


def from_pairs(tensors: Mapping[str, Tensor], about: Mapping[str, str]) -> dict[str, Tensor]:
    """The tensors as they were before `as_pairs`. Raises ValueError where the description lists others."""
    found = dict(tensors)
    for name in paired(about):
        if name not in found or found[name].shape[-1:] != (2,) or not found[name].is_floating_point():
            raise ValueError(f"{name} holds no complex numbers.")
        found[name] = torch.view_as_complex(found[name])
    return found


def paired(about: Mapping[str, str]) -> frozenset[str]:
    """The tensors that hold pairs. Raises ValueError where the description is damaged."""
    names = json.loads(about.get(PAIRS, "[]"))
    if not (isinstance(names, list) and all(isinstance(name, str) for name in names)):
        raise ValueError(f"{names!r} lists no tensors of complex numbers.")
    return frozenset(names)
