"""Real faults while a training runs: a disk that is full, places that cannot be written to, signals, readers that go
away, a database that another program holds. What was trained is kept, or the exit code says that it was not.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from aestudio.cli import main
from aestudio.core.ground import folders
from aestudio.core.library import joining, keeping, schema
from aestudio.core.library.catalogue import Library
from aestudio.core.library.keeping import fit_and_keep
from aestudio.core.model import model_file
from aestudio.core.run.events import Evaluated, Event, Finished, Joined, Saved, Started, Warned
from tests.core.conftest import small_dataset
from tests.core.test_cli import QUICK, events, program
from tests.core.trainings import EACH_EPOCH, NOISY, as_bytes, last, points, train, weights

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="Windows has other signals, and no small disk to mount"),
    pytest.mark.usefixtures("ready_python"),
]
LONG = ("train", "linear", "--device", "cpu", "--epochs", "100000", "--json")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own of 3 MB."""
    where = tmp_path / "disk"
    where.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", where], capture_output=True)
    if mounted.returncode:
        pytest.skip("only root may mount a disk")
    yield where
    subprocess.run(["umount", "-l", where], check=True)


@pytest.fixture
def read_only_home(small_disk: Path) -> dict[str, str]:
    """The variables of a person who may write nothing at home."""
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    places = {f"XDG_{name}_HOME": str(small_disk / name) for name in ("DATA", "CACHE", "CONFIG", "STATE")}
    return {"HOME": str(small_disk), **places, "AESTUDIO_LIBRARY": ""}


def fill(disk: Path) -> None:
    """Until not one byte is left."""
    with (disk / "ballast").open("ab", buffering=0) as file:
        for size in (2**16, 2**10, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


def until(process: subprocess.Popen[str], kind: str) -> list[dict[str, Any]]:
    """What it says, up to the first event of a kind."""
    said: list[dict[str, Any]] = []
    assert process.stdout
    for line in process.stdout:
        said.append(json.loads(line))
        if said[-1]["event"] == kind:
            break
    return said


def rescued(end: dict[str, Any], said: list[dict[str, Any]]) -> Path:
    """Where the model lies after all, as the last event and the one that tells of files say."""
    (path,) = (one["path"] for one in said if one["event"] == "Saved" and one["what"] == "model")
    assert f"The model is in {path} instead" in end["error"]
    return Path(path)


# -- places ------------------------------------------------------------------------------------------------------------


def test_a_disk_that_fills_up_while_training_costs_no_model_and_the_exit_code_tells(
    small_disk: Path, tmp_path: Path
) -> None:
    process = program(tmp_path, *LONG, env={"AESTUDIO_LIBRARY": str(small_disk / "lib")})
    until(process, "Progress")
    fill(small_disk)
    said = until(process, "Warned")
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=120)
    said += events(out)
    assert process.returncode == 1
    end = said[-1]
    assert (end["event"], end["reason"]) == ("Finished", "failed")
    assert "No space left on device" in end["error"]
    assert errors == f"aestudio: {end['error']}\n"
    path = rescued(end, said)
    assert path.is_relative_to(os.environ["XDG_DATA_HOME"])
    made = model_file.load(path)
    assert made.run.epochs == 100000
    assert made.curves.evaluations
    told = [one["sentence"] for one in said if one["event"] == "Warned"]
    assert len(told) == 1  # one cause, one warning


def test_a_disk_without_room_for_the_model_is_refused_before_the_first_step(small_disk: Path, tmp_path: Path) -> None:
    fill(small_disk)
    process = program(tmp_path, *QUICK, "--json", env={"AESTUDIO_LIBRARY": str(small_disk / "lib")})
    out, errors = process.communicate(timeout=120)
    assert (process.returncode, out) == (2, "")
    assert errors.count("\n") == 1
    assert "has no room" in errors


def test_a_folder_without_room_for_the_model_is_refused_before_the_first_step(small_disk: Path, tmp_path: Path) -> None:
    fill(small_disk)
    process = program(tmp_path, *QUICK, "--json", "--out", str(small_disk / "out"))
    out, errors = process.communicate(timeout=120)
    assert (process.returncode, out) == (2, "")
    assert errors.startswith(f"aestudio: {small_disk / 'out'} has no room")


