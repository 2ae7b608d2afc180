"""Every network, code, corruption, penalty and loss: shapes, gradients, determinism, and the mistakes that public code
makes.
"""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

import pytest
import torch
from torch import Tensor

from aestudio.core.ground.errors import RunError
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts.activations import ACTIVATIONS
from aestudio.core.parts.families.code import Code
from aestudio.core.parts.families.corruption import Corruption
from aestudio.core.parts.families.likelihood import Likelihood
from aestudio.core.parts.families.network import Network
from aestudio.core.parts.families.penalty import Penalty
from aestudio.core.parts.one_pass import EVALUATE, TRAIN, Pass
from aestudio.core.parts.penalties.contractive import Contractive
from aestudio.core.parts.penalties.kl_sparsity import bernoulli_kl
from aestudio.core.parts.plan import Span
from aestudio.core.parts.slots import options
from aestudio.core.run.run import Run
from tests.core import definitions
from tests.core.conftest import together

SIGMOID = {"kind": "mlp", "widths": [5], "activation": "sigmoid"}


def looked(
    run: Run, shape: tuple[int, int, int] = (1, 8, 8), count: int = 6, dtype: torch.dtype = torch.float64
) -> tuple[Autoencoder, Pass]:
    """A new autoencoder in double precision, and one pass of random images."""
    model = Autoencoder(run, shape).to(dtype)
    images = torch.rand(count, *shape, generator=torch.Generator().manual_seed(3), dtype=dtype)
    return model, model.look(run, images, Span(0, model.depth), TRAIN, together(4))


def beside(penalty: str, settings: dict[str, Any]) -> Run:
    """A run with what the penalty needs beside it."""
    return Run.from_settings({**settings, **definitions.company(options(Penalty)[penalty])})


# -- all of them -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 9, 11), (1, 28, 28), (3, 33, 17)], ids=str)
@pytest.mark.parametrize("kind", options(Network))
def test_a_network_gives_back_images_of_the_shape_it_got(kind: str, shape: tuple[int, int, int]) -> None:
    run = Run().with_value("network", kind)
    model, seen = looked(run, shape)
    assert seen.reconstruction.shape == (6, *shape)
    assert seen.hidden.shape == (6, prod(model.span(0, model.depth)[-1].out_shape))
    assert model.decode(run, seen.code, Span(0, model.depth)).reconstruction.equal(seen.reconstruction)


@pytest.mark.parametrize("kind", options(Network))
def test_the_seed_fixes_the_initial_weights(kind: str) -> None:
    run = Run().with_value("network", kind)
    first, again = Autoencoder(run, (1, 8, 8)), Autoencoder(run, (1, 8, 8))
    other = Autoencoder(run.with_value("seed", 1), (1, 8, 8))
    assert all(a.equal(b) for a, b in zip(first.parameters(), again.parameters(), strict=True))
    assert not all(a.equal(b) for a, b in zip(first.parameters(), other.parameters(), strict=True))


def test_building_a_network_leaves_torchs_own_random_state_alone() -> None:
    before = torch.get_rng_state()
    Autoencoder(Run(), (1, 8, 8))
    assert torch.get_rng_state().equal(before)


