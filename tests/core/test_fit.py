"""The loop: its events, its reproducibility, what a person may do to it, and how it fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground import compute
from aestudio.core.model.trained import Model
from aestudio.core.parts.families.code import Code
from aestudio.core.parts.families.corruption import Corruption
from aestudio.core.parts.families.optimiser import Optimiser
from aestudio.core.parts.families.penalty import Penalty
from aestudio.core.parts.families.rate import Rate
from aestudio.core.parts.one_pass import Pass
from aestudio.core.parts.slots import options
from aestudio.core.probes import preview as previews
from aestudio.core.run.events import (
    Changed,
    Evaluated,
    Event,
    Finished,
    Held,
    Measuring,
    Preview,
    Progress,
    Started,
    as_json,
)
from aestudio.core.run.run import Run
from aestudio.core.theory.tradeoff import error
from aestudio.core.training.clock import Clock
from aestudio.core.training.controls import Controls
from aestudio.core.training.fit import fit
from aestudio.core.training.step import Step
from tests.core import definitions
from tests.core.conftest import small_dataset
from tests.present import present

Train = Callable[[Run], list[Event]]
RUN = Run(epochs=3, batch_size=16).with_value("network.widths", [12])
DEEP = RUN.with_value("network.widths", [12, 6, 4])


def losses(events: list[Event]) -> np.ndarray:
    return np.concatenate([event.terms for event in events if isinstance(event, Progress)])


def held_out(events: list[Event]) -> list[Evaluated]:
    return [event for event in events if isinstance(event, Evaluated) and event.split == "held-out"]


def last(events: list[Event]) -> Finished:
    assert isinstance(events[-1], Finished)
    return events[-1]


# -- the stream --------------------------------------------------------------------------------------------------------


def test_a_run_starts_says_every_step_and_finishes(trained: Train) -> None:
    events = trained(RUN)
    assert isinstance(events[0], Started)
    assert events[0].steps == 18
    progress = [event for event in events if isinstance(event, Progress)]
    assert progress[0].first_step == 1
    assert all(b.first_step == a.first_step + len(a.terms) for a, b in pairwise(progress))
    assert len(losses(events)) == 18
    assert (last(events).reason, last(events).step, last(events).error) == ("completed", 18, "")
    assert last(events).weights


def test_every_epoch_is_scored_on_both_splits(trained: Train) -> None:
    events = trained(RUN)
    assert [event.epoch for event in held_out(events)] == [0, 1, 2, 3]
    assert [event.epoch for event in events if isinstance(event, Evaluated) and event.split == "train"] == [1, 2, 3]
    for event in held_out(events):
        assert {"mse", "psnr", "mean_activation", "sparseness", "dead_units"} <= set(event.scores)
        assert event.scores["psnr"] == pytest.approx(-10 * np.log10(event.scores["mse"]))
        assert event.terms["reconstruction"] == pytest.approx(event.scores["mse"] * 64, rel=1e-4)


def test_the_training_score_of_an_epoch_is_the_mean_of_its_steps(trained: Train) -> None:
    events = trained(RUN)
    first = next(event for event in events if isinstance(event, Evaluated) and event.split == "train")
    assert first.terms["reconstruction"] == pytest.approx(float(losses(events)[:6, 0].mean()), rel=1e-6)


def test_every_event_is_plain_json(trained: Train) -> None:
    import json

    controls = Controls()
    controls.ask_for_preview()
    for event in fit(RUN, small_dataset(), controls):
        said = json.loads(json.dumps(as_json(event), allow_nan=False))
        assert said["event"] == type(event).__name__


def test_nobody_listening_means_no_previews(trained: Train) -> None:
    assert not [event for event in trained(RUN) if isinstance(event, Preview)]


# -- reproducibility ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", options(Corruption))
def test_the_same_seed_gives_the_same_losses_to_the_last_bit(trained: Train, kind: str) -> None:
    run = RUN.with_value("corruption", kind).with_value("penalties", [{"kind": "contractive", "method": "estimate"}])
    first, again, other = trained(run), trained(run), trained(run.with_value("seed", 1))
    assert losses(first).tobytes() == losses(again).tobytes()
    weights = present(last(first).weights)
    assert all(weights[name].equal(tensor) for name, tensor in present(last(again).weights).items())
    assert losses(first).tobytes() != losses(other).tobytes()


def test_looking_on_does_not_change_the_losses(trained: Train) -> None:
    run = RUN.with_value("corruption", "gaussian")
    controls = Controls()
    watched: list[Event] = []
    for event in fit(run, small_dataset(), controls):
        controls.ask_for_preview()
        watched.append(event)
    assert [event for event in watched if isinstance(event, Preview)]
    assert losses(watched).tobytes() == losses(trained(run)).tobytes()


def test_pausing_and_stepping_do_not_change_the_losses(trained: Train) -> None:
    controls = Controls(paused=True)
    for _ in range(5):
        controls.step()
    events: list[Event] = []
    for event in fit(RUN, small_dataset(), controls):
        events.append(event)
        if isinstance(event, Progress) and event.first_step + len(event.terms) == 6:
            controls.resume()
    assert losses(events).tobytes() == losses(trained(RUN)).tobytes()


# -- every slot trains -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", options(Optimiser))
@pytest.mark.parametrize("rate", options(Rate))
def test_every_optimiser_with_every_rate_lowers_the_loss(trained: Train, kind: str, rate: str) -> None:
    run = (
        Run(epochs=20, batch_size=16)
        .with_value("optimiser", {"kind": kind, "learning_rate": 0.01})
        .with_value("rate", rate)
    )
    events = trained(run)
    assert held_out(events)[-1].objective < 0.8 * held_out(events)[0].objective


@pytest.mark.parametrize("kind", [kind for kind, one in options(Penalty).items() if definitions.falls(one)])
def test_every_penalty_falls_when_it_is_all_that_counts(trained: Train, kind: str) -> None:
    run = Run(epochs=20, batch_size=16).with_value("penalties", [{"kind": kind, "weight": 100.0}])
    for path, value in definitions.company(options(Penalty)[kind]).items():
        run = run.with_value(path, value)
    events = trained(run.with_value("optimiser.learning_rate", 0.01))
    assert held_out(events)[-1].terms[kind] < 0.7 * held_out(events)[0].terms[kind]


@pytest.mark.parametrize("kind", options(Code))
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 9, 11)], ids=str)
def test_every_code_trains_in_a_convolutional_network(kind: str, shape: tuple[int, int, int]) -> None:
    run = (
        Run(epochs=8, batch_size=16)
        .with_value("network", {"kind": "conv", "channels": [4, 8], "code_size": 12})
        .with_value("code", kind)
    )
    events = list(fit(run.with_value("optimiser.learning_rate", 0.01), small_dataset(shape)))
    assert held_out(events)[-1].objective < held_out(events)[0].objective


def test_the_linear_autoencoder_reaches_the_floor_of_pca(small: Dataset) -> None:
    settings = {
        "network": {"kind": "linear", "code_size": 3},
        "optimiser": {"kind": "adam", "learning_rate": 0.02},
        "rate": "cosine",
    }
    run = Run.from_settings({**settings, "epochs": 2500, "batch_size": 96})
    events = list(fit(run, small))
    x = small.train.images.gather(torch.arange(96)).flatten(1).double() / 255
    centred = x - x.mean(0)
    discarded = torch.linalg.svdvals(centred)[3:].square().sum() / 96
    reached = float(losses(events)[-1, 0])
    assert reached == pytest.approx(float(discarded), rel=0.01)
    decoder = present(last(events).weights)["stages.0.V"].double()
    principal = torch.linalg.svd(centred, full_matrices=False).Vh[:3]
    angles = torch.linalg.svdvals(principal @ torch.linalg.qr(decoder).Q)
    assert float(angles.min()) > 0.999  # the same subspace


# -- layer by layer ----------------------------------------------------------------------------------------------------


def test_greedy_training_goes_through_every_layer_then_fine_tunes(trained: Train) -> None:
    events = trained(DEEP.with_value("schedule", {"kind": "greedy", "layer_epochs": 2}))
    assert isinstance(events[0], Started)
    assert events[0].phases == ("layer 1", "layer 2", "layer 3", "fine-tuning")
    assert list(dict.fromkeys(event.phase for event in events if isinstance(event, Progress))) == list(events[0].phases)
    assert events[0].steps == len(losses(events)) == (3 * 2 + 3) * 6


def test_each_layer_learns_alone_and_from_the_code_below() -> None:
    run = DEEP.with_value("schedule", {"kind": "greedy", "layer_epochs": 1, "fine_tune": False})
    controls = Controls()
    seen: dict[str, dict[str, torch.Tensor]] = {}
    for event in fit(run, small_dataset(), controls):
        controls.ask_for_preview()
        if isinstance(event, Preview):
            seen.setdefault(event.phase, event.weights)
    first, second = seen["layer 1"], seen["layer 2"]
    assert not first["stages.0.W"].equal(second["stages.0.W"])
    assert first["stages.1.W"].equal(second["stages.1.W"])
    assert second["stages.0.W"].equal(seen["layer 3"]["stages.0.W"])
    assert not second["stages.1.W"].equal(seen["layer 3"]["stages.1.W"])


def test_greedy_training_shows_whole_images_at_every_depth() -> None:
    controls = Controls()
    depths = set()
    for event in fit(DEEP.with_value("schedule", {"kind": "greedy", "layer_epochs": 1}), small_dataset(), controls):
        controls.ask_for_preview()
        if isinstance(event, Preview):
            depths.add(event.depth)
            assert event.reconstructed.shape == event.original.shape
            assert event.hidden.shape[1] == (12, 6, 4)[event.depth - 1]
    assert depths == {1, 2, 3}


def test_a_single_layer_is_refused_before_training(trained: Train) -> None:
    (only,) = trained(RUN.with_value("schedule", "greedy"))
    assert isinstance(only, Finished)
    assert only.reason == "failed"
    assert "at least two layers" in only.error


# -- what a person may do ----------------------------------------------------------------------------------------------


@pytest.fixture
def measuring(monkeypatch: pytest.MonkeyPatch) -> Controls:
    """Of a training that says before each held-out batch how far the scoring is."""
    monkeypatch.setattr("aestudio.core.training.fit.MEASURING_SECONDS", 0.0)
    return Controls()


def run_in_thread(events: Iterator[Event]) -> tuple[list[Event], threading.Thread]:
    read: list[Event] = []
    thread = threading.Thread(target=lambda: read.extend(events))
    thread.start()
    return read, thread


def test_stopping_ends_the_run_and_keeps_the_weights() -> None:
    controls = Controls()
    events: list[Event] = []
    for event in fit(RUN.with_value("epochs", 10_000), small_dataset(), controls):
        events.append(event)
        if isinstance(event, Evaluated) and event.epoch == 2:
            controls.stop()
    assert last(events).reason == "stopped"
    assert last(events).weights
    assert last(events).step < 60


def test_a_stopped_run_is_scored_where_it_stopped() -> None:
    controls = Controls(paused=True)
    for _ in range(8):  # six are an epoch
        controls.step()
    events: list[Event] = []
    for event in fit(RUN, small_dataset(), controls):
        events.append(event)
        if isinstance(event, Held):
            controls.stop()
    scored = held_out(events)[-1]
    assert (last(events).reason, last(events).step, scored.step, scored.epoch) == ("stopped", 8, 8, 1)
    model = Model(RUN, (1, 8, 8), present(last(events).weights))
    assert error(model, small_dataset().held_out.images, compute.choose("cpu")) == scored.scores["mse"]
    assert events.index(scored) == len(events) - 2


def test_a_run_that_stops_at_the_end_of_an_epoch_is_scored_once() -> None:
    controls = Controls()
    events: list[Event] = []
    for event in fit(RUN, small_dataset(), controls):
        events.append(event)
        if isinstance(event, Evaluated) and event.split == "train":
            controls.stop()
    assert [one.step for one in held_out(events)] == [0, 6]
    assert (last(events).reason, last(events).step) == ("stopped", 6)


def test_an_untrained_network_that_is_stopped_is_not_scored(measuring: Controls) -> None:
    events: list[Event] = []
    for event in fit(RUN, small_dataset(), measuring):
        events.append(event)
        if isinstance(event, Measuring):
            measuring.stop()
    assert held_out(events) == []
    assert (last(events).reason, last(events).step) == ("stopped", 0)


def test_the_first_picture_comes_before_the_first_scores(measuring: Controls) -> None:
    measuring.ask_for_preview()
    kinds = [type(event) for event in fit(RUN, small_dataset(), measuring)]
    assert kinds.index(Preview) < kinds.index(Measuring) < kinds.index(Evaluated)


def test_how_far_the_scoring_is_is_said_before_each_batch(measuring: Controls) -> None:
    events = list(fit(RUN.with_value("epochs", 1), small_dataset(), measuring))
    told = [(one.done, one.of, one.last) for one in events if isinstance(one, Measuring)]
    assert told == [(0, 32, False), (16, 32, False)] * 2


def test_a_stop_while_held_out_images_are_scored_goes_on_to_the_scores_of_the_model_as_it_stays(
    measuring: Controls,
) -> None:
    events: list[Event] = []
    for event in fit(RUN, small_dataset(), measuring):
        events.append(event)
        if isinstance(event, Measuring) and len(held_out(events)) == 1:
            measuring.stop()
    assert [one.last for one in events if isinstance(one, Measuring)][-1]
    assert (last(events).step, held_out(events)[-1].step) == (6, 6)


def test_a_model_is_shown_before_its_last_scores_are_there(measuring: Controls) -> None:
    measuring.ask_for_preview()
    events: list[Event] = []
    for event in fit(RUN, small_dataset(), measuring):
        events.append(event)
        if isinstance(event, Measuring) and len(held_out(events)) == 1:
            measuring.stop()
    final = [isinstance(one, Measuring) and one.last for one in events].index(True)
    before = events[final - 1]
    assert isinstance(before, Preview)
    assert before.step == last(events).step == 6


def test_where_nobody_waits_for_scores_the_run_ends_at_once_without(measuring: Controls) -> None:
    events: list[Event] = []
    for event in fit(RUN, small_dataset(), measuring):
        events.append(event)
        if isinstance(event, Measuring) and len(held_out(events)) == 1:
            measuring.hurry()
    assert [one.step for one in held_out(events)] == [0]
    assert (last(events).reason, last(events).step) == ("stopped", 6)
    assert isinstance(events[-2], Measuring)


def test_a_pause_while_held_out_images_are_scored_holds_there(measuring: Controls) -> None:
    events: list[Event] = []
    for event in fit(RUN, small_dataset(), measuring):
        events.append(event)
        held = any(isinstance(one, Held) for one in events)
        if isinstance(event, Measuring) and len(held_out(events)) == 1 and not held:
            measuring.pause()
        if isinstance(event, Held):
            assert isinstance(events[-2], Measuring)
            measuring.resume()
    assert [event.step for event in events if isinstance(event, Held)] == [6]
    whole = list(fit(RUN, small_dataset()))
    assert held_out(events) == held_out(whole)
    assert losses(events).tobytes() == losses(whole).tobytes()


def test_a_paused_run_stops_when_it_is_told_to() -> None:
    controls = Controls(paused=True)
    events, thread = run_in_thread(fit(RUN, small_dataset(), controls))
    controls.stop()
    thread.join(timeout=30)
    assert not thread.is_alive()
    assert (last(events).reason, last(events).step) == ("stopped", 0)


def test_single_steps_take_one_step_each_and_hold() -> None:
    controls = Controls(paused=True)
    controls.ask_for_preview()
    events = fit(RUN, small_dataset(), controls)
    steps = []
    controls.step()
    for event in events:
        if isinstance(event, Progress):
            steps.append((event.first_step, len(event.terms)))
            if len(steps) == 3:
                controls.stop()
            else:
                controls.step()
    assert steps == [(1, 1), (2, 1), (3, 1)]


def test_a_live_weight_changes_the_weighted_term_at_the_next_step() -> None:
    controls = Controls(paused=True)
    run = RUN.with_value("l1.weight", 0.5)
    weights = []
    controls.step()
    for event in fit(run, small_dataset(), controls):
        if isinstance(event, Progress):
            weights.append(float(event.weights[0, 1]))
            np.testing.assert_allclose(event.weighted, event.terms * event.weights)
            if len(weights) == 1:
                controls.use(run.with_value("penalties.l1.weight", 2.0))
                controls.step()
            else:
                controls.stop()
        if isinstance(event, Finished):
            assert event.run is not None
            assert event.run.penalties[0].weight == 2.0
    assert weights == [0.5, 2.0]


def test_a_live_change_is_told_with_its_step_and_both_values() -> None:
    controls = Controls(paused=True)
    run = RUN.with_value("l1.weight", 0.5)
    told = []
    controls.step()
    for event in fit(run, small_dataset(), controls):
        match event:
            case Progress():
                controls.use(run)  # nothing else: nothing is told
                controls.use(run.with_value("l1.weight", 2.0))
                controls.step()
            case Changed():
                told.append(event)
                controls.stop()
    assert told == [Changed(1, {"penalties.l1.weight": (0.5, 2.0)})]


def test_a_change_while_paused_shows_at_once() -> None:
    controls = Controls(paused=True)
    controls.ask_for_preview()
    run = RUN.with_value("corruption", {"kind": "gaussian", "sigma": 0.0})
    events = fit(run, small_dataset(), controls)
    still: list[Preview] = []
    for event in events:
        if isinstance(event, Preview):
            still.append(event)
            if len(still) == 2:  # the first is before the phase, the second before the first step
                assert np.array_equal(event.original, event.corrupted)
                controls.use(run.with_value("corruption.sigma", 0.5))
            if len(still) == 3:
                assert float(np.abs(event.corrupted - event.original).mean()) > 0.2
                controls.stop()
    assert len(still) >= 3


def test_a_live_learning_rate_of_zero_stands_still(small: Dataset) -> None:
    controls = Controls()
    controls.use(RUN.with_value("optimiser.learning_rate", 0.0))
    events = list(fit(RUN, small, controls))
    first, *_, final = held_out(events)
    assert first.objective == final.objective


# -- previews ----------------------------------------------------------------------------------------------------------


def test_a_preview_holds_the_fixed_batch_and_what_the_weights_make_of_it() -> None:
    controls = Controls()
    controls.ask_for_preview()
    run = RUN.with_value("corruption", "masking")
    dataset = small_dataset()
    shown = [event for event in fit(run, dataset, controls) if isinstance(event, Preview)]
    assert len(shown) >= 2
    assert np.array_equal(shown[0].original, shown[-1].original)
    assert np.array_equal(shown[0].corrupted, shown[-1].corrupted)
    model = Model(run, dataset.shape, shown[-1].weights)
    code = model.encode(torch.from_numpy(shown[-1].corrupted))
    np.testing.assert_allclose(code, shown[-1].code[:32], atol=1e-6)
    np.testing.assert_allclose(model.decode(code), shown[-1].reconstructed, atol=1e-6)


def test_previews_come_at_most_twenty_a_second_and_cost_a_small_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a clock of the test's own: a preview that takes 10 ms may come every 510 ms, one that takes nothing every 50
    ms.
    """
    now = [100.0]
    monkeypatch.setattr("aestudio.core.probes.preview.time.perf_counter", lambda: now[0])
    from aestudio.core.model.autoencoder import Autoencoder
    from aestudio.core.parts.plan import Phase, Span

    model = Autoencoder(RUN, (1, 8, 8))
    look = previews.Previewer(model, small_dataset().held_out.images, compute.choose("cpu"), 0)
    phase = Phase("end to end", Span(0, 1), 1)
    original = model.snapshot

    def slow() -> dict[str, torch.Tensor]:
        now[0] += 0.010
        return original()

    assert look.affordable()
    look(RUN, 0, phase)
    assert not look.affordable()
    now[0] = 100.049
    assert not look.affordable()
    now[0] = 100.051
    assert look.affordable()
    monkeypatch.setattr(model, "snapshot", slow)
    look(RUN, 0, phase)
    now[0] = 100.051 + 0.5
    assert not look.affordable()
    now[0] = 100.051 + 0.511
    assert look.affordable()


