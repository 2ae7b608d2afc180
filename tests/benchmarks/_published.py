"""What the reproductions of published results share: MNIST, trained models kept between scripts, result files.

A trained model is kept in a temporary folder outside the project under a name made of its settings and its data, so
that scripts which need the same model train it once. Delete the folder, or name another with AESTUDIO_PUBLISHED, to
train anew.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import torch

from aestudio.core.data.dataset import Dataset, ImageStore, Resident, Split, to_float
from aestudio.core.data.sources.idx import Idx
from aestudio.core.ground.compute import machine
from aestudio.core.model import model_file
from aestudio.core.model.model_file import ModelFile
from aestudio.core.model.suffix import SUFFIX
from aestudio.core.model.trained import Model
from aestudio.core.run.events import Evaluated, Finished, Preview
from aestudio.core.run.run import Run
from aestudio.core.training.controls import Controls
from aestudio.core.training.fit import fit

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "resources" / "docs" / "pictures"
MNIST = ROOT.parent / "shared" / "data" / "mnist"
KEPT = Path(os.environ.get("AESTUDIO_PUBLISHED", Path(tempfile.gettempdir()) / "aestudio-published"))

Watch = Callable[[Controls, float, Evaluated | Preview], None]
"""Called at the end of every epoch, and with the previews that it asks for, with the fraction of the training that is
done: it may change live knobs, and have units drawn anew.
"""


# -- data --------------------------------------------------------------------------------------------------------------


def mnist(*, quick: bool = False) -> Dataset:
    """MNIST, or a tenth of it; the end of the script with a sentence where it is not there."""
    if not MNIST.is_dir():
        print("Skipped: MNIST's idx files are not in ../shared/data/mnist.")
        sys.exit(0)
    dataset = Idx(path=str(MNIST)).load()
    return replace(dataset, train=tenth(dataset.train), held_out=tenth(dataset.held_out)) if quick else dataset


def tenth(split: Split) -> Split:
    """The first images, and their labels."""
    some = torch.arange(len(split) // 10)
    return Split(Resident(split.images.gather(some)), None if split.labels is None else split.labels[some])


def pixels(store: ImageStore, count: int | None = None) -> torch.Tensor:
    """The first `count` images (all by default) in [0, 1], float32 [N, C, H, W]."""
    return to_float(store.gather(torch.arange(len(store) if count is None else min(count, len(store)))))


# -- models ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trained:
    """A model, and what its training took when it was trained."""

    model: Model
    seconds: float
    loss: float
    """The held-out objective at the end."""


def trained(run: Run, dataset: Dataset, watch: Watch | None = None, note: str = "") -> Trained:
    """The run, trained on the data set by the program's own loop, or taken from what an earlier script kept.

    `note` says what `watch` does: it belongs to the name under which the model is kept.
    """
    name = hashlib.sha256("\n".join((run.to_json(), dataset.fingerprint(), note)).encode()).hexdigest()[:24]
    path = KEPT / f"{name}{SUFFIX}"
    if path.is_file():
        kept = model_file.load(path)
        return Trained(kept.model(), float(kept.facts["seconds"]), kept.scores["objective"])
    controls = Controls()
    began, loss, done = time.perf_counter(), float("nan"), 0.0
    for event in fit(run, dataset, controls):
        match event:
            case Evaluated(split="held-out"):
                loss, done = event.objective, event.epoch / run.epochs
                if watch:
                    watch(controls, done, event)
            case Preview() if watch:
                watch(controls, done, event)
            case Finished(reason="completed", weights=dict(weights)):
                seconds = time.perf_counter() - began
                file = ModelFile(
                    run, dataset.shape, weights, {"objective": loss}, facts={"seconds": f"{seconds:.1f}", "note": note}
                )
                KEPT.mkdir(parents=True, exist_ok=True)
                file.save(path)
                return Trained(file.model(), seconds, loss)
            case Finished():
                raise SystemExit(f"{run.title} was not trained: {event.error or event.reason}")
    raise AssertionError("a training ends with Finished")


# -- results -----------------------------------------------------------------------------------------------------------


def arguments(about: str, script: str, *, seeds: int = 0) -> argparse.Namespace:
    """--quick, --out and, where the script has seeds, --seeds."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="only to see that it runs; writes no file")
    parser.add_argument("--out", type=Path, help="where the result is written; beside the script by default")
    if seeds:
        parser.add_argument("--seeds", type=int, default=seeds, help=f"trainings of each model ({seeds})")
    chosen = parser.parse_args()
    if chosen.out is None and not chosen.quick:
        chosen.out = Path(script).with_suffix(".md")
    return chosen


def picture_of(out: Path, suffix: str) -> Path:
    """Where the picture of a result is written: among those that the program shows under Help, or beside a result that
    goes elsewhere.
    """
    name = out.with_suffix(suffix).name
    return PICTURES / name if out.parent == Path(__file__).parent else out.with_name(name)


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "processor unknown"


def command() -> str:
    """What was typed to run this script, but for --out: where a result was written says nothing about it."""
    words = list(sys.argv[1:])
    if "--out" in words:
        place = words.index("--out")
        del words[place : place + 2]
    return " ".join(["python", f"tests/benchmarks/{Path(sys.argv[0]).name}", *words])


def heading(title: str, seconds: float) -> list[str]:
    return [
        f"# {title}",
        "",
        f"`{command()}`, {date.today()}, {machine()} ({processor()}; {counted(torch.get_num_threads(), 'thread')}); "
        f"{minutes(seconds)} for all of it, trainings that were kept from before counted with the time they took.",
        "",
    ]


def counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f} min" if seconds >= 60 else f"{seconds:.0f} s"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        "| " + " | ".join(head) + " |",
        "|" + "---|" * len(head),
        *("| " + " | ".join(row) + " |" for row in rows),
    ]


def tried(text: str) -> list[str]:
    """The section that says what did not help: `text` holds one point a paragraph."""
    return ["", "## What was tried", "", *(f"- {' '.join(point.split())}" for point in text.strip().split("\n\n"))]


def say(lines: Sequence[str], out: Path | None) -> None:
    """Prints the result, and writes it where it belongs."""
    text = "\n".join(lines).rstrip() + "\n"
    print(text)
    if out is not None:
        out.write_text(text, encoding="utf-8")
