"""Codes that are drawn: the mathematics of the bound, and what is measured of it."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from math import log
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.distributions import MultivariateNormal, Normal

from aestudio.core.data.dataset import Dataset, to_float
from aestudio.core.ground.errors import ProbeError, RunError
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts.discrepancy import squared_mmd
from aestudio.core.parts.looking import scoring
from aestudio.core.parts.normal import kl_to_standard, log_normal, log_standard
from aestudio.core.parts.one_pass import EVALUATE, TRAIN, Latent, PassContext
from aestudio.core.parts.penalties.total_correlation import log_densities, log_weights
from aestudio.core.parts.plan import Span
from aestudio.core.parts.spread import LearnedSpread
from aestudio.core.probes.activations import sparsity
from aestudio.core.probes.evidence import evidence
from aestudio.core.probes.posterior import Posterior, posterior
from aestudio.core.run.events import Evaluated, Progress
from aestudio.core.run.run import Run
from aestudio.core.training.fit import fit
from tests.core.conftest import images, small_dataset, together
from tests.core.trainings import Keeping, assert_goes_on_as, last, train
from tests.present import present

SHAPE = (1, 8, 8)
VAE = Run.from_settings(
    {
        "network": {"kind": "mlp", "widths": [12], "activation": "tanh"},
        "code": {"kind": "gaussian", "size": 3},
        "loss": "cross-entropy",
        "penalties": ["kl-to-prior"],
        "epochs": 3,
        "batch_size": 16,
    }
)


# -- the divergence ----------------------------------------------------------------------------------------------------


def test_the_closed_form_of_the_divergence_is_what_many_draws_give() -> None:
    generator = torch.Generator().manual_seed(0)
    mean, log_variance = torch.randn(2, 5, generator=generator, dtype=torch.float64)
    noise = torch.randn(200_000, 5, generator=generator, dtype=torch.float64)
    drawn = mean + (log_variance / 2).exp() * noise
    gaps = log_normal(drawn, mean, log_variance) - log_standard(drawn)  # [draws, 5]
    away = (gaps.mean(0) - kl_to_standard(mean, log_variance)).abs()
    assert bool((away < 5 * gaps.std(0) / 200_000**0.5).all())


def test_the_densities_of_a_code_are_those_of_its_distribution_and_of_the_prior() -> None:
    model = Autoencoder(VAE, SHAPE).double()
    latent = model.encode(VAE, floats(4), Span(0, 1), TRAIN, together(0), samples=3).latent
    mean, spread = latent.mean.repeat_interleave(3, 0), present(latent.log_variance).repeat_interleave(3, 0)
    torch.testing.assert_close(latent.log_q, Normal(mean, (spread / 2).exp()).log_prob(latent.code).sum(1))
    torch.testing.assert_close(latent.log_prior, Normal(0.0, 1.0).log_prob(latent.code).sum(1))
    assert not latent.code[0].equal(latent.code[1])


def test_what_is_looked_at_is_the_mean_and_draws_nothing() -> None:
    model = Autoencoder(VAE, SHAPE)
    first, again = (model.look(VAE, floats(4).float(), Span(0, 1), EVALUATE, together(seed)) for seed in (0, 1))
    assert first.code.equal(again.code)
    assert first.code.equal(first.latent.mean)


def floats(count: int) -> Tensor:
    return to_float(images(count)).double()


def one(run: Run, latent: Latent, step: int | None = None) -> float:
    """The penalty of a run for a code, in double precision."""
    model = Autoencoder(run, SHAPE).double()
    at = None if step is None else torch.tensor(step)
    seen = model.look(run, floats(len(latent.mean)), Span(0, 1), EVALUATE, context=PassContext(at))
    changed = type(seen)(**{**vars(seen), "latent": latent})
    return float(run.penalties[0](changed, None))


def of_kl(*rows: tuple[float, ...]) -> Latent:
    kl = torch.tensor(rows, dtype=torch.float64)
    return Latent(kl, kl, kl)


def test_free_nats_are_free_for_each_number_of_the_code_by_itself() -> None:
    run = VAE.with_value("kl-to-prior.free_nats", 0.5)
    assert one(run, of_kl((0.0, 2.0, 0.3), (0.2, 4.0, 1.3))) == pytest.approx(0.5 + 3.0 + 0.8)


def test_a_capacity_holds_the_divergence_at_a_value_and_rises_to_it() -> None:
    run = VAE.with_value("kl-to-prior.capacity", 4.0).with_value("kl-to-prior.capacity_steps", 8)
    told = of_kl((1.0, 0.5, 0.0))
    assert one(run, told, step=1) == pytest.approx(abs(1.5 - 1.0))
    assert one(run, told, step=100) == pytest.approx(2.5)
    assert one(run, told) == pytest.approx(2.5)  # scores count all of it


def test_a_warm_up_raises_the_weight_evenly_and_what_is_plotted_adds_up(small: Dataset) -> None:
    run = VAE.with_value("kl-to-prior.weight", 2.0).with_value("kl-to-prior.warm_up", 8)
    events = list(fit(run, small))
    told = [event for event in events if isinstance(event, Progress)]
    weights = torch.cat([torch.as_tensor(event.weights) for event in told])[:, 1]
    assert weights.tolist() == pytest.approx([2 * min(1, step / 8) for step in range(1, 19)])
    scored = [event for event in events if isinstance(event, Evaluated) and event.split == "held-out"]
    for event in scored:
        assert event.weighted["kl-to-prior"] == pytest.approx(2 * event.terms["kl-to-prior"])


def test_the_first_step_of_a_warm_up_moves_by_its_share_of_the_divergence() -> None:
    run = VAE.with_value("kl-to-prior.warm_up", 4)
    model = Autoencoder(run, SHAPE).double()
    (weight,) = [p for name, p in model.named_parameters() if name == "code.mean.weight"]

    def pull(run: Run, step: Tensor | None) -> Tensor:
        total = model(run, floats(4), Span(0, 1), TRAIN, together(0), PassContext(step))[0].total
        return torch.autograd.grad(total, [weight])[0]

    none = pull(run.with_value("kl-to-prior.weight", 0.0), None)
    whole, first = pull(run, None) - none, pull(run, torch.tensor(0)) - none
    torch.testing.assert_close(first, whole / 4)


def test_a_code_without_a_prior_is_refused_in_a_sentence() -> None:
    with pytest.raises(RunError, match="needs a code that is drawn and has a prior"):
        VAE.with_value("code", "plain").check(SHAPE)


# -- the evidence ------------------------------------------------------------------------------------------------------

NOISE = 0.3


def probabilistic_pca(*, exact: bool) -> tuple[Autoencoder, Run, Tensor, MultivariateNormal]:
    """x = W z + c + N(0, s²) with the orthogonal columns of W: the posterior of z has independent numbers, so an
    encoder can give it exactly. With it images, and the distribution that they have.
    """
    settings: dict[str, Any] = {
        "network": {"kind": "linear", "code_size": 3},
        "code": {"kind": "gaussian", "size": 3},
        "loss": {"kind": "gaussian", "sigma": NOISE},
        "penalties": ["kl-to-prior"],
    }
    run = Run.from_settings(settings)
    model = Autoencoder(run, (1, 2, 3)).double()
    generator = torch.Generator().manual_seed(0)
    basis, _ = torch.linalg.qr(torch.randn(6, 3, generator=generator, dtype=torch.float64))
    W = basis * torch.tensor([1.5, 0.8, 0.3], dtype=torch.float64)
    centre = torch.rand(6, generator=generator, dtype=torch.float64)
    spread = NOISE**2 / (W.square().sum(0) + NOISE**2)  # of the posterior, Σ = s² (WᵀW + s² I)⁻¹
    (stage,), heads = model.span(0, 1), model.code
    assert not isinstance(heads.mean, Tensor)
    with torch.no_grad():
        for name, value in {
            "W": torch.eye(6, dtype=torch.float64)[:3], "b": torch.zeros(3), "V": W, "c": centre,
        }.items():  # fmt: skip
            getattr(stage, name).copy_(value)
        stage.get_parameter("W").copy_((W / (W.square().sum(0) + NOISE**2)).t())
        stage.get_parameter("b").copy_(-stage.get_parameter("W") @ centre)
        for head, weight, bias in (
            ("mean", torch.eye(3), torch.zeros(3)),
            ("log_variance", torch.zeros(3, 3), spread.log() + (0.0 if exact else 0.4)),
            ("back", torch.eye(3), torch.zeros(3)),
        ):
            heads.get_submodule(head).get_parameter("weight").copy_(weight)
            heads.get_submodule(head).get_parameter("bias").copy_(bias)
    known = MultivariateNormal(centre, W @ W.t() + NOISE**2 * torch.eye(6, dtype=torch.float64))
    torch.manual_seed(1)
    return model, run, known.sample((5,)).view(5, 1, 2, 3), known


def test_with_the_true_posterior_bound_estimate_and_evidence_are_one_number() -> None:
    model, run, x, known = probabilistic_pca(exact=True)
    wanted = known.log_prob(x.flatten(1))
    found = evidence(model, run, x, 7)
    torch.testing.assert_close(found.log_likelihood, wanted, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(found.elbo, wanted, rtol=1e-9, atol=1e-9)


def test_the_bound_lies_below_the_estimate_and_the_estimate_comes_close_to_the_evidence() -> None:
    model, run, x, known = probabilistic_pca(exact=False)
    wanted = known.log_prob(x.flatten(1))
    few, many = evidence(model, run, x, 10), evidence(model, run, x, 20_000)
    assert bool((few.elbo < few.log_likelihood).all())
    assert bool((many.elbo < many.log_likelihood).all())
    torch.testing.assert_close(many.log_likelihood, wanted, rtol=0, atol=0.03)
    assert float(many.elbo.mean()) < float(wanted.mean()) - 0.05


def test_the_loss_that_is_trained_on_is_the_bound_but_for_its_sign() -> None:
    model, run, x, _ = probabilistic_pca(exact=False)
    often = x.repeat(4000, 1, 1, 1)
    terms, _ = model(run, often, Span(0, 1), TRAIN, together(0))
    assert -float(terms.total.detach()) == pytest.approx(float(evidence(model, run, x, 20_000).elbo.mean()), abs=0.02)


def test_the_estimate_is_the_same_in_chunks_and_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    model, run, x, _ = probabilistic_pca(exact=True)
    whole = evidence(model, run, x, 40).log_likelihood
    monkeypatch.setattr("aestudio.core.probes.evidence.CODES_ON_CPU", 24)
    heard: list[float] = []
    torch.testing.assert_close(evidence(model, run, x, 40, heard=heard.append).log_likelihood, whole)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


def test_a_code_that_is_not_drawn_has_no_evidence_and_no_spread() -> None:
    plain = VAE.with_value("code", "plain").with_value("penalties", [])
    model = Autoencoder(plain, SHAPE)
    with pytest.raises(ProbeError, match="Gaussian"):
        evidence(model, plain, floats(2).float(), 3)
    with pytest.raises(ProbeError, match="Gaussian"):
        posterior(model, plain, floats(2).float())


# -- what a code tells of many images ----------------------------------------------------------------------------------


def of(mean: Tensor, log_variance: Tensor) -> Posterior:
    return Posterior(mean, log_variance, kl_to_standard(mean, log_variance))


def test_images_with_one_and_the_same_code_tell_nothing_and_those_far_apart_all_there_is() -> None:
    alike = of(torch.zeros(300, 2), torch.zeros(300, 2))
    assert alike.mutual_information(torch.Generator().manual_seed(0)) == pytest.approx(0, abs=1e-5)
    apart = of(torch.arange(300.0)[:, None] * 100, torch.zeros(300, 1))
    assert apart.mutual_information(torch.Generator().manual_seed(0)) == pytest.approx(log(300), abs=1e-4)


def test_the_information_of_a_normal_channel_is_the_known_one() -> None:
    """z = x + n with x ~ N(0, 1 − s²), n ~ N(0, s²): I = −½ log s²."""
    generator, variance = torch.Generator().manual_seed(0), 0.2
    mean = torch.randn(4000, 1, generator=generator) * (1 - variance) ** 0.5
    found = of(mean, torch.full((4000, 1), log(variance)))
    assert found.mutual_information(generator) == pytest.approx(-log(variance) / 2, abs=0.03)


def test_the_aggregate_posterior_is_the_mixture_of_all() -> None:
    generator = torch.Generator().manual_seed(0)
    found = of(torch.randn(300, 2, generator=generator), torch.randn(300, 2, generator=generator))
    codes = torch.randn(5, 2, generator=generator)
    each = [
        Normal(m, (s / 2).exp()).log_prob(codes).sum(1) for m, s in zip(found.mean, found.log_variance, strict=True)
    ]
    torch.testing.assert_close(found.log_aggregate(codes), torch.stack(each).logsumexp(0) - log(300))


def test_a_number_of_the_code_is_in_use_where_its_mean_varies_by_more_than_a_hundredth() -> None:
    mean = torch.tensor([[-0.09, -0.11, 0.0], [0.09, 0.11, 0.0]])
    found = of(mean, torch.zeros(2, 3))
    assert found.active.tolist() == [False, True, False]
    assert found.kl_per_unit.tolist() == pytest.approx([0.09**2 / 2, 0.11**2 / 2, 0], rel=1e-4)


def test_the_posterior_of_a_store_is_that_of_its_images() -> None:
    data = small_dataset()
    model = Autoencoder(VAE, SHAPE)
    index = torch.arange(len(data.held_out))
    whole = posterior(model, VAE, to_float(data.held_out.images.gather(index)))
    torch.testing.assert_close(posterior(model, VAE, data.held_out.images).kl, whole.kl)
    assert whole.mean.shape == (32, 3)


def test_a_drawn_code_is_not_called_sparse_because_of_the_layer_before_it() -> None:
    run = VAE.with_value("network.activation", "relu")
    assert sparsity(Autoencoder(run, SHAPE), run, 1) == "none"


# -- total correlation, discrepancy, and the critic --------------------------------------------------------------------


def test_the_weights_of_a_batch_make_an_unbiased_density_of_all_images() -> None:
    """Image 0 with every choice of two of the four others: the mean is the density over all five."""
    likely = torch.rand(5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)  # q(z₀|xₘ)
    found = []
    for others in permutations(range(1, 5), 2):
        weights = log_weights(3, 5, likely).exp()
        assert weights.sum(1).tolist() == pytest.approx([1, 1, 1])
        found.append(float(weights[0] @ likely[[0, *others]]))
    assert sum(found) / len(found) == pytest.approx(float(likely.mean()), rel=1e-12)


def test_a_batch_that_is_all_there_is_counts_every_image_alike() -> None:
    for images_of_split in (0, 3, 4):
        assert log_weights(4, images_of_split, torch.zeros(1)).exp().tolist() == [[0.25] * 4] * 4


@pytest.mark.parametrize("correlation", [0.0, 0.6, 0.9])
def test_the_total_correlation_of_correlated_normals_is_the_known_one(correlation: float) -> None:
    """Means of one variance and correlation, spread by another: −½ log(1 − ρ²) with what is left of the correlation."""
    count, spread = 3000, 0.25
    covariance = torch.tensor([[1.0, correlation], [correlation, 1.0]], dtype=torch.float64)
    torch.manual_seed(0)
    mean = MultivariateNormal(torch.zeros(2).double(), covariance).sample((count,))
    log_variance = torch.full_like(mean, log(spread))
    code = mean + spread**0.5 * torch.randn(mean.shape, dtype=mean.dtype)
    joint, each = log_densities(code, mean, log_variance, count)
    left = correlation / (1 + spread)
    assert float((joint - each.sum(1)).mean()) == pytest.approx(-log(1 - left**2) / 2, abs=0.03)


def test_divergence_is_information_and_total_correlation_and_what_is_left_for_each_number() -> None:
    """The decomposition that the β-TCVAE rests on, with the same estimates of the densities in every part."""
    generator = torch.Generator().manual_seed(0)
    mean, log_variance = torch.randn(200, 3, generator=generator), torch.randn(200, 3, generator=generator) - 1
    code = mean + (log_variance / 2).exp() * torch.randn(200, 3, generator=generator)
    joint, each = log_densities(code, mean, log_variance, 200)
    own, prior = log_normal(code, mean, log_variance).sum(1), log_standard(code)
    information, correlation, left = own - joint, joint - each.sum(1), each.sum(1) - prior.sum(1)
    whole = (own - prior.sum(1)).mean()
    torch.testing.assert_close((information + correlation + left).mean(), whole, rtol=1e-5, atol=1e-5)


def test_the_discrepancy_of_one_and_the_same_distribution_is_zero_in_the_mean_and_else_is_not() -> None:
    generator = torch.Generator().manual_seed(0)

    def drawn(shift: float) -> Tensor:
        pairs = [torch.randn(2, 20, 3, generator=generator, dtype=torch.float64) for _ in range(400)]
        return torch.stack([squared_mmd(x, y + shift) for x, y in pairs])

    alike, apart = drawn(0.0), drawn(0.5)
    error = float(alike.std()) / 20
    assert abs(float(alike.mean())) < 4 * error
    assert float(alike.min()) < 0
    assert float(apart.mean()) > 20 * error


def test_the_discrepancy_of_a_few_points_has_the_mean_of_that_of_many() -> None:
    """Unbiased: blocks of five say on average what two hundred at once say."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(600, 2, generator=generator, dtype=torch.float64)
    y = torch.randn(600, 2, generator=generator, dtype=torch.float64) * 1.5
    blocks = torch.stack([squared_mmd(a, b) for a, b in zip(torch.split(x, 5), torch.split(y, 5), strict=True)])
    assert abs(float(blocks.mean() - squared_mmd(x, y))) < 4 * float(blocks.std()) / len(blocks) ** 0.5


