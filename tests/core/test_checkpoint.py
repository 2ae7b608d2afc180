"""A checkpoint's file: that it is whole or not there, that damage is noticed, and which ones of a run stay."""

from __future__ import annotations

import errno
import os
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from aestudio.core.ground.errors import CheckpointError, RunError
from aestudio.core.ground.sealed import sealed
from aestudio.core.training import checkpoint
from aestudio.core.training.checkpoint import Checkpoint, load
from aestudio.core.training.checkpoint_folder import CheckpointFolder
from aestudio.core.training.every import Due, Every
from tests.core.trainings import RANDOM, RUN, Keeping, as_bytes, train


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """In the middle of an epoch, with an optimiser that remembers something."""
    keeping = Keeping(tmp_path_factory.mktemp("made"), lambda asked: asked == 8)
    train(RANDOM, keeper=keeping)
    return keeping.kept()[0]


def at(made: Checkpoint, step: int) -> Checkpoint:
    return replace(made, position=replace(made.position, step=step))


def steps(folder: CheckpointFolder) -> list[int]:
    """Of the files, the newest first."""
    return [int(file.stem.removeprefix("step-")) for file in folder.files()]


def refusal(path: Path) -> str:
    """What loading says; every refusal is one sentence that names the file."""
    with pytest.raises(CheckpointError) as caught:
        load(path)
    said = str(caught.value)
    assert "\n" not in said
    assert path.name in said
    assert said.endswith(".")
    return said


# -- what it keeps -----------------------------------------------------------------------------------------------------


def test_a_checkpoint_comes_back_as_it_was(made: Checkpoint, tmp_path: Path) -> None:
    made.save(tmp_path / "one.checkpoint")
    after = load(tmp_path / "one.checkpoint")
    assert (after.run, after.shape, after.fingerprint) == (made.run, made.shape, made.fingerprint)
    assert (after.position, after.device, after.depth) == (made.position, "cpu", None)
    assert (made.position.step, made.position.epoch, made.position.phase_step, made.position.phase) == (8, 1, 8, 0)
    for name in ("weights", "optimiser", "draws"):
        assert as_bytes(getattr(after, name)) == as_bytes(getattr(made, name))
        assert getattr(made, name)
    for name in ("epoch_terms", "epoch_weights"):
        assert getattr(after, name).equal(getattr(made, name))
    assert made.epoch_terms.shape == (2, 2)  # the two steps since the epoch began


def test_it_holds_no_pickle_and_any_reader_of_safetensors_finds_what_is_in_it(made: Checkpoint, tmp_path: Path) -> None:
    path = tmp_path / "one.checkpoint"
    made.save(path)
    names = set(load_file(path))
    assert {"weights/stages.0.W", "optimiser/0.exp_avg", "optimiser/0.step", "draws/order", "draws/corruption"} <= names
    with safe_open(path, framework="np") as file:
        assert file.metadata()["format"] == "aestudio-checkpoint"
    with pytest.raises(pickle.UnpicklingError):
        pickle.loads(path.read_bytes())


# -- damage ------------------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_anywhere_is_refused(
    place: float, bit: int, made: Checkpoint, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("flipped") / "one.checkpoint"
    made.save(path)
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= 1 << bit
    path.write_bytes(content)
    refusal(path)


def test_a_flipped_bit_all_over_the_header_is_refused(made: Checkpoint, tmp_path: Path) -> None:
    """Lengths, names, types, shapes, offsets, the description and the blanks behind it."""
    path = tmp_path / "one.checkpoint"
    made.save(path)
    content = bytearray(path.read_bytes())
    for place in range(0, 8 + int.from_bytes(content[:8], "little"), 3):
        content[place] ^= 1 << place % 8
        path.write_bytes(content)
        refusal(path)
        content[place] ^= 1 << place % 8


