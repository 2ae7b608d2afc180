"""CONTRIBUTING.md is true: the files that it shows are written into a copy of the program, as they stand, and used."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aestudio.core.parts.slots import families
from tests.core.shown import ROOT, blocks

PARTS = (
    *("corruption/blackout", "augmentation/shift", "network/level", "code/nearest", "code/drawn", "loss/spread"),
    *("penalties/decorrelation", "penalties/from-prior", "penalties/critic", "objective/root", "schedule/outer-first"),
    *("optimiser/amsgrad", "rate/falling", "data/stripes", "weather/sunny", "objective/importance-weighted"),
)
LEARNED = {
    "code/nearest": {"code.means", "code.used"},
    "code/drawn": {"code.back.bias", "code.back.weight", "code.mean.bias", "code.mean.weight", "code.spread.weight"},
    "penalties/critic": {f"penalties.critic.{layer}.{one}" for layer in (1, 3) for one in ("weight", "bias")},
}
"""What was built, and has to have moved."""
EXPORTED = ("network/level", "code/nearest", "code/drawn", "loss/spread", "penalties/critic")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program with every file that CONTRIBUTING.md shows; nothing else is edited."""
    root = tmp_path_factory.mktemp("contributed")
    shutil.copytree(ROOT / "aestudio", root / "aestudio", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "resources").symlink_to(ROOT / "resources", target_is_directory=True)
    for path, text in blocks().items():
        assert not (root / path).exists(), f"{path} is there already"
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


def used(copy: Path, *cases: str) -> dict[str, Any]:
    """What contributed.py found."""
    environment = {**os.environ, "PYTHONPATH": str(copy), "QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "1"}
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
    shown = {
        f"aestudio/core/{family.family.replace('.', '/')}"
        for family in families()
        if family.__module__.startswith("aestudio.")
    }
    assert shown <= folders
    assert "aestudio/core/training/steps" in folders


@pytest.mark.parametrize("case", PARTS)
def test_a_new_member_is_in_files_and_on_the_command_line(case: str, table: dict[str, Any]) -> None:
    assert table[case]["in files"] is True
    assert table[case]["on the command line"] == ""


@pytest.mark.parametrize("case", PARTS)
def test_a_new_member_trains_stops_and_resumes_bit_for_bit(case: str, table: dict[str, Any]) -> None:
    found = table[case]["trains and resumes"]
    assert (found["reason"], found.get("resumed")) == ("completed", "completed"), found
    assert found["bit for bit"]
    assert LEARNED.get(case, set()) <= set(found["moved"])
    assert set(found["built"]) >= LEARNED.get(case, set())


@pytest.mark.parametrize("case", PARTS)
def test_a_new_member_is_saved_and_opened_with_all_that_it_built(case: str, table: dict[str, Any]) -> None:
    assert table[case]["saves and opens"] is True


@pytest.mark.parametrize("case", PARTS)
def test_looking_on_changes_nothing_that_a_new_member_learned_or_counted(case: str, table: dict[str, Any]) -> None:
    assert table[case]["left alone by looking"] is True


@pytest.mark.parametrize("case", PARTS)
def test_a_new_member_is_shown_in_the_form_the_settings_and_the_equation(case: str, table: dict[str, Any]) -> None:
    assert all(table[case]["shown"].values()), table[case]["shown"]


def test_what_an_objective_adds_is_a_term_of_its_own(table: dict[str, Any]) -> None:
    assert table["objective/root"]["trains and resumes"]["terms"] == ["reconstruction", "taking the root"]


def test_a_new_way_to_denoise_cleans_in_tiles_and_on_the_command_line(copy: Path) -> None:
    assert used(copy, "way")["way"] == {"tiled": True, "code": 0, "there": True}


def test_a_new_export_format_is_offered_and_writes(copy: Path) -> None:
    assert used(copy, "format")["format"] == {"code": 0, "there": True, "offered": True}


def test_a_new_step_is_taken_where_it_suits_and_nowhere_else(copy: Path) -> None:
    assert used(copy, "step")["step"] == {"chosen": ["single", "eager"], "all": ["single", "eager"]}


def agree(found: dict[str, Any]) -> bool:
    return all(isinstance(one, float) and one <= 1e-5 for one in found.values())


@pytest.mark.parametrize("case", EXPORTED)
def test_the_script_of_a_new_member_needs_no_aestudio_and_agrees(case: str, copy: Path) -> None:
    (found,) = used(copy, f"export:script,safetensors:{case}").values()
    assert agree(found), found


@pytest.mark.slow
@pytest.mark.parametrize("case", EXPORTED)
def test_every_export_of_a_new_member_agrees_part_by_part(case: str, copy: Path) -> None:
    (found,) = used(copy, f"export:onnx,pt2,card,arrays:{case}").values()
    assert agree(found), found
