"""What a report of a mistake holds: versions, the device, the log; nothing that tells whose computer it is."""

from __future__ import annotations

import getpass
import os
import platform
import re
import sys
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePath

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


ROOT = r"(?:[A-Za-z]:[\\/]+|\\\\+|/)(?=[^\s/\\])"
"""How a path begins that says all of the way: `/`, `C:\\`, `\\\\server`."""
MOST_NAMES = 120
"""Characters of a name after its first space."""
ENDINGS = "png|jpe?g|tiff?|bmp|webp|gif|npy|npz|gz|csv|json|toml|txt|html|safetensors|checkpoint|onnx|sqlite|part|py|so"
PATHS = re.compile(
    rf"""(?P<quote>["'“‘])(?P<quoted>{ROOT}[^"'”’\n]*)"""
    rf"""|(?:(?<=file://)|(?<![\w.~<>/:\\)\]-]))"""
    rf"""(?P<bare>{ROOT}(?:[^/\\\n"'<>:]*[^\s/\\"'<>:][/\\]+)*[^\s/\\"'<>,;]*"""
    rf"""(?:(?:\ [^\s/\\"'<>]+)*?\.(?:{ENDINGS})\b)?)""",
    re.IGNORECASE,
)
"""Where one stands in a text: in quotes to their end, else its last name may have spaces before a known ending."""
OF_THE_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/opt/homebrew", "/proc", "/dev", "/sys", "/etc")
BY_THE_SYSTEM = (".local", ".config", ".cache", "Library", "AppData")
"""In a person's folder. As those before, nobody here has chosen their names."""


def private(said: str) -> str:
    """The same without paths that a person has chosen: of those `<path>` and the ending stay. Those of the program, of
    Python and of the system are told, with `~` for the person's folder; names are `<user>` and `<computer>`.
    """
    home = str(Path.home())
    places = _places(home)

    told, at = [], 0
    while found := PATHS.search(said, at):
        quote, path = found["quote"] or "", found["quoted"] or _whole(found["bare"], said[found.end("bare") :])
        inner = path.rstrip(".:)]")
        told += [said[at : found.start()], quote, _told(inner, places), path[len(inner) :]]
        at = found.start() + len(quote) + len(path)
    said = "".join((*told, said[at:]))
    names = {Path(home).name: "<user>", platform.node(): "<computer>"}
    with suppress(KeyError, OSError, ImportError):  # a system without users
        names[getpass.getuser()] = "<user>"
    for name in sorted(filter(None, names), key=len, reverse=True):
        said = re.sub(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", names[name], said, flags=re.IGNORECASE)
    return said


def _whole(path: str, after: str) -> str:
    """A path whose last name may go on after a space: as far as there is one of that name on this computer."""
    words = after[:MOST_NAMES].partition("\n")[0]
    for end in (place.end() for place in reversed(list(re.finditer(r"[^\s.:,;)\]]+", words)))):
        if words[0] == " " and os.path.exists(path + words[:end]):
            return path + words[:end]
    return path


def _places(home: str) -> list[tuple[str, str]]:
    """Folders whose insides are told, and what they are called; the innermost first."""
    usual = [(str(path), _from_home(path, home)) for path in folders.usual()]
    own = [(str(folders.library()), "<library>"), (str(folders.datasets()), "<datasets>")]
    running = [
        (str(resource().parent), "<program>"),
        *((prefix, "<python>") for prefix in (sys.prefix, sys.base_prefix, str(Path(platform.__file__).parent))),
        *((root, root) for root in OF_THE_SYSTEM),
    ]
    found = [*usual, *own, *running]
    found += [(str(Path(path).resolve()), name) for path, name in found]
    return sorted(((path, name) for path, name in found if len(path) > 3), key=lambda one: -len(one[0]))


def _from_home(path: Path, home: str) -> str:
    """`~` and the way from there, where the system has chosen it; else the last name alone."""
    way = path.relative_to(home) if path.is_relative_to(home) else path
    return f"~/{way.as_posix()}" if way.parts[0] in BY_THE_SYSTEM else f"<{path.name}>"


def _told(path: str, places: list[tuple[str, str]]) -> str:
    plain = path.replace("\\\\", "\\")  # as Python writes texts
    for place, name in places:
        if plain.casefold().startswith(place.casefold()) and plain[len(place) : len(place) + 1] in ("", "/", "\\"):
            return name + plain[len(place) :]
    return f"<path>{PurePath(plain).suffix}"


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
