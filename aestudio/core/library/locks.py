"""Whether the locks work by which several programs share a library: on network folders they may not."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from aestudio.core.ground.errors import LibraryError, reason
from aestudio.core.ground.texts import Text

PROBE = "lock"
"""A file of the library's folder."""
NETWORK = (
    "nfs",
    "nfs4",
    "cifs",
    "smb",
    "smbfs",
    "smb3",
    "9p",
    "afpfs",
    "webdav",
    "davfs",
    "fuse.sshfs",
    "ncpfs",
    "afs",
)
"""Kinds of disks that lie on another computer, as the system names them."""


def make_sure(folder: Path) -> None:
    """Raises LibraryError where a lock cannot be taken in a folder, or where a second one is given while the first is
    held: two programs would then write over each other. On a device of this computer locks are the system's own.
    """
    if on_own_device(folder):
        return
    from filelock import FileLock, Timeout  # seldom, and it takes a twentieth of a start

    first, second = FileLock(folder / PROBE), FileLock(folder / PROBE)
    try:
        with first.acquire(blocking=False), second.acquire(blocking=False):
            why = Text("a second program gets a lock that the first one still holds.")
    except Timeout:  # here, or in another program: it works
        return
    except (OSError, NotImplementedError) as error:
        why = Text("{reason}", reason=reason(error))
    raise LibraryError(
        "The run library cannot lie in {folder}, because locks do not work there: {why} Many network folders are so; "
        "name one on this computer in the environment variable AESTUDIO_LIBRARY.",
        folder=folder,
        why=why,
    )


def on_own_device(folder: Path) -> bool:
    """Whether it is certain, at no cost, that a folder lies on a disk of this computer. Linux numbers devices, and what
    has none, a network folder among others, is of major number 0.
    """
    return sys.platform == "linux" and os.major(folder.stat().st_dev) != 0


def on_network(folder: Path) -> str:
    """The kind of disk of a folder where that lies on another computer; empty where it is of this one, or unknown."""
    with suppress(OSError, RuntimeError):
        if on_own_device(folder):
            return ""
        import psutil  # as above

        place = folder.resolve()
        found = [disk for disk in psutil.disk_partitions(all=True) if Path(disk.mountpoint) in (place, *place.parents)]
        if found:
            kind = max(found, key=lambda disk: len(os.fspath(disk.mountpoint))).fstype.lower()
            return kind if kind in NETWORK else ""
    return ""


def network_note(folder: Path) -> Text | None:
    """What whoever trains into a library on another computer should know; None for one on this."""
    kind = on_network(folder)
    if not kind:
        return None
    return Text("The library lies on a network folder ({kind}): train from one computer at a time.", kind=kind)
