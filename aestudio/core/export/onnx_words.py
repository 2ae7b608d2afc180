"""What an ONNX file says of itself: inputs and outputs with ranges and shapes, and the layer of each node."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from aestudio.core.export.format import Subject
from aestudio.core.export.graph import NAMES
from aestudio.core.export.pieces import told


@dataclass(frozen=True)
class Documented:
    """An input or an output."""

    name: str
    shape: str
    """With the names of free axes: `batch, 1, height, width`."""
    range: str
    meaning: str
    type: str = "float32"

    def sentence(self) -> str:
        """All of it, for `doc_string`."""
        return f"{self.meaning}. {self.type} [{self.shape}], {self.range}."


def documented(subject: Subject, shapes: dict[str, list[str]]) -> list[Documented]:
    """Every input and output of a part, by the shapes that its graph has them in."""
    given, made = NAMES[subject.part]
    sizes = subject.sizes
    steps = f"; height and width are multiples of {sizes.step}" if sizes.free and sizes.step > 1 else ""
    code = "any numbers: what the encoder gives"
    found = {
        "image": Documented("image", "", f"from 0, black, to 1, white{steps}", "Images, channel by channel"),
        "code": Documented("code", "", code, "Codes, one for each image"),
        "reconstruction": Documented("reconstruction", "", _output_range(subject), "Images that the decoder makes"),
        **{
            one.name: Documented(
                one.name, "", f"from {one.low:g} to {one.high:g}", f"What the network is told: {one.name}"
            )
            for one in told(subject.model, subject.part)
        },
    }
    names = [given, *(one.name for one in told(subject.model, subject.part)), made]
    return [Documented(**{**asdict(found[name]), "shape": ", ".join(shapes[name])}) for name in names]


def _output_range(subject: Subject) -> str:
    if getattr(subject.file.run.network, "output", "") == "sigmoid":
        return "from 0, black, to 1, white"
    return "meant from 0, black, to 1, white; a network without a sigmoid at its end may leave that range"


def document(proto: Any, subject: Subject) -> None:
    """Puts it into the file: `doc_string` of each value, and `inputs` and `outputs` of the metadata as JSON."""
    values = {value.name: value for value in (*proto.graph.input, *proto.graph.output)}
    shapes = {
        name: [axis.dim_param or str(axis.dim_value) for axis in value.type.tensor_type.shape.dim]
        for name, value in values.items()
    }
    said = documented(subject, shapes)
    for one in said:
        values[one.name].doc_string = one.sentence()
    outputs = {value.name for value in proto.graph.output}
    for kind, some in (
        ("inputs", [one for one in said if one.name not in outputs]),
        ("outputs", [one for one in said if one.name in outputs]),
    ):
        proto.metadata_props.add(key=kind, value=json.dumps([asdict(one) for one in some], ensure_ascii=False))


def name_nodes(graph: Any) -> None:
    """Nodes are called after the layer whose weights they or the last node before them have: `stages.0/Gemm`."""
    weights = {one.name for one in graph.initializer if "." in one.name}
    layer, seen = "input", Counter[str]()
    for node in graph.node:
        own = next((name for name in node.input if name in weights), None)
        layer = own.rpartition(".")[0] if own is not None else layer
        name = f"{layer}/{node.op_type}"
        seen[name] += 1
        node.name = name if seen[name] == 1 else f"{name}_{seen[name]}"
