"""The one forward pass: what each mode does, what may be built, and that looking on changes nothing."""

from __future__ import annotations

from math import log, pi
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor, nn

from aestudio.core.data.dataset import Dataset, to_float
from aestudio.core.ground.errors import RunError
from aestudio.core.ground.shapes import Shape
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.model.sizes import Sizes
from aestudio.core.model.trained import Model
from aestudio.core.parts.activations import ACTIVATIONS
from aestudio.core.parts.corruptions.gaussian import GaussianNoise
from aestudio.core.parts.dense import DenseStage
from aestudio.core.parts.families.augmentation import Augmentation
from aestudio.core.parts.families.code import Code, TorchCode
from aestudio.core.parts.families.corruption import Corrupted, Corruption
from aestudio.core.parts.families.likelihood import Likelihood
from aestudio.core.parts.families.network import Network
from aestudio.core.parts.families.penalty import Penalty
from aestudio.core.parts.looking import scoring
from aestudio.core.parts.objectives.importance_weighted import ImportanceWeighted
from aestudio.core.parts.one_pass import CLEAN, EVALUATE, TRAIN, Generators, Latent, Mode, Pass
from aestudio.core.parts.plan import Plan, Span
from aestudio.core.parts.slots import options
from aestudio.core.parts.stages import Stage
from aestudio.core.probes.ablation import ablation
from aestudio.core.probes.filters import filters
from aestudio.core.probes.units import units
from aestudio.core.run.events import Finished, Preview
from aestudio.core.run.run import Run
from aestudio.core.training.controls import Controls
from aestudio.core.training.fit import fit
from tests.core import definitions
from tests.core.conftest import together
from tests.core.shown import member
from tests.core.trainings import RUN, as_bytes, last

SHAPE = (1, 8, 8)
MODES = {"train": TRAIN, "evaluate": EVALUATE, "clean": CLEAN}


class NormalisedStage(DenseStage):
    """A dense stage whose pre-activations are batch-normalised."""

    def __init__(self, shape: Shape, width: int) -> None:
        super().__init__(shape, width, ACTIVATIONS["relu"], ACTIVATIONS["sigmoid"], tied=False)
        self.norm = nn.BatchNorm1d(width)

    def affine(self, x: Tensor) -> Tensor:
        made: Tensor = self.norm(super().affine(x))
        return made


class Normalised(Network):
    """One hidden layer with batch norm."""

    kind: ClassVar[str] = "normalised"
    title: ClassVar[str] = "Normalised"
    about: ClassVar[str] = "One hidden layer with batch norm."
    equation: ClassVar[str] = r"h = s(\mathrm{BN}(W x))"
    source: ClassVar[str] = "Ioffe, Szegedy (2015), arXiv 1502.03167"

    def build(self, shape: Shape, outputs: int = 1) -> list[Stage]:
        return [NormalisedStage(shape, 12)]


def changed(run: Run, **parts: Any) -> Run:
    """The run with parts that no file knows."""
    return run.model_copy(update=parts)


def nearest() -> Run:
    return changed(RUN, code=member("parts/codes/nearest", "Nearest")(means=8))


def drawn(**parts: Any) -> Run:
    return changed(RUN, code=member("parts/codes/drawn", "Drawn")(size=3), **parts)


def images(count: int = 6) -> Tensor:
    return torch.rand(count, *SHAPE, generator=torch.Generator().manual_seed(2))


STATEFUL = {"batch norm": lambda: changed(RUN, network=Normalised()), "a codebook of running means": nearest}


# -- modes -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STATEFUL)
def test_only_training_moves_what_is_counted(name: str) -> None:
    run = STATEFUL[name]()
    model, whole = Autoencoder(run, SHAPE), Span(0, 1)
    before = as_bytes(model.snapshot())
    for mode in (EVALUATE, CLEAN):
        model.look(run, images(), whole, mode, together(0))
        model.encode(run, images(), whole, mode, together(0))
    assert as_bytes(model.snapshot()) == before
    model.look(run, images(), whole, TRAIN, together(0))
    moved = as_bytes(model.snapshot()) != before
    assert moved == (name == "batch norm")  # a codebook moves after the step, not in the pass