# -- failure -----------------------------------------------------------------------------------------------------------


def test_a_run_that_blows_up_stops_and_keeps_the_last_finite_weights(trained: Train) -> None:
    settings = {"network": {"kind": "linear"}, "optimiser": {"kind": "sgd", "learning_rate": 50.0}, "epochs": 50}
    end = last(trained(Run.from_settings(settings)))
    assert end.reason == "failed"
    assert f"not finite at step {end.step}" in end.error
    assert end.weights
    assert all(torch.isfinite(tensor).all() for tensor in end.weights.values())


@pytest.mark.parametrize("step", options(Step).values(), ids=lambda step: step.kind)
@pytest.mark.parametrize("optimiser", options(Optimiser))
def test_a_loss_that_is_not_finite_names_its_step_and_leaves_the_weights_before_it(
    small: Dataset, monkeypatch: pytest.MonkeyPatch, optimiser: str, step: type[Step]
) -> None:
    from aestudio.core.parts.likelihoods.squared import SquaredL2

    run = RUN.with_value("optimiser", optimiser)
    run.check(small.shape, len(small.train))  # before steps are counted
    calls = [0]
    honest, written = SquaredL2.__call__, SquaredL2.by_hand

    def poisoned(self: SquaredL2, seen: Pass, own: object) -> torch.Tensor:
        value = honest(self, seen, own)
        trains = seen.stages[0].training and not value.is_meta
        calls[0] += trains
        return value * float("nan") if trains and calls[0] == 8 else value

    def poisoned_by_hand(self: SquaredL2, *given: Any) -> tuple[torch.Tensor, torch.Tensor]:
        value, slope = written(self, *given)
        calls[0] += 1
        return (value * float("nan") if calls[0] == 8 else value), slope

    monkeypatch.setattr(SquaredL2, "__call__", poisoned)
    monkeypatch.setattr(SquaredL2, "by_hand", poisoned_by_hand)
    monkeypatch.setattr("aestudio.core.training.fit.choose", lambda *_: step)
    weights = {}
    for upto in (7, 100):
        calls[0] = 0
        controls = Controls()
        if upto == 7:
            controls = Controls(paused=True)
            for _ in range(7):
                controls.step()
            events = []
            for event in fit(run, small, controls):
                events.append(event)
                if isinstance(event, Progress) and event.first_step + len(event.terms) == 8:
                    controls.stop()
        else:
            events = list(fit(run, small, controls))
        weights[upto] = last(events)
    assert weights[7].reason == "stopped"
    assert weights[100].reason == "failed"
    assert weights[100].step == 8
    assert np.isfinite(losses(events)).all()
    assert len(losses(events)) == 7  # every step before the bad one was told
    failed = present(weights[100].weights)
    assert all(tensor.equal(failed[name]) for name, tensor in present(weights[7].weights).items())


