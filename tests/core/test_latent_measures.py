"""What recipes of the variational family claim, measured on networks and codes of which the answer is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from aestudio.core.data.dataset import to_float
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts.slots import options
from aestudio.core.probes.evidence import evidence
from aestudio.core.probes.measure import Looked, Measure
from aestudio.core.probes.posterior import posterior
from aestudio.core.run.run import Run
from tests.core.conftest import images, small_dataset
from tests.present import present

PLAIN = Run.from_settings({"network": {"kind": "mlp", "widths": [12]}, "loss": "cross-entropy"})
DRAWN = PLAIN.with_value("code", {"kind": "gaussian", "size": 3})
VECTORS = PLAIN.with_value("code", {"kind": "vector-quantised", "vectors": 6, "width": 4})


def looked(run: Run, code: Tensor | None = None) -> Looked:
    model = Autoencoder(run, (1, 8, 8)).requires_grad_(False)
    return Looked(model, run, to_float(images(40)), torch.zeros(2, 3) if code is None else code)


def measured(kind: str, at: Looked) -> float | None:
    return options(Measure)[kind](small_dataset())(at)


@pytest.mark.parametrize("kind", ["active-units", "nats-told", "log-likelihood"])
def test_what_is_about_a_drawn_code_says_nothing_of_another(kind: str) -> None:
    assert measured(kind, looked(DRAWN)) is not None
    assert measured(kind, looked(PLAIN)) is None
    assert measured(kind, looked(VECTORS)) is None


def test_what_the_code_tells_and_how_many_numbers_it_uses_are_those_of_its_posterior() -> None:
    at = looked(DRAWN)
    heads: Any = at.model.code
    with torch.no_grad():
        heads.mean.weight[0] = 0  # the same for every image
        heads.mean.weight[1:] *= 20
    found = posterior(at.model, at.run, at.images)
    assert measured("active-units", at) == 2
    assert measured("nats-told", at) == pytest.approx(float(found.kl.sum(1).mean()))


def test_the_log_likelihood_is_the_estimate_with_fifty_codes_and_takes_no_draw_of_the_training() -> None:
    at = looked(DRAWN)
    before = torch.get_rng_state()
    found = evidence(at.model, at.run, at.images, 50)
    assert measured("log-likelihood", at) == pytest.approx(float(found.log_likelihood.mean()))
    assert torch.get_rng_state().equal(before)


def test_codes_that_are_draws_of_the_prior_differ_by_nothing_and_others_do() -> None:
    drawn = torch.randn(1000, 3, generator=torch.Generator().manual_seed(5))
    found = [present(measured("prior-discrepancy", looked(PLAIN, code))) for code in (drawn, drawn + 1, 0.3 * drawn)]
    assert abs(found[0]) < 0.02
    assert min(found[1:]) > 0.2


def test_the_perplexity_is_that_of_the_vectors_which_the_images_chose() -> None:
    at = looked(VECTORS)
    assert 1 <= present(measured("perplexity", at)) <= 6
    book: Any = at.model.code
    book.vectors.copy_(torch.full_like(book.vectors, 9.0))
    book.vectors[2] = 0.5  # nearest to all
    assert measured("perplexity", replace(at)) == pytest.approx(1)
    assert measured("perplexity", looked(PLAIN)) is None
