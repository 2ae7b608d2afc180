"""The auxiliary loss of a top-k code: unused units learn what the used ones leave over, and nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from aestudio.core.data.sources.digits import Digits
from aestudio.core.ground.errors import RunError
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts.dense import DenseStage
from aestudio.core.parts.one_pass import TRAIN, Pass
from aestudio.core.parts.plan import Span
from aestudio.core.run.events import Evaluated, Progress
from aestudio.core.run.run import Run
from aestudio.core.training.controls import Controls
from aestudio.core.training.fit import fit
from tests.core.conftest import small_dataset
from tests.core.trainings import Keeping, last, scores, train, weights

SHAPE, UNITS = (1, 8, 8), 12
RUN = Run.from_settings(
    {
        "network": {"kind": "mlp", "widths": [UNITS], "activation": "identity", "output": "identity"},
        "code": {"kind": "top-k", "k": 2, "auxiliary": True, "auxiliary_units": 3, "auxiliary_weight": 0.5},
        "epochs": 3,
        "batch_size": 16,
    }
)
DEEP = RUN.with_value("network.widths", [20, UNITS]).with_value("network.activation", "tanh")


def looked(run: Run = RUN, silent: int = 5) -> tuple[Autoencoder, Pass]:
    """In double precision, where the last units are never among the strongest."""
    model = Autoencoder(run, SHAPE).double()
    stage = model.span(0, model.depth)[-1]
    assert isinstance(stage, DenseStage)
    with torch.no_grad():
        if silent:
            stage.b[-silent:] -= 9.0 if run is RUN else 0.0
            stage.W[-silent:] *= 0.01
    images = torch.rand(6, *SHAPE, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return model, model.look(run, images, Span(0, model.depth), TRAIN)


def loss(run: Run, seen: Pass) -> Tensor:
    return run.code.own_loss(seen, None)


def unused(seen: Pass) -> list[int]:
    return [unit for unit in range(seen.code.shape[1]) if not seen.code[:, unit].any()]


def definition(run: Run, model: Autoencoder, seen: Pass) -> Tensor:
    """Image by image: the residual, and its reconstruction by the strongest of the unused units."""
    (stage,) = model.span(0, 1)
    assert isinstance(stage, DenseStage)
    assert stage.V is not None
    total = torch.zeros((), dtype=torch.float64)
    for image, reconstruction, hidden in zip(seen.target, seen.reconstruction.detach(), seen.hidden, strict=True):
        left_over = (image - reconstruction).flatten()
        strongest = sorted(unused(seen), key=lambda unit: float(hidden[unit].detach()), reverse=True)
        for unit in strongest[: int(run.value("code.auxiliary_units"))]:
            left_over = left_over - stage.V[:, unit] * hidden[unit]
        total = total + left_over.square().sum()
    return total / len(seen.target)


def gradients(value: Tensor, model: Autoencoder) -> dict[str, Tensor]:
    named = dict(model.named_parameters())
    found = torch.autograd.grad(value, list(named.values()), allow_unused=True)
    return {name: torch.zeros_like(p) if g is None else g for (name, p), g in zip(named.items(), found, strict=True)}


@pytest.mark.parametrize("wanted", [1, 3, 12])
def test_value_and_gradient_are_those_of_the_definition(wanted: int) -> None:
    run = RUN.with_value("code.auxiliary_units", wanted)
    model, seen = looked(run)
    assert len(unused(seen)) >= 5
    value, slow = loss(run, seen), definition(run, model, seen)
    torch.testing.assert_close(value, slow, rtol=1e-12, atol=1e-12)
    quick, wanted_gradients = gradients(loss(run, model_pass(run, model)), model), gradients(slow, model)
    for name, gradient in quick.items():
        torch.testing.assert_close(gradient, wanted_gradients[name], rtol=1e-10, atol=1e-12)


def model_pass(run: Run, model: Autoencoder) -> Pass:
    images = torch.rand(6, *SHAPE, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return model.look(run, images, Span(0, model.depth), TRAIN)


def test_only_weights_of_unused_units_move_by_it() -> None:
    model, seen = looked()
    (stage,) = model.span(0, 1)
    assert isinstance(stage, DenseStage)
    loss(RUN, seen).backward()
    there = unused(seen)
    used = [unit for unit in range(UNITS) if unit not in there]
    assert stage.V is not None
    for gradient, axis in ((stage.W.grad, 0), (stage.b.grad, 0), (stage.V.grad, 1)):
        assert gradient is not None
        assert float(gradient.index_select(axis, torch.tensor(there)).abs().max()) > 0
        assert float(gradient.index_select(axis, torch.tensor(used)).abs().max()) == 0
    assert stage.c.grad is None or float(stage.c.grad.abs().max()) == 0


@pytest.mark.parametrize("run", [RUN, DEEP], ids=["one layer", "deep"])
def test_along_the_weights_of_unused_units_the_gradient_is_the_slope(run: Run) -> None:
    model, seen = looked(run)
    stage, there = model.span(0, model.depth)[-1], unused(seen)
    assert isinstance(stage, DenseStage)
    assert there
    direction = torch.zeros_like(stage.W)
    direction[there] = torch.randn(
        len(there), stage.W.shape[1], generator=torch.Generator().manual_seed(2), dtype=torch.float64
    )
    (gradient,) = torch.autograd.grad(loss(run, seen), stage.W)
    values = []
    for size in (1e-6, -2e-6):
        with torch.no_grad():
            stage.W.add_(direction, alpha=size)
        values.append(float(loss(run, model_pass(run, model)).detach()))
    assert float((gradient * direction).sum()) == pytest.approx((values[0] - values[1]) / 2e-6, rel=1e-5)


def test_where_every_unit_is_used_there_is_nothing_to_learn() -> None:
    run = RUN.with_value("code.k", UNITS)
    model, seen = looked(run, silent=0)
    assert unused(seen) == []
    value = loss(run, seen)
    assert float(value.detach()) == 0
    assert all(float(gradient.abs().max()) == 0 for gradient in gradients(value, model).values())


def test_it_is_a_term_of_the_objective_with_its_weight() -> None:
    model, seen = looked()
    terms, _ = model(RUN, seen.clean, Span(0, 1), TRAIN)
    assert terms.names == ("reconstruction", "auxiliary")
    assert terms.weights == (1.0, 0.5)
    assert float(terms.total.detach()) == pytest.approx(float(terms.raw[0] + 0.5 * terms.raw[1]))
    without = RUN.with_value("code.auxiliary", False)
    assert model(without, seen.clean, Span(0, 1), TRAIN)[0].names == ("reconstruction",)


def test_its_weight_may_change_while_it_trains() -> None:
    controls = Controls(paused=True)
    controls.step()
    told: list[Progress] = []
    for event in fit(RUN, small_dataset(), controls):
        if isinstance(event, Progress):
            told.append(event)
            if event.first_step == 1:
                controls.use(RUN.with_value("code.auxiliary_weight", 2.0))
                controls.resume()
    weight = [row[1] for event in told for row in event.weights.tolist()]
    assert weight == [0.5, *[2.0] * (len(weight) - 1)]


def test_a_training_with_it_goes_on_from_a_checkpoint_to_the_same_bits(tmp_path: Path) -> None:
    keeping = Keeping(tmp_path)
    whole = list(fit(RUN, small_dataset(), keeper=keeping))
    made = next(one for one in keeping.kept() if one.position.step == 8)
    rest = list(fit(RUN, small_dataset(), resume=made))
    assert weights(rest) == weights(whole)
    assert scores(whole)[-len(scores(rest)) :] == scores(rest)


def test_layer_by_layer_it_is_refused_in_a_sentence() -> None:
    with pytest.raises(RunError, match="train end to end, or switch it off"):
        DEEP.with_value("schedule", "greedy").check(SHAPE)


@pytest.mark.slow
def test_with_it_fewer_units_stay_unused() -> None:
    run = Run.from_settings(
        {
            "network": {"kind": "mlp", "widths": [128], "activation": "identity"},
            "code": {"kind": "top-k", "k": 8},
            "optimiser": {"kind": "adam", "learning_rate": 0.003},
            "epochs": 60,
        }
    )
    dead = []
    for auxiliary in (False, True):
        events = list(fit(run.with_value("code.auxiliary", auxiliary), Digits().load()))
        found = [event for event in events if isinstance(event, Evaluated) and event.split == "held-out"]
        dead.append(found[-1].scores["dead_units"])
    without, with_it = dead
    assert without > 60
    assert with_it < without / 2


def test_runs_without_it_have_the_terms_that_they_had() -> None:
    events = train(RUN.with_value("code.auxiliary", False))
    assert {event.names for event in events if isinstance(event, Progress)} == {("reconstruction",)}
    assert last(events).reason == "completed"
