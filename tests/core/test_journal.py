"""Errors that nobody foresaw are written down, and the report of them says nothing of whose computer it is."""

from __future__ import annotations

import getpass
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from aestudio import __version__
from aestudio.cli import main
from aestudio.core.ground import bug_report, folders, journal
from aestudio.core.ground.resources import resource


def child(code: str) -> subprocess.CompletedProcess[str]:
    """A process that begins as the program does, and then does something else."""
    begun = f"from aestudio.core.ground import journal\njournal.begin()\n{code}"
    return subprocess.run([sys.executable, "-c", begun], capture_output=True, text=True, timeout=120)


def log() -> str:
    return folders.log().read_text(encoding="utf-8")


def test_the_start_is_in_the_log_with_versions() -> None:
    assert child("").returncode == 0
    assert f"AEStudio {__version__}" in log()


def test_an_error_that_nobody_catches_is_in_the_log_with_its_traceback() -> None:
    ended = child("def stumble():\n    raise KeyError('nobody foresaw this')\nstumble()")
    assert ended.returncode == 1
    assert "KeyError" in ended.stderr  # as without a log
    assert "in stumble" in log()
    assert "nobody foresaw this" in log()


def test_an_error_of_a_thread_is_in_the_log_and_the_program_goes_on() -> None:
    ended = child(
        "import threading\ndef stumble():\n    raise KeyError('in a thread')\n"
        "one = threading.Thread(target=stumble)\none.start()\none.join()\nprint('on')"
    )
    assert (ended.returncode, ended.stdout) == (0, "on\n")
    assert "in stumble" in log()


def test_a_command_that_stumbles_says_where_the_details_are() -> None:
    broken = (
        "import sys, aestudio.commands.recipes as broken\nfrom aestudio import cli\n"
        "broken.recipes = lambda chosen: {}['nothing']\nsys.argv = ['aestudio', 'recipes']\ncli.main()"
    )
    ended = subprocess.run([sys.executable, "-c", broken], capture_output=True, text=True, timeout=120)
    assert ended.returncode == 1
    assert f"The log {folders.log()} has the details" in ended.stderr
    assert "KeyError: 'nothing'" in log()


def test_what_a_command_refuses_is_in_the_log(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "aestudio", "train", "no-such-recipe"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 2
    assert "no-such-recipe" in log()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_a_process_that_aborts_leaves_where_it_was_and_that_is_told_once() -> None:
    ended = child("import os\ndef break_off():\n    os.abort()\nbreak_off()")
    assert ended.returncode == -signal.SIGABRT
    said = journal.crashes()
    assert "Aborted" in said
    assert "in break_off" in said
    assert journal.crashes() == ""


def test_a_process_that_ends_well_or_is_killed_left_no_crash() -> None:
    child("")
    child("import os, signal\nos.kill(os.getpid(), getattr(signal, 'SIGKILL', signal.SIGTERM))")
    assert journal.crashes() == ""
    assert list(folders.log().parent.glob(journal.CRASHES)) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_what_a_killed_process_left_is_swept_when_the_next_one_begins_and_a_crash_stays() -> None:
    child("import os, signal\nos.kill(os.getpid(), signal.SIGTERM)")
    child("import os\nos.abort()")
    left = list(folders.log().parent.glob(journal.CRASHES))
    assert sorted(bool(path.stat().st_size) for path in left) == [True]
    child("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    child("")
    assert list(folders.log().parent.glob(journal.CRASHES)) == left


def test_a_process_that_still_runs_is_not_taken_for_a_crash() -> None:
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from aestudio.core.ground import journal\njournal.begin()\nprint(1, flush=True)\ninput()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as running:
        assert running.stdout is not None
        assert running.stdin is not None
        running.stdout.readline()
        assert journal.crashes() == ""
        assert len(list(folders.log().parent.glob(journal.CRASHES))) == 1
        running.stdin.write(b"\n")
        running.stdin.close()


def test_the_log_turns_over_and_stays_small() -> None:
    child(f"for _ in range(60): journal.LOG.info('x' * {journal.LARGEST // 10})")
    sizes = [path.stat().st_size for path in folders.log().parent.glob("aestudio.log*")]
    assert len(sizes) == journal.KEPT + 1
    assert max(sizes) <= journal.LARGEST


def test_a_place_that_cannot_be_written_to_keeps_nobody_from_starting() -> None:
    folders.log().parent.parent.mkdir(parents=True, exist_ok=True)
    folders.log().parent.write_text("a file where the folder should be")
    ended = child("journal.LOG.error('nowhere')\nprint('on')")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "on\n", "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no disk that is always full")
def test_a_full_disk_under_the_log_disturbs_nobody() -> None:
    folders.log().parent.mkdir(parents=True)
    folders.log().symlink_to("/dev/full")
    ended = child("journal.LOG.error('nowhere')\nprint('on')")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "on\n", "")


