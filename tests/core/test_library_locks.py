"""A library in a folder where locks do not work, as on many network drives, and what killed programs left in it."""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
import sys
from collections import namedtuple
from contextlib import closing
from pathlib import Path

import pytest

from aestudio.cli import main
from aestudio.core.ground import folders
from aestudio.core.ground.errors import LibraryError
from aestudio.core.library import backups, locks, schema
from aestudio.core.library.catalogue import Library
from aestudio.core.library.keeping import fit_and_keep
from aestudio.core.run.events import Warned
from tests.core.conftest import small_dataset
from tests.core.test_cli import QUICK
from tests.core.trainings import RUN, last


def refused(handle: int, operation: int) -> None:
    """As NFS without its lock service answers."""
    raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))


def granted(handle: int, operation: int) -> None:
    """As drives answer that keep no locks."""


@pytest.mark.parametrize(
    ("answer", "why"), [(refused, "No locks available"), (granted, "a second program gets a lock")]
)
def test_a_library_where_locks_do_not_work_is_refused_in_words_and_the_model_is_kept_elsewhere(
    answer: object, why: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Library().close()
    monkeypatch.setattr(locks, "on_own_device", lambda folder: False)
    monkeypatch.setattr(fcntl, "flock", answer)
    with pytest.raises(LibraryError) as caught:
        Library()
    said = str(caught.value)
    assert said.startswith(f"The run library cannot lie in {folders.library()}, because locks do not work there: {why}")
    assert "AESTUDIO_LIBRARY" in said
    events = list(fit_and_keep(RUN, small_dataset()))
    assert "The model is in " in last(events).error
    assert sum(isinstance(event, Warned) for event in events) == 1
    assert main([*QUICK]) == 2
    assert why in capsys.readouterr().err


def test_two_programs_open_one_library_at_the_same_moment() -> None:
    with Library() as first, Library() as second:
        assert first.runs() == second.runs() == []


def test_a_library_on_a_network_folder_shares_no_memory_and_each_training_says_where_it_lies(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    disk = namedtuple("disk", "mountpoint fstype")
    monkeypatch.setattr(locks, "on_own_device", lambda folder: False)
    monkeypatch.setattr(
        "psutil.disk_partitions",
        lambda all: [disk("/", "ext4"), disk(str(folders.library().parent), "nfs4")],
    )
    assert last(list(fit_and_keep(RUN, small_dataset()))).reason == "completed"
    with closing(sqlite3.connect(folders.library() / schema.FILE)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert main([*QUICK]) == 0
    assert "The library lies on a network folder (nfs4)" in capsys.readouterr().err
    assert main(["runs", "--check"]) == 0
    assert "The library lies on a network folder (nfs4)" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform != "linux", reason="Linux numbers devices so")
def test_what_has_no_device_of_its_own_may_lie_on_another_computer() -> None:
    assert not locks.on_own_device(Path("/proc"))
    assert locks.on_network(Path("/proc")) == ""


def test_half_a_copy_that_a_killed_program_left_is_swept(tmp_path: Path) -> None:
    place = folders.library() / backups.FOLDER
    place.mkdir(parents=True)
    old, young = place / "library-2020-01-01-000000.99.part", place / "library-2020-01-02-000000.98.part"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    with Library() as library:
        library.back_up()
    assert [path.name for path in place.glob("*.part")] == [young.name]
    assert len(backups.backups(folders.library())) == 1
