"""Sliders over the code."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from aestudio.qt import theme
from aestudio.qt.widgets.latent_sliders import LatentSliders
from aestudio.qt.widgets.unit_slider import ranges, written
from aestudio.studio.code_order import MOST
from aestudio.studio.code_units import CodeDirections, drawn
from tests.present import present

UNITS = 6


def codes(units: int = UNITS, seed: int = 0) -> np.ndarray:
    """Unit j's spread grows with j."""
    spread = np.linspace(0.1, 2, units)
    return (np.random.default_rng(seed).standard_normal((200, units)) * spread).astype(np.float32)


@pytest.fixture
def sliders(qtbot: QtBot) -> LatentSliders:
    made = LatentSliders()
    qtbot.addWidget(made)
    made.resize(340, 500)
    with qtbot.waitExposed(made):
        made.show()
    made.set_statistics(codes())
    made.set_code(codes()[0])
    return made


@pytest.mark.parametrize("percent", [125, 150, 200])
def test_values_are_seen_whole_after_a_live_change_of_the_scale(
    sliders: LatentSliders, qapp: QApplication, qtbot: QtBot, percent: int
) -> None:
    metrics = sliders.rows[0].value.fontMetrics
    before = metrics().height()
    theme.set_scale(qapp, percent)
    theme.finish(sliders)
    sliders.resize(sliders.minimumSizeHint())

    def cut() -> list[str]:
        return [
            one.value.text()
            for one in sliders.rows
            if one.value.width() < one.value.fontMetrics().horizontalAdvance(one.value.text())
        ]

    qtbot.waitUntil(lambda: metrics().height() > before)
    qtbot.waitUntil(lambda: cut() == [])


def test_units_are_sorted_by_how_much_they_vary(sliders: LatentSliders) -> None:
    assert sliders.units() == tuple(np.argsort(-codes().std(0)))


def test_small_changes_while_training_do_not_shuffle_the_rows(sliders: LatentSliders) -> None:
    order = sliders.units()
    sliders.set_statistics(codes() * np.linspace(1.2, 1, UNITS, dtype=np.float32))
    assert sliders.units() == order
    sliders.set_statistics(codes()[:, ::-1])
    assert sliders.units() == tuple(UNITS - 1 - unit for unit in order)


def test_a_large_code_gets_sliders_for_its_most_varying_units_only(sliders: LatentSliders) -> None:
    sliders.set_statistics(codes(200))
    assert len(sliders.units()) == MOST
    assert min(sliders.units()) > 100
    assert len(sliders.values()) == 200


