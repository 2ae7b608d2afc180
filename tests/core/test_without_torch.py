"""What the command line says without torch, which takes seconds to import."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aestudio.core.library.catalogue import Library
from tests.core.trainings import keep
from tests.without_torch import command

TELLING = (
    ("--help",),
    ("train", "--help"),
    ("recipes",),
    ("recipes", "--json"),
    ("runs",),
    ("info",),
    ("completion", "bash"),
)


@pytest.mark.parametrize("asked", TELLING, ids=" ".join)
def test_what_only_tells_needs_no_torch(asked: tuple[str, ...], tmp_path: Path) -> None:
    ended = command(tmp_path, *asked)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout


def test_runs_are_listed_without_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AESTUDIO_LIBRARY", str(tmp_path / "library"))
    keep(tmp_path / "library")
    with Library(tmp_path / "library") as library:
        titles = [one.title for one in library.runs()]
    listed = command(tmp_path, "runs")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert all(title.split()[0] in listed.stdout for title in titles)
    lines = command(tmp_path, "runs", "--json").stdout.splitlines()
    assert [json.loads(line)["title"] for line in lines] == titles


def test_info_tells_what_it_can_where_torch_cannot_be_imported(tmp_path: Path) -> None:
    ended = command(tmp_path, "info", "--device")
    assert ended.returncode == 0
    assert "torch cannot be imported" in ended.stdout
    assert "Run library" in ended.stdout
