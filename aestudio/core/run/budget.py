"""Epochs that fit the data: a recipe's budget is a number of steps, whatever images it is given."""

from __future__ import annotations

from aestudio.core.ground.errors import RunError
from aestudio.core.run import recipes
from aestudio.core.run.run import Run


def epochs(run: Run) -> dict[str, int]:
    """The settings that say for how many epochs a run trains, by their paths."""
    layers = run.schedule.layer_epochs_knob
    return {path: run.value(path) for path in ("epochs", *([f"schedule.{layers}"] if layers else []))}


def meant_for(run: Run) -> int:
    """How many training images the epochs of a run are meant for, where it is a recipe that says so; else 0."""
    for recipe in recipes.everything().values():
        if recipe.images and recipe.title == run.title:
            try:
                return recipe.images if recipe.run() == run else 0
            except RunError:
                return 0
    return 0


def fitted(run: Run, recipe: Run, images: int) -> Run:
    """The run on so many training images, with as many epochs as come nearest to the steps of the recipe on the images
    that its epochs are meant for. Where the recipe means none, the run stays as it is.

    A thousand epochs, meant for 1,438 digits, would be days of 60,000 images.
    """
    if not (meant := meant_for(recipe)) or epochs(run).keys() != epochs(recipe).keys():
        return run
    share = steps_an_epoch(meant, recipe.batch_size) / steps_an_epoch(images, recipe.batch_size)
    for path, count in epochs(recipe).items():
        run = run.with_value(path, max(1, round(count * share)))
    return run


def steps_an_epoch(images: int, batch_size: int) -> int:
    """As many batches as are full; fewer images than a batch are one."""
    return images // min(batch_size, images)
