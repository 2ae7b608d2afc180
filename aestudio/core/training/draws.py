"""Draws: everything random in a training, a generator for each role."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from aestudio.core.ground.errors import CheckpointError
from aestudio.core.parts.building import seed_for
from aestudio.core.parts.one_pass import Generators

ORDER, AUGMENTATION, CORRUPTION, CODE, PENALTY = "order", "augmentation", "corruption", "code", "penalty"
SHARED = "noise"
"""The one generator that everything but the order drew from in version 0.1.0."""


class Draws:
    """Generators by role, derived from the run's seed: two runs that differ in a penalty see the same batches in the
    same order with the same noise. Weights have seeds of their own, see `building.build`.

    The order of the images comes from the seed itself, as it always did, and on the CPU; all else on the device.
    """

    def __init__(self, seed: int, device: torch.device, *, as_in_0_1_0: bool = False) -> None:
        """`as_in_0_1_0`: one generator for all roles but the order, which a training begun by that version goes on
        with.
        """
        self.order = torch.Generator().manual_seed(seed)
        if as_in_0_1_0:
            self._of = dict.fromkeys((SHARED,), torch.Generator(device).manual_seed(seed))
        else:
            roles = (AUGMENTATION, CORRUPTION, CODE, PENALTY)
            self._of = {role: torch.Generator(device).manual_seed(seed_for(seed, role)) for role in roles}

    def of(self, role: str) -> torch.Generator:
        """The generator of a role on the device."""
        return self._of.get(SHARED) or self._of[role]

    @property
    def generators(self) -> Generators:
        """Those that a pass draws from."""
        return Generators(self.of(CORRUPTION), self.of(CODE), self.of(PENALTY))

    @property
    def every(self) -> tuple[torch.Generator, ...]:
        """Those that draw on the device."""
        return tuple(self._of.values())

    def renew(self) -> None:
        """Other generators take the place of those on the device, in the same state."""
        for role, one in self._of.items():
            self._of[role] = torch.Generator(one.device)
            self._of[role].set_state(one.get_state())

    def state(self) -> dict[str, Tensor]:
        """By role, on the CPU."""
        return {ORDER: self.order.get_state(), **{role: one.get_state() for role, one in self._of.items()}}

    def load(self, state: Mapping[str, Tensor], *, on_device: bool = True) -> None:
        """What `state` gave. Without `on_device` only the order: the state of a generator belongs to one kind of
        device, and on another the draws begin anew.

        Raises: CheckpointError where it is not what `state` gave.
        """
        for role, one in {ORDER: self.order, **(self._of if on_device else {})}.items():
            try:
                one.set_state(state[role])
            except (KeyError, RuntimeError, TypeError) as error:
                raise CheckpointError(
                    "The checkpoint does not say where the random numbers of the role {role!r} are to go on, "
                    "so another version of AEStudio has written it. Train again instead.",
                    role=role,
                ) from error

    @staticmethod
    def going_on(seed: int, device: torch.device, state: Mapping[str, Tensor], *, same_device: bool) -> Draws:
        """Those of a training that goes on, whichever version it began with."""
        made = Draws(seed, device, as_in_0_1_0=SHARED in state)
        made.load(state, on_device=same_device)
        return made