def test_the_critic_at_its_best_is_the_logarithm_of_the_ratio_of_two_known_distributions() -> None:
    """Codes from N(1, 0.8²) against the prior N(0, 1)."""
    run = VAE.with_value("code.size", 1).with_value("penalties", [{"kind": "adversarial", "units": 32}])
    (penalty,) = run.penalties
    model = Autoencoder(run, SHAPE)
    critic, generator = model.penalties["adversarial"], torch.Generator().manual_seed(0)
    seen = model.look(run, floats(2).float(), Span(0, 1), TRAIN, together(0)).detached()
    optimiser = torch.optim.Adam(critic.parameters(), lr=0.01)
    for step in range(800):
        code = 1 + 0.8 * torch.randn(512, 1, generator=generator)
        optimiser.param_groups[0]["lr"] = 0.01 * (1 - step / 800)
        optimiser.zero_grad()
        penalty.own_loss(replace(seen, code=code, generator=generator), critic).backward()
        optimiser.step()
    z = torch.linspace(-1, 2.5, 8)[:, None]
    with torch.no_grad():
        wanted = log_standard(z) - log_normal(z, torch.tensor(1.0), torch.tensor(2 * log(0.8)))
        torch.testing.assert_close(critic(z), wanted, rtol=0, atol=0.25)