@pytest.mark.parametrize(
    ("loss", "penalty", "network"), list(product(options(Likelihood), options(Penalty), ("mlp", "conv")))
)
def test_every_objective_agrees_with_finite_differences(loss: str, penalty: str, network: str) -> None:
    settings = (
        {"kind": "mlp", "widths": [4, 3], "activation": "tanh"}
        if network == "mlp"
        else {"kind": "conv", "channels": [2], "code_size": 3}
    )
    if penalty == "kl-sparsity":
        settings |= {"activation": "sigmoid", "code_activation": "sigmoid"}
    if network == "conv" and penalty != "kl-sparsity":
        settings |= {"activation": "softplus"}
    run = beside(penalty, {"network": settings, "loss": loss, "penalties": [{"kind": penalty, "weight": 0.7}]})
    model = Autoencoder(run, (1, 8, 8)).double()
    images = torch.rand(3, 1, 8, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    parameters = list(model.parameters())

    def objective() -> Tensor:
        total: Tensor = model(run, images, Span(0, model.depth), TRAIN, together(0))[0].total
        return total

    objective().backward()
    generator = torch.Generator().manual_seed(1)
    direction = [torch.randn(p.shape, generator=generator, dtype=p.dtype) for p in parameters]
    slope = sum(float((p.grad * d).sum()) for p, d in zip(parameters, direction, strict=True) if p.grad is not None)
    with torch.no_grad():
        values = []
        for step in (1e-5, -2e-5):
            for p, d in zip(parameters, direction, strict=True):
                p.add_(step * d)
            values.append(float(objective()))
    assert slope == pytest.approx((values[0] - values[1]) / 2e-5, rel=2e-5, abs=1e-6)


@pytest.mark.parametrize("kind", options(Penalty))
def test_every_penalty_reaches_the_objective_with_its_weight(kind: str) -> None:
    run = beside(kind, {"network": SIGMOID, "penalties": [{"kind": kind, "weight": 0.25}]})
    model = Autoencoder(run, (1, 8, 8))
    images = torch.rand(6, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    objective, _ = model(run, images, Span(0, 1), TRAIN, together(0))
    assert objective.names == ("reconstruction", kind)
    assert float(objective.raw[1]) != 0
    assert float(objective.total.detach()) == pytest.approx(float(objective.raw[0] + 0.25 * objective.raw[1]), rel=1e-6)


@pytest.mark.parametrize("kind", options(Penalty))
def test_every_penalty_by_itself_moves_the_encoder(kind: str) -> None:
    run = beside(kind, {"network": SIGMOID, "penalties": [{"kind": kind}]})
    model, seen = looked(run)
    run.penalties[0](seen, model.penalties[kind]).backward()
    gradient = model.span(0, 1)[0].W.grad
    assert isinstance(gradient, Tensor)
    assert torch.isfinite(gradient).all()
    assert float(gradient.abs().sum()) > 0


@pytest.mark.parametrize("kind", options(Corruption))
def test_a_corruption_is_pure_and_fixed_by_its_generator(kind: str) -> None:
    corruption = options(Corruption)[kind]()
    clean = torch.rand(64, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    before = clean.clone()
    first = corruption.seen(clean, torch.Generator().manual_seed(1))
    again = corruption.seen(clean, torch.Generator().manual_seed(1))
    other = corruption.seen(clean, torch.Generator().manual_seed(2))
    assert clean.equal(before)
    assert first.shape == clean.shape
    assert first.equal(again)
    assert kind == "none" or not first.equal(other)


@pytest.mark.parametrize("kind", options(Corruption))
def test_the_loss_compares_with_the_clean_image(kind: str) -> None:
    run = Run().with_value("corruption", kind)
    model = Autoencoder(run, (1, 8, 8))
    images = torch.rand(4, 1, 8, 8)
    seen = model.look(run, images, Span(0, 1), TRAIN, together(0))
    assert seen.clean.equal(images)
    assert kind == "none" or not seen.corrupted.equal(images)
    assert float(run.loss(seen, None)) == pytest.approx(
        float((images - seen.reconstruction).square().sum()) / 4, rel=1e-6
    )


@pytest.mark.parametrize("kind", options(Corruption))
def test_corruption_does_not_depend_on_training_or_evaluation_mode(kind: str) -> None:
    run = Run().with_value("corruption", kind)
    model = Autoencoder(run, (1, 8, 8))
    images = torch.rand(4, 1, 8, 8)
    training = model.look(run, images, Span(0, 1), TRAIN, together(0)).corrupted
    evaluating = model.look(run, images, Span(0, 1), EVALUATE, together(0)).corrupted
    assert training.equal(evaluating)


@pytest.mark.parametrize("kind", [kind for kind, one in options(Code).items() if one.keeps_units])
def test_a_code_keeps_the_shape_and_lets_gradients_through(kind: str) -> None:
    hidden = torch.randn(5, 2, 4, 4, requires_grad=True)
    code = options(Code)[kind]().encode(hidden, None, TRAIN, None, 1).code
    assert code.shape == hidden.shape
    code.sum().backward()
    assert hidden.grad is not None
    assert float(hidden.grad.sum()) > 0


# -- networks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "network", [{"kind": "mlp", "widths": [7, 3]}, {"kind": "linear", "code_size": 3}], ids=lambda n: n["kind"]
)
def test_tied_weights_are_one_tensor(network: dict[str, object]) -> None:
    free = Autoencoder(Run.from_settings({"network": network}), (1, 8, 8))
    tied = Autoencoder(Run.from_settings({"network": {**network, "tied": True}}), (1, 8, 8))
    matrices = [name for name in tied.state_dict() if name.endswith(("W", "V"))]
    assert len(matrices) == tied.depth
    assert len([name for name in free.state_dict() if name.endswith(("W", "V"))]) == 2 * free.depth
    stage = tied.span(0, 1)[0]
    with torch.no_grad():
        stage.W.mul_(2)  # type: ignore[operator]
    code = torch.zeros(1, *stage.out_shape)
    code[0, 0] = 1
    assert stage.back(code).flatten().equal(stage.W[0] + stage.c)  # type: ignore[index,operator]


@pytest.mark.parametrize("shape", [(1, 8, 7), (3, 4, 64)], ids=str)
def test_a_convolutional_network_refuses_images_that_are_too_small(shape: tuple[int, int, int]) -> None:
    with pytest.raises(RunError, match="at least 8×8"):
        Run().with_value("network", "conv").check(shape)


def test_a_convolutional_network_refuses_more_halvings_than_the_image_has() -> None:
    with pytest.raises(RunError, match="can be halved 3 times"):
        Run().with_value("network", {"kind": "conv", "channels": [4, 4, 4, 4]}).check((1, 8, 8))


# -- codes -------------------------------------------------------------------------------------------------------------


def test_top_k_keeps_the_k_largest_and_no_more() -> None:
    hidden = torch.tensor([[3.0, -5.0, 1.0, 2.0], [0.0, 0.1, 0.3, 0.2]])
    code = options(Code)["top-k"].model_validate({"k": 2}).encode(hidden, None, TRAIN, None, 1).code
    assert code.equal(torch.tensor([[3.0, 0.0, 0.0, 2.0], [0.0, 0.0, 0.3, 0.2]]))


def test_top_k_refuses_more_units_than_the_code_has() -> None:
    with pytest.raises(RunError, match="keeps 9 units, but the code has only 5"):
        Run.from_settings({"network": SIGMOID, "code": {"kind": "top-k", "k": 9}}).check((1, 8, 8))


# -- corruptions -------------------------------------------------------------------------------------------------------


def test_gaussian_noise_has_the_standard_deviation_it_says() -> None:
    generator = torch.Generator().manual_seed(0)
    noise = options(Corruption)["gaussian"].model_validate({"sigma": 0.3}).seen(torch.zeros(100, 1, 32, 32), generator)
    assert float(noise.std()) == pytest.approx(0.3, rel=0.01)
    assert float(noise.mean()) == pytest.approx(0, abs=0.005)


def test_masking_drops_the_fraction_it_says_and_does_not_rescale() -> None:
    masked = (
        options(Corruption)["masking"]
        .model_validate({"fraction": 0.3})
        .seen(torch.full((100, 1, 32, 32), 0.7), torch.Generator().manual_seed(0))
    )
    assert float((masked == 0).float().mean()) == pytest.approx(0.3, abs=0.01)
    assert float(masked.max()) == pytest.approx(0.7)


def test_salt_and_pepper_hits_the_fraction_it_says_half_black_half_white() -> None:
    hit = (
        options(Corruption)["salt-and-pepper"]
        .model_validate({"fraction": 0.4})
        .seen(torch.full((100, 1, 32, 32), 0.5), torch.Generator().manual_seed(0))
    )
    assert float((hit == 0).float().mean()) == pytest.approx(0.2, abs=0.01)
    assert float((hit == 1).float().mean()) == pytest.approx(0.2, abs=0.01)


# -- sparsity ----------------------------------------------------------------------------------------------------------


def test_kl_is_zero_at_the_target_and_finite_at_the_ends() -> None:
    assert float(bernoulli_kl(0.1, torch.tensor(0.1))) == pytest.approx(0, abs=1e-6)
    ends = torch.tensor([0.0, 1.0], requires_grad=True)
    value = bernoulli_kl(0.1, ends)
    value.sum().backward()
    assert torch.isfinite(value).all()
    assert ends.grad is not None
    assert torch.isfinite(ends.grad).all()
    assert ends.grad[0] < 0 < ends.grad[1]  # a unit that never fires is pushed up, one that always fires down


def test_kl_matches_its_formula() -> None:
    rho, target = torch.tensor([0.05, 0.4], dtype=torch.float64), 0.2
    expected = target * (target / rho).log() + (1 - target) * ((1 - target) / (1 - rho)).log()
    torch.testing.assert_close(bernoulli_kl(target, rho), expected, rtol=1e-4, atol=1e-6)


def test_kl_takes_the_mean_over_the_batch_and_sums_over_units() -> None:
    run = Run.from_settings({"network": SIGMOID, "penalties": [{"kind": "kl-sparsity", "target": 0.2}]})
    _, seen = looked(run)
    by_hand = sum(float(bernoulli_kl(0.2, seen.hidden[:, unit].mean())) for unit in range(5))
    assert float(run.penalties[0](seen, None)) == pytest.approx(by_hand, rel=1e-9)


def test_l1_sums_over_units_and_averages_over_the_batch() -> None:
    run = Run.from_settings({"network": {**SIGMOID, "activation": "tanh"}, "penalties": ["l1"]})
    _, seen = looked(run)
    assert float(run.penalties[0](seen, None)) == pytest.approx(float(seen.hidden.abs().sum()) / 6, rel=1e-9)


@pytest.mark.parametrize("activation", [name for name, a in ACTIVATIONS.items() if not a.is_probability])
def test_kl_refuses_activations_that_are_no_probabilities(activation: str) -> None:
    run = Run.from_settings({"network": {**SIGMOID, "activation": activation}, "penalties": ["kl-sparsity"]})
    with pytest.raises(RunError, match=f"ends in {activation}"):
        run.check((1, 8, 8))


def test_weight_decay_counts_every_matrix_once_and_no_bias() -> None:
    for tied in (False, True):
        run = Run.from_settings({"network": {**SIGMOID, "tied": tied}, "penalties": ["weight-decay"]})
        model, seen = looked(run)
        matrices = sum(float(p.square().sum()) for p in model.parameters() if p.dim() > 1)
        assert float(run.penalties[0](seen, None)) == pytest.approx(matrices, rel=1e-9)


# -- contraction -------------------------------------------------------------------------------------------------------


def by_autograd(seen: Pass) -> float:
    """‖J‖²_F averaged over the batch, row by row through autograd."""
    total = 0.0
    for image in seen.corrupted:
        jacobian = torch.autograd.functional.jacobian(lambda x: seen.hidden_of(x[None])[0], image)
        total += float(jacobian.square().sum())
    return total / len(seen.corrupted)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_closed_form_uses_the_derivative_of_the_layers_own_activation(activation: str) -> None:
    run = Run.from_settings({"network": {**SIGMOID, "activation": activation}, "penalties": ["contractive"]})
    _, seen = looked(run)
    assert Contractive().chosen(seen.stages, 6) == "closed form"
    assert float(run.penalties[0](seen, None)) == pytest.approx(by_autograd(seen), rel=1e-9)


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 9, 11)], ids=str)
def test_the_closed_form_of_one_convolution_minds_the_border(shape: tuple[int, int, int]) -> None:
    network = {"kind": "conv", "channels": [3], "code_size": 0, "activation": "tanh"}
    run = Run.from_settings({"network": network, "penalties": ["contractive"]})
    _, seen = looked(run, shape)
    assert float(run.penalties[0](seen, None)) == pytest.approx(by_autograd(seen), rel=1e-9)


