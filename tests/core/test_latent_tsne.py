"""t-SNE: neighbours, the gradient by the grid against the definition, and maps that keep what belongs together."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from aestudio.core.ground.errors import ProbeError
from aestudio.core.latent import tsne as room
from aestudio.core.latent.tsne import Affinities, affinities, gradient, place_of, repulsion, seconds, tsne
from aestudio.core.run.events import Floats


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer steps: enough for few images."""
    monkeypatch.setattr(room, "STEPS", 200)
    monkeypatch.setattr(room, "EARLY", 60)


def heaps(count: int = 60, size: int = 6) -> Floats:
    """Three heaps far from each other."""
    random = np.random.default_rng(0)
    middles = 20 * np.eye(3, size)
    found: Floats = (np.repeat(middles, count, 0) + random.normal(size=(3 * count, size))).astype(np.float32)
    return found


def dense(alike: Affinities) -> np.ndarray:
    count = len(alike.starts) - 1
    found = np.zeros((count, count))
    found[np.repeat(np.arange(count), np.diff(alike.starts)), alike.columns] = alike.values
    return found


def exact(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """q_ij [N, N], and (1 + d²)⁻¹ of all pairs."""
    away = places[:, None] - places[None]
    kernel = 1 / (1 + np.square(away).sum(2))
    np.fill_diagonal(kernel, 0)
    return kernel / kernel.sum(), kernel


def test_each_code_has_so_many_neighbours_as_the_perplexity_says() -> None:
    codes = np.random.default_rng(1).normal(size=(200, 5))
    squared = np.square(codes[:, None] - codes[None]).sum(2)[:, 1:61]
    p = room._conditional(squared, 20)
    assert p.sum(1) == pytest.approx(1)
    assert np.exp(-(p * np.log(p)).sum(1)) == pytest.approx(20, rel=1e-6)


def test_affinities_are_symmetric_and_come_to_one() -> None:
    codes = np.random.default_rng(1).normal(size=(200, 5)).astype(np.float32)
    found = affinities(codes, 20)
    whole = dense(found)
    np.testing.assert_allclose(whole, whole.T, atol=1e-7)
    assert whole.sum() == pytest.approx(1)
    squared = np.square(codes[:, None] - codes[None]).sum(2)
    # Pairs that are nearer to each other are the more alike, where both are among each other's nearest.
    row = whole[0]
    near = np.argsort(squared[0])[1:15]
    assert (row[near] > 0).all()


@pytest.mark.parametrize("spread", [0.01, 3.0, 10.0])
def test_the_forces_by_the_grid_are_those_of_all_pairs(spread: float) -> None:
    places = np.random.default_rng(2).normal(0, spread, (300, 2)) + 7
    q, kernel = exact(places)
    expected = ((q * kernel)[:, :, None] * (places[:, None] - places[None])).sum(1)
    found = repulsion(places)
    assert np.abs(found - expected).max() < 0.08 * np.abs(expected).max()  # where places are far from each other


def test_the_gradient_is_that_of_the_divergence() -> None:
    codes = heaps(20)
    alike = affinities(codes, 8)
    places = np.random.default_rng(3).normal(0, 2, (60, 2))
    p = dense(alike)

    def divergence(at: np.ndarray) -> float:
        q, _ = exact(at)
        some = p > 0
        return float((p[some] * np.log(p[some] / q[some])).sum())

    found = gradient(alike, places)
    for image, axis in ((0, 0), (17, 1), (59, 0)):
        moved = np.zeros_like(places)
        moved[image, axis] = 1e-5
        slope = (divergence(places + moved) - divergence(places - moved)) / 2e-5
        assert found[image, axis] == pytest.approx(slope, abs=0.03 * np.abs(found).max())


@pytest.mark.usefixtures("quick")
def test_heaps_of_codes_are_islands_of_the_map_and_the_seed_says_which() -> None:
    codes = heaps(40)
    places = tsne(codes)
    kind = np.repeat(np.arange(3), 40)
    squared = np.square(places[:, None] - places[None]).sum(2)
    np.fill_diagonal(squared, np.inf)
    assert (kind[squared.argmin(1)] == kind).all()
    np.testing.assert_array_equal(places, tsne(codes))
    assert places.shape == (120, 2)
    assert np.isfinite(places).all()


@pytest.mark.usefixtures("quick")
def test_equal_codes_do_not_break_the_map() -> None:
    codes = heaps(10)
    codes[:12] = codes[0]
    assert np.isfinite(tsne(codes)).all()


def test_it_stops_as_soon_as_nobody_wants_it() -> None:
    class StoppedError(Exception):
        pass

    told: list[str] = []

    def report(doing: str, _fraction: float | None) -> None:
        told.append(doing)
        if told.count("Arranging the map") == 3:
            raise StoppedError

    with pytest.raises(StoppedError):
        tsne(heaps(20), report=report)
    assert told[0] == "Looking for neighbours"


def test_what_cannot_be_mapped_is_said() -> None:
    with pytest.raises(ProbeError, match="four images"):
        tsne(np.zeros((2, 3), np.float32))
    with pytest.raises(ProbeError, match="same code"):
        tsne(np.ones((9, 3), np.float32))


def test_the_time_is_that_of_all_searches_and_all_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    took = iter((5.0, 0.01))
    monkeypatch.setattr(room, "_took", lambda _work: next(took))
    assert seconds(heaps(400)) == pytest.approx(5 * 3 + 0.01 * room.STEPS)  # 1200 codes are searched in three parts


def test_what_has_to_be_imported_once_is_none_of_the_time_of_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, calls = [0.0], list[int]()

    def stepped(_alike: Affinities, places: NDArray[np.float64], _pull: float = 1.0) -> NDArray[np.float64]:
        clock[0] += 0.01 if calls else 8.0
        calls.append(len(places))
        return places

    monkeypatch.setattr(room, "gradient", stepped)
    monkeypatch.setattr(room, "perf_counter", lambda: clock[0])
    assert seconds(heaps(400)) == pytest.approx(0.01 * room.STEPS)
    assert calls[0] < 10


def test_one_more_code_lies_among_those_that_are_like_it(quick: None) -> None:
    codes = heaps()
    places = tsne(codes)
    for heap in range(3):
        own = slice(60 * heap, 60 * heap + 60)
        found = place_of(20 * np.eye(3, 6, dtype=np.float32)[heap], codes, places)
        away = np.linalg.norm(places - found, axis=1)
        assert set(np.argsort(away)[:20]) <= set(range(own.start, own.stop))
