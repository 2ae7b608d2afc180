"""Runs in several processes of this machine: they come to what one comes to, whatever happens to the processes."""

from __future__ import annotations

import json
import multiprocessing
import multiprocessing.connection
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from threadpoolctl import threadpool_info

from aestudio.cli import main
from aestudio.core.cluster import pool, processes
from aestudio.core.cluster.pool import Pool
from aestudio.core.ground import compute
from aestudio.core.library.catalogue import MODEL, Library
from aestudio.core.library.keeping import fit_and_keep
from aestudio.core.run.events import Event, Finished, Progress
from aestudio.core.run.run import Run
from aestudio.core.theory.trains import HERE, Engine
from aestudio.core.training.controls import Controls
from tests.core.conftest import small_dataset
from tests.present import present

CPU = compute.choose("cpu")
RUN = Run.from_settings(
    {
        "title": "Small",
        "network": {"kind": "mlp", "widths": [12, 6]},
        "optimiser": {"kind": "adam", "learning_rate": 0.01},
        "epochs": 4,
        "batch_size": 16,
    }
)
LONG = RUN.model_copy(update={"epochs": 100_000})


def seeds(count: int, run: Run = RUN) -> list[Run]:
    return [run.with_value("seed", seed) for seed in range(count)]


def ends(engine: Engine, runs: list[Run]) -> dict[int, Finished]:
    told = engine.train(runs, small_dataset(), Controls(), CPU)
    return {index: event for index, event in told if isinstance(event, Finished)}


def children() -> list[int]:
    return [present(one.pid) for one in multiprocessing.active_children()]


def trainers(program: int) -> list[psutil.Process]:
    """Of the processes of a program those that begin no other; who minds their resources does not train either."""
    below = psutil.Process(program).children(recursive=True)
    return [one for one in below if not one.children() and "resource_tracker" not in " ".join(one.cmdline())]