def test_a_critic_of_codes_that_are_the_prior_finds_nothing_and_the_term_is_log_two() -> None:
    run = VAE.with_value("penalties", ["adversarial"])
    model = Autoencoder(run, SHAPE)
    critic = model.penalties["adversarial"]
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.zero_()
    seen = model.look(run, floats(4).float(), Span(0, 1), TRAIN, together(0))
    assert float(run.penalties[0](seen, critic).detach()) == pytest.approx(log(2))


@pytest.mark.parametrize("kind", ["total-correlation", "mmd", "adversarial"])
def test_what_is_about_drawn_codes_is_scored_with_drawn_ones(kind: str) -> None:
    assert scoring(VAE.with_value("penalties", [kind])).sample
    assert not scoring(VAE).sample


@pytest.mark.parametrize("kind", ["mmd", "adversarial"])
def test_a_plain_code_that_is_held_at_the_prior_can_be_drawn_from_it(kind: str) -> None:
    run = VAE.with_value("code", "plain").with_value("penalties", [])
    model = Autoencoder(run, SHAPE)
    assert model.prior(run, 5) is None
    held = run.with_value("penalties", [kind])
    drawn = present(model.prior(held, 5, torch.Generator().manual_seed(0)))
    assert drawn.equal(torch.randn(5, 12, generator=torch.Generator().manual_seed(0)))


