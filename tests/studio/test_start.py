"""What the start page knows: how long recipes take here, and what was used last."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from aestudio.core.ground import folders
from aestudio.core.run.recipes import everything
from aestudio.studio import recent
from aestudio.studio.start import Cost, about, cost, estimates
from tests.present import present


@dataclass(frozen=True)
class Run:
    title: str
    step: int
    steps: int
    seconds: float
    shape: tuple[int, int, int] = (1, 8, 8)
    device: str = "CPU (2 threads; no GPU found)"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(folders, "settings", lambda: tmp_path / "config" / "window.ini")
    return tmp_path


def test_half_the_epochs_cost_half() -> None:
    assert Cost(10, 500, 30, 64).of(5) == Cost(5, 250, 15, 64)


def of(name: str, *, speed: float, part: float = 1, device: str = "CPU (2 threads)") -> Run:
    """A recipe trained for a part of its steps, `speed` times as fast as where all were measured."""
    known = measured(name)
    seconds = part * known.seconds / speed
    return Run(everything()[name].title, round(part * known.steps), known.steps, seconds, (known.pixels, 1, 1), device)


def measured(name: str) -> Cost:
    return present(cost(everything()[name]))


def test_every_recipe_that_was_measured_has_a_small_picture_that_it_made() -> None:
    measured = [recipe for recipe in everything().values() if cost(recipe) is not None]
    assert len(measured) >= 17
    for recipe in measured:
        assert present(recipe.picture).stat().st_size <= 10 * 1024


def test_nothing_is_estimated_before_anything_was_trained_here() -> None:
    assert estimates(everything().values(), []) == {}


def test_a_recipe_that_was_trained_here_takes_as_long_again() -> None:
    found = estimates(everything().values(), [of("linear", speed=3)])
    assert found["linear"] == pytest.approx(measured("linear").seconds / 3, rel=0.01)


def test_one_training_on_the_cpu_tells_how_long_all_the_others_take() -> None:
    found = estimates(everything().values(), [of("linear", speed=2)])
    assert set(found) == {recipe.name for recipe in everything().values() if cost(recipe) is not None}
    assert found["contractive"] == pytest.approx(measured("contractive").seconds / 2, rel=0.01)


def test_a_training_on_a_gpu_tells_only_of_its_own_recipe() -> None:
    assert set(estimates(everything().values(), [of("linear", speed=3, device="CUDA: a card")])) == {"linear"}


@pytest.mark.parametrize(
    "run",
    [
        Run("Linear autoencoder (PCA’s twin)", 10, 11000, 0.5),
        Run("Linear autoencoder (PCA’s twin)", 5000, 12_000_000, 60),
        Run("Linear autoencoder (PCA’s twin)", 5000, 11000, 60, (3, 32, 32)),
        Run("Somebody’s own", 5000, 11500, 60),
    ],
    ids=["too short to tell", "with more images", "with larger images", "of no recipe"],
)
def test_a_run_that_is_not_the_recipe_s_tells_nothing(run: Run) -> None:
    assert estimates(everything().values(), [run]) == {}


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(2, "about 5 seconds"), (33, "about 35 seconds"), (70, "about 1 minute"), (600, "about 10 minutes"),
     (3000, "about 1 hour"), (9000, "about 2 hours")],
)  # fmt: skip
def test_a_time_is_said_as_somebody_would_say_it(seconds: float, said: str) -> None:
    assert str(about(seconds)) == said


def test_what_was_used_last_comes_first_and_once(folder: Path) -> None:
    first, second = folder / "a", folder / "b"
    first.mkdir(), second.mkdir()
    for path in (first, second, first):
        recent.note(path)
    assert recent.used() == [first, second]


def test_what_is_gone_is_not_shown(folder: Path) -> None:
    recent.note(folder / "gone")
    recent.note(folder / ("m" * 300))  # refused by the system, as on a drive that is gone or in a folder that is closed
    recent.note(folder)
    assert recent.used() == [folder]


@pytest.mark.parametrize("content", ["{", "3", json.dumps([1, None])])
def test_a_list_that_was_edited_by_hand_is_empty(folder: Path, content: str) -> None:
    (folder / "config").mkdir()
    (folder / "config" / recent.FILE).write_text(content)
    assert recent.used() == []
    recent.note(folder)
    assert recent.used() == [folder]


def test_the_start_page_comes_without_torch() -> None:
    program = "import sys; sys.modules['torch'] = None; import aestudio.qt.pages.start.page"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
