"""A training that goes on from a checkpoint ends as if it had never stopped, bit for bit on one CPU."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from aestudio.core.data.dataset import Dataset, Resident, Split
from aestudio.core.ground.errors import CheckpointError, RunError
from aestudio.core.ground.resources import resource
from aestudio.core.parts.families.corruption import Corruption
from aestudio.core.parts.families.optimiser import Optimiser
from aestudio.core.parts.families.rate import Rate
from aestudio.core.parts.families.schedule import Schedule
from aestudio.core.parts.slots import knobs, options
from aestudio.core.run import recipes
from aestudio.core.run.events import Evaluated, Event, Finished, Preview, Progress, Saved, Started, Warned
from aestudio.core.run.run import Run
from aestudio.core.training import checkpoint
from aestudio.core.training.checkpoint_folder import CheckpointFolder
from aestudio.core.training.controls import Controls
from aestudio.core.training.fit import fit
from tests.core.conftest import small_dataset
from tests.core.trainings import (
    RANDOM,
    RUN,
    Keeping,
    assert_goes_on_as,
    last,
    points,
    scores,
    stopping_at,
    train,
    weights,
)

FEW = small_dataset(train=50, held_out=16)
"""Three steps an epoch, and two images that do not fill a batch."""
SHORT = {"layer_epochs": 1, "first_epochs": 1}
"""Knobs of schedules that say how long a phase takes."""


def resumed_everywhere(run: Run, dataset: Dataset, folder: Path) -> int:
    """Goes on from before every step and from the end; how many checkpoints that were."""
    whole = train(run, dataset)
    assert last(whole).reason == "completed"
    keeping = Keeping(folder)
    watched = train(run, dataset, keeper=keeping)
    assert weights(watched) == weights(whole)  # taking checkpoints changes nothing
    assert points(watched) == points(whole)
    taken = keeping.kept()
    assert [one.position.step for one in taken] == list(range(last(whole).step + 1))
    for one in taken:
        rest = train(one.run, dataset, resume=one)
        assert isinstance(rest[0], Started)
        assert rest[0].resumed_at == one.position.step
        assert_goes_on_as(whole, rest, one.position.step)
    return len(taken)


# -- everything that training may be made of ---------------------------------------------------------------------------


@pytest.mark.parametrize("schedule", options(Schedule))
@pytest.mark.parametrize("rate", options(Rate))
@pytest.mark.parametrize("optimiser", options(Optimiser))
@pytest.mark.slow
def test_every_optimiser_rate_and_schedule_goes_on_from_every_step(
    optimiser: str, rate: str, schedule: str, tmp_path: Path
) -> None:
    """Phase boundaries of greedy training are among the steps, and a batch size that does not divide the data."""
    run = RUN.with_value("network.widths", [6, 4]).with_value("corruption", "masking")
    run = run.with_value("optimiser", {"kind": optimiser, "learning_rate": 0.01}).with_value("rate", rate)
    short = {name: epochs for name, epochs in SHORT.items() if name in knobs(options(Schedule)[schedule])}
    run = run.with_value("schedule", {"kind": schedule, **short}).with_value("epochs", 1 if short else 2)
    taken = resumed_everywhere(run, FEW, tmp_path)
    assert taken == 1 + 3 * sum(phase.epochs for phase in run.schedule.phases(run.epochs, 2)) >= 7


def test_layer_by_layer_training_without_fine_tuning_goes_on(tmp_path: Path) -> None:
    run = RUN.with_value("network.widths", [6, 4])
    run = run.with_value("schedule", {"kind": "greedy", "layer_epochs": 2, "fine_tune": False})
    assert resumed_everywhere(run, FEW, tmp_path) == 13


@pytest.mark.parametrize("corruption", options(Corruption))
@pytest.mark.slow
def test_noise_and_random_signs_go_on_where_they_were(corruption: str, tmp_path: Path) -> None:
    run = RANDOM.with_value("corruption", corruption).with_value("epochs", 2).with_value("network.widths", [6, 4])
    resumed_everywhere(run, FEW, tmp_path)
    again = train(run.with_value("seed", 1), FEW)
    assert weights(again) != weights(train(run, FEW))  # else nothing of this would have been tried


def test_sgd_without_momentum_has_nothing_to_remember(tmp_path: Path) -> None:
    run = RUN.with_value("optimiser", {"kind": "sgd", "momentum": 0.0}).with_value("epochs", 2)
    resumed_everywhere(run, FEW, tmp_path)


def test_a_batch_of_all_images_goes_on(tmp_path: Path) -> None:
    resumed_everywhere(RUN.with_value("batch_size", 5000), FEW, tmp_path)


def few_images(run: Run) -> Dataset:
    """The first of those that a run trains on: nine and four."""
    few = {f"data.{knob}": 100 for knob in ("count", "patches") if knob in knobs(run.data)}
    for path, value in few.items():
        run = run.with_value(path, value)
    loaded = run.data.load()
    train, held_out = (
        Split(Resident(split.images.gather(torch.arange(count))))
        for split, count in ((loaded.train, 9), (loaded.held_out, 4))
    )
    return Dataset(loaded.name, train, held_out)


@pytest.mark.parametrize("name", sorted(path.stem for path in resource("recipes").glob("*.toml")))
@pytest.mark.slow
def test_every_recipe_goes_on(name: str, tmp_path: Path) -> None:
    """From the middle of an epoch, and from the end."""
    run = recipes.read(resource("recipes") / f"{name}.toml").run().with_value("epochs", 2).with_value("batch_size", 4)
    if run.schedule.kind == "greedy":
        run = run.with_value("schedule.layer_epochs", 1)
    dataset = few_images(run)
    keeping = Keeping(tmp_path, lambda asked: asked == 3)
    whole = train(run, dataset, keeper=keeping)
    assert last(whole).reason == "completed"
    taken = keeping.kept()
    assert [one.position.step for one in taken] == [3, last(whole).step]
    for one in taken:
        assert_goes_on_as(whole, train(one.run, dataset, resume=one), one.position.step)


# -- stops and changes -------------------------------------------------------------------------------------------------


def test_a_chain_of_stops_ends_as_if_there_had_been_none(tmp_path: Path) -> None:
    """One of them at once, before any further step, and one at the end of an epoch."""
    run = RANDOM.with_value("rate", "one-cycle")
    whole = train(run)
    said: list[Event] = []
    resume = None
    for more in (4, 0, 0, 2, 7, 0, 1):
        controls, read = stopping_at(more)
        part: list[Event] = []
        for event in fit(
            run, small_dataset(), controls, keeper=Keeping(tmp_path / "kept", lambda _: False), resume=resume
        ):
            read(event)
            part.append(event)
        assert (last(part).reason, last(part).error) == ("stopped", "")
        said += part
        found = CheckpointFolder(tmp_path / "kept").newest()
        assert found is not None
        resume = found.checkpoint
        assert resume.position.step == last(part).step
    assert resume is not None
    assert resume.position.step == 14
    said += train(run, resume=resume)
    assert weights(said) == weights(whole)
    assert points(said) == points(whole)
    assert [one for one in scores(said) if one.step % 6 == 0] == scores(whole)  # the others are of the stops


@pytest.mark.parametrize("at", [3, 6, 8])
def test_a_live_change_before_the_checkpoint_stays_changed(at: int, tmp_path: Path) -> None:
    """The uninterrupted training changes the same knobs at the same step, in the middle or at the end of an epoch."""
    run = RANDOM.with_value("rate", "cosine")

    def changed(keeping: Keeping | None) -> list[Event]:
        controls = Controls(paused=True)
        for _ in range(at):
            controls.step()
        events: list[Event] = []
        for event in fit(run, small_dataset(), controls, keeper=keeping):
            events.append(event)
            if isinstance(event, Progress) and event.first_step + len(event.terms) - 1 == at:
                other = run.with_value("contractive.weight", 2.5).with_value("corruption.sigma", 0.05)
                controls.use(other.with_value("optimiser.learning_rate", 0.02))
                controls.resume()
        return events

    whole = changed(None)
    keeping = Keeping(tmp_path, lambda asked: asked >= at)
    changed(keeping)
    taken = keeping.kept()
    assert taken[0].position.step == at
    assert weights(whole) != weights(train(run))
    for one in taken:
        assert one.run.optimiser.learning_rate == 0.02
        assert_goes_on_as(whole, train(one.run, resume=one), one.position.step)


def test_live_settings_may_be_others_from_here_on(tmp_path: Path) -> None:
    """As if they had been changed live at that step."""
    keeping = Keeping(tmp_path, lambda asked: asked == 7)
    train(RANDOM, keeper=keeping)
    (middle, _end) = keeping.kept()
    other = RANDOM.with_value("contractive.weight", 3.0).with_value("optimiser.learning_rate", 0.5)
    rest = train(other, resume=middle)
    assert last(rest).run == other

    controls = Controls(paused=True)
    for _ in range(7):
        controls.step()
    live: list[Event] = []
    for event in fit(RANDOM, small_dataset(), controls):
        live.append(event)
        if isinstance(event, Progress) and event.first_step + len(event.terms) - 1 == 7:
            controls.use(other)
            controls.resume()
    assert_goes_on_as(live, rest, 7)


def test_more_epochs_are_added_to_a_training_that_was_complete(tmp_path: Path) -> None:
    """With a constant rate, five epochs are three and two more."""
    keeping = Keeping(tmp_path, lambda _: False)
    train(RANDOM, keeper=keeping)
    (end,) = keeping.kept()
    longer = RANDOM.with_value("epochs", 5)
    assert_goes_on_as(train(longer), train(longer, resume=end), 18)


def test_a_training_that_had_only_to_say_its_end_says_it(tmp_path: Path) -> None:
    keeping = Keeping(tmp_path, lambda _: False)
    whole = train(keeper=keeping)
    (end,) = keeping.kept()
    rest = train(resume=end)
    assert [type(event) for event in rest] == [Started, Finished]
    assert_goes_on_as(whole, rest, 18)


def test_previews_and_pauses_do_not_change_what_a_resumed_training_does(tmp_path: Path) -> None:
    whole = train(RANDOM)
    keeping = Keeping(tmp_path, lambda asked: asked == 8)
    train(RANDOM, keeper=keeping)
    controls = Controls(paused=True)
    for _ in range(3):
        controls.step()
    rest: list[Event] = []
    for event in fit(RANDOM, small_dataset(), controls, resume=keeping.kept()[0]):
        controls.ask_for_preview()
        rest.append(event)
        if isinstance(event, Progress) and event.first_step + len(event.terms) - 1 == 11:
            controls.resume()
    assert [event for event in rest if isinstance(event, Preview)]
    assert_goes_on_as(whole, rest, 8)


def test_a_failed_training_goes_on_from_before_it_failed_with_a_lower_rate(tmp_path: Path) -> None:
    settings = {"network": {"kind": "linear"}, "optimiser": {"kind": "sgd", "learning_rate": 50.0}, "epochs": 20}
    run = Run.from_settings(settings)
    keeping = Keeping(tmp_path, lambda asked: asked == 0)
    end = last(train(run, keeper=keeping))
    assert (end.reason, "not finite at step" in end.error) == ("failed", True)
    (before,) = keeping.kept()
    rest = train(run.with_value("optimiser.learning_rate", 1e-5), resume=before)
    assert last(rest).reason == "completed"


def test_the_stream_of_a_resumed_training_begins_where_it_goes_on(tmp_path: Path) -> None:
    keeping = Keeping(tmp_path, lambda asked: asked == 8)
    train(keeper=keeping)
    rest = train(resume=keeping.kept()[0])
    began = rest[0]
    assert isinstance(began, Started)
    assert (began.resumed_at, began.steps) == (8, 18)
    progress = [event for event in rest if isinstance(event, Progress)]
    assert progress[0].first_step == 9
    assert progress[-1].epoch == 3.0
    assert [(one.step, one.split) for one in scores(rest)] == [
        *((12, "train"), (12, "held-out")),
        *((18, "train"), (18, "held-out")),
    ]


# -- what it does not go on with ---------------------------------------------------------------------------------------


def middle(folder: Path, run: Run = RUN) -> checkpoint.Checkpoint:
    keeping = Keeping(folder, lambda asked: asked == 8)
    train(run, keeper=keeping)
    return keeping.kept()[0]


def test_other_data_are_refused(tmp_path: Path) -> None:
    (only,) = train(RUN, small_dataset(train=97), resume=middle(tmp_path))
    assert isinstance(only, Finished)
    assert only.reason == "failed"
    assert only.error == (
        "The images of small are not those that this training began with, so it cannot go on; "
        "choose the same data, or train again with these."
    )


WITH_L1 = RUN.with_value("penalties", [{"kind": "l1", "weight": 0.1}, {"kind": "weight-decay", "weight": 0.1}])


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("network.widths", [13], "network.widths"),
        ("network", {"kind": "linear", "code_size": 12}, "network"),
        ("optimiser", "sgd", "optimiser"),
        ("optimiser.beta1", 0.8, "optimiser.beta1"),
        ("rate", "cosine", "rate.kind"),
        ("schedule", "greedy", "schedule"),
        ("corruption", "gaussian", "corruption"),
        ("loss", "cross-entropy", "loss.kind"),
        ("code", "top-k", "code"),
        ("batch_size", 8, "batch_size"),
        ("seed", 1, "seed"),
        ("penalties", [], "penalties"),
        ("penalties", [{"kind": "l1", "weight": 0.1}], "penalties"),
        ("penalties", [{"kind": "weight-decay", "weight": 0.1}, {"kind": "l1", "weight": 0.1}], "penalties"),
        ("contractive.weight", 0.5, "penalties"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_setting_that_weights_or_memory_depend_on_is_refused_by_name(
    path: str, value: Any, named: str, tmp_path: Path
) -> None:
    """Also penalties that come, go or change places: every loss point has one number for each."""
    one = middle(tmp_path, WITH_L1)
    other = WITH_L1.with_value(path, value)
    with pytest.raises(RunError, match=rf"cannot go on with (another|other) .*{named}.*; train again") as caught:
        checkpoint.with_run(one, other)
    (only,) = train(other, resume=one)
    assert isinstance(only, Finished)
    assert (only.reason, only.error) == ("failed", str(caught.value))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("title", "Another"),
        ("explanation", "Why"),
        ("citation", "Who"),
        ("epochs", 7),
        ("data", "letters"),
        ("data.held_out", 0.3),
        ("l1.weight", 3.0),
        ("optimiser.learning_rate", 0.5),
    ],
)
def test_what_nothing_depends_on_and_live_knobs_may_differ(path: str, value: Any, tmp_path: Path) -> None:
    other = WITH_L1.with_value(path, value)
    assert checkpoint.obstacle(WITH_L1, other) == ""
    assert checkpoint.with_run(middle(tmp_path, WITH_L1), other).run == other


@pytest.mark.parametrize("epochs", [1, 2])
def test_fewer_epochs_than_were_trained_are_refused(epochs: int, tmp_path: Path) -> None:
    """Also in the middle of an epoch; as many as were trained are the end of it."""
    keeping = Keeping(tmp_path, lambda asked: asked in (12, 14))
    train(RUN, keeper=keeping)
    two, more = keeping.kept()[:2]
    said = last(train(RUN.with_value("epochs", epochs), resume=more))
    assert said.reason == "failed"
    assert said.error == f"This training has already gone beyond epoch {epochs}; choose more epochs."
    assert last(train(RUN.with_value("epochs", 2), resume=two)).reason == "completed"


def test_a_generator_of_another_device_begins_anew(tmp_path: Path) -> None:
    """The state of a CUDA generator is no state of the CPU's: the training goes on, with other noise."""
    one = middle(tmp_path, RANDOM)
    moved = replace(one, device="cuda", draws={**one.draws, "corruption": torch.zeros(16, dtype=torch.uint8)})
    assert last(train(RANDOM, resume=moved)).reason == "completed"


