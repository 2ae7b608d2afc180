"""Whatever a command writes: where the disk fills up it ends with one sentence and exit code 1, as a batch does."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest
from PIL import Image

from aestudio.cli import main
from aestudio.commands.arguments import COMMANDS
from tests.core.exports import model_file

WRITING = {
    "bench": ("penalties", "--rounds", "1", "--seconds", "0", "--out", "bench.md"),
    "denoise": ("noisy.png", "-o", "clean.png", "--way", "nlm"),
    "docs": ("help",),
    "export": ("model.safetensors", "--to", "safetensors", "-o", "weights.safetensors"),
    "info": ("--report", "report.md"),
    "integrate": (),
}
ELSEWHERE = {
    "compare": "test_library_trouble",
    "resume": "test_library_trouble",
    "sweep": "test_library_trouble",
    "train": "test_nothing_lost",
}
"""Trainings, whose models are then kept in another place."""
PRINTING = {"completion", "pca", "recipes", "runs"}


@pytest.fixture(autouse=True)
def _full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a model and a picture, on a disk that takes nothing more."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    model_file().save(tmp_path / "model.safetensors")
    Image.new("L", (16, 16), 100).save("noisy.png")

    def full(*_given: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    monkeypatch.setattr(shutil, "copyfile", full)


def test_every_command_is_known_to_write_or_to_print_only() -> None:
    assert sorted(COMMANDS) == sorted([*WRITING, *ELSEWHERE, *PRINTING])


@pytest.mark.parametrize("command", WRITING)
def test_a_full_disk_is_one_sentence_and_exit_code_1(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aestudio.commands.bench._measured", lambda *_: ([], [], []))
    assert main([command, *WRITING[command]]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert "No space left on device." in said
