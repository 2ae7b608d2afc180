"""What training really does with the parts of a run: what the encoder sees, what tied weights are, what a weight does.

The mistakes that public code makes are each caught here or in test_proofs.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from aestudio.core.data.dataset import Dataset, Resident, Split
from aestudio.core.ground.compute import Compute
from aestudio.core.ground.errors import RunError
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.model.trained import Model
from aestudio.core.parts.families.corruption import Corruption
from aestudio.core.parts.families.network import Network
from aestudio.core.parts.families.penalty import Penalty
from aestudio.core.parts.one_pass import Pass
from aestudio.core.parts.plan import Span
from aestudio.core.parts.slots import knobs, options
from aestudio.core.run.events import Evaluated, Event, Finished, Preview, Progress
from aestudio.core.run.run import Run
from aestudio.core.theory.labelled import codes
from aestudio.core.training.choosing import choose
from aestudio.core.training.controls import Controls
from aestudio.core.training.fit import fit
from aestudio.core.training.steps.eager import Eager
from tests.core import definitions
from tests.core.trainings import drawn

GREY = 153 / 255
RUN = Run.from_settings({"network": {"kind": "mlp", "widths": [6]}, "epochs": 2, "batch_size": 32})


def grey(count: int) -> Resident:
    """Every pixel is 0.6, so that what is measured of the corrupted ones is the corruption's."""
    return Resident(torch.full((count, 1, 8, 8), 153, dtype=torch.uint8))


def last(events: list[Event]) -> Finished:
    assert isinstance(events[-1], Finished)
    assert events[-1].reason == "completed", events[-1].error
    return events[-1]


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Callable[[Run, Dataset], tuple[list[Pass], list[Pass]]]:
    """Trains by the plain step, and gives every pass of a training step and every pass of an evaluation."""
    monkeypatch.setattr("aestudio.core.training.fit.choose", lambda *_: Eager)

    def train(run: Run, dataset: Dataset) -> tuple[list[Pass], list[Pass]]:
        training: list[Pass] = []
        scoring: list[Pass] = []
        honest = Autoencoder.look

        def spy(self: Autoencoder, *arguments: Any, **named: Any) -> Pass:
            found = honest(self, *arguments, **named)
            (training if arguments[3].update else scoring).append(found)
            return found

        with monkeypatch.context() as patch:
            patch.setattr(Autoencoder, "look", spy)
            last(list(fit(run, dataset)))
        return training, scoring

    return train


# -- corruption --------------------------------------------------------------------------------------------------------


def noisy(kind: str) -> dict[str, Any]:
    """A corruption with the settings that its definition has moments for."""
    return {"kind": kind, **definitions.of(options(Corruption)[kind]).SETTINGS}


