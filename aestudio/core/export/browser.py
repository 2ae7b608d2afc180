"""A part of a network for a page in a browser: its graph as a list of steps, and weights as half floats in one text."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from operator import getitem
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, fx

from aestudio.core.export.format import PARTS, Subject
from aestudio.core.export.graph import first_line, quietly
from aestudio.core.export.pieces import given_shape, told_defaults
from aestudio.core.ground.errors import ExportError
from aestudio.core.ground.resources import resource

if TYPE_CHECKING:
    from torch.export import ExportedProgram

KINDS: dict[str, str] = {"f2": "<f2", "f4": "<f4", "u1": "|u1"}
"""How numbers are kept, by NumPy's names: 16 and 32 bits, and bytes that are 255ths."""
INDEX = "aten.index.Tensor"
"""The page takes places of one axis only."""
UNSAID = {"dtype", "layout", "device", "pin_memory", "memory_format", "non_blocking"}
"""What an array in a browser knows nothing of."""

Table = dict[str, tuple[str, int, list[int]]]
"""Where each array lies among the bytes: its kind, its first byte and its shape."""


@dataclass(frozen=True, eq=False)
class Steps:
    """A part that runs for one image of the trained size."""

    program: ExportedProgram
    steps: list[dict[str, Any]]
    """`{"op": "weight", "name": …}`, `{"op": "input"}`, or torch's name of an operation with its `args`, where
    `{"step": 3}` is what step 3 gave."""
    output: int
    weights: Mapping[str, Tensor]

    def told(self) -> dict[str, Any]:
        """What the page is told of it."""
        return {"steps": self.steps, "output": self.output}

    def with_weights(self, weights: Mapping[str, Tensor]) -> Callable[[Tensor], Tensor]:
        """The same graph in torch with other weights, [1, …] → [1, …]."""
        nodes = list(self.program.graph.nodes)
        order = [self.steps[number] for number in range(sum(node.op == "placeholder" for node in nodes))]
        graph = fx.Interpreter(self.program.graph_module)

        @torch.no_grad()
        def run(given: Tensor) -> Tensor:
            made = graph.run(*(given if one["op"] == "input" else weights[one["name"]] for one in order))
            result: Tensor = made[0]
            return result

        return run


@cache
def operations() -> frozenset[str]:
    """What the page can compute, by torch's names."""
    source = resource("export", "live-network.js").read_text(encoding="utf-8")
    return frozenset(re.findall(r'^  "([\w.]+)": ', source, re.MULTILINE))


def steps_of(subject: Subject) -> Steps:
    """The subject's part. What the network is told beside an image is what it takes where nobody says it.

    Raises: ExportError where torch cannot trace it, or where it needs an operation that the page does not know.
    """
    from torch.export import export

    given = torch.zeros(1, *given_shape(subject.model, subject.part))
    beside = told_defaults(subject.model, subject.part, given)
    with quietly(), torch.no_grad():
        try:
            program = export(subject.module, (given, *beside)).run_decompositions()
        except Exception as error:  # torch raises whatever its tracer stumbled on
            raise ExportError(
                "torch cannot turn the {part} into a graph: {first_line}",
                part=PARTS[subject.part],
                first_line=first_line(error),
            ) from error
    found = _Reader(program, subject, beside)
    return Steps(program, found.steps, found.output, found.weights)


class _Reader:
    """Reads a graph step by step."""

    def __init__(self, program: ExportedProgram, subject: Subject, beside: tuple[Tensor, ...]) -> None:
        self.steps: list[dict[str, Any]] = []
        self.weights: dict[str, Tensor] = {}
        self.output = -1
        self._at: dict[fx.Node, int] = {}
        self._subject = subject
        signature = program.graph_signature
        held = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
        lifted = signature.inputs_to_lifted_tensor_constants
        known = {**program.state_dict, **program.constants}
        told = dict(zip(signature.user_inputs[1:], beside, strict=True))
        for node in program.graph.nodes:
            self._at[node] = len(self.steps)
            match node.op:
                case "placeholder":
                    name = held.get(node.name) or lifted.get(node.name)
                    if name is not None:
                        self._weight(name, known[name])
                    elif node.name in told:
                        self._weight(f"told.{node.name}", told[node.name])
                    else:
                        self.steps.append({"op": "input"})
                case "call_function":
                    self.steps.append({"op": self._known(node), "args": self._args(node)})
                case "output":
                    self.output = self._at[node.args[0][0]]

    def _weight(self, name: str, tensor: Tensor) -> None:
        self.weights[name] = tensor.detach()
        self.steps.append({"op": "weight", "name": name})

    def _known(self, node: fx.Node) -> str:
        operation = getitem.__name__ if node.target is getitem else str(node.target)
        indices: Any = node.args[1] if operation == INDEX else ()
        if operation not in operations() or sum(one is not None for one in indices) > 1:
            raise ExportError(
                "A live card does not know how to compute {operation}, which the {part} of this model needs; export "
                "it as ONNX instead.",
                operation=operation,
                part=PARTS[self._subject.part],
            )
        return operation

    def _args(self, node: fx.Node) -> list[Any]:
        said = {name: value for name, value in node.kwargs.items() if name not in UNSAID}
        args = [self._written(one) for one in node.args]
        return [*args, {name: self._written(value) for name, value in said.items()}] if said else args

    def _written(self, value: Any) -> Any:
        match value:
            case fx.Node():
                return {"step": self._at[value]}
            case list() | tuple():
                return [self._written(one) for one in value]
            case bool() | int() | float() | str() | None:
                return value
        return str(value)


def packed(arrays: Mapping[str, Tensor], kinds: Mapping[str, str]) -> tuple[Table, str]:
    """All arrays one after the other as base64, and where each lies; `kinds` by name, f4 where it says nothing."""
    table: Table = {}
    parts: list[bytes] = []
    begin = 0
    for name, tensor in arrays.items():
        kind = kinds.get(name, "f4")
        with np.errstate(over="ignore"):  # found when it is read back
            values = tensor.detach().cpu().contiguous().numpy().astype(KINDS[kind]).tobytes()
        table[name] = kind, begin, list(tensor.shape)
        values += b"\0" * (-len(values) % 4)
        parts.append(values)
        begin += len(values)
    return table, base64.b64encode(b"".join(parts)).decode()


def unpacked(table: Mapping[str, Any], text: str) -> dict[str, Tensor]:
    """What `packed` has written, as float32; bytes as 255ths."""
    content = base64.b64decode(text)
    found = {}
    for name, (kind, begin, shape) in table.items():
        values = np.frombuffer(content, KINDS[kind], int(np.prod(shape)), begin).astype(np.float32)
        found[name] = torch.from_numpy(values.reshape(shape)) / (255 if kind == "u1" else 1)
    return found
