"""The command line: `aestudio` opens the window; its commands never import Qt, and each imports only what it needs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path

from aestudio.commands import BAD_INPUT, FAILED, OK, output
from aestudio.core.ground import folders, journal, texts
from aestudio.core.ground.address_space import foresee_too_little_room, was_the_trial
from aestudio.core.ground.errors import StudioError, is_full, near, reason
from aestudio.core.ground.memory import is_out_of_memory
from aestudio.core.ground.places import is_there
from aestudio.core.ground.texts import listed, say

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """The `aestudio` command; returns its exit code."""
    if arguments is None and was_the_trial():
        return OK
    given = list(sys.argv[1:] if arguments is None else arguments)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever has started the program
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 - for as long as the program runs
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # ρ is no character of every terminal or pipe
            stream.reconfigure(errors="replace")
    if arguments is None:  # the process is ours; no file of the log may take the number of a closed stream
        journal.begin()
        journal.listen(_say_where_to_look)
        foresee_too_little_room()
    try:
        texts.use(texts.preferred())
        if not given:
            return _window()
        from aestudio.commands.arguments import COMMANDS, parser  # a window with no file is open sooner

        if not (given[0] in COMMANDS or given[0].startswith("-")):
            _look_for(given, COMMANDS)
            return _window(given[0])
        chosen = parser().parse_args(given)
        chosen.given = given
        code: int = getattr(import_module(f"aestudio.commands.{chosen.command}"), chosen.command)(chosen)
        sys.stdout.flush()
        return code
    except StudioError as error:
        journal.LOG.warning("refused: %s", error)
        print(f"aestudio: {error}", file=sys.stderr)
        return FAILED if is_full(error.__cause__) else BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # rich has met it: as below
            return OK
        raise
    except BrokenPipeError:  # the reader of our output went away, as `head` does
        output.mute(sys.stdout)
        return OK
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        said = say("The memory of this computer is not enough; choose fewer or smaller images, or smaller layers.")
        print(f"aestudio: {said}", file=sys.stderr)
        return FAILED
    except ImportError as error:
        if isinstance(error, ModuleNotFoundError):
            raise
        journal.LOG.error("a library cannot be loaded", exc_info=error)
        said = say(
            "A library could not be loaded: {reason}. Close other programs where memory is scarce, or install AEStudio "
            "again.",
            reason=error,
        )
        print(f"aestudio: {said}", file=sys.stderr)
        return FAILED
    except OSError as error:
        if error.filename is not None:
            raise
        output.mute(sys.stdout)  # it is what was printed that has no place: a full disk
        said = say("The output could not be written: {reason}", reason=reason(error))
        print(f"aestudio: {said}", file=sys.stderr)
        return FAILED


def _say_where_to_look(unexpected: journal.Unexpected) -> None:
    said = say(
        "Something unexpected happened: {what}. The log {log} has the details, and `aestudio info --report` makes a "
        "file for a report of it.",
        what=unexpected.what,
        log=folders.log(),
    )
    print(f"aestudio: {said}", file=sys.stderr)


def _look_for(files: Sequence[str], commands: Sequence[str]) -> None:
    """Raises StudioError where it is not one file that is there."""
    if len(files) > 1:
        raise StudioError(
            "The window opens one file, not {count}; commands are {commands}.",
            count=len(files),
            commands=listed(commands),
        )
    if not is_there(Path(files[0])):
        raise StudioError(
            "{file!r} is neither a command nor a file that is there; {near}",
            file=files[0],
            near=near(files[0], commands),
        )


def _window(file: str | None = None) -> int:
    import gc

    gc.disable()  # what is imported now stays; the window collects by itself when it is there
    from aestudio.qt.app import run

    return run(file)
