"""What ends a training before its last epoch: time, and a held-out objective that no longer falls."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from aestudio.cli import main
from aestudio.core.ground.errors import RunError
from aestudio.core.library import rebuilding
from aestudio.core.library.catalogue import MODEL, Library
from aestudio.core.parts.endings.patience import Patience
from aestudio.core.run.events import Evaluated, Event, Finished, Progress
from aestudio.core.run.run import Run
from aestudio.core.training.clock import Clock
from aestudio.core.training.controls import Controls
from aestudio.core.training.fit import fit
from tests.core.conftest import small_dataset
from tests.core.trainings import Keeping, as_bytes, keep, last, scores, train, weights

RUN = Run(epochs=40, batch_size=16).with_value("network.widths", [12])
"""Six steps an epoch of the small data."""
STILL = RUN.with_value("optimiser.learning_rate", 0.0)
"""Learns nothing, so the held-out objective stays what it is."""


class Watch:
    """A clock on which every reading is a second later than the one before."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr("aestudio.core.training.clock.time.perf_counter", self)

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    return Watch(monkeypatch)


# -- patience ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held_out", "over"),
    [
        ([5.0], False),
        ([5.0, 4.0, 3.0], False),
        ([5.0, 3.0, 4.0], False),
        ([5.0, 3.0, 4.0, 3.5], True),
        ([5.0, 3.0, 3.0, 3.0], True),
        ([5.0, 3.0, 4.0, 2.9], False),
        ([float("inf"), float("inf"), 4.0, 3.0], False),
    ],
)
def test_patience_is_over_after_two_epochs_that_were_no_better(held_out: list[float], over: bool) -> None:
    assert Patience(epochs=2).over(held_out) == over


def test_a_training_that_no_longer_gets_better_ends_early_and_says_why() -> None:
    events = train(STILL.with_value("endings.patience.epochs", 3))
    end = last(events)
    assert (end.reason, end.step) == ("completed", 18)
    assert end.note == "Early stopping: the held-out objective has not fallen for 3 epochs."


def test_a_training_that_gets_better_runs_to_its_end_and_has_nothing_to_say() -> None:
    end = last(train(RUN.with_value("epochs", 3).with_value("endings.patience.epochs", 2)))
    assert (end.reason, end.step, end.note) == ("completed", 18, "")


def test_patience_ends_a_phase_and_the_next_one_begins() -> None:
    run = STILL.with_value("network.widths", [12, 6]).with_value("schedule", {"kind": "greedy", "layer_epochs": 30})
    events = train(run.with_value("endings.patience.epochs", 2))
    phases = [event.phase for event in events if isinstance(event, Progress)]
    assert list(dict.fromkeys(phases)) == ["layer 1", "layer 2", "fine-tuning"]
    assert (last(events).step, last(events).depth) == (36, None)


@pytest.mark.parametrize("step", [0, 5, 6, 13, 17])
def test_a_training_with_patience_goes_on_from_a_checkpoint_to_the_same_end(step: int, tmp_path: Path) -> None:
    run = STILL.with_value("corruption", "gaussian").with_value("endings.patience.epochs", 3)
    keeping = Keeping(tmp_path)
    whole = list(fit(run, small_dataset(), keeper=keeping))
    made = next(one for one in keeping.kept() if one.position.step == step)
    rest = list(fit(run, small_dataset(), resume=made))
    assert (last(rest).step, last(rest).note) == (last(whole).step, last(whole).note)
    assert weights(rest) == weights(whole)
    assert scores(whole)[-len(scores(rest)) :] == scores(rest)


# -- the best epoch ----------------------------------------------------------------------------------------------------

WILD = RUN.with_value("optimiser.learning_rate", 0.3).with_value("corruption", "gaussian")
"""Its held-out objective goes up and down."""
BEST = (
    WILD.with_value("epochs", 12).with_value("endings.patience.epochs", 100).with_value("endings.patience.keep", "best")
)


def held_out(events: list[Event]) -> list[Evaluated]:
    return [event for event in events if isinstance(event, Evaluated) and event.split == "held-out"]


def test_a_training_that_keeps_its_best_epoch_ends_with_those_weights_and_says_which() -> None:
    events = train(BEST)
    *epochs, kept = held_out(events)
    best = min(epochs, key=lambda one: one.objective)
    assert best.step < last(events).step == 72
    assert (kept.step, kept.objective, kept.scores["mse"]) == (72, best.objective, best.scores["mse"])
    assert last(events).note == f"The weights of epoch {best.epoch} are kept, where the held-out objective was lowest."
    assert weights(events) == weights(train(BEST.with_value("epochs", best.epoch)))


