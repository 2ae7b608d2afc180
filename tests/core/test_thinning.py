"""Which moments of a training stay: dense where it began, within a budget, the first and the last to the end."""

from __future__ import annotations

from itertools import pairwise

import pytest

from aestudio.core.ground.thinning import least_missed, thinned


def test_nothing_goes_as_long_as_there_is_room() -> None:
    assert thinned(dict.fromkeys(range(5), 10), 50, 5) == []


@pytest.mark.parametrize(("budget", "most"), [(500, 1000), (10**9, 50)])
def test_what_stays_fits_and_keeps_the_first_and_the_last(budget: int, most: int) -> None:
    sizes = dict.fromkeys(range(0, 800, 2), 10)
    left = sorted(set(sizes) - set(thinned(sizes, budget, most)))
    assert len(left) == 50
    assert (left[0], left[-1]) == (0, 798)


def test_gaps_grow_as_the_steps_do_and_none_is_large() -> None:
    sizes = dict.fromkeys(range(1001), 1)
    left = sorted(set(sizes) - set(thinned(sizes, 10**9, 60)))
    gaps = [after - before for before, after in pairwise(left)]
    assert left[:5] == [0, 1, 2, 3, 4]
    assert max(gaps) <= 1000 / 15
    assert sum(gaps[:30]) < sum(gaps[30:]) / 3


def test_a_budget_that_nothing_fits_takes_everything_the_last_at_the_end() -> None:
    gone = thinned({0: 10, 5: 10, 9: 10}, 5, 100)
    assert sorted(gone) == [0, 5, 9]
    assert gone[-1] == 9


def test_the_one_that_is_looked_at_is_spared() -> None:
    assert least_missed([0, 1, 2, 50], spared=[1]) == 2
    assert least_missed([0, 5, 9], spared=[5]) is None


def test_moments_of_a_training_that_was_thinned_as_it_went_are_spread_alike() -> None:
    """Each is asked for as it comes, long before anybody knows how far it will go."""
    kept: dict[int, int] = {}
    for step in range(0, 3000, 3):
        kept[step] = 1
        for gone in thinned(kept, 10**9, 60):
            del kept[gone]
    gaps = [after - before for before, after in pairwise(sorted(kept))]
    assert len(kept) == 60
    assert max(gaps) <= 3000 / 20
