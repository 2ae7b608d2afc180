"""What does not fit is a sentence before training, and never torch's own words at the first step; what is not wrong is
not refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from aestudio.core.data.dataset import Dataset
from aestudio.core.export import plain_torch
from aestudio.core.export.pieces import piece_of
from aestudio.core.ground.errors import CheckpointError, RunError
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.model.trained import Model
from aestudio.core.parts import trying
from aestudio.core.parts.families.code import Code, TorchCode
from aestudio.core.parts.families.likelihood import Likelihood, TorchLayers
from aestudio.core.parts.families.optimiser import Optimiser
from aestudio.core.parts.families.penalty import Penalty
from aestudio.core.parts.likelihoods.squared import SquaredL2
from aestudio.core.parts.objectives.importance_weighted import ImportanceWeighted
from aestudio.core.parts.one_pass import CLEAN, Latent, Mode, Pass
from aestudio.core.parts.part import Own
from aestudio.core.parts.plan import Plan, Span
from aestudio.core.parts.slots import options
from aestudio.core.run import run as run_module
from aestudio.core.run.events import Finished, Warned
from aestudio.core.run.run import Run
from aestudio.core.training.checkpoint import Checkpoint
from aestudio.core.training.controls import Controls
from aestudio.core.training.draws import Draws
from aestudio.core.training.fit import fit
from aestudio.core.training.step import Step
from aestudio.core.training.steps.eager import Eager
from tests.core.shown import member
from tests.core.test_looking import Normalised, changed, drawn, images
from tests.core.test_steps import CPU
from tests.core.trainings import NOISY, RUN, Keeping, as_bytes, last, scores, train

SHAPE = (1, 8, 8)


@pytest.fixture(autouse=True, params=["values first", "sizes alone"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small run is tried out with values as long as what sizes need is not imported; what is said is the same."""
    imported = Event()
    if request.param == "sizes alone":
        imported.set()
    monkeypatch.setattr(trying, "_imported", imported)
    monkeypatch.setattr(run_module, "_try_out", run_module._try_out.__wrapped__)  # what is remembered is of either way


DEEP = RUN.with_value("network.widths", [12, 6]).with_value("epochs", 1)
GREEDY = DEEP.with_value("schedule", {"kind": "greedy", "layer_epochs": 1})


def critic(**settings: Any) -> Penalty:
    made: Penalty = member("parts/penalties/critic", "Critic")(**settings)
    return made


