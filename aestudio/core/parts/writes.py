"""Whether something changes weights behind the optimiser's back: found on tensors without values, too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from aestudio.core.ground.compiler import hidden


class Writes(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """While it is entered, it sees what is written into the memory of parameters, through `.data` or a view of them
    too, and which of them are others afterwards.
    """

    def __init__(self, modules: Iterable[nn.Module]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._modules = list(modules)
        self._before = self._parameters()
        self._memory = {_memory(one): name for name, one in self._before.items()}
        self._written: list[str] = []

    @hidden
    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        given = {**dict(zip((one.name for one in func._schema.arguments), args, strict=False)), **(kwargs or {})}
        for argument in func._schema.arguments:
            if argument.alias_info is not None and argument.alias_info.is_write:
                into = given.get(argument.name)
                several = into if isinstance(into, list | tuple) else [into]
                self._written += [self._memory.get(_memory(one), "") for one in several if isinstance(one, Tensor)]
        return func(*args, **(kwargs or {}))

    def changed(self) -> str:
        """The name of the first parameter that is not what it was; empty where there is none."""
        now = self._parameters()
        others = [
            name
            for name in self._before | now
            if name not in now or self._memory.get(_memory(now[name])) != name or now[name] is not self._before[name]
        ]
        return next((name for name in (*self._written, *others) if name), "")

    def _parameters(self) -> dict[str, nn.Parameter]:
        return {name: one for module in self._modules for name, one in module.named_parameters()}


def _memory(tensor: Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)
