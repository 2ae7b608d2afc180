"""What becomes of memory and time as things grow: `python -m tests.benchmarks.growth [OUT.md] [--size F] [PART…]`.

Each measurement is a process of its own, on data that are made for it in a temporary folder. Memory is that which no
file can give back (RssAnon), sampled fifty times a second. Time is that of the processor, which others on the machine
do not lengthen, with the time on the clock beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

MIB = 2**20
SAMPLE_SECONDS = 0.02
Found = dict[str, Any]


def private() -> int:
    """Bytes of memory of this process that lie in no file."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("This system does not say how much memory is private.")


class Watched:
    """What a piece of work takes, beyond what there was before."""

    before = peak = 0
    cpu = clock = 0.0

    @property
    def found(self) -> Found:
        return {"peak": self.peak - self.before, "cpu": self.cpu, "clock": self.clock}


@contextmanager
def watched() -> Iterator[Watched]:
    seen, over = Watched(), threading.Event()
    seen.before = seen.peak = private()

    def look() -> None:
        while not over.wait(SAMPLE_SECONDS):
            seen.peak = max(seen.peak, private())

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    cpu, clock = time.process_time(), time.perf_counter()
    try:
        yield seen
    finally:
        seen.cpu, seen.clock = time.process_time() - cpu, time.perf_counter() - clock
        over.set()
        looking.join()
        seen.peak = max(seen.peak, private())


# -- the parts ---------------------------------------------------------------------------------------------------------


def images(count: int, folder: Path) -> Found:
    """So many images of 28×28 pixels in an .npz file: read, split, and trained on for 200 steps."""
    from aestudio.core.data.sources.npz import Npz
    from aestudio.core.run.run import Run

    rng = np.random.default_rng(0)
    some = rng.integers(0, 256, (min(count, 10_000), 28, 28), dtype=np.uint8)
    path = folder / "images.npz"
    np.savez(path, images=np.resize(some, (count, 28, 28)))
    del some
    run = Run.from_settings({"network": {"kind": "mlp", "widths": [64]}, "batch_size": 32, "epochs": 1})
    list(stepped(run, Npz(path=str(tiny_archive(folder))).load(), 2))  # what is set up once is no growth
    stored = count * 28 * 28
    with watched() as reading:
        dataset = Npz(path=str(path)).load()
    with watched() as training:
        for _ in stepped(run, dataset, 200):
            pass
    return {"stored": stored, "reading": reading.found, "training": training.found}


def tiny_archive(folder: Path) -> Path:
    path = folder / "tiny.npz"
    np.savez(path, images=np.random.default_rng(1).integers(0, 256, (64, 28, 28), dtype=np.uint8))
    return path


def stepped(run: Any, dataset: Any, steps: int) -> Iterator[Any]:
    """The events of a training that is stopped after so many steps, and does not wait for scores."""
    from aestudio.core.run.events import Progress
    from aestudio.core.training.controls import Controls
    from aestudio.core.training.fit import fit

    controls = Controls()
    for event in fit(run, dataset, controls):
        yield event
        if isinstance(event, Progress) and event.first_step + len(event.terms) > steps:
            controls.hurry()


def pictures(count: int, folder: Path) -> Found:
    """A folder of so many PNG files of 40×40 pixels: the first few seen, all found, read, and read again."""
    from PIL import Image

    from aestudio.core.data.sources.folder import ImageFolder

    rng, place = np.random.default_rng(0), folder / "pictures"
    some = [rng.integers(0, 256, (40, 40), dtype=np.uint8) for _ in range(min(count, 50))]
    for number in range(count):
        within = place / f"{number // 1000:03d}"
        within.mkdir(parents=True, exist_ok=True)
        Image.fromarray(some[number % len(some)]).save(within / f"{number:06d}.png", compress_level=1)
    source = ImageFolder(path=str(place), size=32, colour=False, take="whole images")
    began = time.perf_counter()
    assert source.glimpse() is not None
    seen = time.perf_counter() - began
    told: list[float] = []
    with watched() as first:
        began = time.perf_counter()
        one = source.load(lambda _doing, _fraction: told.append(time.perf_counter() - began))
    total = len(one.train) + len(one.held_out)
    del one
    with watched() as again:
        source.load()
    gaps = np.diff([0.0, *told, first.clock])
    return {
        "stored": total * 32 * 32,
        "first": first.found,
        "again": again.found,
        "seen": seen,
        "told": told[0],
        "silence": float(gaps.max()),
    }


