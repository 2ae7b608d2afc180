"""The collapse of a drawn code: what is measured of it, what β counts as, and what is said."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor

from aestudio.core.data.dataset import to_float
from aestudio.core.ground.errors import ProbeError
from aestudio.core.latent.collapse import Collapse, collapse
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.model.trained import Model
from aestudio.core.parts.likelihoods.squared import SquaredL2
from aestudio.core.parts.one_pass import Pass
from aestudio.core.parts.part import Own
from aestudio.core.run.events import Finished
from aestudio.core.run.run import Run
from aestudio.core.training.fit import fit
from aestudio.studio.collapse import ALONE, Diagnosis, counted, diagnosis_of, in_digits
from tests.core.conftest import images, small_dataset

SETTINGS: dict[str, Any] = {
    "network": {"kind": "mlp", "widths": [12]},
    "code": {"kind": "gaussian", "size": 5},
    "penalties": [{"kind": "kl-to-prior", "weight": 1.0}],
}


def run_of(weight: float = 1.0, **more: Any) -> Run:
    return Run.from_settings(SETTINGS | more).with_value("penalties.kl-to-prior.weight", weight)


def model_of(run: Run, silent: int = 0) -> Model:
    """Whose first `silent` units say of every image what the prior says; the others say very much."""
    torch.manual_seed(0)
    weights = Autoencoder(run, (1, 8, 8)).snapshot()
    for name in ("code.mean", "code.log_variance"):
        weights[f"{name}.weight"][:silent] = 0
        weights[f"{name}.bias"][:] = 0
    weights["code.mean.weight"][silent:] *= 20
    weights["code.log_variance.bias"][silent:] = -6
    return Model(run, (1, 8, 8), weights)


def seen(count: int = 60) -> Tensor:
    return to_float(images(count, (1, 8, 8), seed=3))


def told(run: Run, silent: int, steps: int = 1000) -> Diagnosis:
    return diagnosis_of(run, collapse(model_of(run, silent), seen()), steps)


# -- what is measured --------------------------------------------------------------------------------------------------


def test_units_that_say_what_the_prior_says_carry_nothing() -> None:
    found = collapse(model_of(run_of(), silent=3), seen())
    assert found.active == (False, False, False, True, True)
    assert found.kl[:3] == pytest.approx(0, abs=1e-6)
    assert min(found.kl[3:]) > 1
    assert 0.9 * found.most_information < found.information <= found.most_information + 0.05


def test_a_code_that_carries_nothing_tells_nothing_of_which_image_it_came_from() -> None:
    assert collapse(model_of(run_of(), silent=5), seen()).information == pytest.approx(0, abs=1e-5)


def test_a_code_that_is_not_drawn_is_refused() -> None:
    run = Run.from_settings({"network": {"kind": "mlp", "widths": [4]}})
    with pytest.raises(ProbeError, match="does not say how far it is spread"):
        collapse(Model(run, (1, 8, 8), Autoencoder(run, (1, 8, 8)).snapshot()), seen())


# -- what β counts as --------------------------------------------------------------------------------------------------


class MeanSquared(SquaredL2):
    """The squared error as most programs have it: averaged over pixels too."""

    kind: ClassVar[str] = "mean-squared"

    def __call__(self, seen: Pass, own: Own) -> Tensor:
        return (seen.target - seen.reconstruction).square().mean()


def counts(run: Run) -> float:
    found = counted(run, collapse(model_of(run), seen()))
    assert found is not None
    return found


@pytest.mark.parametrize("loss", ["cross-entropy", "discretised-logistic"])
def test_beta_counts_as_it_is_beside_a_loss_that_is_a_density(loss: str) -> None:
    assert counts(run_of(3.0, loss={"kind": loss})) == pytest.approx(3.0, rel=1e-3)


def test_beta_beside_a_squared_error_counts_by_the_error_that_is_left() -> None:
    """‖x − x̂‖² is 2σ² of −log N(x; x̂, σ²), and the best σ² is the mean squared error."""
    run = run_of(3.0)
    model = model_of(run)
    error = float((model.reconstruct(seen()) - seen()).square().mean())
    assert counts(run) == pytest.approx(3.0 / (2 * error), rel=1e-3)


def test_a_spread_that_is_said_far_too_large_makes_beta_count_more() -> None:
    fixed = [counts(run_of(loss={"kind": "gaussian", "sigma": sigma})) for sigma in (0.5, 1.0)]
    assert fixed[1] == pytest.approx(4 * fixed[0], rel=1e-3)


def test_a_mean_over_pixels_is_told_from_a_sum_and_makes_beta_count_as_much_more_as_there_are_pixels() -> None:
    summed, mean = run_of(), run_of().model_copy(update={"loss": MeanSquared()})
    assert counts(mean) == pytest.approx(64 * counts(summed), rel=1e-3)
    assert "the loss is a mean over the numbers of an image" in str(told(mean, 2).said)


def test_a_code_that_carries_nothing_at_all_has_its_price_too() -> None:
    run = run_of(3.0, loss={"kind": "cross-entropy"})
    assert counted(run, collapse(model_of(run, silent=5), seen())) == pytest.approx(3.0, rel=1e-3)


# -- what is said ------------------------------------------------------------------------------------------------------


def test_a_beta_that_is_too_strong_is_named_with_the_change_that_lowers_it_and_the_warm_up() -> None:
    run = run_of(40.0, loss={"kind": "cross-entropy"})
    found = told(run, 4)
    assert str(found.said) == (
        "4 of 5 units carry nothing: β is too strong for the likelihood's scale, as β = 40 counts as 40 here. Lower β "
        "or warm it up."
    )
    lower, warm = found.remedies
    assert (lower.path, lower.value, str(lower.text)) == ("penalties.kl-to-prior.weight", 1.0, "Set β to 1")
    assert (warm.path, warm.value) == ("penalties.kl-to-prior.warm_up", 250)
    for remedy in found.remedies:
        assert run.with_value(remedy.path, remedy.value) != run


def test_a_collapsed_bound_is_offered_free_nats_and_units_that_do_not_pay_are_no_fault() -> None:
    run = run_of(loss={"kind": "cross-entropy"})
    assert str(told(run, 5).said).startswith("All 5 units carry nothing, though β counts as 1 only")
    assert [one.path.rpartition(".")[2] for one in told(run, 5).remedies] == ["free_nats", "warm_up"]
    some = told(run, 2)
    assert "That is no fault" in str(some.said)
    assert [one.path.rpartition(".")[2] for one in some.remedies] == ["free_nats"]


def test_what_is_set_already_is_not_offered_again() -> None:
    run = run_of(loss={"kind": "cross-entropy"}).with_value("penalties.kl-to-prior.free_nats", 0.1)
    assert [one.path.rpartition(".")[2] for one in told(run, 5).remedies] == ["warm_up"]


def test_a_kl_that_is_held_at_a_capacity_is_no_fault_of_beta_and_the_capacity_is_raised() -> None:
    run = run_of(1000.0, loss={"kind": "cross-entropy"}).with_value("penalties.kl-to-prior.capacity", 10.0)
    found = told(run, 4)
    assert str(found.said) == ("The KL is held at 10 nats, so units beyond that stay silent; raise the capacity.")
    (remedy,) = found.remedies
    assert (remedy.path, remedy.value) == ("penalties.kl-to-prior.capacity", 50.0)
    assert run.with_value(remedy.path, remedy.value) != run
    assert counted(run, collapse(model_of(run), seen())) is None
    assert told(run, 1).remedies == ()  # one of five is no collapse
    most = run.with_value("penalties.kl-to-prior.capacity", 10_000.0)
    assert told(most, 4).remedies == ()


def test_a_beta_that_counts_very_much_has_no_exponent() -> None:
    assert "counts as 1,000 here" in str(told(run_of(1000.0, loss={"kind": "cross-entropy"}), 4).said)
    assert [in_digits(value) for value in (1234567.0, 999.6, 40.0, 1.2345)] == ["1,230,000", "1,000", "40", "1.23"]


def test_a_code_in_use_and_one_that_nothing_presses_have_no_remedy() -> None:
    assert told(run_of(), 0).remedies == ()
    assert str(told(run_of(), 0).said).startswith("All 5 units carry something")
    for weight in (1.0, 40.0):  # one of five is what a bound does, however strong β is, and no collapse
        one = told(run_of(weight, loss={"kind": "cross-entropy"}), 1)
        assert "no fault" in str(one.said)
        assert str(one.said).startswith("4 of 5 units carry something")
        assert one.remedies == ()
    free = Run.from_settings({**SETTINGS, "penalties": []})
    assert told(free, 2).remedies == ()


def test_a_tiny_training_with_a_strong_beta_collapses_and_the_remedy_brings_units_back() -> None:
    strong = run_of(40.0, epochs=8, batch_size=24, optimiser={"kind": "adam", "learning_rate": 0.02})
    before = trained(strong)
    assert before.silent == 5
    remedy = diagnosis_of(strong, before, 100).remedies[0]
    assert remedy.value < 1
    assert trained(strong.with_value(remedy.path, remedy.value)).silent < 5


def trained(run: Run) -> Collapse:
    data = small_dataset()
    end = next(event for event in fit(run, data) if isinstance(event, Finished))
    assert end.weights is not None
    return collapse(Model(run, data.shape, end.weights), to_float(data.held_out.images.gather(torch.arange(20))))


def test_one_image_says_of_no_unit_that_it_carries_nothing() -> None:
    run = run_of(40.0)
    assert diagnosis_of(run, collapse(model_of(run), seen()[:1]), 100) == ALONE
