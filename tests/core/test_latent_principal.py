"""Local principal directions: what a decoder with a known Jacobian makes of them."""

from __future__ import annotations

import numpy as np
import pytest

from aestudio.core.latent.principal import MOST, principal
from aestudio.core.run.events import Floats

RANDOM = np.random.default_rng(0)


def decoder(matrix: Floats):  # type: ignore[no-untyped-def]
    """x = matrix · z, as images of one row."""
    return lambda codes: (codes @ matrix.T).reshape(len(codes), 1, 1, -1)


def whitened(count: int, units: int) -> Floats:
    """Codes whose covariance is exactly the identity."""
    found = RANDOM.normal(size=(count, units))
    found -= found.mean(0)
    left, _, right = np.linalg.svd(found, full_matrices=False)
    made: Floats = (left @ right * (count - 1) ** 0.5).astype(np.float32)
    return made


def test_of_a_linear_decoder_they_are_the_right_singular_vectors_where_codes_differ_alike_in_all_units() -> None:
    matrix = RANDOM.normal(size=(30, 5)).astype(np.float32)
    found = principal(decoder(matrix), whitened(200, 5), RANDOM.normal(size=5).astype(np.float32))
    assert found is not None
    _, sizes, rows = np.linalg.svd(matrix, full_matrices=False)
    np.testing.assert_allclose(found.sizes, sizes / 30**0.5, rtol=1e-3)
    np.testing.assert_allclose(np.abs((found.ways * rows).sum(1)), np.ones(5), atol=1e-3)


def test_a_step_is_one_standard_deviation_so_scales_of_units_do_not_matter() -> None:
    matrix, codes = RANDOM.normal(size=(30, 4)).astype(np.float32), whitened(300, 4)
    scale = np.array([1, 20, 0.05, 3], np.float32)
    plain = principal(decoder(matrix), codes, codes[0])
    scaled = principal(decoder(matrix / scale), codes * scale, codes[0] * scale)
    assert plain is not None
    assert scaled is not None
    np.testing.assert_allclose(scaled.sizes, plain.sizes, rtol=1e-2)
    np.testing.assert_allclose(np.abs(scaled.ways / scale), np.abs(plain.ways), atol=2e-2)


def test_coordinates_go_there_and_back_and_each_direction_has_its_own() -> None:
    codes = (RANDOM.normal(size=(100, 6)) @ RANDOM.normal(size=(6, 6))).astype(np.float32)
    found = principal(decoder(RANDOM.normal(size=(20, 6)).astype(np.float32)), codes, codes[3])
    assert found is not None
    np.testing.assert_allclose(found.ways @ found.duals.T, np.eye(6), atol=1e-3)


def test_they_are_those_of_the_place() -> None:
    """The first unit counts where the second is large, and the other way round."""

    def crossed(codes: Floats) -> Floats:
        return (codes[:, :1] * codes[:, 1:]).reshape(-1, 1, 1, 1) * np.ones((1, 1, 1, 4), np.float32)

    codes = whitened(200, 2)
    for code, strong in (([0, 5], 0), ([5, 0], 1)):
        found = principal(crossed, codes, np.array(code, np.float32))
        assert found is not None
        assert abs(found.ways[0, strong]) == pytest.approx(1, abs=1e-3)
        assert found.sizes[0] == pytest.approx(5, rel=1e-3)


def test_units_that_no_image_uses_are_in_no_direction_and_of_many_there_are_the_first() -> None:
    codes = RANDOM.normal(size=(200, 40)).astype(np.float32)
    codes[:, 7] = 0
    found = principal(decoder(RANDOM.normal(size=(60, 40)).astype(np.float32)), codes, codes[0])
    assert found is not None
    assert len(found.ways) == MOST
    np.testing.assert_allclose(found.ways[:, 7], 0, atol=1e-5)
    assert (np.diff(found.sizes) <= 0).all()


def test_of_more_units_than_images_they_lie_among_the_codes_of_images() -> None:
    codes = RANDOM.normal(size=(12, 50)).astype(np.float32)
    found = principal(decoder(RANDOM.normal(size=(60, 50)).astype(np.float32)), codes, codes[3])
    assert found is not None
    assert len(found.ways) == 11
    np.testing.assert_allclose(found.ways @ found.duals.T, np.eye(11), atol=1e-3)
    away = codes - codes.mean(0)
    np.testing.assert_allclose((away @ found.duals.T).std(0, ddof=1), np.ones(11), rtol=1e-3)
    np.testing.assert_allclose(found.ways, found.ways @ np.linalg.pinv(away, rcond=1e-4) @ away, atol=1e-3)


def test_codes_that_are_all_alike_and_codes_of_another_decoder_have_none() -> None:
    codes = np.ones((10, 3), np.float32)
    assert principal(decoder(np.ones((4, 3), np.float32)), codes, codes[0]) is None
    assert principal(lambda _codes: None, RANDOM.normal(size=(10, 3)).astype(np.float32), codes[0]) is None
