"""Epochs that fit the data, so that no recipe takes hours on other images than its own."""

from __future__ import annotations

import pytest

from aestudio.core.run import recipes
from aestudio.core.run.budget import epochs, fitted, meant_for, steps_an_epoch

SHIPPED = recipes.everything()


@pytest.mark.parametrize("name", SHIPPED)
def test_a_recipe_says_how_many_images_its_epochs_are_meant_for(name: str) -> None:
    run = SHIPPED[name].run()
    assert SHIPPED[name].images == len(run.data.load().train) == meant_for(run)
    assert fitted(run, run, SHIPPED[name].images) == run


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("images", [180, 1_438, 60_000])
def test_other_images_are_trained_on_for_about_as_many_steps(name: str, images: int) -> None:
    recipe = SHIPPED[name].run()
    made = fitted(recipe.with_value("data", "shapes"), recipe, images)
    one = steps_an_epoch(images, recipe.batch_size)
    for path, count in epochs(made).items():
        steps = epochs(recipe)[path] * steps_an_epoch(SHIPPED[name].images, recipe.batch_size)
        assert count == 1 or abs(count * one - steps) <= one / 2


def test_four_hundred_epochs_of_digits_are_nine_of_mnist() -> None:
    recipe = SHIPPED["sparse-kl"].run()
    assert fitted(recipe, recipe, 60_000).epochs == 9


def test_a_run_that_is_no_recipe_keeps_its_epochs() -> None:
    run = SHIPPED["sparse-kl"].run().with_value("epochs", 999)
    assert meant_for(run) == 0
    assert fitted(run, run, 60_000) == run
