"""Every loss and penalty against its definition, written out once more in the slowest way, and against finite
differences: for every activation in every network that admits it, in double precision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from aestudio.core.ground.errors import RunError
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts.activations import ACTIVATIONS
from aestudio.core.parts.families.likelihood import Likelihood
from aestudio.core.parts.families.penalty import Penalty
from aestudio.core.parts.likelihoods.squared import SquaredL2
from aestudio.core.parts.one_pass import TRAIN, Pass
from aestudio.core.parts.penalties.contractive import Contractive
from aestudio.core.parts.penalties.kl_sparsity import bernoulli_kl
from aestudio.core.parts.plan import Span
from aestudio.core.parts.slots import options
from aestudio.core.run.run import Run
from tests.core import definitions
from tests.core.conftest import together
from tests.present import present

SHAPE = (1, 8, 8)
COUNT = 4


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Nothing here is large enough for two."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def network(name: str, activation: str) -> dict[str, Any]:
    """The networks that there are, in every form that changes how something is computed."""
    both = {"activation": activation, "code_activation": activation}
    forms: dict[str, dict[str, Any]] = {
        "linear": {"kind": "linear", "code_size": 3},
        "linear, tied": {"kind": "linear", "code_size": 3, "tied": True},
        "one layer": {"kind": "mlp", "widths": [4], "activation": activation},
        "one layer, tied": {"kind": "mlp", "widths": [4], "activation": activation, "tied": True},
        "deep": {"kind": "mlp", "widths": [5, 3], "activation": activation},
        "one convolution": {"kind": "conv", "channels": [2], "code_size": 0, "activation": activation},
        "convolutions": {"kind": "conv", "channels": [2, 2], "code_size": 3, **both},
    }
    return forms[name]


FORMS = ("linear", "linear, tied", "one layer", "one layer, tied", "deep", "one convolution", "convolutions")
CASES = [(form, a) for form, a in product(FORMS, ACTIVATIONS) if not form.startswith("linear") or a == "identity"]


def built(run: Run, seed: int = 0) -> tuple[Autoencoder, Tensor]:
    """In double precision, biases included in what is random; and images."""
    generator = torch.Generator().manual_seed(seed)
    model = Autoencoder(run, SHAPE).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator, dtype=torch.float64))
    return model, torch.rand(COUNT, *SHAPE, generator=generator, dtype=torch.float64)


def looked(run: Run) -> tuple[Autoencoder, Pass]:
    model, images = built(run)
    return model, model.look(run, images, Span(0, model.depth), TRAIN, together(1))


# -- the definitions, image by image and unit by unit ------------------------------------------------------------------

TERMS: dict[str, type[Likelihood | Penalty]] = {**options(Likelihood), **options(Penalty)}


def has_meaning(term: str, form: str, activation: str) -> bool:
    asked = getattr(definitions.of(TERMS[term]), "has_meaning", None)
    return asked is None or bool(asked(form, activation))


def cases(term: str) -> list[tuple[str, str]]:
    """Every form of network, and every activation where the term computes with its derivative. To others activations
    are all the same: each form gets one of those that have a meaning, in turn.
    """
    fitting = [(form, activation) for form, activation in CASES if has_meaning(term, form, activation)]
    if getattr(definitions.of(TERMS[term]), "OWN_DERIVATIVES", False):
        return fitting
    found = []
    for turn, form in enumerate(dict.fromkeys(form for form, _ in fitting)):
        there = [activation for one, activation in fitting if one == form]
        found.append((form, there[turn % len(there)]))
    return found


MEANINGFUL = [(term, form, activation) for term in TERMS for form, activation in cases(term)]


def run_for(term: str, form: str, activation: str) -> Run:
    settings: dict[str, Any] = {"network": network(form, activation), **definitions.company(TERMS[term])}
    settings |= {"loss": term} if term in options(Likelihood) else {"penalties": [{"kind": term, "weight": 0.7}]}
    return Run.from_settings(settings)


def part(run: Run, term: str) -> Likelihood | Penalty:
    return run.loss if term in options(Likelihood) else run.penalties[0]


def own_of(model: Autoencoder, term: str) -> nn.Module:
    """What the term has built."""
    return model.loss if term in options(Likelihood) else model.penalties[term]


def gradients(value: Tensor, model: nn.Module) -> list[Tensor]:
    parameters = list(model.parameters())
    found = torch.autograd.grad(value, parameters, retain_graph=True, allow_unused=True)
    return [torch.zeros_like(p) if g is None else g for p, g in zip(parameters, found, strict=True)]


def test_only_what_has_no_meaning_is_refused() -> None:
    for term in TERMS:
        asked = hasattr(definitions.of(TERMS[term]), "has_meaning")
        for form, activation in CASES if asked else cases(term):  # others have a meaning everywhere
            if has_meaning(term, form, activation):
                run_for(term, form, activation).check(SHAPE)
            else:
                with pytest.raises(RunError, match=r"\.$"):
                    run_for(term, form, activation).check(SHAPE)


@pytest.mark.parametrize(("term", "form", "activation"), MEANINGFUL)
def test_value_and_gradient_are_those_of_the_definition(term: str, form: str, activation: str) -> None:
    run = run_for(term, form, activation)
    model, seen = looked(run)
    own, definition = part(run, term), definitions.of(TERMS[term])
    made = own_of(model, term)
    draws = present(seen.generator).get_state()
    wanted = definition.definition(seen, own, *([made] if list(made.parameters()) else []))
    present(seen.generator).set_state(draws)
    value = own(seen, made)
    close: dict[str, Any] = getattr(definition, "CLOSE", {"rtol": 1e-9, "atol": 1e-11})
    torch.testing.assert_close(value, wanted, **close)
    for ours, theirs in zip(gradients(value, model), gradients(wanted, model), strict=True):
        torch.testing.assert_close(ours, theirs, **close)


def slopes(model: nn.Module, objective: Callable[[], Tensor], count: int = 3) -> Iterator[tuple[float, float]]:
    """Along random directions: what the gradient says, and what central differences of the values say."""
    parameters = list(model.parameters())
    gradient = gradients(objective(), model)
    generator = torch.Generator().manual_seed(7)
    for _ in range(count):
        direction = [torch.randn(p.shape, generator=generator, dtype=p.dtype) for p in parameters]
        said = sum(float((g * d).sum()) for g, d in zip(gradient, direction, strict=True))
        values = []
        for step in (1e-5, -2e-5, 1e-5):  # there, to the other side, and back
            with torch.no_grad():
                for p, d in zip(parameters, direction, strict=True):
                    p.add_(d, alpha=step)
            values.append(float(objective().detach()))
        yield said, (values[0] - values[1]) / 2e-5


@pytest.mark.parametrize(("term", "form", "activation"), MEANINGFUL)
def test_the_gradient_agrees_with_finite_differences(term: str, form: str, activation: str) -> None:
    run = run_for(term, form, activation)
    model, images = built(run)

    def value() -> Tensor:
        seen = model.look(run, images, Span(0, model.depth), TRAIN, together(1))
        return part(run, term)(seen, own_of(model, term))

    for said, measured in slopes(model, value):
        assert said == pytest.approx(measured, rel=1e-5, abs=1e-6)


# -- the weights λ -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("weight", [0.0, 0.25, 8.0, 0.3])
@pytest.mark.parametrize("kind", options(Penalty))
def test_a_weight_scales_its_terms_gradient_exactly(kind: str, weight: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SquaredL2, "__call__", lambda _, seen, own: 0 * seen.logits.sum())  # so that no sum is rounded
    run = run_for(kind, "one layer", "sigmoid").with_value(f"{kind}.weight", weight)
    model, images = built(run)
    span = Span(0, model.depth)
    seen = model.look(run, images, span, TRAIN, together(1))
    alone = gradients(run.penalties[0](seen, own_of(model, kind)), model)
    total = gradients(model(run, images, span, TRAIN, together(1))[0].total, model)
    assert any(float(g.abs().max()) > 0 for g in alone)
    for whole, term in zip(total, alone, strict=True):
        if weight == 0.3:
            torch.testing.assert_close(whole, 0.3 * term, rtol=1e-12, atol=1e-15)
        else:  # a power of two, or nothing: to the last bit
            assert whole.equal(weight * term)


@pytest.mark.parametrize("kind", options(Penalty))
def test_the_gradient_of_the_objective_is_the_sum_over_its_terms(kind: str) -> None:
    run = run_for(kind, "deep", "sigmoid").with_value(f"{kind}.weight", 0.3)
    model, images = built(run)
    span = Span(0, model.depth)
    seen = model.look(run, images, span, TRAIN, together(1))
    loss, term = gradients(run.loss(seen, None), model), gradients(run.penalties[0](seen, own_of(model, kind)), model)
    total = model(run, images, span, TRAIN, together(1))[0].total
    for whole, a, b in zip(gradients(total, model), loss, term, strict=True):
        torch.testing.assert_close(whole, a + 0.3 * b, rtol=1e-10, atol=1e-13)


def test_two_penalties_do_not_know_of_each_other() -> None:
    settings = [{"kind": "l1", "weight": 0.5}, {"kind": "kl-sparsity", "weight": 2.0}]
    run = Run.from_settings({"network": network("one layer", "sigmoid"), "penalties": settings})
    model, images = built(run)
    objective, seen = model(run, images, Span(0, 1))
    terms = [float(run.loss(seen, None).detach()), *(float(penalty(seen, None).detach()) for penalty in run.penalties)]
    assert objective.raw.tolist() == pytest.approx(terms, rel=1e-12)
    assert float(objective.total.detach()) == pytest.approx(terms[0] + 0.5 * terms[1] + 2 * terms[2], rel=1e-12)


# -- scale: everything is a sum over one image's values, averaged over images ------------------------------------------


@pytest.mark.parametrize("loss", options(Likelihood))
def test_a_loss_is_summed_over_pixels_and_averaged_over_images(loss: str) -> None:
    run = Run.from_settings({"network": network("one layer", "sigmoid"), "loss": loss})
    model, images = built(run)
    _, seen = looked(run)
    whole = float(run.loss(seen, None).detach())
    with torch.no_grad():
        each = [float(run.loss(model.look(run, image[None], Span(0, 1), TRAIN), None)) for image in images]
        halves = [float(run.loss(_part_of(seen, rows), None)) for rows in (slice(0, 4), slice(4, 8))]
        together = float(run.loss(model.look(run, images, Span(0, 1), TRAIN), None))
    assert together == pytest.approx(sum(each) / COUNT, rel=1e-12)
    if getattr(definitions.of(options(Likelihood)[loss]), "INDEPENDENT", True):
        assert whole == pytest.approx(sum(halves), rel=1e-12)
    else:
        assert whole != pytest.approx(sum(halves), rel=1e-3)


def _part_of(seen: Pass, rows: slice) -> Pass:
    """The pass, as if its images had only some of their rows of pixels."""
    changed = {name: getattr(seen, name)[:, :, rows] for name in ("target", "logits", "reconstruction")}
    return Pass(**{**vars(seen), **changed})


@pytest.mark.parametrize("kind", ["kl-sparsity", "l1", "contractive"])
def test_a_penalty_on_units_is_summed_over_them(kind: str) -> None:
    run = Run.from_settings({"network": network("one layer", "sigmoid"), "penalties": [kind]})
    model, images = built(run)
    each = 0.0
    with torch.no_grad():
        whole = float(run.penalties[0](model.look(run, images, Span(0, 1), TRAIN), None))
        for unit in range(4):
            alone, _ = built(run.with_value("network.widths", [1]))
            for mine, of in zip(alone.parameters(), model.parameters(), strict=True):
                mine.copy_(_of_unit(of, unit, tuple(mine.shape)))
            each += float(run.penalties[0](alone.look(run, images, Span(0, 1), TRAIN), None))
    assert whole == pytest.approx(each, rel=1e-9)


def _of_unit(parameter: Tensor, unit: int, shape: Sequence[int]) -> Tensor:
    """What belongs to one of four hidden units."""
    if tuple(parameter.shape) == tuple(shape):
        return parameter  # the decoder's bias belongs to no unit
    return parameter[unit : unit + 1] if parameter.shape[0] == 4 else parameter[:, unit : unit + 1]


# -- contraction -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("form", ["one layer", "one convolution"])
def test_closed_form_exact_jacobian_and_many_random_probes_are_one_number(
    form: str, activation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run.from_settings({"network": network(form, activation), "penalties": ["contractive"]})
    model, seen = looked(run)
    closed = run.penalties[0](seen, None)
    estimates = torch.stack([Contractive(method="estimate", probes=6)(seen, None).detach() for _ in range(64)])
    error = float(estimates.std()) / 8
    assert error <= 0.05 * float(closed.detach())
    assert abs(float(estimates.mean() - closed.detach())) <= 4 * error + 1e-9
    monkeypatch.setattr(Contractive, "chosen", lambda *_: "exact")
    exact = run.penalties[0](seen, None)
    torch.testing.assert_close(closed, exact, rtol=1e-10, atol=0)
    for one, other in zip(gradients(closed, model), gradients(exact, model), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("form", ["deep", "convolutions"])
def test_the_gradient_of_hutchinsons_estimate_is_unbiased_too(form: str) -> None:
    run = Run.from_settings({"network": network(form, "tanh")})
    model, seen = looked(run)
    exact = torch.cat([g.flatten() for g in gradients(Contractive(method="exact")(seen, None), model)])
    estimate = Contractive(method="estimate", probes=2)
    drawn = torch.stack(
        [torch.cat([g.flatten() for g in gradients(estimate(seen, None), model)]) for _ in range(200)]
    )  # [200, parameters]
    error = drawn.std(0) / 200**0.5
    away = (drawn.mean(0) - exact).abs()
    assert bool((away <= 5 * error + 1e-9).all())
    assert float(away.square().mean().sqrt()) < 2 * float(error.square().mean().sqrt())


def test_with_a_linear_encoder_contraction_pulls_as_weight_decay_of_the_encoder_does() -> None:
    for form in ("linear", "linear, tied", "one layer"):
        run = Run.from_settings({"network": network(form, "identity"), "penalties": ["contractive"]})
        model, seen = looked(run)
        W = model.span(0, 1)[0].W
        value = run.penalties[0](seen, None)
        assert isinstance(W, Tensor)
        torch.testing.assert_close(value, W.square().sum(), rtol=1e-12, atol=0)
        (pull,) = torch.autograd.grad(value, [W])
        torch.testing.assert_close(pull, 2 * W, rtol=1e-12, atol=0)


def test_with_a_deep_linear_encoder_it_is_weight_decay_of_the_product() -> None:
    run = Run.from_settings({"network": network("deep", "identity"), "penalties": ["contractive"]})
    model, seen = looked(run)
    first, second = (stage.W for stage in model.span(0, 2))
    assert isinstance(first, Tensor)
    assert isinstance(second, Tensor)
    torch.testing.assert_close(run.penalties[0](seen, None), (second @ first).square().sum(), rtol=1e-10, atol=0)


# -- KL ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("target", [0.001, 0.05, 0.2, 0.5])
def test_kl_has_its_only_minimum_at_the_target_and_is_finite_to_both_ends(target: float, dtype: torch.dtype) -> None:
    rho = torch.linspace(0, 1, 1001, dtype=dtype, requires_grad=True)
    value = bernoulli_kl(target, rho)
    (slope,) = torch.autograd.grad(value.sum(), rho)
    assert bool(torch.isfinite(value).all())
    assert bool(torch.isfinite(slope).all())
    assert float(value.min().detach()) >= -1e-6
    assert float(rho[value.argmin()].detach()) == pytest.approx(target, abs=0.0006)
    assert bool((slope[rho < target - 0.0006] < 0).all())
    assert bool((slope[rho > target + 0.0006] > 0).all())
    here = torch.tensor(target, dtype=torch.float64, requires_grad=True)
    (level,) = torch.autograd.grad(bernoulli_kl(target, here), here)
    assert abs(float(level)) < 2e-3 if target < 0.01 else abs(float(level)) < 3e-5


def test_kl_looks_at_the_mean_over_the_batch_and_not_at_single_images() -> None:
    run = Run.from_settings(
        {"network": network("one layer", "sigmoid"), "penalties": [{"kind": "kl-sparsity", "target": 0.5}]}
    )
    _, seen = looked(run)
    # Every unit is on for one half of the images and off for the other: its mean is the target, however the halves lie.
    hidden = torch.tensor([[1.0, 0, 1, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 1, 0, 1]], dtype=torch.float64)
    assert float(run.penalties[0](replace(seen, hidden=hidden), None)) == pytest.approx(0, abs=1e-5)
    # Every image has half of its units on, but always the same ones: no unit is at the target.
    hidden = torch.tensor([[1.0, 1, 0, 0]] * 4, dtype=torch.float64)
    assert float(run.penalties[0](replace(seen, hidden=hidden), None)) > 10
