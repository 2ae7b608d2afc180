"""Holes of the prior are found where codes are missing, and not where chance leaves few."""

from __future__ import annotations

import numpy as np
import pytest

from aestudio.core.latent.holes import SIDE, holes

CENTRE = np.array([3.0, -1.0], np.float32)


def drawn(count: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(count, 2)).astype(np.float32) + CENTRE


def test_draws_of_the_prior_itself_leave_no_hole() -> None:
    found = holes(drawn(20_000), CENTRE)
    assert found.share == 0
    assert len(found.corners) == 0


def test_a_square_without_codes_is_the_hole_and_its_share_is_what_the_prior_promises_there() -> None:
    places = drawn(50_000)
    away = places - CENTRE
    inside = (away >= (0, 0)).all(1) & (away < (0.5, 0.5)).all(1)
    found = holes(places[~inside], CENTRE)
    corners = {tuple(one) for one in (found.corners - CENTRE).round(3).tolist()}
    assert corners == {(x, y) for x in (0.0, SIDE) for y in (0.0, SIDE)}
    assert found.share == pytest.approx(float(inside.mean()), abs=0.003)


def test_few_images_are_no_reason_to_speak_of_holes() -> None:
    assert len(holes(drawn(40), CENTRE).corners) == 0
