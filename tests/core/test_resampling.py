"""Units drawn anew while training goes on: exactly those, from badly reconstructed inputs, and reproducibly."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from aestudio.core.data.dataset import Dataset, Resident, to_float
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts.one_pass import TRAIN
from aestudio.core.parts.plan import Span
from aestudio.core.probes.activations import statistics
from aestudio.core.run.events import Event, Finished, Preview, Progress
from aestudio.core.run.run import Run
from aestudio.core.training.checkpoint import Checkpoint, load
from aestudio.core.training.controls import Controls
from aestudio.core.training.fit import fit
from aestudio.core.training.resampling import resample
from tests.core.conftest import decoded, hidden_of, images, small_dataset, together

NETWORKS: dict[str, dict[str, Any]] = {
    "dense": {"kind": "mlp", "widths": [12], "activation": "relu"},
    "tied": {"kind": "mlp", "widths": [12], "activation": "sigmoid", "tied": True},
    "deep": {"kind": "mlp", "widths": [20, 12], "activation": "tanh"},
    "channels": {"kind": "conv", "channels": [4, 12], "code_size": 0},
    "convolutions and a code": {"kind": "conv", "channels": [4], "code_size": 12},
}
UNITS = (3, 7, 8)


@dataclass
class Scene:
    """A model that has been trained a little, with its optimiser."""

    run: Run
    model: Autoencoder
    optimiser: torch.optim.Optimizer
    images: Resident

    @property
    def stage(self) -> Any:
        return self.model.span(0, self.model.depth)[-1]

    def resample(self, units: tuple[int, ...] = UNITS, step: int = 5) -> None:
        resample(units, self.model, self.run, Span(0, self.model.depth), self.images, self.optimiser, step)

    def state(self) -> dict[str, Tensor]:
        """Weights, and what the optimiser remembers of them, under their names."""
        held = {name: p.detach().clone() for name, p in self.model.named_parameters()}
        for name, p in self.model.named_parameters():
            held |= {f"{name}/{key}": t.clone() for key, t in self.optimiser.state[p].items() if isinstance(t, Tensor)}
        return held


def scene(network: str, optimiser: str = "adam", **settings: Any) -> Scene:
    run = Run.from_settings(
        {"network": NETWORKS[network], "optimiser": optimiser, "corruption": "gaussian", "batch_size": 32, **settings}
    )
    if optimiser == "sgd":
        run = run.with_value("optimiser.momentum", 0.9).with_value("optimiser.learning_rate", 1e-3)
    store = Resident(images(96))
    model = Autoencoder(run, store.shape)
    built = run.optimiser.build(list(model.parameters()))
    noise = together(0)
    for _ in range(5):
        objective, _ = model(run, to_float(store.images[:32]), Span(0, model.depth), TRAIN, noise)
        built.zero_grad()
        objective.total.backward()
        built.step()
    return Scene(run, model, built, store)


# -- which weights -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimiser", ["adam", "adamw", "sgd"])
@pytest.mark.parametrize("network", NETWORKS)
def test_exactly_the_weights_of_those_units_change_and_their_memory_is_zeroed(network: str, optimiser: str) -> None:
    here = scene(network, optimiser)
    names = {id(p): name for name, p in here.model.named_parameters()}
    before = here.state()
    here.resample()
    after = here.state()
    of_units = {names[id(p)]: axis for p, axis in here.stage.by_unit()}
    assert len(of_units) == (2 if network == "tied" else 3)
    for name, tensor in before.items():
        weight, _, memory = name.partition("/")
        if weight not in of_units or tensor.shape != before[weight].shape:  # such as Adam's count of steps
            assert after[name].equal(tensor), name
            continue
        axis, others = of_units[weight], [unit for unit in range(12) if unit not in UNITS]
        old, new = (one.movedim(axis, 0) for one in (tensor, after[name]))
        assert new[others].equal(old[others]), name
        if memory:
            assert old[list(UNITS)].abs().sum() > 0, name
            assert (new[list(UNITS)] == 0).all(), name
        else:
            assert (new != old)[list(UNITS)].view(3, -1).any(1).all(), name


def test_numbers_that_the_layer_does_not_have_are_passed_over() -> None:
    here = scene("dense")
    before = here.state()
    here.resample((12, -1, 400))
    assert all(tensor.equal(before[name]) for name, tensor in here.state().items())
    here.resample((12, 3))
    assert not here.stage.W[3].equal(before["stages.0.W"][3])


# -- what they become --------------------------------------------------------------------------------------------------


def test_a_new_unit_looks_for_what_sets_a_training_image_apart_from_the_mean() -> None:
    here = scene("dense")
    before = here.stage.W.detach().clone(), here.stage.V.detach().clone()
    here.resample()
    clean = to_float(here.images.images).flatten(1)
    mean = clean.mean(0)
    away = torch.nn.functional.normalize(clean - mean)
    alive = [unit for unit in range(12) if unit not in UNITS]
    chosen = set()
    for unit in UNITS:
        row, column = here.stage.W[unit].detach(), here.stage.V[:, unit].detach()
        cosine = away @ (row / row.norm())
        chosen.add(int(cosine.argmax()))
        assert float(cosine.max()) == pytest.approx(1, abs=1e-5)
        assert float(row.norm()) == pytest.approx(0.2 * float(before[0][alive].norm(dim=1).mean()), rel=1e-4)
        assert float(column.norm()) == pytest.approx(0.2 * float(before[1][:, alive].norm(dim=0).mean()), rel=1e-4)
        torch.testing.assert_close(row / row.norm(), column / column.norm())
        assert float(row @ mean + here.stage.b[unit].detach()) == pytest.approx(0, abs=1e-5)
    assert len(chosen) == len(UNITS)  # no twins, which would get the same gradients for ever


def test_badly_reconstructed_images_are_chosen() -> None:
    here = scene("dense")
    pixels = here.images.images
    pixels[:90] = pixels[:90] // 40 + 100  # nearly the same grey, but for six images
    with torch.no_grad():
        for p in here.model.parameters():
            p.zero_()
        here.stage.c.copy_(to_float(pixels[:90]).mean(0).flatten().logit())
        here.stage.W[0] = 1  # the length to go by
    here.resample()
    clean = to_float(pixels).flatten(1)
    rows = torch.nn.functional.normalize(here.stage.W[list(UNITS)].detach(), dim=1)
    nearest = (torch.nn.functional.normalize(clean - clean.mean(0)) @ rows.T).argmax(0)
    assert (nearest >= 90).all()


def test_a_channel_gets_a_patch_that_it_sees() -> None:
    here = scene("channels")
    here.resample()
    below = hidden_of(here.model, to_float(here.images.images), 1).detach()
    patches = torch.nn.functional.unfold(below, 4, padding=1, stride=2)  # [N, K, places]
    away = torch.nn.functional.normalize(patches - patches.mean((0, 2))[:, None], dim=1)
    for unit in UNITS:
        kernel = here.stage.W[unit].detach().flatten()
        assert float((away * (kernel / kernel.norm())[None, :, None]).sum(1).max()) == pytest.approx(1, abs=1e-4)


def test_all_units_at_once_and_more_units_than_images_can_be_drawn() -> None:
    here = scene("dense")
    here.images = Resident(images(5))
    here.resample(tuple(range(12)))
    assert all(torch.isfinite(p).all() for p in here.model.parameters())
    here.images = Resident(torch.full((5, 1, 8, 8), 9, dtype=torch.uint8))  # all alike: nothing sets them apart
    here.resample(tuple(range(12)))
    assert all(torch.isfinite(p).all() for p in here.model.parameters())


def test_the_run_the_step_and_the_units_fix_what_is_drawn() -> None:
    def drawn(seed: int = 0, step: int = 5, units: tuple[int, ...] = UNITS) -> Tensor:
        here = scene("dense")
        here.run = here.run.with_value("seed", seed)
        here.resample(units, step)
        row: Tensor = here.stage.W[3].detach()
        return row

    before = torch.get_rng_state()
    assert drawn().equal(drawn())
    assert drawn().equal(drawn(units=(8, 7, 3, 3)))
    assert not drawn().equal(drawn(seed=1))
    assert not drawn().equal(drawn(step=6))
    assert torch.get_rng_state().equal(before)


# -- in the loop -------------------------------------------------------------------------------------------------------


@dataclass
class Keeper:
    """Keeps a checkpoint before every step."""

    folder: Path
    kept: list[Path] = field(default_factory=list)

    def due(self, epoch: int) -> bool:
        return True

    def keep(self, checkpoint: Checkpoint) -> Path:
        path = self.folder / f"{len(self.kept)}.checkpoint"
        checkpoint.save(path)
        self.kept.append(path)
        return path


def training(network: str, **settings: Any) -> Run:
    return Run.from_settings(
        {
            "network": NETWORKS[network],
            "corruption": "gaussian",
            "optimiser": {"kind": "adam", "learning_rate": 0.01},
            "epochs": 6,
            "batch_size": 16,
            **settings,
        }
    )


def followed(events: Any, controls: Controls, at: int, units: tuple[int, ...] = UNITS) -> list[Event]:
    """All events of a training that is held at a step, where units are drawn anew."""
    told: list[Event] = []
    for event in events:
        told.append(event)
        if isinstance(event, Progress) and event.first_step + len(event.terms) - 1 == at:
            controls.resample(units)
            controls.resume()
    return told


def at_step(
    run: Run, data: Dataset, at: int, units: tuple[int, ...] = UNITS, keeper: Keeper | None = None
) -> list[Event]:
    controls = Controls(paused=True)
    for _ in range(at):
        controls.step()
    return followed(fit(run, data, controls, keeper=keeper), controls, at, units)


def end(events: list[Event]) -> Finished:
    assert isinstance(events[-1], Finished)
    assert events[-1].error == ""
    return events[-1]


def same(one: Finished, other: Finished) -> bool:
    assert one.weights is not None
    assert other.weights is not None
    return all(tensor.equal(other.weights[name]) for name, tensor in one.weights.items())


@pytest.mark.parametrize("network", NETWORKS)
def test_the_same_units_at_the_same_step_give_the_same_training(network: str, small: Dataset) -> None:
    run = training(network)
    resampled, again = (end(at_step(run, small, 9)) for _ in range(2))
    assert same(resampled, again)
    assert not same(resampled, end(list(fit(run, small))))


@pytest.mark.parametrize("network", ["dense", "tied", "channels"])
def test_a_training_resumed_after_units_were_drawn_anew_goes_on_bit_for_bit(
    network: str, small: Dataset, tmp_path: Path
) -> None:
    run = training(network)
    keeper = Keeper(tmp_path)
    whole = end(at_step(run, small, 9, keeper=keeper))
    assert [load(path).position.step for path in keeper.kept] == list(range(37))  # before every step, and at the end
    for step in (9, 10, 25):  # that of step 9 is taken when the units have been drawn
        assert same(whole, end(list(fit(run, small, resume=load(keeper.kept[step])))))


def test_units_asked_for_after_a_checkpoint_are_drawn_alike_by_the_training_that_goes_on(
    small: Dataset, tmp_path: Path
) -> None:
    run, keeper = training("dense"), Keeper(tmp_path)
    list(fit(run, small, keeper=keeper))
    controls = Controls()
    controls.resample(UNITS)
    assert same(end(list(fit(run, small, controls, resume=load(keeper.kept[9])))), end(at_step(run, small, 9)))


def test_layer_by_layer_the_units_are_those_of_the_layer_in_training(small: Dataset) -> None:
    run = training("deep", schedule={"kind": "greedy", "layer_epochs": 3})
    ordinary, resampled = end(list(fit(run, small))), end(at_step(run, small, 9, (15,)))
    assert not same(ordinary, resampled)  # the first layer has 20 units
    assert same(ordinary, end(at_step(run, small, 9 + 18, (15,))))  # the second only 12


def test_a_paused_training_draws_at_once_and_shows_it(small: Dataset) -> None:
    controls = Controls(paused=True)
    controls.ask_for_preview()
    weights = []
    for event in fit(training("dense"), small, controls):
        if not isinstance(event, Preview):
            continue
        weights.append(event.weights["stages.0.W"])
        if len(weights) == 2:
            controls.resample(UNITS)
            controls.ask_for_preview()
        if len(weights) > 2:
            controls.stop()
    changed = (weights[2] != weights[1]).any(1).nonzero().flatten().tolist()
    assert changed == list(UNITS)


def test_any_thread_may_ask(small: Dataset) -> None:
    controls = Controls()
    asking = [threading.Thread(target=controls.resample, args=([n % 12],)) for n in range(50)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert sorted(unit for units in controls.take_resamples() for unit in units) == sorted(n % 12 for n in range(50))
    assert controls.take_resamples() == []


def test_dead_units_come_to_life_and_the_loss_falls_below_what_it_was() -> None:
    data = small_dataset(train=256)
    run = training("dense").with_value("network.widths", [40]).with_value("epochs", 60)

    def measured(finished: Finished) -> tuple[int, float]:
        model = Autoencoder(run, data.shape)
        assert finished.weights is not None
        model.load_state_dict(finished.weights)
        x = to_float(data.train.images.gather(torch.arange(256)))
        hidden = hidden_of(model, x).detach()
        return statistics(hidden.numpy()).dead, float((decoded(model, hidden) - x).detach().square().sum() / 256)

    class Killing(Autoencoder):
        """35 of its units start dead."""

        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            with torch.no_grad():
                bias: Any = self.span(0, 1)[0].b
                bias[5:] = -50

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("aestudio.core.training.fit.Autoencoder", Killing)
        dead, loss = measured(end(list(fit(run, data))))
        revived, lower = measured(end(at_step(run, data, 100, tuple(range(5, 40)))))
    assert dead >= 35
    assert revived < dead / 2
    assert lower < 0.8 * loss