@pytest.mark.parametrize("name", STATEFUL)
def test_who_looks_on_while_it_trains_changes_nothing_that_is_learned(name: str, small: Dataset) -> None:
    run = STATEFUL[name]()
    alone = last(fit(run, small))
    controls = Controls()
    controls.ask_for_preview()
    seen = 0
    for event in fit(run, small, controls):
        if isinstance(event, Preview):
            seen += 1
            model = Model(event.run, small.shape, event.weights, event.depth)
            model.try_on(images())
            controls.ask_for_preview()
        if isinstance(event, Finished):
            watched = event
    assert seen >= 2
    assert alone.weights is not None
    assert watched.weights is not None
    assert as_bytes(watched.weights) == as_bytes(alone.weights)


def test_stages_below_the_one_that_is_trained_stand_still_and_get_no_gradient() -> None:
    run = RUN.with_value("network.widths", [10, 6])
    model = Autoencoder(run, SHAPE)
    seen = model.look(run, images(), Span(1, 2), TRAIN, together(0))
    run.loss(seen, None).backward()
    below, above = model.span(0, 2)
    assert all(parameter.grad is None for parameter in below.parameters())
    assert all(parameter.grad is not None for parameter in above.parameters())
    assert not below.training


@pytest.mark.parametrize(
    ("mode", "noisy", "random"), [("train", True, True), ("evaluate", True, False), ("clean", False, False)]
)
def test_a_mode_says_apart_whether_noise_is_drawn_and_whether_the_code_is(mode: str, noisy: bool, random: bool) -> None:
    run = drawn(corruption=GaussianNoise(sigma=0.3))
    model = Autoencoder(run, SHAPE)
    one, other = (model.look(run, images(), Span(0, 1), MODES[mode], together(seed)) for seed in (1, 2))
    assert one.corrupted.equal(other.corrupted) == (not noisy)
    assert one.corrupted.equal(images()) == (not noisy)
    same_input = Generators(corruption=torch.Generator().manual_seed(0), code=torch.Generator().manual_seed(5))
    again = Generators(corruption=torch.Generator().manual_seed(0), code=torch.Generator().manual_seed(6))
    first, second = (model.look(run, images(), Span(0, 1), MODES[mode], each) for each in (same_input, again))
    assert first.code.equal(second.code) == (not random)
    assert second.code.equal(second.latent.mean) == (not random)


# -- codes -------------------------------------------------------------------------------------------------------------


def test_several_codes_of_an_image_lie_next_to_each_other_and_are_compared_with_it() -> None:
    run = drawn()
    model = Autoencoder(run, SHAPE)
    seen = model.look(run, images(4), Span(0, 1), TRAIN, together(0), samples=3)
    assert seen.code.shape == (12, 3)
    assert seen.reconstruction.shape == (12, *SHAPE)
    assert seen.target[3:6].equal(images(4)[1:2].expand(3, -1, -1, -1))
    spread = seen.code.view(4, 3, 3) - seen.latent.mean[:, None]
    assert float(spread.detach().abs().min()) > 0
    assert model.decode(run, seen.code, Span(0, 1)).reconstruction.equal(seen.reconstruction)


def test_a_code_that_draws_nothing_gives_the_same_one_each_time() -> None:
    model = Autoencoder(RUN, SHAPE)
    seen = model.look(RUN, images(2), Span(0, 1), TRAIN, samples=4)
    assert seen.code.view(2, 4, -1).std(1).max() == 0
    assert seen.reconstruction.shape == (8, *SHAPE)


def test_a_code_may_be_narrower_than_the_hidden_layer_and_be_drawn_from_its_prior(small: Dataset) -> None:
    run = drawn()
    end = last(fit(run, small))
    assert end.weights is not None
    model = Model(run, small.shape, end.weights)
    assert model.code_shape == (3,)
    codes = model.encode(images())
    assert codes.shape == (6, 3)
    assert model.decode(codes).shape == (6, *SHAPE)
    made = model.samples(5, seed=1)
    again = model.samples(5, seed=1)
    assert made is not None
    assert again is not None
    assert made.shape == (5, *SHAPE)
    assert made.equal(again)
    assert Model(RUN, small.shape, Autoencoder(RUN, small.shape).snapshot()).samples(5) is None


def test_the_divergence_of_each_number_of_a_code_is_that_of_two_normals() -> None:
    run = drawn()
    model = Autoencoder(run, SHAPE).double()
    latent = model.look(run, images().double(), Span(0, 1), EVALUATE).latent
    assert latent.kl is not None
    heads: Any = model.code
    hidden = model.encode(run, images().double(), Span(0, 1)).hidden.flatten(1)
    normal = torch.distributions.Normal(latent.mean, (heads.spread(hidden) / 2).exp())
    prior = torch.distributions.Normal(torch.zeros(()).double(), torch.ones(()).double())
    torch.testing.assert_close(latent.kl, torch.distributions.kl_divergence(normal, prior))


