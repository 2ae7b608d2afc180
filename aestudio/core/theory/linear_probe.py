"""The linear probe: how much of the labels a linear classifier can read off the code."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground import compute as computing
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import say
from aestudio.core.model.trained import Model
from aestudio.core.theory.labelled import codes, labels_of, parted

PENALTIES = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
"""L2 weights λ to choose from, the strongest first: each solution is where the search for the next begins."""
QUIET = 0.1
"""A unit that varies by less than this fraction of the liveliest one counts as so lively: dead ones stay dead."""
ITERATIONS = 40
"""Of L-BFGS at most, for each λ."""


@dataclass(frozen=True)
class ProbeResult:
    """Fractions of images in [0, 1], and how they came about."""

    train_accuracy: float
    held_out_accuracy: float
    validation_accuracy: float
    """Of the training images on which λ was chosen, before they were trained on too."""
    l2: float
    """The λ that was chosen."""
    units: int
    classes: int


def linear_probe(model: Model, dataset: Dataset, *, report: Report = unheard, seed: int = 0) -> ProbeResult:
    """Multinomial logistic regression on the codes z [K] of clean images, standardised by the training images:

        min over W, b of  −1/N Σₙ log softmax(W zₙ + b)[yₙ] + λ/2 ‖W‖²_F

    λ is lowered for as long as that helps on a sixth of the training images, which the seed chooses; then all of them
    are trained on. The problem is convex: what is measured is the code, not a classifier's luck.

    Raises: DataError where there are no labels; whatever `report` raises.
    Source: Alain, Bengio (2017), Understanding intermediate layers using linear classifier probes, arXiv 1610.01644.
    """
    labels = labels_of(dataset)
    fitted, chosen_on = parted(len(dataset.train), seed)
    order, some = torch.cat([fitted, chosen_on]), len(fitted)
    z, y = codes(model, dataset.train.images, order, report=report), labels.train[order]  # [N, K], [N]
    mean, scale = z.mean(0), z.std(0, correction=0)
    scale.clamp_(min=max(QUIET * float(scale.max()), torch.finfo(scale.dtype).tiny))
    z.sub_(mean).div_(scale)

    solution = torch.zeros(labels.classes, z.shape[1] + 1)  # [C, K + 1], the biases last
    reached, l2, best, worse = -1.0, PENALTIES[0], solution, 0
    for number, weaker in enumerate(PENALTIES):
        solution = minimum(z[:some], y[:some], weaker, solution, report=report, done=number / (len(PENALTIES) + 1))
        now = accuracy(z[some:], y[some:], solution)
        if now > reached:
            reached, l2, best, worse = now, weaker, solution, 0
        elif (worse := worse + 1) == 2:
            break
    best = minimum(z, y, l2, best, report=report, done=1 - 1 / (len(PENALTIES) + 1))
    held_out = codes(model, dataset.held_out.images, report=report).sub_(mean).div_(scale)
    return ProbeResult(
        accuracy(z, y, best), accuracy(held_out, labels.held_out, best), reached, l2, z.shape[1], labels.classes
    )


def minimum(z: Tensor, y: Tensor, l2: float, start: Tensor, *, report: Report = unheard, done: float = 0.0) -> Tensor:
    """The weights and biases [C, K + 1] that minimise the regularised cross-entropy of codes [N, K] and labels [N].

    L-BFGS (Liu, Nocedal 1989) in the coordinates W = V L⁻¹. At W = 0 the curvature is (I − 11ᵀ/C)/C ⊗ zᵀz/N + λI
    (Böhning 1992); with L Lᵀ = zᵀz/N + CλI it is about the same in every direction of V, however correlated the codes.
    """
    classes, some = len(start), z[:10_000].double()
    curvature = some.t() @ some / len(some)  # [K, K]
    L = torch.linalg.cholesky(curvature.diagonal_scatter(curvature.diagonal() + classes * l2)).to(z.dtype)
    V, b = (start[:, :-1] @ L).requires_grad_(), start[:, -1].clone().requires_grad_()
    search = torch.optim.LBFGS(
        [V, b], max_iter=ITERATIONS, tolerance_grad=1e-4, tolerance_change=1e-9, line_search_fn="strong_wolfe"
    )

    def weights() -> Tensor:
        W: Tensor = torch.linalg.solve_triangular(L, V, upper=False, left=False)
        return W  # [C, K]

    def objective() -> Tensor:
        report(say("Linear probe, λ = {l2:g}", l2=l2), done)
        search.zero_grad()
        W = weights()
        value = F.cross_entropy(F.linear(z, W, b), y) + l2 / 2 * W.square().sum()
        torch.autograd.backward(value)
        return value.detach()

    with computing.choose("cpu").threads_for(z.numel() * classes):
        search.step(objective)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        return torch.cat([weights(), b[:, None]], 1)


def accuracy(z: Tensor, y: Tensor, solution: Tensor) -> float:
    """The fraction of codes [N, K] whose largest logit is their label's."""
    return float((F.linear(z, solution[:, :-1], solution[:, -1]).argmax(1) == y).double().mean())
