"""The linear probe and the classifier: that they solve what they say they solve, and how they refuse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor
from torch.nn import functional as F

from aestudio.core.data.dataset import Dataset, Split, to_float
from aestudio.core.data.sources.digits import Digits
from aestudio.core.data.sources.idx import Idx
from aestudio.core.ground import texts
from aestudio.core.ground.errors import Cancelled, DataError, RunError
from aestudio.core.ground.texts import say
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.model.trained import Model
from aestudio.core.run.run import Run
from aestudio.core.theory.classifier import Classifier, error, fine_tune
from aestudio.core.theory.labelled import codes, labels_of, parted
from aestudio.core.theory.linear_probe import PENALTIES, linear_probe, minimum
from tests.core.conftest import SHARED, small_dataset

MNIST = SHARED / "mnist"
RUN = Run.from_settings({"network": {"kind": "mlp", "widths": [48]}})
TUNING: dict[str, Any] = {"epochs": 15, "learning_rate": 0.01, "batch_size": 32, "seed": 0}


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return Digits().load()


def model_of(run: Run, dataset: Dataset) -> Model:
    return Model(run, dataset.shape, Autoencoder(run, dataset.shape).snapshot())


def blobs(count: int, units: int = 6, classes: int = 3) -> tuple[Tensor, Tensor]:
    """Codes around one centre a class, their units of very different spread and entangled."""
    generator = torch.Generator().manual_seed(0)
    y = torch.randint(0, classes, (count,), generator=generator)
    centres = torch.randn(classes, units, generator=generator)
    z = centres[y] + 1.5 * torch.randn(count, units, generator=generator)
    z[:, 1] = z[:, 0] + 0.01 * z[:, 1]
    return z, y


# -- the probe ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("l2", [1.0, 1e-2, 1e-4])
def test_the_minimum_is_that_of_another_solver(l2: float) -> None:
    z, y = blobs(600)
    found = minimum(z.double(), y, l2, torch.zeros(3, 7, dtype=torch.float64))
    other = LogisticRegression(C=1 / (l2 * len(z)), tol=1e-10, max_iter=10_000).fit(z.double().numpy(), y.numpy())

    def objective(weights: Any, biases: Any) -> float:
        W, b = torch.as_tensor(weights), torch.as_tensor(biases)
        return float(F.cross_entropy(F.linear(z.double(), W, b), y) + l2 / 2 * W.square().sum())

    assert objective(found[:, :-1], found[:, -1]) == pytest.approx(objective(other.coef_, other.intercept_), rel=1e-6)
    logits = F.linear(z.double(), found[:, :-1], found[:, -1]).softmax(1)
    np.testing.assert_allclose(logits, other.predict_proba(z.double().numpy()), atol=2e-3)


def test_the_minimum_has_no_slope() -> None:
    z, y = blobs(300)
    found = minimum(z.double(), y, 1e-2, torch.zeros(3, 7, dtype=torch.float64)).requires_grad_()
    W, b = found[:, :-1], found[:, -1]
    value = F.cross_entropy(F.linear(z.double(), W, b), y) + 1e-2 / 2 * W.square().sum()
    (slope,) = torch.autograd.grad(value, found)
    assert float(slope.abs().max()) < 1e-3


def test_digits_are_read_off_a_random_code_and_better_off_the_pixels(digits: Dataset) -> None:
    pixels = Run.from_settings({"network": {"kind": "linear", "code_size": 64}})
    state = Autoencoder(pixels, digits.shape).snapshot()
    state["stages.0.W"] = torch.eye(64)
    exact = linear_probe(Model(pixels, digits.shape, state), digits)
    narrow = linear_probe(model_of(Run.from_settings({"network": {"kind": "linear", "code_size": 4}}), digits), digits)
    assert (exact.units, exact.classes) == (64, 10)
    assert exact.l2 in PENALTIES
    assert exact.held_out_accuracy > 0.94
    assert exact.train_accuracy > 0.96
    assert 0.3 < narrow.held_out_accuracy < 0.9 < exact.validation_accuracy


def test_the_same_seed_gives_the_same_probe_and_no_generator_is_disturbed(digits: Dataset) -> None:
    model = model_of(RUN, digits)
    before = torch.get_rng_state()
    first, again = (linear_probe(model, digits, seed=3) for _ in range(2))
    assert first == again
    assert torch.get_rng_state().equal(before)


def test_a_unit_that_never_moves_and_one_that_hardly_does_are_no_trouble(digits: Dataset) -> None:
    state = Autoencoder(RUN, digits.shape).snapshot()
    state["stages.0.W"][0] = 0
    state["stages.0.W"][1] *= 1e-8
    found = linear_probe(Model(RUN, digits.shape, state), digits)
    assert found.held_out_accuracy > 0.8
    state["stages.0.W"].zero_()
    nothing = linear_probe(Model(RUN, digits.shape, state), digits)
    assert nothing.held_out_accuracy < 0.2


def test_the_probe_reads_what_the_decoder_gets(digits: Dataset) -> None:
    run = Run.from_settings({"network": {"kind": "mlp", "widths": [48]}, "code": {"kind": "top-k", "k": 5}})
    z = codes(model_of(run, digits), digits.train.images)
    assert z.shape == (len(digits.train), 48)
    assert bool(((z != 0).sum(1) == 5).all())


def test_codes_come_in_the_order_that_was_asked_for(digits: Dataset) -> None:
    model, index = model_of(RUN, digits), torch.tensor([5, 3, 1200])
    images = to_float(digits.train.images.gather(index))
    torch.testing.assert_close(codes(model, digits.train.images, index), model.encode(images))


def test_encoding_is_reported_in_the_language_in_use(digits: Dataset) -> None:
    told: list[str] = []
    with texts.in_language("ko"):
        codes(model_of(RUN, digits), digits.held_out.images, report=lambda doing, _: told.append(doing))
        assert set(told) == {say("Encoding images")} != {"Encoding images"}


def test_what_is_kept_back_is_not_trained_on() -> None:
    fitted, kept = parted(600, seed=1)
    assert (len(fitted), len(kept)) == (500, 100)
    assert sorted([*fitted.tolist(), *kept.tolist()]) == list(range(600))
    assert not parted(600, seed=2)[1].equal(kept)


Study = Callable[..., Any]
STUDIES: dict[str, Study] = {
    "probe": linear_probe,
    "classifier": lambda model, dataset, **more: fine_tune(model, dataset, **TUNING, **more),
}


@pytest.mark.parametrize("study", STUDIES)
def test_without_labels_there_is_nothing_to_classify(study: str) -> None:
    dataset = small_dataset()
    with pytest.raises(DataError, match=r"images of small have no labels, so there is nothing to classify; choose"):
        STUDIES[study](model_of(RUN, dataset), dataset)
    same = torch.zeros(96, dtype=torch.int64)
    labelled = replace(dataset, train=Split(dataset.train.images, same), held_out=Split(dataset.held_out.images, same))
    with pytest.raises(DataError, match="have the same label"):
        STUDIES[study](model_of(RUN, dataset), labelled)


@pytest.mark.parametrize("study", STUDIES)
def test_it_can_be_cancelled_at_any_time(study: str, digits: Dataset) -> None:
    heard: list[str] = []

    def report(doing: str, fraction: float | None) -> None:
        assert fraction is None or 0 <= fraction <= 1
        heard.append(doing)
        if len(heard) == 20:
            raise Cancelled("Enough.")

    with pytest.raises(Cancelled):
        STUDIES[study](model_of(RUN, digits), digits, report=report)
    assert len(heard) == 20


def test_classes_without_images_of_their_own_are_classes_all_the_same(digits: Dataset) -> None:
    assert labels_of(replace(digits, label_names=tuple("0123456789abc"))).classes == 13


# -- the classifier ----------------------------------------------------------------------------------------------------


def test_a_classifier_learns_digits_from_the_encoder_on(digits: Dataset) -> None:
    model = model_of(RUN, digits)
    before = {name: tensor.clone() for name, tensor in model.module.state_dict().items()}
    found = fine_tune(model, digits, **TUNING)
    assert found.held_out_error < 0.08
    assert found.train_error < found.validation_error + 0.05
    assert len(found.history) == found.epochs <= 15
    assert found.history[found.best_epoch - 1] == found.validation_error == min(found.history)
    assert found.held_out_error < 1 - linear_probe(model, digits).held_out_accuracy + 0.02
    assert all(tensor.equal(before[name]) for name, tensor in model.module.state_dict().items())  # a copy was tuned


@pytest.mark.parametrize("optimiser", ["adam", "adamw", "sgd"])
def test_the_same_seed_gives_the_same_classifier(digits: Dataset, optimiser: Any) -> None:
    model = model_of(RUN, digits)
    settings = {**TUNING, "epochs": 2, "optimiser": optimiser}
    first, again = (fine_tune(model, digits, **settings) for _ in range(2))
    other = fine_tune(model, digits, **{**settings, "seed": 1})
    assert first == again
    assert first != other


def test_training_ends_early_and_the_best_epoch_counts(digits: Dataset) -> None:
    found = fine_tune(model_of(RUN, digits), digits, **{**TUNING, "epochs": 500, "batch_size": 128}, patience=2)
    assert found.epochs < 500
    assert found.epochs - found.best_epoch == 2
    assert found.validation_error == found.history[found.best_epoch - 1] < found.history[-1] + 1e-9


def test_a_second_classifier_is_trained_on_the_images_kept_back_as_well(digits: Dataset) -> None:
    model, shares = model_of(RUN, digits), list[float]()

    def report(doing: str, fraction: float | None) -> None:
        shares.append(fraction or 0)

    first = fine_tune(model, digits, **TUNING)
    found = fine_tune(model, digits, **TUNING, then_all=True, report=report)
    assert replace(found, held_out_error_of_all=None) == first
    assert found.held_out_error_of_all is not None
    assert found.held_out_error_of_all < found.held_out_error + 0.01
    assert found.held_out_error_of_all != found.held_out_error
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert 0.9 < shares[-1] < 1


def test_an_untrained_classifier_prefers_no_class(digits: Dataset) -> None:
    classifier = Classifier(model_of(RUN, digits), 10)
    images = to_float(digits.train.images.gather(torch.arange(5)))
    assert classifier(images).equal(torch.zeros(5, 10))
    assert error(classifier, digits.train.images, labels_of(digits).train) > 0.8


def test_only_the_encoder_and_the_softmax_layer_are_tuned(digits: Dataset) -> None:
    classifier = Classifier(model_of(RUN, digits), 10)
    parameters = classifier.learned()
    with torch.no_grad():
        classifier.softmax.weight.normal_(generator=torch.Generator().manual_seed(0))
    loss = F.cross_entropy(classifier(to_float(digits.train.images.gather(torch.arange(5)))), torch.arange(5))
    loss.backward()
    names = {id(p): name for name, p in classifier.named_parameters()}
    moved = {names[id(p)] for p in parameters if p.grad is not None}
    assert moved == {"encoder.stages.0.W", "encoder.stages.0.b", "softmax.weight", "softmax.bias"}


@pytest.mark.parametrize(
    "settings",
    [
        {"network": {"kind": "mlp", "widths": [24, 12], "tied": True}},
        {"network": {"kind": "conv", "channels": [4, 8], "code_size": 0}},
        {"network": {"kind": "mlp", "widths": [64], "activation": "relu"}, "code": {"kind": "top-k", "k": 10}},
    ],
    ids=["tied", "convolutional", "top-k"],
)
def test_every_encoder_can_begin_a_classifier(digits: Dataset, settings: dict[str, Any]) -> None:
    found = fine_tune(model_of(Run.from_settings(settings), digits), digits, **TUNING)
    assert found.held_out_error < 0.25


def test_a_loss_that_is_not_finite_is_a_sentence(digits: Dataset) -> None:
    state = Autoencoder(RUN, digits.shape).snapshot()
    state["stages.0.b"].fill_(float("nan"))
    with pytest.raises(RunError, match=r"classifier's loss was not finite at step 1; lower the learning rate"):
        fine_tune(Model(RUN, digits.shape, state), digits, **TUNING)


def test_a_learning_rate_that_cannot_be_is_a_sentence(digits: Dataset) -> None:
    with pytest.raises(RunError, match="learning_rate"):
        fine_tune(model_of(RUN, digits), digits, **{**TUNING, "learning_rate": -1.0})


# -- MNIST -------------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not MNIST.is_dir(), reason="MNIST is not in ../shared/data")
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_thousand_random_units_on_mnist() -> None:
    dataset = Idx(path=str(MNIST)).load()
    run = Run.from_settings({"network": {"kind": "mlp", "widths": [1000], "activation": "relu"}})
    model = model_of(run, dataset)
    probe = linear_probe(model, dataset)
    tuned = fine_tune(model, dataset, epochs=5, learning_rate=1e-3, batch_size=100, seed=0)
    print(f"probe {probe}, classifier {tuned}")
    assert probe.held_out_accuracy > 0.95
    assert tuned.held_out_error < 0.025
