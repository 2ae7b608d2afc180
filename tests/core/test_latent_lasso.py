"""Which places lie inside a lasso."""

from __future__ import annotations

import numpy as np

from aestudio.core.latent.lasso import inside

PLACES = np.random.default_rng(0).uniform(-2, 2, (2000, 2)).astype(np.float32)


def test_places_inside_a_rectangle_are_those_between_its_sides() -> None:
    corners = [(-1.0, -0.5), (1.0, -0.5), (1.0, 1.5), (-1.0, 1.5)]
    between = (np.abs(PLACES[:, 0]) < 1) & (PLACES[:, 1] > -0.5) & (PLACES[:, 1] < 1.5)
    np.testing.assert_array_equal(inside(PLACES, corners), np.flatnonzero(between))
    np.testing.assert_array_equal(inside(PLACES, corners[::-1]), np.flatnonzero(between))


def test_a_lasso_of_many_corners_around_a_ring_leaves_its_hole_out() -> None:
    angle = np.linspace(0, 2 * np.pi, 400)
    ring = np.stack([np.cos(angle), np.sin(angle)], 1)
    corners = [tuple(one) for one in np.concatenate([1.5 * ring, 0.7 * ring[::-1]]).tolist()]
    radius = np.linalg.norm(PLACES, axis=1)
    clear = (np.abs(radius - 1.5) > 0.01) & (np.abs(radius - 0.7) > 0.01)  # a ring of 400 corners is not quite round
    found = np.isin(np.arange(len(PLACES)), inside(PLACES, corners))
    np.testing.assert_array_equal(found[clear], ((radius < 1.5) & (radius > 0.7))[clear])


def test_nothing_lies_inside_a_line_or_a_point() -> None:
    assert len(inside(PLACES, [])) == 0
    assert len(inside(PLACES, [(0.0, 0.0), (1.0, 1.0)])) == 0
    assert len(inside(PLACES, [(-5.0, 0.0), (0.0, 0.0), (5.0, 0.0)])) == 0
