"""Arithmetic of selections: the direction, how certain it is, its plane, and what else it changes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aestudio.core.data.dataset import Dataset, Split
from aestudio.core.data.sources.shapes import Shapes
from aestudio.core.ground.errors import ProbeError
from aestudio.core.latent.arithmetic import applied, direction
from aestudio.core.latent.attributes import Attribute, attributes_of
from aestudio.core.latent.codes import Codes, codes_of
from aestudio.core.latent.moved import changes
from aestudio.core.latent.plane import of_direction
from aestudio.core.run.events import Floats
from tests.core.probing import model, store

RANDOM = np.random.default_rng(0)


def cloud(count: int, *mean: float, spread: float = 1.0, seed: int = 0) -> Floats:
    found: Floats = np.random.default_rng(seed).normal(mean, spread, (count, len(mean))).astype(np.float32)
    return found


def test_a_direction_leads_from_the_mean_of_one_selection_to_that_of_the_other() -> None:
    to, away = cloud(300, 3, 0, 1), cloud(200, 0, 0, 1, seed=1)
    found = direction(to, away)
    np.testing.assert_allclose(found.vector, to.mean(0) - away.mean(0), rtol=1e-5)
    assert found.counts == (300, 200)
    assert found.low < found.length < found.high


def test_the_interval_is_as_wide_as_theory_says_and_narrows_with_the_number_of_images() -> None:
    """Along the direction the standard error is the root of the sum of both variances over their counts."""
    for count in (100, 1600):
        found = direction(cloud(count, 5, 0), cloud(count, 0, 0, seed=1))
        assert (found.high - found.low) / 2 == pytest.approx(1.96 * (2 / count) ** 0.5, rel=0.25)
    few, many = (direction(cloud(n, 1, 0, 0, 0), cloud(n, 0, 0, 0, 0, seed=1)).angle for n in (20, 2000))
    assert many < 6 < few


def test_selections_that_do_not_differ_give_a_direction_that_turns_anywhere() -> None:
    found = direction(cloud(50, 0, 0, 0, 0, 0, 0, 0, 0), cloud(50, 0, 0, 0, 0, 0, 0, 0, 0, seed=1))
    assert found.angle > 60


@pytest.mark.parametrize(("count", "few"), [(1, True), (4, True), (5, False)])
def test_fewer_than_five_images_at_an_end_are_too_few_for_an_interval(count: int, few: bool) -> None:
    assert direction(cloud(count, 3, 0), cloud(9, 0, 0, seed=1)).is_of_few == few
    assert direction(cloud(9, 3, 0), cloud(count, 0, 0, seed=1)).is_of_few == few


def test_a_direction_is_applied_at_every_strength() -> None:
    found = applied(np.eye(2, 3, dtype=np.float32), np.array([0, 0, 2], np.float32), np.array([-1.0, 0.0, 0.5]))
    assert found.shape == (2, 3, 3)
    assert found[1].tolist() == [[0, 1, -2], [0, 1, 0], [0, 1, 1]]


def test_the_plane_of_a_direction_has_it_to_the_right_and_the_largest_other_variance_upwards() -> None:
    codes = (RANDOM.normal(size=(500, 4)) * (9, 1, 4, 0.1)).astype(np.float32)
    along = np.array([0, 2, 0, 0], np.float32)
    plane = of_direction(codes, along)
    np.testing.assert_allclose(plane.right, [0, 1, 0, 0], atol=1e-6)
    assert abs(plane.up[0]) > 0.99
    assert abs(plane.up @ plane.right) < 1e-5
    np.testing.assert_allclose(plane.places(codes)[:, 0], codes[:, 1] - codes[:, 1].mean(), atol=1e-4)


def test_what_changes_with_a_direction_comes_first_and_what_does_not_is_near_none() -> None:
    """Unit 1 is the size, unit 2 the place; the label is whether the size is above its middle."""
    codes = RANDOM.uniform(0, 10, (2000, 3)).astype(np.float32)
    size, place = codes[:, 0].astype(np.int64), codes[:, 1].astype(np.int64)
    attributes = [
        Attribute("place", place, is_category=False),
        Attribute("size", size, is_category=False),
        Attribute("", (size >= 5).astype(np.int64), is_category=True),
    ]
    held = Codes(codes, np.zeros(2000, np.float32), None, 100)
    found = changes(held, attributes, np.array([4, 0, 0], np.float32))
    assert found[-1].attribute.name == "place"
    assert abs(found[-1].size) < 0.15
    by_name = {one.attribute.name: one for one in found}
    assert by_name["size"].size > 0.9
    assert by_name["size"].size > 1.3 * by_name["size"].by_chance
    assert by_name[""].size > 0.3
    assert by_name[""].becomes == 1
    back = {one.attribute.name: one for one in changes(held, attributes, np.array([-4, 0, 0], np.float32))}
    assert back["size"].size < -0.9
    assert back[""].becomes == 0


def half_turned(before: list[int], after: list[int], period: int) -> float:
    """Of 400 images half stand at rotations `before`, half at `after`; what is said of the way there, in degrees."""
    values = np.concatenate([np.resize(before, 200), np.resize(after, 200)])
    codes = np.repeat([[0, 0], [1, 0]], 200, axis=0).astype(np.float32)
    rotation = Attribute("rotation", values, is_category=False, cycle=40, periods=np.full(400, period))
    held = Codes(codes, np.zeros(400, np.float32), None, 100)
    return 360 * changes(held, [rotation], np.array([1, 0], np.float32))[0].size


def test_a_turn_across_the_end_of_the_circle_is_the_small_one_that_it_is() -> None:
    """Half the images have 4 of 40 steps to go, 36°; the others are there already."""
    assert half_turned([38], [2], period=40) == pytest.approx(18, abs=2)
    assert half_turned([2], [38], period=40) == pytest.approx(-18, abs=2)


def test_a_square_turns_by_what_is_seen_of_it() -> None:
    """A quarter turn is none: from 9 to 1, 11, 21 or 31 of 40 it is 2 steps."""
    assert half_turned([9, 19, 29, 39], [1, 11, 21, 31], period=10) == pytest.approx(9, abs=1)


def test_images_of_another_period_say_nothing_of_a_turn() -> None:
    values, periods = np.tile([3, 17], 200), np.tile([10, 40], 200)
    codes = np.stack([np.zeros(400), np.tile([0, 1], 200)], 1).astype(np.float32)
    rotation = Attribute("rotation", values, is_category=False, cycle=40, periods=periods)
    held = Codes(codes, np.zeros(400, np.float32), None, 100)
    assert changes(held, [rotation], np.array([0, 1], np.float32))[0].size == pytest.approx(0, abs=1e-9)


def test_factors_of_drawn_shapes_are_known_and_labels_of_others() -> None:
    shapes = Shapes(count=200).read()
    codes = codes_of(model({"kind": "mlp", "widths": [4]}, (1, 64, 64)), shapes, most=30)
    attributes = attributes_of(shapes, codes)
    assert [one.name for one in attributes] == ["", "scale", "rotation", "x", "y"]
    assert all(len(one.values) == len(codes.codes) for one in attributes)
    rotation, labels = attributes[2], codes.labels
    assert rotation.periods is not None
    assert labels is not None
    assert rotation.periods.tolist() == [(10, 20, 40)[label] for label in labels]
    plain = Dataset("random", Split(store(50), torch.arange(50) % 3), Split(store(20), torch.arange(20) % 3))
    assert [one.name for one in attributes_of(plain, codes_of(model({"kind": "linear", "code_size": 3}), plain))] == [
        ""
    ]
    bare = Dataset("random", Split(store(50)), Split(store(20)))
    assert attributes_of(bare, codes_of(model({"kind": "linear", "code_size": 3}), bare)) == []


def test_what_is_no_direction_is_said() -> None:
    with pytest.raises(ProbeError, match="at both ends"):
        direction(cloud(3, 0, 0), cloud(0, 0, 0))
    with pytest.raises(ProbeError, match="same mean"):
        direction(np.ones((3, 2), np.float32), np.ones((5, 2), np.float32))
    with pytest.raises(ProbeError, match="another code"):
        of_direction(cloud(9, 0, 0), np.ones(3, np.float32))
    with pytest.raises(ProbeError, match="one line"):
        of_direction(np.outer(np.arange(5), [1, 0]).astype(np.float32), np.array([1, 0], np.float32))