@pytest.mark.parametrize("kind", ["total-correlation", "mmd"])
def test_a_batch_of_one_cannot_be_compared_and_is_refused_before_training(kind: str) -> None:
    with pytest.raises(RunError, match=r"batch"):
        VAE.with_value("penalties", [kind]).with_value("batch_size", 1).check(SHAPE)


def test_the_total_correlation_of_a_code_that_is_not_drawn_is_refused_in_a_sentence() -> None:
    with pytest.raises(RunError, match="choose the code Gaussian"):
        VAE.with_value("penalties", ["total-correlation"]).with_value("code", "plain").check(SHAPE)


# -- going on ----------------------------------------------------------------------------------------------------------

ALL_KINDS: dict[str, dict[str, Any]] = {
    "divergence with warm-up": {"penalties": [{"kind": "kl-to-prior", "warm_up": 9, "capacity": 2.0}]},
    "total correlation": {"penalties": ["kl-to-prior", "total-correlation"]},
    "discrepancy": {"penalties": ["mmd"]},
    "critic": {"penalties": ["adversarial"]},
    "importance weighted": {"penalties": [], "objective": {"kind": "importance-weighted", "k": 3}},
    "vectors": {"penalties": [], "code": {"kind": "vector-quantised", "vectors": 8, "width": 4}},
    "learned spread": {"loss": {"kind": "gaussian", "learned": True}},
    "logistic": {"loss": {"kind": "discretised-logistic", "learned": True}},
}