class Playing(Penalty):
    """A player; what it lacks is said by its subclasses."""

    kind: ClassVar[str] = "playing"
    title: ClassVar[str] = "Playing"
    about: ClassVar[str] = "A player; what it lacks is said by its subclasses."
    equation: ClassVar[str] = "D"
    source: ClassVar[str] = "this test"
    plays: ClassVar[bool] = True

    def build(self, plan: Plan) -> nn.Module:
        return nn.Linear(plan.code[0], 1)

    def __call__(self, seen: Pass, own: Own) -> Tensor:
        made: Tensor = own(seen.code).mean()
        return made

    def optimiser(self, parameters: Sequence[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.Adam(parameters, fused=True)

    def own_loss(self, seen: Pass, own: Own) -> Tensor:
        made: Tensor = -own(seen.code).mean()
        return made


class Empty(Playing):
    """Builds nothing."""

    kind: ClassVar[str] = "empty"
    title: ClassVar[str] = "Empty"
    about: ClassVar[str] = "Builds nothing."

    def build(self, plan: Plan) -> nn.Module:
        return nn.Module()

    def __call__(self, seen: Pass, own: Own) -> Tensor:
        return seen.code.mean()


class Aloof(Playing):
    """Its loss knows nothing of what it has built."""

    kind: ClassVar[str] = "aloof"
    title: ClassVar[str] = "Aloof"
    about: ClassVar[str] = "Its loss knows nothing of what it has built."

    def own_loss(self, seen: Pass, own: Own) -> Tensor:
        return seen.code.mean()


class Slow(Playing):
    """Its optimiser cannot refuse a step."""

    kind: ClassVar[str] = "slow"
    title: ClassVar[str] = "Slow"
    about: ClassVar[str] = "Its optimiser cannot refuse a step."

    def optimiser(self, parameters: Sequence[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.Adam(parameters)


class Picky(Optimiser):
    """Is for matrices alone."""

    kind: ClassVar[str] = "picky"
    title: ClassVar[str] = "Picky"
    about: ClassVar[str] = "Is for matrices alone."
    equation: ClassVar[str] = "g"
    source: ClassVar[str] = "this test"

    def build(self, parameters: Sequence[nn.Parameter]) -> torch.optim.Optimizer:
        if any(parameter.dim() != 2 for parameter in parameters):
            raise ValueError("only matrices")
        return torch.optim.SGD(parameters, lr=self.learning_rate, fused=True)


class Turned(Code):
    """A rotation that is not learned."""

    kind: ClassVar[str] = "turned"
    pointwise: ClassVar[bool] = False
    keeps_units: ClassVar[bool] = False
    any_size: ClassVar[bool] = False
    title: ClassVar[str] = "Turned"
    about: ClassVar[str] = "A rotation that is not learned."
    equation: ClassVar[str] = "R h"
    source: ClassVar[str] = "this test"

    def build(self, plan: Plan) -> nn.Module:
        return nn.Linear(plan.hidden[0], plan.hidden[0]).requires_grad_(False)

    def encode(self, hidden: Tensor, own: Any, mode: Mode, generator: torch.Generator | None, samples: int) -> Latent:
        code = own(hidden)
        return Latent(code, code)

    def in_torch(self, hidden: tuple[int, ...], own: Any) -> TorchCode:
        raise AssertionError


class Frozen(Normalised):
    """Nothing can be learned."""

    kind: ClassVar[str] = "frozen"
    title: ClassVar[str] = "Frozen"
    about: ClassVar[str] = "Nothing can be learned."

    def build(self, shape: Any, outputs: int = 1) -> Any:
        return [stage.requires_grad_(False) for stage in super().build(shape, outputs)]


class Flat(Normalised):
    """Has no layers."""

    kind: ClassVar[str] = "flat"
    title: ClassVar[str] = "Flat"
    about: ClassVar[str] = "Has no layers."

    def build(self, shape: Any, outputs: int = 1) -> Any:
        return []


class Counting(Turned):
    """Counts what is of the wrong size after a step."""

    kind: ClassVar[str] = "counting"
    any_size: ClassVar[bool] = False
    title: ClassVar[str] = "Counting"
    about: ClassVar[str] = "Counts what is of the wrong size after a step."

    def build(self, plan: Plan) -> nn.Module:
        made = nn.Linear(plan.hidden[0], plan.hidden[0])
        made.register_buffer("mean", torch.zeros(plan.hidden[0] + 1))
        return made

    def after_step(self, own: Any, latent: Latent, generator: torch.Generator | None) -> None:
        own.mean.add_(latent.code.mean(0))


class Growing(Counting):
    """Makes a larger buffer of a buffer."""

    kind: ClassVar[str] = "growing"
    title: ClassVar[str] = "Growing"
    about: ClassVar[str] = "Makes a larger buffer of a buffer."

    def after_step(self, own: Any, latent: Latent, generator: torch.Generator | None) -> None:
        own.mean = torch.cat([own.mean, latent.code.mean(0)])


class Shrinking(Turned):
    """Makes what it has built smaller after a step."""

    kind: ClassVar[str] = "shrinking"
    title: ClassVar[str] = "Shrinking"
    about: ClassVar[str] = "Makes what it has built smaller after a step."

    def after_step(self, own: Any, latent: Latent, generator: torch.Generator | None) -> None:
        own.weight.data.mul_(0.9)


class Swapping(Shrinking):
    """Puts another weight in the place of its weight after a step."""

    kind: ClassVar[str] = "swapping"
    title: ClassVar[str] = "Swapping"
    about: ClassVar[str] = "Puts another weight in the place of its weight after a step."

    def after_step(self, own: Any, latent: Latent, generator: torch.Generator | None) -> None:
        own.weight = nn.Parameter(0.9 * own.weight)


class Lopsided(Turned):
    """Its mean has another shape than its draws."""

    kind: ClassVar[str] = "lopsided"
    pointwise: ClassVar[bool] = False
    keeps_units: ClassVar[bool] = False
    title: ClassVar[str] = "Lopsided"
    about: ClassVar[str] = "Its mean has another shape than its draws."

    def encode(self, hidden: Tensor, own: Any, mode: Mode, generator: torch.Generator | None, samples: int) -> Latent:
        return Latent(hidden, hidden[:, :5])


class OnlyDrawn(Turned):
    """Without drawing it gives something else."""

    kind: ClassVar[str] = "only-drawn"
    pointwise: ClassVar[bool] = False
    keeps_units: ClassVar[bool] = False
    title: ClassVar[str] = "Only drawn"
    about: ClassVar[str] = "Without drawing it gives something else."

    def encode(self, hidden: Tensor, own: Any, mode: Mode, generator: torch.Generator | None, samples: int) -> Latent:
        code = hidden if mode.sample else hidden[:, :5]
        return Latent(code, code)


class WideDensity(Turned):
    """Gives a density for each number and not for each code."""

    kind: ClassVar[str] = "wide-density"
    pointwise: ClassVar[bool] = False
    keeps_units: ClassVar[bool] = False
    title: ClassVar[str] = "Wide density"
    about: ClassVar[str] = "Gives a density for each number and not for each code."

    def encode(self, hidden: Tensor, own: Any, mode: Mode, generator: torch.Generator | None, samples: int) -> Latent:
        return Latent(hidden, hidden, log_q=hidden, log_prior=hidden)


class Unwritten(Penalty):
    """Has still to be written."""

    kind: ClassVar[str] = "unwritten"
    title: ClassVar[str] = "Unwritten"
    about: ClassVar[str] = "Has still to be written."
    equation: ClassVar[str] = "?"
    source: ClassVar[str] = "this test"

    def __call__(self, seen: Pass, own: Own) -> Tensor:
        raise NotImplementedError("to be done")


class Vector(Unwritten):
    """One number for each image."""

    kind: ClassVar[str] = "vector"
    title: ClassVar[str] = "Vector"
    about: ClassVar[str] = "One number for each image."

    def __call__(self, seen: Pass, own: Own) -> Tensor:
        return seen.hidden.sum(1)


class Overwriting(Unwritten):
    """Changes what gradients are computed from."""

    kind: ClassVar[str] = "overwriting"
    title: ClassVar[str] = "Overwriting"
    about: ClassVar[str] = "Changes what gradients are computed from."

    def __call__(self, seen: Pass, own: Own) -> Tensor:
        return seen.hidden.sigmoid().mul_(2).sum() + seen.hidden.exp().zero_().sum()


class Misbuilt(Unwritten):
    """Cannot be built."""

    kind: ClassVar[str] = "misbuilt"
    title: ClassVar[str] = "Misbuilt"
    about: ClassVar[str] = "Cannot be built."

    def build(self, plan: Plan) -> nn.Module:
        raise KeyError("width")


class Unchecked(Unwritten):
    """Its check fails in Python's words."""

    kind: ClassVar[str] = "unchecked"
    title: ClassVar[str] = "Unchecked"
    about: ClassVar[str] = "Its check fails in Python's words."

    def check(self, plan: Plan) -> None:
        raise IndexError("no such stage")


class Unlossed(SquaredL2):
    """Fails where it is used."""

    kind: ClassVar[str] = "unlossed"
    title: ClassVar[str] = "Unlossed"
    about: ClassVar[str] = "Fails where it is used."

    def __call__(self, seen: Pass, own: Own) -> Tensor:
        made: Tensor = own.scale * super().__call__(seen, own)
        return made


class Unmoved(SquaredL2):
    """Has no gradient."""

    kind: ClassVar[str] = "unmoved"
    title: ClassVar[str] = "Unmoved"
    about: ClassVar[str] = "Has no gradient."

    def __call__(self, seen: Pass, own: Own) -> Tensor:
        return super().__call__(seen, own).detach()


class Homeless(Unwritten):
    """Makes a tensor without saying where."""

    kind: ClassVar[str] = "homeless"
    title: ClassVar[str] = "Homeless"
    about: ClassVar[str] = "Makes a tensor without saying where."

    def __call__(self, seen: Pass, own: Own) -> Tensor:
        weights = torch.linspace(0, 1, seen.hidden.shape[1]).square()
        return (seen.hidden * weights).sum()


class Built(Unwritten):
    """Keeps a tensor that goes to no device with the model."""

    kind: ClassVar[str] = "built"
    title: ClassVar[str] = "Built"
    about: ClassVar[str] = "Keeps a tensor that goes to no device with the model."

    def build(self, plan: Plan) -> nn.Module:
        made = nn.Module()
        made.weights = torch.ones(plan.code[0])
        return made

    def __call__(self, seen: Pass, own: Own) -> Tensor:
        made: Tensor = (seen.code @ own.weights).sum()
        return made


class Settled(Unwritten):
    """Makes tensors in every way that goes well on any device."""

    kind: ClassVar[str] = "settled"
    title: ClassVar[str] = "Settled"
    about: ClassVar[str] = "Makes tensors in every way that goes well on any device."

    def build(self, plan: Plan) -> nn.Module:
        made = nn.Module()
        made.register_buffer("weights", torch.ones(plan.code[0]) * torch.arange(plan.code[0]))
        return made

    def __call__(self, seen: Pass, own: Own) -> Tensor:
        hidden = seen.hidden[:, torch.arange(2)] * torch.tensor(2.0)
        hidden = hidden * torch.ones(2).to(hidden) * torch.ones(2).to(hidden.device) * torch.ones(2).type_as(hidden)
        hidden = hidden * torch.ones(2, device=hidden.device) * hidden.new_ones(2) * torch.ones_like(hidden)
        made: Tensor = (seen.code @ own.weights).sum() + hidden.sum()
        return made


MISFITS: dict[str, tuple[Run, tuple[str, ...]]] = {
    "a player that builds nothing": (
        changed(RUN, penalties=(Empty(),)),
        ("Empty", "built nothing that it could learn"),
    ),
    "a player whose loss is not its own": (
        changed(RUN, penalties=(Aloof(),)),
        ("own loss", "Aloof", "does not depend"),
    ),
    "a player whose optimiser is not fused": (changed(RUN, penalties=(Slow(),)), ("Slow", "not fused")),
    "an optimiser that wants other parameters": (changed(RUN, optimiser=Picky()), ("optimiser Picky", "only matrices")),
    "a frozen network": (changed(RUN, network=Frozen()), ("network Frozen", "nothing to learn")),
    "a network without layers": (changed(RUN, network=Flat()), ("network Flat has no layers",)),
    "a frozen network beside a critic": (
        changed(RUN, network=Frozen(), penalties=(critic(),)),
        ("network Frozen", "nothing to learn"),
    ),
    "a loss without a gradient": (changed(RUN, loss=Unmoved()), ("minimised", "does not depend")),
    "counting of another size": (changed(RUN, code=Counting()), ("The code Counting",)),
    "counting that grows": (changed(RUN, code=Growing()), ("The code Growing counts in mean", "13", "25")),
    "weights that change after a step": (
        changed(RUN, code=Shrinking()),
        ("The code Shrinking changes weight after a step",),
    ),
    "a weight that is another one after a step": (
        changed(RUN, code=Swapping()),
        ("The code Swapping changes weight after a step",),
    ),
    "a mean of another shape": (changed(RUN, code=Lopsided()), ("The code Lopsided gives its mean as 2×5", "2×12")),
    "a mean of another shape where nothing is drawn": (
        changed(RUN, code=OnlyDrawn()),
        ("The code Only drawn says that it gives 12 numbers and gives 5",),
    ),
    "a density for each number": (changed(RUN, code=WideDensity()), ("The code Wide density gives log q as 2×12",)),
    "batch norm of one image": (
        changed(RUN.with_value("batch_size", 1), network=Normalised()),
        ("A batch of one image is too small", "choose a larger batch size", "network Normalised"),
    ),
    "a part that is not written yet": (changed(RUN, penalties=(Unwritten(),)), ("The penalty Unwritten", "to be done")),
    "a term of several numbers": (changed(RUN, penalties=(Vector(),)), ("The penalty Vector gives 2 numbers",)),
    "a term that overwrites": (changed(RUN, penalties=(Overwriting(),)), ("modified by an inplace operation",)),
    "a part that cannot be built": (
        changed(RUN, penalties=(Misbuilt(),)),
        ("The penalty Misbuilt cannot be built. (KeyError: 'width'.)",),
    ),
    "a part that cannot be checked": (
        changed(RUN, penalties=(Unchecked(),)),
        ("The penalty Unchecked", "no such stage"),
    ),
    "a tensor that is made without a device": (
        changed(RUN, penalties=(Homeless(),)),
        ("The penalty Homeless makes numbers on the CPU with torch.linspace", "need device="),
    ),
    "a tensor that is kept and no buffer": (
        changed(RUN, penalties=(Built(),)),
        ("The penalty Built makes numbers on the CPU with torch.ones",),
    ),
    "a loss that fails": (changed(RUN, loss=Unlossed()), ("The loss Unlossed", "scale", "Choose another loss")),
}


@pytest.mark.parametrize("name", MISFITS)
def test_a_misfit_is_a_sentence_that_names_the_part_before_training(name: str, small: Dataset) -> None:
    run, words = MISFITS[name]
    with pytest.raises(RunError) as caught:
        run.check(SHAPE, len(small.train))
    said = str(caught.value)
    assert all(word in said for word in words), said
    assert said.rstrip(")")[-1] in ".", said
    (only,) = fit(run, small)
    assert isinstance(only, Finished)
    assert (only.reason, only.step, only.error) == ("failed", 0, said)


# -- what is not wrong is not refused ----------------------------------------------------------------------------------


class Slope(Penalty):
    """Squared gradient of the output with respect to the code: a term that takes gradients of its own."""

    kind: ClassVar[str] = "slope"
    title: ClassVar[str] = "Slope"
    about: ClassVar[str] = (
        "Squared gradient of the output with respect to the code: a term that takes gradients of its own."
    )
    equation: ClassVar[str] = r"\| \nabla_z \hat{x} \|^2"
    source: ClassVar[str] = "this test"

    def __call__(self, seen: Pass, own: Own) -> Tensor:
        (slope,) = torch.autograd.grad(seen.logits.sum(), seen.code, create_graph=True)
        return slope.square().sum() / len(slope)


@pytest.mark.parametrize(
    "run",
    [
        changed(RUN, code=Turned(), penalties=(critic(),)),
        changed(RUN, penalties=(Settled(),)),
        changed(RUN, penalties=(Slope(),)),
        changed(drawn(), penalties=(Slope(),)),
        changed(GREEDY, code=drawn().code),
        changed(GREEDY, penalties=(Slope(),)),
        changed(RUN.with_value("batch_size", 1).with_value("epochs", 1), penalties=(critic(),)),
    ],
    ids=[
        "a frozen code beside a critic",
        "tensors on the model's device",
        "a term that takes gradients",
        "of a drawn code",
        "a drawn code layer by layer",
        "a term that takes gradients layer by layer",
        "batches of one",
    ],
)
def test_what_fits_is_trained_and_scored(run: Run, small: Dataset) -> None:
    run.check(SHAPE)
    events = train(run, small)
    assert last(events).reason == "completed", last(events).error
    assert all(value == value for told in scores(events) for value in told.terms.values())


def test_a_term_that_takes_gradients_of_its_own_is_scored_as_it_is_trained(small: Dataset) -> None:
    run = changed(RUN, penalties=(Slope(),))
    *_, told = scores(train(run, small))
    end = last(train(run, small))
    assert end.weights is not None
    model = Autoencoder(run, SHAPE)
    model.load_state_dict(end.weights)
    decoder = model.stages.get_parameter("0.V")  # [64, 12]: the output is linear in the code before its range
    assert told.terms["slope"] == pytest.approx(float(decoder.detach().sum(0).square().sum()), rel=1e-4)


class Numbering(Unwritten):
    """Asks the device for numbers, which is slow and not wrong."""

    kind: ClassVar[str] = "numbering"
    title: ClassVar[str] = "Numbering"
    about: ClassVar[str] = "Asks the device for numbers, which is slow and not wrong."
    asked: ClassVar[Callable[[Tensor], Any]] = float

    def __call__(self, seen: Pass, own: Own) -> Tensor:
        type(self).asked(seen.hidden.detach())
        return seen.hidden.mean()


ASKING: dict[str, Callable[[Tensor], Any]] = {
    "item": lambda h: h.sum().item(),
    "a branch": lambda h: bool((h > 0).all()),
    "a list": lambda h: h.tolist(),
    "NumPy": lambda h: h.numpy(),
    "the CPU": lambda h: h.cpu(),
    "indices": lambda h: h.nonzero(),
    "a mask": lambda h: h[h > 0.5],
    "different numbers": lambda h: h.unique(),
    "equality": lambda h: h.equal(h),
}


@pytest.mark.parametrize("name", ASKING)
def test_only_what_the_meta_device_cannot_do_is_let_pass_and_all_else_is_still_tried(
    name: str, monkeypatch: pytest.MonkeyPatch, small: Dataset
) -> None:
    monkeypatch.setattr(Numbering, "asked", staticmethod(ASKING[name]))
    run = changed(RUN.with_value("epochs", 1), penalties=(Numbering(),))
    run.check(SHAPE)
    assert last(train(run, small)).reason == "completed"
    for other, words in ((Aloof(), "does not depend"), (Vector(), "gives 2 numbers"), (Unwritten(), "to be done")):
        with pytest.raises(RunError, match=words):
            changed(run, penalties=(Numbering(), other)).check(SHAPE)


# -- layer by layer ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "blamed"),
    [
        (
            {"code": drawn().code, "penalties": (member("parts/penalties/from_prior", "FromPrior")(),)},
            "penalty Divergence",
        ),
        ({"penalties": (critic(),)}, "penalty Critic of the code"),
        ({"code": drawn().code, "objective": "importance-weighted"}, "objective Importance weighted"),
    ],
    ids=["a prior", "a critic", "importance weighting"],
)
def test_what_needs_the_code_of_the_whole_network_says_so_layer_by_layer(parts: dict[str, Any], blamed: str) -> None:
    def of(run: Run) -> Run:
        known = {name: part for name, part in parts.items() if name != "objective"}
        return changed(run.with_value("objective", parts.get("objective", "sum")), **known)

    of(DEEP).check(SHAPE)
    with pytest.raises(RunError) as caught:
        of(GREEDY).check(SHAPE)
    said = str(caught.value)
    assert "The phase “layer 1” trains a part of the network by itself" in said
    assert "its own last layer of 12" in said
    assert f"The {blamed}" in said
    assert "train end to end" in said
    assert "choose another code" not in said


# -- likelihoods that build --------------------------------------------------------------------------------------------


class Scaled(SquaredL2):
    """The reconstruction times a number that is learned."""

    kind: ClassVar[str] = "scaled"
    outputs: ClassVar[int] = 1
    title: ClassVar[str] = "Scaled"
    about: ClassVar[str] = "The reconstruction times a number that is learned."

    def build(self, plan: Plan) -> nn.Module:
        made = nn.Module()
        made.register_parameter("scale", nn.Parameter(torch.ones(1)))
        return made

    def mean(self, outputs: Tensor, range: Any, own: Own) -> Tensor:
        made: Tensor = range(outputs) * own.scale
        return made

    def mean_in_torch(self, outputs: str, range: Any) -> str:
        return f"{super().mean_in_torch(outputs, range)} * self.scale"

    def built_in_torch(self, own: Own) -> TorchLayers:
        return TorchLayers(("self.scale = nn.Parameter(torch.ones(1))",), {"scale": "scale"})


def test_what_a_likelihood_has_built_is_trained_where_it_scores_pixels_and_stands_still_elsewhere() -> None:
    run = changed(GREEDY, loss=Scaled())
    model = Autoencoder(run, SHAPE)
    scale: Any = model.loss.get_parameter("scale")
    for span, moves in ((Span(0, 1), True), (Span(1, 2), False), (Span(0, 2), True)):
        before = scale.clone()
        step = Eager(run, model, span, CPU, Draws(run.seed, CPU.device))
        step(images(), 1.0)
        assert scale.equal(before) is not moves, span
        assert model.loss.training is moves, span


def test_a_mean_that_uses_what_the_likelihood_has_built_is_exported_with_it() -> None:
    run = changed(RUN, loss=Scaled())
    state = Autoencoder(run, SHAPE).snapshot() | {"loss.scale": torch.tensor([0.37])}
    model = Model(run, SHAPE, state)
    seen = images()
    wanted = model.reconstruct(seen)
    assert float(wanted.max()) <= 0.37
    whole, decoder = piece_of(model, "autoencoder"), piece_of(model, "decoder")
    torch.testing.assert_close(whole(seen), wanted)
    torch.testing.assert_close(decoder(model.encode(seen)), wanted)
    assert "loss.scale" not in piece_of(model, "encoder").state_dict()
    scope: dict[str, Any] = {"torch": torch, "nn": nn, "F": torch.nn.functional}
    body = {"__init__(self)": "        super().__init__()\n" + plain_torch.layers(model)}
    body |= {"encode(self, x)": plain_torch.encoding(model), "decode(self, x)": plain_torch.decoding(model)}
    source = "class Script(nn.Module):\n" + "".join(f"    def {head}:\n{lines}\n" for head, lines in body.items())
    exec(source, scope)
    script = scope["Script"]()
    script.load_state_dict(plain_torch.weights(model))
    torch.testing.assert_close(script.decode(script.encode(seen)), wanted)


# -- several codes of an image -----------------------------------------------------------------------------------------


class Known(Turned):
    """Draws nothing and knows densities."""

    kind: ClassVar[str] = "known"
    pointwise: ClassVar[bool] = False
    keeps_units: ClassVar[bool] = False
    title: ClassVar[str] = "Known"
    about: ClassVar[str] = "Draws nothing and knows densities."

    def encode(self, hidden: Tensor, own: Any, mode: Mode, generator: torch.Generator | None, samples: int) -> Latent:
        return Latent(hidden, hidden, log_q=hidden.sum(1), log_prior=hidden.square().sum(1))


def test_the_densities_of_a_code_that_draws_nothing_stand_beside_each_of_its_copies(small: Dataset) -> None:
    run = changed(RUN, code=Known(), objective=ImportanceWeighted(k=3))
    latent = Autoencoder(run, SHAPE).encode(run, images(4), Span(0, 1), samples=3).latent
    assert latent.log_q is not None
    assert latent.log_prior is not None
    assert latent.code.shape == (12, 12)
    torch.testing.assert_close(latent.log_q, latent.code.sum(1))
    torch.testing.assert_close(latent.log_prior, latent.code.square().sum(1))
    assert last(train(run, small)).reason == "completed"


@pytest.mark.parametrize("kind", options(Likelihood))
def test_a_scale_that_may_change_while_training_stays_on_the_device(kind: str) -> None:
    run = RUN.with_value("loss", kind)
    with torch.device("meta"):  # asked for a number, it raises
        seen = Autoencoder(run, SHAPE).look(run, torch.zeros(2, *SHAPE), Span(0, 1), CLEAN)
        assert run.loss.nats(seen, None, torch.ones((), dtype=torch.float64)).shape == (2,)
    seen = Autoencoder(run, SHAPE).look(run, images(), Span(0, 1), CLEAN)
    as_tensor = run.loss.nats(seen, None, torch.tensor(0.3, dtype=torch.float64))
    torch.testing.assert_close(as_tensor, run.loss.nats(seen, None, 0.3))


# -- checkpoints -------------------------------------------------------------------------------------------------------


def taken(folder: Path, small: Dataset) -> Checkpoint:
    keeping = Keeping(folder, lambda asked: asked == 7)
    train(NOISY, small, keeper=keeping)
    return keeping.kept()[0]


def without(held: Any, name: str) -> dict[str, Tensor]:
    return {key: tensor for key, tensor in held.items() if key != name}


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda one: {"weights": without(one.weights, "stages.0.W")}, "stages.0.W should be 12×64 and is nothing"),
        (
            lambda one: {"weights": {**one.weights, "code.means": torch.zeros(3)}},
            "code.means should be nothing and is 3",
        ),
        (lambda one: {"weights": {**one.weights, "stages.0.b": torch.zeros(3)}}, "stages.0.b should be 12 and is 3"),
        (lambda one: {"draws": without(one.draws, "corruption")}, "random numbers of the role 'corruption'"),
        (lambda one: {"draws": without(one.draws, "order")}, "random numbers of the role 'order'"),
        (
            lambda one: {"draws": {**one.draws, "code": torch.zeros(3, dtype=torch.uint8)}},
            "random numbers of the role 'code'",
        ),
        (
            lambda one: {"optimiser": without(one.optimiser, "0.exp_avg")},
            "not about the weights of this run (0.exp_avg)",
        ),
        (
            lambda one: {"optimiser": {**one.optimiser, "0.exp_avg": torch.zeros(3)}},
            "not about the weights of this run",
        ),
        (
            lambda one: {"optimiser": {**one.optimiser, "9.exp_avg": torch.zeros(3)}},
            "not about the weights of this run",
        ),
        (
            lambda one: {"optimiser": {key: held for key, held in one.optimiser.items() if "exp_avg_sq" not in key}},
            "not about the weights of this run (0.exp_avg_sq)",
        ),
        (lambda one: {"position": replace(one.position, phase=2)}, "phase 3 of a run of 1"),
        (lambda one: {"epoch_terms": one.epoch_terms[:, :1]}, "holds 1 terms for 2"),
    ],
    ids=[
        *("a weight", "one weight too many", "a weight of another size", "a role", "the order", "another generator"),
        *("a memory", "a memory of another size", "a memory of nothing", "half a memory", "a phase", "a term"),
    ],
)
def test_a_checkpoint_that_is_not_of_this_run_is_a_sentence(
    damage: Any, words: str, tmp_path: Path, small: Dataset
) -> None:
    whole = taken(tmp_path, small)
    broken = replace(whole, **damage(whole))
    end = train(NOISY, small, resume=broken)[-1]
    assert isinstance(end, Finished)
    assert (end.reason, end.step) == ("failed", whole.position.step)
    assert words in end.error
    assert "unexpected" not in end.error
    assert end.error.endswith("Train again instead.")


