"""Commands and copies while another program holds the library."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from aestudio.cli import main
from aestudio.commands import runs
from aestudio.core.ground import folders
from aestudio.core.library import backups, schema
from aestudio.core.library.catalogue import Library
from tests.core.test_cli import QUICK
from tests.core.trainings import keep
from tests.held import held


def test_runs_are_listed_while_another_program_holds_the_library(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(folders.library())
    with Library() as library:
        library.write([1], state="training")  # as a crash leaves it: to be written down as interrupted
    monkeypatch.setattr(runs, "BRIEFLY", 0.05)
    with held(folders.library()):
        assert main(["runs"]) == 0
    assert "training" in capsys.readouterr().out
    assert main(["runs"]) == 0
    assert "interrupted" in capsys.readouterr().out


def test_a_command_that_has_waited_for_long_says_who_holds_the_library(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main([*QUICK]) == 0
    capsys.readouterr()
    monkeypatch.setattr(schema, "SECONDS_TO_WAIT", 0.05)
    with held(folders.library()):
        assert main(["resume", "1", "--epochs", "50"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("aestudio: Another program, such as a backup or a virus scanner, holds the run library in ")
    assert said.count("\n") == 1


def test_a_copy_is_given_up_where_another_program_does_not_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "PATIENCE", 0.05)
    with closing(sqlite3.connect(tmp_path / schema.FILE, timeout=0.01)) as own:
        own.execute("CREATE TABLE runs (id INTEGER)")
        with held(tmp_path), pytest.raises(OSError, match="another program holds the database"):
            backups.back_up(own, tmp_path)
    assert list((tmp_path / backups.FOLDER).iterdir()) == []