def test_a_new_sample_puts_every_slider_without_a_signal(sliders: LatentSliders, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(sliders.code_changed):
        sliders.set_code(codes()[7])
    np.testing.assert_array_equal(sliders.values(), codes()[7])
    for unit in range(UNITS):
        assert sliders.slider(unit).number() == pytest.approx(codes()[7, unit], abs=0.02)


def test_sliding_sends_the_whole_code_in_its_own_order(sliders: LatentSliders, qtbot: QtBot) -> None:
    with qtbot.waitSignal(sliders.code_changed) as changed:
        sliders.slider(2).setValue(900)
    sent = changed.args[0]
    assert sent.dtype == np.float32
    assert sent[2] == pytest.approx(sliders.slider(2).number())
    others = [unit for unit in range(UNITS) if unit != 2]
    np.testing.assert_array_equal(sent[others], codes()[0, others])


def test_a_slider_can_be_moved_with_the_keyboard(sliders: LatentSliders, qtbot: QtBot) -> None:
    with qtbot.waitSignal(sliders.code_changed):
        qtbot.keyClick(sliders.slider(1), Qt.Key.Key_Right)
    assert sliders.moved() == {1}


def test_a_moved_unit_stays_through_new_samples_and_new_statistics(sliders: LatentSliders) -> None:
    sliders.move(3, 1.25)
    order = sliders.units()
    sliders.set_statistics(codes(seed=5) * np.linspace(4, 0.1, UNITS, dtype=np.float32))
    sliders.set_code(codes()[9])
    assert sliders.values()[3] == 1.25
    assert sliders.slider(3).number() == pytest.approx(1.25, abs=0.02)
    assert sliders.values()[0] == codes()[9, 0]
    assert sliders.units() == order


def test_a_forced_code_moves_everything(sliders: LatentSliders) -> None:
    sliders.move(3, 1.25)
    sliders.set_code(codes()[9], force=True)
    np.testing.assert_array_equal(sliders.values(), codes()[9])
    assert not sliders.moved()


def test_reset_returns_to_the_samples_own_code_and_says_so(sliders: LatentSliders, qtbot: QtBot) -> None:
    sliders.move(0, 0.3)
    with qtbot.waitSignal(sliders.code_changed) as changed:
        sliders.reset_button.click()
    np.testing.assert_array_equal(changed.args[0], codes()[0])
    assert not sliders.reset_button.isEnabled()


def test_random_codes_stay_in_the_range_of_the_data(sliders: LatentSliders, qtbot: QtBot) -> None:
    with qtbot.waitSignal(sliders.code_changed) as changed:
        sliders.randomise()
    assert (changed.args[0] >= sliders.low - 1e-6).all()
    assert (changed.args[0] <= sliders.high + 1e-6).all()


def test_a_random_code_is_as_sparse_as_those_of_the_data_and_holds_their_values() -> None:
    generator = np.random.default_rng(0)
    data = np.zeros((50, 20), np.float32)
    for row in data:
        row[generator.choice(16, 5, replace=False)] = generator.uniform(1, 2, 5)
    for _ in range(20):
        code = drawn(data, generator)
        assert np.count_nonzero(code) == 5
        assert not code[16:].any()  # units that are dead stay so
        assert all(code[unit] in data[:, unit] for unit in np.flatnonzero(code))


def test_a_random_code_without_zeros_takes_every_unit_from_some_image() -> None:
    data = np.random.default_rng(1).uniform(0.1, 1, (50, 20)).astype(np.float32)
    code = drawn(data, np.random.default_rng(0))
    assert all(code[unit] in data[:, unit] for unit in range(20))
    assert not any((code == row).all() for row in data)


def test_a_range_reaches_a_tenth_beyond_the_data(sliders: LatentSliders) -> None:
    data = codes()
    span = np.ptp(data, 0)
    np.testing.assert_allclose(sliders.low, data.min(0) - 0.1 * span, rtol=1e-5)
    np.testing.assert_allclose(sliders.high, data.max(0) + 0.1 * span, rtol=1e-5)


@pytest.mark.parametrize(
    ("data", "lowest", "highest"),
    [
        ([[0.0, 2.0], [5.0, 3.0]], 0.0, 5.5),  # rectified
        ([[0.01, 0.2], [0.99, 0.3]], 0.0, 1.0),  # sigmoid
        ([[-0.98, 0.2], [0.99, 0.3]], -1.0, 1.0),  # tanh
        ([[-3.0, 0.2], [1.0, 0.3]], -3.4, 1.4),  # linear
    ],
)
def test_a_range_keeps_to_what_the_activation_can_give(data: list[list[float]], lowest: float, highest: float) -> None:
    low, high = ranges(np.array(data, np.float32))
    assert low.min() == pytest.approx(lowest)
    assert high.max() == pytest.approx(highest)
    assert (low < high).all()


@pytest.mark.parametrize(
    ("value", "span", "text"),
    [
        (0.01234, 0.05, "0.0123"),
        (-0.00001, 0.05, "0.0000"),
        (0.5, 1.0, "0.50"),
        (12.34, 20, "12.3"),
        (-1234.5, 5000, "-1234"),
        (-0.2, 800, "0"),
    ],
)
def test_numbers_have_the_digits_of_their_range_and_no_minus_zero(value: float, span: float, text: str) -> None:
    assert written(value, span) == text


def test_small_codes_are_told_apart(sliders: LatentSliders) -> None:
    sliders.set_statistics(codes() * np.float32(1e-3))
    sliders.set_code(codes()[0] * 1e-3)
    texts = [row.value.text() for row in sliders.rows[:UNITS]]
    assert len(set(texts)) == UNITS


def test_the_decoded_image_grows_with_the_column(sliders: LatentSliders) -> None:
    widths, least = [], sliders.minimumSizeHint().width()
    for width in (least, least + 14, 300, 500):
        sliders.resize(width, 700)
        QApplication.processEvents()
        widths.append(sliders.decoded.width())
        assert sliders.decoded.geometry().right() < width
    assert widths == [least, least + 14, 260, 260]


def test_a_unit_that_never_varies_can_still_be_moved(sliders: LatentSliders) -> None:
    sliders.set_statistics(np.zeros((10, 3), np.float32))
    sliders.slider(0).setValue(1000)
    assert sliders.values()[0] == pytest.approx(0.5)


def test_another_size_of_code_starts_afresh(sliders: LatentSliders) -> None:
    sliders.move(0, 1)
    sliders.set_statistics(codes(3))
    assert not sliders.moved()
    assert len(sliders.values()) == len(sliders.units()) == 3
    sliders.set_code(np.zeros(UNITS, np.float32))
    assert len(sliders.values()) == 3


def test_the_decoded_image_is_shown(sliders: LatentSliders) -> None:
    sliders.set_decoded(np.ones((1, 8, 8), np.float32))
    assert present(sliders.decoded.image_array()).shape == (1, 1, 8, 8)


def test_a_point_of_the_plane_is_drawn_as_one_among_the_others(sliders: LatentSliders) -> None:
    others = np.linspace(0, 1, 20, dtype=np.float32).reshape(10, 1, 1, 2)
    sliders.set_decoded(np.array([[[0.25, 0.75]]], np.float32), others)
    points = sliders.point.canvas.points()
    assert points is not None
    assert points.tolist() == [[0.25, 0.75]]
    assert sliders.point.isVisible()
    assert not sliders.decoded.isVisible()
    sliders.set_decoded(np.ones((1, 8, 8), np.float32), others)
    assert sliders.decoded.isVisible()
    assert not sliders.point.isVisible()


# -- units that are not used -------------------------------------------------------------------------------------------


def with_dead(*dead: int, rest: float = 0.0) -> np.ndarray:
    made = codes()
    made[:, list(dead)] *= rest
    return made


def test_units_that_are_the_same_for_every_image_are_folded_away(sliders: LatentSliders, qtbot: QtBot) -> None:
    sliders.set_statistics(with_dead(1, 4))
    assert sliders.units() == (5, 3, 2, 0)
    assert sliders.unused.text() == "2 unused units"
    assert sliders._summary.text() == "4 of 6 units, most varying first · ranges of 200 held-out images"
    sliders.unused.click()
    assert set(sliders.units()) == set(range(UNITS))
    sliders.unused.click()
    sliders.search.setText("4")
    assert 4 in sliders.units()


def test_a_unit_that_comes_into_use_gets_its_slider_back(sliders: LatentSliders) -> None:
    sliders.set_statistics(with_dead(4))
    assert 4 not in sliders.units()
    sliders.set_statistics(codes())
    assert sliders.units() == tuple(np.argsort(-codes().std(0)))
    assert sliders.unused.isHidden()


def test_a_unit_about_as_small_as_what_is_unused_does_not_come_and_go(sliders: LatentSliders) -> None:
    limit = 1e-3 * codes().std(0).max() / codes().std(0)[0]
    seen = []
    for share in (0.98, 1.02, 0.98, 1.02):
        sliders.set_statistics(with_dead(0, rest=share * limit))
        seen.append(0 in sliders.units())
    assert seen == [False, False, False, False]


def test_of_a_code_with_a_prior_units_whose_mean_hardly_varies_are_folded_away(sliders: LatentSliders) -> None:
    told = np.linspace(1, 2, UNITS).astype(np.float32)
    sliders.set_statistics(with_dead(2, rest=0.05), told)
    assert sliders.units() == (5, 4, 3, 1)  # unit 0 has a deviation of 0.1 and so a variance of 0.01
    sliders.set_statistics(np.full((10, UNITS), 0.5, np.float32), told)
    assert len(sliders.units()) == UNITS  # where none is used, all can be moved


# -- names, pins, search, maps, pictures, animation --------------------------------------------------------------------


def mapped(qtbot: QtBot) -> LatentSliders:
    made = LatentSliders()
    qtbot.addWidget(made)
    made.resize(340, 500)
    with qtbot.waitExposed(made):
        made.show()
    made.set_shape((3, 2, 2))
    made.set_statistics(codes(12))
    made.set_code(codes(12)[0])
    return made


def names(sliders: LatentSliders) -> list[str]:
    return [row.name.text() for row in sliders.rows if row.name.isVisibleTo(sliders)]


def test_units_of_a_code_that_keeps_places_are_named_by_channel_row_and_column(qtbot: QtBot) -> None:
    sliders = mapped(qtbot)
    assert names(sliders)[0] == "2·1·1"
    assert sliders.slider(11).accessibleName() == "Channel 2, row 1, column 1"


def test_whole_maps_have_one_slider_each_that_shifts_all_of_their_places(qtbot: QtBot) -> None:
    sliders = mapped(qtbot)
    sliders.maps.click()
    assert sorted(names(sliders)) == ["0", "1", "2"]
    before = sliders.values()
    sliders.move(1, float(before[4:8].mean()) + 1)
    np.testing.assert_allclose(sliders.values() - before, [0] * 4 + [1] * 4 + [0] * 4, atol=1e-5)
    sliders.set_code(codes(12)[1])
    assert sliders.values()[4:8].mean() == pytest.approx(before[4:8].mean() + 1, abs=1e-5)


def test_a_dense_code_offers_no_maps(sliders: LatentSliders) -> None:
    assert sliders.maps.isHidden()


def test_a_pinned_unit_stays_at_the_top_while_others_are_sorted_anew(sliders: LatentSliders, qtbot: QtBot) -> None:
    last = sliders.units()[-1]
    qtbot.mouseClick(sliders.rows[-1].name, Qt.MouseButton.LeftButton)
    assert sliders.units()[0] == last
    sliders.set_statistics(codes()[:, ::-1])
    assert sliders.units()[0] == last
    qtbot.mouseClick(sliders.rows[0].name, Qt.MouseButton.LeftButton)
    assert sliders.units() == tuple(np.argsort(-codes()[:, ::-1].std(0)))


def test_a_unit_that_has_no_slider_is_found_by_its_number(sliders: LatentSliders, qtbot: QtBot) -> None:
    sliders.set_statistics(codes(200))
    assert 3 not in sliders.units()
    qtbot.keyClicks(sliders.search, "3")
    assert sliders.units() == (3, *range(30, 40))
    sliders.search.clear()
    assert min(sliders.units()) > 100


def test_each_row_shows_what_both_ends_of_its_slider_draw(sliders: LatentSliders, qtbot: QtBot) -> None:
    asked = []

    def decode(some: np.ndarray) -> np.ndarray:
        asked.append(len(some))
        return some[:, :4].reshape(-1, 1, 2, 2)

    sliders.minis.decode = decode
    sliders.resize(340, 560)  # all rows are seen
    sliders.set_code(codes()[3])
    qtbot.waitUntil(lambda: all(one.image is not None for row in sliders.minis.rows for one in row))
    row = sliders.units().index(2)
    low, high = (present(one.image).ravel() for one in sliders.minis.rows[row])
    assert (low[2], high[2]) == (sliders.low[2], sliders.high[2])
    np.testing.assert_array_equal(np.delete(low, 2), np.delete(codes()[3, :4], 2))
    assert sum(asked) == 2 * UNITS


def test_the_slider_with_the_focus_moves_to_and_fro_until_it_is_stopped(sliders: LatentSliders, qtbot: QtBot) -> None:
    unit = sliders.units()[2]
    sliders.slider(unit).setFocus()
    seen: list[float] = []
    sliders.code_changed.connect(lambda code: seen.append(float(code[unit])))
    sliders.animate.click()
    qtbot.waitUntil(lambda: bool(len(seen) > 4 and min(np.diff(seen)) < 0 < max(np.diff(seen))))
    sliders.animate.click()
    assert sliders.moved() == {unit}
    assert not sliders.animate.isChecked()


def test_numbers_of_all_sliders_have_as_many_decimals(sliders: LatentSliders) -> None:
    sliders.set_statistics(codes() * np.array([0.2, 0.2, 1, 1, 1, 8], np.float32))
    sliders.set_code(codes()[0])
    said = [row.value.text() for row in sliders.rows]
    assert len({len(text.rpartition(".")[2]) for text in said}) == 1
    assert len(said) == UNITS


# -- local principal directions ----------------------------------------------------------------------------------------

MATRIX = np.random.default_rng(5).standard_normal((64, UNITS)).astype(np.float32)


def decoded(codes: np.ndarray) -> np.ndarray:
    return (codes @ MATRIX.T).reshape(-1, 1, 8, 8)


@pytest.fixture
def directed(sliders: LatentSliders) -> LatentSliders:
    sliders.minis.decode = decoded
    sliders.set_statistics(codes(), np.linspace(0, 1, UNITS, dtype=np.float32), sample=3)
    sliders.directions.click()
    return sliders


def test_directions_have_sliders_the_one_that_changes_the_image_most_first(directed: LatentSliders) -> None:
    assert directed.units() == tuple(range(UNITS))
    assert names(directed)[:3] == ["1", "2", "3"]
    assert directed.slider(0).accessibleName() == "Direction 1"
    assert directed._summary.text() == (
        "6 directions, in which the image changes most first · ranges of 200 held-out images"
    )
    changes = []
    for unit in directed.units():
        before = decoded(directed.values()[None])
        directed.move(unit, 1.0)  # one standard deviation along it, from the sample's own code
        changes.append(float(np.sqrt(np.square(decoded(directed.values()[None]) - before).mean())))
    assert changes == pytest.approx(directed_sizes(directed), rel=1e-2)
    assert sorted(changes, reverse=True) == changes
    directed.reset()
    np.testing.assert_allclose(directed.values(), codes()[3], atol=1e-5)


def directed_sizes(sliders: LatentSliders) -> list[float]:
    assert isinstance(sliders.held.of, CodeDirections)
    return [float(size) for size in sliders.held.of.found.sizes]


def test_a_slider_of_a_direction_sends_the_whole_code_and_no_unit(directed: LatentSliders, qtbot: QtBot) -> None:
    told: list[int] = []
    directed.unit_moved.connect(lambda unit, _value: told.append(unit))
    with qtbot.waitSignal(directed.code_changed) as sent:
        directed.slider(1).setValue(directed.slider(1).maximum())
    away = present(sent.args)[0] - codes()[3]
    assert isinstance(directed.held.of, CodeDirections)
    way = directed.held.of.found.ways[1]
    assert abs(away @ way) == pytest.approx(np.linalg.norm(away) * np.linalg.norm(way), rel=1e-4)
    assert not told
    directed.follow(1, 5.0)  # a unit of the other side is no direction of this one
    np.testing.assert_allclose(directed.values(), present(sent.args)[0])


def test_directions_are_found_anew_at_another_sample_unless_one_is_held(directed: LatentSliders) -> None:
    def origin() -> np.ndarray:
        assert isinstance(directed.held.of, CodeDirections)
        return directed.held.of.found.origin

    directed.set_code(codes()[7])
    np.testing.assert_allclose(origin(), codes()[7])
    directed.move(0, 2.0)
    directed.set_code(codes()[9])
    np.testing.assert_allclose(origin(), codes()[7])
    directed.reset()
    directed.directions.click()
    assert directed.units() == (5, 4, 3, 2, 1)  # by what each tells in nats, as before; unit 0 is unused
    np.testing.assert_allclose(directed.values(), codes()[9])


def test_of_a_wide_code_there_are_fewer_directions_than_units_and_back(sliders: LatentSliders) -> None:
    matrix = np.random.default_rng(6).standard_normal((64, 40)).astype(np.float32)
    sliders.minis.decode = lambda some: (some @ matrix.T).reshape(-1, 1, 8, 8) if some.shape[1] == 40 else None
    sliders.set_statistics(codes(40), sample=3)
    sliders.directions.click()
    assert sliders.units() == tuple(range(16))
    sliders.set_statistics(codes(40, seed=1), sample=3)
    sliders.set_code(codes(40)[5])
    assert sliders.units() == tuple(range(16))
    sliders.directions.click()
    assert len(sliders.units()) == 40
    sliders.directions.click()
    sliders.set_statistics(codes(8), sample=2)  # another network, of which the decoder knows nothing yet
    assert len(sliders.units()) == 8
    sliders.clear()
    sliders.set_statistics(codes(40), sample=2)
    assert sliders.units() == tuple(range(16))


def test_without_a_model_there_are_sliders_for_units_though_directions_are_wanted(sliders: LatentSliders) -> None:
    sliders.directions.setChecked(True)
    sliders.set_statistics(codes())
    assert sliders.slider(0).accessibleName() == "Unit 0"


@pytest.mark.parametrize("far", [np.nan, 3e38])
def test_codes_that_no_slider_can_reach_are_said_in_the_place_of_sliders(sliders: LatentSliders, far: float) -> None:
    sliders.minis.decode = decoded
    sliders.directions.click()
    sliders.quantiles.click()
    sliders.set_statistics(codes(), sample=0)
    sliders.set_statistics(np.repeat([[far], [-far]], UNITS, 1).astype(np.float32), sample=0)
    assert not sliders.decoded.isVisible()
    assert "no numbers" in sliders.hint.text()
    sliders.set_statistics(codes(), sample=0)
    sliders.set_code(np.full(UNITS, np.inf, np.float32))  # of one picture alone
    assert sliders.decoded.isVisible()
    assert np.isfinite(sliders.values()).all()
    sliders.clear()
    assert "once there is a model" in sliders.hint.text()
