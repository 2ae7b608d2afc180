"""Steps: every way to compute one gives what the plain one gives; players, the guard, generators, live values."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from aestudio.core.data.dataset import Dataset, to_float
from aestudio.core.ground.compute import Compute
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts.activations import ACTIVATIONS
from aestudio.core.parts.building import seed_for
from aestudio.core.parts.families.code import Code
from aestudio.core.parts.families.corruption import Corruption
from aestudio.core.parts.families.likelihood import Likelihood
from aestudio.core.parts.families.optimiser import Optimiser
from aestudio.core.parts.families.penalty import Penalty
from aestudio.core.parts.families.rate import Rate
from aestudio.core.parts.likelihoods.squared import SquaredL2
from aestudio.core.parts.one_pass import Pass
from aestudio.core.parts.plan import Span
from aestudio.core.parts.slots import options
from aestudio.core.run.events import Evaluated, Progress
from aestudio.core.run.run import Run
from aestudio.core.training.choosing import choose
from aestudio.core.training.controls import Controls
from aestudio.core.training.draws import Draws
from aestudio.core.training.fit import fit
from aestudio.core.training.live import LiveValues
from aestudio.core.training.players import playing
from aestudio.core.training.step import Step
from aestudio.core.training.steps.dense import Dense
from aestudio.core.training.steps.eager import Eager
from tests.core import definitions
from tests.core.conftest import small_dataset
from tests.core.shown import member
from tests.core.trainings import NOISY, RANDOM, RUN, as_bytes, drawn, last, points, train, weights

SHAPE = (1, 8, 8)
CPU = Compute(torch.device("cpu"), "CPU")
SIGMOID = {"network": {"kind": "mlp", "widths": [9]}}
DIVERGENCES: dict[str, dict[str, Any]] = {
    "bound": {},
    "weighed": {"weight": 3.0},
    "warming up": {"warm_up": 3},
    "with free nats": {"free_nats": 0.1},
    "with a capacity": {"weight": 5.0, "capacity": 1.0, "capacity_steps": 6},
}
"""Settings of the KL to the prior."""
PARTS: dict[str, dict[str, Any]] = {
    **{f"corruption {kind}": {"corruption": kind} for kind in options(Corruption)},
    **{
        f"penalty {kind}": {"penalties": [{"kind": kind, "weight": 0.3}], **definitions.company(one)}
        for kind, one in options(Penalty).items()
    },
    **{f"loss {kind}": {"loss": kind} for kind in options(Likelihood)},
    **{f"optimiser {kind}": {"optimiser": kind} for kind in options(Optimiser)},
    **{f"code {kind}": {"code": kind} for kind in options(Code)},
    **{
        f"activation {name}": {
            "network": {"kind": "mlp", "widths": [9], "activation": name},
            "penalties": [{"kind": "contractive"}, {"kind": "l1"}, {"kind": "weight-decay"}],
        }
        for name in ACTIVATIONS
    },
    **{f"deep {name}": {"network": {"kind": "mlp", "widths": [9, 7, 5], "activation": name}} for name in ACTIVATIONS},
    **{
        f"variational {name}": {
            "network": {"kind": "mlp", "widths": [9, 7], "activation": "tanh"},
            "code": {"kind": "gaussian", "size": 3},
            "corruption": "masking",
            "loss": "cross-entropy",
            "penalties": [{"kind": "kl-to-prior", **settings}],
        }
        for name, settings in DIVERGENCES.items()
    },
    **{
        f"importance weighted {name}": {
            "code": {"kind": "gaussian", "size": 3},
            "loss": "cross-entropy",
            "objective": {"kind": "importance-weighted", "k": 4},
            "penalties": penalties,
        }
        for name, penalties in {
            "alone": [],
            "and sparse": [{"kind": "l1", "weight": 0.1}, {"kind": "weight-decay", "weight": 0.01}],
            "and divergence": [{"kind": "kl-to-prior", "weight": 0.5}],
        }.items()
    },
    "loss gaussian, its spread learned": {"loss": {"kind": "gaussian", "learned": True}},
    "code top-k of a deep network": {
        "network": {"kind": "mlp", "widths": [9, 7], "activation": "relu"},
        "code": {"kind": "top-k", "k": 2},
        "penalties": [{"kind": "l1", "weight": 0.1}],
    },
    "code top-k with an auxiliary loss": {"code": {"kind": "top-k", "k": 2, "auxiliary": True}},
    "importance weighted with a scale": {
        "code": {"kind": "gaussian", "size": 3},
        "objective": {"kind": "importance-weighted", "k": 4, "scale": 0.3},
    },
    "tied and contractive": {
        "network": {"kind": "mlp", "widths": [9], "tied": True},
        "penalties": [{"kind": "contractive"}, {"kind": "weight-decay"}],
    },
    "tied": {"network": {"kind": "mlp", "widths": [9, 5], "tied": True}},
    "linear": {"network": {"kind": "linear", "code_size": 4}},
    "convolutions": {"network": {"kind": "conv", "channels": [4], "code_size": 6}},
    "residual": {"network": {"kind": "residual", "channels": [4]}},
    "decay and its own": {"optimiser": "adamw", "penalties": [{"kind": "weight-decay", "weight": 0.01}]},
    "everything": {
        "corruption": "gaussian",
        "penalties": [{"kind": kind} for kind in options(Penalty)],
        **{name: value for one in options(Penalty).values() for name, value in definitions.company(one).items()},
    },
}


VARIATIONAL = Run.from_settings({**SIGMOID, "batch_size": 16, **PARTS["variational weighed"]})


def batches(count: int = 4) -> list[Tensor]:
    store = small_dataset().train.images
    return [to_float(store.gather(torch.arange(16 * i, 16 * i + 16))) for i in range(count)]


def made(kind: type[Step], run: Run, model: Autoencoder | None = None) -> Step:
    model = model or Autoencoder(run, SHAPE)
    return kind(run, model, Span(0, model.depth), CPU, Draws(run.seed, CPU.device))


def critic() -> Run:
    return RUN.model_copy(update={"penalties": (member("parts/penalties/critic", "Critic")(weight=0.5),)})


# -- all ways to compute a step ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("kind", options(Step).values(), ids=lambda kind: kind.kind)
def test_a_step_gives_the_losses_and_weights_of_the_plain_one_or_says_why_it_is_not_used(
    kind: type[Step], name: str
) -> None:
    run = Run.from_settings({**SIGMOID, "batch_size": 16, **PARTS[name]})
    if why := kind.unsuited(run, run.plan(SHAPE, 96), CPU):
        assert why.endswith(".")
        return
    one, plain = made(kind, run), made(Eager, run)
    for images in batches():
        mine, wanted = one(images, 1.0), plain(images, 1.0)
        assert mine.names == wanted.names
        assert mine.weights == wanted.weights
        # What the objective adds is the difference of two numbers as large as the loss, and has their rounding.
        rounding = max(1e-6, 2e-7 * float(wanted.raw.abs().max()))
        torch.testing.assert_close(mine.raw, wanted.raw, rtol=1e-5, atol=rounding)
        torch.testing.assert_close(mine.total, wanted.total.detach(), rtol=1e-5, atol=rounding)
    for tensor, other in zip(one.model.state_dict().values(), plain.model.state_dict().values(), strict=True):
        torch.testing.assert_close(tensor, other, rtol=1e-4, atol=1e-6)


def test_the_plain_step_suits_every_run_and_is_the_last_choice() -> None:
    assert [*options(Step).values()][-1] is Eager
    for run in (RUN, RANDOM, critic()):
        assert Eager.unsuited(run, run.plan(SHAPE), CPU) == ""
        assert not choose(run, run.plan(SHAPE), CPU).unsuited(run, run.plan(SHAPE), CPU)


@pytest.mark.parametrize("run", [NOISY, VARIATIONAL], ids=["noisy", "variational"])
@pytest.mark.parametrize("kind", options(Step).values(), ids=lambda kind: kind.kind)
def test_a_step_goes_on_bit_for_bit_from_its_state(kind: type[Step], run: Run) -> None:
    whole = made(kind, run)
    first, rest = batches()[:2], batches()[2:]
    for images in first:
        whole(images, 1.0)
    state, weights_then, draws = whole.state(), whole.model.snapshot(), whole.draws.state()
    for images in rest:
        whole(images, 1.0)
    again = made(kind, run)
    again.model.load_state_dict(weights_then)
    again.load(state)
    again.draws.load(draws)
    for images in rest:
        again(images, 1.0)
    assert as_bytes(again.model.snapshot()) == as_bytes(whole.model.snapshot())
    assert as_bytes(again.state()) == as_bytes(whole.state())


# -- players -----------------------------------------------------------------------------------------------------------


def test_a_critic_moves_itself_and_its_term_moves_the_network_only() -> None:
    run = critic()
    step = made(Eager, run)
    network, theirs = step.players
    before = [[parameter.clone() for parameter in player.parameters] for player in step.players]
    step(batches()[0], 1.0)
    for player, then in zip(step.players, before, strict=True):
        assert all(not now.equal(old) for now, old in zip(player.parameters, then, strict=True)), player.name
    assert {id(p) for p in network.parameters}.isdisjoint({id(p) for p in theirs.parameters})
    assert [player.name for player in step.players] == ["network", "critic"]


def test_the_gradient_of_each_player_is_that_of_its_own_loss_at_the_same_weights() -> None:
    run = critic()
    step, twin = made(Eager, run), Autoencoder(run, SHAPE)
    images = batches()[0]
    step.take(images)
    terms, seen = twin(run, images, Span(0, 1), generators=Draws(run.seed, CPU.device).generators)
    (penalty,) = playing(run)
    network = [p for name, p in twin.named_parameters() if not name.startswith("penalties.")]
    theirs = list(twin.penalties["critic"].parameters())
    wanted = [torch.autograd.grad(terms.total, network, retain_graph=True)]
    wanted.append(torch.autograd.grad(penalty.own_loss(seen.detached(), twin.penalties["critic"]), theirs))
    for player, gradients in zip(step.players, wanted, strict=True):
        for parameter, gradient in zip(player.parameters, gradients, strict=True):
            assert parameter.grad is not None
            torch.testing.assert_close(parameter.grad, gradient)


@pytest.mark.parametrize("whose", ["network", "critic"])
def test_where_one_player_is_not_finite_nobody_moves(whose: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = critic()
    step = made(Eager, run)
    step(batches()[0], 1.0)
    before = as_bytes(step.model.snapshot())
    owner, method = (SquaredL2, "__call__") if whose == "network" else (type(run.penalties[0]), "own_loss")
    honest = getattr(owner, method)
    monkeypatch.setattr(owner, method, lambda self, *more: honest(self, *more) * float("nan"))
    step(batches()[1], 1.0)
    monkeypatch.undo()
    step(batches()[2], 1.0)  # it stays refused
    assert as_bytes(step.model.snapshot()) == before
    assert step.tripped_at() == 2


def test_a_refused_step_leaves_what_is_counted_as_it_was(monkeypatch: pytest.MonkeyPatch, small: Dataset) -> None:
    run = RUN.model_copy(update={"code": member("parts/codes/nearest", "Nearest")(means=8)})
    good = last(train(run, small))
    honest, calls = SquaredL2.__call__, [0]

    def poisoned(self: SquaredL2, seen: Pass, own: Any) -> Tensor:
        value = honest(self, seen, own)
        calls[0] += value.requires_grad
        return value * float("nan") if value.requires_grad and calls[0] == 4 else value

    step = made(Eager, run)
    for images in batches()[:3]:
        step(images, 1.0)
    before = as_bytes(step.model.snapshot())
    calls[0] = 3
    monkeypatch.setattr(SquaredL2, "__call__", poisoned)
    step(batches()[3], 1.0)
    assert as_bytes(step.model.snapshot()) == before
    assert step.tripped_at() == 4
    assert good.weights is not None
    assert good.weights["code.used"].dtype == torch.int64


# -- what is random ----------------------------------------------------------------------------------------------------


def batches_seen(run: Run, monkeypatch: pytest.MonkeyPatch) -> list[tuple[bytes, bytes]]:
    """The clean batch of every step, and what the encoder saw of it."""
    training, _ = drawn(run, small_dataset(), monkeypatch)
    return [(one.clean.numpy().tobytes(), one.corrupted.numpy().tobytes()) for one in training]


def test_the_seed_fixes_the_order_of_the_images_and_another_seed_gives_another(monkeypatch: pytest.MonkeyPatch) -> None:
    def order(seed: int) -> list[bytes]:
        return [clean for clean, _ in batches_seen(RUN.with_value("seed", seed), monkeypatch)]

    zero, again, one = order(0), order(0), order(1)
    assert zero == again
    assert zero != one
    assert len(set(zero)) == len(zero)  # every epoch is shuffled anew


def test_the_seed_fixes_the_training_noise_and_another_seed_gives_another() -> None:
    clean = torch.full((4, *SHAPE), 0.5)
    corruption = options(Corruption)["gaussian"]()

    def noise(seed: int) -> Tensor:
        return corruption.seen(clean, Draws(seed, CPU.device).generators.corruption)

    assert noise(0).equal(noise(0))
    assert not noise(0).equal(noise(1))


def test_another_penalty_that_draws_leaves_batches_noise_and_first_weights_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = NOISY.with_value("penalties", [])
    drawing = NOISY.with_value("penalties", [{"kind": "contractive", "method": "estimate"}])
    fighting = plain.model_copy(update={"penalties": critic().penalties})
    wanted = batches_seen(plain, monkeypatch)
    assert batches_seen(drawing, monkeypatch) == wanted
    assert batches_seen(fighting, monkeypatch) == wanted
    first, other = (Autoencoder(run, SHAPE).stages.state_dict() for run in (plain, fighting))
    assert as_bytes(first) == as_bytes(other)


def test_every_role_draws_from_a_generator_of_its_own() -> None:
    draws = Draws(7, CPU.device)
    states = {name: state.numpy().tobytes() for name, state in draws.state().items()}
    assert set(states) == {"order", "augmentation", "corruption", "code", "penalty"}
    assert len(set(states.values())) == 5
    assert len({seed_for(seed, role) for seed in range(20) for role in states}) == 100


def test_the_order_is_a_permutation_and_a_last_smaller_batch_is_never_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    """96 images in batches of 36: two a epoch, and the 24 left over wait for the next shuffle."""
    run = RUN.with_value("batch_size", 36).with_value("epochs", 2)
    seen = batches_seen(run, monkeypatch)
    sizes = [len(clean) // (64 * 4) for clean, _ in seen]
    assert sizes == [36] * 4


def test_the_rate_schedule_sets_the_rate_of_every_step(small: Dataset) -> None:
    for kind in options(Rate):
        run = RUN.with_value("rate", kind)
        rates = np.concatenate([event.learning_rates for event in fit(run, small) if isinstance(event, Progress)])
        wanted = [run.optimiser.learning_rate * run.rate.factor(step / 18) for step in range(18)]
        np.testing.assert_allclose(rates, np.asarray(wanted, np.float32), rtol=1e-6)


@pytest.mark.parametrize("optimiser", options(Optimiser))
def test_a_step_moves_the_weights_as_far_as_its_rate_says(optimiser: str) -> None:
    run = RUN.with_value("optimiser", optimiser)
    full, half, none = (made(Eager, run) for _ in range(3))
    start = full.model.snapshot()
    for step, factor in ((full, 1.0), (half, 0.5), (none, 0.0)):
        step(batches()[0], factor)
    moved = [
        torch.cat([(now - start[name]).flatten() for name, now in step.model.snapshot().items()])
        for step in (full, half, none)
    ]
    torch.testing.assert_close(moved[1], moved[0] / 2, rtol=2e-3, atol=1e-7)
    assert float(moved[2].abs().max()) == 0


def test_a_network_is_trained_on_what_the_augmentation_makes_of_every_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same images in the same order, each as one of the eight symmetries of a square, and all eight occur."""

    def trained_on(augmentation: str) -> list[np.ndarray]:
        seen = batches_seen(RUN.with_value("augmentation", augmentation), monkeypatch)
        return [np.frombuffer(clean, np.float32).reshape(-1, 8, 8) for clean, _ in seen]

    occurred = set()
    for plain, shown in zip(trained_on("none"), trained_on("flips"), strict=True):
        for image, other in zip(plain, shown, strict=True):
            turned = [np.rot90(side, quarters) for side in (image, image.T) for quarters in range(4)]
            which = [number for number, one in enumerate(turned) if np.array_equal(one, other)]
            assert which
            occurred.update(which)
    assert occurred == set(range(8))


