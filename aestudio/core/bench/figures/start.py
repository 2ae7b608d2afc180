"""How long programs take to start."""

import subprocess
import sys
import time
from collections.abc import Callable
from typing import ClassVar

from aestudio.core.bench.figure import Figure
from aestudio.core.bench.running import Contender
from aestudio.core.ground.texts import Text

PROGRAMS: dict[str, tuple[str, ...]] = {
    "import torch, torchvision": ("-c", "import torch, torchvision"),
    "aestudio --help": ("-m", "aestudio", "--help"),
    "aestudio recipes": ("-m", "aestudio", "recipes"),
    "aestudio info": ("-m", "aestudio", "info"),
}


class Start(Figure):
    """Commands beside what Python needs to import torch and torchvision."""

    kind: ClassVar[str] = "start"
    title: ClassVar[str] = "Starting"
    about: ClassVar[str] = "Commands beside what Python needs to import torch and torchvision."
    unit: ClassVar[str] = "starts"
    rank: ClassVar[int] = 10

    def contenders(self, size: float = 1.0) -> list[Contender]:
        names = list(PROGRAMS)[: 2 if size < 1 else None]
        return [Contender(Text("{command}", command=name), _starting(PROGRAMS[name])) for name in names]


def _starting(arguments: tuple[str, ...]) -> Callable[[float], float]:
    def go_on(seconds: float) -> float:
        until, done = time.perf_counter() + seconds, 0
        while True:
            subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
            done += 1
            if time.perf_counter() >= until:
                return done

    return go_on
