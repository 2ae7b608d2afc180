"""The command line: `aestudio` opens the window; its commands never import Qt, and each imports only what it needs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from io import TextIOWrapper

from aestudio import __version__
from aestudio.core.errors import StudioError

COMMANDS = ("train", "recipes", "info")
OK, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


class _Parser(argparse.ArgumentParser):
    """One sentence and exit code 2, without the usage in front of it."""

    def error(self, message: str) -> None:  # type: ignore[override]
        self.exit(BAD_INPUT, f"{self.prog}: {message}. See {self.prog} --help.\n")


def parser() -> argparse.ArgumentParser:
    """Everything the command line takes."""
    top = _Parser(
        prog="aestudio",
        usage="aestudio [FILE] | aestudio COMMAND … [-h]",
        description="Train autoencoders and see what they do. Without a command the window opens.",
        epilog="aestudio FILE opens a model (.safetensors) or an image in the window.",
    )
    top.add_argument("--version", action="version", version=f"AEStudio {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    train = commands.add_parser("train", help="train a recipe without a window")
    train.add_argument("recipe", metavar="RECIPE", help="a name that `aestudio recipes` lists, or a .toml file")
    train.add_argument(
        "--data",
        metavar="NAME|PATH",
        help="another data source: its name, a folder of images, an idx folder or an .npz file",
    )
    train.add_argument(
        "--set",
        dest="settings",
        metavar="slot.field=value",
        action="append",
        default=[],
        help="change a setting, such as --set kl-sparsity.target=0.05 or --set network.widths=256,64; may be repeated",
    )
    train.add_argument("--epochs", type=int, metavar="N", help="epochs of every phase")
    train.add_argument(
        "--out", metavar="DIR", help="write model.safetensors, run.toml and metrics.csv into this folder"
    )
    train.add_argument("--json", action="store_true", help="one event a line instead of progress bars")
    train.add_argument(
        "--device", default="auto", metavar="NAME", help="auto (CUDA, then MPS, then CPU), cuda, mps or cpu"
    )

    commands.add_parser("recipes", help="list the recipes")
    commands.add_parser("info", help="versions, device and folders")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """The `aestudio` command; returns its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # ρ is no character of every terminal or pipe
            stream.reconfigure(errors="replace")
    try:
        if not given or not (given[0] in COMMANDS or given[0].startswith("-")):
            return _window(given)
        chosen = parser().parse_args(given)
        match chosen.command:
            case "train":
                from aestudio.commands.train import train

                return train(chosen)
            case "recipes":
                from aestudio.commands.recipes import recipes

                return recipes()
            case _:
                from aestudio.commands.info import info

                return info()
    except StudioError as error:
        print(f"aestudio: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output went away, as `head` does
        sys.stderr.close()
        return OK


def _window(files: Sequence[str]) -> int:
    if len(files) > 1:
        raise StudioError(f"The window opens one file, not {len(files)}; commands are {', '.join(COMMANDS)}.")
    if files:
        from pathlib import Path

        if not Path(files[0]).exists():
            raise StudioError(f"{files[0]!r} is neither a command ({', '.join(COMMANDS)}) nor a file that is there.")
    from aestudio.qt.app import run

    return run(files[0] if files else None)
