"""PCA and its twin: exact moments, floors, angles, and the law of the singular values."""

from __future__ import annotations

import json
import time
from functools import cache
from math import prod, sin, sqrt
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from aestudio.cli import main
from aestudio.core.data.dataset import Dataset, ImageStore, Resident, Split, to_float
from aestudio.core.data.sources.idx import Idx
from aestudio.core.ground.errors import Cancelled, DataError, RunError
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.model.model_file import ModelFile
from aestudio.core.model.trained import Model
from aestudio.core.parts.plan import Span
from aestudio.core.probes.moments import moments
from aestudio.core.probes.pca import PCA, pca
from aestudio.core.run.events import Finished
from aestudio.core.run.recipes import find
from aestudio.core.run.run import Run
from aestudio.core.theory.twin import affine_maps, twin
from aestudio.core.training.fit import fit
from tests.core.conftest import SHARED, small_dataset

MNIST = SHARED / "mnist"
needs_mnist = pytest.mark.skipif(not MNIST.is_dir(), reason="MNIST is not in ../shared/data")
LINEAR = Run.from_settings({"network": {"kind": "linear", "code_size": 3}})


def floats(images: ImageStore) -> Tensor:
    """Every image as a vector in [0, 1], [N, D] in double precision."""
    return images.gather(torch.arange(len(images))).flatten(1).double() / 255


def model_with(run: Run, shape: tuple[int, int, int], **weights: Tensor) -> Model:
    """A linear autoencoder with these matrices and biases."""
    state = Autoencoder(run, shape).snapshot()
    state |= {f"stages.0.{name}": tensor.float() for name, tensor in weights.items()}
    return Model(run, shape, state)


def pca_as_autoencoder(found: PCA, run: Run, mix: Tensor | None = None) -> Model:
    """The autoencoder that is PCA, its code mixed by any invertible matrix."""
    k = run.network.code_size  # type: ignore[attr-defined]
    U, mean = found.directions[:k], found.train.mean
    mix = torch.eye(k, dtype=torch.float64) if mix is None else mix
    W, V = mix @ U, U.t() @ mix.inverse()
    return model_with(run, found.shape, W=W, V=V, b=-W @ mean, c=mean)


@cache
def mnist() -> tuple[Dataset, PCA]:
    dataset = Idx(path=str(MNIST)).load()
    return dataset, pca(dataset)


# -- moments -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [40, 700], ids=["fewer images than pixels", "more images than pixels"])
def test_moments_are_those_of_double_precision(count: int) -> None:
    store = small_dataset(train=count).train.images
    found, x = moments(store), floats(store)
    covariance = torch.cov(x.t(), correction=0)
    assert (found.covariance is None) == (count < 64)
    torch.testing.assert_close(found.mean, x.mean(0), rtol=1e-14, atol=1e-15)
    torch.testing.assert_close(found.after(torch.eye(64, dtype=torch.float64)), covariance, rtol=1e-12, atol=1e-15)
    assert found.total() == pytest.approx(float(covariance.trace()), rel=1e-13)


