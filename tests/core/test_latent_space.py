"""The space of codes: places on planes and back, grids, samples, and what has no place on a map."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aestudio.core.data.dataset import Dataset, Split, to_float
from aestudio.core.ground.errors import ProbeError
from aestudio.core.latent.codes import Codes, codes_of, nearest, with_own
from aestudio.core.latent.plane import Window, decoded, of_components, of_images, of_units, window_about, window_of
from aestudio.core.latent.sampling import samples
from tests.core.probing import model, store

LINEAR = {"kind": "linear", "code_size": 7}


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    train, held_out = store(50, seed=1), store(20, seed=2)
    return Dataset("random", Split(train, torch.arange(50) % 3), Split(held_out, torch.arange(20) % 3), ("a", "b", "c"))


def test_codes_are_those_of_the_model_the_held_out_images_first(dataset: Dataset) -> None:
    looked_at = model(LINEAR)
    found = codes_of(looked_at, dataset)
    held_out = to_float(dataset.held_out.images.gather(torch.arange(20)))
    assert found.held_out == 20
    assert found.codes.shape == (70, 7)
    np.testing.assert_allclose(found.codes[:20], looked_at.encode(held_out).numpy(), rtol=1e-5)
    error = (looked_at.reconstruct(held_out) - held_out).square().flatten(1).mean(1)
    np.testing.assert_allclose(found.errors[:20], error.numpy(), rtol=1e-4)
    assert found.labels is not None
    assert found.labels[:3].tolist() == [0, 1, 2]


def test_the_image_of_a_code_is_the_one_that_was_encoded(dataset: Dataset) -> None:
    looked_at = model(LINEAR)
    found = codes_of(looked_at, dataset)
    for index in (0, 19, 20, 69):
        image = torch.from_numpy(found.image(dataset, index))[None]
        np.testing.assert_allclose(looked_at.encode(image).numpy()[0], found.codes[index], rtol=1e-4, atol=1e-5)
        assert nearest(found, found.codes[index]) == index


def test_a_picture_of_ones_own_comes_after_the_images_with_its_code_and_without_a_label(dataset: Dataset) -> None:
    looked_at = model(LINEAR)
    found = codes_of(looked_at, dataset)
    picture = to_float(store(1, seed=9).gather(torch.arange(1)))[0].numpy()
    more = with_own(found, looked_at, picture)
    assert (more.held_out, len(more.codes), len(found.codes)) == (20, 71, 70)
    np.testing.assert_allclose(
        more.codes[70], looked_at.encode(torch.from_numpy(picture)[None]).numpy()[0], rtol=1e-4, atol=1e-5
    )
    np.testing.assert_array_equal(more.image(dataset, 70), picture)
    np.testing.assert_array_equal(more.image(dataset, 69), found.image(dataset, 69))
    assert more.labels is not None
    assert more.labels[70] == -1


def test_the_nearest_code_is_that_of_the_least_distance_though_all_lie_far_out() -> None:
    random = np.random.default_rng(0)
    points = (100 + random.normal(size=(5000, 6))).astype(np.float32)
    codes = Codes(points, np.zeros(5000, np.float32), None, 1000)
    for place in (100 + random.normal(size=(50, 6))).astype(np.float32):
        assert nearest(codes, place) == np.square(points - place).sum(1).argmin()
    few = Codes(points[:3], np.zeros(3, np.float32), None, 1)
    assert nearest(few, points[2]) == 2


def test_no_more_images_than_wanted_are_encoded(dataset: Dataset) -> None:
    found = codes_of(model(LINEAR), dataset, most=8)
    assert (found.held_out, len(found.codes)) == (8, 16)


def test_a_plane_of_two_units_has_their_values_as_x_and_y() -> None:
    codes = np.random.default_rng(0).normal(2, 1, (40, 5)).astype(np.float32)
    plane = of_units(codes, 3, 1)
    np.testing.assert_allclose(plane.places(codes), codes[:, [3, 1]], rtol=1e-5)
    back = plane.codes(np.array([[0.5, -1.5]], np.float32))[0]
    assert (back[3], back[1]) == pytest.approx((0.5, -1.5))
    np.testing.assert_allclose(back[[0, 2, 4]], codes.mean(0)[[0, 2, 4]], rtol=1e-5)


def test_components_are_the_directions_of_the_largest_variance_and_places_go_there_and_back() -> None:
    random = np.random.default_rng(0)
    axes = np.linalg.qr(random.normal(size=(6, 6)))[0].astype(np.float32)
    codes = (random.normal(size=(500, 2)) * (5, 2)).astype(np.float32) @ axes[:2] + 1.0
    plane = of_components(codes)
    assert abs(plane.right @ axes[0]) == pytest.approx(1, abs=1e-2)
    assert abs(plane.up @ axes[1]) == pytest.approx(1, abs=1e-2)
    np.testing.assert_allclose(plane.codes(plane.places(codes)), codes, atol=1e-4)  # they lie in a plane


def test_a_window_holds_nearly_all_places_and_one_far_out_does_not_make_it_large() -> None:
    places = np.random.default_rng(0).uniform(-1, 3, (1000, 2)).astype(np.float32)
    places[0] = (1e6, 1e6)
    window = window_of(places)
    assert (window.x, window.y) == pytest.approx((1, 1), abs=0.1)
    assert window.half == pytest.approx(2.1, abs=0.1)


def test_a_grid_goes_from_the_upper_left_to_the_lower_right() -> None:
    places = Window(10, 20, 3).grid(3)
    assert places[0].tolist() == [8, 22]
    assert places[2].tolist() == [12, 22]
    assert places[-1].tolist() == [12, 18]


def test_a_grid_is_decoded_place_by_place() -> None:
    looked_at = model(LINEAR)
    codes = np.random.default_rng(0).normal(size=(30, 7)).astype(np.float32)
    plane, window = of_units(codes, 0, 1), Window(0, 0, 2)
    found = decoded(looked_at, plane, window, 9)
    one = looked_at.decode(torch.from_numpy(plane.codes(window.grid(9)[31:32]))).numpy()[0]
    assert found.shape == (9, 9, 1, 8, 8)
    np.testing.assert_allclose(found[3, 4], one, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("source", ["posterior", "mixture"])
def test_samples_come_with_the_training_image_that_differs_least(source: str, dataset: Dataset) -> None:
    found = samples(model(LINEAR), dataset, source, 9, seed=3)  # type: ignore[arg-type]
    train = to_float(dataset.train.images.gather(torch.arange(50))).numpy()
    each = np.square(found.images[:, None] - train[None]).mean((2, 3, 4))
    np.testing.assert_allclose(found.distances, each.min(1), rtol=1e-3)
    np.testing.assert_array_equal(found.nearest, train[each.argmin(1)])
    unseen = to_float(dataset.held_out.images.gather(torch.arange(9))).numpy()
    theirs = np.square(unseen[:, None] - train[None]).mean((2, 3, 4)).min(1)
    np.testing.assert_allclose(found.unseen, theirs, rtol=1e-3)
    again = samples(model(LINEAR), dataset, source, 9, seed=3)  # type: ignore[arg-type]
    np.testing.assert_array_equal(found.images, again.images)
    other = samples(model(LINEAR), dataset, source, 9, seed=4)  # type: ignore[arg-type]
    assert not np.array_equal(found.images, other.images)


def test_samples_of_the_codes_have_their_mean_and_covariance(dataset: Dataset) -> None:
    looked_at = model({"kind": "linear", "code_size": 3})
    codes = codes_of(looked_at, dataset).codes
    drawn = looked_at.encode(torch.from_numpy(samples(looked_at, dataset, "posterior", 4000).images)).numpy()
    direct = looked_at.encode(looked_at.decode(torch.from_numpy(codes))).numpy()
    np.testing.assert_allclose(drawn.mean(0), direct.mean(0), atol=0.1 * direct.std())
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(direct.T), atol=0.1 * direct.var())


def test_what_has_no_place_on_a_map_is_said(dataset: Dataset) -> None:
    one = np.zeros((5, 1), np.float32)
    with pytest.raises(ProbeError, match="is one number"):
        of_components(one)
    with pytest.raises(ProbeError, match="same code"):
        of_components(np.ones((5, 3), np.float32))
    with pytest.raises(ProbeError, match="two different units of the 3"):
        of_units(np.ones((5, 3), np.float32), 1, 1)
    with pytest.raises(ProbeError, match="has no prior"):
        samples(model(LINEAR), dataset, "prior", 3)
    broken = model(LINEAR)
    next(broken.module.parameters()).data.fill_(float("nan"))
    with pytest.raises(ProbeError, match="not finite"):
        codes_of(broken, dataset)


def test_a_plane_through_three_codes_holds_all_three_the_second_to_the_right_and_the_third_above() -> None:
    codes = np.random.default_rng(3).normal(size=(3, 5)).astype(np.float32)
    plane = of_images(codes)
    places = plane.places(codes)
    np.testing.assert_allclose(plane.codes(places), codes, atol=1e-5)
    np.testing.assert_allclose(places[0], [0, 0], atol=1e-6)
    assert places[1, 0] > 0
    assert abs(places[1, 1]) < 1e-5
    assert places[2, 1] > 0
    window = window_about(places)
    assert (np.abs(places - (window.x, window.y)) < window.half).all()


def test_codes_on_one_line_and_two_codes_are_no_plane() -> None:
    line = np.outer(np.arange(3), np.ones(4)).astype(np.float32)
    for codes in (line, np.repeat(line[:1], 3, 0)):
        with pytest.raises(ProbeError, match="on one line"):
            of_images(codes)
    with pytest.raises(ProbeError, match="choose three"):
        of_images(line[:2])