def unusable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library where no folder can be made, even by root."""
    (folder / "file").write_text("")
    monkeypatch.setenv("AESTUDIO_LIBRARY", str(folder / "file" / "library"))


def test_without_any_place_a_training_is_refused_before_its_first_step(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unusable(tmp_path, monkeypatch)
    assert main([*QUICK, "--json"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "cannot be opened" in said.err
    assert said.err.count("\n") == 1


def test_with_a_read_only_home_a_refused_training_says_what_to_do_and_that_helps(
    read_only_home: dict[str, str], tmp_path: Path
) -> None:
    refused = program(tmp_path, *QUICK, env=read_only_home)
    _, errors = refused.communicate(timeout=120)
    assert refused.returncode == 2
    assert "cannot be opened: Read-only file system. The environment variable AESTUDIO_LIBRARY names another" in errors
    assert errors.endswith("`--out FOLDER` keeps the model in a folder of your own.\n")
    for helped in ((*QUICK, "--out", "out"), QUICK):
        process = program(tmp_path, *helped, env=read_only_home | {"AESTUDIO_LIBRARY": str(tmp_path / "library")})
        process.communicate(timeout=120)
        assert process.returncode == 0
    assert (tmp_path / "out" / "model.safetensors").is_file()
    assert list((tmp_path / "library" / "runs").glob("*/model.safetensors"))


def test_with_a_folder_that_works_an_unusable_library_is_told_and_no_failure(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unusable(tmp_path, monkeypatch)
    assert main([*QUICK, "--json", "--out", str(tmp_path / "out")]) == 0
    said = events(capsys.readouterr().out)
    (warned,) = (one["sentence"] for one in said if one["event"] == "Warned")
    assert warned.endswith("This run is not kept.")
    assert (said[-1]["reason"], said[-1]["error"], said[-1]["unkept"]) == ("completed", "", "")
    assert model_file.load(tmp_path / "out" / "model.safetensors").run.network.kind == "linear"


@pytest.mark.parametrize("library", [True, False])
def test_a_folder_that_fills_up_leaves_the_model_in_the_library_or_rescues_it(
    library: bool, small_disk: Path, tmp_path: Path
) -> None:
    alone = () if library else ("--no-library",)
    process = program(tmp_path, *LONG, *alone, "--out", str(small_disk / "out"))
    until(process, "Progress")
    fill(small_disk)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    said = events(out)
    assert "No space left on device" in said[-1]["error"]
    (path,) = (Path(one["path"]) for one in said if one["event"] == "Saved" and one["what"] == "model")
    assert path.is_relative_to(folders.library() if library else os.environ["XDG_DATA_HOME"])
    assert model_file.load(path).run.epochs == 100000


def test_where_no_place_takes_it_the_last_words_are_that_the_model_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unusable(tmp_path, monkeypatch)
    monkeypatch.setattr(folders, "rescued", lambda: (tmp_path / "file" / "a", tmp_path / "file" / "b"))
    end = last(fit_and_keep(NOISY, small_dataset()))
    assert end.reason == "failed"
    assert "cannot be opened: Not a directory." in end.error
    assert end.error.endswith("so the model is lost when the program ends.")
    assert end.weights is not None  # the window still has it


# -- signals and readers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_a_training_as_ctrl_c_does(number: signal.Signals, code: int, tmp_path: Path) -> None:
    heard = partial(signal.signal, signal.SIGHUP, signal.SIG_DFL)  # the tests may run under nohup themselves
    process = program(tmp_path, *LONG, "--out", "out", preexec_fn=heard if number == signal.SIGHUP else None)
    until(process, "Progress")
    process.send_signal(number)
    out, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (code, "")
    end = events(out)[-1]
    assert (end["event"], end["reason"]) == ("Finished", "stopped")
    assert model_file.load(tmp_path / "out" / "model.safetensors").run.epochs == 100000
    with Library() as library:
        kept = library.summary(1)
        assert (kept.state, kept.step, kept.checkpoint_step) == ("stopped", end["step"], end["step"])


def test_a_program_under_nohup_goes_on_when_its_terminal_is_closed(tmp_path: Path) -> None:
    process = program(tmp_path, *LONG, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    until(process, "Progress")
    process.send_signal(signal.SIGHUP)
    until(process, "Evaluated")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=120)
    assert process.returncode == 143


def weights_in(folder: Path) -> dict[str, bytes]:
    return as_bytes(model_file.load(folder / "model.safetensors").weights)


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a training ends with whose every word is read."""
    folder = tmp_path_factory.mktemp("heard")
    process = program(folder, *QUICK, "--no-library", "--json", "--out", "out")
    process.communicate(timeout=120)
    return weights_in(folder / "out")


as_lines_or_bars = pytest.mark.parametrize("lines", [("--json",), ()], ids=["json", "bars"])


