"""A step taken apart is the step that was taken: same batch, same noise, same losses, same gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch

from aestudio.core.data.dataset import Dataset, Split
from aestudio.core.ground.compute import choose
from aestudio.core.ground.errors import ProbeError
from aestudio.core.run.events import Coming, Event, Held, Preview, Progress
from aestudio.core.run.run import Run
from aestudio.core.training.controls import Controls
from aestudio.core.training.dissection import Dissection, dissected
from aestudio.core.training.fit import fit
from tests.core.probing import store
from tests.present import present

SGD = {"kind": "sgd", "learning_rate": 0.1, "momentum": 0.0}


def dataset() -> Dataset:
    return Dataset("random", Split(store(64, seed=1)), Split(store(16, seed=2)))


def stepped(run: Run, data: Dataset, steps: int) -> tuple[list[Preview], list[Progress]]:
    """So many single steps: the snapshot after each, and what was told of them."""
    controls = Controls(paused=True)
    controls.ask_for_preview()
    events: list[Event] = []
    for event in fit(run, data, controls, choose("cpu")):
        events.append(event)
        if isinstance(event, Held):
            if event.step == steps:
                controls.stop()
            else:
                controls.step()
    after = {one.step: one for one in events if isinstance(one, Preview) and one.before is not None}
    return [after[step] for step in range(1, steps + 1)], [one for one in events if isinstance(one, Progress)]


def apart(run: Run, data: Dataset, snapshots: Sequence[Preview], step: int, unit: int = 0) -> Dissection:
    after = snapshots[step - 1]
    before = present(after.before)
    return dissected(run, data, before.phase, before.weights, after.weights, present(before.coming), before.step, unit)


def weights_of(snapshot: Preview) -> torch.Tensor:
    """Of the first layer [F, pixels]."""
    return next(one for one in snapshot.weights.values() if one.dim() == 2 and len(one) == 12)


RUNS: dict[str, dict[str, Any]] = {
    "noise": {"corruption": {"kind": "gaussian", "sigma": 0.3}},
    "sparse": {"penalties": ["kl-sparsity", {"kind": "weight-decay"}]},
    "drawn": {"code": {"kind": "gaussian", "size": 3}, "penalties": ["kl-to-prior"], "loss": "cross-entropy"},
    "augmented": {"augmentation": {"kind": "flips"}, "penalties": [{"kind": "contractive"}]},
    "several samples": {
        "code": {"kind": "gaussian", "size": 3},
        "loss": "cross-entropy",
        "objective": {"kind": "importance-weighted", "k": 3},
    },
}


@pytest.mark.parametrize("name", RUNS)
def test_its_losses_are_those_that_were_told_of_the_step(name: str) -> None:
    run = Run.from_settings(
        {"network": {"kind": "mlp", "widths": [12]}, "batch_size": 16, "precision": "float32", **RUNS[name]}
    )
    data = dataset()
    snapshots, progress = stepped(run, data, 3)
    told = {one.first_step + row: one.terms[row] for one in progress for row in range(len(one.terms))}
    for step in (1, 3):
        found = apart(run, data, snapshots, step)
        assert found.names == progress[0].names
        np.testing.assert_allclose(found.raw, told[step], rtol=1e-5, atol=1e-7)


def test_what_the_terms_want_adds_up_to_the_step_that_was_taken() -> None:
    run = Run.from_settings(
        {
            "network": {"kind": "mlp", "widths": [12]},
            "batch_size": 16,
            "precision": "float32",
            "penalties": ["kl-sparsity", {"kind": "l1", "weight": 0.1}],
            "corruption": {"kind": "gaussian", "sigma": 0.2},
            "optimiser": SGD,
        }
    )
    data = dataset()
    snapshots, _ = stepped(run, data, 2)
    pull = present(apart(run, data, snapshots, 2, unit=7).pull)
    assert pull.before.shape == data.shape
    assert len(pull.wanted) == 3
    np.testing.assert_allclose(pull.after - pull.before, 0.1 * pull.wanted.sum(0), rtol=1e-3, atol=1e-6)
    np.testing.assert_array_equal(pull.before, weights_of(present(snapshots[1].before))[7].view(data.shape).numpy())


def test_a_setting_that_is_changed_while_it_holds_leaves_the_last_step_to_be_looked_into() -> None:
    run = Run.from_settings(
        {"network": {"kind": "mlp", "widths": [12]}, "batch_size": 16, "penalties": [{"kind": "l1", "weight": 0.1}]}
    )
    controls, previews = Controls(paused=True), list[Preview]()
    controls.ask_for_preview()
    changed = run.with_value("penalties.l1.weight", 0.5)
    for event in fit(run, dataset(), controls, choose("cpu")):
        if isinstance(event, Preview):
            previews.append(event)
        if isinstance(event, Held):
            if event.step < 2:
                controls.step()
            elif previews[-1].run == changed:
                controls.stop()
            else:
                controls.use(changed)
    again = next(one for one in previews if one.run == changed)
    assert again.step == 2
    assert present(again.before).step == 1
    assert present(again.before).run == run


def test_the_batch_is_shown_as_it_was_given_and_corrupted() -> None:
    run = Run.from_settings(
        {
            "network": {"kind": "mlp", "widths": [12]},
            "batch_size": 16,
            "corruption": {"kind": "masking", "fraction": 0.5},
        }
    )
    data = dataset()
    snapshots, _ = stepped(run, data, 1)
    found = apart(run, data, snapshots, 1)
    assert found.images.shape == found.corrupted.shape == found.reconstruction.shape == (8, *data.shape)
    kept = found.corrupted == found.images
    assert 0.3 < kept.mean() < 0.75


def test_of_a_deeper_layer_that_is_trained_alone_there_are_terms_but_no_pictures() -> None:
    settings = {
        "network": {"kind": "mlp", "widths": [12, 6]},
        "batch_size": 16,
        "epochs": 1,
        "schedule": {"kind": "greedy", "layer_epochs": 1},
    }
    run, data = Run.from_settings(settings), dataset()
    snapshots, _ = stepped(run, data, 7)
    deeper = next(step for step in range(1, 8) if present(snapshots[step - 1].before).phase == "layer 2")
    found = apart(run, data, snapshots, deeper)
    assert found.pull is None
    assert not found.corrupted.size
    assert found.objective > 0


def test_a_snapshot_of_a_training_that_goes_on_by_itself_promises_nothing() -> None:
    controls = Controls()
    controls.ask_for_preview()
    run = Run.from_settings({"network": {"kind": "mlp", "widths": [12]}, "batch_size": 16, "epochs": 1})
    previews = [one for one in fit(run, dataset(), controls, choose("cpu")) if isinstance(one, Preview)]
    assert previews
    assert all(one.coming is None and one.before is None for one in previews)


def test_noise_of_another_device_is_refused_with_a_sentence() -> None:
    run, data = Run.from_settings({"batch_size": 16}), dataset()
    coming = Coming(torch.arange(16), {}, "cuda")
    with pytest.raises(ProbeError, match="CUDA"):
        dissected(run, data, "end to end", {}, {}, coming, 0, 0)
