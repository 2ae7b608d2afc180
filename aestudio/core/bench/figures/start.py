"""How long programs take to start."""

from typing import ClassVar

from aestudio.core.bench.figure import Figure
from aestudio.core.bench.programs import READY, starting
from aestudio.core.bench.running import Contender
from aestudio.core.ground.texts import Text

PROGRAMS: dict[str, tuple[str, ...]] = {
    "import torch, torchvision": ("-c", "import torch, torchvision"),
    "aestudio --help": ("-m", "aestudio", "--help"),
    "aestudio recipes": ("-m", "aestudio", "recipes"),
    "aestudio runs": ("-m", "aestudio", "runs"),
    "aestudio info": ("-m", "aestudio", "info"),
}


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
        found = [Contender(Text("{command}", command=name), starting(*how)) for name, how in PROGRAMS.items()]
        return found[:2] if size < 1 else [*found, Contender(Text("window, ready to train"), starting("-c", READY))]
