"""Uses one new member of one family, in a copy of the program that has it: `python contributed.py CASE`.

Run by test_contributing.py in a process of its own, with the copy before everything else on the path. Prints what was
found as one JSON object: a column of the table, and what it found.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from aestudio import cli
from aestudio.core.data.dataset import Dataset, Resident, Split
from aestudio.core.denoise.picture import Picture
from aestudio.core.denoise.way import Way
from aestudio.core.export.exporting import export
from aestudio.core.export.format import Format
from aestudio.core.export.words import groups
from aestudio.core.ground.compute import Compute
from aestudio.core.ground.errors import StudioError
from aestudio.core.model import model_file
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.model.model_file import ModelFile, some_samples
from aestudio.core.parts.looking import scoring
from aestudio.core.parts.one_pass import Generators
from aestudio.core.parts.plan import Span
from aestudio.core.parts.slots import options
from aestudio.core.run import equation
from aestudio.core.run.events import Finished, Progress
from aestudio.core.run.run import FAMILIES, Run
from aestudio.core.training import checkpoint
from aestudio.core.training.checkpoint import Checkpoint
from aestudio.core.training.choosing import choose
from aestudio.core.training.fit import fit

SMALL: dict[str, Any] = {"network": {"kind": "mlp", "widths": [12]}, "epochs": 2, "batch_size": 16}
CASES: dict[str, dict[str, Any]] = {
    "corruption/blackout": {"corruption": "blackout"},
    "augmentation/shift": {"augmentation": "shift"},
    "network/level": {"network": "level", "corruption": "gaussian"},
    "code/nearest": {"code": {"kind": "nearest", "means": 8}},
    "code/drawn": {"code": "drawn", "penalties": [{"kind": "from-prior", "weight": 0.1}]},
    "loss/spread": {"loss": "spread"},
    "penalties/decorrelation": {"penalties": ["decorrelation"]},
    "penalties/from-prior": {"code": "drawn", "penalties": ["from-prior"]},
    "penalties/critic": {"penalties": ["critic"]},
    "objective/root": {"objective": "root"},
    "schedule/outer-first": {"schedule": "outer-first", "network": {"kind": "mlp", "widths": [12, 6]}},
    "optimiser/amsgrad": {"optimiser": "amsgrad"},
    "rate/falling": {"rate": "falling"},
    "data/stripes": {"data": "stripes"},
    "weather/sunny": {"weather": {"kind": "sunny", "warmth": 30.0}},
    "objective/importance-weighted": {"code": "drawn", "objective": {"kind": "importance-weighted", "k": 3}},
}
COMPUTE = Compute(torch.device("cpu"), "CPU")


def run_of(case: str) -> Run:
    settings = dict(SMALL) | CASES[case]
    settings["penalties"] = [{"kind": one} if isinstance(one, str) else one for one in settings.get("penalties", [])]
    return Run.from_settings(settings)


def data_of(run: Run) -> Dataset:
    if run.data.kind != "digits":
        return run.data.load()
    generator = torch.Generator().manual_seed(3)
    images = (torch.rand(80, 1, 8, 8, generator=generator) * 255).to(torch.uint8)
    return Dataset("made", Split(Resident(images[:64])), Split(Resident(images[64:])))


class Keeping:
    """Takes one checkpoint, after three steps."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.asked, self.path = folder, -1, folder

    def due(self, epoch: int) -> bool:
        self.asked += 1
        return self.asked == 3

    def keep(self, made: Checkpoint) -> Path:
        if made.place.step == 3:
            self.path = self.folder / "step-000000003.checkpoint"
            made.save(self.path)
        return self.path


