"""What penalties cost beside the plain step."""

from typing import Any, ClassVar

from aestudio.core.bench.figure import Figure
from aestudio.core.bench.running import Contender
from aestudio.core.bench.trainings import images, ours
from aestudio.core.ground.texts import Text
from aestudio.core.run.run import Run

PENALTIES: dict[str, list[dict[str, Any]]] = {
    "KL sparsity": [{"kind": "kl-sparsity"}],
    "contractive": [{"kind": "contractive"}],
    "KL sparsity and L2 on weights": [{"kind": "kl-sparsity"}, {"kind": "weight-decay"}],
}


class Penalties(Figure):
    """The same network with and without each penalty: 784-1000-784, batches of 128, float32."""

    kind: ClassVar[str] = "penalties"
    title: ClassVar[str] = "Penalties beside the plain step"
    about: ClassVar[str] = "The same network with and without each penalty: 784-1000-784, batches of 128, float32."
    unit: ClassVar[str] = "images"
    rank: ClassVar[int] = 3

    def contenders(self, size: float = 1.0) -> list[Contender]:
        width = max(8, int(1000 * size))
        plain = Run(batch_size=128).with_value("network.widths", [width]).with_value("precision", "float32")
        data = images((1, 28, 28), max(256, int(25_600 * size)))
        made = [ours(Text("no penalty"), plain, data)]
        return made + [ours(Text(name), plain.with_value("penalties", one), data) for name, one in PENALTIES.items()]