# -- likelihoods and objectives ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [0.1, 1.0, 3.0])
@pytest.mark.parametrize("kind", options(Likelihood))
def test_a_likelihood_in_nats_is_that_density(kind: str, scale: float) -> None:
    run = RUN.with_value("loss", kind)
    model = Autoencoder(run, SHAPE).double()
    seen = model.look(run, images().double(), Span(0, 1), CLEAN)
    torch.testing.assert_close(
        run.loss.nats(seen, None, scale), definitions.of(options(Likelihood)[kind]).nats(seen, scale)
    )


def test_a_likelihood_may_want_two_numbers_for_each_pixel_and_its_mean_is_what_is_shown() -> None:
    spread = member("parts/likelihoods/spread", "Spread")()
    for network in ({"kind": "linear"}, {"kind": "mlp", "widths": [9, 5]}, {"kind": "conv", "channels": [4]}):
        both = changed(RUN.with_value("network", network), loss=spread)
        model = Autoencoder(both, SHAPE)
        seen = model.look(both, images(), Span(0, model.depth), TRAIN)
        assert seen.logits.shape == (6, 2, 8, 8)
        assert seen.reconstruction.shape == (6, *SHAPE)
        variance = seen.logits[:, 1:].exp()
        nats = ((seen.target - seen.reconstruction).square() / variance + variance.log() + log(2 * pi)) / 2
        torch.testing.assert_close(both.loss.nats(seen, None, 1.0), nats.flatten(1).sum(1))


def test_importance_weighting_with_one_code_is_the_evidence_lower_bound() -> None:
    run = drawn(objective=ImportanceWeighted(k=1, scale=0.5))
    model = Autoencoder(run, SHAPE).double()
    terms, seen = model(run, images().double(), Span(0, 1), TRAIN, together(3))
    nats = run.loss.nats(seen, None, 0.5)
    assert seen.latent.log_q is not None
    assert seen.latent.log_prior is not None
    elbo = (-nats + seen.latent.log_prior - seen.latent.log_q).mean()
    torch.testing.assert_close(terms.total, -elbo)
    assert terms.names == ("reconstruction", "importance weighting")
    torch.testing.assert_close((terms.raw * torch.tensor(terms.weights).double()).sum(), terms.total.detach())