def test_what_loads_the_state_of_a_training_says_what_it_lacks() -> None:
    draws = Draws(0, CPU.device)
    with pytest.raises(CheckpointError, match="role 'penalty'"):
        draws.load(without(draws.state(), "penalty"))


# -- live changes ------------------------------------------------------------------------------------------------------

RANGE = NOISY.with_value("corruption", {"kind": "gaussian-range", "low": 0.1, "high": 0.3})
UNFIT = {
    "limits that cross": (
        RANGE.with_value("corruption.low", 0.5),
        "The least noise σ (0.5) is above the largest (0.3)",
    ),
    "another network": (RANGE.with_value("network.widths", [5]), "cannot go on with another network.widths"),
    "more epochs": (RANGE.with_value("epochs", 9), "cannot go on with another epochs"),
    "other penalties": (RANGE.with_value("penalties", []), "cannot go on with other penalties"),
}


@pytest.mark.parametrize("name", UNFIT)
def test_a_live_change_that_does_not_fit_is_refused_in_a_sentence_and_the_settings_stay(
    name: str, tmp_path: Path, small: Dataset
) -> None:
    unfit, words = UNFIT[name]
    step = Eager(RANGE, Autoencoder(RANGE, SHAPE), Span(0, 1), CPU, Draws(0, CPU.device))
    with pytest.raises(RunError) as caught:
        step.use(unfit)
    assert words in str(caught.value)
    assert step.run == RANGE

    controls = Controls()
    controls.use(unfit)
    keeping = Keeping(tmp_path, lambda asked: asked == 7)
    events = train(RANGE, small, controls=controls, keeper=keeping)
    (said,) = [event.sentence for event in events if isinstance(event, Warned)]
    assert words in said
    assert said.endswith("Training goes on with the settings as they were.")
    assert (last(events).reason, last(events).run) == ("completed", RANGE)
    assert as_bytes(last(events).weights) == as_bytes(last(train(RANGE, small)).weights)
    assert last(train(RANGE, small, resume=keeping.kept()[0])).reason == "completed"