@pytest.mark.parametrize("what", ALL_KINDS)
def test_a_training_goes_on_to_the_same_bit(what: str, small: Dataset, tmp_path: Path) -> None:
    run = VAE
    for path, value in ALL_KINDS[what].items():
        run = run.with_value(path, value)
    keeping = Keeping(tmp_path, lambda asked: asked == 7)
    whole = train(run, small, keeper=keeping)
    assert last(whole).reason == "completed"
    taken = keeping.kept()[0]
    assert_goes_on_as(whole, train(run, small, resume=taken), taken.position.step)


# -- likelihoods -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["gaussian", "discretised-logistic"])
def test_a_spread_that_is_learned_begins_where_it_is_set_and_belongs_to_the_model(kind: str) -> None:
    plain = VAE.with_value("loss", kind)
    learned = plain.with_value("loss.learned", True)
    model = Autoencoder(learned, SHAPE).double()
    seen = model.look(learned, floats(4), Span(0, 1), EVALUATE)
    assert "loss.log" in model.state_dict()
    torch.testing.assert_close(learned.loss(seen, model.loss), plain.loss(seen, None), rtol=1e-6, atol=1e-6)


def test_the_best_spread_is_the_root_mean_squared_error() -> None:
    run = VAE.with_value("loss", {"kind": "gaussian", "learned": True})
    model = Autoencoder(run, SHAPE).double()
    seen = model.look(run, floats(4), Span(0, 1), EVALUATE).detached()
    best = float((seen.target - seen.reconstruction).square().mean().sqrt())
    slopes = []
    for sigma in (0.9 * best, best, 1.1 * best):
        own = LearnedSpread(sigma).double()
        (slope,) = torch.autograd.grad(run.loss(seen, own), [own.log])
        slopes.append(float(slope))
    assert slopes[0] < 0 < slopes[2]
    assert slopes[1] == pytest.approx(0, abs=1e-4)


def test_the_probabilities_of_all_grey_levels_add_up_to_one() -> None:
    run = VAE.with_value("loss", "discretised-logistic")
    model = Autoencoder(run, (1, 1, 1)).double()
    levels = (torch.arange(256).double() / 255).view(256, 1, 1, 1)
    seen = model.look(run, levels, Span(0, 1), EVALUATE)
    for middle in (0.0, 0.3, 1.0):
        asked = type(seen)(**{**vars(seen), "reconstruction": torch.full_like(levels, middle)})
        total = (-run.loss.nats(asked, None, 1.0)).exp().sum()
        assert float(total) == pytest.approx(1, abs=1e-9)


def test_a_grey_level_far_away_has_a_finite_loss_and_slope() -> None:
    run = VAE.with_value("loss", {"kind": "discretised-logistic", "scale": 0.001})
    model = Autoencoder(run, SHAPE)
    seen = model.look(run, torch.ones(2, *SHAPE), Span(0, 1), EVALUATE)
    loss = run.loss(seen, None)
    loss.backward()
    assert bool(torch.isfinite(loss))
    assert all(bool(torch.isfinite(p.grad).all()) for p in model.parameters() if p.grad is not None)