def test_more_codes_make_a_tighter_bound_that_stays_below_the_evidence() -> None:
    """A linear decoder with normal noise has a known evidence: p(x) = N(b, W Wᵀ + s² I)."""
    torch.manual_seed(0)
    scale, linear = 0.7, RUN.with_value("network", {"kind": "linear", "code_size": 3})
    run = changed(linear, code=drawn().code, objective=ImportanceWeighted(k=1, scale=scale))
    model, whole = Autoencoder(run, (1, 1, 2)).double(), Span(0, 1)
    x = torch.rand(5, 1, 1, 2).double()
    with torch.no_grad():
        zero = model.decode(run, torch.zeros(1, 3).double(), whole).reconstruction.flatten()
        W = torch.stack(
            [model.decode(run, e[None], whole).reconstruction.flatten() - zero for e in torch.eye(3).double()], 1
        )
        covariance = W @ W.t() + scale**2 * torch.eye(2).double()
        evidence = torch.distributions.MultivariateNormal(zero, covariance).log_prob(x.flatten(1)).mean()
        found = []
        for k in (1, 10, 2000):
            of_k = run.model_copy(update={"objective": ImportanceWeighted(k=k, scale=scale)})
            often = x.repeat(4000 // k, 1, 1, 1)  # as many draws for each k
            terms, _ = model(of_k, often, whole, TRAIN, together(1))
            found.append(-float(terms.total))
    assert found[0] < found[1] < found[2] < float(evidence) + 0.02
    assert found[2] == pytest.approx(float(evidence), abs=0.02)


def test_scores_draw_codes_where_the_objective_needs_them_and_means_elsewhere() -> None:
    assert scoring(RUN) == EVALUATE
    assert scoring(drawn(objective=ImportanceWeighted())) == Mode(corrupt=True, sample=True, update=False)


# -- what does not fit is a sentence before training -------------------------------------------------------------------


class Cut(Code):
    """Says that it keeps the hidden layer's shape and does not."""

    kind: ClassVar[str] = "cut"
    pointwise: ClassVar[bool] = True
    keeps_units: ClassVar[bool] = False
    title: ClassVar[str] = "Cut"
    about: ClassVar[str] = "Says that it keeps the hidden layer's shape and does not."
    equation: ClassVar[str] = r"z = h_{1 \ldots 3}"
    source: ClassVar[str] = "this test"

    def encode(self, hidden: Tensor, own: Any, mode: Mode, generator: torch.Generator | None, samples: int) -> Latent:
        return Latent(hidden[:, :3], hidden[:, :3])

    def in_torch(self, hidden: tuple[int, ...], own: Any) -> TorchCode:
        return TorchCode(("x = x[:, :3]",))


class Half(Cut):
    """Says so, and gives the decoder what it cannot take."""

    kind: ClassVar[str] = "half"
    keeps_units: ClassVar[bool] = False

    def shape(self, hidden: tuple[int, ...]) -> tuple[int, ...]:
        return (3,)


class Cropped(Corruption):
    """What should come out is smaller than what the network makes."""

    kind: ClassVar[str] = "cropped"
    title: ClassVar[str] = "Cropped"
    about: ClassVar[str] = "What should come out is smaller than what the network makes."
    equation: ClassVar[str] = r"x"
    source: ClassVar[str] = "this test"

    def __call__(self, clean: Tensor, generator: torch.Generator | None = None) -> Corrupted:
        return Corrupted(clean, clean[..., :-1])


class Halved(Augmentation):
    """Half of each image."""

    kind: ClassVar[str] = "halved"
    title: ClassVar[str] = "Halved"
    about: ClassVar[str] = "Half of each image."
    source: ClassVar[str] = "this test"

    def __call__(self, images: Tensor, generator: torch.Generator | None = None) -> Tensor:
        return images[..., ::2]


class Unbuildable(Cut):
    """Cannot be built for anything."""

    any_size: ClassVar[bool] = False
    kind: ClassVar[str] = "unbuildable"
    title: ClassVar[str] = "Unbuildable"
    about: ClassVar[str] = "Cannot be built for anything."

    def build(self, plan: Plan) -> nn.Module:
        return nn.Linear(plan.hidden[0], -3)


class Asking(Penalty):
    """Asks the device for a number, which is slow and not wrong."""

    kind: ClassVar[str] = "asking"
    title: ClassVar[str] = "Asking"
    about: ClassVar[str] = "Asks the device for a number, which is slow and not wrong."
    equation: ClassVar[str] = "h"
    source: ClassVar[str] = "this test"

    def __call__(self, seen: Pass, own: Any) -> Tensor:
        mean: Tensor = seen.hidden.mean()
        return mean * float(seen.hidden.detach().max())


def test_a_part_that_asks_for_a_number_is_not_refused(small: Dataset) -> None:
    run = changed(RUN, penalties=(Asking(),))
    run.check(SHAPE)
    assert last(fit(run, small)).reason == "completed"


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (changed(RUN, augmentation=Halved()), "The augmentation Halved makes images of 1×8×4 of those of 1×8×8"),
        (changed(RUN, code=Unbuildable()), "The code Unbuildable cannot be built. (RuntimeError: "),
        (changed(RUN, code=Cut()), "The code Cut says that it gives 12 numbers and gives 3"),
        (changed(RUN, code=Half()), "change what comes with it: the code Cut"),
        (changed(RUN, corruption=Cropped()), "the corruption Cropped do not go together"),
        (RUN.with_value("objective", "importance-weighted"), "needs a code that is drawn"),
        (changed(RUN, penalties=(member("parts/penalties/from_prior", "FromPrior")(),)), "needs a code that has one"),
        (
            changed(RUN.with_value("network.tied", True), loss=member("parts/likelihoods/spread", "Spread")()),
            "Tied weights give one number for each pixel, and the loss wants 2",
        ),
        (
            changed(RUN.with_value("network", "residual"), loss=member("parts/likelihoods/spread", "Spread")()),
            "choose another network or another loss",
        ),
    ],
    ids=[
        "an augmentation",
        "a code that cannot be built",
        "a code of another shape",
        "a code that does not lead back",
        "a target",
        "weighting",
        "prior",
        "tied",
        "residual",
    ],
)
def test_what_does_not_fit_is_a_sentence_before_training(run: Run, words: str, small: Dataset) -> None:
    with pytest.raises(RunError) as caught:
        run.check(SHAPE)
    assert words in str(caught.value)
    (only,) = fit(run, small)
    assert isinstance(only, Finished)
    assert (only.reason, only.step, only.error) == ("failed", 0, str(caught.value))