def runs(count: int, folder: Path) -> Found:
    """A library of so many runs: its list, a search, one row."""
    from aestudio.core.library.asking import Asked, question, settings_of
    from aestudio.core.library.catalogue import Library
    from tests.many_runs import fill

    with Library(folder / "library") as library:
        fill(library, count)
        with watched() as listing:
            rows = library.runs()
        with watched() as searching:
            asked = question("sparse and psnr > 20 and epochs > 2")
            found = sum(asked(Asked.of(row, partial(settings_of, library, row.id))) for row in rows)
        with watched() as one:
            library.summary(rows[0].id)
    size = sum(path.stat().st_size for path in (folder / "library").rglob("*") if path.is_file())
    return {
        "listing": listing.found,
        "searching": searching.found,
        "found": found,
        "one": one.found,
        "bytes": size,
    }


def points(count: int, folder: Path) -> Found:
    """A run of so many steps: written as a recorder writes it, and its curves read."""
    from aestudio.core.library.catalogue import Library
    from aestudio.core.library.points import insert_points, joined
    from aestudio.core.run.events import Progress
    from tests.many_runs import fill

    names, each = ("reconstruction", "kl-sparsity"), 1000
    with Library(folder / "library") as library:
        fill(library, 1)
        number = library.runs()[0].id
        with library.transaction() as connection:
            connection.execute("DELETE FROM points WHERE run = ?", (number,))
        rng = np.random.default_rng(0)
        with watched() as writing:
            for first in range(1, count + 1, each):
                terms = rng.random((min(each, count + 1 - first), 2), np.float32)
                told = Progress(first, first / 1000, 1, "end to end", names, terms, np.ones_like(terms), 1e4, None)
                with library.transaction() as connection:
                    for progress in joined([told]):
                        insert_points(connection, number, progress)
        with watched() as reading:
            curves = library.curves(number)
    return {"writing": writing.found, "reading": reading.found, "points": len(curves.steps)}


