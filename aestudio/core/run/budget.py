"""Settings that fit the data: a recipe's budget is a number of steps, and its weights are for images of its size."""

from __future__ import annotations

from collections.abc import Collection
from math import prod

import torch

from aestudio.core.data.dataset import Dataset, to_float
from aestudio.core.ground.errors import RunError
from aestudio.core.parts.plan import steps_an_epoch
from aestudio.core.run import recipes
from aestudio.core.run.recipes import Recipe
from aestudio.core.run.run import Run

RATE = "optimiser.learning_rate"
BEARABLE = 1.1
"""A step of Adam changes a pre-activation by η‖x‖₁ at most. On digits that is 0.1, on MNIST 0.7; on patches of colour
photographs it would be 9, and most sigmoids were driven to where they have no slope and stayed there.
"""
LOOKED_AT = 1000
"""Images of which ‖x‖₁ is known well enough."""


def epochs(run: Run) -> dict[str, int]:
    """The settings that say for how many epochs a run trains, by their paths."""
    layers = run.schedule.layer_epochs_knob
    return {path: run.value(path) for path in ("epochs", *([f"schedule.{layers}"] if layers else []))}


def weights(run: Run) -> dict[str, float]:
    """The weights that grow with the size of the images, by the paths of their settings."""
    return {f"{one.kind}.weight": one.weight for one in run.penalties if one.grows_with_images}


def fitting(run: Run) -> dict[str, float]:
    """All settings that are fitted to the images, by their paths."""
    return {**epochs(run), **weights(run), RATE: run.optimiser.learning_rate}


def recipe_of(run: Run) -> Recipe | None:
    """The recipe that a run is, where it is one and says for which images its settings are meant."""
    for recipe in recipes.everything().values():
        if recipe.images and recipe.title == run.title:
            try:
                return recipe if recipe.run() == run else None
            except RunError:
                return None
    return None


def fitted(run: Run, recipe: Run, dataset: Dataset, chosen: Collection[str] = ()) -> Run:
    """The run with as many epochs of these images as come nearest to the steps of the recipe on the images that it is
    meant for, with weights that count as much beside a loss that is summed over the pixels, 12 times as much on 28×28
    pixels as on 8×8, and with a learning rate that many bright pixels bear. Settings that were chosen (by their paths),
    and a run whose recipe means no images, stay.

    A thousand epochs, meant for 1,438 digits, would be days of 60,000 images.
    """
    meant = recipe_of(recipe)
    if meant is None or epochs(run).keys() != epochs(recipe).keys():
        return run
    for path, value in _fits(meant, recipe, dataset).items():
        if path not in chosen and path in fitting(run):
            run = run.with_value(path, value)
    return run


def _fits(meant: Recipe, recipe: Run, dataset: Dataset) -> dict[str, float]:
    """What the settings of a recipe become on these images, by their paths."""
    share = steps_an_epoch(meant.images, recipe.batch_size) / steps_an_epoch(len(dataset.train), recipe.batch_size)
    found: dict[str, float] = {path: max(1, round(count * share)) for path, count in epochs(recipe).items()}
    if not meant.pixels:
        return found
    larger = prod(dataset.shape) / meant.pixels
    found |= {path: float(f"{weight * larger:.3g}") for path, weight in weights(recipe).items()}
    return found | {RATE: min(recipe.optimiser.learning_rate, float(f"{BEARABLE / max(_length(dataset), 1e-9):.2g}"))}


def _length(dataset: Dataset) -> float:
    """‖x‖₁ of a training image, on average."""
    index = torch.linspace(0, len(dataset.train) - 1, min(LOOKED_AT, len(dataset.train))).long()
    return float(to_float(dataset.train.images.gather(index)).flatten(1).sum(1).mean())
