"""AEStudio in a Linux desktop: an entry in the menu, its icons, and its models as a file type that opens in it.

Sources: the Desktop Entry, Shared MIME-info, Icon Theme, MIME applications and Base Directory specifications,
https://specifications.freedesktop.org.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from aestudio.core.ground import atomic
from aestudio.core.ground.errors import StudioError, reason
from aestudio.core.ground.resources import resource
from aestudio.core.ground.texts import Text, say

MODEL_TYPE = "application/vnd.aestudio.model"
ENTRY = "aestudio.desktop"
SECONDS = 60
"""That a program of the desktop may take."""

RESERVED = frozenset(" \t\n\r\"'\\><~|&;$*?#()`")
"""An argument of Exec that holds one of them is quoted."""
WRITTEN_BY_UPDATE_MIME_DATABASE = (
    *("XMLnamespaces", "aliases", "generic-icons", "globs", "globs2", "icons"),
    *("magic", "mime.cache", "subclasses", "treemagic", "types", "version"),
)


@dataclass(frozen=True)
class FileChanges:
    """What was done to the person's files."""

    written: tuple[Path, ...] = ()
    """New, or other than before."""
    removed: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
    """What could not be done, and what follows: a sentence each."""


def integrate() -> FileChanges:
    """Writes the desktop entry, the icons and the file type for this person, and tells the desktop of them.

    All files are written, or none; those that are as they should be stay untouched. Raises StudioError where this is no
    Linux desktop, where something cannot be written, or where the program lies in a place that an entry cannot name.
    """
    _only_on_linux_desktops()
    data = _data()
    command, folder = running_program()
    files = _written(_contents(data, entry(command, folder)))
    defaults = {path: path.read_bytes() for path in _default_lists() if path.is_file()}
    notes = [*_announce(data), *_tell("xdg-mime", "default", ENTRY, MODEL_TYPE)]
    changed = [path for path in _default_lists() if path.is_file() and defaults.get(path) != path.read_bytes()]
    return FileChanges(written=(*files, *changed), notes=tuple(notes))


def remove() -> FileChanges:
    """Takes all of that away again, and folders that are empty then.

    Raises StudioError where this is no Linux desktop, or where something cannot be removed.
    """
    _only_on_linux_desktops()
    data = _data()
    path = data
    try:
        ours = [path for path in _ours(data) if path.exists()]
        for path in ours:
            path.unlink()
        lists = [path for path in _default_lists() if path.is_file() and _forgotten(path)]
    except OSError as error:
        raise StudioError("{path} could not be removed: {reason}", path=path, reason=reason(error)) from error
    notes = list(_announce(data)) if ours else []
    _tidy(data)
    return FileChanges(
        written=tuple(path for path in lists if path.exists()),
        removed=(*ours, *(path for path in lists if not path.exists())),
        notes=tuple(notes),
    )


def _only_on_linux_desktops() -> None:
    platform: str = sys.platform
    if platform in ("darwin", "win32", "cygwin"):
        raise StudioError(
            "`aestudio integrate` is for Linux desktops; here, open a model with `aestudio FILE`, with Open in the "
            "window, or by dropping it on the window."
        )


# -- the entry ---------------------------------------------------------------------------------------------------------