@settings(max_examples=40, deadline=None)
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_file_that_is_cut_short_anywhere_is_refused(
    share: float, made: Checkpoint, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("cut") / "one.checkpoint"
    made.save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    refusal(path)


class Bomb:
    """Unpickling it would end the test."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (1,)


def exotic(path: Path) -> None:
    """A type of numbers that not every torch has, in a file of another program."""
    header = b'{"x":{"dtype":"F8_E8M0","shape":[4],"data_offsets":[0,4]}}'
    path.write_bytes(len(header).to_bytes(8, "little") + header + b"\0\0\0\0")


OTHERS: dict[str, Callable[[Path], object]] = {
    "nothing": lambda path: path.write_bytes(b""),
    "zeros": lambda path: path.write_bytes(b"\0" * 4096),
    "text": lambda path: path.write_text("A checkpoint\n" * 100),
    "a pickle": lambda path: path.write_bytes(pickle.dumps(Bomb())),
    "a file of torch": lambda path: torch.save({"W": torch.zeros(2)}, path),
    "another program's": lambda path: save_file({"W": torch.zeros(2)}, path),
    "another program's, described": lambda path: save_file({"W": torch.zeros(2)}, path, metadata={"format": "pt"}),
    "of exotic numbers": exotic,
    "a folder": lambda path: path.mkdir(),
    "a link to nowhere": lambda path: path.symlink_to("nowhere"),
}


@pytest.mark.parametrize("other", OTHERS)
def test_what_is_no_checkpoint_is_refused_and_never_run(other: str, tmp_path: Path) -> None:
    path = tmp_path / "step-000000001.checkpoint"
    OTHERS[other](path)
    refusal(path)


def test_a_model_file_is_no_checkpoint(made: Checkpoint, tmp_path: Path) -> None:
    from aestudio.core.model.model_file import ModelFile

    ModelFile(RUN, (1, 8, 8), made.weights, {}).save(tmp_path / "model.safetensors")
    refusal(tmp_path / "model.safetensors")


def resealed(made: Checkpoint, path: Path, **about: str | None) -> Path:
    """The same with another description and a seal that fits it, as a program that differs would write it."""
    made.save(path)
    with safe_open(path, framework="pt") as file:
        said = {**file.metadata(), **about}
    tensors = load_file(path)
    path.write_bytes(sealed(tensors, {name: value for name, value in said.items() if value is not None}))
    return path


@pytest.mark.parametrize(
    "about",
    [
        {"version": "first"},
        {"version": None},
        {"run": "{}x"},
        {"run": '{"network": {"kind": "of tomorrow"}}'},
        {"place": '{"phase": 0, "star": 1}'},
        {"place": "7"},
        {"shape": "[1, 8]"},
        {"device": None},
        {"depth": "]"},
    ],
    ids=str,
)
def test_what_another_version_wrote_is_refused_in_words(
    made: Checkpoint, about: dict[str, str | None], tmp_path: Path
) -> None:
    said = refusal(resealed(made, tmp_path / "one.checkpoint", **about))
    assert "was written by another version of AEStudio and cannot be continued here" in said


def test_a_newer_format_asks_for_a_newer_program(made: Checkpoint, tmp_path: Path) -> None:
    said = refusal(resealed(made, tmp_path / "one.checkpoint", version="3"))
    assert "was written by a newer AEStudio (format 3); update AEStudio." in said


# -- whole or not at all -----------------------------------------------------------------------------------------------


def fails(number: int) -> Callable[..., Any]:
    def broken(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return broken


@pytest.mark.parametrize(
    ("function", "number"),
    [
        ("open", errno.EACCES),
        ("open", errno.EROFS),
        ("fsync", errno.ENOSPC),
        ("fsync", errno.EIO),
        ("replace", errno.EIO),
    ],
)
def test_a_write_that_fails_leaves_the_older_ones_and_nothing_half_written(
    function: str, number: int, made: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = CheckpointFolder(tmp_path)
    for step in (1, 2):
        folder.keep(at(made, step))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.setattr(f"aestudio.core.ground.atomic.os.{function}", fails(number))
    with pytest.raises(CheckpointError) as caught:
        folder.keep(at(made, 3))
    monkeypatch.undo()
    assert str(caught.value) == (
        f"The checkpoint {tmp_path / 'step-000000003.checkpoint'} could not be written: {os.strerror(number)}."
    )
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert folder.newest().checkpoint.position.step == 2  # type: ignore[union-attr]


def test_a_disk_that_fills_up_in_the_middle_leaves_nothing_half_written(
    made: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is half written when there is no more room."""
    honest = os.fdopen

    def small(handle: int, mode: str) -> Any:
        file = honest(handle, mode, buffering=0)

        class Full:
            def __enter__(self) -> Full:
                return self

            def __exit__(self, *_: object) -> None:
                file.close()

            def write(self, content: bytes) -> int:
                file.write(content[: len(content) // 2])
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        return Full()

    monkeypatch.setattr("aestudio.core.ground.atomic.os.fdopen", small)
    with pytest.raises(CheckpointError, match=r"could not be written: No space left on device\."):
        CheckpointFolder(tmp_path).keep(made)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told_in_words(made: Checkpoint, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CheckpointError, match=r"The folder .*below cannot be made: .*\."):
        CheckpointFolder(tmp_path / "file" / "below").keep(made)


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root may write anywhere")
def test_a_read_only_folder_is_refused_in_words(made: Checkpoint, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(CheckpointError, match=r"could not be written: Permission denied\."):
        CheckpointFolder(tmp_path).keep(made)


# -- which ones stay ---------------------------------------------------------------------------------------------------


def test_the_newest_two_stay(made: Checkpoint, tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path / "run" / "below")
    for step in (1, 2, 30, 400):
        folder.keep(at(made, step))
    assert steps(folder) == [400, 30]
    assert folder.size() == sum(path.stat().st_size for path in folder.path.iterdir())


def test_the_newest_two_stay_however_many_digits_a_step_has(made: Checkpoint, tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path)
    for step in (999_999_998, 999_999_999, 1_000_000_000):
        folder.keep(at(made, step))
    assert steps(folder) == [1_000_000_000, 999_999_999]
    folder.forget_after(999_999_999)
    assert steps(folder) == [999_999_999]


def test_a_damaged_one_does_not_count_among_the_two(made: Checkpoint, tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path)
    for step in (1, 2):
        folder.keep(at(made, step))
    damage(folder.files()[0], "cut short")
    folder.keep(at(made, 3))
    assert steps(folder) == [3, 2, 1]
    folder.keep(at(made, 4))
    assert steps(folder) == [4, 3]


def damage(file: Path, how: str) -> None:
    content = file.read_bytes()
    match how:
        case "cut short":
            file.write_bytes(content[: len(content) // 2])
        case "a flipped bit":
            middle = len(content) // 2
            file.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        case "emptied":
            file.write_bytes(b"")
        case "zeros":
            file.write_bytes(b"\0" * len(content))
        case "another program's":
            save_file({"W": torch.zeros(2)}, file)


DAMAGES = ("cut short", "a flipped bit", "emptied", "zeros", "another program's")


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_newest_one_falls_back_to_the_one_before_and_says_so(
    how: str, made: Checkpoint, tmp_path: Path
) -> None:
    folder = CheckpointFolder(tmp_path)
    for step in (1, 2):
        folder.keep(at(made, step))
    damage(folder.files()[0], how)
    found = folder.newest()
    assert found is not None
    assert found.checkpoint.position.step == 1
    assert found.path == folder.files()[1]
    (said,) = found.damaged
    assert said.startswith("The checkpoint step-000000002.checkpoint ")
    assert said.endswith(".")


@pytest.mark.parametrize("how", DAMAGES)
def test_damaged_ones_only_are_told_and_left_alone(how: str, made: Checkpoint, tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path)
    for step in (1, 2):
        folder.keep(at(made, step))
    for file in folder.files():
        damage(file, how)
    with pytest.raises(CheckpointError, match=r"^No checkpoint of this run can be used\. The checkpoint step-0.*\.$"):
        folder.newest()
    assert steps(folder) == [2, 1]


def test_no_checkpoint_is_none(tmp_path: Path) -> None:
    assert CheckpointFolder(tmp_path / "nowhere").newest() is None
    assert CheckpointFolder(tmp_path / "nowhere").files() == []
    assert CheckpointFolder(tmp_path / "nowhere").size() == 0


def test_one_that_is_taken_away_while_it_is_looked_for_is_not_damaged(
    made: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A window reads the newest one of a training that goes on in another, which prunes."""
    folder = CheckpointFolder(tmp_path)
    for step in (1, 2):
        folder.keep(at(made, step))
    honest = checkpoint.load

    def late(path: Path) -> Checkpoint:
        monkeypatch.setattr(checkpoint, "load", honest)
        for newer in (3, 4):
            folder.keep(at(made, newer))
        return honest(path)

    monkeypatch.setattr(checkpoint, "load", late)
    found = folder.newest()
    assert found is not None
    assert (found.checkpoint.position.step, found.damaged) == (4, ())


@pytest.mark.parametrize(
    "name", ["notes.txt", "step-.checkpoint", "step-best.checkpoint", "step-000000009.checkpoint~"]
)
def test_other_files_in_the_folder_are_left_alone(name: str, made: Checkpoint, tmp_path: Path) -> None:
    (tmp_path / name).write_text("mine")
    folder = CheckpointFolder(tmp_path)
    for step in (1, 2, 3):
        folder.keep(at(made, step))
    assert steps(folder) == [3, 2]
    folder.forget_after(2)
    assert folder.newest().checkpoint.position.step == 2  # type: ignore[union-attr]
    folder.clear()
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_one_that_cannot_be_removed_stays_until_the_next_time(
    made: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows removes no file that another program reads; the one just written is no worse for it."""
    folder = CheckpointFolder(tmp_path)
    for step in (1, 2):
        folder.keep(at(made, step))
    monkeypatch.setattr(Path, "unlink", fails(errno.EACCES))
    folder.keep(at(made, 3))
    assert steps(folder) == [3, 2, 1]
    folder.forget_after(1)
    folder.clear()
    assert steps(folder) == [3, 2, 1]
    monkeypatch.undo()
    folder.keep(at(made, 4))
    assert steps(folder) == [4, 3]


# -- how often ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "every"),
    [
        ("30s", Every(30, 0)),
        ("30", None),
        ("0.2s", Every(0.2, 0)),
        (" 30 s ", Every(30, 0)),
        ("45 sec", Every(45, 0)),
        ("1 second", Every(1, 0)),
        ("90 seconds", Every(90, 0)),
        ("5m", Every(300, 0)),
        ("5min", Every(300, 0)),
        ("1.5 min", Every(90, 0)),
        ("2e", Every(0, 2)),
        ("1 epoch", Every(0, 1)),
        ("2 epochs", Every(0, 2)),
        ("1.5 epochs", None),
        ("never", Every(0, 0)),
        (" never ", Every(0, 0)),
        ("", None),
        ("nonsense", None),
        ("-3s", None),
        ("1e3s", None),
        ("infs", None),
        ("3 hours", None),
        ("s", None),
    ],
)
def test_how_often_is_said_in_words(text: str, every: Every | None) -> None:
    if every is not None:
        assert Every.from_text(text) == every
        return
    with pytest.raises(RunError) as caught:
        Every.from_text(text)
    assert str(caught.value) == (f"Checkpoints can be taken every 30s, 5min or 2 epochs, or never; not every {text!r}.")


@given(st.one_of(st.integers(0, 10**9), st.decimals(0, 10**6, places=3).map(float)).map(float), st.integers(0, 10**9))
def test_what_is_said_is_read_as_it_was(seconds: float, epochs: int) -> None:
    for every in (Every(seconds, 0), Every(0, epochs)):
        assert Every.from_text(every.text()) == every


class Clock:
    """A clock of the test's own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr("aestudio.core.training.every.time.monotonic", lambda: self.now)


def test_the_first_one_is_due_at_once_and_the_next_after_so_many_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    due = Due(Every(30, 0), begun=False)
    assert due(0)
    due.taken()
    for seconds, expected in ((0.0, False), (29.9, False), (0.2, True), (100.0, True)):
        clock.now += seconds
        assert due(7) is expected
    due.taken()
    assert not due(8)


def test_a_training_that_has_one_waits_for_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    due = Due(Every(30, 0), begun=True)
    assert not due(5)
    clock.now += 30
    assert due(5)


def test_epochs_are_counted_from_the_last_one(monkeypatch: pytest.MonkeyPatch) -> None:
    Clock(monkeypatch)
    due = Due(Every(0, 2), begun=True)
    assert [due(epoch) for epoch in (3, 3, 4, 5)] == [False, False, False, True]
    due.taken()
    assert [due(epoch) for epoch in (5, 6, 7)] == [False, False, True]


def test_whichever_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    due = Due(Every(10, 2), begun=True)
    assert [due(0), due(1), due(2)] == [False, False, True]
    due.taken()
    assert not due(2)
    clock.now += 10
    assert due(2)


def test_never_is_the_first_one_only(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    due = Due(Every.from_text("never"), begun=False)
    assert due(0)
    due.taken()
    clock.now += 1e9
    assert not due(10**9)
