"""A training that starts from weights that are there, not from new ones."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from aestudio.core.ground.errors import RunError
from aestudio.core.ground.shapes import Shape
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.run.run import Run


def make_sure_it_starts(run: Run, shape: Shape, weights: Mapping[str, Tensor]) -> None:
    """At no cost, before anything is made for the training. Raises: RunError as `start_from` does."""
    with torch.device("meta"):
        start_from(Autoencoder(run, shape), weights)


@torch.no_grad()
def start_from(model: Autoencoder, weights: Mapping[str, Tensor]) -> None:
    """Gives a model the weights of another one. Where a layer has more inputs than it had there, such as a noise level,
    the new ones, which come last, count for nothing at first: the model does what the other one did.

    Raises: RunError where they are weights of another network.
    """
    state = model.state_dict()
    if misfit := model.misfit(
        {name: _widened(one, state[name]) if name in state else one for name, one in weights.items()}
    ):
        raise RunError("These weights cannot be started from: {misfit}", misfit=misfit)
    for name, own in state.items():
        own.copy_(_widened(weights[name], own))


def _widened(weight: Tensor, wanted: Tensor) -> Tensor:
    """With zeros for the inputs, axis 1, that are missing; as it is where that does not make it fit."""
    missing = list(wanted.shape)
    if weight.dim() != wanted.dim() or weight.dim() < 2:
        return weight
    missing[1] -= weight.shape[1]
    if missing[1] <= 0 or [*missing[:1], *missing[2:]] != [*weight.shape[:1], *weight.shape[2:]]:
        return weight
    return torch.cat([weight, weight.new_zeros(missing)], 1)
