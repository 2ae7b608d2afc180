"""Snapshots of a training: which are kept, within how much memory, and that they hold no more than they say."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aestudio.core.run.events import Preview
from aestudio.core.run.run import Run
from aestudio.studio.snapshots import MOST, Snapshots

IMAGES = np.zeros((4, 1, 2, 2), np.float32)


def at(step: int, *, units: int = 3) -> Preview:
    def made(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return np.full(shape, step, np.float32)

    weights = {"weight": torch.full((units, 4), float(step))}
    seen, code = made(4, 1, 2, 2), made(9, units)
    return Preview(step, "end to end", IMAGES, seen, 1 - seen, 1 - code, code, 1, Run(), weights)


def steps(snapshots: Snapshots) -> list[int]:
    return [one.step for one in snapshots.kept]


def test_a_few_moments_are_all_kept_in_their_order() -> None:
    snapshots = Snapshots()
    for step in (0, 1, 5, 40):
        snapshots.take(at(step), {})
    assert steps(snapshots) == [0, 1, 5, 40]


@pytest.mark.parametrize("rhythm", [1, 37])
def test_of_a_long_training_the_gaps_grow_with_the_steps(rhythm: int) -> None:
    snapshots = Snapshots()
    for step in range(0, 3000 * rhythm, rhythm):
        snapshots.take(at(step), {})
    kept = steps(snapshots)
    assert len(kept) == MOST
    assert kept[0] == 0
    assert kept[-1] == 2999 * rhythm
    assert kept[:8] == [rhythm * place for place in range(8)]  # every one of the first
    gaps = np.diff(kept)
    quarters = [float(np.mean(quarter)) for quarter in np.array_split(gaps, 4)]
    assert quarters == sorted(quarters)
    assert quarters[-1] > 4 * quarters[0]
    ratios = gaps[100:-1] / np.asarray(kept[100:-2])
    assert ratios.max() < 4 * ratios.min()  # no hole, and no crowd


@pytest.mark.parametrize("room", [0, 1, 2, 7])
def test_the_budget_holds_after_every_moment(room: int) -> None:
    one = Snapshots()
    one.take(at(1), {})
    snapshots = Snapshots(room * one.size + 1)
    for step in range(300):
        snapshots.take(at(step), {})
        assert snapshots.size <= snapshots.budget
    assert len(snapshots.kept) == room
    if room:
        assert snapshots.kept[-1].step == 299


def test_a_smaller_budget_holds_at_once() -> None:
    snapshots = Snapshots()
    for step in range(20):
        snapshots.take(at(step), {})
    snapshots.budget = snapshots.size // 3
    assert snapshots.size <= snapshots.budget
    assert steps(snapshots)[0] == 0
    assert steps(snapshots)[-1] == 19


def test_a_model_of_many_weights_leaves_room_for_fewer_moments() -> None:
    small, large = Snapshots(100_000), Snapshots(100_000)
    for step in range(200):
        small.take(at(step, units=8), {})
        large.take(at(step, units=128), {})
    assert len(large.kept) < len(small.kept)


def test_the_moment_that_is_looked_at_is_not_thinned_out() -> None:
    snapshots = Snapshots()
    for step in range(MOST):
        snapshots.take(at(step), {})
    looked_at = snapshots.kept[200]
    assert snapshots.hold(looked_at)
    for step in range(MOST, 4 * MOST):
        snapshots.take(at(step), {})
    assert looked_at in snapshots.kept
    assert len(snapshots.kept) == MOST


def test_a_moment_that_was_thinned_out_cannot_be_looked_at() -> None:
    snapshots = Snapshots()
    for step in range(MOST):
        snapshots.take(at(step), {})
    gone = snapshots.kept[200]
    for step in range(MOST, 4 * MOST):
        snapshots.take(at(step), {})
    assert not snapshots.hold(gone)
    assert snapshots.held is None


def test_a_snapshot_holds_no_larger_array_than_it_counts() -> None:
    batch = np.random.default_rng(0).random((256, 1, 2, 2), dtype=np.float32)
    preview = at(3)
    snapshots = Snapshots()
    snapshots.take(
        Preview(**(vars(preview) | {"original": batch[:4], "corrupted": batch[4:8]})),
        {},
    )
    kept = snapshots.kept[0].preview
    for array, whole in ((kept.original, batch[:4]), (kept.corrupted, batch[4:8])):
        assert array.tobytes() == whole.tobytes()
        assert array.base is None


def test_pictures_that_stay_the_same_are_kept_once() -> None:
    snapshots = Snapshots()
    for step in range(3):
        snapshots.take(at(step), {})
    assert len({id(one.preview.original) for one in snapshots.kept}) == 1


def test_a_moment_has_the_scores_of_its_own_step_and_no_others() -> None:
    snapshots = Snapshots()
    snapshots.take(at(5), {"mse": 0.5})
    snapshots.take(at(10), {})
    looked_at = snapshots.kept[-1]
    assert snapshots.hold(looked_at)
    snapshots.score(10, {"mse": 0.25})
    snapshots.take(at(15), {})
    snapshots.score(20, {"mse": 0.125})  # of a step that nobody has seen
    assert [one.scores for one in snapshots.kept] == [{"mse": 0.5}, {"mse": 0.25}, {}]
    assert snapshots.held is snapshots.kept[1]


def test_a_training_that_goes_on_from_an_earlier_step_leaves_what_came_after() -> None:
    snapshots = Snapshots()
    for step in (0, 10, 20, 30):
        snapshots.take(at(step), {})
    snapshots.forget(after=20)
    snapshots.take(at(25), {})
    assert steps(snapshots) == [0, 10, 20, 25]