@pytest.fixture
def in_a_terminal() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Begins the program with these arguments; Ctrl-C is a signal to its group."""
    begun: list[subprocess.Popen[str]] = []

    def begin(*typed: str, library: Path) -> subprocess.Popen[str]:
        program = subprocess.Popen(
            [sys.executable, "-m", "aestudio", *typed],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"AESTUDIO_LIBRARY": str(library)},
            start_new_session=True,
        )
        begun.append(program)
        return program

    yield begin
    for program in begun:
        with suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
        program.communicate()


def test_two_processes_come_to_what_one_comes_to() -> None:
    runs = seeds(3)
    mine, theirs = ends(HERE, runs), ends(Pool(2), runs)
    assert {index: end.reason for index, end in theirs.items()} == dict.fromkeys(range(3), "completed")
    for index, end in mine.items():
        assert end.weights
        other = present(theirs[index].weights)
        assert all(tensor.equal(other[name]) for name, tensor in end.weights.items())
    assert children() == []


def test_the_library_has_every_run(tmp_path: Path) -> None:
    assert len(ends(Pool(2, partial(fit_and_keep, folder=tmp_path)), seeds(3))) == 3
    with Library(tmp_path) as library:
        assert [row.state for row in library.runs()] == ["completed"] * 3
        assert sorted(library.model(row.id).run.seed for row in library.runs()) == [0, 1, 2]


def test_a_run_that_cannot_be_kept_ends_in_words() -> None:
    def broken(*_given: object, **_named: object) -> Iterator[Event]:
        raise ZeroDivisionError("of the test")

    (end,) = ends(Pool(2, broken), seeds(1)).values()
    assert end.error == "This run could not be kept: of the test."


def test_a_run_ends_once_also_where_its_keeping_fails_after_that() -> None:
    def broken(*_given: object, loop: Callable[[], Iterator[Event]]) -> Iterator[Event]:
        yield from loop()
        raise ZeroDivisionError("of the test")

    told = Pool(1, broken).train(seeds(3), small_dataset(), Controls(), CPU)
    assert sorted(index for index, event in told if isinstance(event, Finished)) == [0, 1, 2]


@pytest.mark.slow
def test_a_process_that_is_killed_costs_no_run(tmp_path: Path) -> None:
    told: list[tuple[int, Event]] = []
    killed = False
    engine = Pool(2, partial(fit_and_keep, folder=tmp_path))
    for index, event in engine.train(seeds(2, RUN.with_value("epochs", 400)), small_dataset(), Controls(), CPU):
        told.append((index, event))
        if isinstance(event, Progress) and not killed:
            killed = True
            os.kill(children()[0], signal.SIGKILL)
    assert killed
    found = [(at, one.reason) for at, one in told if isinstance(one, Finished)]
    assert sorted(found) == [(0, "completed"), (1, "completed")]
    with Library(tmp_path) as library:
        assert sorted(row.state for row in library.runs()) == ["completed", "completed", "failed"]


def test_a_run_whose_process_is_lost_again_fails_in_words_and_the_others_go_on() -> None:
    found: dict[int, Finished] = {}
    runs = [LONG, RUN.with_value("seed", 1)]
    for index, event in Pool(1).train(runs, small_dataset(), Controls(), CPU):
        if isinstance(event, Progress) and index == 0:
            for process in children():
                os.kill(process, signal.SIGKILL)
        if isinstance(event, Finished):
            found[index] = event
    assert found[0].reason == "failed"
    assert found[0].error == "The process that trained this run was lost (signal 9)."
    assert found[1].reason == "completed"


def test_a_stop_is_heard_by_every_process_and_no_further_run_begins() -> None:
    controls, found = Controls(), {}
    for index, event in Pool(2).train(seeds(4, LONG), small_dataset(), controls, CPU):
        if isinstance(event, Progress):
            controls.stop()
        if isinstance(event, Finished):
            found[index] = event.reason
    assert found
    assert set(found.values()) == {"stopped"}
    assert len(found) <= 2
    assert children() == []


def test_a_stop_while_a_lost_run_waits_to_begin_again_ends_all(monkeypatch: pytest.MonkeyPatch) -> None:
    controls, lose = Controls(), pool._Course._lose

    def lose_and_stop(course: pool._Course, process: processes.Process[int], index: int) -> None:
        lose(course, process, index)
        controls.stop()

    monkeypatch.setattr(pool._Course, "_lose", lose_and_stop)
    for _, event in Pool(1).train(seeds(1, LONG), small_dataset(), controls, CPU):
        if isinstance(event, Progress):
            os.kill(children()[0], signal.SIGKILL)
    assert controls.stopped
    assert children() == []


@pytest.mark.skipif(os.name == "nt", reason="Windows holds no process by a signal")
def test_who_hurries_ends_also_a_process_that_hears_nothing_and_keeps_what_it_has_said(tmp_path: Path) -> None:
    controls, trained, found = Controls(), set[int](), {}
    engine = Pool(2, partial(fit_and_keep, folder=tmp_path))
    for index, event in engine.train(seeds(2, LONG), small_dataset(), controls, CPU):
        if isinstance(event, Progress) and not controls.stopped:
            trained.add(index)
            if len(trained) == 2:
                os.kill(children()[0], signal.SIGSTOP)
                controls.hurry()
        if isinstance(event, Finished):
            found[index] = event
    assert {end.reason for end in found.values()} == {"stopped"}
    whole, cut = sorted(found.values(), key=lambda end: end.weights is None)
    assert whole.weights
    assert cut.weights is None
    assert cut.error == "This run was ended at once, before its model could be kept."
    assert cut.step > 0
    with Library(tmp_path) as library:
        assert [row.state for row in library.runs()] == ["stopped"] * 2
        assert all(library.curves(row.id).steps.size for row in library.runs())
    assert children() == []


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
def test_ctrl_c_while_a_process_is_loading_costs_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    begin = processes.Process.__init__

    def begin_and_interrupt(self: processes.Process[int], *given: object) -> None:
        begin(self, *given)  # type: ignore[arg-type]
        os.kill(present(self._process.pid), signal.SIGINT)

    monkeypatch.setattr(processes.Process, "__init__", begin_and_interrupt)
    (end,) = ends(Pool(1), seeds(1)).values()
    assert end.reason == "completed"


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
@pytest.mark.slow
def test_a_second_ctrl_c_ends_a_sweep_at_once_and_says_what_is_kept(
    in_a_terminal: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    typed = ["sweep", "linear", "--values", "2,4", "--epochs", "100000", "--seeds", "1", "--jobs", "2", "--json"]
    program = in_a_terminal(*typed, "--data", "digits", "--device", "cpu", library=tmp_path)
    told = (json.loads(line) for line in present(program.stdout))
    trained = set[int]()
    while len(trained) < 2:
        said = next(told)
        trained |= {said["index"]} if said["event"] == "Progress" else set()
    stuck = trainers(program.pid)[0]
    stuck.suspend()
    os.killpg(program.pid, signal.SIGINT)  # as a terminal does
    assert next(said for said in told if said["event"] == "Finished")["reason"] == "stopped"
    os.killpg(program.pid, signal.SIGINT)
    last = list(told)[-1]
    assert (program.wait(60), present(program.stderr).read()) == (130, "")
    assert not stuck.is_running()
    words = "Ended at once. Runs in the library with their model: 1; with their curves alone: 1."
    assert last == {"event": "Kept", "models": 1, "curves": 1, "sentence": words}
    with Library(tmp_path) as library:
        assert sum((library.files(row.id) / MODEL).is_file() for row in library.runs()) == 1


def test_a_run_whose_process_does_not_hear_a_stop_is_kept_as_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[Event] = []

    def keeps(*_given: object, loop: Callable[[], Iterator[Event]]) -> Iterator[Event]:
        for event in loop():
            kept.append(event)
            yield event

    monkeypatch.setattr(pool, "LEAVE_SECONDS", 1.0)
    events = Pool(1, keeps).train(seeds(1, LONG), small_dataset(), Controls(), CPU)
    next(iter(events))
    os.kill(children()[0], signal.SIGSTOP)
    events.close()  # type: ignore[attr-defined]
    assert isinstance(kept[-1], Finished)
    assert kept[-1].error == "Nothing was heard of this run after it was stopped."
    assert children() == []


def test_nothing_spins_while_the_library_writes_and_no_process_is_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    listen, written, turns, told = pool._Course._listen, threading.Event(), list[int](), list[Event]()

    def listen_and_count(course: pool._Course) -> None:
        listen(course)
        if all(process.doing is None for process in course._processes):
            turns.append(len(turns))
            written.set()

    def keeps(*_given: object, loop: Callable[[], Iterator[Event]]) -> Iterator[Event]:
        for event in loop():
            if isinstance(event, Finished):
                written.wait()
            told.append(event)
            yield event

    # As on Windows, where waiting for nothing is over at once.
    monkeypatch.setattr(
        pool, "wait", lambda some, seconds: multiprocessing.connection.wait(some, seconds) if some else []
    )
    monkeypatch.setattr(pool._Course, "_listen", listen_and_count)
    assert ends(Pool(1, keeps), seeds(1))[0].reason == "completed"
    assert 0 < len(turns) <= len(told) + 1


def test_who_leaves_in_the_middle_leaves_no_process_behind() -> None:
    events = Pool(2).train(seeds(2, LONG), small_dataset(), Controls(), CPU)
    next(iter(events))
    events.close()  # type: ignore[attr-defined]
    assert children() == []


def say_threads(_message: object, connection: Connection) -> None:
    np.ones((2, 2)) @ np.ones((2, 2))
    blas = [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]
    connection.send([torch.get_num_threads(), *blas])


def test_processes_share_the_cores_whoever_multiplies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in processes.THREADS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(processes, "cores", lambda: 6)
    process = processes.Process[int](say_threads, (), 2)
    process.begin(0, "say")
    told = process.connection.recv()
    process.end(10)
    assert len(told) > 1
    assert told[0] == 3
    assert all(threads <= 3 for threads in told)


def test_a_sweep_says_how_many_runs_train_at_a_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AESTUDIO_LIBRARY", str(tmp_path))
    assert main(["sweep", "linear", "--values", "2,4", "--epochs", "1", "--seeds", "1", "--jobs", "3"]) == 0
    assert "2 runs at the same time" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["--jobs", "0"], "--jobs must be 1 or more (it is 0)."),
        (["--jobs", "2", "--scheduler", "tcp://127.0.0.1:1"], "leave one of them out"),
    ],
)
def test_what_jobs_cannot_be_is_refused(typed: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "linear", "--no-library", *typed]) == 2
    assert said in capsys.readouterr().err
