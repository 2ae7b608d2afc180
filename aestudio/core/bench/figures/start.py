"""How long programs take to start."""

from typing import ClassVar

from aestudio.core.bench.figure import Figure
from aestudio.core.bench.programs import READY, starting
from aestudio.core.bench.running import Contender
from aestudio.core.ground.texts import Text

COMMANDS = ("--help", "recipes", "runs", "info")


class Start(Figure):
    """Commands, and the window until it can train, beside what Python needs to import torch and torchvision."""

    kind: ClassVar[str] = "start"
    title: ClassVar[str] = "Starting"
    about: ClassVar[str] = (
        "Commands, and the window until it can train, beside what Python needs to import torch and torchvision."
    )
    unit: ClassVar[str] = "starts"
    rank: ClassVar[int] = 10

    def contenders(self, size: float = 1.0) -> list[Contender]:
        yardstick = Contender(
            Text("{command}", command="import torch, torchvision"), starting("-c", "import torch, torchvision")
        )
        commands = [
            Contender(Text("{command}", command=f"aestudio {name}"), starting("-m", "aestudio", name))
            for name in COMMANDS
        ]
        if size < 1:
            return [yardstick, commands[0]]
        return [yardstick, *commands, Contender(Text("window, ready to train"), starting("-c", READY))]