@pytest.fixture
def of_jane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of a person whose name is in it, and in what is named after it."""
    home = tmp_path / "jane.doe"
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setenv("LOGNAME", "janedoe")
    monkeypatch.setenv("USERNAME", "janedoe")
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert (Path.home(), getpass.getuser()) == (home, "janedoe")
    folders.log().parent.mkdir(parents=True, exist_ok=True)
    return home


def test_a_report_has_versions_and_log_and_neither_name_nor_folder(
    of_jane: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folders.log().write_text(f"refused: {of_jane}/scans/1.png\n/mnt/janedoe/library of jane.doe, janedoes\n")
    assert main(["info", "--report", str(tmp_path / "report.txt")]) == 0
    assert str(tmp_path / "report.txt") in capsys.readouterr().out
    said = (tmp_path / "report.txt").read_text(encoding="utf-8")
    assert f"AEStudio: {__version__}" in said
    assert "Device: " in said
    assert "refused: <path>.png" in said
    assert "<path> of <user>, janedoes" in said
    assert str(of_jane) not in said


@pytest.mark.skipif(sys.platform == "win32", reason="paths are written as they are here")
@pytest.mark.parametrize(
    ("logged", "told"),
    [
        ("{home}/My scans/Mr Smith.png cannot be read: Permission denied.", "<path>.png cannot be read: "),
        ("The folder '/media/usb/Smith family' cannot be written to", "The folder '<path>' cannot be written to"),
        ("{home}/Smith family of two has no room, (1.5 MiB).", "<path> has no room, (1.5 MiB)."),
        ("PosixPath('{home}/Smith/a.npz'), 3", "PosixPath('<path>.npz'), 3"),
        ('  File "{home}/Smith/plugin.py", line 3, in work', 'File "<path>.py", line 3, in work'),
        ('  File "{program}/aestudio/cli.py", line 3', 'File "<program>/aestudio/cli.py", line 3'),
        ("The run library /mnt/Smith/lib/library.sqlite cannot be used", "<library>/library.sqlite cannot be used"),
        ("{home}/.local/share/aestudio/rescued/1.safetensors", "~/.local/share/aestudio/rescued/1.safetensors"),
        (r"C:\Users\Smith\My pictures\x.tif cannot be read", "<path>.tif cannot be read"),
        (r"FileNotFoundError: 'C:\\Users\\Smith\\x y'", "FileNotFoundError: '<path>'"),
        (r"\\server\Smith\x.png is gone", "<path>.png is gone"),
        ("file:///home/Smith/x.png and https://example.org/a/b", "file://<path>.png and https://example.org/a/b"),
        ("3 of 4 / 5, 12 images/s, and/or", "3 of 4 / 5, 12 images/s, and/or"),
    ],
)
def test_a_report_tells_no_path_that_a_person_has_chosen(
    logged: str, told: str, of_jane: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AESTUDIO_LIBRARY", "/mnt/Smith/lib")
    (of_jane / "Smith family of two").mkdir()
    place = str(resource().parent)
    folders.log().write_text(logged.replace("{home}", str(of_jane)).replace("{program}", place) + "\n")
    said = bug_report.report()
    assert told in said
    assert "Smith" not in said
    assert "jane" not in said


def test_a_report_that_cannot_be_written_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "--report", str(tmp_path / "missing" / "report.txt")]) == 2
    assert "could not be written" in capsys.readouterr().err


def test_a_report_is_no_longer_than_a_mail_takes() -> None:
    folders.log().parent.mkdir(parents=True, exist_ok=True)
    folders.log().write_text("x\n" * 10**6 + "the end\n")
    said = bug_report.report()
    assert len(said) < bug_report.MOST + 10_000
    assert "the end" in said


def test_a_listener_that_cannot_tell_of_an_error_keeps_no_other_from_it() -> None:
    def broken(_met: journal.Unexpected) -> None:
        raise RuntimeError("gone")

    heard: list[journal.Unexpected] = []
    leave = [journal.listen(broken), journal.listen(heard.append)]
    try:
        journal.note(KeyError("nobody foresaw this"))
    finally:
        for one in (*leave, *leave):  # twice is as good as once
            one()
    assert len(heard) == 1
    journal.note(KeyError("again"))
    assert len(heard) == 1
