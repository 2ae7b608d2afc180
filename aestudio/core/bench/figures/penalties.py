"""What penalties cost beside the plain step."""

from typing import ClassVar

from aestudio.core.bench.figure import Figure
from aestudio.core.bench.running import Contender
from aestudio.core.bench.trainings import images, ours
from aestudio.core.ground.texts import AND, Text, listed
from aestudio.core.parts.families.penalty import Penalty
from aestudio.core.parts.slots import options
from aestudio.core.run.run import Run

PENALTIES = (("kl-sparsity",), ("contractive",), ("kl-sparsity", "weight-decay"))


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
        for kinds in PENALTIES:
            name = listed([Text(options(Penalty)[kind].title) for kind in kinds], AND)
            made.append(ours(name, plain.with_value("penalties", [{"kind": kind} for kind in kinds]), data))
        return made
