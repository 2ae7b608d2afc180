"""A training whose process is killed goes on, and ends with the same weights and points as one that never stopped."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aestudio.cli import main
from aestudio.core.library import recorder
from aestudio.core.library.catalogue import MODEL, Library
from aestudio.core.library.database import Database
from aestudio.core.library.keeping import fit_and_keep
from aestudio.core.model import model_file
from aestudio.core.training.checkpoint_folder import SUFFIX, CheckpointFolder
from aestudio.core.training.loss_tape import Tape
from tests.core.conftest import small_dataset
from tests.core.trainings import EACH_EPOCH, NOISY, as_bytes, keep, last, points, train, weights

ROOT = Path(__file__).parents[2]
RUN = NOISY.with_value("epochs", 4)
"""24 steps, a checkpoint at each of its epochs."""

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="Windows kills in another way"),
    pytest.mark.usefixtures("ready_python"),
]


def held(library: Library, number: int) -> dict[int, bytes]:
    """Every loss point of a run, to the last bit."""
    curves = library.curves(number)
    return {
        int(step): terms.tobytes() + entering.tobytes()
        for step, terms, entering in zip(curves.steps, curves.terms, curves.weights, strict=True)
    }


# -- at a place of our choice ------------------------------------------------------------------------------------------


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Nth:
    """Kills its own process at the nth call of a function, before or after it does its work."""

    def __init__(self, owner: Any, name: str, number: int, *, after: bool = False) -> None:
        self.honest = getattr(owner, name)
        self.left, self.after = number, after
        setattr(owner, name, self)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        self.left -= 1
        if self.left == 0 and not self.after:
            kill()
        made = self.honest(*arguments, **options)
        if self.left == 0:
            kill()
        return made

    def __get__(self, instance: object, _owner: type) -> Any:
        return self if instance is None else lambda *arguments, **options: self(instance, *arguments, **options)


def before_file(number: int) -> None:
    """Kills when the nth file is about to be begun; locks and folders are opened too, and are no files of ours."""
    honest, left = os.open, [number]

    def opened(path: Any, *arguments: Any, **options: Any) -> int:
        left[0] -= str(path).endswith(".part")
        if left[0] == 0:
            kill()
        return honest(path, *arguments, **options)

    os.open = opened


def removing(number: int, *, after: bool = False) -> None:
    """Kills when the nth checkpoint is about to be taken off the disk, or has just been."""
    honest, left = os.unlink, [number]

    def unlink(path: Any, *arguments: Any, **options: Any) -> None:
        left[0] -= str(path).endswith(SUFFIX)
        if left[0] == 0 and not after:
            kill()
        honest(path, *arguments, **options)
        if left[0] == 0:
            kill()

    os.unlink = unlink


def half_written(number: int) -> None:
    """Kills when half of the nth file is on the disk."""
    honest, left = os.fdopen, [number]

    def fdopen(handle: int, mode: str) -> Any:
        left[0] -= 1
        file = honest(handle, mode)
        if left[0] == 0:
            write = file.write

            class Half:
                def __enter__(self) -> Half:
                    return self

                def __exit__(self, *_: object) -> None:
                    file.close()

                def write(self, content: bytes) -> None:
                    write(content[: len(content) // 2])
                    file.flush()
                    kill()

            return Half()
        return file

    os.fdopen = fdopen  # type: ignore[assignment]


def in_a_transaction(number: int) -> None:
    """Kills when the nth transaction is about to be committed."""
    honest, left = Database.transaction, [number]

    @contextmanager
    def transaction(self: Database) -> Iterator[Any]:
        with honest(self) as connection:
            yield connection
            left[0] -= 1
            if left[0] == 0:
                kill()

    Database.transaction = transaction  # type: ignore[method-assign]


PLACES: dict[str, Callable[[], object]] = {
    "before the first checkpoint": lambda: Nth(CheckpointFolder, "keep", 1),
    "in the middle of an epoch": lambda: Nth(Tape, "add", 15),
    "at the end of an epoch": lambda: Nth(Tape, "epoch_means", 2),
    "before a checkpoint is begun": lambda: before_file(2),
    "when half of a checkpoint is written": lambda: half_written(3),
    "when a checkpoint is not on the disk yet": lambda: Nth(os, "fsync", 5),
    "before a checkpoint gets its name": lambda: Nth(os, "replace", 3),
    "after a checkpoint got its name": lambda: Nth(os, "replace", 3, after=True),
    "before older checkpoints go": lambda: removing(1),
    "after an older checkpoint went": lambda: removing(1, after=True),
    "before points are committed": lambda: in_a_transaction(6),
    "before the library hears of a checkpoint": lambda: in_a_transaction(5),
    "when the last checkpoint is half written": lambda: half_written(5),
    "when the model is half written": lambda: half_written(6),
    "before a moment gets its name": lambda: Nth(os, "replace", 12),
    "before the last picture is kept": lambda: Nth(recorder, "thumbnail", 1, after=True),
}


def killed_at(place: str, folder: Path, number: int | None) -> None:
    """In a process of its own."""
    PLACES[place]()
    room = None if "moment" in place else 0  # else the files of moments are counted too
    for _ in fit_and_keep(RUN, small_dataset(), folder=folder, number=number, every=EACH_EPOCH, moments=room):
        pass


@pytest.fixture(scope="module")
def forks() -> Any:
    """Processes that need not import torch anew."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        pytest.skip("there are no processes to be had cheaply here")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["torch._dynamo", __name__])  # the first is what an optimiser imports
    return context


