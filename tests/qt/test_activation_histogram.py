"""The activation histogram, its numbers and its target."""

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from aestudio.core.probes.activations import DEAD
from aestudio.qt.widgets.activation_histogram import ActivationHistogram
from aestudio.studio.bins import BINS, limits, mean_limits, steady
from tests.qt.conftest import settle
from tests.qt.plotting import plotted


@pytest.fixture
def histogram(qtbot: QtBot) -> ActivationHistogram:
    made = ActivationHistogram()
    qtbot.addWidget(made)
    made.resize(700, 300)
    with qtbot.waitExposed(made):
        made.show()
    return made


def sigmoids() -> np.ndarray:
    hidden = np.random.default_rng(0).uniform(0.01, 0.99, (50, 8)).astype(np.float32)
    hidden[:, 3] = 0
    return hidden


def test_every_activation_is_counted_once(histogram: ActivationHistogram) -> None:
    hidden = sigmoids()
    histogram.set_activations(hidden)
    expected, edges = np.histogram(hidden, BINS, (0, 1))
    np.testing.assert_allclose(histogram.edges(), edges)
    assert histogram.counts().sum() == hidden.size
    np.testing.assert_allclose(histogram.counts(), expected, atol=1)


def seen(histogram: ActivationHistogram) -> list[list[float]]:
    """Both ends of both axes."""
    return [[round(float(end), 6) for end in ends] for ends in plotted(histogram).vb.viewRange()]


def test_beside_an_empty_histogram_all_bars_are_seen_and_beside_another_the_axes_are_its(qtbot: QtBot) -> None:
    window, left, right = QWidget(), ActivationHistogram(), ActivationHistogram()
    row = QHBoxLayout(window)
    row.addWidget(left)
    row.addWidget(right)
    left.share_axes(right)
    right.share_axes(left)
    qtbot.addWidget(window)
    window.resize(1000, 300)
    left.set_activations(sigmoids())
    with qtbot.waitExposed(window):
        window.show()
    settle(window)
    (low, high), (bottom, top) = seen(left)
    assert low <= left.edges()[0] < left.edges()[-1] <= high
    assert bottom == 0
    assert left.counts().max() <= top
    right.set_activations(np.tile(sigmoids() * 3, (5, 1)))
    assert seen(left) == seen(right)
    assert seen(left)[0][1] >= right.edges()[-1] > 2
    assert seen(left)[1][1] >= right.counts().max()


def test_per_unit_means_are_as_many_as_units(histogram: ActivationHistogram) -> None:
    histogram.set_activations(sigmoids())
    histogram.set_per_unit(True)
    assert histogram.counts().sum() == 8
    assert histogram.counts()[0] == 1


def test_the_cards_give_mean_active_and_dead_units(histogram: ActivationHistogram) -> None:
    hidden = np.zeros((10, 4), np.float32)
    hidden[:, 0] = 1
    hidden[:5, 1] = 1
    histogram.set_activations(hidden, "zeros")
    assert histogram.statistics_text() == {"mean": "0.375", "l0": "1.5 of 4", "dead": "2 / 4"}


def test_a_code_without_exact_zeros_is_given_a_sparseness_and_no_count(histogram: ActivationHistogram) -> None:
    hidden = np.full((10, 4), 0.5, np.float32)
    hidden[:, 0] = np.eye(10, dtype=np.float32)[0]
    histogram.set_activations(hidden, "graded")
    assert histogram.statistics_text() == {"mean": "0.4", "sparseness": "0.25", "dead": "0 / 4"}


def test_a_code_of_both_signs_is_given_neither(histogram: ActivationHistogram) -> None:
    histogram.set_activations(sigmoids() - np.float32(0.5), "none")
    assert set(histogram.statistics_text()) == {"mean", "dead"}


def test_the_target_is_shown_only_where_there_is_one(histogram: ActivationHistogram) -> None:
    histogram.set_activations(sigmoids())
    assert not histogram.target_line.isVisible()
    histogram.set_target(0.1)
    assert histogram.target_line.isVisible()
    assert "0.10" in histogram.target_line.label.format
    histogram.set_target(None)
    assert not histogram.target_line.isVisible()


def test_dragging_the_target_says_so_and_stays_in_range(histogram: ActivationHistogram, qtbot: QtBot) -> None:
    histogram.set_target(0.1, (0.001, 0.5))
    for wanted, found in ((0.25, 0.25), (0.9, 0.5), (-1, 0.001)):
        with qtbot.waitSignal(histogram.target_moved) as moved:
            histogram.move_target(wanted)
        assert moved.args == [pytest.approx(found)]


def test_the_line_stands_at_the_target_whatever_range_its_penalty_has(histogram: ActivationHistogram) -> None:
    histogram.set_target(0.7)
    assert histogram.target() == histogram.target_line.value() == 0.7
    assert "0.70" in histogram.target_line.label.format


