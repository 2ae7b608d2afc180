"""Live values: the settings that may change while training, as numbers on the device."""

from __future__ import annotations

from typing import Any

import torch
from pydantic import BaseModel
from torch import Tensor

from aestudio.core.parts.slots import Slot, knobs
from aestudio.core.run.run import FAMILIES, Run


class LiveValues:
    """A run whose live numbers are tensors on the device, so that a step that has been recorded, or runs elsewhere,
    sees a change without being made again.

    Whole numbers and settings that decide what is computed stay as they are. On the CPU the tensors have double
    precision: they enter float32 arithmetic rounded once, exactly as Python's numbers do.
    """

    def __init__(self, run: Run, device: torch.device) -> None:
        self._type = torch.float64 if device.type == "cpu" else torch.float32
        self._device = device
        self._values: dict[str, Tensor] = {}
        self.run = run
        """The run as a step uses it."""
        self.use(run)

    @property
    def paths(self) -> frozenset[str]:
        """Of the settings that are tensors."""
        return frozenset(self._values)

    def use(self, run: Run) -> None:
        """Other values from here on."""
        held = {field: getattr(run, field) for field in FAMILIES}
        self.run = run.model_copy(
            update={
                field: tuple(self._on_device(one, f"{field}.{one.kind}") for one in value)
                if isinstance(value, tuple)
                else self._on_device(value, field)
                for field, value in held.items()
            }
        )

    def _on_device(self, slot: Slot, path: str) -> BaseModel:
        live: dict[str, Any] = {}
        for name, knob in knobs(slot).items():
            value = getattr(slot, name)
            if knob.live and not knob.decides and isinstance(value, float):
                if (tensor := self._values.get(f"{path}.{name}")) is None:
                    tensor = self._values[f"{path}.{name}"] = torch.zeros((), dtype=self._type, device=self._device)
                live[name] = tensor.fill_(value)
        return slot.model_copy(update=live) if live else slot
