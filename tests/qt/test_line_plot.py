"""The plot that the panels share: lines, legend, axes, reading off, zoom."""

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPicture
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from aestudio.qt import theme
from aestudio.qt.widgets.line_plot import LinePlot
from aestudio.qt.widgets.lines import Axes, Line, Mark
from aestudio.qt.widgets.plots import short_powers
from tests.qt.plotting import hover, plotted, view, zoomed

X = np.arange(1.0, 6.0)


def line(name: str = "one", y: np.ndarray = X**2, colour: str = "#0072B2", **more: object) -> Line:
    return Line(name, X, np.asarray(y, float), colour, **more)  # type: ignore[arg-type]


@pytest.fixture
def plot(qtbot: QtBot) -> LinePlot:
    made = LinePlot("A plot", Axes("across", "up"))
    qtbot.addWidget(made)
    made.resize(640, 420)
    with qtbot.waitExposed(made):
        made.show()
    return made


def curves(plot: LinePlot) -> list[tuple[np.ndarray, np.ndarray]]:
    """As they are drawn, those on top last."""
    boxes = (plotted(plot).items, plot.beside.addedItems)
    return [item.getData() for items in boxes for item in items if isinstance(item, pg.PlotCurveItem)]


def up(plot: LinePlot) -> tuple[float, float]:
    low, high = plotted(plot).vb.viewRange()[1]
    return low, high


def test_lines_are_drawn_as_they_are_given_and_the_first_lies_on_top(plot: LinePlot) -> None:
    plot.show_lines([line("one"), line("two", 2 * X)])
    (_, below), (x, above) = curves(plot)
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(above, X**2)
    np.testing.assert_array_equal(below, 2 * X)
    low, high = up(plot)
    assert low < 1
    assert 25 < high < 30


def test_one_line_needs_no_legend_and_several_have_one(plot: LinePlot) -> None:
    plot.show_lines([line("one")])
    assert not plot.legend.isVisible()
    plot.show_lines([line("one"), line("two")])
    assert plot.legend.isVisible()
    assert plot.chip("two").accessibleName() == "Show two"


def test_a_legend_entry_hides_its_line_and_the_rest_fills_the_plot(plot: LinePlot, qtbot: QtBot) -> None:
    plot.show_lines([line("one"), line("two", 100 * X)])
    qtbot.mouseClick(plot.chip("two"), Qt.MouseButton.LeftButton)
    assert [one.name for one in plot.lines()] == ["one"]
    assert len(curves(plot)) == 1
    assert up(plot)[1] < 30
    plot.show_lines([line("one"), line("two", 90 * X)])
    assert [one.name for one in plot.lines()] == ["one"]
    plot.chip("two").setChecked(True)
    assert len(curves(plot)) == 2


def test_a_logarithmic_axis_leaves_out_what_is_not_positive(plot: LinePlot) -> None:
    plot.set_axes(Axes("across", "up", log_x=True, log_y=True))
    plot.show_lines([Line("one", np.array([0.0, 1, 10, 100]), np.array([5.0, 10, 0, 1000]), "#0072B2")])
    ((x, y),) = curves(plot)
    np.testing.assert_allclose(x, [0, 2])
    np.testing.assert_allclose(y, [1, 3])


def test_what_is_as_good_as_nothing_does_not_stretch_a_logarithmic_axis(plot: LinePlot) -> None:
    plot.set_axes(Axes("across", "up", log_y=True))
    plot.show_lines([line(y=np.array([1, 0.1, 0.01, 1e-3, 1e-300]))])
    low, high = up(plot)
    assert high - low < 15


def test_nan_and_infinity_are_left_out(plot: LinePlot) -> None:
    plot.show_lines([line(y=np.array([1, np.nan, 3, np.inf, 5]))])
    ((x, y),) = curves(plot)
    np.testing.assert_array_equal(x, [1, 3, 5])
    np.testing.assert_array_equal(y, [1, 3, 5])


def test_nothing_to_draw_is_no_trouble(plot: LinePlot) -> None:
    plot.show_lines([line()])
    before = up(plot)
    plot.show_lines([line(y=np.full(5, np.nan))])
    plot.grab()
    plot.show_lines([])
    plot.grab()
    assert up(plot) == before
    assert plot.reading(3.0) == ""


