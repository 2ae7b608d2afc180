"""Programs in a Python that starts and ends as it does for people: none is forked from one that has imported torch."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from aestudio.core.data.carried import carried
from aestudio.core.export import run_script
from aestudio.core.export.formats.script import SCRIPT

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


def runs(folder: Path, *arguments: str) -> None:
    """It ends well and has nothing to say of itself, while the interpreter is taken apart neither."""
    env = os.environ | {"PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(folder)}
    done = subprocess.run([sys.executable, *arguments], cwd=folder, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_model_is_trained_resumed_and_exported_and_its_script_runs(tmp_path: Path) -> None:
    runs(tmp_path, "-m", "aestudio", "train", "linear", "--device", "cpu", "--epochs", "1")
    runs(tmp_path, "-m", "aestudio", "resume", "--device", "cpu", "--epochs", "2", "--out", "run")
    runs(tmp_path, "-m", "aestudio", "export", "run/model.safetensors", "--to", "onnx", "-o", "model.onnx")
    runs(tmp_path, "-m", "aestudio", "export", "run/model.safetensors", "--to", "script", "-o", "script")
    assert (tmp_path / "model.onnx").exists()
    assert (tmp_path / "script" / SCRIPT).exists()
    np.save(tmp_path / "given encoder 0.npy", np.zeros((2, 1, 8, 8), np.float32))
    runs(tmp_path, "-B", "-c", run_script.DRIVER, "script", ".")
    assert len(np.load(tmp_path / "made encoder 0.npy")) == 2


def test_a_picture_is_cleaned(tmp_path: Path) -> None:
    runs(tmp_path, "-m", "aestudio", "denoise", str(carried("skimage", "data/coffee.png")), "-o", "clean.png")
    assert (tmp_path / "clean.png").exists()
