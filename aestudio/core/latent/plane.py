"""Planes in the space of codes: what a map shows, and what a grid of decoded images lies on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from aestudio.core.ground.errors import ProbeError
from aestudio.core.model.trained import Model
from aestudio.core.run.events import Floats

ROOM = 1.05
"""A map reaches a little beyond the outermost codes that it is fitted to."""
ABOUT = 1.25
"""As much further than the outermost of a few places."""
FITTED = 0.5
"""Percent of the codes that may lie beyond each edge: one that is far out does not make all others small."""
ENOUGH = 10_000
"""Codes that a covariance is estimated from."""


@dataclass(frozen=True, eq=False)
class Plane:
    """origin + x · right + y · up, in the space of codes [K]; `right` and `up` are orthonormal."""

    origin: Floats
    right: Floats
    up: Floats

    def places(self, codes: Floats) -> Floats:
        """Where codes [N, K] lie on it, [N, 2]: x and y of the nearest point of the plane."""
        away = codes - self.origin
        found: Floats = np.stack([away @ self.right, away @ self.up], 1)
        return found

    def codes(self, places: Floats) -> Floats:
        """The codes of places [N, 2], [N, K]."""
        found: Floats = self.origin + places[:, :1] * self.right + places[:, 1:] * self.up
        return found.astype(np.float32)


def of_units(codes: Floats, first: int, second: int) -> Plane:
    """Two units against each other, x and y being their own values; all others are at their means.

    Raises: ProbeError where they are one and the same, or there is none of that number.
    """
    units = codes.shape[1]
    if first == second or not (0 <= first < units and 0 <= second < units):
        raise ProbeError(
            "A plane needs two different units of the {units} of this code; {first} and {second} are none.",
            units=units, first=first, second=second,
        )  # fmt: skip
    axes = np.eye(units, dtype=np.float32)
    origin = codes.mean(0)
    origin[[first, second]] = 0
    return Plane(origin.astype(np.float32), axes[first], axes[second])


def of_components(codes: Floats) -> Plane:
    """The two principal components with the largest variance, through the mean. Each points where most of its weights
    are positive, so that snapshots of a training compare.

    Raises: ProbeError where the code has one number, or all codes are equal.
    """
    if codes.shape[1] < 2:
        raise ProbeError(
            "The code of this model is one number, so there is no plane to show; give it two units or more."
        )
    mean = codes.mean(0)
    _, sizes, rows = np.linalg.svd(_some(codes) - mean, full_matrices=False)
    if sizes[0] <= 0:
        raise ProbeError("All images have the same code, so there is nothing to map; the code carries nothing.")
    right, up = (row if row.sum() >= 0 else -row for row in rows[:2])
    return Plane(mean.astype(np.float32), right.astype(np.float32), up.astype(np.float32))


def of_direction(codes: Floats, direction: Floats) -> Plane:
    """A direction [K] to the right; upwards the one, at a right angle to it, in which codes differ most; through the
    mean.

    Raises: ProbeError where the direction is of another code, or all codes lie on one line along it.
    """
    length = float(np.linalg.norm(direction))
    if direction.shape != codes.shape[1:] or length <= 0:
        raise ProbeError("The direction belongs to another code; find it anew under Arithmetic.")
    right = direction / length
    mean = codes.mean(0)
    away = _some(codes) - mean
    away = away - np.outer(away @ right, right)
    _, sizes, rows = np.linalg.svd(away, full_matrices=False)
    if codes.shape[1] < 2 or sizes[0] <= 1e-9:
        raise ProbeError("All codes lie on one line along the direction, so there is no plane to show.")
    up = rows[0] - (rows[0] @ right) * right
    up = up / np.linalg.norm(up) * (1 if up.sum() >= 0 else -1)
    return Plane(mean.astype(np.float32), right.astype(np.float32), up.astype(np.float32))


def of_images(codes: Floats) -> Plane:
    """The plane through three codes [3, K]: the first is its origin, the second lies to the right of it, the third
    above the line through both.

    Raises: ProbeError where they are not three, or lie on one line.
    """
    if len(codes) != 3:
        raise ProbeError("A plane goes through three images; choose three.")
    first, second, third = codes.astype(np.float64)
    right, up = second - first, third - first
    width = float(np.linalg.norm(right))
    right = right / max(width, 1e-12)
    up = up - (up @ right) * right
    height = float(np.linalg.norm(up))
    if min(width, height) <= 1e-6 * max(width, height, 1e-6):
        raise ProbeError("The codes of these three images lie on one line, so there is no plane; choose others.")
    return Plane(codes[0], right.astype(np.float32), (up / height).astype(np.float32))


def _some(codes: Floats) -> Floats:
    """Evenly spaced ones, enough for their covariance."""
    return codes[:: max(1, len(codes) // ENOUGH)]


@dataclass(frozen=True)
class Window:
    """A square part of a plane: its middle and half its side."""

    x: float
    y: float
    half: float

    def grid(self, count: int) -> Floats:
        """The middles of count × count equal squares, [count², 2], from the upper left to the lower right."""
        steps = (np.arange(count) + 0.5) / count * 2 - 1
        across, down = np.meshgrid(self.x + self.half * steps, self.y - self.half * steps)
        return np.stack([across.ravel(), down.ravel()], 1).astype(np.float32)


def window_of(places: Floats) -> Window:
    """The part of a plane that holds nearly all places [N, 2]."""
    low, high = np.percentile(places, [FITTED, 100 - FITTED], axis=0)
    middle = (low + high) / 2
    half = max(float((high - low).max()) / 2 * ROOM, 1e-6)
    return Window(float(middle[0]), float(middle[1]), half)


def window_about(places: Floats) -> Window:
    """The part of a plane that holds all of a few places [N, 2], with room about them."""
    low, high = places.min(0), places.max(0)
    x, y = ((low + high) / 2).tolist()
    return Window(x, y, max(float((high - low).max()) / 2 * ABOUT, 1e-6))


def decoded(model: Model, plane: Plane, window: Window, count: int) -> Floats:
    """The images of a grid on a plane, [count, count, C, H, W], the first row being the uppermost."""
    codes = torch.from_numpy(plane.codes(window.grid(count)))
    made = torch.cat([model.decode(some) for some in torch.split(codes, 64)])
    found: Floats = made.view(count, count, *model.shape).float().numpy()
    return found
