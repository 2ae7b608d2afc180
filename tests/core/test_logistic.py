"""Logarithms of the sigmoid against torch's own, in double precision."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from aestudio.core.parts.likelihoods.cross_entropy import BernoulliCrossEntropy
from aestudio.core.parts.logistic import bernoulli, log_of_one_plus, log_sigmoid

LOGITS = torch.cat([torch.linspace(-120, 120, 4001), torch.tensor([0.0, -0.0, 1e-30, -1e-30, 5e4, -5e4])])


@pytest.mark.parametrize("target", [0.0, 0.3, 1.0])
def test_the_cross_entropy_is_right_to_rounding_at_every_size_of_the_logits(target: float) -> None:
    x, t = LOGITS.double(), torch.full_like(LOGITS, target)
    exact = (x.clamp(min=0) - t.double() * x) + torch.log1p(torch.exp(-x.abs()))
    torch.testing.assert_close(bernoulli(LOGITS, t).double(), exact, rtol=4e-7, atol=1e-37)


@pytest.mark.parametrize("target", [0.0, 0.3, 1.0])
def test_the_written_cross_entropy_of_a_pixel_is_right_to_a_ten_millionth(target: float) -> None:
    p = LOGITS.double().unsqueeze(1)
    x = torch.full_like(LOGITS, target).unsqueeze(1)
    exact = (p.clamp(min=0) - x.double() * p) + torch.log1p(torch.exp(-p.abs()))
    made = torch.sigmoid(LOGITS).unsqueeze(1)
    nats, slope = BernoulliCrossEntropy().nats_by_hand(x, LOGITS.unsqueeze(1), made)
    torch.testing.assert_close(nats.double(), exact.squeeze(1), rtol=4e-7, atol=1e-7)
    torch.testing.assert_close(slope, made - x)


def test_the_log_of_the_sigmoid_is_right_to_rounding_at_every_size() -> None:
    torch.testing.assert_close(log_sigmoid(LOGITS).double(), F.logsigmoid(LOGITS.double()), rtol=4e-7, atol=1e-37)


def test_one_plus_a_number_that_rounds_away_still_has_its_logarithm() -> None:
    small = torch.tensor([0.0, 1e-38, 1e-20, 3e-8, 1e-4, 1.0])
    torch.testing.assert_close(log_of_one_plus(small).double(), torch.log1p(small.double()), rtol=3e-7, atol=1e-37)


def test_slopes_and_their_slopes_are_those_of_the_definition() -> None:
    x = torch.linspace(-6, 6, 7, dtype=torch.float64, requires_grad=True)
    t = torch.linspace(0, 1, 7, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(bernoulli, (x, t))
    assert torch.autograd.gradgradcheck(bernoulli, (x, t))
    assert torch.autograd.gradcheck(log_sigmoid, (x,))
    assert torch.autograd.gradgradcheck(log_sigmoid, (x,))


def test_of_logits_that_were_rounded_nothing_more_is_rounded() -> None:
    x, t = torch.linspace(-9, 9, 784).bfloat16(), torch.linspace(0, 1, 784)
    nats = bernoulli(x, t).sum()
    torch.testing.assert_close(nats, F.binary_cross_entropy_with_logits(x.float(), t, reduction="sum"))


def test_a_logit_that_is_no_number_is_not_hidden() -> None:
    nothing = torch.full((1, 1), float("nan"))
    assert BernoulliCrossEntropy().nats_by_hand(torch.zeros(1, 1), nothing, nothing.sigmoid())[0].isnan().all()
    assert bernoulli(torch.tensor([float("nan")]), torch.zeros(1)).isnan().all()
    assert log_sigmoid(torch.tensor([float("nan")])).isnan().all()