def test_a_training_keeps_its_newest_weights_unless_it_is_told_otherwise() -> None:
    newest = train(BEST.with_value("endings.patience.keep", "last"))
    assert weights(newest) == weights(train(BEST.with_value("endings", [])))
    assert last(newest).note == ""
    assert len(held_out(newest)) == 13


def test_where_the_last_epoch_is_the_best_there_is_nothing_to_say() -> None:
    run = RUN.with_value("epochs", 3).with_value("endings.patience.keep", "best")
    events = train(run)
    objectives = [one.objective for one in held_out(events)]
    assert objectives == sorted(objectives, reverse=True)
    assert (len(objectives), last(events).note) == (4, "")


def test_early_stopping_says_why_it_ended_and_which_weights_are_kept() -> None:
    events = train(BEST.with_value("endings.patience.epochs", 2))
    assert last(events).step < 72
    assert last(events).note.startswith(
        "Early stopping: the held-out objective has not fallen for 2 epochs. The weights"
    )


def test_every_phase_ends_with_its_best_epoch() -> None:
    run = BEST.with_value("network.widths", [12, 6]).with_value("schedule", {"kind": "greedy", "layer_epochs": 12})
    events = train(run)
    first = [one for one in held_out(events) if one.phase == "layer 1"]
    second = next(one for one in held_out(events) if one.phase == "layer 2")
    best = min(first, key=lambda one: one.objective)
    assert best is not first[-1]
    alone = train(run.with_value("schedule.layer_epochs", best.epoch).with_value("endings", []))
    assert second.scores["mse"] == next(one for one in held_out(alone) if one.phase == "layer 2").scores["mse"]


@pytest.mark.parametrize("step", [0, 13, 36, 50, 71, 72])
@pytest.mark.slow
def test_a_training_that_keeps_its_best_epoch_goes_on_from_a_checkpoint_to_the_same_weights(
    step: int, tmp_path: Path
) -> None:
    keeping = Keeping(tmp_path)
    whole = list(fit(BEST, small_dataset(), keeper=keeping))
    made = next(one for one in keeping.kept() if one.position.step == step)
    rest = list(fit(BEST, small_dataset(), resume=made))
    assert (last(rest).step, last(rest).note) == (last(whole).step, last(whole).note)
    assert weights(rest) == weights(whole)
    assert held_out(rest)[-1].scores == held_out(whole)[-1].scores


def test_a_training_whose_best_epoch_was_kept_goes_on_from_its_newest_weights(tmp_path: Path) -> None:
    keeping = Keeping(tmp_path)
    list(fit(BEST.with_value("epochs", 6), small_dataset(), keeper=keeping))
    rest = list(fit(BEST, small_dataset(), resume=keeping.kept()[-1]))
    assert weights(rest) == weights(train(BEST))


def test_a_person_who_stops_keeps_the_newest_weights() -> None:
    controls = Controls()
    events: list[Event] = []
    for event in fit(BEST, small_dataset(), controls):
        events.append(event)
        if isinstance(event, Evaluated) and event.step == 60:
            controls.stop()
    assert last(events).note == ""
    assert weights(events) == weights(train(BEST.with_value("endings", []).with_value("epochs", 10)))


def test_after_a_live_change_the_best_epoch_is_one_of_those_that_follow() -> None:
    run, controls = BEST.with_value("penalties", ["l1"]), Controls()
    events: list[Event] = []
    for event in fit(run, small_dataset(), controls):
        events.append(event)
        if isinstance(event, Evaluated) and event.step == 30:
            controls.use(run.with_value("l1.weight", 50.0))
    after = [one for one in held_out(events)[:-1] if one.step > 30]
    assert held_out(events)[-1].objective == min(one.objective for one in after)


def test_the_library_keeps_the_best_epoch_with_its_own_scores(tmp_path: Path) -> None:
    events = keep(tmp_path, BEST)
    best = min(held_out(events), key=lambda one: one.objective)
    with Library(tmp_path) as library:
        model = library.model(1)
        assert model.scores["mse"] == best.scores["mse"]
        assert all(tensor.equal(model.weights[name]) for name, tensor in (last(events).weights or {}).items())


