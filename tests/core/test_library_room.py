"""Room on the disk: which checkpoints go first, that models stay, and whom nobody takes anything from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from aestudio.core.ground.errors import ModelFileError
from aestudio.core.library import catalogue
from aestudio.core.library.catalogue import MODEL, Library
from aestudio.core.library.keeping import fit_and_keep
from aestudio.core.model.model_file import ModelFile
from aestudio.core.run.events import Event, Saved, Started, Warned
from aestudio.core.run.run import Run
from aestudio.core.training import checkpoint, checkpoint_folder, every
from aestudio.core.training.checkpoint_folder import CheckpointFolder
from tests.core.conftest import small_dataset
from tests.core.trainings import (
    EACH_EPOCH,
    NOISY,
    RUN,
    after_epoch,
    as_bytes,
    break_off,
    damaged,
    keep,
    keep_until,
    last,
    train,
    weights,
)

COMPLETED, STOPPED, INTERRUPTED = "completed", "stopped", "interrupted"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture
def library(folder: Path) -> Iterator[Library]:
    with Library(folder) as opened:
        yield opened


def make(folder: Path, how: str, run: Run = RUN) -> None:
    """One more run with two checkpoints."""
    match how:
        case "completed":
            keep(folder, run, every=EACH_EPOCH)
        case "stopped":
            keep_until(folder, 8, run, every=EACH_EPOCH)
        case "interrupted":
            break_off(folder, after_epoch(3), run, every=EACH_EPOCH)
            with Library(folder) as library:
                library.interrupted()


def having(library: Library) -> list[int]:
    """The runs that have checkpoints, and that the database says so of."""
    runs = library.runs() + library.runs(trashed=True)
    found = sorted(one.id for one in runs if CheckpointFolder(library.files(one.id)).files())
    assert found == sorted(one.id for one in runs if one.checkpoint_bytes)
    assert found == sorted(one.id for one in runs if one.checkpoint_step is not None)
    for one in runs:
        assert one.checkpoint_bytes == CheckpointFolder(library.files(one.id)).size()
    return found


def lose(library: Library, count: int) -> list[int]:
    """Makes room so that so many runs have to go; those that went, in the order in which they do."""
    gone: list[int] = []
    for _ in range(count):
        before = having(library)
        library.budget = library.checkpoint_bytes() - 1
        assert library.make_room() == ""
        (lost,) = set(before) - set(having(library))
        gone.append(lost)
    return gone


def test_the_budget_is_four_gibibytes_unless_the_person_says_otherwise(library: Library, folder: Path) -> None:
    assert library.budget == 4 * 2**30
    library.budget = 123_456
    library.budget = 654_321
    with Library(folder) as again:
        assert again.budget == 654_321


def test_nothing_goes_while_there_is_room(library: Library, folder: Path) -> None:
    for how in (COMPLETED, STOPPED, INTERRUPTED):
        make(folder, how)
    library.budget = library.checkpoint_bytes()
    assert library.make_room() == ""
    assert having(library) == [1, 2, 3]


def test_first_the_trash_then_what_is_complete_then_the_longest_untouched_and_starred_ones_last(
    library: Library, folder: Path
) -> None:
    for how in (STOPPED, INTERRUPTED, COMPLETED, STOPPED, COMPLETED, COMPLETED, STOPPED, COMPLETED):
        make(folder, how)
    library.star([3, 4])
    library.trash([7, 8])
    assert lose(library, 8) == [8, 7, 5, 6, 1, 2, 3, 4]


def test_the_longest_untouched_is_the_one_that_was_trained_longest_ago(library: Library, folder: Path) -> None:
    for _ in range(3):
        make(folder, STOPPED)
    keep_until(folder, 1, number=1)
    library.rename(2, "Touched in another way")
    assert lose(library, 3) == [2, 3, 1]


@pytest.mark.parametrize("how", [COMPLETED, STOPPED, INTERRUPTED])
def test_models_stay(how: str, library: Library, folder: Path) -> None:
    """That of a training whose program crashed is made of its newest checkpoint."""
    make(folder, how, NOISY)
    before = library.model(1)
    library.budget = 0
    library.make_room()
    assert having(library) == []
    assert not library.summary(1).resumable
    assert (library.files(1) / MODEL).is_file()
    after = library.model(1)
    assert as_bytes(after.weights) == as_bytes(before.weights)
    assert (after.run, after.scores, after.facts) == (before.run, before.scores, before.facts)
    assert len(after.curves.steps) == len(before.curves.steps)


def test_a_model_of_an_earlier_stop_gives_way_to_that_of_a_later_crash(library: Library, folder: Path) -> None:
    keep_until(folder, 3)
    break_off(folder, after_epoch(3), number=1, every=EACH_EPOCH)
    library.interrupted()
    library.budget = 0
    library.make_room()
    assert library.model(1).facts["steps"] == "12"
    assert having(library) == []


def test_a_model_that_is_there_is_not_written_again(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(folder, COMPLETED)

    def written(*_: object) -> None:
        pytest.fail("It was there.")

    monkeypatch.setattr(ModelFile, "save", written)
    library.budget = 0
    library.make_room()
    assert having(library) == []


def test_checkpoints_whose_model_cannot_be_saved_stay_and_others_go(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(folder, INTERRUPTED)
    make(folder, COMPLETED)

    def full(*_: object) -> None:
        raise ModelFileError("No space left on device.")

    monkeypatch.setattr(ModelFile, "save", full)
    library.budget = 0
    assert library.make_room() == ""
    assert having(library) == [1]


def test_damaged_checkpoints_without_a_model_stay_and_keep_nobody_from_making_room(
    library: Library, folder: Path
) -> None:
    make(folder, INTERRUPTED)
    make(folder, STOPPED)
    for file in CheckpointFolder(library.files(1)).files():
        damaged(file)
    library.budget = 0
    assert library.make_room() == ""
    assert having(library) == [1]
    events = keep(folder)
    assert last(events).reason == "completed"
    assert len([event for event in events if isinstance(event, Warned)]) == 1  # over the budget
    assert as_bytes(library.model(3).weights) == weights(events)


def test_checkpoints_that_somebody_has_deleted_are_not_counted_any_more(library: Library, folder: Path) -> None:
    make(folder, COMPLETED)
    make(folder, STOPPED)
    for file in CheckpointFolder(library.files(1)).files():
        file.unlink()
    library.budget = library.checkpoint_bytes() - 1
    assert library.make_room() == ""
    assert having(library) == [2]


def test_a_run_that_trains_is_not_touched_by_another(library: Library, folder: Path) -> None:
    stream = fit_and_keep(RUN, small_dataset(), folder=folder, every=EACH_EPOCH)
    for event in stream:
        if after_epoch(2)(event):
            library.budget = 1
            before = CheckpointFolder(library.files(1)).files()
            assert library.make_room() == ""
            assert CheckpointFolder(library.files(1)).files() == before != []
            library.budget = 2**30
    assert library.summary(1).state == "completed"


def test_a_run_that_another_program_is_about_to_continue_is_not_touched(library: Library, folder: Path) -> None:
    """It holds the run already and has not said so in the database yet."""
    make(folder, STOPPED)
    make(folder, STOPPED)
    library.budget = 0
    with FileLock(library.files(1) / "lock").acquire(blocking=False):
        assert library.make_room() == ""
    assert having(library) == [1]


def test_a_training_takes_room_from_others_and_keeps_its_own_two(library: Library, folder: Path) -> None:
    make(folder, COMPLETED)
    make(folder, STOPPED)
    size = library.summary(2).checkpoint_bytes
    library.budget = 2 * size + size // 10  # they differ by a few bytes
    events = keep(folder, every=EACH_EPOCH)
    assert [event for event in events if isinstance(event, Warned)] == []
    assert having(library) == [2, 3]
    assert len(CheckpointFolder(library.files(3)).files()) == 2
    assert library.checkpoint_bytes() <= library.budget


def test_a_training_that_is_alone_over_the_budget_keeps_its_newest_and_says_so_once(
    library: Library, folder: Path
) -> None:
    library.budget = 1000
    events: list[Event] = []
    for event in fit_and_keep(NOISY, small_dataset(), folder=folder, every=EACH_EPOCH):
        events.append(event)
        if isinstance(event, Saved) and event.what == "checkpoint":
            assert [str(file) for file in CheckpointFolder(library.files(1)).files()] == [event.path]
    (said,) = [event.sentence for event in events if isinstance(event, Warned)]
    assert said == (
        "Checkpoints take 0 MiB, more than the 0 MiB that they may; only the newest one of this training is kept."
    )
    assert weights(events) == weights(train(NOISY))
    assert library.summary(1).resumable


def test_what_is_over_the_budget_is_told_again_once_it_was_not(library: Library, folder: Path) -> None:
    library.budget = 1000
    events: list[Event] = []
    for event in fit_and_keep(RUN.with_value("epochs", 6), small_dataset(), folder=folder, every=EACH_EPOCH):
        events.append(event)
        if after_epoch(2)(event):
            library.budget = 2**30
        if after_epoch(4)(event):
            library.budget = 1000
    assert len([event for event in events if isinstance(event, Warned)]) == 2


def test_a_training_that_goes_on_over_the_budget_still_goes_on_bit_for_bit(library: Library, folder: Path) -> None:
    library.budget = 1
    make(folder, INTERRUPTED, NOISY)
    (found,) = CheckpointFolder(library.files(1)).files()
    assert checkpoint.load(found).position.step == 12
    assert weights(keep(folder, NOISY, number=1)) == weights(train(NOISY))


def test_files_that_cannot_be_removed_are_still_counted(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(folder, STOPPED)
    before = library.checkpoint_bytes()
    with monkeypatch.context() as patched:

        def denied(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        patched.setattr(Path, "unlink", denied)
        library.budget = 0
        assert library.make_room() == ""
    assert library.checkpoint_bytes() == before
    assert library.summary(1).resumable


def test_the_thirty_seconds_and_the_budget_are_what_the_manual_says() -> None:
    assert every.Every.from_text("30s") == every.DEFAULT
    assert (checkpoint_folder.KEPT, catalogue.BUDGET, catalogue.TRASH_DAYS) == (2, 4 * 2**30, 30)


def test_a_run_without_checkpoints_cannot_go_on_and_says_what_to_do(library: Library, folder: Path) -> None:
    make(folder, STOPPED)
    library.budget = 0
    library.make_room()
    (only,) = keep(folder, number=1)
    assert last([only]).error == ("The run “Twelve units” has no checkpoint to continue from; train it again instead.")
    assert library.summary(1).state == "stopped"
    assert not isinstance(only, Started)