def test_bfloat16_rounds_the_factors_of_a_step_and_leaves_weights_and_losses_in_float32(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("aestudio.core.ground.compute.knows_bfloat16", lambda _device: True)
    exact, rounded = made(Eager, RUN), made(Eager, RUN.with_value("precision", "bfloat16"))
    wanted, found = exact(batches()[0], 1.0), rounded(batches()[0], 1.0)
    assert found.raw.dtype == torch.float32
    assert all(tensor.dtype == torch.float32 for tensor in rounded.model.state_dict().values())
    assert not found.raw.equal(wanted.raw)
    torch.testing.assert_close(found.raw, wanted.raw, rtol=2e-2, atol=0)


# -- live values -------------------------------------------------------------------------------------------------------


def test_live_numbers_are_tensors_that_stay_where_they_are_and_change_their_value() -> None:
    run = NOISY.with_value("kl-sparsity.target", 0.2)
    live = LiveValues(run, CPU.device)
    sigma, target = live.run.corruption.sigma, live.run.penalties[1].target  # type: ignore[attr-defined]
    assert isinstance(sigma, Tensor)
    assert float(target) == pytest.approx(0.2)
    live.use(run.with_value("corruption.sigma", 0.7).with_value("kl-sparsity.target", 0.05))
    assert live.run.corruption.sigma is sigma  # type: ignore[attr-defined]
    assert (float(sigma), float(target)) == pytest.approx((0.7, 0.05))
    assert isinstance(run.corruption.sigma, float)  # type: ignore[attr-defined]


def test_a_number_that_decides_what_is_computed_and_a_whole_number_stay_numbers() -> None:
    run = RUN.with_value("augmentation", "flips").with_value("code", {"kind": "top-k", "k": 3})
    live = LiveValues(run, CPU.device).run
    assert type(live.augmentation.colours) is float  # type: ignore[attr-defined]
    assert type(live.code.k) is int  # type: ignore[attr-defined]


def test_tensors_of_live_numbers_round_exactly_as_numbers_do() -> None:
    """A training whose live values are tensors ends with the weights of one that computes with Python's numbers."""
    run = Run.from_settings({**SIGMOID, "batch_size": 16, **PARTS["everything"]})
    step = made(Eager, run)
    twin = made(Eager, run)
    twin.live.run = run
    for images in batches():
        step(images, 0.7)
        twin(images, 0.7)
    assert as_bytes(step.model.snapshot()) == as_bytes(twin.model.snapshot())


@pytest.mark.parametrize("path", ["corruption.sigma", "penalties.l1.weight", "optimiser.learning_rate"])
def test_a_live_change_computes_what_a_step_made_with_it_computes(path: str) -> None:
    other = NOISY.with_value(path, 0.45)
    changed, plain, wanted = made(Eager, NOISY), made(Eager, NOISY), made(Eager, other)
    changed.use(other)
    for step in (changed, plain, wanted):
        step(batches()[0], 1.0)
    assert as_bytes(changed.model.snapshot()) == as_bytes(wanted.model.snapshot())
    assert as_bytes(plain.model.snapshot()) != as_bytes(wanted.model.snapshot())


def test_of_several_runs_that_were_handed_over_the_newest_is_taken_and_once() -> None:
    controls = Controls()
    assert controls.take_run() is None
    for weight in (0.1, 0.2, 0.3):
        controls.use(NOISY.with_value("l1.weight", weight))
    taken = controls.take_run()
    assert taken is not None
    assert taken.penalties[0].weight == 0.3
    assert controls.take_run() is None


# -- as before ---------------------------------------------------------------------------------------------------------


def test_the_draws_of_0_1_0_can_be_fed_in_and_only_noise_differs_without_them(small: Dataset) -> None:
    old = {"draws": Draws(0, CPU.device, as_in_0_1_0=True)}
    assert points(train(RUN, small, **old)) == points(train(RUN, small))
    old = {"draws": Draws(0, CPU.device, as_in_0_1_0=True)}
    assert weights(train(NOISY, small, **old)) != weights(train(NOISY, small))


# -- written out -------------------------------------------------------------------------------------------------------


def test_a_plain_perceptron_gets_the_written_step_and_a_convolutional_network_the_plain_one() -> None:
    wide, convolving = RUN, RUN.with_value("network", PARTS["convolutions"]["network"])
    assert choose(wide, wide.plan(SHAPE), CPU) is Dense
    assert choose(convolving, convolving.plan(SHAPE), CPU) is Eager


def test_a_variational_autoencoder_and_its_importance_weighted_kin_get_the_written_step() -> None:
    for name in ("variational bound", "importance weighted alone", "loss gaussian, its spread learned", "code top-k"):
        run = Run.from_settings({**SIGMOID, **PARTS[name]})
        assert choose(run, run.plan(SHAPE), CPU) is Dense, name
    for name in ("importance weighted with a scale", "code top-k with an auxiliary loss", "code vector-quantised"):
        run = Run.from_settings({**SIGMOID, **PARTS[name]})
        assert choose(run, run.plan(SHAPE), CPU) is Eager, name


@pytest.mark.parametrize("span", [Span(0, 1), Span(1, 2), Span(1, 3), Span(0, 3)])
def test_every_span_of_a_deep_network_is_trained_as_by_the_plain_step(span: Span) -> None:
    run = Run.from_settings({"network": {"kind": "mlp", "widths": [9, 7, 5]}, "corruption": "gaussian"})
    written, plain = (
        kind(run, Autoencoder(run, SHAPE), span, CPU, Draws(run.seed, CPU.device)) for kind in (Dense, Eager)
    )
    for images in batches():
        torch.testing.assert_close(written(images, 1.0).raw, plain(images, 1.0).raw, rtol=1e-5, atol=1e-6)
    for tensor, other in zip(written.model.state_dict().values(), plain.model.state_dict().values(), strict=True):
        torch.testing.assert_close(tensor, other, rtol=1e-4, atol=1e-6)


def test_a_written_step_that_is_not_finite_moves_nothing_and_names_itself() -> None:
    step = made(Dense, RUN)
    step(batches()[0], 1.0)
    before = as_bytes(step.model.snapshot())
    step(batches()[1] * float("nan"), 1.0)
    step(batches()[2], 1.0)  # it stays refused
    assert as_bytes(step.model.snapshot()) == before
    assert step.tripped_at() == 2


@pytest.mark.parametrize("optimiser", ["adam", "adamw", "sgd"])
def test_a_written_optimiser_moves_to_the_last_bit_as_torchs_own(optimiser: str) -> None:
    run = RUN.with_value("optimiser", optimiser)
    quick, own = made(Dense, run), made(Dense, run)
    own.move = Optimiser.mover(run.optimiser, own.players[0].optimiser, ())  # type: ignore[attr-defined]
    for images in batches():
        quick(images, 0.7)
        own(images, 0.7)
    assert as_bytes(quick.model.snapshot()) == as_bytes(own.model.snapshot())
    assert as_bytes(quick.state()) == as_bytes(own.state())


def test_a_training_goes_on_with_the_step_that_it_was_begun_with() -> None:
    assert choose(RUN, RUN.plan(SHAPE), CPU, begun="eager") is Eager
    assert choose(RUN, RUN.plan(SHAPE), CPU, begun="dense") is Dense
    assert choose(RANDOM, RANDOM.plan(SHAPE), CPU, begun="no such step").unsuited(RANDOM, RANDOM.plan(SHAPE), CPU) == ""


def test_a_whole_training_by_either_step_reaches_the_same_held_out_loss(
    small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run.from_settings({"network": {"kind": "mlp", "widths": [24]}, "batch_size": 16, "epochs": 30})
    reached = []
    for kind in (Dense, Eager):
        monkeypatch.setattr("aestudio.core.training.fit.choose", lambda *_, kind=kind: kind)
        reached.append([one.objective for one in fit(run, small) if isinstance(one, Evaluated)][-1])
    assert reached[0] == pytest.approx(reached[1], rel=1e-3)


def test_auto_rounds_where_the_device_multiplies_bfloat16_and_the_layers_are_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("aestudio.core.ground.compute.knows_bfloat16", lambda _device: True)
    assert [CPU.rounds(precision, 10**9) for precision in ("auto", "bfloat16", "float32")] == [True, True, False]
    assert [CPU.rounds(precision, 10**6) for precision in ("auto", "bfloat16", "float32")] == [False, True, False]
    monkeypatch.setattr("aestudio.core.ground.compute.knows_bfloat16", lambda _device: False)
    assert not CPU.rounds("auto", 10**9)


def test_rounding_the_products_of_a_step_changes_no_product_of_another_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aestudio.core.ground.compute.knows_bfloat16", lambda _device: True)
    step = made(Dense, RUN.with_value("precision", "bfloat16"))
    left, right = torch.rand(64, 300), torch.rand(300, 64)
    wanted, found = left @ right, []
    honest = SquaredL2.by_hand

    def meanwhile(self: SquaredL2, *given: Any) -> tuple[Tensor, Tensor]:
        other = threading.Thread(target=lambda: found.append(left @ right))
        other.start()
        other.join()
        return honest(self, *given)

    monkeypatch.setattr(SquaredL2, "by_hand", meanwhile)
    step(batches()[0], 1.0)
    assert found[0].equal(wanted)