@as_lines_or_bars
@pytest.mark.parametrize("reader", ["reads one line", "has a full disk", "has a full disk for errors too"])
@pytest.mark.slow
def test_a_reader_that_goes_away_changes_nothing_of_the_training(
    reader: str, lines: tuple[str, ...], tmp_path: Path, heard: dict[str, bytes]
) -> None:
    with open("/dev/full", "w") as full:
        streams = {
            "has a full disk": {"stdout": full},
            "has a full disk for errors too": {"stdout": full, "stderr": full},
        }
        process = program(tmp_path, *QUICK, *lines, "--out", "out", **streams.get(reader, {}))
    if process.stdout is not None:
        assert process.stdout.readline()
        process.stdout.close()
    said = process.stderr.read() if process.stderr is not None else ""
    assert (process.wait(300), said) == (0, "")
    assert weights_in(tmp_path / "out") == heard
    with Library() as library:
        assert library.summary(1).state == "completed"


@as_lines_or_bars
@pytest.mark.parametrize("shell", ["{} >&-", "{} >&- 2>&-"])
@pytest.mark.slow
def test_a_stream_that_was_closed_before_it_began_changes_nothing_of_the_training(
    shell: str, lines: tuple[str, ...], tmp_path: Path, heard: dict[str, bytes]
) -> None:
    command = " ".join(['"$0" -m aestudio', *QUICK, *lines, "--out", "out"])
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    ended = subprocess.run(
        ["bash", "-c", shell.format(command), sys.executable], cwd=tmp_path, env=env, capture_output=True, timeout=300
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert weights_in(tmp_path / "out") == heard
    with Library() as library:
        assert library.summary(1).state == "completed"


def test_a_list_that_cannot_be_written_is_a_failure_in_one_sentence(tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        process = program(tmp_path, "recipes", stdout=full)
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert errors == "aestudio: The output could not be written: No space left on device.\n"


# -- a library that another program holds ------------------------------------------------------------------------------


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    """Another program that holds the library, for longer than anybody waits."""
    monkeypatch.setattr(schema, "SECONDS_TO_WAIT", 0.01)
    monkeypatch.setattr(keeping, "BEGIN_SECONDS", 0.01)
    monkeypatch.setattr(joining, "RETRY_SECONDS", 0.0)
    Library().close()
    with closing(sqlite3.connect(folders.library() / schema.FILE, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield connection


@pytest.mark.parametrize("epoch", [1, 3])
def test_a_lock_that_ends_is_waited_out_and_the_run_is_in_the_library_with_all_its_points(
    epoch: int, other: sqlite3.Connection
) -> None:
    told: list[Event] = []
    for event in fit_and_keep(NOISY, small_dataset(), every=EACH_EPOCH):
        told.append(event)
        if isinstance(event, Evaluated) and event.split == "held-out" and event.epoch == epoch:
            other.execute("COMMIT")
    assert isinstance(told[0], Started)
    (warned,) = (event.sentence for event in told if isinstance(event, Warned))
    assert "has not let go of it. Training begins, and the run is kept as soon as that is possible." in warned
    (joined,) = (event for event in told if isinstance(event, Joined))
    assert (last(told).reason, last(told).unkept) == ("completed", "")
    whole = train(NOISY)
    assert weights(told) == weights(whole)
    with Library() as library:
        summary = library.summary(joined.number)
        assert (summary.state, summary.step, summary.checkpoint_step) == ("completed", 18, 18)
        held = library.curves(joined.number)
        assert {
            int(step): terms.tobytes() + entering.tobytes()
            for step, terms, entering in zip(held.steps, held.terms, held.weights, strict=True)
        } == points(whole)
        assert len(held.evaluations) == sum(isinstance(event, Evaluated) for event in whole)
        assert as_bytes(library.model(joined.number).weights) == weights(whole)


def test_a_lock_that_never_ends_leaves_a_rescued_model(other: sqlite3.Connection) -> None:
    told = list(fit_and_keep(NOISY, small_dataset()))
    end = last(told)
    assert isinstance(end, Finished)
    assert end.reason == "failed"
    assert "holds the run library in" in end.error
    (saved,) = (event for event in told if isinstance(event, Saved))
    assert as_bytes(model_file.load(Path(saved.path)).weights) == weights(train(NOISY))
    assert not list((folders.library() / "runs").iterdir())


def test_a_run_that_joined_late_can_be_stopped_and_goes_on(other: sqlite3.Connection) -> None:
    stream = fit_and_keep(NOISY, small_dataset(), every=EACH_EPOCH)
    for event in stream:
        if isinstance(event, Evaluated) and event.epoch == 1:
            other.execute("COMMIT") if other.in_transaction else None
        if isinstance(event, Evaluated) and event.epoch == 2:
            break
    stream.close()  # type: ignore[attr-defined]
    with Library() as library:
        library.interrupted()
        assert library.summary(1).state == "interrupted"
    assert weights(list(fit_and_keep(NOISY, small_dataset(), number=1))) == weights(train(NOISY))