@pytest.mark.parametrize(
    "network",
    [
        {"kind": "mlp", "widths": [6, 4, 3], "activation": "tanh"},
        {"kind": "conv", "channels": [3, 4], "code_size": 5, "activation": "elu"},
    ],
    ids=lambda n: n["kind"],
)
def test_the_exact_jacobian_of_a_deep_encoder_agrees_with_autograd(network: dict[str, object]) -> None:
    run = Run.from_settings({"network": network, "penalties": ["contractive"]})
    _, seen = looked(run)
    assert Contractive().chosen(seen.stages, 6) == "exact"
    assert float(run.penalties[0](seen, None)) == pytest.approx(by_autograd(seen), rel=1e-9)


def test_hutchinsons_estimate_is_unbiased() -> None:
    run = Run.from_settings({"network": {"kind": "mlp", "widths": [6, 4], "activation": "tanh"}})
    _, seen = looked(run)
    exact = float(Contractive(method="exact")(seen, None))
    estimates = torch.stack([Contractive(method="estimate", probes=8)(seen, None).detach() for _ in range(400)])
    error = float(estimates.std()) / 20
    assert abs(float(estimates.mean()) - exact) < 4 * error
    assert error < 0.01 * exact


def test_more_probes_make_a_tighter_estimate() -> None:
    _, seen = looked(Run.from_settings({"network": {"kind": "mlp", "widths": [6, 4], "activation": "tanh"}}))
    spread = [
        float(torch.stack([Contractive(method="estimate", probes=n)(seen, None).detach() for _ in range(100)]).std())
        for n in (1, 16)
    ]
    assert spread[1] < spread[0] / 2


