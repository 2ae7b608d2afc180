"""ONNX files: written as one file, checked, run by onnxruntime and compared with the model."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from aestudio import __version__
from aestudio.core.export.format import PARTS, Subject
from aestudio.core.export.graph import NAMES, first_line, quietly, traced
from aestudio.core.export.onnx_weights import LIMITS, Weights, rounded
from aestudio.core.export.onnx_words import document, name_nodes
from aestudio.core.export.parity import largest_difference
from aestudio.core.export.pieces import told
from aestudio.core.ground.errors import ExportError, StudioError
from aestudio.core.ground.texts import say

if TYPE_CHECKING:
    from onnx import ModelProto

# onnxruntime writes a file with an identifier of the machine into the person's home where this is not set before it is
# imported; nothing else imports it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

OPSET = 20
"""Of ONNX's operators, where nobody says another version."""
MOST_BYTES = 2**31 - 2**20
"""Of weights: protobuf takes files of up to 2 GiB, the graph among them."""

FREE = {"image": ("batch", "", "height", "width"), "code": ("batch", "", "code_height", "code_width")}
"""What the free axes are called in the file."""


def write(subject: Subject, made: Path, *, opset: int = OPSET, weights: Weights = "float32") -> float:
    """Writes the file, of this version of ONNX's operators and with such weights, and gives the largest absolute
    difference from the model.

    Raises: ExportError where it cannot be made or differs too much; OSError where it cannot be written.
    """
    size = sum(weight.numel() * weight.element_size() for weight in subject.module.state_dict().values())
    if size > MOST_BYTES:
        raise ExportError(
            "An ONNX file holds up to 2 GB, and the weights of the {part} take {gigabytes:.1f} GB; export it as "
            ".pt2 or as safetensors.",
            part=PARTS[subject.part],
            gigabytes=size / 1e9,
        )
    subject.report(say("Tracing the graph"), 0.05)
    program = traced(subject)
    subject.report(say("Translating it to ONNX"), 0.25)
    content = _described(_translated(subject, program, opset), subject, weights).SerializeToString()
    subject.report(say("Writing the file"), 0.7)
    made.write_bytes(content)
    subject.report(say("Checking the file"), 0.75)
    with _refusing(lambda said: ExportError("Onnx finds the file faulty: {said}", said=said)):
        import onnx

        onnx.checker.check_model(made.read_bytes(), full_check=True)  # not by its name, which need not be UTF-8
    subject.report(say("Running it in onnxruntime"), 0.85)
    with _refusing(lambda said: ExportError("Onnxruntime cannot run the file: {said}", said=said)):
        run = runner(made, subject)
        try:
            return largest_difference(subject, run, LIMITS[weights])
        except ExportError as error:
            if weights == "float32":
                raise
            raise ExportError("{said} Choose weights with more bits.", said=str(error)) from error


def runner(path: Path, subject: Subject) -> Any:
    """The file as a function from its input to its output."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what it has to say is raised as well
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # threads that spin would slow a training down
    session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
    given, made = NAMES[subject.part]

    names = (given, *told_names(subject))

    def run(*values: Tensor) -> Tensor:
        fed = {name: value.numpy() for name, value in zip(names, values, strict=True)}
        return torch.from_numpy(session.run([made], fed)[0])

    return run


def told_names(subject: Subject) -> tuple[str, ...]:
    """What the inputs beside the image are called."""
    return tuple(one.name for one in told(subject.model, subject.part))


def _translated(subject: Subject, program: Any, opset: int = OPSET) -> ModelProto:
    given, made = NAMES[subject.part]
    with (
        quietly(),
        _refusing(
            lambda said: ExportError(
                "Torch cannot write the {part} as ONNX: {said}", part=PARTS[subject.part], said=said
            )
        ),
    ):
        done = torch.onnx.export(
            program,
            (),
            dynamo=True,
            input_names=[given, *told_names(subject)],
            output_names=[made],
            verbose=False,
            optimize=True,
            opset_version=opset,
        )
        if done is None:
            raise ExportError("torch cannot write the {part} as ONNX.", part=PARTS[subject.part])
        return done.model_proto


def _described(proto: ModelProto, subject: Subject, weights: Weights) -> ModelProto:
    """The Run and the scores go in; torch's notes of itself, paths of this machine among them, go out."""
    run, graph = subject.file.run, proto.graph
    _strip(graph)
    for function in proto.functions:
        _strip(function)
    name_nodes(graph)
    rounded(proto, weights)
    graph.name = subject.part
    for value in (*graph.input, *graph.output):
        names = FREE["code" if value.name == "code" else "image"]
        for axis, name in zip(value.type.tensor_type.shape.dim, names, strict=False):
            if axis.HasField("dim_param"):
                axis.dim_param = name
    proto.producer_name, proto.producer_version = "AEStudio", __version__
    proto.doc_string = run.title
    proto.model_version = _steps(subject)
    del proto.metadata_props[:]
    about = {
        name: said for name, said in subject.file.description().items() if name in ("run", "shape", "scores", "depth")
    }
    for name, said in {"title": run.title, "part": subject.part, **about}.items():
        proto.metadata_props.add(key=name, value=said)
    document(proto, subject)
    return proto


def _steps(subject: Subject) -> int:
    """That the model was trained for: a later state of a training is a later version of its model."""
    said = subject.file.facts.get("steps", "").replace(",", "")
    return int(said) if said.isdecimal() else 0


def _strip(graph: Any) -> None:
    del graph.value_info[:], graph.metadata_props[:]
    parts = [*graph.node]
    if hasattr(graph, "initializer"):
        parts += [*graph.input, *graph.output, *graph.initializer]
    for part in parts:
        part.doc_string = ""
        del part.metadata_props[:]


@contextmanager
def _refusing(sentence: Callable[[str], ExportError]) -> Iterator[None]:
    """These libraries raise exceptions of many kinds, none of which is a sentence."""
    try:
        yield
    except (StudioError, OSError, MemoryError):  # these say it already
        raise
    except Exception as error:
        raise sentence(first_line(error)) from error
