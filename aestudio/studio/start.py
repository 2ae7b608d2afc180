"""What the start page knows: recipes under their chapters, and how long each would train on this machine. Nothing here
needs torch.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import prod
from typing import Protocol

from aestudio.core.ground.resources import resource
from aestudio.core.ground.texts import Text, plural
from aestudio.core.run.recipes import Recipe

ENOUGH_STEPS, ENOUGH_SECONDS = 50, 2.0
"""A shorter training says nothing about the speed."""
CPU = "CPU"
HOUR, MINUTE = 3600, 60


class Trained(Protocol):
    """A run of the library, as far as it tells how fast this machine is."""

    @property
    def title(self) -> str: ...
    @property
    def step(self) -> int: ...
    @property
    def steps(self) -> int: ...
    @property
    def seconds(self) -> float: ...
    @property
    def device(self) -> str: ...
    @property
    def shape(self) -> Sequence[int]:
        """Of an image."""
        ...


@dataclass(frozen=True)
class Cost:
    """Of a whole training, on one core of the machine where all recipes were measured."""

    epochs: int
    steps: int
    seconds: float
    pixels: int
    """The numbers of an image: whoever trains a recipe on others learns nothing of its time."""

    def of(self, epochs: int) -> Cost:
        """If it took so many epochs."""
        share = epochs / self.epochs
        return Cost(epochs, round(self.steps * share), self.seconds * share, self.pixels)


@cache
def _measured() -> Mapping[str, Cost]:
    """Source: tests/benchmarks/recipe_pictures.py."""
    told = json.loads(resource("recipes", "costs.json").read_text(encoding="utf-8"))
    return {name: Cost(*one) for name, one in told.items()}


def cost(recipe: Recipe) -> Cost | None:
    """What a recipe that ships costs; None where nobody has measured it."""
    measured = _measured().get(recipe.name)
    return None if measured is None else measured.of(recipe.epochs)


def estimates(recipes: Iterable[Recipe], runs: Sequence[Trained]) -> dict[str, float]:
    """Seconds that a whole training of each recipe takes on this machine, by name, as far as that is known.

    A recipe that was trained here is known from the newest such run. The others follow from what they cost elsewhere,
    times how this machine compares on those that it has trained on its CPU; none is known before that.
    """
    listed = list(recipes)
    measured: dict[str, float] = {}
    factors = []
    for recipe in listed:
        known = cost(recipe)
        for run in runs:  # the newest first
            same = run.title == recipe.title and (
                known is None or (run.steps, prod(run.shape)) == (known.steps, known.pixels)
            )
            if same and run.step >= ENOUGH_STEPS and run.seconds >= ENOUGH_SECONDS:
                measured[recipe.name] = run.seconds / run.step * run.steps
                if known is not None and run.device.startswith(CPU):
                    factors.append(measured[recipe.name] / known.seconds)
                break
    if not factors:
        return measured
    from statistics import median  # with fractions and decimals, which a first start does without

    for recipe in listed:
        if (known := cost(recipe)) is not None:
            measured.setdefault(recipe.name, median(factors) * known.seconds)
    return measured


def about(seconds: float) -> Text:
    """A length of time as somebody would say it: about 20 seconds, about 3 minutes, about 2 hours."""
    if seconds < 0.75 * MINUTE:
        return plural("about {count} second", "about {count} seconds", max(5, 5 * round(seconds / 5)))
    if seconds < 0.75 * HOUR:
        return plural("about {count} minute", "about {count} minutes", max(1, round(seconds / MINUTE)))
    return plural("about {count} hour", "about {count} hours", max(1, round(seconds / HOUR)))
