"""Units of a code: single numbers named by their place, or whole maps that are shifted."""

from __future__ import annotations

import numpy as np
import pytest

from aestudio.studio.code_units import CodeUnits

PLACES, MAPS = CodeUnits((3, 2, 4)), CodeUnits((3, 2, 4), maps=True)
CODE = np.arange(24, dtype=np.float32)


def test_a_number_of_a_convolutional_code_is_named_by_channel_row_and_column() -> None:
    assert [PLACES.name(unit) for unit in (0, 7, 23)] == ["0·0·0", "0·1·3", "2·1·3"]
    assert str(PLACES.words(7)) == "Channel 0, row 1, column 3"


def test_a_number_of_a_dense_code_and_a_map_are_numbered() -> None:
    assert (CodeUnits((8,)).name(5), str(CodeUnits((8,)).words(5))) == ("5", "Unit 5")
    assert (MAPS.name(2), str(MAPS.words(2))) == ("2", "Map 2")


def test_a_map_has_the_mean_of_its_places_and_is_shifted_as_a_whole() -> None:
    np.testing.assert_array_equal(MAPS.of(CODE), [3.5, 11.5, 19.5])
    assert MAPS.of(np.stack([CODE, CODE])).shape == (2, 3)
    moved = CODE.copy()
    MAPS.put(moved, 1, 0.5)
    np.testing.assert_array_equal(moved[8:16], CODE[8:16] - 11)
    np.testing.assert_array_equal(np.delete(moved, range(8, 16)), np.delete(CODE, range(8, 16)))


def test_a_single_number_becomes_exactly_what_it_is_given() -> None:
    moved = CODE.copy()
    PLACES.put(moved, 7, 0.1)
    assert moved[7] == np.float32(0.1)


@pytest.mark.parametrize(
    ("units", "words", "found"),
    [
        (PLACES, "1", [8, 9, 10, 11, 12, 13, 14, 15]),
        (PLACES, "2·1", [20, 21, 22, 23]),
        (PLACES, "2 1 3", [23]),
        (PLACES, "9", []),
        (MAPS, "1", [1]),
        (CodeUnits((30,)), "2", [2, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29]),
    ],
)
def test_units_are_found_by_the_beginning_of_their_names(units: CodeUnits, words: str, found: list[int]) -> None:
    assert units.matching(words, 64) == found


def test_a_code_of_one_place_a_channel_is_no_map() -> None:
    assert not CodeUnits((8, 1, 1)).mapped
