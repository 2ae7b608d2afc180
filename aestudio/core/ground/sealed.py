"""Tensors and their description in one safetensors file that notices a single flipped bit.

safetensors has no checksum: a damaged weight would be read as a good one. The seal is a SHA-256 over every name, type,
shape and byte of the tensors and every entry of the description, kept as one more entry; any reader of safetensors
still reads the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import torch
from safetensors.torch import save
from torch import Tensor

SEAL = "sha256"
"""The entry of the description that holds the seal."""


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
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    return save(plain, metadata={**about, SEAL: seal(plain, about)})


def unbroken(tensors: Mapping[str, Tensor], about: Mapping[str, str]) -> bool:
    """Whether what was read is what was written."""
    return about.get(SEAL) == seal(tensors, about)