def alike(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    """To the last bit."""
    return one.keys() == other.keys() and all(
        tensor.dtype == other[name].dtype and tensor.numpy().tobytes() == other[name].numpy().tobytes()
        for name, tensor in one.items()
    )


def in_files(case: str, folder: Path) -> bool:
    """TOML, JSON and back."""
    run, kind = run_of(case), case.partition("/")[2]
    return f'kind = "{kind}"' in run.to_toml() and Run.from_toml(run.to_toml()) == Run.from_json(run.to_json()) == run


def on_the_command_line(case: str, folder: Path) -> str:
    """Chosen by --set, trained, told; empty where all went well."""
    field, _, kind = case.partition("/")
    path = folder / "base.toml"
    whole = run_of(case).model_dump(mode="json")
    if field != "penalties":
        whole[field] = {"kind": type(Run().network).kind} if field == "network" else {"kind": FAMILIES[field].default}
    else:
        whole[field] = [one for one in whole[field] if one["kind"] != kind]
    path.write_text(Run.from_settings(whole).to_toml(), encoding="utf-8")
    chosen = f"penalties.{kind}.weight=0.5" if field == "penalties" else f"{field}.kind={kind}"
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = cli.main(
            [
                "train",
                str(path),
                "--set",
                chosen,
                "--epochs",
                "1",
                "--no-library",
                "--out",
                str(folder / "out"),
                "--json",
            ]
        )
    toml = folder / "out" / "run.toml"
    return "" if code == 0 and f'kind = "{kind}"' in toml.read_text(encoding="utf-8") else said.getvalue()[-2000:]


def trained(case: str, folder: Path) -> tuple[Run, Dataset, Finished, Path]:
    run = run_of(case)
    data, keeping = data_of(run), Keeping(folder)
    *_, end = fit(run, data, compute=COMPUTE, keeper=keeping)
    assert isinstance(end, Finished)
    return run, data, end, keeping.path


def trains_and_resumes(case: str, folder: Path) -> dict[str, Any]:
    """Bit for bit, from a checkpoint in the middle; and something was learned."""
    run, data, end, path = trained(case, folder)
    if end.reason != "completed" or end.weights is None:
        return {"reason": end.reason, "error": end.error}
    events = list(fit(run, data, compute=COMPUTE, resume=checkpoint.load(path)))
    rest = events[-1]
    assert isinstance(rest, Finished)
    assert rest.weights is not None
    before = Autoencoder(run, data.shape).snapshot()
    told = [event for event in events if isinstance(event, Progress)]
    adds_up = all(abs(float((one.terms * one.weights).sum(1)[0])) < 1e6 for one in told)
    return {
        "reason": end.reason,
        "resumed": rest.reason,
        "bit for bit": alike(dict(end.weights), dict(rest.weights)),
        "moved": sorted(name for name, tensor in end.weights.items() if not tensor.equal(before[name])),
        "built": sorted(name for name in before if not name.startswith("stages.")),
        "terms": told[-1].names,
        "adds up": adds_up,
    }


def saves_and_opens(case: str, folder: Path) -> bool:
    """Every tensor with its type, to the last bit; and the opened model does what the saved one does."""
    run, data, end, _ = trained(case, folder)
    assert end.weights is not None
    file = ModelFile(run, data.shape, end.weights, {}, end.depth, some_samples(data.held_out.images))
    file.save(folder / "model.safetensors")
    opened = model_file.load(folder / "model.safetensors")
    images = torch.rand(3, *data.shape, generator=torch.Generator().manual_seed(0))
    made = [one.model().reconstruct(images) for one in (file, opened)]
    return alike(dict(end.weights), dict(opened.weights)) and made[0].equal(made[1]) and made[0].shape == images.shape


def is_left_alone_by_looking(case: str, folder: Path) -> bool:
    """Scores, previews, sliders and a person's image change nothing."""
    run, data, end, _ = trained(case, folder)
    assert end.weights is not None
    module = Autoencoder(run, data.shape)
    module.load_state_dict(end.weights)
    images = torch.rand(4, *data.shape)
    module(run, images, Span(0, module.depth), scoring(run), Generators())
    seen = module.encode(run, images, Span(0, module.depth))
    module.decode(run, seen.latent.code, Span(0, module.depth))
    return alike(module.snapshot(), dict(end.weights))


def exports(case: str, folder: Path, kinds: tuple[str, ...]) -> dict[str, Any]:
    """The largest difference from the model, by format and part."""
    run, data, end, _ = trained(case, folder)
    assert end.weights is not None
    file = ModelFile(run, data.shape, end.weights, {}, end.depth, some_samples(data.held_out.images))
    found: dict[str, Any] = {}
    for kind in kinds:
        format = options(Format)[kind]()
        for part in format.parts:
            try:
                made = export(file, format, folder / f"{part}-{format.default_name()}", part=part)
                found[f"{kind} {part}"] = made.parity or 0.0
            except StudioError as error:
                found[f"{kind} {part}"] = str(error)
    return found


def is_shown(case: str, folder: Path) -> dict[str, bool]:
    """In the form's chooser, in the equation or the list of settings."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtWidgets import QApplication

    from aestudio.qt.forms import ManyForm, RunForm

    app = QApplication.instance() or QApplication([])
    assert app is not None
    run = run_of(case)
    field, _, kind = case.partition("/")
    title = options(FAMILIES[field])[kind].title
    found = {"words": any(group.title == title for group in groups(run))}
    if FAMILIES[field].form_place:
        form = RunForm([family for family in FAMILIES.values() if family.form_place])
        form.set_run(run)
        one = form.family(field)
        found["form"] = one.switch(kind).isChecked() if isinstance(one, ManyForm) else one.title() == title
    drawn = equation.objective(run) + equation.reconstruction(run)
    if field in ("penalties", "loss", "code", "corruption"):
        found["equation"] = options(FAMILIES[field])[kind].equation in drawn
    return found


def a_way(folder: Path) -> dict[str, Any]:
    """A way to denoise: cleans, in tiles as at once, and on the command line."""
    import numpy as np
    from PIL import Image

    from aestudio.core.denoise.cleaning import clean

    way = options(Way)["median"]()
    values = np.random.default_rng(0).random((90, 70, 1)).astype(np.float32)
    Image.fromarray((values[..., 0] * 255).astype(np.uint8)).save(folder / "in.png")
    picture = Picture(values, white=1.0)
    cleaner = way.prepare([picture], 0.1)
    whole = cleaner.clean(values)
    tiled = clean(picture, cleaner, budget=1).values()
    with contextlib.redirect_stdout(io.StringIO()):
        code = cli.main(["denoise", str(folder / "in.png"), "-o", str(folder / "out.png"), "--way", "median", "--json"])
    return {"tiled": bool(np.allclose(whole, tiled, atol=1e-6)), "code": code, "there": (folder / "out.png").exists()}


def a_format(folder: Path) -> dict[str, Any]:
    """An export format: writes, and on the command line."""
    run = Run.from_settings(SMALL)
    data = data_of(run)
    file = ModelFile(
        run, data.shape, Autoencoder(run, data.shape).snapshot(), {}, None, some_samples(data.held_out.images)
    )
    file.save(folder / "model.safetensors")
    with contextlib.redirect_stdout(io.StringIO()):
        code = cli.main(["export", str(folder / "model.safetensors"), "--to", "arrays", "-o", str(folder / "made.npz")])
    return {"code": code, "there": (folder / "made.npz").exists(), "offered": "arrays" in options(Format)}


def a_step(folder: Path) -> dict[str, Any]:
    """A step: is taken where it suits, and gives what the plain one gives."""
    from aestudio.core.training.choosing import every_step

    plain, counting = Run.from_settings(SMALL), run_of("code/nearest")
    chosen = [choose(run, run.plan((1, 8, 8)), COMPUTE).name for run in (plain, counting)]
    return {"chosen": chosen, "all": [one.name for one in every_step()]}


COLUMNS: dict[str, Callable[[str, Path], Any]] = {
    "in files": in_files,
    "on the command line": on_the_command_line,
    "trains and resumes": trains_and_resumes,
    "saves and opens": saves_and_opens,
    "left alone by looking": is_left_alone_by_looking,
    "shown": is_shown,
}
ALONE: dict[str, Callable[[Path], Any]] = {"way": a_way, "format": a_format, "step": a_step}


def main() -> None:
    wanted = sys.argv[1:]
    table: dict[str, Any] = {}
    for case in wanted:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            if case in ALONE:
                table[case] = ALONE[case](folder)
            elif case.startswith("export:"):
                _, kinds, of = case.split(":")
                table[case] = exports(of, folder, tuple(kinds.split(",")))
            else:
                table[case] = {column: look(case, folder) for column, look in COLUMNS.items()}
    print(json.dumps(table))


if __name__ == "__main__":
    main()
