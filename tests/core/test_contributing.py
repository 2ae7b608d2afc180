"""CONTRIBUTING.md is true: the files that it shows are written into a copy of the program, as they stand, and used."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aestudio.core.ground.errors import RunError
from aestudio.core.parts.families.network import Network
from aestudio.core.parts.part import BuildingPart
from aestudio.core.parts.slots import Slot, options
from aestudio.core.run.run import FAMILIES, MANY, Run
from tests.core.contributed import SMALL
from tests.core.shown import ROOT, blocks
from tests.members import every_family

pytestmark = pytest.mark.usefixtures("ready_python")
MOODS = {
    "aestudio/core/parts/families/mood.py": '''"""Moods."""

from typing import ClassVar

from aestudio.core.parts.part import Part


class Mood(Part):
    """One of the moods of a run."""

    family: ClassVar[str] = "parts.moods"
    noun: ClassVar[str] = "mood"
    field: ClassVar[str] = "moods"
    label: ClassVar[str] = "Moods"
    label_of_one: ClassVar[str] = "Mood"
    many: ClassVar[bool] = True
    place: ClassVar[int] = 130
    form_place: ClassVar[int] = 130
''',
    "aestudio/core/parts/moods/calm.py": '''"""Calm."""

from typing import ClassVar

from aestudio.core.parts.families.mood import Mood
from aestudio.core.parts.slots import knob


class Calm(Mood):
    """Nothing is in a hurry."""

    kind: ClassVar[str] = "calm"
    title: ClassVar[str] = "Calm"
    about: ClassVar[str] = "No wind."
    equation: ClassVar[str] = r"t \\to \\infty"
    source: ClassVar[str] = "the garden"

    breaths: int = knob(6, "Breaths", low=1, high=60, unit="a minute")
    depth: float = knob(0.5, "How deep", low=0, high=1, live=True)
    places: tuple[int, ...] = knob((3, 4), "Places")
''',
}
"""A second family of which a run holds several members; CONTRIBUTING.md shows one of which it holds one."""
TYPES = {
    "aestudio/core/parts/codes/counting.py": '''"""A code that counts its steps, in every type of number."""

from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from aestudio.core.parts.families.code import Code, TorchCode
from aestudio.core.parts.one_pass import Latent, Mode
from aestudio.core.parts.plan import Plan

TYPES = (
    *(torch.float16, torch.bfloat16, torch.float64, torch.uint8, torch.int64, torch.bool),
    *(torch.complex64, torch.complex128),
)


class Counts(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        for kind in TYPES:
            self.register_buffer(f"of_{str(kind)[6:]}", torch.zeros(3, 2, dtype=kind))
        self.register_buffer("one", torch.zeros((), dtype=torch.complex128))


class Counting(Code):
    """Plain, and counts."""

    kind: ClassVar[str] = "counting"
    title: ClassVar[str] = "Counting"
    about: ClassVar[str] = "Counts the steps."
    equation: ClassVar[str] = "z = h"
    source: ClassVar[str] = "this test"
    pointwise: ClassVar[bool] = True
    keeps_units: ClassVar[bool] = True
    any_size: ClassVar[bool] = True

    def build(self, plan: Plan) -> Counts:
        return Counts()

    def encode(self, hidden: Tensor, own: Counts, mode: Mode, generator: Any, samples: int) -> Latent:
        return Latent(hidden, hidden)

    def after_step(self, own: Counts, latent: Latent, generator: Any) -> None:
        for buffer in own.buffers():
            buffer.copy_(~buffer if buffer.dtype == torch.bool else buffer + 1)
            if buffer.is_complex():
                buffer.mul_(1 + 1j)
        own.of_bool[0] = True

    def in_torch(self, hidden: tuple[int, ...], own: Any) -> TorchCode:
        return TorchCode()
'''
}
"""A code whose buffers have every type that a module may declare."""
SHOWN = {**blocks(), **MOODS, **TYPES}


def members_shown() -> dict[str, bool]:
    """Every member's file under aestudio/core, `parts/codes/nearest`, and whether a run holds its family."""
    said = "\n".join(text for path, text in SHOWN.items() if "/families/" in path)
    in_a_run = {family.family for family in FAMILIES.values()} | set(re.findall(r'family: .* = "(.*)"', said))
    files = [path.removeprefix("aestudio/core/").removesuffix(".py") for path in SHOWN if "/families/" not in path]
    return {file: file.rpartition("/")[0].replace("/", ".") in in_a_run for file in files}


def alone(member: type[Slot], field: str) -> bool:
    """Whether a run takes a member of the program by itself; the others are tried with a member that is shown."""
    try:
        Run.from_settings(SMALL | {field: [member.kind] if field in MANY else member.kind}).check((1, 8, 8))
    except RunError:
        return False
    return True