def test_error_bars_are_in_view_as_a_whole(plot: LinePlot) -> None:
    plot.show_lines([line(y=np.ones(5), error=np.full(5, 0.5))])
    (bars,) = [item for item in plotted(plot).items if isinstance(item, pg.ErrorBarItem)]
    np.testing.assert_array_equal(bars.opts["top"], np.full(5, 0.5))
    np.testing.assert_array_equal(bars.opts["bottom"], np.full(5, 0.5))
    low, high = up(plot)
    assert low < 0.5
    assert high > 1.5


def test_error_bars_of_a_logarithmic_axis_reach_from_mean_minus_to_mean_plus_deviation(plot: LinePlot) -> None:
    plot.set_axes(Axes("across", "up", log_y=True))
    plot.show_lines([line(y=np.full(5, 0.2), error=np.array([0.1, 0.1, 0.0, 0.3, 0.1]))])
    (bars,) = [item for item in plotted(plot).items if isinstance(item, pg.ErrorBarItem)]
    assert 10 ** (np.log10(0.2) + bars.opts["top"]) == pytest.approx([0.3, 0.3, 0.2, 0.5, 0.3])
    assert 10 ** (np.log10(0.2) - bars.opts["bottom"]) == pytest.approx([0.1, 0.1, 0.2, 0.02, 0.1])
    low, high = up(plot)
    assert low < np.log10(0.02)
    assert high > np.log10(0.5)


@pytest.mark.parametrize("scale", [1e-5, 0.2, 1.0, 3e4])
def test_the_numbers_at_an_axis_are_those_of_the_line(plot: LinePlot, scale: float) -> None:
    plot.show_lines([line(y=scale * X)])
    axis = plotted(plot).getAxis("left")
    assert axis.autoSIPrefixScale == 1
    low, high = up(plot)
    (spacing, values), *_ = axis.tickValues(low, high, 300)
    said = axis.tickStrings(values, axis.autoSIPrefixScale * axis.scale, spacing)
    np.testing.assert_allclose([float(one) for one in said], values, rtol=0.01, atol=1e-12)


def test_counted_things_have_whole_ticks(qtbot: QtBot) -> None:
    plot = LinePlot("Ranks", Axes("rank", "value"), counted="bottom")
    qtbot.addWidget(plot)
    axis = plotted(plot).getAxis("bottom")
    assert all(spacing >= 1 for spacing, _ in axis.tickSpacing(1.0, 2.0, 600))


def test_a_line_on_the_right_has_its_own_scale(plot: LinePlot) -> None:
    plot.set_axes(Axes("across", "up", right="other"))
    plot.show_lines([line("one"), line("two", 1000 * X, right=True)])
    assert up(plot)[1] < 30
    assert plot.beside.viewRange()[1][1] > 4000
    assert plotted(plot).getAxis("right").isVisible()


def test_levels_are_in_view_and_marks_do_not_move_it(plot: LinePlot) -> None:
    plot.show_lines([line()], levels=[("floor", -20.0)], marks=[Mark("here", 400.0)])
    rules = {item.label.format: item for item in plotted(plot).items if getattr(item, "label", None) is not None}
    assert rules["floor"].value() == -20
    assert rules["here"].value() == 400
    assert up(plot)[0] < -20
    assert plotted(plot).vb.viewRange()[0][1] < 10


def test_the_names_of_levels_and_marks_lie_over_the_lines(plot: LinePlot) -> None:
    lines = [line("one"), Line("two", X, 2 * X, "#D55E00", level=3)]
    plot.show_lines(lines, levels=[("floor", 1.0)], marks=[Mark("here", 4.0)])
    rules = [one for one in plotted(plot).items if isinstance(one, pg.InfiniteLine) and hasattr(one, "label")]
    assert len(rules) == 2
    assert min(one.zValue() for one in rules) > max(plot.item(one).zValue() for one in lines)


def test_reading_off_gives_the_nearest_point_of_every_line(plot: LinePlot) -> None:
    plot.show_lines([line("<one>"), line("two", 2 * X)])
    said = plot.reading(3.4)
    assert "across 3<" in said
    assert "&lt;one&gt;" in said
    assert ">9<" in said
    assert ">6<" in said


