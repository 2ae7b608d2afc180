"""The linear autoencoder, PCA's twin."""

from typing import ClassVar

from aestudio.core.ground.shapes import Shape
from aestudio.core.parts.activations import ACTIVATIONS
from aestudio.core.parts.dense import DenseStage
from aestudio.core.parts.families.network import Network
from aestudio.core.parts.slots import knob
from aestudio.core.parts.stages import Stage


class Linear(Network):
    """One linear layer in and one out, biases included. With squared loss its best decoder spans the principal subspace
    of the data.
    """

    kind: ClassVar[str] = "linear"
    title: ClassVar[str] = "Linear"
    about: ClassVar[str] = (
        "One linear layer in and one out, biases included. With squared loss its best decoder spans the principal "
        "subspace of the data."
    )
    equation: ClassVar[str] = r"\hat{x} = V (W \tilde{x} + b) + c"
    source: ClassVar[str] = "Bank, Koenigstein, Giryes (2020), section 1; Baldi, Hornik (1989); Plaut (2018)"
    rank: ClassVar[int] = 0
    code_size_knob: ClassVar[str] = "code_size"

    code_size: int = knob(8, "Code size", low=1, high=4096, unit="units")
    tied: bool = knob(False, "Tied weights", tip="The decoder is the encoder's transpose: one and the same tensor.")

    def build(self, shape: Shape, outputs: int = 1) -> list[Stage]:
        identity = ACTIVATIONS["identity"]
        return [DenseStage(shape, self.code_size, identity, identity, tied=self.tied, outputs=outputs)]