# -- the guard ---------------------------------------------------------------------------------------------------------


class Reassigning(Counting):
    """Counts by putting another tensor in the place of a buffer; goes wrong when it is told to."""

    kind: ClassVar[str] = "reassigning"
    pointwise: ClassVar[bool] = False
    keeps_units: ClassVar[bool] = False
    any_size: ClassVar[bool] = False
    title: ClassVar[str] = "Reassigning"
    about: ClassVar[str] = "Counts by putting another tensor in the place of a buffer; goes wrong when it is told to."
    poison: ClassVar[int] = 0

    def build(self, plan: Plan) -> nn.Module:
        made = nn.Module()
        made.register_buffer("steps", torch.zeros((), dtype=torch.int64))
        made.register_buffer("mean", torch.zeros(plan.hidden))
        made.register_buffer("mask", torch.full(plan.hidden, -torch.inf))
        return made

    def encode(self, hidden: Tensor, own: Any, mode: Mode, generator: torch.Generator | None, samples: int) -> Latent:
        return Latent(hidden, hidden)

    def after_step(self, own: Any, latent: Latent, generator: torch.Generator | None) -> None:
        own.steps = own.steps + 1
        mean = 0.9 * own.mean + 0.1 * latent.code.mean(0)
        own.mean = torch.where(own.steps == self.poison, torch.nan, mean)