# -- what the network is told ------------------------------------------------------------------------------------------


def told() -> Run:
    return changed(RUN, network=member("parts/networks/level", "Level")(units=7))


def test_a_network_is_told_what_the_corruption_knows_and_a_person_says_otherwise() -> None:
    run = told().model_copy(update={"corruption": GaussianNoise(sigma=0.4)})
    model, whole = Autoencoder(run, SHAPE), Span(0, 1)
    by_corruption = model.look(run, images(), whole, EVALUATE, together(0))
    by_hand = model.look(run, images(), whole, EVALUATE, together(0), given={"sigma": torch.tensor(0.4)})
    other = model.look(run, images(), whole, EVALUATE, together(0), given={"sigma": torch.full((6,), 0.9)})
    torch.testing.assert_close(by_corruption.hidden, by_hand.hidden)
    assert not torch.allclose(by_corruption.hidden, other.hidden)
    clean = model.look(run, images(), whole, CLEAN)
    zero = model.look(run, images(), whole, CLEAN, given={"sigma": torch.zeros(6)})
    assert clean.hidden.equal(zero.hidden)  # its default
    with pytest.raises(RunError, match="Noise σ was given for 4 images, and there are 6"):
        model.look(run, images(), whole, CLEAN, given={"sigma": torch.zeros(4)})
    with pytest.raises(RunError, match="Noise σ was given as 6×1×8×8 numbers and has to be 6; give one for each image"):
        model.look(run, images(), whole, CLEAN, given={"sigma": torch.zeros(6, 1, 8, 8)})


def test_the_encoder_of_a_pass_is_the_one_that_was_used_where_the_network_is_told_something() -> None:
    run = told().model_copy(
        update={"corruption": GaussianNoise(sigma=0.8), "penalties": (options(Penalty)["contractive"](),)}
    )
    model = Autoencoder(run, SHAPE).double()
    seen = model.look(run, images().double(), Span(0, 1), TRAIN, together(0))
    torch.testing.assert_close(seen.hidden_of(seen.corrupted), seen.hidden)
    jacobian: Any = torch.autograd.functional.jacobian(
        lambda x: seen.hidden_of(x).sum(0), seen.corrupted
    )  # [H, N, C, H, W]
    wanted = jacobian.square().sum() / len(seen.clean)
    torch.testing.assert_close(run.penalties[0](seen, None), wanted)


# -- probes of codes that are not the hidden layer ---------------------------------------------------------------------


@pytest.mark.parametrize("code", ["nearest", "drawn"])
def test_units_are_those_of_the_hidden_layer_where_the_code_has_others(code: str, small: Dataset) -> None:
    run = nearest() if code == "nearest" else drawn()
    end = last(fit(run, small))
    assert end.weights is not None
    model = Model(run, small.shape, end.weights)
    found = units(model, small.held_out.images)
    x = to_float(small.held_out.images.gather(torch.arange(32)))
    hidden = model.module.encode(run, x, model.span).hidden
    assert found.mean.shape == (12,)
    torch.testing.assert_close(torch.from_numpy(found.mean), hidden.mean(0))
    lost = ablation(model, x, units=[3], instead="zero")
    without = hidden.clone()
    without[:, 3] = 0
    errors = [(model.from_units(h) - x).square().flatten(1).sum(1) for h in (without, hidden)]
    torch.testing.assert_close(torch.from_numpy(lost.rise[0]), errors[0] - errors[1], rtol=1e-4, atol=1e-5)
    assert model.from_units(hidden).equal(model.reconstruct(x))
    assert filters(model).units.shape == (12,)


def test_a_code_that_is_made_for_one_size_makes_a_model_of_one_size() -> None:
    free = RUN.with_value("network", {"kind": "conv", "channels": [4], "code_size": 0})
    for run, wanted in ((free, True), (changed(free, code=drawn().code), False)):
        assert Sizes.of(Model(run, SHAPE, Autoencoder(run, SHAPE).snapshot())).free is wanted