def test_an_impossible_run_finishes_with_a_sentence_and_nothing_else(trained: Train) -> None:
    (only,) = trained(RUN.with_value("loss", "cross-entropy").with_value("network.output", "identity"))
    assert isinstance(only, Finished)
    assert only.reason == "failed"
    assert only.weights is None


def test_whatever_goes_wrong_the_last_event_is_finished(small: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("of the test")

    monkeypatch.setattr("aestudio.core.training.telling.evaluating", broken)
    events = list(fit(RUN, small))
    monkeypatch.undo()
    assert last(events).reason == "failed"
    assert "ZeroDivisionError" in last(events).error or "TypeError" in last(events).error


def test_time_spent_paused_does_not_count_as_slow_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a clock of the test's own: two seconds before a pause of a minute, and two seconds after it."""
    now = [100.0]
    monkeypatch.setattr("aestudio.core.training.clock.time.perf_counter", lambda: now[0])
    clock = Clock(steps=100, batch=10)
    for seconds, happens in ((2, clock.pause), (60, clock.resume)):
        now[0] += seconds
        happens()
    now[0] += 2
    assert clock.read(4) == pytest.approx((10, 96))  # images a second; seconds for 96 steps of 10 images


def test_the_time_left_is_not_known_until_enough_steps_have_been_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a clock of the test's own: what goes by before the first step is no training."""
    now = [100.0]
    monkeypatch.setattr("aestudio.core.training.clock.time.perf_counter", lambda: now[0])
    clock = Clock(steps=100, batch=10)
    now[0] += 30
    clock.begin(0)
    now[0] += 1
    assert clock.read(1)[1] is None
    now[0] += 1
    assert clock.read(2) == pytest.approx((10, 98))


def test_a_batch_larger_than_the_data_set_is_the_whole_data_set(trained: Train) -> None:
    events = trained(RUN.with_value("batch_size", 5000))
    assert len(losses(events)) == 3
