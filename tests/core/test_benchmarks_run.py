"""The reproductions of published results in tests/benchmarks can each be run alone; `--quick` is enough to see that."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.core.conftest import SHARED

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
NEEDS = dict.fromkeys(("rifai_table1", "spectra", "k_sparse", "latent"), "mnist") | {
    "photo_denoiser": "Set12",
    "real_noise": "real",
    "zero_shot": "Set12",
}
"""The real data that scripts are run on."""

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("ready_python")]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the scripts keep trained models: what the first has trained, the second finds."""
    return tmp_path_factory.mktemp("published")


def files_beside() -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in BENCHMARKS.iterdir() if path.is_file()}


def run_quickly(script: str, kept: Path) -> str:
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / f"{script}.py"), "--quick"],
        env=os.environ | {"AESTUDIO_PUBLISHED": str(kept)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("script", ["edge_filters", "fuzz", "large_picture", *NEEDS])
def test_a_reproduction_prints_ours_beside_the_goal_and_writes_no_file(script: str, kept: Path) -> None:
    data = NEEDS.get(script)
    if data and not (SHARED / data).is_dir():
        pytest.skip(f"{data} is not in ../shared/data")
    before = files_beside()
    said = run_quickly(script, kept)
    assert "Goal (" in said
    assert "reached" in said or "missed" in said
    assert before == files_beside()


def test_growth_measures_every_part_and_draws_it(tmp_path: Path) -> None:
    out = tmp_path / "growth.md"
    asked = [sys.executable, "-m", "tests.benchmarks.growth", "--size", "0.0001", "-o", str(out)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False, cwd=BENCHMARKS.parents[1])
    assert done.returncode == 0, done.stderr
    said = out.read_text(encoding="utf-8")
    assert "trouble" not in said
    for part in ("Images", "Pictures", "Runs", "Points", "Parameters"):
        assert f"## {part}" in said
    assert (tmp_path / "growth.svg").read_text(encoding="utf-8").startswith("<svg")


def test_mutations_are_all_found_in_the_source_and_the_first_are_noticed(kept: Path) -> None:
    before = files_beside()
    said = run_quickly("mutations", kept)
    assert said.count("`test_proofs.py::") == 2
    assert "Without a mistake all pass." in said
    assert "**nobody**" not in said
    assert before == files_beside()
