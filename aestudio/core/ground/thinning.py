"""Which moments of a training stay where there is not room for all: dense where it began, for early on most is learned
in a step, and even enough later on for a film of them to move.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import log1p


def least_missed(steps: Sequence[int], spared: Collection[int] = ()) -> int | None:
    """The place of the one to go first among `steps`, which grow: of those between the first and the last the one whose
    neighbours are nearest to each other. None where there is none but the first, the last and the `spared` steps.

    How far two moments lie apart is measured half in their share of the training, half in ratios of steps.
    """
    inner = [at for at in range(1, len(steps) - 1) if steps[at] not in spared]
    if not inner:
        return None
    most = max(1, steps[-1])
    where = [step / most + log1p(step) / log1p(most) for step in steps]
    return min(inner, key=lambda at: where[at + 1] - where[at - 1])


def thinned(sizes: dict[int, int], budget: int, most: int) -> list[int]:
    """The steps that go, so that the others take no more than `budget` bytes and are no more than `most`; `sizes` are
    the bytes of each. The first and the last go at the end, the first before the last.
    """
    left, gone = sorted(sizes), []
    taken = sum(sizes.values())
    while left and (taken > budget or len(left) > most):
        at = least_missed(left)
        gone.append(left.pop(0 if at is None else at))
        taken -= sizes[gone[-1]]
    return gone
