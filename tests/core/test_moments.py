"""Moments of a training to go back to: kept, thinned and read; and a run that leaves another one at a step."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aestudio.core.ground.errors import Cancelled, CheckpointError, LibraryError
from aestudio.core.library import moments
from aestudio.core.library.branching import branch
from aestudio.core.library.catalogue import Library
from aestudio.core.library.changes import changes_of
from aestudio.core.library.keeping import fit_and_keep
from aestudio.core.library.moments import MomentFolder, give_room_for_moments, room_for_moments
from aestudio.core.run.events import Event, Progress
from aestudio.core.run.run import Run
from aestudio.core.training.controls import Controls
from aestudio.core.training.moment import Spacing
from tests.core.conftest import small_dataset
from tests.core.trainings import NEVER, NOISY, RUN, as_bytes, keep, keep_until, last, train, weights

LONG = NOISY.with_value("epochs", 5)
"""30 steps, noise and a live penalty."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture
def library(folder: Path) -> Iterator[Library]:
    with Library(folder) as library:
        yield library


@pytest.fixture(autouse=True)
def _whatever_it_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the disk is."""
    monkeypatch.setattr("aestudio.core.training.moment.AHEAD", 1e9)


def way(
    folder: Path, run: Run, changes: dict[int, Any], until: int = 10**9, parent: int | None = None, **options: Any
) -> list[Event]:
    """A kept training that is held at some steps, where settings change (a run) or units are drawn anew (a tuple)."""
    controls, told, left = Controls(paused=True), list[Event](), dict(changes)
    begun = options.pop("begun", 0)
    for _ in range(min([*left, until], default=0) - begun):
        controls.step()
    for event in fit_and_keep(run, small_dataset(), controls, folder=folder, **options):
        told.append(event)
        if isinstance(event, Progress):
            at = event.first_step + len(event.terms) - 1
            if at in left:
                change = left.pop(at)
                controls.use(change) if isinstance(change, Run) else controls.resample(change)
                if left:
                    for _ in range(min(left) - at):
                        controls.step()
                elif until > 10**8:
                    controls.resume()
            if at >= until:
                controls.stop()
    return told


def test_a_short_training_keeps_every_step_and_its_weights(folder: Path, library: Library) -> None:
    whole = keep(folder, RUN)
    kept = MomentFolder(library.files(1))
    assert kept.steps() == list(range(19))
    assert as_bytes(kept.read(18).weights) == weights(whole)
    for step in (0, 1, 7, 18):
        assert as_bytes(kept.read(step).weights) == weights(keep_until(folder, step, RUN))
    assert kept.read(7).run == RUN
    assert kept.read(7).phase == "end to end"


def test_keeping_moments_changes_nothing_that_is_trained(folder: Path) -> None:
    assert weights(keep(folder, LONG)) == weights(train(LONG)) == weights(keep(folder, LONG, moments=0))


def test_moments_stay_within_their_budget(folder: Path, library: Library) -> None:
    keep(folder, LONG)
    size = MomentFolder(library.files(1)).size()
    keep(folder, LONG, moments=size // 3)
    kept = MomentFolder(library.files(2))
    assert 0 < kept.size() <= size // 3
    assert kept.steps()[0] == 0
    assert kept.steps()[-1] == 30


def test_all_runs_together_keep_moments_within_the_budget_of_the_library_and_the_oldest_lose_first(
    folder: Path, library: Library
) -> None:
    for _ in range(3):
        keep(folder, RUN)
    library.star([1])
    one = MomentFolder(library.files(1)).size()
    library.budget = 3 * one
    keep(folder, RUN)
    sizes = [MomentFolder(library.files(number)).size() for number in (1, 2, 3, 4)]
    assert sum(sizes) <= 3 * one
    assert sizes[1] < one
    assert [sizes[place] for place in (0, 3)] == [one, one]
    assert library.saved(2).weights  # models are no moments


def test_the_budget_is_the_library_s_unless_another_is_asked_for(folder: Path, library: Library) -> None:
    assert room_for_moments(library) == moments.BUDGET
    give_room_for_moments(library, 0)
    keep(folder, RUN)
    assert MomentFolder(library.files(1)).steps() == []
    keep(folder, RUN, moments=10**9)
    assert MomentFolder(library.files(2)).steps() == list(range(19))


def test_a_training_that_goes_on_forgets_the_moments_that_did_not_happen(folder: Path, library: Library) -> None:
    keep_until(folder, 10, LONG, every=NEVER)
    kept = MomentFolder(library.files(1))
    kept.keep(kept.read(10), 10**9)
    os.rename(kept.path / "step-000000009.moment", kept.path / "step-000000025.moment")
    keep_until(folder, 3, LONG, number=1)
    assert kept.steps() == [*range(9), 10, 11, 12, 13]


def test_gaps_between_moments_grow_and_a_slow_disk_gets_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    spacing, taken = Spacing(), list[int]()
    for step in range(5000):
        if (wanted := spacing.wants(step)) != "nothing":
            taken.append(step)
            spacing.kept(step, 0.0, whole=wanted == "everything")
    assert taken[:100] == list(range(100))
    assert 30 <= taken[-1] - taken[-2] <= 50
    monkeypatch.setattr("aestudio.core.training.moment.AHEAD", 0.5)
    slow = Spacing()
    slow.kept(0, 5.0, whole=True)
    assert slow.wants(1) == "nothing"


def test_a_full_disk_takes_moments_before_anything_else(
    folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest, room = os.fsync, [0]

    def full(handle: int) -> None:
        files = [*(folder / "runs").glob("*/moments/*")]
        if len(files) > room[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        honest(handle)

    told: list[Event] = []
    for event in fit_and_keep(LONG, small_dataset(), folder=folder, every=NEVER):
        told.append(event)
        if isinstance(event, Progress) and event.first_step > 20 and not room[0]:
            room[0] = 8
            monkeypatch.setattr("aestudio.core.ground.atomic.os.fsync", full)
    assert last(told).unkept == ""
    assert as_bytes(library.model(1).weights) == weights(told)
    kept = MomentFolder(library.files(1)).steps()
    assert 0 < len(kept) <= 9
    assert kept[0] == 0


def test_a_damaged_moment_is_refused_in_a_sentence(folder: Path, library: Library) -> None:
    keep(folder, RUN)
    kept = MomentFolder(library.files(1))
    path = kept.path / "step-000000005.moment"
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="damaged"):
        kept.read(5)
    path.unlink()
    with pytest.raises(CheckpointError, match="cannot be read"):
        kept.read(5)


def test_what_was_changed_is_written_down_with_its_step(folder: Path, library: Library) -> None:
    other = LONG.with_value("penalties.l1.weight", 0.5)
    way(folder, LONG, {7: other, 12: (1, 3)})
    assert [(one.step, one.run, one.units) for one in changes_of(library, 1)] == [(7, other, ()), (12, None, (1, 3))]


# -- branches ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [0, 3, 11, 12, 19, 30])
def test_a_branch_is_bit_for_bit_a_run_that_had_taken_that_way(folder: Path, library: Library, step: int) -> None:
    other = LONG.with_value("penalties.l1.weight", 0.7).with_value("epochs", 6)
    keep(folder, LONG, every=NEVER)
    number = branch(library, 1, step, small_dataset())
    assert library.summary(number).step == step
    branched = keep(folder, other, number=number)
    keep_until(folder, step, LONG)
    direct = keep(folder, other, number=3)
    assert weights(branched) == weights(direct)
    assert weights(branched) != weights(train(LONG))
    ours, theirs = library.curves(number), library.curves(3)
    assert ours.steps.tolist() == theirs.steps.tolist() == list(range(1, 37))
    assert ours.terms.tobytes() == theirs.terms.tobytes()
    assert [one for one in ours.evaluations if one.step > step] == [
        one for one in theirs.evaluations if one.step > step and one.step % 6 == 0
    ]


def test_changes_and_units_drawn_anew_are_done_again_on_the_way(folder: Path, library: Library) -> None:
    strong, weak = (LONG.with_value("penalties.l1.weight", weight) for weight in (0.9, 0.01))
    whole = way(folder, LONG, {3: strong, 8: (1, 3), 14: weak}, every=NEVER)
    for file in MomentFolder(library.files(1)).path.glob("*.checkpoint"):
        if file.name != "step-000000000.checkpoint":
            file.unlink()  # so that the whole way is taken again
    for step in (3, 8, 13, 20):
        number = branch(library, 1, step, small_dataset())
        assert as_bytes(library.model(number).weights) == as_bytes(MomentFolder(library.files(1)).read(step).weights)
        run = library.run(number)
        assert run.with_value("penalties.l1.weight", 1.0) == LONG.with_value("penalties.l1.weight", 1.0)
    assert weights(keep(folder, weak, number=5)) == weights(whole)


def test_a_branch_crosses_the_step_where_a_complete_run_got_more_epochs(folder: Path, library: Library) -> None:
    keep(folder, RUN, every=NEVER)
    whole = keep(folder, RUN.with_value("epochs", 5), number=1, every=NEVER)
    for file in MomentFolder(library.files(1)).path.glob("*.checkpoint"):
        if file.name != "step-000000000.checkpoint":
            file.unlink()
    for file in library.files(1).glob("*.checkpoint"):
        file.unlink()
    number = branch(library, 1, 25, small_dataset())
    assert library.run(number).epochs == 5
    assert weights(keep(folder, library.run(number), number=number)) == weights(whole)


@pytest.mark.parametrize("step", [12, 15, 24])
def test_a_branch_layer_by_layer_knows_the_layer(folder: Path, library: Library, step: int) -> None:
    greedy = NOISY.with_value("network.widths", [12, 6]).with_value("schedule", {"kind": "greedy", "layer_epochs": 2})
    whole = keep(folder, greedy, every=NEVER)
    number = branch(library, 1, step, small_dataset())
    assert weights(keep(folder, greedy, number=number)) == weights(whole)


def test_a_branch_has_the_curves_and_moments_until_then_and_a_parent(folder: Path, library: Library) -> None:
    keep(folder, LONG, every=NEVER)
    number = branch(library, 1, 13, small_dataset())
    made = library.summary(number)
    assert (made.state, made.step, made.title) == ("stopped", 13, LONG.title)
    assert made.resumable
    assert "step 13" in made.note
    assert library.curves(number).steps.tolist() == list(range(1, 14))
    assert library.curves(number).terms.tobytes() == library.curves(1).terms[:13].tobytes()
    assert MomentFolder(library.files(number)).steps() == list(range(14))
    kept = MomentFolder(library.files(1)).path
    for step in range(8, 15):
        (kept / f"step-{step:09}.moment").unlink()
    again = branch(library, 1, 13, small_dataset())
    assert MomentFolder(library.files(again)).steps() == [*range(8), 13]
    assert MomentFolder(library.files(1)).steps() == [*range(8), *range(15, 31)]
    assert library.thumbnail(number)


def test_where_the_way_cannot_be_taken_again_to_the_bit_the_kept_weights_are_used(
    folder: Path, library: Library
) -> None:
    way(folder, LONG, {3: LONG.with_value("penalties.l1.weight", 0.9)}, every=NEVER)
    with library.transaction() as connection:
        connection.execute("DELETE FROM changes")  # as in a library that was made again
    for file in MomentFolder(library.files(1)).path.glob("*.checkpoint"):
        if file.name != "step-000000000.checkpoint":
            file.unlink()
    number = branch(library, 1, 9, small_dataset())
    assert as_bytes(library.model(number).weights) == as_bytes(MomentFolder(library.files(1)).read(9).weights)
    assert "those that were kept are used" in library.summary(number).note
    assert library.run(number).value("penalties.l1.weight") == 0.9  # the settings that they were trained with


def test_a_branch_from_the_end_of_a_run_that_kept_its_best_epoch_has_the_last_weights_and_not_that_score(
    folder: Path, library: Library
) -> None:
    kept = {
        "endings": [{"kind": "patience", "epochs": 2, "keep": "best"}],
        "optimiser.learning_rate": 1.0,
        "epochs": 30,
    }
    run = RUN
    for path, value in kept.items():
        run = run.with_value(path, value)
    whole = keep(folder, run)
    end = last(whole).step
    assert as_bytes(MomentFolder(library.files(1)).read(end).weights) != weights(whole)
    number = branch(library, 1, end, small_dataset())
    made = library.summary(number)
    assert as_bytes(library.model(number).weights) == as_bytes(MomentFolder(library.files(1)).read(end).weights)
    assert (made.psnr, made.objective) == (None, None)
    assert "goes on with those of its last" in made.note


def test_a_branch_that_is_cancelled_leaves_nothing(folder: Path, library: Library) -> None:
    keep(folder, LONG, every=NEVER)

    def cancel(_: float) -> None:
        raise Cancelled("Enough.")

    with pytest.raises(Cancelled):
        branch(library, 1, 15, small_dataset(), report=cancel)
    assert [run.id for run in library.runs()] == [1]
    assert len(list((folder / "runs").iterdir())) == 1


def test_a_run_without_a_checkpoint_before_the_step_cannot_be_branched(folder: Path, library: Library) -> None:
    keep(folder, LONG, every=NEVER, moments=0)
    for file in library.files(1).glob("step-000000000.*"):
        file.unlink()
    with pytest.raises(LibraryError, match="keeps no checkpoint of step 3 or before"):
        branch(library, 1, 3, small_dataset())
    with pytest.raises(CheckpointError, match="not those that this training began with"):
        branch(library, 1, 30, small_dataset(train=112))