def stepping(run: Run) -> Step:
    return Eager(run, Autoencoder(run, SHAPE), Span(0, 1), CPU, Draws(run.seed, CPU.device))


def test_what_is_counted_by_putting_another_tensor_in_its_place_is_counted() -> None:
    step = stepping(changed(RUN, code=Reassigning()))
    first = step.model.code.get_buffer("steps")
    for _ in range(3):
        step(images(), 1.0)
    assert step.tripped_at() is None  # an infinite mask is nothing that went wrong
    assert int(step.model.snapshot()["code.steps"]) == 3
    assert step.model.code.get_buffer("steps") is first


def test_a_count_that_is_not_finite_refuses_the_whole_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reassigning, "poison", 3)
    step = stepping(changed(RUN, code=Reassigning()))
    for _ in range(2):
        step(images(), 1.0)
    before = as_bytes(step.model.snapshot())
    for _ in range(2):
        step(images(), 1.0)
    assert as_bytes(step.model.snapshot()) == before
    assert step.tripped_at() == 3


def test_what_was_put_in_the_place_of_a_buffer_is_put_back_where_a_step_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    step = stepping(changed(RUN, code=Reassigning()))
    step(images(), 1.0)
    before = as_bytes(step.model.snapshot())
    honest = SquaredL2.__call__
    monkeypatch.setattr(SquaredL2, "__call__", lambda self, *more: honest(self, *more) * float("nan"))
    step(images(), 1.0)
    assert as_bytes(step.model.snapshot()) == before
    assert step.tripped_at() == 2


def test_a_step_is_numbered_as_the_guard_names_it() -> None:
    step = Eager(RUN, Autoencoder(RUN, SHAPE), Span(0, 1), CPU, Draws(0, CPU.device), 41)
    assert (step.number, int(step.done)) == (41, 41)
    step(images() * float("nan"), 1.0)
    assert (step.number, int(step.done), step.tripped_at()) == (42, 41, 42)


class Drawn(TorchDispatchMode):
    """Which random numbers torch was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if any(name in str(func) for name in ("normal", "uniform", "rand")):
            self.asked.append(str(func))
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("network", ["mlp", "conv"])
def test_no_weights_are_drawn_to_plan_a_run(network: str) -> None:
    with Drawn() as drawn:
        Run.from_settings({"network": {"kind": network}}).plan((1, 28, 28))
    assert drawn.asked == []
