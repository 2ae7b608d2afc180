"""Held-out scores: means over all images, whatever the batches; against the same computed image by image."""

from __future__ import annotations

import sys
from math import inf, log10

import psutil
import pytest
import torch

from aestudio.core.data.dataset import Resident, to_float
from aestudio.core.ground.compute import Compute
from aestudio.core.ground.decibels import psnr
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts.one_pass import EVALUATE
from aestudio.core.parts.plan import Phase, Span
from aestudio.core.probes import scores
from aestudio.core.probes.scores import evaluate
from aestudio.core.run.events import Evaluated
from aestudio.core.run.run import Run
from tests.core.conftest import images, together
from tests.core.trainings import NOISY, RUN

CPU = Compute(torch.device("cpu"), "CPU")
SHAPE = (1, 8, 8)


def store(count: int) -> Resident:
    """The last images are white, so that they count when they are left out or counted twice."""
    held_out = images(count)
    held_out[-7:] = 255
    return Resident(held_out)


def scored(run: Run, held_out: Resident, depth: int = 1, first: int = 0) -> Evaluated:
    model = Autoencoder(run, SHAPE)
    return evaluate(model, run, held_out, CPU, step=3, epoch=1, phase=Phase("measured", Span(first, depth), 1))


@pytest.mark.parametrize("count", [16, 32, 39, 7])
def test_every_held_out_image_counts_once_however_small_the_last_batch_is(count: int) -> None:
    run, held_out = RUN.with_value("batch_size", 16), store(count)
    x = to_float(held_out.images)
    with torch.no_grad():
        made = Autoencoder(run, SHAPE).look(run, x, Span(0, 1), EVALUATE).reconstruction
    each = (x - made).square().flatten(1).sum(1)
    found = scored(run, held_out)
    assert found.terms["reconstruction"] == pytest.approx(float(each.mean()), rel=1e-5)
    assert found.objective == pytest.approx(float(each.mean()), rel=1e-5)
    assert found.scores["mse"] == pytest.approx(float(each.mean()) / 64, rel=1e-5)
    assert found.scores["psnr"] == pytest.approx(10 * log10(64 / float(each.mean())), rel=1e-5)
    assert found.scores["psnr_corrupted"] == inf


def test_the_psnr_of_corrupted_images_is_that_of_their_noise() -> None:
    run = RUN.with_value("corruption", {"kind": "gaussian", "sigma": 0.1}).with_value("batch_size", 64)
    held_out = store(64)
    x = to_float(held_out.images)
    noise = run.corruption.seen(x, together(run.seed).corruption) - x
    assert scored(run, held_out).scores["psnr_corrupted"] == pytest.approx(psnr(float(noise.square().mean())), rel=1e-5)
    assert scored(run, held_out).scores["psnr_corrupted"] == pytest.approx(20, abs=0.2)  # 10 log₁₀ 1/0.1²


def test_the_floor_of_the_cross_entropy_is_the_loss_of_a_perfect_reconstruction_and_the_squared_loss_has_none() -> None:
    held_out = store(40)
    x = to_float(held_out.images).double().flatten(1)
    entropy = -(torch.special.xlogy(x, x) + torch.special.xlogy(1 - x, 1 - x)).sum(1).mean()
    run = RUN.with_value("loss", "cross-entropy").with_value("batch_size", 16)
    found = scored(run, held_out)
    assert found.scores["floor"] == pytest.approx(float(entropy), rel=1e-5)
    assert found.terms["reconstruction"] > found.scores["floor"]
    assert "floor" not in scored(RUN, held_out).scores


@pytest.mark.parametrize("count", [20, 39, 41, 100])
def test_activations_are_measured_on_images_from_the_first_to_the_last(
    monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(scores, "MEASURED", 20)
    run, held_out = RUN.with_value("batch_size", 16), store(count)
    spread = to_float(held_out.images)[:: -(-count // 20)]
    code = Autoencoder(run, SHAPE).look(run, spread, Span(0, 1), EVALUATE).code
    assert scored(run, held_out).scores["mean_activation"] == pytest.approx(float(code.detach().mean()), rel=1e-5)


def test_ten_times_less_error_is_ten_decibels() -> None:
    assert psnr(0.1) == pytest.approx(10)
    assert psnr(0.01) == pytest.approx(20)
    assert psnr(1.0) == 0
    assert psnr(0.0) == inf


def test_scores_of_the_same_weights_are_the_same_each_time_and_change_nothing() -> None:
    model, held_out = Autoencoder(NOISY, SHAPE), store(30)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    one, again = (
        evaluate(model, NOISY, held_out, CPU, step=0, epoch=0, phase=Phase("measured", Span(0, 1), 1)) for _ in range(2)
    )
    assert one == again
    assert all(tensor.equal(before[name]) for name, tensor in model.state_dict().items())


def test_layer_by_layer_terms_are_those_of_the_layer_and_errors_those_of_the_images() -> None:
    run, held_out = RUN.with_value("network.widths", [12, 5]), store(20)
    model, x = Autoencoder(run, SHAPE), to_float(store(20).images)
    found = scored(run, held_out, depth=2, first=1)
    with torch.no_grad():
        layer = model.look(run, x, Span(1, 2), EVALUATE)
        image = model.look(run, x, Span(0, 2), EVALUATE)
    apart = (layer.target - layer.reconstruction).square().flatten(1).sum(1).mean()
    assert found.terms["reconstruction"] == pytest.approx(float(apart), rel=1e-5)
    assert found.scores["mse"] == pytest.approx(float((x - image.reconstruction).square().mean()), rel=1e-5)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted as Linux counts it")
def test_scoring_many_images_takes_no_memory_for_each_of_them() -> None:
    """What stays in small pieces between large ones that go keeps the heap from shrinking, or from being used again."""
    count = 20_000
    held_out = Resident(torch.zeros(count, 1, 28, 28, dtype=torch.uint8))
    run = Run(batch_size=32).with_value("network.widths", [64])
    model, process = Autoencoder(run, (1, 28, 28)), psutil.Process()
    phase = Phase("measured", Span(0, 1), 1)
    evaluate(model, run, Resident(held_out.images[:500]), CPU, step=3, epoch=1, phase=phase)
    before = process.memory_info().rss
    evaluate(model, run, held_out, CPU, step=3, epoch=1, phase=phase)
    as_floats = 4 * 28 * 28 * count
    assert process.memory_info().rss - before < as_floats / 4
