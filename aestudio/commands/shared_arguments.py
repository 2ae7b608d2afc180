"""Arguments that several commands take, those of `denoise`, and how a command says what it is for."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from aestudio.commands import BAD_INPUT
from aestudio.commands.output import width
from aestudio.core.ground.errors import near
from aestudio.core.ground.texts import say

DEVICES = ("auto", "cuda", "mps", "cpu")
FORMATS = ("onnx", "pt2", "safetensors", "script", "card", "live-card")
WAYS = ("photo", "zero-shot", "blind-spot", "nlm", "tv", "wavelet", "despeckle", "model")
PARTS = ("autoencoder", "encoder", "decoder")
FIGURES = (
    *("perceptron-large", "perceptron-batches", "perceptron-small", "convolutions", "convolutions-small"),
    *("penalties", "denoising", "watched", "processes", "start", "window"),
)
"""Names that no --help waits for torch to find; a test holds them against what there is."""
RECIPES, RUNS = "recipes", "runs"
"""What a shell offers where an argument is one of these: the names of recipes, the numbers of runs."""


class Parser(argparse.ArgumentParser):
    """One sentence and exit code 2, without the usage in front of it."""

    def error(self, message: str) -> None:  # type: ignore[override]
        said = say("{program}: {message}. See {program} --help.", program=self.prog, message=message)
        self.exit(BAD_INPUT, said + "\n")

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Of what nobody takes the first option is named, with the nearest one that there is."""
        chosen, left = self.parse_known_args(args, namespace)
        wrong = next((one.partition("=")[0] for one in left if one.startswith("--")), None)
        command = self.commands().get(getattr(chosen, "command", None) or "", self)
        alone = {one.dest: one.metavar or one.dest.upper() for one in command._actions if not one.option_strings}
        if wrong is not None and (name := alone.get(wrong.removeprefix("--"))):
            command.error(say("{name} is given without {wrong} before it", name=name, wrong=wrong))
        if wrong is not None:
            known = [name for action in command._actions for name in action.option_strings if name.startswith("--")]
            said = say(
                "{program}: there is no option {wrong}; {near}",
                program=command.prog,
                wrong=wrong,
                near=near(wrong, known),
            )
            self.exit(BAD_INPUT, said + "\n")
        if left:
            command.error(say("unrecognized arguments: {arguments}", arguments=" ".join(left)))
        return chosen

    def commands(self) -> dict[str, Parser]:
        """The commands below it, by name."""
        below = (action.choices for action in self._actions if isinstance(action, argparse._SubParsersAction))
        return {name: one for choices in below for name, one in choices.items()}


class Help(argparse.HelpFormatter):
    """Paragraphs are filled; lines that begin with spaces, such as examples, stay as they are. In a pipe no line is
    broken.
    """

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=width(sys.stdout))

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        filled = [
            one
            if any(line.startswith(" ") for line in one.splitlines())
            else super(Help, self)._fill_text(one, width, indent)
            for one in text.split("\n\n")
        ]
        return "\n\n".join(filled)


def offer(action: argparse.Action, words: Sequence[str] | str) -> None:
    """What a shell completes an argument with; without it files."""
    action.offered = words  # type: ignore[attr-defined]


def counting(text: str) -> int:
    """How many of something. Raises ArgumentTypeError where it is not at least one."""
    if not text.isdecimal() or not (number := int(text[:9])):
        raise argparse.ArgumentTypeError(say("it takes a whole number from 1, not {text}", text=repr(text)))
    return number


def add_recipe(command: Parser) -> None:
    """Which run is trained: what every command takes that begins with a recipe."""
    offer(
        command.add_argument(
            "recipe", metavar="RECIPE", help=say("a name that `aestudio recipes` lists, or a .toml file")
        ),
        RECIPES,
    )
    command.add_argument(
        "--data",
        metavar="NAME|PATH",
        help=say(
            "another data source: its name such as mnist, a folder of images, an idx folder or an .npz or .npy file"
        ),
    )
    add_settings(
        command,
        say("change a setting, such as --set kl-sparsity.target=0.05 or --set network.widths=256,64; may be repeated"),
    )
    command.add_argument("--epochs", type=int, metavar="N", help=say("epochs of every phase"))