def run_until_killed(forks: Any, place: str, folder: Path, number: int | None) -> None:
    process = forks.Process(target=killed_at, args=(place, folder, number))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


@pytest.fixture(scope="module")
def whole() -> list[Any]:
    return train(RUN)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.slow
def test_a_process_that_is_killed_anywhere_goes_on_as_if_it_had_not_been(
    place: str, forks: Any, whole: list[Any], tmp_path: Path
) -> None:
    """Whole or half: what lies in the folder is a whole checkpoint or cleared away."""
    run_until_killed(forks, place, tmp_path, None)
    with Library(tmp_path) as library:
        number = 1
        if library.summary(1).state == "training":
            found = library.interrupted()
            if place == "before the first checkpoint":
                assert found == []
                assert "has no checkpoint to continue from" in last(keep(tmp_path, RUN, number=1)).error
                number = None  # type: ignore[assignment]
            else:
                assert [one.id for one in found] == [1]
        rest = keep(tmp_path, RUN, number=number, every=EACH_EPOCH)
        number = number or 2
        assert (last(rest).reason, last(rest).error) == ("completed", "")
        assert weights(rest) == weights(whole)
        assert held(library, number) == points(whole)
        assert as_bytes(library.model(number).weights) == weights(whole)
        assert library.summary(number).state == "completed"
        names = sorted(path.name for path in library.files(number).iterdir() if path.name != "moments")
        assert names == ["lock", MODEL, "number", "step-000000018.checkpoint", "step-000000024.checkpoint"]
        assert not list(library.files(number).glob("moments/.aestudio-*"))


def test_a_chain_of_kills_ends_as_if_there_had_been_none(forks: Any, whole: list[Any], tmp_path: Path) -> None:
    chain = (
        *("after a checkpoint got its name", "in the middle of an epoch", "when half of a checkpoint is written"),
        *("before a checkpoint gets its name", "in the middle of an epoch", "at the end of an epoch"),
    )
    for index, place in enumerate(chain):
        process = forks.Process(target=killed_at, args=(place, tmp_path, 1 if index else None))
        process.start()
        process.join()
        assert process.exitcode in (0, -signal.SIGKILL)  # 0 where there was nothing left to be killed at
    with Library(tmp_path) as library:
        library.interrupted()
        rest = keep(tmp_path, RUN, number=1)
        assert weights(rest) == weights(whole)
        assert held(library, 1) == points(whole)


def test_a_living_process_is_not_taken_for_a_dead_one(forks: Any, tmp_path: Path) -> None:
    """Nor can its run be continued or deleted; once it is killed it can."""
    reading, writing = forks.Pipe(duplex=False)
    process = forks.Process(target=training_for_ever, args=(tmp_path, writing))
    process.start()
    assert reading.recv() == "trains"
    try:
        with Library(tmp_path) as library:
            assert library.interrupted() == []
            assert library.summary(1).state == "training"
            (only,) = keep(tmp_path, RUN.with_value("epochs", 100_000), number=1)
            assert "is training in another window or program" in last([only]).error
    finally:
        process.kill()
        process.join()
    with Library(tmp_path) as library:
        assert [one.id for one in library.interrupted()] == [1]


def training_for_ever(folder: Path, writing: Any) -> None:
    told = False
    for event in fit_and_keep(RUN.with_value("epochs", 100_000), small_dataset(), folder=folder):
        if not told and type(event).__name__ == "Progress":
            writing.send("trains")
            told = True


# -- the program as people run it --------------------------------------------------------------------------------------

SETTINGS = ("--set", "corruption=gaussian", "--set", "rate=one-cycle")


