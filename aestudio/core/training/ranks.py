"""Several processes train one network: `torch.distributed` between them, started by `torch.distributed.run`.

Data, weights and everything drawn are the same in all; the products of the layers, which cost the time, are shared: row
by row where a step says how, else layer by layer. There, with R processes and the objective 𝓛 of the whole batch, each
differentiates 𝓛/R through operations whose transposes sum over the processes, and the gradients of the weights are
summed: that is the gradient of one process, for terms that are no mean over the images (ρ, total correlation, MMD) too.
Averaging each process's own loss is not.

Source: Li et al. (2020), PyTorch distributed: experiences on accelerating data parallel training.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from aestudio.core.ground.errors import RunError
from aestudio.core.ground.journal import LOG
from aestudio.core.parts.sharing import Sharing

PATIENCE = timedelta(minutes=5)
"""So long another process may stay silent; one that ends is noticed at once."""


def count() -> int:
    """How many processes train together; 1 where this one is alone."""
    return dist.get_world_size() if dist.is_initialized() else 1


def rank() -> int:
    """The number of this process, from 0: the one that keeps and tells."""
    return dist.get_rank() if dist.is_initialized() else 0


def was_asked_for() -> bool:
    """Whether this process was started as one of several."""
    return "TORCHELASTIC_RUN_ID" in os.environ and "RANK" in os.environ


def leads() -> bool:
    """Whether this process keeps and tells: the only one, or the first of several."""
    return not was_asked_for() or os.environ["RANK"] == "0"


@contextmanager
def together(device: torch.device) -> Iterator[None]:
    """Finds the other processes, by what `torch.distributed.run` has left in the environment, and leaves them after.

    Raises: RunError where they are not found.
    """
    if device.type == "mps":
        raise RunError("Several processes cannot share Apple's GPU; say --device cpu.")
    here = int(os.environ["LOCAL_WORLD_SIZE"])
    if device.type == "cuda" and here > torch.cuda.device_count():
        raise RunError(
            "{count} processes want a GPU each, and there are {gpus}; start fewer, or say --device cpu.",
            count=here,
            gpus=torch.cuda.device_count(),
        )
    backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
    try:
        if device.type == "cuda":
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        dist.init_process_group(backend, timeout=PATIENCE)
    except (RuntimeError, ValueError) as error:
        raise RunError("The other processes of this training are not found: {problem}", problem=error) from error
    try:
        yield
    finally:
        dist.destroy_process_group()


def agreed(flag: bool) -> bool:
    """What the first process says: signals reach one before the other, and clocks differ."""
    if count() == 1:
        return flag
    said = torch.tensor(float(flag))
    with _in_touch():
        dist.broadcast(said, 0)
    return bool(said)


def make_sure_all_agree(*what: str | Tensor) -> None:
    """Raises RunError where the processes do not have the same settings, images or weights: a library or a folder of
    another machine may hold others.
    """
    if count() == 1:
        return
    digest = hashlib.sha256()
    for one in what:
        digest.update(one.encode() if isinstance(one, str) else one.detach().cpu().contiguous().numpy().tobytes())
    mine = torch.frombuffer(bytearray(digest.digest()), dtype=torch.uint8)
    every = [torch.empty_like(mine) for _ in range(count())]
    with _in_touch():
        dist.all_gather(every, mine)
    if any(not one.equal(mine) for one in every):
        raise RunError(
            "The processes do not have the same settings, images or weights. Every machine needs the same data, and to "
            "go on with a run the same library."
        )


def sum_up(numbers: Tensor) -> None:
    """They become the sums of those of all processes, in place, to the last bit the same in each."""
    if count() > 1:
        with _in_touch():
            dist.all_reduce(numbers)


def share(batch: int) -> tuple[slice, float]:
    """Which rows of a batch [N, …] this process takes, and which part of it they count: in all processes together 1.
    Where there are fewer rows than processes each takes them all.
    """
    if batch < count():
        return slice(batch), 1 / count()
    mine = _rows(batch, rank())
    return mine, (mine.stop - mine.start) / batch


def sum_gradients(parameters: Sequence[torch.nn.Parameter]) -> None:
    """Every gradient becomes the sum of those of all processes, in one message."""
    gradients = [one.grad for one in parameters if one.grad is not None]
    if not gradients or count() == 1:
        return
    flat = torch.cat([one.flatten() for one in gradients])
    sum_up(flat)
    for gradient, summed in zip(gradients, torch.split(flat, [one.numel() for one in gradients]), strict=True):
        gradient.copy_(summed.view_as(gradient))


class Ranks(Sharing):
    """Rows by process, the first of them to the first; with N ≥ R every process has some."""

    def part(self, batch: Tensor) -> Tensor:
        return batch[_rows(len(batch), rank())]

    def whole(self, part: Tensor, batch: Tensor) -> Tensor:
        if count() == 1:
            return part
        whole: Tensor = _Whole.apply(part, len(batch))
        return whole


class _Whole(torch.autograd.Function):
    """Rows of all processes under each other; transposed, the sum over all processes of the gradient of one's rows."""

    @staticmethod
    def forward(ctx: Any, part: Tensor, rows: int) -> Tensor:
        ctx.rows, ctx.dtype = rows, part.dtype
        each = [_rows(rows, number) for number in range(count())]
        share = max(one.stop - one.start for one in each)  # all messages are of the same length
        padded = part.new_zeros(share, *part.shape[1:])
        padded[: len(part)] = part
        gathered = list(part.new_empty(count(), share, *part.shape[1:]))
        with _in_touch():
            dist.all_gather(gathered, padded)
        return torch.cat([one[: of.stop - of.start] for one, of in zip(gathered, each, strict=True)])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        summed = gradients[0].contiguous().clone()
        with _in_touch():
            dist.all_reduce(summed)
        return summed[_rows(ctx.rows, rank())].to(ctx.dtype), None


def _rows(rows: int, number: int) -> slice:
    """Of the process of this number, out of so many rows."""
    return slice(rows * number // count(), rows * (number + 1) // count())


@contextmanager
def _in_touch() -> Iterator[None]:
    """Raises RunError where another process does not answer."""
    try:
        yield
    except RuntimeError as error:
        LOG.warning("a process that trains with others: %s", error)
        raise RunError(
            "Another of the {count} processes of this training has ended or cannot be reached, so it ends here too. "
            "What was kept is in its place; `aestudio resume` goes on from the last checkpoint.",
            count=count(),
        ) from error
