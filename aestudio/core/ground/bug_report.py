"""What a report of a mistake holds: versions, the device, the log; nothing that tells whose computer it is."""

from __future__ import annotations

import getpass
import platform
import re
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from aestudio import __version__
from aestudio.core.ground import folders, journal
from aestudio.core.ground.cores import cores
from aestudio.core.ground.errors import reason
from aestudio.core.ground.resources import resource
from aestudio.core.ground.texts import say

PACKAGES = (
    "torch",
    "torchvision",
    "numpy",
    "PySide6-Essentials",
    "pyqtgraph",
    "scikit-learn",
    "scikit-image",
    "Pillow",
)
MOST = 200_000
"""Characters of the log, the newest: more than this no one reads, and it still goes into a mail."""


@dataclass(frozen=True)
class Fact:
    """Something that runs here, or a place where things are kept."""

    key: str
    """For other programs; no language changes it."""
    name: str
    value: str | int


def known(*, device: bool) -> list[Fact]:
    """What runs here and where it keeps things; the `device` is what torch says, whose import takes seconds."""
    system = say("{version} on {system}", version=platform.python_version(), system=platform.platform())
    found = [Fact("device", say("Device"), _device())] if device else []
    return [
        Fact("aestudio", "AEStudio", __version__),
        Fact("python", "Python", system),
        *(Fact(package, package, _version(package)) for package in PACKAGES),
        *found,
        Fact("cores", say("Cores"), cores()),
        Fact("resources", say("Resources"), str(resource())),
        Fact("recipes", say("Your recipes"), str(folders.recipes())),
        Fact("datasets", say("Data sets"), str(folders.datasets())),
        Fact("library", say("Run library"), str(folders.library())),
        Fact("log", say("Log"), str(folders.log())),
    ]


def facts() -> list[tuple[str, str]]:
    """All of it, the device too: names and values in words."""
    return [(fact.name, str(fact.value)) for fact in known(device=True)]


def _device() -> str:
    """Where torch trains here. A report is wanted most where it cannot be imported."""
    try:
        from aestudio.core.ground import compute
    except (ImportError, OSError) as error:
        return say("torch cannot be imported: {reason}", reason=reason(error))
    return compute.choose().description


def summary(details: str) -> str:
    """Facts and the `details` of what has happened: private, short enough to be pasted somewhere."""
    lines = [f"{name}: {value}" for name, value in facts()]
    return private("\n".join((*lines, "", details)))


def report() -> str:
    """Facts and the log: private, as text for a file or a mail."""
    journal.crashes()  # into the log
    return summary(_log()[-MOST:])


def private(said: str) -> str:
    """The same, with `~` for the person's folder and `<user>` and `<computer>` for these names."""
    home = str(Path.home())
    for path in {home, str(Path(home).resolve())}:
        if len(path) > 3:  # `/` or `C:\\` is nobody's own
            for written in (path, path.replace("\\", "\\\\")):
                said = re.sub(re.escape(written) + r"(?!\w)", "~", said, flags=re.IGNORECASE)
    names = {Path(home).name: "<user>", platform.node(): "<computer>"}
    with suppress(KeyError, OSError, ImportError):  # a system without users
        names[getpass.getuser()] = "<user>"
    for name in sorted(filter(None, names), key=len, reverse=True):
        said = re.sub(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", names[name], said, flags=re.IGNORECASE)
    return said


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return say("not installed")


def _log() -> str:
    """The log and the older ones beside it, oldest first."""
    said = []
    for path in (*(Path(f"{folders.log()}.{number}") for number in range(journal.KEPT, 0, -1)), folders.log()):
        with suppress(OSError):
            said.append(path.read_text(encoding="utf-8", errors="replace"))
    return "".join(said)
