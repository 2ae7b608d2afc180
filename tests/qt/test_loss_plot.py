"""Loss curves: what is drawn, and how little drawing costs."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from aestudio.core.run.history import Curves
from aestudio.qt.display import display
from aestudio.qt.widgets.loss_plot import LossPlot
from aestudio.qt.widgets.loss_plot_bar import LossPlotBar
from aestudio.qt.widgets.mark_name import MarkName
from aestudio.qt.widgets.plots import short_count
from aestudio.studio.plot_arrays import Growing, Smoother, Thinner, stretch_for, thin
from tests.qt.conftest import settle
from tests.qt.plotting import hover, plotted, view, zoomed

NAMES = ("reconstruction", "KL sparsity")


def steps(count: int, first: float = 10.0) -> np.ndarray:
    """Terms [count, 2] that fall."""
    t = np.arange(count)[:, None]
    return (np.array([[first, 4.0]]) * np.exp(-t / max(1, count / 4)) + 0.5).astype(np.float32)


def weights(count: int) -> np.ndarray:
    return np.tile(np.array([1.0, 0.5], np.float32), (count, 1))


@pytest.fixture
def plot(qtbot: QtBot) -> LossPlot:
    made = LossPlot()
    qtbot.addWidget(made)
    made.resize(700, 400)
    with qtbot.waitExposed(made):
        made.show()
    made.begin(NAMES)
    made.set_smoothing(0)  # what is compared below are the numbers themselves
    return made


def test_every_term_and_their_weighted_total_are_drawn(plot: LossPlot) -> None:
    plot.add_train(0, steps(50), weights(50))
    plot.refresh()
    curves = plot.curves()
    assert set(curves) == {(name, "train") for name in (*NAMES, "total")}
    x, y = curves["total", "train"]
    np.testing.assert_array_equal(x, np.arange(50))
    np.testing.assert_allclose(y, (steps(50) * weights(50)).sum(1), rtol=1e-6)


def test_weighted_shows_terms_as_they_enter_the_objective(plot: LossPlot) -> None:
    plot.add_train(0, steps(50), weights(50))
    plot.refresh()
    np.testing.assert_allclose(plot.curves()["KL sparsity", "train"][1], steps(50)[:, 1] * 0.5, rtol=1e-6)
    plot.set_weighted(False)
    np.testing.assert_allclose(plot.curves()["KL sparsity", "train"][1], steps(50)[:, 1], rtol=1e-6)


def test_a_weight_that_changes_while_training_bends_only_what_follows(plot: LossPlot) -> None:
    plot.add_train(0, np.ones((10, 2), np.float32), weights(10))
    plot.add_train(10, np.ones((10, 2), np.float32), 2 * weights(10))
    plot.refresh()
    np.testing.assert_allclose(plot.curves()["total", "train"][1], [1.5] * 10 + [3.0] * 10)


def test_held_out_points_are_drawn_beside_the_training_curve(plot: LossPlot) -> None:
    plot.add_train(0, steps(50), weights(50))
    plot.add_held_out(0, {"reconstruction": 9.0, "KL sparsity": 3.0}, {"reconstruction": 9.0, "KL sparsity": 1.5})
    plot.add_held_out(49, {"reconstruction": 1.0, "KL sparsity": 0.4}, {"reconstruction": 1.0, "KL sparsity": 0.2})
    plot.refresh()
    x, y = plot.curves()["total", "held-out"]
    np.testing.assert_allclose(x, [0, 49])
    np.testing.assert_allclose(y, [10.5, 1.2])


def test_a_legend_chip_hides_and_shows_its_curves(plot: LossPlot) -> None:
    plot.add_train(0, steps(20), weights(20))
    plot.refresh()
    plot.chip("KL sparsity").click()
    assert ("KL sparsity", "train") not in plot.curves()
    plot.chip("KL sparsity").click()
    assert ("KL sparsity", "train") in plot.curves()


def test_a_logarithmic_axis_leaves_out_what_is_not_positive(plot: LossPlot) -> None:
    terms = steps(20)
    terms[3, 0], terms[4, 0], terms[5, 0] = 0, -1, np.nan
    plot.add_train(0, terms, weights(20))
    plot.set_log(True)
    x, y = plot.curves()["reconstruction", "train"]
    assert not set(x) & {3, 4, 5}
    assert (y > 0).all()


def test_a_plot_of_nothing_but_nan_draws_nothing_and_does_not_fail(plot: LossPlot) -> None:
    plot.add_train(0, np.full((5, 2), np.nan, np.float32), weights(5))
    plot.add_held_out(0, {"reconstruction": float("nan"), "KL sparsity": 0.0}, {})
    plot.refresh()
    plot.set_log(True)
    assert all(not len(x) for (name, which), (x, _y) in plot.curves().items() if which == "train")


def test_smoothing_is_an_average_corrected_for_its_start(plot: LossPlot) -> None:
    values = steps(40)
    plot.add_train(0, values, weights(40))
    plot.set_smoothing(0.9)
    _x, y = plot.curves()["reconstruction", "train"]
    total, weight, expected = 0.0, 0.0, []
    for value in values[:, 0]:
        total, weight = 0.9 * total + 0.1 * value, 0.9 * weight + 0.1
        expected.append(total / weight)
    np.testing.assert_allclose(y, expected, rtol=1e-5)


@pytest.mark.parametrize("at", [0, 40, 700])
def test_a_spike_anywhere_leaves_the_view_and_is_said(plot: LossPlot, at: int) -> None:
    terms = steps(1000)
    terms[at : at + 20] = 1e6
    plot.add_train(0, terms, weights(1000))
    plot.refresh()
    assert plot.view_range()[3] < 20
    assert plot.plot.beyond.isVisible()
    assert "1.5e+06" in plot.plot.beyond.text()
    plot.set_cut(False)
    assert plot.view_range()[3] > 1e6
    assert not plot.plot.beyond.isVisible()


def test_what_a_curve_has_come_to_is_no_spike(plot: LossPlot) -> None:
    terms = steps(1000)
    terms[-40:] = 300
    plot.add_train(0, terms, weights(1000))
    plot.refresh()
    assert plot.view_range()[3] > 300


def test_a_single_point_has_few_ticks_with_few_digits(plot: LossPlot) -> None:
    plot.add_train(1798, np.full((1, 2), 557.1062, np.float32), weights(1))
    plot.refresh()
    left, right, bottom, top = plot.view_range()
    assert right - left >= 1
    assert top - bottom > 50
    for side, low, high, size in (("bottom", left, right, 500), ("left", bottom, top, 200)):
        axis = plotted(plot).getAxis(side)
        for spacing, values in axis.tickValues(low, high, size)[:1]:
            texts = axis.tickStrings(values, 1, spacing)
            assert len(set(texts)) == len(texts)
            assert all(len(text) <= 6 for text in texts)


def test_a_smooth_line_lies_over_a_faint_raw_one_by_itself(qtbot: QtBot) -> None:
    plot = LossPlot()
    qtbot.addWidget(plot)
    plot.resize(700, 400)
    plot.show()
    plot.begin(NAMES)
    noise = np.random.default_rng(0).standard_normal((500, 2)).astype(np.float32)
    plot.add_train(0, steps(500) + 0.1 * noise, weights(500))
    plot.refresh()
    lines = {line.role: line for line in plot.plot.lines() if line.key == "total"}
    assert set(lines) == {"train", "faint"}
    assert lines["train"].level > lines["faint"].level
    assert np.abs(np.diff(lines["train"].y)).mean() < np.abs(np.diff(lines["faint"].y)).mean() / 3


def test_losses_are_per_pixel_or_per_image_and_the_axis_says_which(plot: LossPlot) -> None:
    plot.begin(NAMES, pixels=64)
    plot.add_train(0, steps(50), weights(50))
    plot.add_held_out(40, dict.fromkeys(NAMES, 1.0), dict.fromkeys(NAMES, 1.0))
    plot.floor(0.32, "PCA")
    plot.refresh()
    factors = {"loss per pixel": 1 / 64, "loss per image": 1.0}
    for index, (axis, factor) in enumerate(factors.items()):
        display().choose(per_pixel=index == 0)
        curves = plot.curves()
        np.testing.assert_allclose(curves["reconstruction", "train"][1], steps(50)[:, 0] * factor, rtol=1e-6)
        np.testing.assert_allclose(curves["total", "held-out"][1], [2 * factor])
        ((name, level),) = plot.plot.levels()
        assert name == "PCA"
        assert level == pytest.approx(0.32 * factor)
        assert plotted(plot).getAxis("left").labelText == axis
        assert f"{steps(50)[10, 0] * factor:.4g}" in plot.reading(10)


def test_a_floor_is_in_view_until_it_is_taken_away(plot: LossPlot) -> None:
    plot.add_train(0, steps(50), weights(50))
    plot.floor(-20.0, "floor")
    assert plot.view_range()[2] < -20
    plot.begin(NAMES)
    plot.add_train(0, steps(50), weights(50))
    plot.refresh()
    assert plot.view_range()[2] < -20  # the same data's, whatever is trained on them
    plot.floor(None, "floor")
    assert plot.view_range()[2] > -5


def test_a_change_of_a_setting_is_marked_and_a_drag_is_one(plot: LossPlot) -> None:
    plot.add_train(0, steps(1000), weights(1000))
    plot.mark_change(320, "ρ̂", "0.1", "0.2")
    plot.mark_change(325, "ρ̂", "0.2", "0.3")
    plot.mark_change(330, "λ", "8", "2")
    plot.mark_change(700, "ρ̂", "0.3", "0.02")
    plot.refresh()
    assert plot.changes() == [(325, "ρ̂ 0.1 → 0.3"), (330, "λ 8 → 2"), (700, "ρ̂ 0.3 → 0.02")]
    assert [(mark.name.strip(), mark.at) for mark in plot.plot.marks] == [(said, at) for at, said in plot.changes()]
    assert plot.plot.marks[0].row != plot.plot.marks[1].row
    plot.begin(NAMES)
    assert not plot.changes()


@pytest.mark.parametrize("size", [(330, 230), (700, 400)])
def test_names_of_changes_are_seen_whole_and_beside_each_other(plot: LossPlot, size: tuple[int, int]) -> None:
    terms = steps(1000)
    terms[:20] = 1e6
    plot.add_train(0, terms, weights(1000))
    for at in (20, 500, 930, 985):
        plot.mark_change(at, f"setting at {at}", "0.1", "0.2")
    plot.resize(*size)
    plot.refresh()
    settle(plot)
    box = plot.plot._plot.vb.sceneBoundingRect()
    names = [item for item in plot.plot._plot.scene().items() if isinstance(item, MarkName)]
    places = [name.textItem.mapRectToScene(name.textItem.boundingRect()) for name in names]
    assert len(places) == 4
    assert all(box.left() <= place.left() and place.right() <= box.right() + 1 for place in places)
    lines = sorted(place.center().y() for place in places)
    assert min(np.diff(lines)) >= 0.9 * QFontMetricsF(names[0].textItem.font()).height()
    assert plot.plot.beyond.isVisible()
    assert plot.plot.beyond.geometry().bottom() <= lines[0]


def test_the_run_before_is_drawn_behind_and_neither_read_off_nor_fitted(plot: LossPlot) -> None:
    plot.add_train(0, steps(50), weights(50))
    plot.refresh()
    view_before = plot.view_range()
    terms = (100 * steps(400)).astype(np.float32)
    plot.set_before(Curves(NAMES, np.arange(400), terms, weights(400)))
    line = next(line for line in plot.plot.lines() if (line.key, line.role) == ("total", "before"))
    np.testing.assert_allclose(line.y[[0, -1]], (terms * weights(400)).sum(1)[[0, -1]], rtol=1e-5)
    assert plot.view_range() == view_before
    assert not plot.plot.beyond.isVisible()
    plot.set_before(None)
    assert {line.role for line in plot.plot.lines()} == {"train"}


def test_the_controls_never_lie_over_the_plot(plot: LossPlot) -> None:
    bar = plot.findChild(LossPlotBar)
    assert isinstance(bar, LossPlotBar)
    bar.more.click()
    QApplication.processEvents()
    assert bar.lesser.isVisible()
    assert plot.plot.mapTo(plot, QPoint(0, 0)).y() >= bar.geometry().bottom()
    assert not any(top.isVisible() and top is not plot.window() for top in QApplication.topLevelWidgets())


def test_the_nearest_held_out_values_are_read_off_too(plot: LossPlot) -> None:
    plot.add_train(0, steps(50), weights(50))
    plot.add_held_out(20, dict.fromkeys(NAMES, 1.25), dict.fromkeys(NAMES, 1.25))
    plot.add_held_out(40, dict.fromkeys(NAMES, 3.75), dict.fromkeys(NAMES, 3.75))
    plot.refresh()
    assert "held-out, step 20" in plot.reading(12)
    assert "1.25" in plot.reading(12)
    assert "3.75" not in plot.reading(12)


def test_a_hundred_thousand_steps_become_a_few_points_a_pixel(plot: LossPlot) -> None:
    count = 200_000
    plot.add_train(0, steps(count), weights(count))
    plot.refresh()
    x, y = plot.curves()["reconstruction", "train"]
    assert len(x) <= 2 * plot.width()
    assert y.max() == pytest.approx(steps(count)[:, 0].max())
    assert x[-1] == count - 1


def test_a_spike_at_the_beginning_does_not_flatten_the_rest(plot: LossPlot) -> None:
    terms = steps(1000)
    terms[:3] = 1e4
    plot.add_train(0, terms, weights(1000))
    plot.refresh()
    assert 10 < plot.view_range()[3] < 100


def test_drawing_waits_for_a_refresh(plot: LossPlot) -> None:
    plot.add_train(0, steps(10), weights(10))
    assert not plot.curves()
    plot.refresh()
    assert len(plot.curves()["total", "train"][0]) == 10


def test_nothing_is_drawn_while_hidden_and_all_of_it_when_shown_again(plot: LossPlot) -> None:
    plot.hide()
    plot.add_train(0, steps(10), weights(10))
    plot.refresh()
    assert not plot.curves()
    plot.show()
    assert len(plot.curves()["total", "train"][0]) == 10


def test_the_view_follows_the_training_in_strides(plot: LossPlot) -> None:
    ranges = set()
    for first in range(0, 1000, 10):
        plot.add_train(first, steps(10, 5.0), weights(10))
        plot.refresh()
        left, right, bottom, top = plot.view_range()
        assert left <= 0
        assert right >= first + 9
        ranges.add((left, right, bottom, top))
    assert len(ranges) < 60


def test_zooming_stops_following_until_the_view_is_reset(plot: LossPlot) -> None:
    plot.add_train(0, steps(100), weights(100))
    plot.refresh()
    plotted(plot).vb.scaleBy((0.5, 0.5))
    zoomed(plot)
    chosen = plot.view_range()
    plot.add_train(100, steps(400), weights(400))
    plot.refresh()
    assert not plot.follows()
    assert plot.view_range() == pytest.approx(chosen)
    plot.reset_view()
    assert plot.follows()
    assert plot.view_range()[1] >= 499


def test_beginning_again_forgets_curves_phases_and_zoom(plot: LossPlot) -> None:
    plot.add_train(0, steps(100), weights(100))
    plot.mark_phase(50, "fine-tuning")
    plot.refresh()
    plot.begin(("reconstruction",))
    plot.refresh()
    assert not plot.curves()
    assert not plot.phases()
    plot.add_train(0, np.ones((3, 1), np.float32), np.ones((3, 1), np.float32))
    plot.refresh()
    assert set(plot.curves()) == {("reconstruction", "train")}


def test_the_pointer_reads_step_and_values_off(plot: LossPlot, qtbot: QtBot) -> None:
    plot.add_train(0, steps(100), weights(100))
    plot.refresh()
    hover(plot, plotted(plot).vb.mapViewToScene(QPointF(40.2, plot.view_range()[3] * 0.5)))
    assert plot.readout.isVisible()
    assert "step 40" in plot.readout.text()
    assert f"{steps(100)[40, 0]:.4g}" in plot.readout.text()
    assert plot.readout.geometry().right() <= view(plot).width()


def test_a_double_click_shows_everything_again(plot: LossPlot, qtbot: QtBot) -> None:
    plot.add_train(0, steps(100), weights(100))
    plot.refresh()
    zoomed(plot)
    qtbot.mouseDClick(view(plot).viewport(), Qt.MouseButton.LeftButton, pos=view(plot).viewport().rect().center())
    assert plot.follows()


def test_raw_terms_stand_without_the_weighted_total(plot: LossPlot) -> None:
    plot.add_train(0, steps(20), weights(20))
    plot.set_weighted(False)
    assert set(plot.curves()) == {(name, "train") for name in NAMES}
    assert not plot.chip("total").isVisible()
    plot.set_weighted(True)
    assert ("total", "train") in plot.curves()
    assert plot.chip("total").isVisible()


def test_a_single_term_has_no_total_beside_it(plot: LossPlot) -> None:
    plot.begin(("reconstruction",))
    plot.add_train(0, np.ones((3, 1), np.float32), np.ones((3, 1), np.float32))
    plot.add_held_out(3, {"reconstruction": 1.0}, {"reconstruction": 1.0})
    plot.refresh()
    assert set(plot.curves()) == {("reconstruction", "train"), ("reconstruction", "held-out")}
    assert not plot.chip("total").isVisible()


def test_clearing_returns_to_the_empty_sentence(plot: LossPlot) -> None:
    plot.add_train(0, steps(20), weights(20))
    plot.mark_phase(5, "fine-tuning")
    plot.refresh()
    plot.clear()
    assert not view(plot).isVisible()
    assert not plot.curves()
    assert not plot.phases()
    assert not plot.plot.legend.isVisible()
    plot.refresh()
    assert not view(plot).isVisible()


def test_people_read_titles_and_programs_names(plot: LossPlot) -> None:
    plot.begin(("reconstruction", "kl-sparsity"), {"kl-sparsity": "KL sparsity"})
    plot.add_train(0, steps(20), weights(20))
    plot.refresh()
    assert ("kl-sparsity", "train") in plot.curves()
    assert plot.chip("kl-sparsity").text() == "KL sparsity"
    assert "KL sparsity" in plot.chip("kl-sparsity").toolTip()
    assert plot.chip("reconstruction").text() == "reconstruction"
    assert "KL sparsity" in plot.reading(3)
    assert "kl-sparsity" not in plot.reading(3)


def held_out(plot: LossPlot, step: int) -> None:
    plot.add_held_out(step, dict.fromkeys(NAMES, 1.0), dict.fromkeys(NAMES, 1.0))


def joined(plot: LossPlot, which: str) -> list[tuple[int, int]]:
    """The steps that a drawn line joins."""
    line = next(line for line in plot.plot.lines() if (line.key, line.role) == ("total", which))
    item = plot.plot.item(line)
    x, connect = item.xData.astype(int), item.opts["connect"]
    on = np.ones(len(x), bool) if isinstance(connect, str) else connect
    return [(int(x[i]), int(x[i + 1])) for i in range(len(x) - 1) if on[i]]


def test_no_line_leads_from_the_untrained_network_to_the_trained_one(plot: LossPlot) -> None:
    plot.add_train(1, steps(60), weights(60))
    for step in (0, 20, 40, 60):
        held_out(plot, step)
    plot.refresh()
    assert joined(plot, "held-out") == [(20, 40), (40, 60)]
    assert plot.curves()["total", "held-out"][0].tolist() == [0, 20, 40, 60]


def test_no_line_joins_two_phases(plot: LossPlot) -> None:
    plot.add_train(1, steps(40), weights(40))
    for step in (0, 20, 40):
        held_out(plot, step)
    plot.refresh()
    for step in (40, 60, 80):
        held_out(plot, step)
    plot.mark_phase(41, "fine-tuning")
    plot.add_train(41, steps(40), weights(40))
    plot.refresh()
    assert joined(plot, "held-out") == [(20, 40), (60, 80)]
    assert (40, 41) not in joined(plot, "train")
    assert len(joined(plot, "train")) == 78
    plot.grab()


def test_steps_are_whole_on_the_axis(plot: LossPlot) -> None:
    axis = plotted(plot).getAxis("bottom")
    assert all(spacing >= 1 for spacing, _offset in axis.tickSpacing(0, 2, 600))
    assert all(spacing >= 1 for spacing, _offset in axis.tickSpacing(0, 0.5, 600))


@pytest.mark.parametrize(
    ("value", "largest", "text"),
    [(1500, 6000, "1500"), (500_000, 1e6, "500 k"), (1e6, 1.2e6, "1 M"), (500, 2e4, "500"), (0, 1e6, "0")],
)
def test_large_counts_are_short(value: float, largest: float, text: str) -> None:
    assert short_count(value, largest) == text


def test_the_narrowest_bar_shows_its_words_whole(qtbot: QtBot) -> None:
    bar = LossPlotBar()
    qtbot.addWidget(bar)
    bar.resize(bar.minimumSizeHint())
    bar.show()
    for button in bar.weighted.findChildren(QToolButton):
        assert button.width() >= button.sizeHint().width()
    assert bar.reset.geometry().right() <= bar.width()
    assert bar.lesser.isAncestorOf(bar.log)
    bar.more.click()
    bar.resize(bar.width(), 300)
    QApplication.processEvents()
    for part in (bar.log, bar.slider, bar.cut, bar.before, bar.per_pixel):
        assert part.isVisible()
        assert bar.rect().contains(QRect(part.mapTo(bar, QPoint(0, 0)), part.size()))
    bar.resize(700, 80)
    assert not bar.lesser.isAncestorOf(bar.log)
    assert bar.weighted.geometry().right() < bar.log.geometry().left()


def test_the_key_shares_the_legends_row_or_is_left_out(plot: LossPlot) -> None:
    assert plot.plot.legend.note.isVisible()
    assert abs(plot.plot.legend.note.geometry().center().y() - plot.chip("total").geometry().center().y()) <= 2
    plot.resize(plot.minimumSizeHint())
    assert not plot.plot.legend.note.isVisible()


# -- the arithmetic ----------------------------------------------------------------------------------------------------


def test_thinning_keeps_the_least_and_greatest_of_every_stretch_in_order() -> None:
    y = np.random.default_rng(1).standard_normal(1000).astype(np.float32)
    x, thinned = thin(np.arange(1000.0), y, 10)
    assert (np.diff(x) >= 0).all()
    for start in range(0, 1000, 10):
        inside = thinned[(x >= start) & (x < start + 10)]
        assert inside.min() == y[start : start + 10].min()
        assert inside.max() == y[start : start + 10].max()


@pytest.mark.parametrize("log", [False, True])
def test_thinning_leaves_out_values_that_cannot_be_drawn(log: bool) -> None:
    y = np.random.default_rng(2).standard_normal(997)
    y[::7], y[100:130] = np.nan, np.inf
    _x, thinned = thin(np.arange(997.0), y, 12, log=log)
    assert np.isfinite(thinned).all()
    assert not log or (thinned > 0).all()


def test_thinning_bit_by_bit_gives_what_thinning_at_once_gives() -> None:
    rng = np.random.default_rng(3)
    x, y = np.arange(5000.0), rng.standard_normal(5000).astype(np.float32)
    bit_by_bit = Thinner()
    for end in range(1, 5001, 37):
        found = bit_by_bit(x, y, 0, end, 200)
        expected = thin(x[:end], y[:end], stretch_for(end, 200))
        np.testing.assert_array_equal(found, expected)


def test_a_stretch_changes_seldom_while_points_are_added() -> None:
    found = [stretch_for(count, 500) for count in range(1, 200_000, 100)]
    assert len(set(found)) < 20
    assert all(-(-count // 500) <= stretch for count, stretch in zip(range(1, 200_000, 100), found, strict=True))


@pytest.mark.parametrize("beta", [0.01, 0.5, 0.9, 0.99])
def test_smoothing_bit_by_bit_gives_what_smoothing_at_once_gives(beta: float) -> None:
    values = np.random.default_rng(4).standard_normal((2, 9000)).astype(np.float32)
    values[0, 100:110] = np.nan
    at_once, bit_by_bit = Smoother(2, beta), Smoother(2, beta)
    parts = [bit_by_bit(values[:, start : start + 700]) for start in range(0, 9000, 700)]
    whole = at_once(values)
    np.testing.assert_allclose(np.concatenate(parts, 1), whole, rtol=1e-4, atol=1e-5)
    assert np.isfinite(whole).all()


def test_a_growing_buffer_keeps_what_it_was_given() -> None:
    held = Growing(2, capacity=4)
    for start in range(0, 100, 3):
        held.append(np.arange(start, start + 3, dtype=np.float32)[None].repeat(2, 0))
    np.testing.assert_array_equal(held.values[1], np.arange(102))


def test_chosen_runs_behind_stay_when_another_begins_and_are_told_apart(plot: LossPlot) -> None:
    bar = plot.findChild(LossPlotBar)
    assert isinstance(bar, LossPlotBar)
    assert not bar.behind.isVisible()
    plot.add_train(0, steps(50), weights(50))
    plot.refresh()
    view_before = plot.view_range()
    said = {number: Curves(NAMES, np.arange(400), number * steps(400), weights(400)) for number in (3, 12)}
    plot.set_behind(said)
    plot.begin(NAMES)
    plot.add_train(0, steps(50), weights(50))
    plot.refresh()
    behind = {line.role: line for line in plot.plot.lines() if line.key == "total" and line.behind}
    assert set(behind) == {"#3", "#12"}
    assert behind["#3"].dashes != behind["#12"].dashes
    assert [behind[role].label for role in ("#3", "#12")] == ["#3", "#12"]
    assert plot.view_range() == view_before
    assert bar.behind.text() == "2 runs behind"
    pressed = QSignalSpy(plot.take_off_wanted)
    bar.behind.click()
    assert pressed.count() == 1
    plot.set_behind({})
    assert not any(line.behind for line in plot.plot.lines())
    assert not bar.behind.isVisible()


def test_the_button_that_takes_runs_off_is_seen_whole_where_the_plot_is_low(plot: LossPlot) -> None:
    bar = plot.findChild(LossPlotBar)
    assert isinstance(bar, LossPlotBar)
    plot.add_train(0, steps(50), weights(50))
    plot.resize(plot.width(), plot.minimumSizeHint().height())
    settle(plot)
    plot.set_behind({7: Curves(NAMES, np.arange(50), steps(50), weights(50))})
    settle(plot)
    for button in (bar.behind, bar.more):
        assert button.height() >= button.sizeHint().height()


def test_a_long_run_behind_is_thinned(plot: LossPlot) -> None:
    plot.add_train(0, steps(50), weights(50))
    plot.set_behind({7: Curves(NAMES, np.arange(200_000), steps(200_000), weights(200_000))})
    (line,) = (line for line in plot.plot.lines() if line.key == "total" and line.behind)
    assert 100 < len(line.x) < 3 * plot.plot.pixels()
