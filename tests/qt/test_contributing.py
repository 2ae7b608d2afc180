"""CONTRIBUTING.md is true of what is seen, too: a page, a panel, a study and an action are files, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.core.shown import ROOT, blocks

pytestmark = pytest.mark.usefixtures("ready_python")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What contributed.py found in a copy of the program with the files that CONTRIBUTING.md shows."""
    root = tmp_path_factory.mktemp("contributed")
    shutil.copytree(ROOT / "aestudio", root / "aestudio", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "resources").symlink_to(ROOT / "resources", target_is_directory=True)
    for path, text in blocks("aestudio/qt/").items():
        assert not (root / path).exists(), f"{path} is there already"
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": str(root),
        "QT_QPA_PLATFORM": "offscreen",
        "AESTUDIO_LIBRARY": str(root / "library"),
    }
    command = [sys.executable, str(Path(__file__).with_name("contributed.py")), str(root)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=root, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.mark.slow
def test_a_new_page_is_in_the_rail_and_has_a_key(found: dict[str, Any]) -> None:
    assert found["rail"][-1] == "Diary"
    assert found["keys"]["Ctrl+7"] == "Diary"
    assert found["shown by its key"] is True


def test_a_new_page_hears_what_becomes_of_the_document(found: dict[str, Any]) -> None:
    assert found["diary"] == ["“Sparse autoencoder, KL” began", "… and ended after 22 steps"]


def test_a_new_action_is_in_the_menus_under_f1_and_on_its_key_while_its_page_is_shown(found: dict[str, Any]) -> None:
    assert found["menu"] == "&Clear the diary"
    assert found["keys"]["Ctrl+Shift+K"] == "Diary: Clear the diary"
    assert (found["possible elsewhere"], found["possible"], found["possible when empty"]) == (False, True, False)
    assert found["cleared by its key"] is True


def test_a_new_panel_has_a_tab_and_measures(found: dict[str, Any]) -> None:
    tab, line = found["panel"]
    assert tab == "Sizes"
    assert line.startswith("root mean square 0.")


def test_a_new_study_has_a_tab_and_its_runs_land_in_the_library(found: dict[str, Any]) -> None:
    tab, answer = found["study"]
    assert tab == "Luck"
    assert answer.startswith("held-out errors from 0.")
    assert found["runs"] == [0, 0, 1, 2]  # the training before it, and one for each seed


def test_all_that_was_added_closes(found: dict[str, Any]) -> None:
    assert found["closed"] is True