def test_setting_the_target_is_silent(histogram: ActivationHistogram, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(histogram.target_moved):
        histogram.set_target(0.2)


def test_nothing_is_counted_while_hidden(histogram: ActivationHistogram) -> None:
    histogram.hide()
    histogram.set_activations(sigmoids())
    assert not histogram.counts().size
    histogram.show()
    assert histogram.counts().sum() == 400


def test_a_logarithmic_count_keeps_the_counts(histogram: ActivationHistogram) -> None:
    histogram.set_activations(sigmoids())
    before = histogram.counts()
    histogram.set_log(True)
    np.testing.assert_array_equal(histogram.counts(), before)


@pytest.mark.parametrize(
    ("low", "high", "found"), [(0, 0.97, (0, 1)), (0, 3.2, (0, 5)), (-0.9, 0.99, (-1, 1)), (-1.2, 17, (-2, 20))]
)
def test_the_ends_are_tidy(low: float, high: float, found: tuple[float, float]) -> None:
    assert limits(np.array([low, high], np.float32)) == pytest.approx(found)


@pytest.mark.parametrize("fill", [0.0, np.nan])
def test_dead_or_broken_activations_do_not_fail(histogram: ActivationHistogram, fill: float) -> None:
    histogram.set_activations(np.full((4, 4), fill, np.float32))
    histogram.set_activations(None)
    assert not histogram.counts().size


def test_the_compact_line_names_l0(histogram: ActivationHistogram) -> None:
    histogram.resize(320, 260)
    hidden = np.zeros((10, 4), np.float32)
    hidden[:, 0] = 1
    hidden[:5, 1] = 1
    histogram.set_activations(hidden, "zeros")
    assert histogram.line.isVisible()
    assert histogram.line.text() == "mean 0.375 · L0 1.5 of 4 · 2 dead"


def test_the_dead_units_are_explained_by_their_own_threshold(histogram: ActivationHistogram) -> None:
    assert f"{DEAD:.1%}" in histogram.cards["dead"].toolTip()


def test_unit_means_fill_the_axis(histogram: ActivationHistogram) -> None:
    hidden = np.random.default_rng(0).uniform(0, 1, (400, 8)).astype(np.float32) ** 9
    histogram.set_target(0.05)
    histogram.set_activations(hidden)
    assert histogram.edges()[-1] == 1
    histogram.set_per_unit(True)
    assert hidden.mean(0).max() < histogram.edges()[-1] < 0.2
    assert histogram.counts().sum() == 8
    histogram.set_target(0.4)
    assert histogram.edges()[-1] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("means", "target", "found"),
    [((0.05, 0.11), 0.1, (0, 0.12)), ((0.05, 0.11), 0.4, (0, 0.5)), ((-0.3, 0.7), None, (-0.4, 0.8))],
)
def test_the_ends_of_unit_means_are_tidy(means: tuple[float, float], target: float | None, found: object) -> None:
    assert mean_limits(np.array(means, np.float32), target) == pytest.approx(found)


@pytest.mark.parametrize("width", [300, 700])
@pytest.mark.parametrize("target", [0.001, 0.02, 0.1, 0.3, 0.49, 0.5])
@pytest.mark.parametrize("level", [0.05, 0.3, 0.49, 0.95])
def test_the_words_of_mean_and_target_do_not_meet(
    histogram: ActivationHistogram, width: int, target: float, level: float
) -> None:
    histogram.resize(width, 300)
    histogram.set_target(target)
    histogram.set_activations(np.linspace(0, 2 * level, 500, dtype=np.float32).clip(0, 1).reshape(50, 10))
    QApplication.processEvents()
    boxes = [
        line.label.mapRectToScene(line.label.boundingRect()) for line in (histogram.mean_line, histogram.target_line)
    ]
    view = plotted(histogram).vb.sceneBoundingRect()
    assert not boxes[0].adjusted(1, 1, -1, -1).intersects(boxes[1].adjusted(1, 1, -1, -1))
    for box in boxes:
        assert view.left() - 2 <= box.left()
        assert box.right() <= view.right() + 2


def test_words_are_whole_where_counts_have_come_to_need_a_wider_axis(histogram: ActivationHistogram) -> None:
    histogram.set_target(0.22)
    histogram.set_activations(np.append(np.full(1999, 0.2, np.float32), np.float32(1)).reshape(200, 10))
    QApplication.processEvents()
    plot, mean = plotted(histogram), histogram.mean_line
    (low, high), _heights = plot.vb.viewRange()
    needed = mean.label.boundingRect().width()
    assert (mean.value() - low) / (high - low) * plot.vb.width() > needed  # the word is at the left of its line,
    room = 0.8 * needed / (mean.value() - low) * (high - low)  # for which too little will be left
    plot.getAxis("left").setWidth(plot.getAxis("left").width() + plot.vb.width() - room)
    QApplication.processEvents()
    assert plot.vb.width() < room + 2
    histogram.grab()  # words move when they are painted
    for line in (mean, histogram.target_line):
        assert line.label.mapRectToScene(line.label.boundingRect()).left() >= plot.vb.sceneBoundingRect().left() - 1


def test_an_axis_does_not_flip_while_the_greatest_value_crosses_one_of_its_ends(histogram: ActivationHistogram) -> None:
    ends = []
    for greatest in (0.48, 0.52, 0.49, 0.51, 0.47, 0.15):
        hidden = np.full((20, 4), 0.1, np.float32)
        hidden[0, 0] = greatest
        histogram.set_activations(hidden)
        histogram.refresh()
        ends.append(round(float(histogram.edges()[-1]), 3))
    assert ends[1:5] == [1.0] * 4
    assert ends[-1] < 0.5  # most of the axis would be empty
    histogram.set_activations(None)
    histogram.refresh()
    histogram.set_activations(np.full((20, 4), 0.1, np.float32))
    histogram.refresh()
    assert histogram.edges()[-1] < 0.5  # another model


def test_held_limits_give_way_to_what_lies_outside_and_to_much_room() -> None:
    assert steady((0.0, 0.5), (0.0, 1.0)) == (0.0, 1.0)
    assert steady((0.0, 0.2), (0.0, 1.0)) == (0.0, 0.2)
    assert steady((0.0, 2.0), (0.0, 1.0)) == (0.0, 2.0)
    assert steady((-1.0, 0.5), (0.0, 1.0)) == (-1.0, 0.5)
    assert steady((0.0, 0.5), None) == (0.0, 0.5)