class Program:
    """`aestudio …` as a process of its own, read event by event."""

    def __init__(self, library: Path, *arguments: str) -> None:
        env = os.environ | {"PYTHONPATH": str(ROOT), "AESTUDIO_LIBRARY": str(library)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "aestudio", *arguments, "--json", "--device", "cpu"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=env,
            encoding="utf-8",
        )
        self.step = 0

    def events(self) -> Iterator[dict[str, Any]]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            event = json.loads(line)
            if event["event"] == "Started":
                self.step = event["resumed_at"]
            if event["event"] == "Progress":
                self.step = event["first_step"] + len(event["terms"]) - 1
            yield event

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> bool:
        """Reads until such an event; whether there was one."""
        return any(wanted(event) for event in self.events())

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()

    def end(self) -> str:
        """Waits for the end; what it said on standard error."""
        for _ in self.events():
            pass
        _, said = self.process.communicate()
        return said


def test_a_killed_command_is_resumed_by_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One process is killed wherever it is by then; the rest happens in this one."""
    arguments = ("train", "sparse-kl", "--epochs", "12", *SETTINGS)
    program = Program(tmp_path / "killed", *arguments, "--checkpoint-every", "0.1s")
    assert program.until(lambda event: event["event"] == "Progress" and program.step > 30)
    program.kill()
    monkeypatch.setenv("AESTUDIO_LIBRARY", str(tmp_path / "killed"))
    assert main(["resume", "last", "--json", "--device", "cpu"]) == 0
    monkeypatch.setenv("AESTUDIO_LIBRARY", str(tmp_path / "whole"))
    assert main([*arguments, "--json", "--device", "cpu"]) == 0
    capsys.readouterr()
    assert_same(tmp_path / "killed", 1, tmp_path / "whole")


def assert_same(folder: Path, number: int, whole: Path) -> None:
    """The weights, every loss point and every score of a run are those of the only one in another library."""
    with Library(folder) as library, Library(whole) as other:
        assert library.summary(number).state == other.summary(1).state == "completed"
        assert as_bytes(library.model(number).weights) == as_bytes(other.model(1).weights)
        assert held(library, number) == held(other, 1)
        assert library.curves(number).evaluations == other.curves(1).evaluations
        steps = library.curves(number).steps
        assert np.array_equal(steps, np.arange(1, len(steps) + 1))
        assert as_bytes(model_file.load(library.files(number) / MODEL).weights) == as_bytes(other.model(1).weights)


KILLS = 20
EPOCHS = 110
STEPS = EPOCHS * 22


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_twenty_kills_at_random_moments_change_not_one_bit(tmp_path: Path) -> None:
    """As soon as it has begun, after its first checkpoint, at random steps, and while a checkpoint is being written."""
    seed = int(os.environ.get("AESTUDIO_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 2**31)
    print(f"AESTUDIO_TEST_SEED={seed}")
    dice = random.Random(seed)
    often = ("--checkpoint-every", "0.2s")
    arguments = ("train", "sparse-kl", "--epochs", str(EPOCHS), *SETTINGS, *often)
    whole = Program(tmp_path / "whole", *arguments)
    assert (whole.end(), whole.process.returncode, whole.step) == ("", 0, STEPS)

    folder = tmp_path / "killed"
    ways = ["at a step", "while writing"] * (KILLS // 2 - 1)
    dice.shuffle(ways)
    ways = ["once it has begun", "after a checkpoint", *ways]
    targets = [0, 0, *sorted(dice.randrange(1, STEPS - 100) for _ in range(KILLS - 2))]
    number, killed = 0, []
    for way, target in zip(ways, targets, strict=True):
        program = Program(folder, *(("resume", "last", *often) if number else arguments))
        if not program.until(lambda event: event["event"] == "Started"):
            assert "has no checkpoint to continue from; train it again instead" in program.end()
            program = Program(folder, *arguments)  # the first kill came before the first checkpoint
            assert program.until(lambda event: event["event"] == "Started")
        with Library(folder) as library:
            number = library.last().id  # type: ignore[union-attr]
            files = library.files(number)
        match way:
            case "after a checkpoint":
                assert program.until(lambda event: event["event"] == "Saved")
            case "at a step" | "while writing":
                # One that goes on from behind its target says so with its first Progress.
                assert program.until(lambda event, p=program, t=target: event["event"] == "Progress" and p.step >= t)  # type: ignore[misc]
        while way == "while writing" and not list(files.glob(".aestudio-*.part")):
            assert program.process.poll() is None
        program.kill()
        assert program.process.returncode == -signal.SIGKILL
        left = " and half a file" if list(files.glob(".aestudio-*.part")) else ""
        killed.append(f"{way} ({program.step}{left})")
    print("Killed", ", ".join(killed))
    final = Program(folder, "resume", "last")
    assert (final.end(), final.process.returncode) == ("", 0)
    assert_same(folder, number, tmp_path / "whole")