def test_a_model_says_which_epoch_it_is_of_wherever_it_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    epoch = last(keep(tmp_path, BEST)).kept_epoch
    assert epoch is not None
    with Library(tmp_path) as library:
        assert library.summary(1).kept_epoch == library.saved(1).kept_epoch == epoch
        path = library.files(1) / MODEL
    assert main(["info", str(path)]) == 0
    assert re.search(rf"Weights of epoch +{epoch} *$", capsys.readouterr().out, re.MULTILINE)
    assert main(["info", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kept_epoch"] == epoch
    rebuilding.rebuild(tmp_path)
    with Library(tmp_path) as library:
        assert library.summary(1).kept_epoch == epoch


def test_a_model_with_its_newest_weights_names_no_epoch_nor_does_one_that_goes_on(tmp_path: Path) -> None:
    keep(tmp_path, RUN.with_value("epochs", 2))
    keep(tmp_path, BEST)
    keep(tmp_path, BEST.with_value("epochs", 13), number=2)
    with Library(tmp_path) as library:
        assert library.summary(1).kept_epoch is library.saved(1).kept_epoch is None
        assert library.summary(2).kept_epoch == library.saved(2).kept_epoch
        library.write([2], step=79)  # as an older program, which knows nothing of it, goes on
        assert library.summary(2).kept_epoch is None


def test_the_best_epoch_comes_from_the_checkpoint_where_its_model_file_is_gone(tmp_path: Path) -> None:
    events = keep(tmp_path, BEST)
    with Library(tmp_path) as library:
        (library.files(1) / MODEL).unlink()
        model = library.model(1)
    assert model.kept_epoch == last(events).kept_epoch
    assert as_bytes(model.weights) == weights(events)


# -- time --------------------------------------------------------------------------------------------------------------


def test_a_training_ends_when_its_time_is_over_is_scored_there_and_says_why(watch: Watch) -> None:
    events = train(RUN.with_value("endings.time-limit.minutes", 0.2))
    end = last(events)
    assert end.reason == "completed"
    assert 0 < end.step < 240
    assert end.note == "The time limit of 12 s was reached."
    assert held_out(events)[-1].step == end.step


def test_time_that_went_by_before_the_first_step_or_paused_does_not_count(watch: Watch) -> None:
    clock = Clock(steps=100, batch=10)
    watch.now += 60
    clock.begin(0)
    clock.pause()
    watch.now += 60
    clock.resume()
    assert clock.seconds < 5


class Waiting(Controls):
    """Has to wait a minute for another training before each step."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    def may_step(self) -> bool:
        self._watch.now += 60
        return super().may_step()


def test_time_that_is_waited_for_another_training_does_not_count(watch: Watch) -> None:
    limited = RUN.with_value("epochs", 1).with_value("endings.time-limit.minutes", 1.0)
    end = last(list(fit(limited, small_dataset(), Waiting(watch))))
    assert (end.step, end.note) == (6, "")


def test_the_time_left_is_never_more_than_the_limit(watch: Watch) -> None:
    events = train(RUN.with_value("endings.time-limit.minutes", 0.5))
    left = [event.seconds_left for event in events if isinstance(event, Progress) if event.seconds_left is not None]
    assert left
    assert max(left) <= 30


def test_a_run_that_its_time_ended_goes_on_and_ends_as_if_it_had_been_trained_at_once(
    watch: Watch, tmp_path: Path
) -> None:
    run = RUN.with_value("corruption", "gaussian").with_value("epochs", 4)
    first = keep(tmp_path, run.with_value("endings.time-limit.minutes", 0.2))
    assert 0 < last(first).step < 24
    with Library(tmp_path) as library:
        assert library.summary(1).state == "completed"
        assert library.model(1).scores == scores(first)[-1].scores
    rest = keep(tmp_path, run, number=1)
    assert last(rest).step == 24
    assert weights(rest) == weights(train(run))


def test_of_two_endings_the_one_that_comes_first_ends_the_training(watch: Watch) -> None:
    both = STILL.with_value("endings.patience.epochs", 2).with_value("endings.time-limit.minutes", 1000.0)
    end: Finished = last(train(both))
    assert end.note.startswith("Early stopping")


def test_each_ending_is_listed_once() -> None:
    with pytest.raises(RunError, match="listed twice"):
        Run.from_settings({"endings": [{"kind": "patience"}, {"kind": "patience"}]})