def test_the_pointer_shows_a_readout_inside_the_plot_and_none_outside(plot: LinePlot) -> None:
    plot.show_lines([line()])
    hover(plot, plotted(plot).vb.sceneBoundingRect().center())
    assert plot.readout.isVisible()
    assert view(plot).rect().contains(plot.readout.geometry())
    hover(plot, QPointF(-10, -10))
    assert not plot.readout.isVisible()


def test_a_zoomed_view_stays_while_the_lines_keep_their_names_and_a_double_click_resets_it(plot: LinePlot) -> None:
    plot.show_lines([line()])
    whole = up(plot)
    plotted(plot).vb.setYRange(3, 4, padding=0)
    zoomed(plot)
    plot.show_lines([line(y=X**2 + 1)])
    assert up(plot) == (3, 4)
    viewport = view(plot).viewport()
    middle = QPointF(viewport.rect().center())
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(QEvent.Type.MouseButtonDblClick, middle, viewport.mapToGlobal(middle), left, left, none)
    QApplication.sendEvent(viewport, event)
    assert up(plot)[1] > whole[1]
    plotted(plot).vb.setYRange(3, 4, padding=0)
    zoomed(plot)
    plot.show_lines([line("another")])
    assert up(plot) == whole


def test_the_name_of_an_axis_that_grows_again_stands_in_its_middle_and_is_whole(qtbot: QtBot, plot: LinePlot) -> None:
    plot.set_axes(Axes("across", "mean squared error per pixel"))
    plot.show_lines([line()])
    axis = plotted(plot).getAxis("left")
    for height in (150, 420):
        plot.resize(640, height)
        qtbot.waitUntil(lambda height=height: ("…" in axis.labelText) == (height == 150))  # type: ignore[misc]
        seen = axis.label.mapRectToParent(axis.label.boundingRect())
        assert seen.center().y() == pytest.approx(axis.size().height() / 2, abs=2)


def test_axes_and_marks_keep_to_the_theme(plot: LinePlot, qapp: QApplication) -> None:
    plot.show_lines([line()], marks=[Mark("here", 3.0)])
    mode = theme.mode()
    try:
        for wanted in ("dark", "light"):
            theme.apply(qapp, wanted)
            look = theme.current()
            (rule,) = [item for item in plotted(plot).items if getattr(item, "label", None) is not None]
            assert rule.pen.color().name().upper() == look.muted
            assert plotted(plot).getAxis("left").textPen().color().name().upper() == look.muted
    finally:
        theme.apply(qapp, mode)


def test_a_plot_of_nothing_has_no_axes_and_keeps_its_room(plot: LinePlot) -> None:
    assert not view(plot).isVisible()
    before = view(plot).size()
    plot.show_lines([line()])
    assert view(plot).isVisible()
    assert view(plot).size() == before
    plot.show_lines([])
    assert not view(plot).isVisible()


@pytest.mark.parametrize("value", [0.0, 0.239, -12.0])
def test_a_line_that_is_flat_has_room_above_and_below(plot: LinePlot, value: float) -> None:
    plot.show_lines([line(y=np.full(5, value))])
    low, high = up(plot)
    assert high - low > 0.1 * abs(value)
    assert low < value < high


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1, 2, 5, 10], ["1", "2", "5", "10"]),
        ([50, 100, 200], ["50", "100", "200"]),
        ([1e-5, 0.05, 1e5], ["1e-5", "0.05", "1e5"]),
        ([0.861, 0.863, 0.865], ["0.861", "0.863", "0.865"]),
    ],
)
def test_numbers_of_a_logarithmic_axis_are_short_and_told_apart(values: list[float], words: list[str]) -> None:
    assert short_powers(values) == words


@pytest.mark.parametrize("most", np.linspace(80, 90, 21).tolist())
def test_no_number_at_the_right_is_cut_by_the_edge(plot: LinePlot, most: float) -> None:
    plot.set_axes(Axes("across", "up", "beside"))
    plot.show_lines([line("one"), line("two", np.linspace(20, most, len(X)), right=True)])
    QApplication.processEvents()
    axis = plotted(plot).getAxis("right")
    picture = QPicture()
    painter = QPainter(picture)
    _line, _ticks, told = axis.generateDrawSpecs(painter)
    painter.end()
    heights = [axis.mapRectToScene(rect) for rect, _flags, _text in told]
    assert len(heights) > 2
    edge = plotted(plot).scene().views()[0].viewport().height()
    assert all(rect.top() >= 0 and rect.bottom() <= edge for rect in heights)
