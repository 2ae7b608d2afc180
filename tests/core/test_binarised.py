"""Black and white images: drawn once for all or anew at each step, always with the chance that a grey value is."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from aestudio.core.data.binarised import Binarised, binarised, chances, drawn, once
from aestudio.core.data.dataset import Dataset, Resident, Split
from aestudio.core.data.sources.shapes import Shapes
from aestudio.core.ground.compute import Compute
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts.plan import Span
from aestudio.core.run.run import Run
from aestudio.core.training.draws import Draws
from aestudio.core.training.steps.eager import Eager
from tests.core.conftest import small_dataset


def images_of(split: Split) -> Tensor:
    return split.images.gather(torch.arange(len(split)))


def test_chances_are_even_and_differ_by_place_image_and_draw() -> None:
    found = chances(torch.arange(400), 50, 0)
    assert found.mean().item() == pytest.approx(0.5, abs=0.01)
    assert torch.histc(found, 10, 0, 1).tolist() == pytest.approx([2000.0] * 10, rel=0.1)
    assert len(found.unique()) == found.numel()
    assert not found.equal(chances(torch.arange(400), 50, 1))
    neighbours = torch.corrcoef(torch.stack([found[:-1].flatten(), found[1:].flatten()]))[0, 1]
    assert abs(float(neighbours)) < 0.03


def test_a_pixel_is_white_as_often_as_its_value_says_and_black_and_white_stay() -> None:
    grey = torch.tensor([0, 51, 204, 255], dtype=torch.uint8).repeat(5000, 1).view(5000, 1, 2, 2)
    made = images_of(once(Split(Resident(grey)), 0)).float()
    assert sorted(made.unique().tolist()) == [0, 255]
    assert (made.mean(0).flatten() / 255).tolist() == pytest.approx([0, 0.2, 0.8, 1], abs=0.03)


def test_an_image_is_the_same_whichever_others_are_asked_for() -> None:
    store = Shapes(count=300).load().train.images
    lazy = Binarised(store, 0)
    whole = lazy.gather(torch.arange(20))
    assert lazy.gather(torch.tensor([7, 3])).equal(whole[[7, 3]])
    kept = small_dataset().train
    assert images_of(once(kept, 0)).equal(Binarised(kept.images, 0).gather(torch.arange(len(kept))))


def test_the_data_set_is_called_what_it_is_and_both_splits_are_drawn_apart() -> None:
    data = small_dataset()
    same = replace(data, held_out=data.train)
    made = binarised(same, "once")
    assert made.name == "small, binarised once"
    assert not images_of(made.train).equal(images_of(made.held_out))
    anew = binarised(data, "at each step")
    assert anew.name == "small, binarised at each step"
    assert images_of(anew.train).equal(images_of(data.train))
    assert images_of(anew.held_out).equal(images_of(binarised(data, "once").held_out))
    assert binarised(data, "no") is data


def test_every_source_can_be_binarised_and_says_so() -> None:
    run = Run.from_settings({"data": {"kind": "digits", "binarise": "once"}})
    made = run.data.load()
    assert made.name == "Digits 8×8, binarised once"
    assert str(run.data.called) == "Digits 8×8, binarised once"
    assert images_of(made.train).unique().tolist() == [0, 255]
    assert images_of(run.data.load().train).equal(images_of(made.train))
    assert str(run.with_value("data.binarise", "at each step").data.called).endswith("binarised at each step")


def test_each_step_of_a_training_draws_anew_and_a_data_set_that_is_binarised_once_does_not(small: Dataset) -> None:
    grey = torch.full((4, 1, 8, 8), 0.5)

    def given(binarise: str) -> tuple[Tensor, Tensor]:
        run = Run.from_settings({"data": {"kind": "digits", "binarise": binarise}})
        model = Autoencoder(run, (1, 8, 8))
        compute = Compute(torch.device("cpu"), "CPU")
        step = Eager(run, model, Span(0, 1), compute, Draws(run.seed, compute.device))
        return step.given(grey), step.given(grey)

    first, second = given("at each step")
    assert not first.equal(second)
    assert first.unique().tolist() == [0, 1]
    assert first.equal(given("at each step")[0])
    assert all(one.equal(grey) for one in given("once"))


def test_what_is_drawn_leaves_the_images_and_has_their_mean() -> None:
    images = torch.rand(50, 1, 20, 20, generator=torch.Generator().manual_seed(0))
    before = images.clone()
    assert float(drawn(images, torch.Generator().manual_seed(1)).mean()) == pytest.approx(
        float(images.mean()), abs=0.01
    )
    assert images.equal(before)