def test_a_pixel_that_never_changes_has_a_variance_of_exactly_zero() -> None:
    images = torch.randint(0, 256, (300, 1, 4, 4), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    images[:, 0, 1, 2] = 201
    covariance = moments(Resident(images)).covariance
    assert covariance is not None
    assert float(covariance[6].abs().max()) == 0


def test_reading_the_images_can_be_cancelled() -> None:
    def report(doing: str, _fraction: float | None) -> None:
        assert doing == "Measuring the training images"
        raise Cancelled("Enough.")

    with pytest.raises(Cancelled):
        pca(small_dataset(), report=report)


# -- floors ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("train", [40, 96], ids=["fewer images than pixels", "more images than pixels"])
def test_the_floor_is_the_error_of_the_best_reconstruction(train: int) -> None:
    dataset = small_dataset(train=train)
    found = pca(dataset)
    x = floats(dataset.train.images)
    singular = torch.linalg.svdvals(x - x.mean(0))
    for k in (0, 1, 3, 17, 40, 64):
        floors = found.floor(k)
        assert floors[0] == pytest.approx(float(singular[k:].square().sum()) / x.numel(), rel=1e-9, abs=1e-15)
        for split, floor in zip((dataset.train, dataset.held_out), floors, strict=True):
            images = floats(split.images).view(-1, 1, 8, 8)
            made = found.reconstruct(images, k)
            assert floor == pytest.approx(float((images - made).square().mean()), rel=1e-9, abs=1e-15)


def test_the_floor_falls_with_the_code_size_to_nothing() -> None:
    found = pca(small_dataset())
    assert bool((found.train_floors.diff() <= 0).all())
    assert bool((found.held_out_floors.diff() <= 0).all())
    assert found.floor(64) == (0.0, 0.0)
    assert found.floor(1000) == (0.0, 0.0)


def test_images_that_are_too_large_for_pca_are_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aestudio.core.probes.pca.LARGEST", 63)
    with pytest.raises(DataError, match=r"96 images of 64 pixels would take too long; choose images of at most 63"):
        pca(small_dataset())
    pca(small_dataset(train=60))  # few images are as good as few pixels


@needs_mnist
@pytest.mark.slow
def test_mnists_floors_are_the_published_ones() -> None:
    _, found = mnist()
    train = {2: 0.055953, 8: 0.037865, 16: 0.027293, 32: 0.017243, 64: 0.009284, 128: 0.004272}
    held_out = {2: 0.055669, 8: 0.037441, 16: 0.026860, 32: 0.016828, 64: 0.009047, 128: 0.004205}
    for k in train:
        assert found.floor(k) == pytest.approx((train[k], held_out[k]), abs=5.1e-7)


# -- the twin ----------------------------------------------------------------------------------------------------------


def test_an_autoencoder_that_is_pca_is_told_as_such() -> None:
    found = pca(small_dataset())
    mix = torch.randn(3, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    same = twin(found, pca_as_autoencoder(found, LINEAR, mix))
    assert same.code_size == 3
    assert same.ratio == pytest.approx(1, abs=1e-6)
    assert (same.train_mse, same.held_out_mse) == pytest.approx((same.train_floor, same.held_out_floor), rel=1e-6)
    assert same.projector_difference < 1e-5
    assert max(same.angles) < 1e-3


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("train", [40, 96], ids=["fewer images than pixels", "more images than pixels"])
def test_errors_from_the_moments_are_those_of_the_reconstructions(train: int, tied: bool) -> None:
    dataset = small_dataset(train=train)
    run = LINEAR.with_value("network.tied", tied)
    model = Model(run, dataset.shape, {n: t + 0.1 for n, t in Autoencoder(run, dataset.shape).snapshot().items()})
    said = twin(pca(dataset), model)
    for split, mse in ((dataset.train, said.train_mse), (dataset.held_out, said.held_out_mse)):
        images = to_float(split.images.gather(torch.arange(len(split))))
        made = model.decode(model.encode(images))
        assert mse == pytest.approx(float((images - made).double().square().mean()), rel=1e-5)
    assert said.ratio == said.held_out_mse / said.held_out_floor
    assert said.train_mse > said.train_floor


@pytest.mark.parametrize("angle", [1e-4, 0.3, 1.2])
def test_angles_and_projectors_see_a_subspace_that_was_turned(angle: float) -> None:
    found = pca(small_dataset())
    U = found.directions.clone()
    turned = torch.stack([U[0], U[1], torch.cos(torch.tensor(angle)) * U[2] + sin(angle) * U[9]])
    said = twin(found, model_with(LINEAR, found.shape, V=turned.t() * 2))
    degrees = torch.rad2deg(torch.tensor(angle)).item()
    assert said.angles[:2] == pytest.approx((0, 0), abs=1e-3)
    assert said.angles[2] == pytest.approx(degrees, rel=1e-3)
    P, Q = U[:3].t() @ U[:3], turned.t().double() @ turned.double()
    assert said.projector_difference == pytest.approx(float((P - Q).norm()), rel=1e-3)
    assert said.projector_difference == pytest.approx(sqrt(2) * sin(angle), rel=1e-3)


def test_a_direction_that_the_decoder_does_not_use_is_as_far_as_can_be() -> None:
    found = pca(small_dataset())
    V = found.directions[:3].t().clone()
    V[:, 2] = 0
    said = twin(found, model_with(LINEAR, found.shape, V=V))
    assert said.angles[-1] == 90
    assert said.angles[:2] == pytest.approx((0, 0), abs=1e-3)
    assert said.projector_difference == pytest.approx(1, rel=1e-6)


def test_a_perceptron_without_activations_is_linear_too() -> None:
    settings = {"kind": "mlp", "widths": [7, 3], "activation": "identity", "output": "identity"}
    run = Run.from_settings({"network": settings})
    model = Model(run, (1, 8, 8), {n: t + 0.05 for n, t in Autoencoder(run, (1, 8, 8)).snapshot().items()})
    W, V, bias = affine_maps(model)
    images = torch.rand(5, 1, 8, 8)
    expected = model.decode(model.encode(images)).flatten(1).double()
    torch.testing.assert_close(images.flatten(1).double() @ (V @ W).t() + bias, expected, rtol=1e-5, atol=1e-5)
    assert twin(pca(small_dataset()), model).code_size == 3


@pytest.mark.parametrize(
    "settings",
    [
        {"network": {"kind": "mlp", "widths": [3]}},
        {"network": {"kind": "mlp", "widths": [3], "activation": "identity"}},  # a sigmoid output is left
        {"network": {"kind": "conv", "channels": [2], "code_size": 3, "activation": "tanh"}},
        {"network": {"kind": "linear", "code_size": 5}, "code": {"kind": "top-k", "k": 2}},
    ],
    ids=lambda s: s["network"]["kind"],
)
def test_what_is_not_linear_has_no_twin(settings: dict[str, Any]) -> None:
    run = Run.from_settings(settings)
    model = Model(run, (1, 8, 8), Autoencoder(run, (1, 8, 8)).snapshot())
    with pytest.raises(RunError, match=r"this one is not linear: .* Train the recipe `linear`\."):
        twin(pca(small_dataset()), model)


def test_images_of_another_size_have_another_twin() -> None:
    model = Model(LINEAR, (1, 9, 9), Autoencoder(LINEAR, (1, 9, 9)).snapshot())
    with pytest.raises(RunError, match=r"takes images of 1×9×9; .* of 1×8×8\."):
        twin(pca(small_dataset()), model)


# -- Kunin's law -------------------------------------------------------------------------------------------------------


def decayed(weight: float, tied: bool, code_size: int = 5) -> Run:
    network = {"kind": "linear", "code_size": code_size, "tied": tied}
    return Run.from_settings({"network": network, "penalties": [{"kind": "weight-decay", "weight": weight}]})


@pytest.mark.parametrize("tied", [False, True])
def test_the_law_is_where_the_programs_own_objective_has_no_slope(tied: bool) -> None:
    """The law says s²; W = Vᵀ = diag(s) U and biases that centre are then a critical point, and nothing else is used of
    the program than its objective.
    """
    dataset = small_dataset()
    found = pca(dataset)
    weight = float(found.variances[2:4].mean()) * (2 if tied else 1)  # so that two directions are given up
    run = decayed(weight, tied)
    law = twin(found, Model(run, dataset.shape, Autoencoder(run, dataset.shape).snapshot())).law
    assert law is not None
    assert [value > 0 for value in law] == [True, True, True, False, False]
    s = torch.tensor(law, dtype=torch.float64).sqrt()
    W, mean = s[:, None] * found.directions[:5], found.train.mean
    model = Autoencoder(run, dataset.shape).double()
    stage = model.span(0, 1)[0]
    with torch.no_grad():
        stage.W.copy_(W)  # type: ignore[operator]
        stage.b.copy_(-W @ mean)  # type: ignore[operator]
        stage.c.copy_(mean)  # type: ignore[operator]
        if not tied:
            stage.V.copy_(W.t())  # type: ignore[operator]
    x = floats(dataset.train.images).view(-1, 1, 8, 8)
    parameters = list(model.parameters())
    gradients = torch.autograd.grad(model(run, x, Span(0, 1))[0].total, parameters)
    assert max(float(g.abs().max()) for g in gradients) < 1e-12
    with torch.no_grad():
        stage.W.mul_(1.01)  # type: ignore[operator]
    gradients = torch.autograd.grad(model(run, x, Span(0, 1))[0].total, parameters)
    assert max(float(g.abs().max()) for g in gradients) > 1e-3


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.slow
def test_training_with_l2_on_both_maps_reaches_the_law(tied: bool) -> None:
    dataset = small_dataset()
    found = pca(dataset)
    weight = float(found.variances[2:4].mean()) * (2 if tied else 1)
    run = decayed(weight, tied).model_copy(update={"epochs": 1500, "batch_size": 96})
    run = run.with_value("optimiser.learning_rate", 0.02).with_value("rate", "cosine")
    *_, end = fit(run, dataset)
    assert isinstance(end, Finished)
    assert end.weights is not None
    model = Model(run, dataset.shape, end.weights)
    said = twin(found, model)
    assert said.law_error is not None
    assert said.law_error < 1e-3
    assert said.law is not None
    assert sum(value > 0 for value in said.law) == 3
    W, V, _ = affine_maps(model)
    assert float((W - V.t()).abs().max()) < 1e-3  # the transpose theorem
    principal = torch.linalg.svd(V).U[:, :3].t() @ found.directions[:3].t()
    torch.testing.assert_close(principal.abs(), torch.eye(3, dtype=torch.float64), rtol=0, atol=1e-2)  # not mixed


@pytest.mark.parametrize(
    "change",
    [
        ("penalties", []),
        ("weight-decay.weight", 0.0),
        ("l1.weight", 0.1),
        ("corruption", "gaussian"),
    ],
    ids=lambda change: change[0],
)
def test_no_law_is_told_where_the_objective_is_another(change: tuple[str, Any]) -> None:
    run = decayed(0.01, tied=False).with_value(*change)
    said = twin(pca(small_dataset()), Model(run, (1, 8, 8), Autoencoder(run, (1, 8, 8)).snapshot()))
    assert said.law is None
    assert said.law_error is None


# -- the command -------------------------------------------------------------------------------------------------------


def saved(folder: Path, run: Run) -> Path:
    dataset = run.data.load()
    *_, end = fit(run, dataset)
    assert isinstance(end, Finished)
    assert end.weights is not None
    path = folder / "model.safetensors"
    ModelFile(end.run or run, dataset.shape, end.weights, {}).save(path)
    return path


def test_the_command_prints_ratio_and_projector_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path, find("linear").run().with_value("epochs", 3))
    assert main(["pca", str(path)]) == 0
    said = capsys.readouterr().out
    for words in ("code size 8", "Ratio", "held out", "Projector difference", "Principal angles"):
        assert words in said
    assert main(["pca", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["code_size"] == 8
    assert found["ratio"] == pytest.approx(found["held_out_mse"] / found["held_out_floor"])
    assert len(found["angles"]) == 8
    assert found["law"] is None


def test_the_command_refuses_a_model_that_is_not_linear(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path, Run(epochs=1))
    assert main(["pca", str(path)]) == 2
    assert "this one is not linear: Multilayer perceptron, code Plain. Train the recipe" in capsys.readouterr().err


def test_shapes_of_images_are_flattened_and_restored() -> None:
    dataset = small_dataset((3, 5, 4), train=80)
    found = pca(dataset)
    images = to_float(dataset.held_out.images.gather(torch.arange(4)))
    assert found.reconstruct(images, 2).shape == images.shape
    assert len(found.directions) == prod(dataset.shape)
    torch.testing.assert_close(found.reconstruct(images, 60), images, rtol=0, atol=1e-6)


def test_splits_may_differ_in_how_many_images_they_have() -> None:
    few = Dataset("few", small_dataset(train=96).train, Split(small_dataset(held_out=10).held_out.images))
    found = pca(few)
    assert found.train.covariance is not None
    assert found.held_out.covariance is None
    x = floats(few.held_out.images).view(-1, 1, 8, 8)
    assert found.floor(2)[1] == pytest.approx(float((x - found.reconstruct(x, 2)).square().mean()), rel=1e-9)


# -- MNIST -------------------------------------------------------------------------------------------------------------


def trained(dataset: Dataset, **changes: Any) -> tuple[Model, float]:
    """The recipe `linear` with code size 32, and the seconds that its training took of a processor."""
    run = find("linear").run().with_value("network.code_size", 32)
    for path, value in changes.items():
        run = run.with_value(path.replace("__", "."), value)
    began = time.process_time()
    *_, end = fit(run, dataset)
    assert isinstance(end, Finished)
    assert end.weights is not None
    return Model(run, dataset.shape, end.weights), time.process_time() - began


@needs_mnist
@pytest.mark.slow
def test_the_linear_recipe_reaches_the_floor_of_pca_on_mnist_within_a_minute_on_two_cores() -> None:
    dataset, found = mnist()
    model, seconds = trained(dataset, epochs=10, batch_size=256)
    said = twin(found, model)
    print(f"ratio {said.ratio:.5f}, ‖P − P̂‖_F {said.projector_difference:.4f}, {seconds:.1f} s of a processor")
    assert said.ratio <= 1.01
    assert said.projector_difference < 0.25
    assert seconds < 2 * 60
    began = time.process_time()
    for _ in range(20):
        twin(found, model)
    assert (time.process_time() - began) / 20 < 0.7  # 0.07 s on two busy cores; it is shown while training


@needs_mnist
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("settings", "most"),
    [
        ({"network__tied": True, "epochs": 20, "batch_size": 1000}, 1e-3),
        ({"network__tied": False, "epochs": 40, "batch_size": 256, "optimiser__learning_rate": 0.003}, 2e-3),
    ],
    ids=["tied", "two maps"],
)
def test_with_l2_mnists_singular_values_follow_the_law(settings: dict[str, Any], most: float) -> None:
    dataset, found = mnist()
    model, seconds = trained(dataset, penalties=[{"kind": "weight-decay", "weight": 0.3}], **settings)
    said = twin(found, model)
    print(f"law error {said.law_error:.2g}, ‖P − P̂‖_F {said.projector_difference:.4f}, {seconds:.1f} s of a processor")
    assert said.law_error is not None
    assert said.law_error < most