def test_with_a_linear_encoder_contraction_is_weight_decay_of_the_encoder() -> None:
    run = Run.from_settings({"network": {"kind": "linear", "code_size": 4}, "penalties": ["contractive"]})
    model, seen = looked(run)
    assert float(run.penalties[0](seen, None)) == pytest.approx(float(model.span(0, 1)[0].W.square().sum()), rel=1e-9)  # type: ignore[operator]


def test_a_big_deep_encoder_is_estimated_and_says_so() -> None:
    run = Run.from_settings(
        {"network": {"kind": "mlp", "widths": [1000, 500]}, "penalties": [{"kind": "contractive", "probes": 4}]}
    )
    assert run.notes((1, 28, 28)) == ("Contractive penalty: Hutchinson estimate, 4 probes",)
    assert run.with_value("contractive.method", "exact").notes((1, 28, 28)) == (
        "Contractive penalty: exact Jacobian, forward mode",
    )
    assert run.with_value("network.widths", [1000]).notes((1, 28, 28)) == (
        "Contractive penalty: closed form (one hidden layer)",
    )


# -- losses ------------------------------------------------------------------------------------------------------------


def test_cross_entropy_matches_its_formula_and_stays_finite_when_saturated() -> None:
    run = Run.from_settings({"network": SIGMOID, "loss": "cross-entropy"})
    model, seen = looked(run)
    x, y = seen.clean, seen.reconstruction
    assert float(run.loss(seen, None)) == pytest.approx(
        float(-(x * y.log() + (1 - x) * (1 - y).log()).sum()) / 6, rel=1e-9
    )
    with torch.no_grad():
        model.span(0, 1)[0].c.fill_(1000.0)  # type: ignore[operator]
    saturated = run.loss(model.look(run, x, Span(0, 1), TRAIN), None)
    assert torch.isfinite(saturated)


