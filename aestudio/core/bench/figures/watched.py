"""What the window takes from a training that is watched in it."""

from typing import ClassVar

from aestudio.core.bench.figure import Figure
from aestudio.core.bench.programs import Resting
from aestudio.core.bench.running import Contender
from aestudio.core.ground.texts import Text
from aestudio.core.run.run import Run


class Watching(Figure):
    """784-1000-784 in batches of 128: by the command train, and in windows that show Explore and Runs."""

    kind: ClassVar[str] = "watched"
    title: ClassVar[str] = "Training in the window"
    about: ClassVar[str] = (
        "784-1000-784 in batches of 128: by aestudio train, in a window that shows Explore, and in one that shows Runs."
    )
    unit: ClassVar[str] = "images"
    rank: ClassVar[int] = 5

    def contenders(self, size: float = 1.0) -> list[Contender]:
        run = Run(batch_size=128).with_value("network.widths", [max(8, int(1000 * size))]).with_value("epochs", 100_000)
        count = max(256, int(25_600 * size))
        explore, runs = Resting(run, count, "ExplorePage"), Resting(run, count, "RunsPage")
        made = [
            Contender(Text("aestudio train"), Resting(run, count).go_on),
            Contender(Text("Explore is seen"), explore.go_on, explore.remark),
            Contender(Text("Runs is seen"), runs.go_on, runs.remark),
        ]
        return made[:2] if size < 1 else made