def parameters(count: int, folder: Path) -> Found:
    """A network of about so many parameters: its model file, a checkpoint and exports of it, there and back."""
    import torch

    from aestudio.core.data.dataset import Dataset, Resident, Split
    from aestudio.core.export.exporting import export
    from aestudio.core.export.format import Format
    from aestudio.core.model import model_file
    from aestudio.core.model.model_file import ModelFile, some_samples
    from aestudio.core.parts.slots import options
    from aestudio.core.run.events import Finished, Progress
    from aestudio.core.run.run import Run
    from aestudio.core.training.checkpoint_folder import CheckpointFolder
    from aestudio.core.training.controls import Controls
    from aestudio.core.training.fit import fit

    units = max(1, round(count / (2 * 1024)))
    run = Run.from_settings({"network": {"kind": "mlp", "widths": [units]}, "batch_size": 16, "epochs": 100})
    made = torch.randint(0, 256, (64, 1, 32, 32), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    dataset = Dataset("made", Split(Resident(made)), Split(Resident(made[:16])))
    keeper, controls = OneCheckpoint(CheckpointFolder(folder / "run")), Controls()
    end = None
    with watched() as training:
        for event in fit(run, dataset, controls, keeper=keeper):
            if isinstance(event, Progress):
                controls.stop()
            elif isinstance(event, Finished):
                end = event
    assert end is not None
    assert end.run is not None
    assert end.weights is not None
    held = sum(tensor.nbytes for tensor in end.weights.values())
    path = folder / f"model-{units}.safetensors"
    file = ModelFile(end.run, dataset.shape, end.weights, {}, samples=some_samples(dataset.held_out.images))
    with watched() as saving:
        file.save(path)
    del file, end
    with watched() as loading:
        loaded = model_file.load(path)
    found = {"training": training.found, "saving": saving.found, "loading": loading.found}
    found["checkpoint"] = {"cpu": keeper.cpu, "clock": keeper.clock}
    for kind in ("onnx", "pt2"):
        format = options(Format)[kind]()
        with watched() as exporting:
            export(loaded, format, folder / format.default_name())
        found[kind] = exporting.found
    return {"stored": held, **found}


class OneCheckpoint:
    """Keeps one at the end, and says how long that took."""

    def __init__(self, folder: Any) -> None:
        self._folder = folder
        self.cpu = self.clock = 0.0
        self.warnings: list[str] = []

    def due(self, _epoch: int) -> bool:
        return False

    def keep(self, made: Any) -> Path:
        cpu, clock = time.process_time(), time.perf_counter()
        path: Path = self._folder.keep(made)
        self.cpu, self.clock = time.process_time() - cpu, time.perf_counter() - clock
        return path


PARTS: dict[str, tuple[Callable[[int, Path], Found], tuple[int, ...]]] = {
    "images": (images, (1_000, 10_000, 100_000, 1_000_000)),
    "pictures": (pictures, (1_000, 10_000, 100_000)),
    "runs": (runs, (100, 1_000, 10_000)),
    "points": (points, (1_000, 10_000, 100_000, 1_000_000)),
    "parameters": (parameters, (1_000_000, 10_000_000, 100_000_000)),
}
"""What grows, and through which sizes."""


# -- several sizes, and the page ---------------------------------------------------------------------------------------


def measured(part: str, size: int) -> Found:
    """In a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.growth", "--one", part, str(size)]
    with tempfile.TemporaryDirectory(prefix="aestudio-growth-") as folder:
        kept = {"AESTUDIO_LIBRARY": f"{folder}/library", "XDG_CACHE_HOME": f"{folder}/cache"}
        done = subprocess.run([*command, folder], capture_output=True, text=True, env=os.environ | kept, check=False)
    if done.returncode:
        return {"trouble": done.stderr.strip().splitlines()[-1] if done.stderr.strip() else str(done.returncode)}
    found: Found = json.loads(done.stdout.splitlines()[-1])
    return found


def figure(name: str, value: Any) -> str:
    """As the page writes it: bytes in MiB, seconds with three figures."""
    if isinstance(value, str):
        return value
    if name in ("stored", "bytes", "peak"):
        return f"{value / MIB:,.1f} MiB"
    return f"{value:,}" if isinstance(value, int) else f"{value:.3g} s"


def table(found: dict[int, Found]) -> list[str]:
    names = list(dict.fromkeys(name for one in found.values() for name in one))
    lines = ["| | " + " | ".join(f"{size:,}" for size in found) + " |", "|---" * (1 + len(found)) + "|"]
    for name in names:
        inner = [one.get(name) for one in found.values()]
        if any(isinstance(one, dict) for one in inner):
            for key, words in (("peak", "memory"), ("cpu", "processor"), ("clock", "clock")):
                cells = [figure(key, one[key]) if isinstance(one, dict) and key in one else "–" for one in inner]
                if not any(cell != "–" for cell in cells):
                    continue
                lines.append(f"| {name}: {words} | " + " | ".join(cells) + " |")
        else:
            cells = ["–" if one is None else figure(name, one) for one in inner]
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def ratios(found: dict[int, Found]) -> list[str]:
    """Memory of the work beside what is stored, for the largest size."""
    size, one = list(found.items())[-1]
    if "stored" not in one:
        return []
    peaks = {name: value["peak"] for name, value in one.items() if isinstance(value, dict) and value.get("peak")}
    said = [f"{name} {peak / one['stored']:.2f}" for name, peak in peaks.items()]
    return [f"Memory beyond what there was, as a multiple of what is stored, at {size:,}: {', '.join(said)}.", ""]


WIDTH, HEIGHT, EDGE, LEGEND = 620, 380, 50, 190
COLOURS = ("#3b6fb6", "#c2603a", "#4d9a54", "#8a5fb0", "#b3923a", "#3a9aa0", "#b0487e", "#6b6b6b")


def picture(everything: dict[str, dict[int, Found]]) -> str:
    """Seconds of the processor over the size, both logarithmic, as SVG."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for part, found in everything.items():
        for size, one in found.items():
            for name, value in one.items():
                if isinstance(value, dict):
                    lines.setdefault(f"{part}: {name}", []).append((np.log10(size), np.log10(max(value["cpu"], 1e-4))))
    every = np.array([pair for pairs in lines.values() for pair in pairs])
    low, high = np.floor(every.min(0)), np.ceil(every.max(0) + 1e-9)
    room = np.array([WIDTH - EDGE - LEGEND, 2 * EDGE - HEIGHT])

    def at(pair: Any) -> tuple[float, float]:
        x, y = np.array([EDGE, HEIGHT - EDGE]) + (np.array(pair) - low) / np.maximum(high - low, 1) * room
        return float(x), float(y)

    box = f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="10"'
    drawn = [f'<svg xmlns="http://www.w3.org/2000/svg" {box}>']
    drawn.append(f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>')
    for axis, name in ((0, "size"), (1, "seconds of the processor")):
        for power in range(int(low[axis]), int(high[axis]) + 1):
            ends = [at((power, edge[1]) if axis == 0 else (edge[0], power)) for edge in (low, high)]
            (x, y), (x2, y2) = ends
            drawn.append(f'<path d="M{x:.0f} {y:.0f}L{x2:.0f} {y2:.0f}" stroke="#ddd"/>')
            shift = (0, 14) if axis == 0 else (-22, 3)
            place = f'x="{x + shift[0]:.0f}" y="{y + shift[1]:.0f}" text-anchor="middle"'
            drawn.append(f"<text {place}>{10.0**power:g}</text>")
        place = f'x="{WIDTH / 3:.0f}" y="{HEIGHT - 12}"' if axis == 0 else f'x="8" y="{EDGE - 14}"'
        drawn.append(f"<text {place}>{name}</text>")
    for number, (name, pairs) in enumerate(lines.items()):
        colour, dashed = COLOURS[number % len(COLOURS)], ' stroke-dasharray="5 3"' if number >= len(COLOURS) else ""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(at, pairs))
        drawn.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"{dashed}/>')
        y = EDGE + 16 * number
        drawn.append(f'<path d="M{WIDTH - LEGEND + 20} {y}h24" stroke="{colour}" stroke-width="1.5"{dashed}/>')
        drawn.append(f'<text x="{WIDTH - LEGEND + 50}" y="{y + 3}">{name}</text>')
    return "\n".join([*drawn, "</svg>"]) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("-o", "--out", type=Path)
    parser.add_argument("--size", type=float, default=1.0, help="the part of each size")
    parser.add_argument("--one", nargs=3, metavar=("PART", "SIZE", "FOLDER"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        part, size, folder = asked.one
        print(json.dumps(PARTS[part][0](int(size), Path(folder))))
        return
    parts = asked.parts or list(PARTS)
    machine = f"{platform.machine()}, two cores of a shared machine, Python {platform.python_version()}"
    lines = [
        "# How memory and time grow",
        "",
        f"`python -m tests.benchmarks.growth {' '.join(sys.argv[1:])}`, {date.today()}, {machine}. "
        f"Load of others before it: {os.getloadavg()[0]:.1f}. Each size in a process of its own, once. Memory is what "
        "lies in no file, beyond what there was before the work. “processor” is its seconds, “clock” what passed.",
        "",
    ]
    everything: dict[str, dict[int, Found]] = {}
    for part in parts:
        work, sizes = PARTS[part]
        found = everything[part] = {}
        for size in sorted({max(10, round(size * asked.size)) for size in sizes}):
            found[size] = measured(part, size)
            print(part, size, json.dumps(found[size]), file=sys.stderr, flush=True)
        lines += [f"## {part.capitalize()}", "", (work.__doc__ or "").strip(), "", *table(found), "", *ratios(found)]
    if asked.out is None:
        print("\n".join(lines))
        return
    drawn = asked.out.with_suffix(".svg")
    drawn.write_text(picture(everything), encoding="utf-8")
    lines[4:4] = [f"![Seconds of the processor over the size]({drawn.name})", ""]
    asked.out.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