# -- what goes wrong while keeping -------------------------------------------------------------------------------------


def test_a_checkpoint_that_cannot_be_taken_is_told_each_time_and_training_goes_on(tmp_path: Path) -> None:
    class Broken(Keeping):
        def keep(self, made: checkpoint.Checkpoint) -> Path:
            if made.position.step in (3, 5):
                raise CheckpointError("The disk is full.")
            return super().keep(made)

    events = train(RUN, keeper=Broken(tmp_path, lambda asked: asked in (3, 5, 7)))
    assert [event.sentence for event in events if isinstance(event, Warned)] == [
        "The disk is full. Training goes on without it."
    ] * 2
    assert [Path(event.path).name for event in events if isinstance(event, Saved)] == [
        "step-000000007.checkpoint",
        "step-000000018.checkpoint",
    ]
    assert weights(events) == weights(train(RUN))


def test_points_and_scores_up_to_a_checkpoint_are_said_before_it(tmp_path: Path) -> None:
    keeping = Keeping(tmp_path)
    said: list[Event] = []
    for event in fit(RUN, small_dataset(), keeper=keeping):
        if isinstance(event, Saved):
            step = int(Path(event.path).stem.removeprefix("step-"))
            assert sorted(points(said)) == list(range(1, step + 1))
            assert sum(isinstance(one, Evaluated) for one in said) == 1 + 2 * (step // 6)
        said.append(event)
