"""Epochs and weights that fit the data: no recipe takes hours on other images than its own, or learns nothing."""

from __future__ import annotations

from math import prod

import pytest
import torch

from aestudio.core.data.dataset import Dataset, Resident, Split
from aestudio.core.parts.plan import steps_an_epoch
from aestudio.core.run import recipes
from aestudio.core.run.budget import epochs, fitted, recipe_of, weights
from tests.present import present

SHIPPED = recipes.everything()


def dataset(count: int, size: int = 8) -> Dataset:
    some = Split(Resident(torch.zeros(1, 1, size, size, dtype=torch.uint8).expand(count, -1, -1, -1)))
    return Dataset("Black", some, some)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_recipe_says_for_which_images_its_epochs_and_weights_are_meant(name: str) -> None:
    run, recipe = SHIPPED[name].run(), SHIPPED[name]
    own = run.data.load()
    assert recipe.images == len(own.train)
    assert recipe.pixels == (prod(own.shape) if weights(run) else 0)
    assert present(recipe_of(run)).name == name
    assert fitted(run, run, own) == run


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("images", [180, 1_438, 60_000])
def test_other_images_are_trained_on_for_about_as_many_steps(name: str, images: int) -> None:
    recipe = SHIPPED[name].run()
    made = fitted(recipe.with_value("data", "shapes"), recipe, dataset(images))
    one = steps_an_epoch(images, recipe.batch_size)
    for path, count in epochs(made).items():
        steps = epochs(recipe)[path] * steps_an_epoch(SHIPPED[name].images, recipe.batch_size)
        assert count == 1 or abs(count * one - steps) <= one / 2


def test_four_hundred_epochs_of_digits_are_nine_of_mnist_with_twelve_times_the_weight_on_its_pixels() -> None:
    recipe = SHIPPED["sparse-kl"].run()
    made = fitted(recipe, recipe, dataset(60_000, size=28))
    assert made.epochs == 9
    assert made.penalties[0].weight == pytest.approx(recipe.penalties[0].weight * 784 / 64, rel=0.005)
    assert made.penalties[1:] == recipe.penalties[1:]


@pytest.mark.parametrize(("size", "brightness", "expected"), [(28, 33, 0.007), (55, 110, 0.00084), (8, 0, 0.007)])
def test_many_bright_pixels_get_a_lower_learning_rate(size: int, brightness: int, expected: float) -> None:
    """Of MNIST's length the recipe's stays, of a patch of a colour photograph it does not."""
    recipe = SHIPPED["sparse-kl"].run()
    some = Split(Resident(torch.full((1, 1, size, size), brightness, dtype=torch.uint8).expand(2_000, -1, -1, -1)))
    made = fitted(recipe, recipe, Dataset("Grey", some, some))
    assert made.optimiser.learning_rate == pytest.approx(expected)
    chosen = recipe.with_value("optimiser.learning_rate", 0.02)
    stays = fitted(chosen, recipe, Dataset("Grey", some, some), {"optimiser.learning_rate"})
    assert stays.optimiser == chosen.optimiser


def test_what_somebody_chose_stays_and_the_rest_is_fitted() -> None:
    recipe = SHIPPED["sparse-kl"].run()
    run = recipe.with_value("kl-sparsity.weight", 7.0)
    made = fitted(run, recipe, dataset(60_000, size=28), {"kl-sparsity.weight"})
    assert (made.epochs, made.penalties[0].weight) == (9, 7.0)
    without = fitted(run.with_value("penalties", []), recipe, dataset(60_000, size=28))
    assert (without.epochs, without.penalties) == (9, ())


def test_a_run_that_is_no_recipe_keeps_its_settings() -> None:
    run = SHIPPED["sparse-kl"].run().with_value("epochs", 999)
    assert recipe_of(run) is None
    assert fitted(run, run, dataset(60_000, size=28)) == run
