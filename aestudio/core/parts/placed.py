"""Tensors that a part makes without saying where: they lie on the CPU, wherever the model is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

MAKERS = {
    getattr(torch, name)
    for name in (
        *("arange", "as_tensor", "empty", "eye", "full", "hann_window", "linspace", "logspace", "ones", "rand"),
        *("randint", "randn", "randperm", "tensor", "tril_indices", "triu_indices", "zeros"),
    )
}
MOVERS = {Tensor.to, Tensor.type_as}
MAY_MEET = MOVERS | {Tensor.copy_, Tensor.__getitem__, Tensor.__setitem__}
"""What torch lets do with tensors that lie on two devices."""


class MisplacedError(Exception):
    """Two tensors meet that lie on two devices as soon as the model is not on the CPU."""

    def __init__(self, maker: str) -> None:
        super().__init__(f"{maker} without device=")
        self.maker = maker


class Placed(TorchFunctionMode):
    """Raises MisplacedError where a tensor that was made without a device, or of such ones, meets one of the model.
    Single numbers may meet any, as torch lets them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.meeting = False
        """Whether what was made meets the model's yet: it is built before that is moved to its device."""
        self._made: dict[int, tuple[Tensor, str]] = {}
        """Each with what made it; kept, as a number that is free again may be another tensor's."""

    def meets(self, model: Iterable[Tensor]) -> None:
        """These lie where the model does; from now on others may not meet them."""
        for one in model:
            self._made.pop(id(one), None)
        self.meeting = True

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        given = list(_tensors((*args, *kwargs.values())))
        makers = {id(one): self._made[id(one)][1] for one in given if id(one) in self._made}
        elsewhere = len(makers) < len({id(one) for one in given})
        if self.meeting and elsewhere and func not in MAY_MEET:
            for one in given:
                if one.dim() and id(one) in makers:
                    raise MisplacedError(makers[id(one)])
        made = func(*args, **kwargs)
        if func in MOVERS and _moves(args[1:], kwargs):
            return made.view_as(made) if made is given[0] else made  # it was there already, and counts as another
        if func in MAKERS and kwargs.get("device") is None:
            maker = f"torch.{func.__name__}"
        elif makers and not elsewhere:
            maker = next(iter(makers.values()))
        else:
            return made
        for one in _tensors((made,)):
            self._made[id(one)] = one, maker
        return made


def _moves(wanted: tuple[Any, ...], named: dict[str, Any]) -> bool:
    """Whether `to` or `type_as` say where, and not of which type alone."""
    return not all(isinstance(one, torch.dtype) for one in (*wanted, *named.values()))


def _tensors(values: Iterable[Any]) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors(value)
