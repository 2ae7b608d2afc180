"""Two processes that train one network, beside one process."""

from typing import ClassVar

from aestudio.core.bench.figure import Figure
from aestudio.core.bench.programs import Resting
from aestudio.core.bench.running import Contender
from aestudio.core.ground.texts import Text
from aestudio.core.run.run import Run


class Processes(Figure):
    """784-1000-784 in batches of 1024 over all: one process with every core, two with half of them each."""

    kind: ClassVar[str] = "processes"
    title: ClassVar[str] = "Training in two processes"
    about: ClassVar[str] = (
        "784-1000-784 in batches of 1024: by one process with every core, and by two with half of the cores each, as "
        "aestudio train --nproc 2 does."
    )
    unit: ClassVar[str] = "images"
    rank: ClassVar[int] = 6

    def contenders(self, size: float = 1.0) -> list[Contender]:
        batch, width = max(16, int(1024 * size)), max(8, int(1000 * size))
        run = Run(batch_size=batch).with_value("network.widths", [width]).with_value("epochs", 100_000)
        count = 25 * batch
        return [
            Contender(Text("one process"), Resting(run, count, device="cpu").go_on),
            Contender(Text("two processes"), Resting(run, count, device="cpu", processes=2).go_on),
        ]
