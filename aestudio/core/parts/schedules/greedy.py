"""Greedy layer-by-layer training, then optional fine-tuning."""

from __future__ import annotations

from typing import ClassVar

from aestudio.core.ground.errors import RunError
from aestudio.core.parts.families.schedule import Schedule
from aestudio.core.parts.plan import Phase, Plan, Span
from aestudio.core.parts.slots import knob


class Greedy(Schedule):
    """Each layer is trained as an autoencoder of the previous layer's code; fine-tuning then trains all together."""

    kind: ClassVar[str] = "greedy"
    title: ClassVar[str] = "Greedy, layer by layer"
    about: ClassVar[str] = (
        "Each layer is trained as an autoencoder of the previous layer's code; fine-tuning then trains all together."
    )
    equation: ClassVar[str] = r"\min_{A_l, B_l} \; E\left[ \Delta(h_{l-1}, B_l(A_l(h_{l-1}))) \right]"
    source: ClassVar[str] = "Bank, Koenigstein, Giryes (2020), section 1; Bengio et al. (2006)"
    rank: ClassVar[int] = 1
    layer_epochs_knob: ClassVar[str] = "layer_epochs"

    layer_epochs: int = knob(10, "Epochs per layer", low=1, high=100_000)
    fine_tune: bool = knob(
        True, "Fine-tune", tip="Train all layers together afterwards, for the run's number of epochs."
    )

    def check(self, plan: Plan) -> None:
        if len(plan.stages) < 2:
            raise RunError(
                "Layer-by-layer training needs at least two layers, but the network has one; "
                "add a layer or train end to end."
            )

    def phases(self, epochs: int, depth: int) -> tuple[Phase, ...]:
        layers = tuple(Phase(f"layer {i + 1}", Span(i, i + 1), self.layer_epochs) for i in range(depth))
        return (*layers, Phase("fine-tuning", Span(0, depth), epochs)) if self.fine_tune else layers
