"""A batch of pictures in several processes: it writes what one process writes, whatever happens to the processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
from multiprocessing import util
from pathlib import Path

import pytest

from aestudio.cli import main
from aestudio.core.cluster import cleaning_pool
from aestudio.core.cluster.cleaning_pool import CleaningPool
from aestudio.core.data.skipped import Skipped
from aestudio.core.denoise.batch import Cleaned, Ended, Event, batch
from aestudio.core.denoise.pipeline import Cleaning
from aestudio.core.denoise.ways.tv import TotalVariation
from aestudio.core.ground.errors import Cancelled
from tests.present import present

HOW = Cleaning(TotalVariation(), sigma=0.1)
NAMES = ("a.png", "b.png", "within/a.png")


class KillsOne:
    """A Report that kills the first process that it sees at work."""

    def __init__(self) -> None:
        self.killed = 0

    def __call__(self, _doing: str, _fraction: float | None) -> None:
        if not self.killed and (found := multiprocessing.active_children()):
            self.killed = present(found[0].pid)
            os.kill(self.killed, signal.SIGKILL)


def of_files(events: list[Event]) -> dict[str, str]:
    """What became of each file that says that it is a picture: the reason why not, or nothing."""
    cleaned = {one.name: "" for one in events if isinstance(one, Cleaned)}
    return cleaned | {one.path: one.reason for one in events if isinstance(one, Skipped)}


def test_two_processes_write_what_one_writes_and_leave_nothing_behind(
    noisy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    util.get_temp_dir()  # of this program, which keeps it until it ends: not in the folder that has to be empty
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    here, there = tmp_path / "here", tmp_path / "there"
    alone = of_files(list(batch([noisy], here, HOW)))
    assert of_files(list(batch([noisy], there, HOW, helpers=CleaningPool(2)))) == alone
    assert {name for name, reason in alone.items() if not reason} == set(NAMES)
    assert all((there / name).read_bytes() == (here / name).read_bytes() for name in NAMES)
    assert multiprocessing.active_children() == []
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_picture_whose_process_is_killed_is_cleaned_by_another(noisy: Path, tmp_path: Path) -> None:
    report = KillsOne()
    events = list(batch([noisy], tmp_path / "out", HOW, report, helpers=CleaningPool(2)))
    assert report.killed
    assert {name for name, reason in of_files(events).items() if not reason} == set(NAMES)


def test_a_picture_whose_process_is_lost_again_is_skipped_in_words_and_the_others_are_cleaned(
    noisy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleaning_pool, "BEGUN_AGAIN", 0)
    events = list(batch([noisy], tmp_path / "out", HOW, KillsOne(), helpers=CleaningPool(1)))
    assert of_files(events)["a.png"] == "The process that cleaned this picture was lost (signal 9)."
    assert not any(of_files(events)[name] for name in NAMES[1:])


def test_a_batch_that_is_stopped_ends_its_processes_at_once(noisy: Path, tmp_path: Path) -> None:
    def report(_doing: str, _fraction: float | None) -> None:
        if multiprocessing.active_children():
            raise Cancelled

    *_, end = batch([noisy], tmp_path / "out", HOW, report, helpers=CleaningPool(2))
    assert isinstance(end, Ended)
    assert (end.reason, end.cleaned) == ("stopped", 0)
    assert multiprocessing.active_children() == []


def test_the_command_cleans_in_several_processes(
    noisy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (noisy / "broken.png").unlink()
    typed = ["denoise", str(noisy), "-o", str(tmp_path / "out"), "--way", "tv", "--sigma", "25", "--jobs", "2"]
    assert main(typed) == 0
    assert all((tmp_path / "out" / name).is_file() for name in NAMES)
    assert main(["denoise", str(noisy / "a.png"), "-o", str(tmp_path / "a.png"), "--jobs", "2"]) == 2
    assert "--jobs is for several pictures" in capsys.readouterr().err
