"""The multilayer perceptron."""

from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Le, MinLen

from aestudio.core.ground.shapes import Shape
from aestudio.core.parts.activations import ACTIVATIONS, ActivationName, OutputName
from aestudio.core.parts.dense import DenseStage
from aestudio.core.parts.families.network import Network
from aestudio.core.parts.slots import knob
from aestudio.core.parts.stages import Stage

Width = Annotated[int, Ge(1), Le(65536)]


class Perceptron(Network):
    """Fully connected layers down to the code, and the same widths back up."""

    kind: ClassVar[str] = "mlp"
    title: ClassVar[str] = "Multilayer perceptron"
    about: ClassVar[str] = "Fully connected layers down to the code, and the same widths back up."
    equation: ClassVar[str] = r"h_l = s(W_l h_{l-1} + b_l)"
    source: ClassVar[str] = "Bank, Koenigstein, Giryes (2020), section 1"
    rank: ClassVar[int] = 1
    code_size_knob: ClassVar[str] = "widths"

    widths: Annotated[tuple[Width, ...], MinLen(1)] = knob(
        (64,),
        "Layer widths",
        tip="Units of each hidden layer from the image to the code, separated by commas; the last is the code.",
    )
    activation: ActivationName = knob("sigmoid", "Activation", tip="Of every hidden layer.")
    code_activation: Literal["same"] | ActivationName = knob(
        "same", "Code activation", tip="Of the last hidden layer; `identity` leaves the code unbounded."
    )
    output: OutputName = knob(
        "sigmoid", "Output", tip="sigmoid keeps reconstructions between 0 and 1, which cross-entropy needs."
    )
    tied: bool = knob(
        False, "Tied weights", tip="Every decoder layer is its encoder layer's transpose: one and the same tensor."
    )

    def build(self, shape: Shape, outputs: int = 1) -> list[Stage]:
        stages: list[Stage] = []
        below, range_below = tuple(shape), ACTIVATIONS[self.output]
        for depth, width in enumerate(self.widths, start=1):
            last = depth == len(self.widths)
            name = self.code_activation if last and self.code_activation != "same" else self.activation
            stage = DenseStage(below, width, ACTIVATIONS[name], range_below, tied=self.tied, outputs=outputs)
            stages.append(stage)
            below, range_below, outputs = (width,), ACTIVATIONS[name], 1
        return stages
