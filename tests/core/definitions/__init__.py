"""What members compute, written out another way, image by image and unit by unit: a file for each, found by its name.

`tests/core/definitions/penalties/l1.py` is about `aestudio/core/parts/penalties/l1.py`. The tests that compare run over
all members and say which file is missing. What a penalty needs beside it in a run, such as a code that is drawn, is
the file's `COMPANY`.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from aestudio.core.parts.slots import Slot


def of(member: type[Slot]) -> ModuleType:
    """The definition of a member. Fails with a sentence where nobody has written it."""
    folder, name = member.family.rpartition(".")[2], member.__module__.rpartition(".")[2]
    try:
        return importlib.import_module(f"{__name__}.{folder}.{name}")
    except ModuleNotFoundError as error:
        raise AssertionError(
            f"Write out what {member.title} is in tests/core/definitions/{folder}/{name}.py."
        ) from error


def falls(member: type[Slot]) -> bool:
    """It gets smaller the more it counts, on a few small images too."""
    return bool(getattr(of(member), "FALLS", True))


def company(member: type[Slot]) -> Mapping[str, Any]:
    """The other settings of a run that a member has a meaning in."""
    needed: Mapping[str, Any] = getattr(of(member), "COMPANY", {})
    return needed