def running_program() -> tuple[list[str], Path | None]:
    """The command that starts this program from anywhere, and the folder it has to be started in, if any."""
    called = Path(sys.argv[0])
    if called.name == "aestudio" and called.is_file() and os.access(called, os.X_OK):
        return [os.path.abspath(called)], None
    if getattr(sys, "frozen", False):  # called by its bare name, it is no file of this folder
        return [sys.executable], None
    root = Path(__file__).resolve().parents[3]
    installed = {Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib")}
    return [sys.executable, "-m", "aestudio"], None if root in installed else root


def entry(command: list[str], folder: Path | None = None) -> str:
    """The desktop entry that starts a command with a file, in a folder where one is given.

    Raises: StudioError where an entry cannot name the program.
    """
    program = command[0]
    if "=" in program or "%" in program:  # the first is forbidden there, and GLib looks for `%%` in the file's name
        command = ["sh", "-c", 'exec "$0" "$@"', *command]
    text = resource("desktop", ENTRY).read_text(encoding="utf-8")
    text += f"Exec={_escaped(' '.join(_quoted(argument) for argument in command))} %f\n"
    text += f"TryExec={_escaped(program)}\n"
    if folder is not None:
        text += f"Path={_escaped(str(folder))}\n"
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise StudioError(
            "A desktop entry cannot start {program!r}, for its path is not UTF-8; install AEStudio in another folder.",
            program=program,
        ) from error
    return text


def _quoted(argument: str) -> str:
    """An argument as Exec takes it."""
    argument = argument.replace("%", "%%")
    if argument and not RESERVED & set(argument):
        return argument
    return '"' + re.sub(r'(["`$\\])', r"\\\1", argument) + '"'


def _escaped(value: str) -> str:
    """Any text as the value of a key."""
    for character, written in (("\\", r"\\"), ("\n", r"\n"), ("\t", r"\t"), ("\r", r"\r")):
        value = value.replace(character, written)
    return value


# -- files -------------------------------------------------------------------------------------------------------------


def _base(variable: str, otherwise: str) -> Path:
    """A base folder; the specification wants a relative one ignored."""
    chosen = os.environ.get(variable, "")
    return Path(chosen) if os.path.isabs(chosen) else Path.home() / otherwise


def _data() -> Path:
    return _base("XDG_DATA_HOME", ".local/share")


def _contents(data: Path, desktop_entry: str) -> dict[Path, bytes]:
    """What is written where."""
    icons = data / "icons" / "hicolor" / "scalable"
    return {
        data / "mime" / "packages" / "aestudio.xml": resource("desktop", "aestudio.xml").read_bytes(),
        icons / "apps" / "aestudio.svg": resource("icons", "app.svg").read_bytes(),
        icons / "mimetypes" / f"{MODEL_TYPE.replace('/', '-')}.svg": resource("desktop", "model.svg").read_bytes(),
        data / "applications" / ENTRY: desktop_entry.encode(),
    }


def _ours(data: Path) -> list[Path]:
    return list(_contents(data, ""))


def _written(contents: Mapping[Path, bytes]) -> list[Path]:
    """Writes all of them, or none; those that were different before. Raises StudioError."""
    path = next(iter(contents))
    replaced: list[Path] = []
    try:
        changed = [path for path, content in contents.items() if not path.is_file() or path.read_bytes() != content]
        with contextlib.ExitStack() as undo:
            for path in changed:
                for folder in reversed([above for above in path.parents if not above.exists()]):
                    folder.mkdir()
                    undo.callback(folder.rmdir)
                undo.callback(_beside(path, "new").unlink, missing_ok=True)
                atomic.write_bytes(_beside(path, "new"), contents[path])
            # All of them are on the disk now: what follows only renames.
            for path in changed:
                if path.exists():
                    os.replace(path, _beside(path, "old"))
                    undo.callback(os.replace, _beside(path, "old"), path)
                    replaced.append(_beside(path, "old"))
                else:
                    undo.callback(path.unlink, missing_ok=True)
                os.replace(_beside(path, "new"), path)
            undo.pop_all()
    except OSError as error:
        raise StudioError(
            "{path} could not be written: {reason} Nothing was changed.", path=path, reason=reason(error)
        ) from error
    for old in replaced:
        with contextlib.suppress(OSError):
            old.unlink()
    return changed


def _beside(path: Path, what: str) -> Path:
    return path.with_name(f".{path.name}.{what}")


def _tidy(data: Path) -> None:
    """Removes what others made of our files, and folders that are empty now."""
    mime, applications = data / "mime", data / "applications"
    made = [mime / "application" / f"{name}.xml" for name in ("vnd.aestudio.model", "x-safetensors")]
    made += [path.with_name(f"{path.name}.new") for path in made]  # of an update that a full disk ended
    if not any((mime / "packages").glob("*.xml")):  # it is an index of nothing
        made += [mime / name for name in WRITTEN_BY_UPDATE_MIME_DATABASE]
    if not any(applications.rglob("*.desktop")):
        made.append(applications / "mimeinfo.cache")
    for path in made:
        with contextlib.suppress(OSError):
            path.unlink()
    within = [path.relative_to(data) for path in (*made, *_ours(data))]
    folders = {data / above for path in within for above in path.parents if above != Path()}
    for folder in sorted(folders, reverse=True):  # what lies deeper first
        with contextlib.suppress(OSError):
            folder.rmdir()


# -- what opens a model ------------------------------------------------------------------------------------------------


def _default_lists() -> list[Path]:
    """Where desktops keep which program opens what; some have a list of their own beside the common one."""
    lists = [_base("XDG_CONFIG_HOME", ".config") / "mimeapps.list"]
    for folder in (lists[0].parent, _data() / "applications"):
        lists += sorted({*folder.glob("*mimeapps.list"), *folder.glob("defaults.list")} - set(lists))
    return lists


def _forgotten(path: Path) -> bool:
    """Takes AEStudio out of such a list; a list of nothing goes away. Whether it was there. Raises OSError."""
    path = path.resolve()  # where a link leads to
    before = path.read_bytes().decode(errors="surrogateescape").splitlines(keepends=True)
    after = [kept for line in before if (kept := _without_us(line)) is not None]
    if before == after:
        return False
    if all(line.strip() == "" or line.startswith("[") for line in after):
        path.unlink()
    else:
        atomic.write_bytes(path, "".join(after).encode(errors="surrogateescape"))
    return True


def _without_us(line: str) -> str | None:
    """A line without our entry; None where nothing is left of it."""
    kind, _, programs = line.partition("=")
    names = programs.strip().split(";")
    if ENTRY not in names or line.startswith("#"):
        return line
    others = [name for name in names if name not in (ENTRY, "")]
    return f"{kind}={';'.join(others)};\n" if others else None


# -- the desktop's own programs ----------------------------------------------------------------------------------------

PACKAGES = {
    "update-mime-database": ("shared-mime-info", Text("A double click does not open models before it has run.")),
    "update-desktop-database": (
        "desktop-file-utils",
        Text("Some file managers list AEStudio for its models only then."),
    ),
    "gtk-update-icon-cache": ("gtk-update-icon-cache", Text("Some programs show the icons only after it has run.")),
    "xdg-mime": ("xdg-utils", Text("Where a double click opens no model, choose AEStudio under Open With once.")),
}
"""The Debian package of each, and what follows where it is not there."""


def _announce(data: Path) -> Iterator[str]:
    """Has the desktop read the folders anew; gives a sentence for each part that could not be done."""
    if (data / "mime" / "packages").is_dir():
        yield from _tell("update-mime-database", str(data / "mime"))
    if (data / "applications").is_dir():
        yield from _tell("update-desktop-database", "-q", str(data / "applications"))
    theme = data / "icons" / "hicolor"
    if theme.is_dir():
        with contextlib.suppress(OSError):
            os.utime(theme)  # programs look whether it has changed
        # A cache hides icons that others put there without it, so where there was none there shall be none: as
        # xdg-icon-resource has it.
        if (theme / "icon-theme.cache").is_file():
            yield from _tell("gtk-update-icon-cache", "-q", "-f", "-t", str(theme))


def _tell(program: str, *arguments: str) -> Iterator[str]:
    """Runs a program of the desktop; gives a sentence where that did not work."""
    package, otherwise = PACKAGES[program]
    if shutil.which(program) is None:
        yield say(
            "{program} is not installed (Debian package {package}). {otherwise}",
            program=program,
            package=package,
            otherwise=otherwise,
        )
        return
    try:
        done = subprocess.run(
            [program, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        yield say(
            "{program} could not run: {reason} {otherwise}", program=program, reason=reason(error), otherwise=otherwise
        )
        return
    if done.returncode:
        said = " ".join((done.stderr or done.stdout).split())
        yield say(
            "{program} failed with code {code} ({said}). {otherwise}"
            if said
            else "{program} failed with code {code}. {otherwise}",
            program=program,
            code=done.returncode,
            said=said,
            otherwise=otherwise,
        )
