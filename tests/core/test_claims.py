"""Claims: what recipes promise is measured while they train, and each measure measures what it says."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from aestudio.core.data.dataset import Dataset, Resident, Split, to_float
from aestudio.core.ground.errors import RunError
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts.slots import options
from aestudio.core.probes.activations import lifetime_sparseness, sparsity
from aestudio.core.probes.gabors import basis
from aestudio.core.probes.measure import Looked, Measure
from aestudio.core.probes.pca import pca
from aestudio.core.run.claims import Claim
from aestudio.core.run.events import Evaluated, Progress, as_json
from aestudio.core.run.recipes import everything
from aestudio.core.run.run import Run
from aestudio.core.training.fit import fit
from tests.core.conftest import small_dataset
from tests.present import present

SPARSE = Run.from_settings(
    {
        "network": {"kind": "mlp", "widths": [12]},
        "penalties": [{"kind": "kl-sparsity"}],
        "epochs": 3,
        "claims": [
            {"sentence": "Sparse.", "score": "sparseness", "at_least": 0.6},
            {"sentence": "At the target.", "score": "units_at_target", "at_least": 0.95},
            {"sentence": "As PCA.", "score": "mse", "comparison": "pca_floor", "by": "ratio", "at_most": 1.01},
        ],
    }
)


# -- claims ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [{}, {"at_least": 1, "at_most": 2}, {"at_least": 1, "comparison": "mse"}, {"at_least": 1, "by": "ratio"}],
)
def test_a_claim_without_exactly_one_bound_or_with_half_a_comparison_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(RunError, match="claim"):
        Run.from_settings({"claims": [{"sentence": "Good.", "score": "psnr", **wrong}]})


@pytest.mark.parametrize(
    ("said", "measured", "reached"),
    [
        ({"at_least": 20}, 22.0, True),
        ({"at_most": 20}, 22.0, False),
        ({"comparison": "psnr_corrupted", "by": "difference", "at_least": 3}, 10.0, True),
        ({"comparison": "psnr_corrupted", "by": "ratio", "at_most": 1.5}, 22 / 12, False),
    ],
)
def test_a_claim_is_reached_by_its_value_its_difference_or_its_ratio(
    said: dict[str, Any], measured: float, reached: bool
) -> None:
    figure = present(Claim(sentence="Good.", score="psnr", **said).figure({"psnr": 22.0, "psnr_corrupted": 12.0}))
    assert figure.measured == pytest.approx(measured)
    assert figure.reached is reached


def test_what_was_not_measured_is_neither_reached_nor_missed() -> None:
    claim = Claim(sentence="Good.", score="psnr", comparison="psnr_corrupted", by="difference", at_least=3)
    assert claim.figure({"psnr": 20}) is None
    assert claim.figure({"psnr": 20, "psnr_corrupted": inf}) is None


def test_a_run_keeps_its_claims_in_files_and_goes_on_with_others() -> None:
    assert Run.from_toml(SPARSE.to_toml()) == SPARSE
    assert Run.from_json(SPARSE.to_json()) == SPARSE


@pytest.mark.parametrize("name", everything())
def test_every_shipped_recipe_claims_something_that_can_be_measured(name: str) -> None:
    claims = everything()[name].run().claims
    assert claims
    measures = {one.score() for one in options(Measure).values()}
    always = {"mse", "psnr", "psnr_corrupted", "distance", "distance_corrupted", "l0", "sparseness"}
    assert {claim.score for claim in claims} | {claim.comparison for claim in claims} - {""} <= measures | always
    assert all(claim.look for claim in claims)


# -- while training ----------------------------------------------------------------------------------------------------


def told(run: Run, dataset: Dataset) -> tuple[list[Evaluated], np.ndarray]:
    events = list(fit(run, dataset))
    losses = np.concatenate([event.terms for event in events if isinstance(event, Progress)])
    return [event for event in events if isinstance(event, Evaluated) and event.split == "held-out"], losses


def test_what_is_claimed_is_measured_with_the_scores_and_told_as_json() -> None:
    scored, _ = told(SPARSE, small_dataset())
    assert len(scored) == 4
    for event in scored:
        assert all(claim.figure(event.scores) is not None for claim in SPARSE.claims)
        assert {"units_at_target", "pca_floor"} <= set(as_json(event)["scores"])


def test_a_run_without_claims_measures_none_and_trains_to_the_same_bit() -> None:
    data = small_dataset()
    scored, losses = told(SPARSE.model_copy(update={"claims": ()}), data)
    assert not any("pca_floor" in event.scores for event in scored)
    np.testing.assert_array_equal(losses, told(SPARSE, data)[1])


def test_claims_are_measured_a_hundred_times_in_a_long_training_and_at_its_end() -> None:
    scored, _ = told(SPARSE.with_value("epochs", 250), small_dataset(train=64))
    at = [event.epoch for event in scored if "pca_floor" in event.scores]
    assert at == list(range(0, 251, 2))


def test_nothing_is_claimed_of_a_network_that_is_half_there() -> None:
    run = SPARSE.with_value("network.widths", [12, 5]).with_value("network.code_activation", "sigmoid")
    run = run.with_value("schedule", {"kind": "greedy", "layer_epochs": 1})
    scored, _ = told(run, small_dataset())
    for event in scored:
        assert ("pca_floor" in event.scores) == (event.phase == "fine-tuning")


# -- measures ----------------------------------------------------------------------------------------------------------


def measured(kind: str, dataset: Dataset, looked: Looked) -> float | None:
    return options(Measure)[kind](dataset)(looked)


def looked(run: Run, dataset: Dataset, code: Tensor | None = None) -> Looked:
    model = Autoencoder(run, dataset.shape).requires_grad_(False)
    images = to_float(dataset.held_out.images.gather(torch.arange(len(dataset.held_out))))
    return Looked(model, run, images, torch.rand(50, 12) if code is None else code)


def test_lifetime_sparseness_is_one_for_a_single_image_and_zero_for_all_alike() -> None:
    on_for_one = np.eye(10, dtype=np.float32)[:, :1]
    alike = np.full((10, 1), 0.3, np.float32)
    on_for_three = (np.arange(10) < 3).astype(np.float32)[:, None]
    found = lifetime_sparseness(np.concatenate([on_for_one, alike, on_for_three, 5 * on_for_three], 1))
    np.testing.assert_allclose(found, [1, 0, 0.7 / 0.9, 0.7 / 0.9], atol=1e-6)


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({"network.activation": "relu"}, "zeros"),
        ({"network.activation": "sigmoid"}, "graded"),
        ({"network.activation": "softplus"}, "graded"),
        ({"network.activation": "identity"}, "none"),
        ({"network.activation": "identity", "code": "top-k"}, "zeros"),
        ({"network.activation": "tanh"}, "none"),
    ],
)
def test_only_exact_zeros_are_counted_and_only_what_is_not_negative_is_sparse(
    settings: dict[str, Any], kind: str
) -> None:
    run = Run.from_settings({"network": {"kind": "mlp", "widths": [12]}})
    for path, value in settings.items():
        run = run.with_value(path, value)
    assert sparsity(Autoencoder(run, (1, 8, 8)), run, 1) == kind
    scores = told(run.with_value("epochs", 1), small_dataset())[0][-1].scores
    assert ("l0" in scores) == (kind == "zeros")
    assert ("sparseness" in scores) == (kind == "graded" or settings["network.activation"] == "relu")


def test_a_unit_is_at_the_target_within_two_hundredths() -> None:
    code = torch.full((20, 12), 0.1)
    code[:, :3] = torch.tensor([0.119, 0.121, 0.5])
    data = small_dataset()
    assert measured("units-at-target", data, looked(SPARSE, data, code)) == pytest.approx(10 / 12)
    without = SPARSE.with_value("kl-sparsity.weight", 0)
    assert measured("units-at-target", data, looked(without, data, code)) is None


def test_the_floor_is_that_of_as_many_principal_components() -> None:
    data = small_dataset()
    assert measured("pca-floor", data, looked(SPARSE, data)) == pca(data).floor(12)[1]


def test_units_that_answer_no_image_are_a_share_of_all() -> None:
    code = torch.rand(20, 12)
    code[:, :3] = 0
    data = small_dataset()
    assert measured("dead-share", data, looked(SPARSE, data, code)) == pytest.approx(0.25)


def test_contraction_does_not_depend_on_the_scale_of_the_code_and_is_one_for_an_encoder_that_only_scales() -> None:
    data = small_dataset()
    run = Run.from_settings({"network": {"kind": "linear", "code_size": 64}})
    for scale in (1.0, 0.01):
        seen = looked(run, data)
        stage: Any = seen.model.span(0, 1)[0]
        stage.W.copy_(scale * torch.eye(64))
        assert measured("contraction", data, seen) == pytest.approx(1, rel=1e-4)


def test_contraction_without_a_closed_form_is_near_that_with_one() -> None:
    data = small_dataset()
    one = looked(Run.from_settings({"network": {"kind": "mlp", "widths": [40]}}), data)
    two = looked(Run.from_settings({"network": {"kind": "mlp", "widths": [40, 40]}}), data)
    deep: Any = two.model.span(0, 2)
    deep[0].W.copy_(next(one.model.span(0, 1)[0].weights()))
    deep[1].W.copy_(torch.eye(40))
    expected = present(measured("contraction", data, one))
    assert measured("contraction", data, two) == pytest.approx(expected, rel=0.15)  # the second sigmoid is nearly flat


def test_gabors_count_as_edges_and_noise_does_not() -> None:
    data = small_dataset()
    seen = looked(SPARSE, data)
    stage: Any = seen.model.span(0, 1)[0]
    stage.W.copy_(torch.randn(12, 64, generator=torch.Generator().manual_seed(1)))
    assert measured("edges", data, seen) == 0
    for unit, angle in enumerate((0.1, 0.8, 1.5)):
        gabor = basis(np.array([3.5, 3.5, angle, 0.15, 2.0, 2.5]), 8) @ np.array([0.2, 1.0, 0.3])
        stage.W[unit] = torch.from_numpy(gabor).float()
    assert measured("edges", data, seen) == pytest.approx(3 / 12)


@dataclass(frozen=True, eq=False)
class Reconstructed:
    """An autoencoder that is only asked what it makes of noisy points."""

    corrupted: Tensor
    reconstruction: Tensor
    depth: int = 1

    def look(self, *_: object) -> Reconstructed:
        return self


def test_steps_to_where_the_smoothed_density_is_larger_match_the_score_and_no_steps_do_not() -> None:
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (400, 1, 1, 2), generator=generator, dtype=torch.uint8)
    data = Dataset("Points", Split(Resident(pixels)), Split(Resident(pixels[:50])))
    run = Run.from_settings({"data": "planar", "corruption": {"kind": "gaussian", "sigma": 0.1}})
    points, noisy = to_float(pixels).flatten(1).double(), torch.rand(60, 2, generator=generator).double()
    # σ² ∇ log p by automatic differentiation, where the measure has it in closed form
    x = noisy.clone().requires_grad_()
    density = (-torch.cdist(x, points).square() / (2 * 0.1**2)).logsumexp(1).sum()
    (slope,) = torch.autograd.grad(density, x)
    for step, expected in ((0.1**2 * slope, 1.0), (torch.zeros_like(slope), 0.0)):
        model: Any = Reconstructed(noisy.view(-1, 1, 1, 2), (noisy + step).view(-1, 1, 1, 2))
        images = to_float(pixels[:50])
        assert measured("score-match", data, Looked(model, run, images, images)) == pytest.approx(expected, abs=1e-9)


def test_points_of_the_plane_are_scored_in_the_unit_of_the_plane() -> None:
    run = Run.from_settings(
        {
            "data": {"kind": "planar", "count": 300},
            "network": {"kind": "mlp", "widths": [8], "output": "identity"},
            "corruption": {"kind": "gaussian", "sigma": 0.1},
            "epochs": 1,
        }
    )
    data = run.data.load()
    scores = told(run, data)[0][-1].scores
    assert "psnr" not in scores
    assert scores["distance"] == pytest.approx((2 * scores["mse"]) ** 0.5)
    assert scores["distance_corrupted"] == pytest.approx(0.1 * 2**0.5, rel=0.15)
