"""ONNX, which onnxruntime and its kin run from many languages."""

from pathlib import Path
from typing import ClassVar

from aestudio.core.export import onnx_file, snippets
from aestudio.core.export.format import Format, Outcome, Subject
from aestudio.core.export.onnx_weights import LIMITS, Weights
from aestudio.core.ground.texts import say
from aestudio.core.parts.slots import knob


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

    opset: int = knob(
        20, "Opset", low=18, high=23, tip="The version of ONNX's operators; older runtimes need a lower one."
    )
    weights: Weights = knob(
        "float32", "Weights", tip="Fewer bits make a smaller file that differs more; how much is measured and said."
    )

    @property
    def accepted(self) -> float:
        return LIMITS[self.weights]

    def write(self, subject: Subject, made: Path) -> Outcome:
        parity = onnx_file.write(subject, made, opset=self.opset, weights=self.weights)
        return Outcome(parity, (*self._notes(), *subject.notes()), snippets.for_onnx(made.name, subject))

    def _notes(self) -> tuple[str, ...]:
        match self.weights:
            case "float16":
                return (say("Weights are stored with 16 bits and calculated with at 32."),)
            case "int8":
                return (say("Weights are stored with 8 bits and a scale for each channel, and calculated with at 32."),)
            case _:
                return ()
