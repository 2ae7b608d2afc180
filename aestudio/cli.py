"""The command line: `aestudio` opens the window; its commands never import Qt, and each imports only what it needs."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper

from aestudio import __version__
from aestudio.commands import output, own_words
from aestudio.core.ground import folders, journal, texts
from aestudio.core.ground.errors import StudioError, reason
from aestudio.core.ground.memory import is_out_of_memory
from aestudio.core.ground.texts import listed, say

COMMANDS = (
    "train",
    "resume",
    "runs",
    "compare",
    "sweep",
    "pca",
    "denoise",
    "export",
    "recipes",
    "integrate",
    "info",
    "bench",
)
"""Each is a function of that name in the module of that name in aestudio.commands."""
OK, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


class _Parser(argparse.ArgumentParser):
    """One sentence and exit code 2, without the usage in front of it."""

    def error(self, message: str) -> None:  # type: ignore[override]
        said = say("{program}: {message}. See {program} --help.", program=self.prog, message=message)
        self.exit(BAD_INPUT, said + "\n")


def parser() -> argparse.ArgumentParser:
    """Everything the command line takes."""
    own_words.look_up()
    top = _Parser(
        prog="aestudio",
        usage=say("aestudio [FILE] | aestudio COMMAND … [-h]"),
        description=say("Train autoencoders and see what they do. Without a command the window opens."),
        epilog=say("aestudio FILE opens a model (.safetensors) or an image in the window."),
    )
    top.add_argument(
        "--version",
        action="version",
        version=f"AEStudio {__version__}",
        help=say("show program's version number and exit"),
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser, prog="aestudio")

    train = commands.add_parser("train", help=say("train a recipe without a window"))
    train.add_argument("recipe", metavar="RECIPE", help=say("a name that `aestudio recipes` lists, or a .toml file"))
    train.add_argument(
        "--data",
        metavar="NAME|PATH",
        help=say("another data source: its name, a folder of images, an idx folder or an .npz file"),
    )
    train.add_argument(
        "--set",
        dest="settings",
        metavar="slot.field=value",
        action="append",
        default=[],
        help=say(
            "change a setting, such as --set kl-sparsity.target=0.05 or --set network.widths=256,64; may be repeated"
        ),
    )
    train.add_argument("--epochs", type=int, metavar="N", help=say("epochs of every phase"))
    train.add_argument(
        "--start",
        metavar="MODEL",
        help=say("begin with the weights of a model file of the same network, not with new ones"),
    )
    train.add_argument("--no-library", action="store_true", help=say("do not keep the run in the library"))
    _add_hosting(train)

    resume = commands.add_parser("resume", help=say("go on with a training that was stopped or interrupted"))
    resume.add_argument(
        "run", metavar="RUN", nargs="?", default="last", help=say("its number in the library, or `last` (the default)")
    )
    resume.add_argument("--data", metavar="NAME|PATH", help=say("where the same images are now"))
    resume.add_argument(
        "--set",
        dest="settings",
        metavar="slot.field=value",
        action="append",
        default=[],
        help=say("change what may change while training: a weight λ, a target, a learning rate; may be repeated"),
    )
    resume.add_argument("--epochs", type=int, metavar="N", help=say("epochs in all, those already done included"))
    _add_hosting(resume)

    runs = commands.add_parser("runs", help=say("list the runs of the library"))
    runs.add_argument(
        "words",
        metavar="WORD",
        nargs="*",
        help=say("only runs that hold every word, or fit: 'epochs > 2 and psnr > 20'"),
    )
    runs.add_argument("--most", type=int, default=40, metavar="N", help=say("how many to list (40)"))
    runs.add_argument("--trash", action="store_true", help=say("those in the trash"))
    runs.add_argument("--json", action="store_true", help=say("one run a line, all that is known of it"))
    runs.add_argument(
        "--check", action="store_true", help=say("look whether the library and every file of it is whole")
    )
    runs.add_argument(
        "--rebuild",
        action="store_true",
        help=say("make the library again from its last copy, the models and the checkpoints beside it"),
    )

    compare = commands.add_parser(
        "compare", help=say("train a deep recipe layer by layer and end to end, at equal budget")
    )
    _add_recipe(compare)
    compare.add_argument("--layer-epochs", type=int, metavar="N", help=say("epochs that every layer gets both ways"))
    _add_several(compare)

    sweep = commands.add_parser("sweep", help=say("train a recipe with several values of one setting, and compare"))
    _add_recipe(sweep)
    sweep.add_argument(
        "--knob",
        default="code-size",
        metavar="slot.field",
        help=say(
            "a number, such as l1.weight; code-size (the default) fits every network, network.widths means the last"
        ),
    )
    sweep.add_argument(
        "--values", metavar="A,B,…", help=say("which values; without them they are spread over a range:")
    )
    sweep.add_argument(
        "--from", dest="low", type=float, metavar="A", help=say("where it begins (the setting's own lowest)")
    )
    sweep.add_argument(
        "--to", dest="high", type=float, metavar="B", help=say("where it ends (the setting's own highest)")
    )
    sweep.add_argument("--count", type=int, default=6, metavar="N", help=say("how many values (6)"))
    sweep.add_argument("--log", action="store_true", help=say("spread them logarithmically"))
    sweep.add_argument(
        "--no-probe", action="store_true", help=say("do not ask what a linear classifier reads off the code")
    )
    _add_several(sweep)

    pca = commands.add_parser("pca", help=say("a linear autoencoder against principal component analysis of its data"))
    pca.add_argument("model", metavar="MODEL", help=say("a model file of AEStudio (.safetensors)"))
    pca.add_argument("--data", metavar="NAME|PATH", help=say("other images than those it was trained on"))
    pca.add_argument(
        "--json", action="store_true", help=say("one JSON object: errors, angles, singular values and so on")
    )

    _add_denoise(commands.add_parser("denoise", help=say("take the noise off pictures or folders of pictures")))

    export = commands.add_parser("export", help=say("write a model in another form, compared with the model"))
    export.add_argument(
        "model", metavar="MODEL", help=say("a model file of AEStudio (.safetensors), or the number of a run")
    )
    export.add_argument(
        "--to",
        required=True,
        metavar="FORMAT",
        help=say(
            "onnx, pt2, safetensors, script (a folder), card (an HTML page) or live-card (one that runs the model)"
        ),
    )
    export.add_argument(
        "--part", default="autoencoder", metavar="PART", help=say("autoencoder (the default), encoder or decoder")
    )
    export.add_argument("-o", "--out", required=True, metavar="OUT", help=say("the file or the folder to write"))
    export.add_argument("--json", action="store_true", help=say("one JSON object: path, files, parity and so on"))
    export.add_argument("-q", "--quiet", action="store_true", help=say("without the lines of code that run it"))

    commands.add_parser("recipes", help=say("list the recipes"))

    integrate = commands.add_parser("integrate", help=say("put AEStudio into the menu of a Linux desktop"))
    integrate.add_argument(
        "--remove", action="store_true", help=say("take it out again, with all that was written for it")
    )

    bench = commands.add_parser("bench", help=say("measure how quick the program is on this machine"))
    bench.add_argument("names", metavar="NAME", nargs="*", help=say("figures to measure; without one all of them"))
    bench.add_argument("--rounds", type=int, default=7, metavar="N", help=say("how often all take turns (7)"))
    bench.add_argument("--seconds", type=float, default=2.0, metavar="S", help=say("how long a turn is (2)"))
    bench.add_argument("--size", type=float, default=1.0, metavar="F", help=argparse.SUPPRESS)
    bench.add_argument("--json", action="store_true", help=say("print the figures as JSON"))
    bench.add_argument("-o", "--output", metavar="FILE", help=say("write a page (Markdown) too"))

    info = commands.add_parser("info", help=say("versions, device and folders"))
    info.add_argument(
        "--report",
        nargs="?",
        const="aestudio-report.txt",
        metavar="FILE",
        help=say("write them and the log, without your name and folders, into a file for a report of a mistake"),
    )
    return top


def _add_recipe(command: argparse.ArgumentParser) -> None:
    """Which run: what `aestudio train` says in more words."""
    command.add_argument("recipe", metavar="RECIPE", help=say("a name that `aestudio recipes` lists, or a .toml file"))
    command.add_argument("--data", metavar="NAME|PATH", help=say("another data source"))
    command.add_argument(
        "--set", dest="settings", metavar="slot.field=value", action="append", default=[], help=say("change a setting")
    )
    command.add_argument("--epochs", type=int, metavar="N", help=say("epochs of every phase"))


def _add_denoise(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "inputs",
        metavar="IN",
        nargs="+",
        help=say("a picture, - for one from standard input, or a folder with all folders in it"),
    )
    command.add_argument(
        "-o",
        "--out",
        required=True,
        metavar="OUT",
        help=say("the file to write for one picture, - for standard output, else a folder"),
    )
    command.add_argument(
        "--way",
        metavar="NAME",
        help=say("photo (the bundled denoiser, the default), zero-shot, blind-spot, nlm, tv, wavelet or model"),
    )
    command.add_argument("--model", metavar="FILE", help=say("a model that this program trained, instead of --way"))
    command.add_argument(
        "--set",
        dest="settings",
        metavar="name=value",
        action="append",
        default=[],
        help=say("a setting of the method, such as --set patch=7; may be repeated"),
    )
    command.add_argument(
        "--sigma",
        default="auto",
        metavar="N",
        help=say("how strong the noise is, of 255; auto (the default) estimates it"),
    )
    command.add_argument(
        "--strength",
        type=float,
        default=1.0,
        metavar="S",
        help=say("from 0, the picture as it is, to 1 (the default)"),
    )
    command.add_argument(
        "--range",
        default="auto",
        metavar="BLACK:WHITE",
        help=say("the values that are black and white in pictures of more than 8 bits; auto (the default) finds them"),
    )
    command.add_argument(
        "--pages",
        default="pages",
        choices=("pages", "channels", "z", "time"),
        help=say("what the pages of a TIFF are that does not say it itself; the result then says so"),
    )
    command.add_argument(
        "--format", default="", metavar="ENDING", help=say("of the results, such as png or tif; by default the same")
    )
    command.add_argument(
        "--suffix", default="", metavar="TEXT", help=say("behind the names of results in a folder, such as _clean")
    )
    command.add_argument("--quality", type=int, metavar="N", help=say("1 to 100, of JPEG, WebP, AVIF and JPEG 2000"))
    command.add_argument("--memory", type=float, metavar="MB", help=say("to work in (a quarter of what is free)"))
    command.add_argument(
        "--reference", metavar="FILE", help=say("the same picture without noise: prints PSNR and SSIM before and after")
    )
    command.add_argument("--json", action="store_true", help=say("one event a line instead of a progress bar"))


def _add_several(command: argparse.ArgumentParser) -> None:
    """What every command that trains several runs takes."""
    command.add_argument(
        "--seeds",
        type=int,
        metavar="N",
        help=say("train everything with so many seeds (3), and print mean ± standard deviation"),
    )
    command.add_argument("--no-library", action="store_true", help=say("do not keep the runs in the library"))
    command.add_argument("--json", action="store_true", help=say("one event a line instead of a table"))
    command.add_argument(
        "--device", default="auto", metavar="NAME", help=say("auto (CUDA, then MPS, then CPU), cuda, mps or cpu")
    )


def _add_hosting(command: argparse.ArgumentParser) -> None:
    """What every command that trains takes."""
    command.add_argument(
        "--time", metavar="TIME", help=say("train for 60s, 5min or 2h at most, even where epochs are left")
    )
    command.add_argument(
        "--out",
        metavar="DIR",
        help=say("write model.safetensors, run.toml, metrics.csv and curves.csv into this folder"),
    )
    command.add_argument("--json", action="store_true", help=say("one event a line instead of progress bars"))
    command.add_argument(
        "--device", default="auto", metavar="NAME", help=say("auto (CUDA, then MPS, then CPU), cuda, mps or cpu")
    )
    command.add_argument(
        "--nproc", type=int, default=1, metavar="N", help=say("train in so many processes, which share every batch")
    )
    command.add_argument("--nnodes", type=int, default=1, metavar="M", help=say("on so many machines, --nproc on each"))
    command.add_argument("--rdzv", metavar="HOST:PORT", help=say("where the machines meet: an address of one of them"))
    command.add_argument("--tensorboard", metavar="DIR", help=say("write TensorBoard's event files into this folder"))
    command.add_argument(
        "--checkpoint-every", default="30s", metavar="TIME", help=say("30s (the default), 5min, 2 epochs or never")
    )
    command.add_argument(
        "--snapshots",
        type=float,
        metavar="MIB",
        help=say("room for snapshots of this training to go back to, 256 MiB by default; 0 keeps none"),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The `aestudio` command; returns its exit code."""
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
    try:
        texts.use(texts.preferred())
        if not given or not (given[0] in COMMANDS or given[0].startswith("-")):
            return _window(given)
        chosen = parser().parse_args(given)
        chosen.given = given
        code: int = getattr(import_module(f"aestudio.commands.{chosen.command}"), chosen.command)(chosen)
        sys.stdout.flush()
        return code
    except StudioError as error:
        journal.LOG.warning("refused: %s", error)
        print(f"aestudio: {error}", file=sys.stderr)
        return BAD_INPUT
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


def _window(files: Sequence[str]) -> int:
    if len(files) > 1:
        raise StudioError(
            "The window opens one file, not {count}; commands are {commands}.",
            count=len(files),
            commands=listed(COMMANDS),
        )
    if files:
        from pathlib import Path

        if not Path(files[0]).exists():
            raise StudioError(
                "{file!r} is neither a command ({commands}) nor a file that is there.",
                file=files[0],
                commands=listed(COMMANDS),
            )
    import gc

    gc.disable()  # what is imported now stays; the window collects by itself when it is there
    from aestudio.qt.app import run

    return run(files[0] if files else None)