@pytest.mark.parametrize(
    "network", [{"kind": "linear"}, {"kind": "mlp", "output": "identity"}, {"kind": "conv", "output": "identity"}]
)
def test_cross_entropy_refuses_reconstructions_outside_0_and_1(network: dict[str, object]) -> None:
    with pytest.raises(RunError, match="needs reconstructions between 0 and 1, but the output ends in identity"):
        Run.from_settings({"network": network, "loss": "cross-entropy"}).check((1, 8, 8))


def test_cross_entropy_refuses_hidden_layers_it_cannot_train_greedily() -> None:
    settings = {
        "network": {"kind": "mlp", "widths": [8, 4], "activation": "relu"},
        "loss": "cross-entropy",
        "schedule": "greedy",
    }
    with pytest.raises(RunError, match="hidden layer that is trained by itself ends in relu"):
        Run.from_settings(settings).check((1, 8, 8))
    settings["network"] = {"kind": "mlp", "widths": [8, 4], "activation": "sigmoid"}
    Run.from_settings(settings).check((1, 8, 8))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activations_derivative_and_range_are_right(name: str) -> None:
    activation = ACTIVATIONS[name]
    a = torch.linspace(-6, 6, 101, dtype=torch.float64, requires_grad=True)
    h = activation(a)
    (slope,) = torch.autograd.grad(h.sum(), a)
    torch.testing.assert_close(activation.derivative(a), slope)
    b = torch.linspace(-6, 6, 101, dtype=torch.float64, requires_grad=True)
    (curvature,) = torch.autograd.grad(activation.derivative(b).sum() + 0 * b.sum(), b)
    torch.testing.assert_close(activation.curvature(a, h), curvature)
    assert float(h.detach().min()) >= activation.low
    assert float(h.detach().max()) <= activation.high


def test_weak_units_are_not_dead_and_silent_ones_are() -> None:
    import numpy as np

    from aestudio.core.probes.activations import statistics

    hidden = np.array([[1.0, 0.02, 0.0, -0.5], [0.8, 0.0, 0.0, 0.0]], dtype=np.float32)
    measured = statistics(hidden, "zeros")
    assert (measured.units, measured.dead, measured.l0) == (4, 1, 2)
    assert measured.mean == pytest.approx(float(hidden.mean()))
