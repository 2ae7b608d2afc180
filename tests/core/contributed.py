"""Uses new members of families, in a copy of the program that has them: `python contributed.py CASE…`.

A case is a member's file, `parts/codes/nearest`. Run by test_contributing.py in a process of its own, with the copy
before everything else on the path. Prints what was found as one JSON object: by case and by column of the table. What
there is to try of a member is asked of its family and of what it declares; no case is named here.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import torch

from aestudio import cli
from aestudio.core.data.dataset import Dataset, Resident, Split
from aestudio.core.denoise.picture import Picture
from aestudio.core.denoise.way import Way
from aestudio.core.export.exporting import export
from aestudio.core.export.format import Format
from aestudio.core.export.pieces import Piece
from aestudio.core.export.words import groups
from aestudio.core.ground.compute import Compute
from aestudio.core.ground.errors import RunError, StudioError
from aestudio.core.ground.sealed import as_pairs
from aestudio.core.model import model_file
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.model.model_file import ModelFile, some_samples
from aestudio.core.parts.families.code import Code
from aestudio.core.parts.families.corruption import Corruption
from aestudio.core.parts.families.ending import Ending
from aestudio.core.parts.families.network import Network
from aestudio.core.parts.looking import scoring
from aestudio.core.parts.one_pass import Generators
from aestudio.core.parts.part import BuildingPart, Part
from aestudio.core.parts.plan import Span
from aestudio.core.parts.slots import Knob, Slot, knobs, options
from aestudio.core.probes.measure import Measure
from aestudio.core.run import equation
from aestudio.core.run.events import Evaluated, Finished, Progress
from aestudio.core.run.run import FAMILIES, MANY, Run
from aestudio.core.training import checkpoint
from aestudio.core.training.checkpoint import Checkpoint, obstacle
from aestudio.core.training.choosing import choose
from aestudio.core.training.fit import fit
from aestudio.core.training.step import Step
from tests import ready
from tests.core.exports import exported_once

SMALL: dict[str, Any] = {"network": {"kind": "mlp", "widths": [12, 8]}, "epochs": 2, "batch_size": 16}
SHAPE, IMAGES = (1, 8, 8), 64
COMPUTE = Compute(torch.device("cpu"), "CPU")


@cache
def member_of(case: str) -> type[Slot]:
    """The class that a file holds."""
    (found,) = [
        one for family in FAMILIES.values() for one in options(family).values() if one.__module__ == module_of(case)
    ]
    return found


def module_of(case: str) -> str:
    return f"aestudio.core.{case.replace('/', '.')}"


def field_of(member: type[Slot]) -> str:
    """What a run calls the family of a member."""
    return next(field for field, family in FAMILIES.items() if issubclass(member, family))


def holding(members: Iterable[type[Slot]]) -> Run:
    """A small run with these members, and defaults for what they do not say."""
    settings = dict(SMALL)
    for member in members:
        field = field_of(member)
        settings[field] = [{"kind": member.kind}] if field in MANY else {"kind": member.kind}
    return Run.from_settings(settings)


@cache
def run_of(case: str) -> Run:
    """A small run with the member, and with one more where it cannot be used alone, or is told something by it.

    Raises: RunError where there is no such run.
    """
    member = member_of(case)
    told = {one.name for one in member.given} if issubclass(member, Network) else set()
    others: list[tuple[type[Slot], ...]] = [
        (one,)
        for field, family in FAMILIES.items()
        if issubclass(family, Part) and field != field_of(member)
        for one in options(family).values()
    ]
    if told:
        clean = torch.zeros(1, *SHAPE)
        others = [one for one in others if issubclass(one[0], Corruption) and told <= {*one[0]()(clean).given}]
    for company in others if told else [(), *others]:
        run = holding((member, *company))
        with contextlib.suppress(RunError):
            run.check(SHAPE, IMAGES)
            return run
    raise RunError(f"No run of one other part takes {case}.")


def without(run: Run, member: type[Slot]) -> Run:
    """The run with the default of its family instead, or with one member less."""
    field = field_of(member)
    if field in MANY:
        return run.with_value(field, [one for one in run.model_dump()[field] if one["kind"] != member.kind])
    return run.with_value(field, SMALL.get(field, FAMILIES[field].default))


def path_to(member: type[Slot]) -> str:
    """Of its settings, as `Run.with_value` takes it."""
    field = field_of(member)
    return f"{field}.{member.kind}" if field in MANY else field


def data_of(run: Run) -> Dataset:
    if run.data != Run().data:
        return run.data.load()
    generator = torch.Generator().manual_seed(3)
    images = (torch.rand(IMAGES + 16, *SHAPE, generator=generator) * 255).to(torch.uint8)
    return Dataset("made", Split(Resident(images[:IMAGES])), Split(Resident(images[IMAGES:])))


def as_bytes(tensors: dict[str, torch.Tensor]) -> dict[str, bytes]:
    return {name: one.reshape(-1).view(torch.uint8).numpy().tobytes() for name, one in tensors.items()}


class Keeping:
    """Takes one checkpoint, after three steps."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.asked, self.path = folder, -1, folder

    def due(self, epoch: int) -> bool:
        self.asked += 1
        return self.asked == 3

    def keep(self, made: Checkpoint) -> Path:
        if made.position.step == 3:
            self.path = self.folder / "step-000000003.checkpoint"
            made.save(self.path)
        return self.path