PARTS = [
    *(file for file, in_a_run in members_shown().items() if in_a_run),
    *(
        member.__module__.removeprefix("aestudio.core.").replace(".", "/")
        for field, family in FAMILIES.items()
        for member in options(family).values()
        if not alone(member, field)
    ),
]
OTHERS = [file for file, in_a_run in members_shown().items() if not in_a_run]
TRAINED = [family.family for family in FAMILIES.values() if issubclass(family, Network | BuildingPart)]
EXPORTED = [case for case in PARTS if case.rpartition("/")[0].replace("/", ".") in TRAINED]
"""Members of what a trained model is made of."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program with every file that CONTRIBUTING.md shows; nothing else is edited."""
    root = tmp_path_factory.mktemp("contributed")
    shutil.copytree(ROOT / "aestudio", root / "aestudio", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "resources").symlink_to(ROOT / "resources", target_is_directory=True)
    for path, text in SHOWN.items():
        assert not (root / path).exists(), f"{path} is there already"
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


def used(copy: Path, *cases: str) -> dict[str, Any]:
    """What contributed.py found."""
    path = os.pathsep.join(map(str, (copy, ROOT)))  # tests are those of here
    environment = {**os.environ, "PYTHONPATH": path, "QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(Path(__file__).with_name("contributed.py")), *cases]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=copy, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def table(copy: Path) -> dict[str, Any]:
    """Every part that CONTRIBUTING.md adds, and what became of it."""
    return used(copy, *PARTS)


def test_every_family_is_shown() -> None:
    folders = {str(Path(path).parent) for path in blocks()}
    shown = {f"aestudio/core/{family.family.replace('.', '/')}" for family in every_family()}
    assert shown <= folders


@pytest.mark.parametrize("case", PARTS)
@pytest.mark.slow
def test_a_new_member_is_in_files_and_on_the_command_line(case: str, table: dict[str, Any]) -> None:
    assert table[case]["in files"] is True
    assert table[case]["on the command line"] == ""


@pytest.mark.parametrize("case", PARTS)
def test_a_new_member_trains_stops_and_resumes_bit_for_bit(case: str, table: dict[str, Any]) -> None:
    found = table[case]["trains and resumes"]
    assert (found["reason"], found.get("resumed")) == ("completed", "completed"), found
    assert found["bit for bit"]
    assert bool(found["built"]) == found["builds"]
    assert set(found["built"]) <= set(found["moved"])


@pytest.mark.parametrize("case", PARTS)
def test_a_new_member_is_saved_and_opened_with_all_that_it_built(case: str, table: dict[str, Any]) -> None:
    assert table[case]["saves and opens"] is True


@pytest.mark.parametrize("case", PARTS)
def test_looking_on_changes_nothing_that_a_new_member_learned_or_counted(case: str, table: dict[str, Any]) -> None:
    assert table[case]["left alone by looking"] is True


@pytest.mark.parametrize("case", PARTS)
def test_a_new_member_is_shown_in_the_form_the_settings_and_the_equation(case: str, table: dict[str, Any]) -> None:
    assert all(table[case]["shown"].values()), table[case]["shown"]


@pytest.mark.parametrize("case", PARTS)
def test_a_training_goes_on_with_other_live_settings_of_a_new_member_and_with_nothing_else_of_it(
    case: str, table: dict[str, Any]
) -> None:
    assert table[case]["going on"] == {}


@pytest.mark.parametrize("case", PARTS)
def test_what_an_objective_adds_is_a_term_of_its_own(case: str, table: dict[str, Any]) -> None:
    found = table[case]["trains and resumes"]
    assert found["terms"] == found["declared"]


@pytest.mark.parametrize("case", OTHERS)
@pytest.mark.slow
def test_a_new_member_of_a_family_that_no_run_holds_is_used(case: str, copy: Path) -> None:
    wanted = {
        "denoise/ways": {"tiled": True, "code": 0, "there": True},
        "export/formats": {"code": 0, "there": True},
        "probes/measures": {"claimed": True, "not claimed": False},
        "training/steps": {"is chosen": True, "where it does not suit": 0},
    }
    assert used(copy, case)[case] == wanted[case.rpartition("/")[0]]


def agree(found: dict[str, Any]) -> bool:
    return bool(found) and all(isinstance(one, float) and one <= 1e-5 for one in found.values())


@pytest.fixture(scope="module")
def scripts(copy: Path) -> dict[str, Any]:
    """What became of the formats that are quickly written, by case."""
    return used(copy, "export:script,safetensors", *EXPORTED)


@pytest.mark.parametrize("case", EXPORTED)
@pytest.mark.slow
def test_the_script_of_a_new_member_needs_no_aestudio_and_agrees(case: str, scripts: dict[str, Any]) -> None:
    assert agree(scripts[case]), scripts[case]


@pytest.fixture(scope="module")
def every_export(copy: Path) -> dict[str, Any]:
    """What became of the other formats, by case."""
    return used(copy, "export:onnx,pt2,card,arrays", *EXPORTED)


@pytest.mark.slow
@pytest.mark.parametrize("case", EXPORTED)
def test_every_export_of_a_new_member_agrees_part_by_part(case: str, every_export: dict[str, Any]) -> None:
    assert agree(every_export[case]), every_export[case]
