"""Paths in the space of codes: where they begin, turn and end, and how long the decoder makes them."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image

from aestudio.core.data.dataset import Dataset, Split
from aestudio.core.ground.errors import ProbeError
from aestudio.core.latent.codes import Codes, codes_of
from aestudio.core.latent.leaving import gif, npz
from aestudio.core.latent.paths import FRAMES, WAYS, Path, Way, path, spherical
from aestudio.core.model.trained import Model
from tests.core.probing import model, store

LINEAR = {"kind": "linear", "code_size": 4}


@pytest.fixture(scope="module")
def looked_at() -> Model:
    return model(LINEAR)


@pytest.fixture(scope="module")
def codes(looked_at: Model) -> Codes:
    return codes_of(looked_at, Dataset("random", Split(store(50, seed=1)), Split(store(20, seed=2))))


@pytest.mark.parametrize("way", WAYS)
def test_a_path_goes_through_the_chosen_images_in_even_numbers_of_steps(
    looked_at: Model, codes: Codes, way: Way
) -> None:
    found = path(looked_at, codes, (3, 17, 40), way, steps=5)
    assert found.images.shape == (11, 1, 8, 8)
    np.testing.assert_allclose(found.codes[:: 5 * FRAMES], codes.codes[[3, 17, 40]], atol=1e-5)
    decoded = looked_at.decode(torch.from_numpy(found.codes)).numpy()
    np.testing.assert_allclose(found.frames, decoded, rtol=1e-4, atol=1e-5)


def test_a_straight_path_is_straight_and_of_a_linear_decoder_as_long_as_its_ends_differ(
    looked_at: Model, codes: Codes
) -> None:
    found = path(looked_at, codes, (0, 1), "straight", steps=4)
    np.testing.assert_allclose(np.diff(found.codes, n=2, axis=0), 0, atol=1e-5)
    ends = found.frames[-1] - found.frames[0]
    assert found.length == pytest.approx(float(np.sqrt(np.square(ends).mean())), rel=1e-3)


def test_a_length_is_the_root_mean_square_change_added_up_so_black_to_white_is_one() -> None:
    frames = np.linspace(0, 1, 5, dtype=np.float32)[:, None, None, None] * np.ones((1, 3, 4, 4), np.float32)
    there = Path(np.zeros((5, 2), np.float32), frames)
    assert there.length == pytest.approx(1)
    back = Path(np.zeros((9, 2), np.float32), np.concatenate([frames, frames[-2::-1]]))
    assert back.length == pytest.approx(2)


def test_a_spherical_path_turns_evenly_while_the_norm_goes_evenly() -> None:
    a, b = np.array([2, 0, 0], np.float32), np.array([0, 0, 4], np.float32)
    share = np.linspace(0, 1, 7, dtype=np.float32)[:, None]
    found = spherical(a, b, share)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), np.linspace(2, 4, 7), rtol=1e-5)
    angles = np.arctan2(found[:, 2], found[:, 0])
    np.testing.assert_allclose(angles, np.linspace(0, np.pi / 2, 7), atol=1e-5)


@pytest.mark.parametrize("b", [[-1, 0, 0], [3, 0, 0], [0, 0, 0]])
def test_where_no_plane_of_turning_is_given_a_spherical_path_is_straight(b: list[float]) -> None:
    a, share = np.array([1, 0, 0], np.float32), np.linspace(0, 1, 5, dtype=np.float32)[:, None]
    end = np.array(b, np.float32)
    np.testing.assert_allclose(spherical(a, end, share), a + share * (end - a), atol=1e-6)


def test_a_path_through_the_data_follows_a_half_circle_and_not_the_gap(looked_at: Model) -> None:
    """The codes lie on half a circle; a straight path would leave it."""
    angle = np.linspace(0, np.pi, 60)
    ring = np.stack([np.cos(angle), np.sin(angle), 0 * angle, 0 * angle], 1).astype(np.float32)
    found = path(looked_at, Codes(ring, np.zeros(60, np.float32), None, 60), (0, 59), "data", steps=8)
    assert np.abs(np.linalg.norm(found.codes[:, :2], axis=1) - 1).max() < 0.05
    assert list(found.passed) == sorted(found.passed)
    assert len(found.passed) >= 5
    far = np.linalg.norm(np.diff(found.codes, axis=0), axis=1)
    assert far.max() / far.min() < 1.2  # even distances


def test_codes_in_two_heaps_are_joined_all_the_same(looked_at: Model) -> None:
    random = np.random.default_rng(0)
    heaps = np.concatenate([random.normal(0, 0.1, (30, 4)), random.normal(50, 0.1, (30, 4))]).astype(np.float32)
    found = path(looked_at, Codes(heaps, np.zeros(60, np.float32), None, 60), (0, 59), "data", steps=3)
    np.testing.assert_allclose(found.codes[-1], heaps[59], rtol=1e-5)


@pytest.mark.parametrize("way", WAYS)
def test_of_two_images_there_is_a_path_and_from_an_image_to_itself_one_of_no_length(looked_at: Model, way: Way) -> None:
    two = Codes(np.eye(2, 4, dtype=np.float32), np.zeros(2, np.float32), None, 1)
    assert path(looked_at, two, (0, 1), way, steps=2).length > 0
    assert path(looked_at, two, (1, 1), way, steps=2).length == pytest.approx(0, abs=1e-6)


def test_what_is_no_path_is_said(looked_at: Model, codes: Codes) -> None:
    with pytest.raises(ProbeError, match="two images or more"):
        path(looked_at, codes, (3,), "straight")
    broken = model(LINEAR)
    next(iter(reversed(list(broken.module.parameters())))).data.fill_(float("nan"))
    with pytest.raises(ProbeError, match="not finite"):
        path(broken, codes, (0, 1), "straight")


@pytest.mark.parametrize("channels", [1, 3])
def test_a_gif_goes_there_and_back_for_ever_with_square_pixels(channels: int) -> None:
    frames = np.linspace(0, 1, 4, dtype=np.float32)[:, None, None, None] * np.ones((1, channels, 8, 8), np.float32)
    with Image.open(io.BytesIO(gif(frames))) as read:
        assert (read.n_frames, read.info["loop"], read.size) == (6, 0, (128, 128))  # type: ignore[attr-defined]
        levels = []
        for place in range(6):
            read.seek(place)
            levels.append(int(np.asarray(read.convert("L"))[0, 0]))
    assert levels == pytest.approx([0, 85, 170, 255, 170, 85], abs=2)


def test_arrays_come_back_by_name() -> None:
    with np.load(io.BytesIO(npz({"codes": np.eye(3, dtype=np.float32)})), allow_pickle=False) as read:
        np.testing.assert_array_equal(read["codes"], np.eye(3))
