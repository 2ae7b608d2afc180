"""ONNX, which onnxruntime and its kin run from many languages."""

from pathlib import Path
from typing import ClassVar

from aestudio.core.export import onnx_file, snippets
from aestudio.core.export.format import Format, Outcome, Subject


class Onnx(Format):
    """One file that onnxruntime runs from C++, JavaScript, C#, Java, Rust and Python, in browsers too."""

    kind: ClassVar[str] = "onnx"
    title: ClassVar[str] = "ONNX"
    about: ClassVar[str] = (
        "One file that onnxruntime runs from C++, JavaScript, C#, Java, Rust and Python, in browsers too."
    )
    source: ClassVar[str] = "Open Neural Network Exchange, https://onnx.ai; written by torch.onnx"
    rank: ClassVar[int] = 0
    suffix: ClassVar[str] = ".onnx"

    def write(self, subject: Subject, made: Path) -> Outcome:
        parity = onnx_file.write(subject, made)
        return Outcome(parity, subject.notes(), snippets.for_onnx(made.name, subject))