@pytest.mark.parametrize("kind", options(Corruption))
def test_the_encoder_sees_corrupted_images_at_every_step_with_the_stated_mean_and_variance(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = RUN.with_value("corruption", noisy(kind))
    training, scoring = drawn(run, Dataset("grey", Split(grey(320)), Split(grey(64))), monkeypatch)
    mean, variance = definitions.of(options(Corruption)[kind]).moments(GREY)
    assert len(training) == 20
    for passes in (training, scoring):  # the second epoch comes after an evaluation, and is corrupted no less
        for one in passes:
            pixels = one.corrupted.double()
            count = pixels.numel()
            assert one.clean.unique().numel() == 1
            assert float(one.clean[0, 0, 0, 0]) == pytest.approx(GREY)
            assert abs(float(pixels.mean()) - mean) <= 5 * (variance / count) ** 0.5 + 1e-6
            assert float(pixels.var()) == pytest.approx(variance, rel=0.15, abs=1e-12)
    everything = torch.cat([one.corrupted for one in training]).double()
    assert abs(float(everything.mean()) - mean) <= 4 * (variance / everything.numel()) ** 0.5 + 1e-6
    assert float(everything.var()) == pytest.approx(variance, rel=0.03, abs=1e-12)


CHANGES_GREY = [kind for kind, one in options(Corruption).items() if definitions.of(one).moments(GREY)[1]]
"""Not those that leave a plain image as it is."""


@pytest.mark.parametrize("kind", CHANGES_GREY)
def test_every_step_draws_new_noise_and_every_evaluation_the_same(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Evaluations and previews are corrupted too, since a denoising autoencoder is judged by what it makes of corrupted
    images; their noise is the same each time, so that epochs can be compared.
    """
    run = RUN.with_value("corruption", noisy(kind))
    training, scoring = drawn(run, Dataset("grey", Split(grey(96)), Split(grey(32))), monkeypatch)
    noise = [one.corrupted for one in training]
    assert not any(a.equal(b) for i, a in enumerate(noise) for b in noise[:i])
    assert len(scoring) == 3
    assert all(one.corrupted.equal(scoring[0].corrupted) for one in scoring)
    assert not scoring[0].corrupted.equal(scoring[0].clean)


@pytest.mark.parametrize("kind", options(Corruption))
def test_previews_show_the_noise_that_the_model_was_given(kind: str, small: Dataset) -> None:
    run = RUN.with_value("corruption", noisy(kind))
    controls = Controls()
    controls.ask_for_preview()
    previews = [event for event in fit(run, small, controls) if isinstance(event, Preview)]
    assert len(previews) >= 2
    for one in previews:
        assert (kind == "none") == np.array_equal(one.original, one.corrupted)
        model = Model(one.run, small.shape, one.weights)
        made = model.decode(model.encode(torch.from_numpy(one.corrupted)))
        torch.testing.assert_close(made, torch.from_numpy(one.reconstructed))
    assert all(np.array_equal(one.corrupted, previews[0].corrupted) for one in previews)


@pytest.mark.parametrize("kind", options(Corruption))
def test_encoding_and_decoding_a_persons_image_corrupts_nothing(kind: str, small: Dataset) -> None:
    run = RUN.with_value("corruption", noisy(kind))
    model = Model(run, small.shape, Autoencoder(run, small.shape).snapshot())
    plain = Model(RUN, small.shape, model.module.state_dict())
    images = small.held_out.images.gather(torch.arange(8)).float() / 255
    assert model.encode(images).equal(plain.encode(images))
    assert codes(model, small.held_out.images).equal(codes(plain, small.held_out.images))
    corrupted, found, _ = model.try_on(images, seed=3)  # this is the one that says that it corrupts
    assert corrupted.equal(run.corruption.seen(images, torch.Generator().manual_seed(3)))
    assert found.equal(model.encode(corrupted))


def test_corruption_is_what_the_loss_is_not_told_of(
    small: Dataset, seen: Callable[[Run, Dataset], tuple[list[Pass], list[Pass]]]
) -> None:
    run = RUN.with_value("corruption", {"kind": "gaussian", "sigma": 0.5}).with_value("epochs", 1)
    training, _ = seen(run, small)
    losses = np.concatenate([e.terms[:, 0] for e in fit(run, small) if isinstance(e, Progress)])
    for one, loss in zip(training, losses, strict=True):
        clean = (one.clean - one.reconstruction.detach()).square().sum() / len(one.clean)
        assert float(loss) == pytest.approx(float(clean), rel=1e-5)


# -- tied weights ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "network",
    [{"kind": "linear", "code_size": 3}, {"kind": "mlp", "widths": [5, 3]}, {"kind": "mlp", "widths": [4]}],
    ids=str,
)
def test_a_tied_weights_gradient_is_the_sum_of_both_its_uses(network: dict[str, Any]) -> None:
    tied = Autoencoder(Run.from_settings({"network": {**network, "tied": True}}), (1, 8, 8)).double()
    free = Autoencoder(Run.from_settings({"network": network}), (1, 8, 8)).double()
    images = torch.rand(5, 1, 8, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    with torch.no_grad():
        for mine, theirs in zip(free.span(0, 9), tied.span(0, 9), strict=True):
            for name, parameter in theirs.named_parameters():
                getattr(mine, name).copy_(parameter)
            mine.V.copy_(theirs.W.t())  # type: ignore[operator]
    for model in (tied, free):
        model(RUN, images, Span(0, model.depth))[0].total.backward()
    for mine, theirs in zip(free.span(0, 9), tied.span(0, 9), strict=True):
        as_encoder, as_decoder = mine.W.grad, mine.V.grad.t()  # type: ignore[union-attr,operator]
        assert float(as_encoder.abs().max()) > 0  # type: ignore[union-attr,operator]
        assert float(as_decoder.abs().max()) > 0
        torch.testing.assert_close(theirs.W.grad, as_encoder + as_decoder, rtol=1e-10, atol=1e-12)  # type: ignore[operator]


@pytest.mark.parametrize("network", [{"kind": "linear", "code_size": 3}, {"kind": "mlp", "widths": [5, 3]}], ids=str)
def test_tied_weights_are_still_one_tensor_after_training(network: dict[str, Any], small: Dataset) -> None:
    run = RUN.with_value("network", {**network, "tied": True})
    end = last(list(fit(run, small)))
    assert end.weights is not None
    model = Model(run, small.shape, end.weights)
    began = Autoencoder(run, small.shape)
    for stage, before in zip(model.module.span(0, 9), began.span(0, 9), strict=True):
        assert [name for name, p in stage.named_parameters() if p.dim() > 1] == ["W"]
        assert isinstance(stage.W, Tensor)
        assert not stage.W.equal(before.W)  # type: ignore[arg-type]
        unit = torch.eye(stage.out_shape[0])
        columns = stage.back(unit).flatten(1) - stage.back(torch.zeros_like(unit)).flatten(1)
        torch.testing.assert_close(columns, stage.W.data, rtol=0, atol=1e-6)


# -- weights -----------------------------------------------------------------------------------------------------------


def beside(penalty: str) -> Run:
    """The run with what the penalty needs beside it."""
    run = RUN
    for path, value in definitions.company(options(Penalty)[penalty]).items():
        run = run.with_value(path, value)
    return run


@pytest.mark.parametrize("kind", options(Penalty))
def test_a_penalty_of_weight_zero_changes_no_bit_of_the_training(
    kind: str, small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = beside(kind)
    penalised = run.with_value("penalties", [{"kind": kind, "weight": 0.0}])
    # Two steps differ in the last bits: the run without it is computed as the one that has it.
    step = choose(penalised, penalised.plan(small.shape, len(small.train)), Compute(torch.device("cpu"), "CPU"))
    monkeypatch.setattr("aestudio.core.training.fit.choose", lambda *_: step)
    plain = last(list(fit(run, small))).weights
    with_it = last(list(fit(penalised, small))).weights
    assert plain is not None
    assert with_it is not None
    assert all(plain[name].equal(with_it[name]) for name in plain)


@pytest.mark.parametrize("kind", [kind for kind, one in options(Penalty).items() if definitions.falls(one)])
def test_a_larger_weight_makes_a_smaller_penalty(kind: str, small: Dataset) -> None:
    reached = []
    for weight in (0.0, 0.1, 1.0):
        run = beside(kind).with_value("epochs", 12).with_value("optimiser.learning_rate", 0.01)
        events = list(fit(run.with_value("penalties", [{"kind": kind, "weight": weight}]), small))
        last(events)
        scores = [e for e in events if isinstance(e, Evaluated) and e.split == "held-out"]
        assert scores[-1].weighted[kind] == pytest.approx(weight * scores[-1].terms[kind])
        reached.append(scores[-1].terms[kind])
    assert reached[0] > reached[1] > reached[2]


@pytest.mark.parametrize("kind", options(Penalty))
def test_a_weight_changed_while_training_counts_from_the_next_step(kind: str, small: Dataset) -> None:
    run = beside(kind).with_value("penalties", [{"kind": kind, "weight": 0.25}])
    controls = Controls(paused=True)
    controls.step()
    told: list[Progress] = []
    for event in fit(run, small, controls):
        if isinstance(event, Progress):
            told.append(event)
            if event.first_step == 1:
                controls.use(run.with_value(f"penalties.{kind}.weight", 4.0))
                controls.resume()
    weights = np.concatenate([event.weights for event in told])[:, 1]
    assert weights.tolist() == [0.25, *[4.0] * (len(weights) - 1)]


# -- outputs -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", options(Network))
def test_no_network_ends_in_a_range_that_images_do_not_have(kind: str) -> None:
    """tanh is the classic: its values lie in [−1, 1] and the images' in [0, 1]."""
    run = Run().with_value("network", kind)
    output = knobs(run.network).get("output")
    for name in output.choices if output else ("identity",):
        chosen = run.with_value("network.output", name) if output else run
        end = chosen.check((1, 8, 8)).stages[0].range
        assert (end.low, end.high) in ((0, 1), (-float("inf"), float("inf"))), name
    if output:
        with pytest.raises(RunError, match=r"network\.output cannot be 'tanh'"):
            run.with_value("network.output", "tanh")


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "softplus", "identity"])
def test_a_hidden_layers_own_decoder_ends_in_the_range_of_the_layer_that_it_decodes(name: str) -> None:
    run = Run.from_settings({"network": {"kind": "mlp", "widths": [5, 4, 3], "activation": name}})
    stages = run.check((1, 8, 8)).stages
    assert [stage.range.name for stage in stages] == ["sigmoid", name, name]
