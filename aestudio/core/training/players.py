"""Players: the network, and penalties that play against it; each with parameters, an optimiser and a learning rate."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from aestudio.core.ground.errors import CheckpointError
from aestudio.core.ground.texts import Text
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts.building import fused, learned, moved
from aestudio.core.parts.families.penalty import Penalty
from aestudio.core.parts.plan import Span
from aestudio.core.run.run import Run

NETWORK = "network"
"""The player that every run has."""


class Player:
    """Parameters that one optimiser moves."""

    def __init__(
        self, name: str, parameters: Sequence[nn.Parameter], optimiser: torch.optim.Optimizer, device: torch.device
    ) -> None:
        self.name, self.parameters, self.optimiser = name, list(parameters), fused(optimiser, Text(name))
        # The CPU's kernels read it as a double, as they would a number; the others take float32.
        kind = torch.float64 if device.type == "cpu" else torch.float32
        self._rates = [torch.tensor(group["lr"], dtype=kind, device=device) for group in optimiser.param_groups]
        self._peaks = [float(group["lr"]) for group in optimiser.param_groups]

        self.rate = self._peaks[0]
        """The learning rate as it was last set."""

    def set_rate(self, rate: float) -> None:
        """The learning rate of the next step, the same for all parameters."""
        self._set([rate] * len(self._rates))

    def take_peaks(self, of: torch.optim.Optimizer) -> None:
        """The learning rates of an optimiser that was built with other live values."""
        self._peaks = [float(group["lr"]) for group in of.param_groups]

    def scale_rates(self, factor: float) -> None:
        """The learning rates that the optimiser came with, times a factor."""
        self._set([peak * factor for peak in self._peaks])

    def _set(self, rates: Sequence[float]) -> None:
        self.rate = rates[0]
        for group, tensor, rate in zip(self.optimiser.param_groups, self._rates, rates, strict=True):
            group["lr"] = tensor.fill_(rate)

    def memory(self) -> dict[str, Tensor]:
        """A copy on the CPU of all that the optimiser remembers, `3.exp_avg` being of parameter 3; its settings come
        from the run.
        """
        return {
            f"{parameter}.{name}": tensor.detach().to("cpu", copy=True)
            for parameter, held in self.optimiser.state_dict()["state"].items()
            for name, tensor in held.items()
            if isinstance(tensor, Tensor)
        }

    def remember(self, memory: Mapping[str, Tensor]) -> None:
        """Gives a new optimiser what another remembered. Raises CheckpointError where that moved other parameters."""
        held: dict[int, dict[str, Tensor]] = {}
        sizes = {str(number): parameter.shape for number, parameter in enumerate(self.parameters)}
        for key, tensor in memory.items():
            parameter, _, name = key.partition(".")
            if parameter not in sizes or (tensor.dim() and tensor.shape != sizes[parameter]):
                raise self._foreign(key)
            held.setdefault(int(parameter), {})[name] = tensor.clone()
        for number, names in held.items():
            if lacking := self._remembered() - names.keys():
                raise self._foreign(f"{number}.{min(lacking)}")
        self.optimiser.load_state_dict({"state": held, "param_groups": self.optimiser.state_dict()["param_groups"]})

    def _remembered(self) -> set[str]:
        """What this optimiser remembers of a parameter, by name: what a copy of it does that has moved small ones."""
        small = {one: nn.Parameter(one.new_zeros([1] * one.dim())) for one in self.parameters}
        twin = copy.deepcopy(self.optimiser, {id(one): made for one, made in small.items()})
        for made in small.values():
            made.grad = torch.zeros_like(made)
        twin.step()
        return {name for held in twin.state.values() for name, one in held.items() if isinstance(one, Tensor)}

    def _foreign(self, key: str) -> CheckpointError:
        return CheckpointError(
            "What the optimiser of the {player} remembers in the checkpoint is not about the weights of this run "
            "({key}), so another version of AEStudio has written it. Train again instead.",
            player=Text(self.name),
            key=key,
        )


def players(run: Run, model: Autoencoder, span: Span) -> list[Player]:
    """The network first, with everything that is trained on its objective while this span is; then the penalties that
    play, in the order of the run.
    """
    device = next(model.parameters()).device
    own = moved(run, model.built, span)
    found = [Player(NETWORK, own, run.optimiser.build(own), device)]
    for penalty in run.penalties:
        if penalty.plays:
            theirs = learned(model.penalties[penalty.kind])
            found.append(Player(penalty.kind, theirs, penalty.optimiser(theirs), device))
    return found


def playing(run: Run) -> list[Penalty]:
    """The penalties that play, in the order of the players after the network."""
    return [penalty for penalty in run.penalties if penalty.plays]
