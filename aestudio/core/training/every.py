"""How often a checkpoint is taken, and when the next one is due."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from aestudio.core.ground.errors import RunError


@dataclass(frozen=True)
class Every:
    """How often checkpoints are taken: after so many seconds or whole epochs, whichever comes first; 0 is never."""

    seconds: float = 30.0
    epochs: int = 0

    @staticmethod
    def from_text(text: str) -> Every:
        """`30s`, `5min`, `2 epochs` or `never`. Raises RunError with a sentence for anything else."""
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|sec|seconds?|m|min|minutes?|e|epochs?)", text.strip())
        if text.strip() == "never":
            return Every(0, 0)
        if found is None or (found[2][0] == "e" and "." in found[1]):
            raise RunError(
                "Checkpoints can be taken every 30s, 5min or 2 epochs, or never; not every {text!r}.", text=text
            )
        if found[2][0] == "e":
            return Every(0, int(found[1]))
        return Every(float(found[1]) * (60 if found[2][0] == "m" else 1), 0)

    def text(self) -> str:
        """What `from_text` reads."""
        if self.epochs:
            return f"{self.epochs} epochs"
        minutes = self.seconds / 60
        whole = minutes >= 1 and minutes.is_integer()
        return "never" if not self.seconds else f"{minutes:.0f}min" if whole else f"{self.seconds:.15g}s"


DEFAULT = Every()


class Due:
    """Tells when the next checkpoint is due: at once for a training that has none, then as `every` says."""

    def __init__(self, every: Every, *, begun: bool) -> None:
        self._every, self._begun = every, begun
        self._at, self._epoch = time.monotonic(), -1

    def __call__(self, epoch: int) -> bool:
        """`epoch` epochs are done in all."""
        if not self._begun:
            return True
        if self._epoch < 0:
            self._epoch = epoch
        timely = self._every.seconds > 0 and time.monotonic() - self._at >= self._every.seconds
        return timely or (self._every.epochs > 0 and epoch - self._epoch >= self._every.epochs)

    def taken(self) -> None:
        """One was taken, or could not be: the next one is due in a while."""
        self._begun, self._at, self._epoch = True, time.monotonic(), -1
