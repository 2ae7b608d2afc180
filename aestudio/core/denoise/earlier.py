"""Earlier results of this program among pictures: to clean them once more is hardly ever meant."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

from aestudio.core.data.walking import is_image_name
from aestudio.core.denoise.record import results_in

BEHIND = "-denoised"
"""Put behind the name of a picture for that of its result beside it, with a number where that is taken."""
_MADE = re.compile(rf"(.+){BEHIND}(-\d+)?")


class Earlier:
    """Looks into each folder once."""

    def __init__(self) -> None:
        self._of_batch, self._stems = cache(results_in), cache(_stems)

    def holds(self, path: Path) -> bool:
        """Whether it is the result of a batch into a folder that it lies in, however deep, or lies beside its original
        under the name that the page Denoise gives.
        """
        path = path.absolute()
        if any((held := self._of_batch(one)) and path.relative_to(one).as_posix() in held for one in path.parents):
            return True
        made = _MADE.fullmatch(path.stem)
        return made is not None and made[1] in self._stems(path.parent)


def _stems(folder: Path) -> frozenset[str]:
    """The names of its pictures, without their endings."""
    try:
        return frozenset(Path(name).stem for name in os.listdir(folder) if is_image_name(name))
    except OSError:
        return frozenset()