def add_settings(command: Parser, help: str) -> None:
    command.add_argument("--set", dest="settings", metavar="slot.field=value", action="append", default=[], help=help)


def add_denoise(command: Parser) -> None:
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
    offer(
        command.add_argument(
            "--way",
            metavar="NAME",
            help=say(
                "photo (the bundled denoiser, the default), zero-shot, blind-spot, nlm, tv, wavelet, despeckle or model"
            ),
        ),
        WAYS,
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
        help=say("how much of the noise is taken off, from 0, the picture as it is, to 1 (the default)"),
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
        "--earlier",
        action="store_true",
        help=say("clean earlier results of this program among the pictures of folders too, which are left out else"),
    )
    command.add_argument(
        "--format",
        default="",
        metavar="ENDING",
        help=say("how the names of results end, such as png or tif; by default as those of the pictures"),
    )
    command.add_argument(
        "--suffix", default="", metavar="TEXT", help=say("behind the names of results in a folder, such as _clean")
    )
    command.add_argument(
        "--quality", type=int, metavar="N", help=say("quality of JPEG, WebP, AVIF and JPEG 2000 files, 1 to 100")
    )
    command.add_argument(
        "--memory", type=float, metavar="MIB", help=say("memory to work in (a quarter of what is free)")
    )
    command.add_argument(
        "--reference", metavar="FILE", help=say("the same picture without noise: prints PSNR and SSIM before and after")
    )
    _add_jobs(command, say("how many pictures to clean at the same time (1), each in a process of this machine"))
    _add_scheduler(command)
    loud = command.add_mutually_exclusive_group()
    loud.add_argument("--json", action="store_true", help=say("one event a line instead of a progress bar"))
    loud.add_argument(
        "-q",
        "--quiet",
        action="store_true",
        help=say("nothing but errors, on standard error, and what --reference measures"),
    )


def add_several(command: Parser) -> None:
    """What every command that trains several runs takes."""
    command.add_argument(
        "--seeds",
        type=int,
        metavar="N",
        help=say("with how many seeds to train everything (3); the table has mean ± standard deviation"),
    )
    command.add_argument("--no-library", action="store_true", help=say("do not keep the runs in the library"))
    _add_jobs(command, say("how many runs to train at the same time (1), each in a process of this machine"))
    _add_scheduler(command)
    loud = command.add_mutually_exclusive_group()
    loud.add_argument("--json", action="store_true", help=say("one event a line instead of a table"))
    loud.add_argument(
        "-q", "--quiet", action="store_true", help=say("the results only: no plan, no bar, warnings on standard error")
    )
    _add_device(command)


def add_hosting(command: Parser) -> None:
    """What every command that trains takes."""
    command.add_argument(
        "--time", metavar="TIME", help=say("train for 60s, 5min or 2h at most, even where epochs are left")
    )
    command.add_argument(
        "-o",
        "--out",
        metavar="DIR",
        help=say("write model.safetensors, run.toml, metrics.csv and curves.csv into this folder"),
    )
    loud = command.add_mutually_exclusive_group()
    loud.add_argument("--json", action="store_true", help=say("one event a line instead of progress bars"))
    loud.add_argument(
        "-q", "--quiet", action="store_true", help=say("nothing but warnings and errors, on standard error")
    )
    _add_device(command)
    command.add_argument(
        "--nproc",
        type=int,
        default=1,
        metavar="N",
        help=say("how many processes train together and share every batch (1)"),
    )
    command.add_argument(
        "--nnodes",
        type=int,
        default=1,
        metavar="M",
        help=say("on how many machines (1), with --nproc processes on each"),
    )
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


def _add_jobs(command: Parser, help: str) -> None:
    command.add_argument("--jobs", type=int, default=1, metavar="N", help=help)


def _add_scheduler(command: Parser) -> None:
    command.add_argument(
        "--scheduler",
        default="",
        metavar="ADDRESS",
        help=say("spread the work over the Dask cluster with this scheduler, such as tcp://192.168.1.2:8786"),
    )


def _add_device(command: Parser) -> None:
    offer(
        command.add_argument(
            "--device", default="auto", metavar="NAME", help=say("auto (CUDA, then MPS, then CPU), cuda, mps or cpu")
        ),
        DEVICES,
    )
