"""Two documents beside each other: they train together, hold together, and are looked at at one step."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event

import numpy as np
import pytest
from torch import Tensor

from aestudio.core.data.dataset import Dataset
from aestudio.core.data.sources.digits import Digits
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.library.moments import MomentFolder
from aestudio.core.run import recipes
from aestudio.core.run.events import Evaluated, Finished, Held, Preview, Progress
from aestudio.core.run.run import Run
from aestudio.core.training.pace import Pace
from aestudio.studio.comparison import Comparison
from aestudio.studio.differing import differing, names, same_batches
from aestudio.studio.document import Document
from aestudio.studio.events import StatusChanged, Told
from aestudio.studio.next_training import NextTraining
from aestudio.studio.notice import Failed, Noted
from aestudio.studio.status import State
from aestudio.studio.studio import Studio
from tests.studio.heard import Heard
from tests.studio.scoring import Scoring
from tests.studio.waiting import until

WEIGHT = "penalties.kl-sparsity.weight"


def short(epochs: int = 2) -> Run:
    return recipes.find("sparse-kl").run().with_value("network.widths", [8]).with_value("epochs", epochs)


def compared(studio: Studio, run: Run) -> Comparison:
    """A document with these settings, and a copy of it without its penalty."""
    studio.document.start_from(run)
    until(lambda: studio.document.status.can_train, studio.document)
    studio.compare()
    assert studio.comparison is not None
    studio.comparison.right.set_value(WEIGHT, 0.0)
    until(lambda: all(side.status.can_train for side in sides(studio)), *sides(studio))
    return studio.comparison


def sides(studio: Studio) -> tuple[Document, Document]:
    assert studio.comparison is not None
    return studio.comparison.sides


def heard(studio: Studio) -> tuple[Heard, Heard]:
    both = Heard(), Heard()
    for side, one in zip(sides(studio), both, strict=True):
        side.listen(one.append)
    return both


def wait(studio: Studio, *states: State) -> None:
    until(lambda: all(side.status.state in states for side in sides(studio)), *sides(studio))


def steps_of(document: Document) -> int:
    return -1 if document.timeline.step is None else document.timeline.step


def steps(studio: Studio) -> list[int]:
    return [steps_of(side) for side in sides(studio)]


def held(studio: Studio, told: tuple[Heard, Heard]) -> int:
    """The step at which both hold, which is shown of both."""
    wait(studio, State.PAUSED)

    def where() -> set[int]:
        return {one.step for events in told for one in events.of(Held)[-1:]} if all(e.of(Held) for e in told) else {-1}

    until(lambda: len(where()) == 1 and set(steps(studio)) == where() != {-1}, *sides(studio))
    (step,) = where()
    for events in told:
        events.clear()
    return step


def losses(events: Heard) -> np.ndarray:
    return np.concatenate([event.terms[:, 0] for event in events.of(Progress)])


def test_a_copy_has_the_settings_the_images_and_its_own_undo(studio: Studio) -> None:
    both = compared(studio, short())
    assert studio.document is both.right
    assert both.left.dataset is both.right.dataset
    assert [one.path for one in differing(both.left.run, both.right.run)] == [WEIGHT]
    both.right.undo()
    assert not differing(both.left.run, both.right.run)
    assert same_batches(both.left.run, both.right.run)


def test_both_sides_train_to_the_same_end_and_are_in_the_library(studio: Studio) -> None:
    both = compared(studio, short())
    told = heard(studio)
    both.train()
    wait(studio, State.READY)
    assert [one.of(Finished)[-1].step for one in told] == [44, 44]
    assert steps(studio) == [44, 44]
    assert {side.shown.number for side in both.sides} == {1, 2}
    assert len(losses(told[0])) == len(losses(told[1])) == 44
    assert losses(told[0])[0] == losses(told[1])[0]  # the same weights, the same images
    assert not any(events.of(Noted) for events in told)


def test_a_side_whose_images_are_being_read_is_waited_for_so_that_both_begin_at_once(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    comparison = compared(studio, short())
    go_on, read = Event(), Digits.read

    def slow(self: Digits, report: Report = unheard) -> Dataset:
        assert go_on.wait(60)
        return read(self, report)

    monkeypatch.setattr(Digits, "read", slow)
    comparison.right.set_value("data.held_out", 0.3)
    assert comparison.right.status.state is State.LOADING
    assert not comparison.can_train
    comparison.train()
    comparison.step()
    assert comparison.left.status.state is State.READY
    go_on.set()
    until(lambda: comparison.can_train, *sides(studio))
    comparison.train()
    assert [side.status.running for side in sides(studio)] == [True, True]
    wait(studio, State.READY)


def test_a_side_that_is_paused_holds_both_at_the_same_step_and_both_go_on(studio: Studio) -> None:
    both = compared(studio, short(10_000))
    told = heard(studio)
    both.train()
    until(lambda: min(steps(studio)) > 3, *both.sides)
    both.right.pause()  # by itself, as some other part of the program may
    at = held(studio, told)
    both.step()
    assert held(studio, told) == at + 1
    both.left.pause()
    wait(studio, State.TRAINING)
    until(lambda: min(steps(studio)) > at + 1, *both.sides)
    both.pause()
    held(studio, told)
    both.left.stop()
    wait(studio, State.READY)
    assert len(set(steps(studio))) == 1


def test_slow_motion_of_one_side_takes_the_steps_of_both(studio: Studio) -> None:
    both = compared(studio, short(10_000))
    both.right.slow_motion.go(20.0)
    until(lambda: min(steps(studio)) > 3, *both.sides)
    assert both.right.slow_motion.speed == 20.0
    assert {side.status.state for side in both.sides} == {State.PAUSED}
    both.right.slow_motion.go(None)
    wait(studio, State.TRAINING)
    both.stop()
    wait(studio, State.READY)
    assert len(set(steps(studio))) == 1


def test_one_that_ends_early_lets_the_other_go_on_and_says_so(studio: Studio) -> None:
    both = compared(studio, short(1))
    both.right.set_value("epochs", 2)
    told, _ = heard(studio)
    both.train()
    wait(studio, State.READY)
    assert steps(studio) == [22, 44]
    assert [one.sentence for one in told.of(Noted)] == ["The left side has ended at step 22; the right one goes on."]


def test_settings_that_cannot_be_trained_leave_the_other_side(studio: Studio) -> None:
    both = compared(studio, short())
    right = heard(studio)[1]
    both.right.set_value("batch_size", -1)
    assert right.of(Failed)
    assert differing(both.left.run, both.right.run)[0].path == WEIGHT
    both.right.set_value("network.activation", "relu")  # whose values are no probabilities
    assert both.right.status.problem
    both.train()
    wait(studio, State.READY)
    assert steps(studio) == [44, -1]
    assert [one.sentence for one in right.of(Failed)][-1] == both.right.status.problem


def test_a_side_with_a_model_of_its_settings_is_not_trained_again_but_looked_at_beside_the_other(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aestudio.core.training.moment.AHEAD", 1e9)
    both = compared(studio, short())
    both.left.train()
    wait(studio, State.READY)
    newest = both.left.shown.newest
    assert list(both.to_train()) == [both.right]
    both.step()
    until(lambda: steps(studio) == [1, 1], *both.sides)  # the kept one is shown where the other is
    both.pause()
    wait(studio, State.READY, State.TRAINING)
    until(lambda: both.right.status.state is State.READY, *both.sides)
    assert steps(studio) == [44, 44]
    assert both.left.shown.newest is newest


def test_going_back_on_one_side_takes_the_other_along(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aestudio.core.training.moment.AHEAD", 1e9)
    both = compared(studio, short())
    both.train()
    wait(studio, State.READY)
    studio.end_comparison()
    studio.compare_runs(1, 2)
    again = studio.comparison
    assert again is not None
    until(lambda: min(steps(studio)) > 0, *again.sides)
    assert studio.document is again.left
    assert len(studio.documents) == 2
    again.left.timeline.go(0)
    assert steps(studio) == [0, 0]
    again.right.timeline.go(3)
    assert steps(studio) == [again.right.timeline.step, again.left.timeline.step]
    again.left.timeline.follow()
    assert steps(studio) == [44, 44]


def test_closing_keeps_the_left_side_and_stops_the_other(studio: Studio) -> None:
    both = compared(studio, short(10_000))
    both.train()
    until(lambda: min(steps(studio)) > 3, *both.sides)
    assert studio.end_comparison()
    assert studio.comparison is None
    assert studio.document is both.left
    reached = steps_of(both.left)

    def left_alone() -> bool:
        studio.tick()
        return len(studio.documents) == 1 and steps_of(both.left) > reached

    until(left_alone)
    assert both.left.status.state is State.TRAINING
    both.left.stop()
    until(lambda: both.left.status.state is State.READY, both.left)


def trained_on_the_left(studio: Studio) -> Comparison:
    """A kept run of 44 steps, and a copy of it without the penalty that is not trained yet."""
    both = compared(studio, short())
    both.left.train()
    wait(studio, State.READY)
    return both


def without_moments(side: Document, steps: Sequence[int]) -> dict[int, dict[str, Tensor]]:
    """The library has only these moments of its run, and here there are none; the weights of the others."""
    assert side.shown.number is not None
    assert side.shelf.library is not None
    folder = MomentFolder(side.shelf.library.files(side.shown.number))
    gone = {step: dict(folder.read(step).weights) for step in folder.steps() if step not in steps}
    for step in gone:
        (folder.path / f"step-{step:09}.moment").unlink()
    side.kept.open_run(side.shown.number)
    assert set(side.timeline.steps) == {*steps, 44}
    return gone


def test_a_training_beside_a_kept_run_is_seen_at_its_moments_so_that_both_show_one_step(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aestudio.core.training.moment.AHEAD", 1e9)
    both = trained_on_the_left(studio)
    without_moments(both.left, range(0, 44, 7))
    seen: list[tuple[int, int]] = []

    def look(event: Told) -> None:
        if isinstance(event, Preview):
            seen.append((steps_of(both.left), steps_of(both.right)))

    both.left.listen(look)
    told = heard(studio)[1]
    both.train()
    wait(studio, State.READY)
    assert {one.step for one in told.of(Preview)} <= {*range(0, 44, 7), 44}
    assert [left for left, _ in seen] == [right for _, right in seen]
    assert steps(studio) == [44, 44]


def test_a_training_that_is_under_way_when_a_comparison_begins_is_seen_at_the_moments_of_the_other_side(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = trained_on_the_left(studio)
    left, right = both.sides
    both.close()
    right.set_value("epochs", 10_000)
    right.train()
    until(lambda: right.status.running, right)
    looked: list[tuple[int, ...]] = []
    monkeypatch.setattr(Pace, "look_at", lambda _self, steps: looked.append(tuple(steps)))
    again = Comparison(left, right)
    assert looked[0] == tuple(left.timeline.steps) != ()
    again.close()
    right.stop()
    until(lambda: not right.status.running, right)


def test_a_kept_run_is_computed_again_to_the_step_at_which_the_other_side_holds(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aestudio.core.training.moment.AHEAD", 1e9)
    both = trained_on_the_left(studio)
    gone = without_moments(both.left, (0,))
    for step in (1, 2, 3):
        both.step()
        until(lambda: steps(studio) == [step, step], *both.sides)  # noqa: B023
        assert both.left.preview is not None
        assert {name: one.numpy().tobytes() for name, one in both.left.preview.weights.items()} == {
            name: one.numpy().tobytes() for name, one in gone[step].items()
        }
    assert both.right.shown.moment is None
    both.stop()
    wait(studio, State.READY)


def test_two_kept_runs_are_looked_at_at_one_step_wherever_their_moments_lie(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aestudio.core.training.moment.AHEAD", 1e9)
    both = trained_on_the_left(studio)
    both.train()
    wait(studio, State.READY)
    without_moments(both.left, range(0, 44, 7))
    without_moments(both.right, range(0, 44, 5))
    both.left.timeline.go(1)
    until(lambda: steps(studio) == [7, 7], *both.sides)
    both.right.timeline.go(2)
    until(lambda: steps(studio) == [10, 10], *both.sides)
    both.right.timeline.follow()
    assert steps(studio) == [44, 44]


def test_what_would_take_long_to_compute_again_is_shown_at_the_moment_before(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aestudio.core.training.moment.AHEAD", 1e9)
    monkeypatch.setattr("aestudio.studio.between.AFFORDED_SECONDS", -1.0)
    both = trained_on_the_left(studio)
    without_moments(both.left, (0,))
    left = heard(studio)[0]
    both.step()
    until(lambda: steps_of(both.right) == 1 and not both.left.busy, *both.sides)
    assert steps(studio) == [0, 1]
    assert not left.of(Failed)
    both.stop()
    wait(studio, State.READY)


def test_both_sides_go_on_from_where_they_ended(studio: Studio) -> None:
    both = compared(studio, short())
    both.train()
    wait(studio, State.READY)
    told = heard(studio)
    both.go_on(dict.fromkeys(both.sides, 3))
    wait(studio, State.READY)
    assert steps(studio) == [66, 66]
    assert {side.shown.number for side in both.sides} == {1, 2}
    assert not any(events.of(Noted) for events in told)


def test_where_one_side_cannot_go_on_the_other_does_and_it_is_said(studio: Studio) -> None:
    both = trained_on_the_left(studio)
    told = heard(studio)[1]
    both.go_on({both.left: 3})
    wait(studio, State.READY)
    assert steps(studio) == [66, -1]
    said = "Only the left side goes on: the right one has no training that can."
    assert [one.sentence for one in told.of(Noted)] == [said]


def closed(studio: Studio) -> None:
    """Until nothing goes on any more at the right side, which has been closed."""

    def alone() -> bool:
        studio.tick()
        return len(studio.documents) == 1

    until(alone)


def test_closing_while_the_other_side_is_scored_keeps_its_scores(studio: Studio, scoring: Scoring) -> None:
    both = compared(studio, short(10_000))
    told = heard(studio)[1]
    both.right.train()
    until(lambda: bool(told.of(Progress)), *both.sides)
    both.right.stop()
    until(lambda: both.right.status.state is State.MEASURING, *both.sides)
    assert studio.end_comparison()
    scoring.may_end.set()
    closed(studio)
    end = told.of(Finished)[-1].step
    assert [one.step for one in told.of(Evaluated) if one.split == "held-out"][-1] == end
    assert studio.shelf.library is not None
    assert studio.shelf.library.summary(1).psnr is not None


def test_closing_calls_off_a_side_that_waits_for_its_data(studio: Studio) -> None:
    studio.document.start_from(short(10_000))
    until(lambda: studio.document.status.can_train, studio.document)
    studio.compare()
    right = sides(studio)[1]
    told = heard(studio)[1]
    right.trainer.prepare(NextTraining(waits=True))
    assert right.status.state is State.LOADING
    assert studio.end_comparison()
    closed(studio)
    assert not any(one.status.running for one in told.of(StatusChanged))


def paused_at(studio: Studio) -> int:
    """A training that is paused, with a copy beside it that can be trained; at which step."""
    left, told = studio.document, Heard()
    left.listen(told.append)
    left.start_from(short(10_000))
    until(lambda: left.status.can_train, left)
    left.train()
    until(lambda: steps_of(left) > 5, left)
    left.pause()
    until(lambda: bool(told.of(Held)), left)
    studio.compare()
    until(lambda: sides(studio)[1].status.can_train, *sides(studio))
    return told.of(Held)[-1].step


def test_training_beside_a_paused_side_begins_the_other_and_goes_on_with_both(studio: Studio) -> None:
    at = paused_at(studio)
    both = studio.comparison
    assert both is not None
    both.train()
    until(lambda: min(steps(studio)) > at, *both.sides)
    both.stop()
    wait(studio, State.READY)
    assert len(set(steps(studio))) == 1


def test_a_step_beside_a_paused_side_is_one_of_the_side_that_is_behind(studio: Studio) -> None:
    at = paused_at(studio)
    both = studio.comparison
    assert both is not None
    told = heard(studio)[1]
    for step in (1, 2):
        both.step()
        until(lambda: any(one.step == step for one in told.of(Held)), *both.sides)  # noqa: B023
    both.stop()
    wait(studio, State.READY)
    assert steps(studio) == [at, 2]


def test_slow_motion_beside_a_side_that_is_behind_lets_that_catch_up_first(studio: Studio) -> None:
    at = paused_at(studio)
    both = studio.comparison
    assert both is not None
    both.left.slow_motion.go(20.0)
    until(lambda: min(steps(studio)) > at, *both.sides)
    both.stop()
    wait(studio, State.READY)
    assert len(set(steps(studio))) == 1


def test_a_copy_of_a_training_that_goes_on_catches_up_with_it(studio: Studio) -> None:
    studio.document.start_from(short(10_000))
    until(lambda: studio.document.status.can_train, studio.document)
    studio.document.train()
    until(lambda: steps_of(studio.document) > 5, studio.document)
    studio.compare()
    both = studio.comparison
    assert both is not None
    until(lambda: both.right.status.can_train, *both.sides)
    both.train()
    until(lambda: steps_of(both.right) > 5, *both.sides)
    told = heard(studio)
    both.pause()
    wait(studio, State.PAUSED)
    until(lambda: all(events.of(Held) for events in told), *both.sides)
    both.stop()
    wait(studio, State.READY)
    assert steps_of(both.left) >= steps_of(both.right)


def test_sides_are_named_by_what_differs(studio: Studio) -> None:
    run = short()
    without = run.with_value("penalties", [])
    assert [str(one) for one in names(run, run.with_value(WEIGHT, 0.0))] == ["Left: λ 0.2", "Right: λ 0"]
    assert [str(one) for one in names(run, without)] == [
        "Left: with KL sparsity, with L2 on weights",
        "Right: without KL sparsity, without L2 on weights",
    ]
    assert not same_batches(run, run.with_value("seed", 1))
    assert not same_batches(run, run.with_value("batch_size", 1))
    assert not same_batches(run, run.with_value("augmentation", {"kind": "flips"}))
