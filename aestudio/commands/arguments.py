"""Everything that the command line takes."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping

from aestudio import __version__
from aestudio.commands import own_words
from aestudio.commands.explained import EXPLAINED
from aestudio.commands.shared_arguments import (
    FIGURES,
    FORMATS,
    PARTS,
    RECIPES,
    RUNS,
    Help,
    Parser,
    add_denoise,
    add_hosting,
    add_recipe,
    add_settings,
    add_several,
    counting,
    offer,
)
from aestudio.core.ground.texts import listed, say

COMMANDS = tuple(EXPLAINED)
"""Each is a function of that name in the module of that name in aestudio.commands."""


def parser() -> Parser:
    """Everything the command line takes."""
    own_words.look_up()
    top = Parser(
        prog="aestudio",
        usage=say("aestudio [FILE] | aestudio COMMAND … [-h]"),
        description=say("Train autoencoders and see what they do. Without a command the window opens."),
        epilog=f"{say('aestudio FILE opens a model (.safetensors) or an image in the window.')}\n\n{environment()}",
        formatter_class=Help,
    )
    top.add_argument(
        "--version",
        action="version",
        version=f"AEStudio {__version__}",
        help=say("show program's version number and exit"),
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser, prog="aestudio")
    for name, said in EXPLAINED.items():
        command = commands.add_parser(
            name,
            help=str(said.short),
            description=str(said.about),
            epilog=said.for_example(),
            formatter_class=Help,
        )
        ADD[name](command)
    return top


def environment() -> str:
    """The variables that the program heeds, for its --help."""
    said = {
        "AESTUDIO_LIBRARY": say("the folder of the run library"),
        "AESTUDIO_DATA": say("the folder of downloaded data sets"),
        "AESTUDIO_LANGUAGE": say("en or ko, before what the system says"),
        "AESTUDIO_CUDA_GRAPH": say("1: steps are recorded on an NVIDIA GPU, which has not been tried on one yet"),
        "OMP_NUM_THREADS": say("how many cores torch computes on"),
        "COLUMNS": say("how wide tables are; in a pipe they are as wide as they want"),
        "NO_COLOR": say("any value: no colours on the terminal"),
    }
    lines = "\n".join(f"  {name:<19}  {what}" for name, what in said.items())
    return f"{say('Variables of the environment:')}\n{lines}"


def _train(command: Parser) -> None:
    add_recipe(command)
    command.add_argument(
        "--start",
        metavar="MODEL",
        help=say("begin with the weights of a model file of the same network, not with new ones"),
    )
    command.add_argument("--no-library", action="store_true", help=say("do not keep the run in the library"))
    add_hosting(command)


def _resume(command: Parser) -> None:
    offer(
        command.add_argument(
            "run",
            metavar="RUN",
            nargs="?",
            default="last",
            help=say("its number in the library, or `last` (the default)"),
        ),
        RUNS,
    )
    command.add_argument("--data", metavar="NAME|PATH", help=say("where the same images are now"))
    add_settings(
        command, say("change what may change while training: a weight λ, a target, a learning rate; may be repeated")
    )
    command.add_argument("--epochs", type=int, metavar="N", help=say("epochs in all, those already done included"))
    add_hosting(command)


def _runs(command: Parser) -> None:
    command.add_argument(
        "words",
        metavar="WORD",
        nargs="*",
        help=say("only runs that hold every word, or fit: 'epochs > 2 and psnr > 20'"),
    )
    command.add_argument("--most", type=counting, default=40, metavar="N", help=say("how many to list (40)"))
    command.add_argument(
        "--columns",
        metavar="A,B,…",
        help=say("settings and scores that have a column too, such as epochs,learning_rate,dead_units"),
    )
    command.add_argument("--csv", action="store_true", help=say("a table for other programs, with every run that fits"))
    command.add_argument("--trash", action="store_true", help=say("the runs in the trash instead"))
    command.add_argument("--json", action="store_true", help=say("one run a line, all that is known of it"))
    command.add_argument(
        "--check", action="store_true", help=say("look whether the library and every file of it is whole")
    )
    command.add_argument(
        "--rebuild",
        action="store_true",
        help=say("make the library again from its last copy, the models and the checkpoints beside it"),
    )


def _compare(command: Parser) -> None:
    add_recipe(command)
    command.add_argument(
        "--layer-epochs",
        type=int,
        metavar="N",
        help=say(
            "for how many epochs each layer is trained before fine-tuning, both ways (as many as the recipe says)"
        ),
    )
    add_several(command)


def _sweep(command: Parser) -> None:
    add_recipe(command)
    command.add_argument(
        "--knob",
        default="code-size",
        metavar="slot.field",
        help=say(
            "a number, such as l1.weight; code-size (the default) fits every network, network.widths means the last"
        ),
    )
    command.add_argument(
        "--values", metavar="A,B,…", help=say("which values; without it --count of them are spread over a range")
    )
    command.add_argument(
        "--from", dest="low", type=float, metavar="A", help=say("where the range begins (the setting's own lowest)")
    )
    command.add_argument(
        "--to", dest="high", type=float, metavar="B", help=say("where the range ends (the setting's own highest)")
    )
    command.add_argument(
        "--count", type=counting, default=6, metavar="N", help=say("how many values are spread over the range (6)")
    )
    command.add_argument("--log", action="store_true", help=say("spread them logarithmically"))
    command.add_argument(
        "--no-probe",
        action="store_true",
        help=say("leave out the linear probe: what a linear classifier reads off the code"),
    )
    add_several(command)


def _pca(command: Parser) -> None:
    command.add_argument(
        "model", metavar="MODEL", help=say("a model file of AEStudio (.safetensors), or the number of a run")
    )
    command.add_argument("--data", metavar="NAME|PATH", help=say("other images than those it was trained on"))
    command.add_argument(
        "--json", action="store_true", help=say("one JSON object: errors, angles, singular values and so on")
    )


def _export(command: Parser) -> None:
    command.add_argument(
        "model",
        metavar="MODEL",
        nargs="+",
        help=say("a model file of AEStudio (.safetensors), or the number of a run; several go into a folder"),
    )
    offer(
        command.add_argument(
            "--to",
            required=True,
            metavar="FORMAT",
            help=say(
                "onnx, pt2, safetensors, script (a folder), card (an HTML page) or live-card (one that runs the model)"
            ),
        ),
        FORMATS,
    )
    offer(
        command.add_argument(
            "--part", default="autoencoder", metavar="PART", help=say("autoencoder (the default), encoder or decoder")
        ),
        PARTS,
    )
    command.add_argument(
        "-o",
        "--out",
        required=True,
        metavar="OUT",
        help=say("the file or the folder to write; for several models a folder"),
    )
    command.add_argument("--opset", type=int, metavar="N", help=say("of ONNX: which version of its operators (20)"))
    smaller = command.add_mutually_exclusive_group()
    smaller.add_argument("--half", action="store_true", help=say("of ONNX: weights with 16 bits, half the size"))
    smaller.add_argument("--int8", action="store_true", help=say("of ONNX: weights with 8 bits, a quarter of the size"))
    command.add_argument("--json", action="store_true", help=say("one JSON object: path, files, parity and so on"))
    command.add_argument(
        "-q", "--quiet", action="store_true", help=say("neither notes nor the lines of code that run it")
    )


def _recipes(command: Parser) -> None:
    offer(
        command.add_argument("name", metavar="NAME", nargs="?", help=say("one of them, or a .toml file: its settings")),
        RECIPES,
    )
    command.add_argument("--json", action="store_true", help=say("one recipe a line, or one JSON object for a name"))


def _integrate(command: Parser) -> None:
    command.add_argument(
        "--remove", action="store_true", help=say("take it out again, with all that was written for it")
    )


def _bench(command: Parser) -> None:
    offer(
        command.add_argument(
            "names",
            metavar="NAME",
            nargs="*",
            help=say("what to measure: {figures}; without a name all of them", figures=listed(FIGURES)),
        ),
        FIGURES,
    )
    command.add_argument("--rounds", type=counting, default=7, metavar="N", help=say("how often all take turns (7)"))
    command.add_argument("--seconds", type=float, default=2.0, metavar="S", help=say("how long a turn is (2)"))
    command.add_argument("--size", type=float, default=1.0, metavar="F", help=argparse.SUPPRESS)
    command.add_argument("--json", action="store_true", help=say("print the figures as JSON"))
    command.add_argument("-o", "--out", metavar="FILE", help=say("write a page (Markdown) too"))


def _info(command: Parser) -> None:
    command.add_argument("model", metavar="MODEL", nargs="?", help=say("a model file, or the number of a run"))
    command.add_argument("--device", action="store_true", help=say("say on which device torch trains, too"))
    command.add_argument("--json", action="store_true", help=say("one JSON object"))
    command.add_argument(
        "--report",
        nargs="?",
        const="aestudio-report.txt",
        metavar="FILE",
        help=say("write them and the log, without your name and folders, into a file for a report of a mistake"),
    )


def _docs(command: Parser) -> None:
    command.add_argument("out", metavar="DIR", help=say("the folder to write them into"))


def _completion(command: Parser) -> None:
    command.add_argument("shell", metavar="SHELL", choices=("bash", "zsh", "fish"), help="bash, zsh, fish")


ADD: Mapping[str, Callable[[Parser], None]] = {
    "train": _train,
    "resume": _resume,
    "runs": _runs,
    "compare": _compare,
    "sweep": _sweep,
    "pca": _pca,
    "denoise": add_denoise,
    "export": _export,
    "recipes": _recipes,
    "integrate": _integrate,
    "bench": _bench,
    "info": _info,
    "docs": _docs,
    "completion": _completion,
}
"""What gives each command its arguments."""
