"""Sliders of a code: through quantiles, in the order of KL, and codes drawn from a mixture or the prior."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from aestudio.core.latent.aggregate import Aggregate
from aestudio.core.latent.sampling import mixture, normal
from aestudio.qt.widgets.drawn_from import Source
from aestudio.qt.widgets.latent_sliders import LatentSliders
from aestudio.qt.widgets.unit_slider import TICKS

CODES = np.random.default_rng(0).exponential(size=(400, 3)).astype(np.float32) * np.array([1, 3, 2], np.float32)


@pytest.fixture
def sliders(qtbot: QtBot) -> LatentSliders:
    made = LatentSliders()
    qtbot.addWidget(made, before_close_func=lambda one: one.random.close_down(60))
    made.set_statistics(CODES)
    made.set_code(CODES[0])
    return made


def test_a_slider_by_quantiles_has_the_median_in_its_middle_and_the_same_ends(sliders: LatentSliders) -> None:
    low, high = sliders.low[1], sliders.high[1]
    sliders.quantiles.setChecked(True)
    slider = sliders.slider(1)
    slider.setValue(TICKS // 2)
    assert slider.number() == pytest.approx(float(np.median(CODES[:, 1])), rel=0.05)
    assert sliders.values()[1] == pytest.approx(slider.number(), rel=1e-5)
    slider.setValue(0)
    assert slider.number() == pytest.approx(low, abs=1e-3)
    slider.setValue(TICKS)
    assert slider.number() == pytest.approx(high, rel=1e-3)
    sliders.quantiles.setChecked(False)
    slider.setValue(TICKS // 2)
    assert slider.number() == pytest.approx((low + high) / 2, rel=1e-3)


def test_a_handle_by_quantiles_stands_where_its_number_is(sliders: LatentSliders) -> None:
    sliders.quantiles.setChecked(True)
    for value in (0.1, 0.7, 2.0):
        sliders.move(0, value)
        assert sliders.slider(0).number() == pytest.approx(value, abs=0.02)


def test_units_that_tell_more_nats_come_first(sliders: LatentSliders) -> None:
    assert list(sliders.units()) == [1, 2, 0]
    sliders.set_statistics(CODES, np.array([2.0, 0.5, 1.0], np.float32))
    assert list(sliders.units()) == [0, 2, 1]
    assert "highest KL first" in sliders._summary.text()
    sliders.set_statistics(CODES)
    assert list(sliders.units()) == [1, 2, 0]


def many(scale: float, count: int = 1000) -> Aggregate:
    """Codes of other images, `scale` times as far out, drawn with a spread of 0.5."""
    random = np.random.default_rng(1)
    codes = (random.exponential(size=(count, 3)) * np.array([1, 3, 2]) * scale).astype(np.float32)
    drawn = codes + 0.5 * random.standard_normal(codes.shape).astype(np.float32)
    return Aggregate(codes, drawn, np.array([0.5, 0.5, 2], np.float32))


def test_quantiles_are_of_the_drawn_codes_of_many_images_once_those_are_known(sliders: LatentSliders) -> None:
    sliders.quantiles.setChecked(True)
    assert sliders._summary.text().endswith("ranges of 400 held-out images")
    found = many(2)
    sliders.set_aggregate(found)
    assert sliders._summary.text() == "3 units, highest KL first · ranges of 1,000 training images"
    slider = sliders.slider(1)
    slider.setValue(TICKS // 2)
    assert slider.number() == pytest.approx(float(np.median(found.values[:, 1])), rel=0.05)
    assert list(sliders.units()) == [2, 0, 1]
    assert sliders.high[1] > found.values[:, 1].max()
    assert sliders.low[1] < min(found.values[:, 1].min(), CODES[:, 1].min())


def test_the_codes_of_many_images_go_with_the_weights_that_made_them(sliders: LatentSliders) -> None:
    sliders.set_aggregate(many(2))
    sliders.set_statistics(CODES)  # shown again
    assert sliders._summary.text().endswith("training images")
    sliders.set_statistics(CODES + 1)
    assert sliders._summary.text().endswith("held-out images")
    sliders.set_aggregate(Aggregate(np.zeros((9, 5), np.float32), None, None))  # of another network
    assert sliders._summary.text().endswith("held-out images")


@pytest.mark.parametrize("far", [np.inf, np.nan, 3e38])
def test_codes_of_many_images_that_no_slider_can_reach_change_nothing(sliders: LatentSliders, far: float) -> None:
    low, high = sliders.low.copy(), sliders.high.copy()
    beyond = replace(many(2), drawn=np.full((1000, 3), far, np.float32))
    beyond.values[0] = -far
    sliders.set_aggregate(beyond)
    np.testing.assert_array_equal((sliders.low, sliders.high), (low, high))
    assert sliders._summary.text().endswith("held-out images")


def test_ranges_that_come_while_a_slider_is_pulled_wait_until_it_is_let_go(sliders: LatentSliders) -> None:
    slider, before = sliders.slider(1), float(sliders.high[1])
    slider.setSliderDown(True)
    sliders.set_aggregate(many(5))
    assert sliders.high[1] == before
    slider.setSliderDown(False)
    assert sliders.high[1] > 2 * before


def test_ranges_that_wait_are_not_lost_when_the_same_codes_are_shown_again(sliders: LatentSliders) -> None:
    slider, before = sliders.slider(1), float(sliders.high[1])
    slider.setSliderDown(True)
    sliders.set_aggregate(many(5))
    sliders.set_statistics(CODES)
    slider.setSliderDown(False)
    assert sliders.high[1] > 2 * before
    assert sliders._summary.text().endswith("training images")


@pytest.mark.parametrize("source", [Source.UNITS, Source.CODES, Source.MIXTURE])
def test_a_code_is_drawn_from_each_source(sliders: LatentSliders, qtbot: QtBot, source: Source) -> None:
    sliders.random.source.setCurrentIndex(source)
    with qtbot.waitSignal(sliders.code_changed, timeout=60_000) as changed:
        sliders.random.button.click()
    assert changed.args[0].shape == (3,)
    assert np.isfinite(changed.args[0]).all()
    assert len(sliders.moved()) == 3


def test_the_prior_is_offered_where_there_is_one(sliders: LatentSliders, qtbot: QtBot) -> None:
    assert sliders.random.source.count() == 3
    code = np.array([1, 2, 3], np.float32)
    sliders.random.offer_prior(lambda _seed: code)
    sliders.random.source.setCurrentIndex(Source.PRIOR)
    with qtbot.waitSignal(sliders.code_changed):
        sliders.randomise()
    np.testing.assert_array_equal(sliders.values(), code)
    sliders.random.offer_prior(None)
    assert sliders.random.source.count() == 3
    sliders.randomise()  # the prior went with its model


def test_a_mixture_keeps_to_the_heaps_that_a_single_normal_distribution_fills_between() -> None:
    random = np.random.default_rng(0)
    heaps = np.concatenate([random.normal(-10, 1, (200, 2)), random.normal(10, 1, (200, 2))]).astype(np.float32)
    far = np.abs(mixture(heaps, 500, 3))
    assert (far > 5).all()
    assert (np.abs(normal(heaps, 500, 3)) < 5).any()
    np.testing.assert_array_equal(mixture(heaps, 5, 3), mixture(heaps, 5, 3))
    assert mixture(heaps[:3], 4, 0).shape == (4, 2)