def alike(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    """To the last bit."""
    if {name: tensor.dtype for name, tensor in one.items()} != {name: tensor.dtype for name, tensor in other.items()}:
        return False
    first, second = (as_pairs(tensors, {})[0] for tensors in (one, other))
    return as_bytes(first) == as_bytes(second)


def in_files(case: str, folder: Path) -> bool:
    """TOML, JSON and back."""
    run, kind = run_of(case), member_of(case).kind
    return f'kind = "{kind}"' in run.to_toml() and Run.from_toml(run.to_toml()) == Run.from_json(run.to_json()) == run


def on_the_command_line(case: str, folder: Path) -> str:
    """Chosen by --set, trained, told; empty where all went well."""
    member, path = member_of(case), folder / "base.toml"
    path.write_text(without(run_of(case), member).to_toml(), encoding="utf-8")
    name = next(iter(knobs(member)), "")
    field = field_of(member)
    chosen = f"{field}.kind={member.kind}"
    if field in MANY:
        chosen = f"{path_to(member)}.{name}={knobs(member)[name].default}" if name else f"{field}={member.kind}"
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
    if code:
        return said.getvalue()[-2000:]
    toml = (folder / "out" / "run.toml").read_text(encoding="utf-8")
    return "" if f'kind = "{member.kind}"' in toml else toml


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
    building = [type(part) for part in run.parts() if isinstance(part, BuildingPart)]
    told = [event for event in events if isinstance(event, Progress)]
    adds_up = all(abs(float((one.terms * one.weights).sum(1)[0])) < 1e6 for one in told)
    return {
        "reason": end.reason,
        "resumed": rest.reason,
        "bit for bit": alike(dict(end.weights), dict(rest.weights)),
        "moved": sorted(name for name, tensor in end.weights.items() if not tensor.equal(before[name])),
        "built": sorted(name for name in before if not name.startswith("stages.")),
        "builds": any(part.build is not BuildingPart.build for part in building),
        "terms": list(told[-1].names),
        "declared": ["reconstruction", *(one.kind for one in run.penalties), *filter(None, [run.objective.term])],
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
    written: dict[Piece, float] = {}
    for format in (options(Format)[kind]() for kind in kinds):
        for part in format.parts:
            try:
                with exported_once(written):
                    made = export(file, format, folder / f"{part}-{format.default_name()}", part=part)
                found[f"{format.kind} {part}"] = made.parity or 0.0
            except StudioError as error:
                found[f"{format.kind} {part}"] = str(error)
    return found


def is_shown(case: str, folder: Path) -> dict[str, bool]:
    """In the form's chooser, in the equation or the list of settings."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtWidgets import QApplication

    from aestudio.qt.forms import ManyForm, RunForm

    app = QApplication.instance() or QApplication([])
    assert app is not None
    run, member = run_of(case), member_of(case)
    field = field_of(member)
    found = {"words": any(group.title == member.title and group.label for group in groups(run))}
    if FAMILIES[field].form_place:
        form = RunForm([family for family in FAMILIES.values() if family.form_place])
        form.set_run(run)
        one = form.family(field)
        match one:
            case ManyForm():
                found["form"] = one.switch(member.kind).isChecked()
            case _:
                found["form"] = one.title() == member.title
    drawn, other = (equation.objective(one) + equation.reconstruction(one) for one in (run, without(run, member)))
    found["equation"] = drawn == other or is_written(member.equation, drawn)
    return found


def is_written(term: str, drawn: str) -> bool:
    """Whether an equation holds the term. A minus in front of it stands before its weight there, if it has one."""
    before, found, _ = drawn.partition(term.removeprefix("-"))
    taken_away = before.endswith("-") or re.search(r" - \S+( \\cdot \S+)?\\, $", before) is not None
    return bool(found) and (taken_away or not term.startswith("-"))


def going_on(case: str, folder: Path) -> dict[str, str]:
    """Why a training cannot go on with another of each setting of the member, and without the member; empty where it
    can. What is wrong in these answers comes back, and nothing where they are right.
    """
    run, member = run_of(case), member_of(case)
    part = run.slots()[path_to(member)]
    # Of the data the images are compared instead, and an ending changes nothing of what goes before it.
    is_free = not isinstance(part, Part) or isinstance(part, Ending)
    other_run = without(run, member)
    answers = {} if other_run == run else {"all of it": (obstacle(run, other_run), is_free)}
    for name, knob in knobs(member).items():
        path = f"{path_to(member)}.{name}"
        for other in others_than(getattr(part, name), knob):
            with contextlib.suppress(RunError):
                answers[name] = obstacle(run, run.with_value(path, other)), is_free or knob.live
    return {
        name: said or "nothing stood in the way"
        for name, (said, can) in answers.items()
        if (said == "") is not can or (said and not said.endswith("."))
    }


def others_than(value: Any, knob: Knob) -> list[Any]:
    """Other values of a setting, one of which may be in its range."""
    found = [one for one in (*knob.choices, knob.low, knob.high) if one is not None and one != value]
    match value:
        case bool():
            return [not value]
        case int() | float():
            return [one for one in (*found, value + 1, value / 2) if one != value]
        case tuple():
            return [[*value, *value[-1:]]]
        case _:
            return found


def a_way(case: str, folder: Path) -> dict[str, Any]:
    """A way to denoise: cleans, in tiles as at once, and on the command line."""
    import numpy as np
    from PIL import Image

    from aestudio.core.denoise.cleaning import clean

    (kind,) = [kind for kind, one in options(Way).items() if one.__module__ == module_of(case)]
    way = options(Way)[kind]()
    values = np.random.default_rng(0).random((90, 70, 1)).astype(np.float32)
    Image.fromarray((values[..., 0] * 255).astype(np.uint8)).save(folder / "in.png")
    picture = Picture(values, white=1.0)
    cleaner = way.prepare([picture], 0.1)
    whole = cleaner.clean(values)
    tiled = clean(picture, cleaner, budget=1).values()
    with contextlib.redirect_stdout(io.StringIO()):
        code = cli.main(["denoise", str(folder / "in.png"), "-o", str(folder / "out.png"), "--way", kind, "--json"])
    return {"tiled": bool(np.allclose(whole, tiled, atol=1e-6)), "code": code, "there": (folder / "out.png").exists()}


def a_format(case: str, folder: Path) -> dict[str, Any]:
    """An export format: writes, and on the command line."""
    ((kind, format),) = [pair for pair in options(Format).items() if pair[1].__module__ == module_of(case)]
    made = folder / f"made{format.suffix}"
    run = Run.from_settings(SMALL)
    data = data_of(run)
    file = ModelFile(
        run, data.shape, Autoencoder(run, data.shape).snapshot(), {}, None, some_samples(data.held_out.images)
    )
    file.save(folder / "model.safetensors")
    with contextlib.redirect_stdout(io.StringIO()):
        code = cli.main(["export", str(folder / "model.safetensors"), "--to", kind, "-o", str(made)])
    return {"code": code, "there": made.exists()}


def a_step(case: str, folder: Path) -> dict[str, Any]:
    """A step: is chosen for some run, and one that says why it does not suit is chosen for none of these."""
    (mine,) = [one for one in options(Step).values() if one.__module__ == module_of(case)]
    convolving = Run.from_settings({**SMALL, "network": {"kind": "conv", "channels": [2], "code_size": 3}})
    runs = [Run.from_settings(SMALL), convolving, *(holding([code]) for code in options(Code).values())]
    chosen = {kind.kind: 0 for kind in options(Step).values()}
    unsuited = 0
    for run in runs:
        taken = choose(run, run.plan(SHAPE), COMPUTE)
        chosen[taken.kind] += 1
        unsuited += taken is mine and bool(mine.unsuited(run, run.plan(SHAPE), COMPUTE))
    return {"is chosen": chosen[mine.kind] > 0, "where it does not suit": unsuited}


def a_measure(case: str, folder: Path) -> dict[str, Any]:
    """A measure: a run that claims something of it has it among its scores, and no other run."""
    (mine,) = [one for one in options(Measure).values() if one.__module__ == module_of(case)]
    claim = {"sentence": "So it is.", "score": mine.score(), "at_least": 0}
    plain = Run.from_settings(SMALL).with_value("epochs", 1)
    found = [
        any(mine.score() in event.scores for event in fit(run, data_of(run)) if isinstance(event, Evaluated))
        for run in (plain.with_value("claims", [claim]), plain)
    ]
    return {"claimed": found[0], "not claimed": found[1]}


COLUMNS: dict[str, Callable[[str, Path], Any]] = {
    "in files": in_files,
    "on the command line": on_the_command_line,
    "trains and resumes": trains_and_resumes,
    "saves and opens": saves_and_opens,
    "left alone by looking": is_left_alone_by_looking,
    "shown": is_shown,
    "going on": going_on,
}
ALONE: dict[str, Callable[[str, Path], Any]] = {
    "denoise/ways": a_way,
    "export/formats": a_format,
    "probes/measures": a_measure,
    "training/steps": a_step,
}
"""How a member is used whose family no run holds, by the family's folder."""


def main() -> None:
    """Cases, or `export:FORMAT,…` and cases."""
    subprocess.Popen = ready.Popen  # type: ignore[misc]
    wanted = sys.argv[1:]
    kinds = wanted.pop(0).removeprefix("export:").split(",") if wanted[0].startswith("export:") else []
    table: dict[str, Any] = {}
    for case in wanted:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            if kinds:
                table[case] = exports(case, folder, tuple(kinds))
            elif alone := ALONE.get(case.rpartition("/")[0]):
                table[case] = alone(case, folder)
            else:
                table[case] = {column: look(case, folder) for column, look in COLUMNS.items()}
    print(json.dumps(table))


if __name__ == "__main__":
    main()
