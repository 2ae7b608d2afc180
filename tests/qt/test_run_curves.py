"""The curves of several runs over each other."""

from __future__ import annotations

import json
import time
from pathlib import Path
from threading import Event, get_ident

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from aestudio.core.library.catalogue import Library
from aestudio.core.library.packing import pack_terms
from aestudio.core.probes.measure import SCORES
from aestudio.core.run.history import Curves
from aestudio.qt import theme
from aestudio.qt.display import display
from aestudio.qt.pages.runs.page import RunsPage
from aestudio.qt.pages.runs.run_curves import RunCurves
from aestudio.qt.widgets.plot_views import settled
from aestudio.studio.runs.words import short
from aestudio.studio.series import COARSE, WHOLE, Quantity, Series, history, leads_on
from aestudio.studio.series import read as read_history
from tests.many_runs import fill
from tests.qt.conftest import PATIENCE
from tests.qt.listening import alone
from tests.qt.plotting import hover, plotted
from tests.trained_runs import train

KL = Quantity("term", "kl-sparsity")
PSNR = Quantity("score", "psnr")


def show(qtbot: QtBot, page: RunsPage, library: Library, numbers: list[int]) -> RunCurves:
    """The page's curves of some runs, when all are drawn."""
    page.set_library(library)
    display().choose(per_pixel=False)  # as the library has them
    page.table.choose(numbers)
    page.details.tabs.setCurrentWidget(page.details.curves)
    wait(qtbot, page.details.curves, numbers)
    return page.details.curves


def wait(qtbot: QtBot, curves: RunCurves, numbers: list[int]) -> None:
    qtbot.waitUntil(lambda: {number for number, _ in curves.plot.curves()} == set(numbers))


def long(library: Library, number: int, steps: int, terms: int = 2) -> None:
    """Gives a run as many points, a thousand a row."""
    row = np.random.default_rng(number).random((1000, terms)).astype(np.float32)
    names = json.dumps(["reconstruction", *(f"term {n}" for n in range(1, terms))])
    with library.transaction() as connection:
        connection.execute("DELETE FROM points WHERE run = ?", (number,))
        connection.executemany(
            "INSERT INTO points (run, first_step, phase, names, weights, terms) VALUES (?, ?, 'end to end', ?, ?, ?)",
            [(number, first, names, json.dumps([1.0] * terms), pack_terms(row)) for first in range(0, steps, 1000)],
        )


# -- what is drawn ---------------------------------------------------


@pytest.mark.parametrize(
    ("term", "title"),
    [
        ("reconstruction", "Reconstruction"),
        ("kl-sparsity", "KL sparsity"),
        ("auxiliary", "Auxiliary loss"),
        ("importance weighting", "importance weighting"),
        ("of a later version", "of a later version"),
    ],
)
def test_a_term_goes_by_the_name_that_a_person_reads(term: str, title: str) -> None:
    assert Quantity("term", term).title == title


def test_every_chosen_run_has_its_curves_with_the_librarys_values(
    qtbot: QtBot, runs_page: RunsPage, library: Library
) -> None:
    numbers = [train(library), train(library, said={"kl-sparsity.weight": 0.5}), train(library, said={"seed": 1})]
    curves = show(qtbot, runs_page, library, numbers)
    drawn = curves.plot.curves()
    assert set(drawn) == {(number, split) for number in numbers for split in ("train", "held-out")}
    for number in numbers:
        kept = library.curves(number)
        np.testing.assert_array_equal(drawn[number, "train"][0], kept.steps)
        np.testing.assert_array_equal(drawn[number, "train"][1], kept.objective)
        np.testing.assert_array_equal(drawn[number, "held-out"][0], [one.step for one in kept.held_out()])
        expected = [one.objective for one in kept.held_out()]
        np.testing.assert_allclose(drawn[number, "held-out"][1], expected, rtol=1e-6)


def test_the_chooser_offers_the_objective_every_term_and_every_score(
    qtbot: QtBot, runs_page: RunsPage, library: Library
) -> None:
    numbers = [train(library), train(library, said={"kl-sparsity.weight": 0.5})]
    curves = show(qtbot, runs_page, library, numbers)
    wait(qtbot, curves, numbers)
    offered = curves.bar.choices()
    assert offered[0] == WHOLE
    assert {Quantity("term", "reconstruction"), KL, PSNR} <= set(offered)
    scored = {name for one in library.curves(numbers[0]).held_out() for name in one.scores}
    assert [one.name for one in offered if one.kind == "score"] == [name for name in SCORES if name in scored]
    assert PSNR.title == "PSNR"
    assert KL.title == "KL sparsity"


def test_a_term_is_drawn_as_it_is_and_only_of_runs_that_have_it(
    qtbot: QtBot, runs_page: RunsPage, library: Library
) -> None:
    numbers = [train(library), train(library, said={"kl-sparsity.weight": 0.5})]
    curves = show(qtbot, runs_page, library, numbers)
    curves.bar.choose(KL)
    drawn = curves.plot.curves()
    assert {number for number, _ in drawn} == {numbers[1]}
    kept = library.curves(numbers[1])
    np.testing.assert_array_equal(drawn[numbers[1], "train"][1], kept.terms[:, kept.names.index("kl-sparsity")])


def test_losses_are_per_pixel_or_per_image_and_scores_as_they_are(
    qtbot: QtBot, runs_page: RunsPage, library: Library
) -> None:
    number = train(library)
    curves = show(qtbot, runs_page, library, [number])
    kept = library.curves(number)
    display().choose(per_pixel=True)
    np.testing.assert_allclose(curves.plot.curves()[number, "train"][1], kept.objective / 64, rtol=1e-6)
    assert curves.plot.axes.left == "loss per pixel"
    assert f"{kept.objective[kept.steps.tolist().index(5)] / 64:.4g}" in curves.reading(5.2)
    curves.bar.choose(Quantity("score", "mse"))
    told = [one.scores["mse"] for one in kept.held_out()]
    np.testing.assert_allclose(curves.plot.curves()[number, "held-out"][1], told, rtol=1e-6)
    assert not curves.plot.axes.left


def test_a_score_is_drawn_of_held_out_images_whatever_is_ticked(
    qtbot: QtBot, runs_page: RunsPage, library: Library
) -> None:
    number = train(library)
    curves = show(qtbot, runs_page, library, [number])
    curves.bar.held_out.setChecked(False)
    curves.bar.choose(PSNR)
    assert list(curves.plot.curves()) == [(number, "held-out")]
    expected = [one.scores["psnr"] for one in library.curves(number).held_out()]
    np.testing.assert_allclose(curves.plot.curves()[number, "held-out"][1], expected, rtol=1e-6)


def test_train_and_held_out_can_be_left_out(qtbot: QtBot, runs_page: RunsPage, library: Library) -> None:
    number = train(library)
    curves = show(qtbot, runs_page, library, [number])
    curves.bar.train.setChecked(False)
    assert list(curves.plot.curves()) == [(number, "held-out")]
    curves.bar.held_out.setChecked(False)
    assert not curves.plot.curves()
    assert "Tick Train" in curves.said.text()
    curves.bar.train.setChecked(True)
    assert list(curves.plot.curves()) == [(number, "train")]


def test_over_epochs_runs_with_other_batches_end_together(qtbot: QtBot, runs_page: RunsPage, library: Library) -> None:
    numbers = [train(library), train(library, said={"batch_size": 48})]
    curves = show(qtbot, runs_page, library, numbers)
    ends = [curves.plot.curves()[number, "train"][0][-1] for number in numbers]
    assert ends == [library.summary(number).step for number in numbers]
    assert ends[0] == 3 * ends[1]
    curves.bar.axis.choose(1)
    ends = [curves.plot.curves()[number, "train"][0][-1] for number in numbers]
    np.testing.assert_allclose(ends, [2, 2])


def test_a_logarithmic_axis_leaves_out_what_is_not_positive() -> None:
    series = Series(np.arange(5.0), np.array([3, 0, -1, np.nan, 2], np.float32))
    x, y = series.within(-np.inf, np.inf, 100, log=True)
    assert x.tolist() == [0, 4]
    assert y.tolist() == [3, 2]


def test_a_legend_chip_hides_and_shows_a_run(qtbot: QtBot, runs_page: RunsPage, library: Library) -> None:
    numbers = [train(library), train(library, "Other")]
    curves = show(qtbot, runs_page, library, numbers)
    curves.chip(numbers[0]).click()
    assert {number for number, _ in curves.plot.curves()} == {numbers[1]}
    curves.chip(numbers[0]).click()
    assert len(curves.plot.curves()) == 4
    assert "Other" in curves.chip(numbers[1]).text()


def test_twelve_runs_have_twelve_colours_and_more_are_not_drawn(
    qtbot: QtBot, runs_page: RunsPage, library: Library
) -> None:
    fill(library, 15)
    runs_page.set_library(library)
    runs_page.table.selectAll()
    curves = runs_page.details.curves
    first = runs_page.table.chosen()[:12]
    with_points = [number for number in first if len(library.curves(number).steps)]
    wait(qtbot, curves, with_points)
    entries = curves.plot.legend.entries
    assert len({entry.colour for entry in entries}) == len(entries) == 12


def test_the_pointer_reads_every_run_off(qtbot: QtBot, runs_page: RunsPage, library: Library) -> None:
    numbers = [train(library), train(library, "Other <b>")]
    curves = show(qtbot, runs_page, library, numbers)
    said = curves.reading(5.2)
    assert "step 5" in said
    assert "Other &lt;b&gt;" in said
    kept = library.curves(numbers[0])
    assert f"{kept.objective[kept.steps.tolist().index(5)]:.4g}" in said
    plot = curves.plot
    hover(plot, plotted(plot).vb.mapViewToScene(QPointF(5.2, plotted(plot).vb.viewRange()[1][0] + 1e-3)))
    assert plot.readout.isVisible()


def test_zooming_stays_until_the_view_is_reset(qtbot: QtBot, runs_page: RunsPage, library: Library) -> None:
    number = train(library)
    curves = show(qtbot, runs_page, library, [number])
    assert not curves.bar.reset.isEnabled()
    box = plotted(curves.plot).vb
    box.setRange(xRange=(2, 4), padding=0)
    box.sigRangeChangedManually.emit([True, True])
    qtbot.waitUntil(lambda: len(curves.plot.curves()[number, "train"][0]) < 8)
    qtbot.mouseClick(curves.bar.reset, Qt.MouseButton.LeftButton)
    assert len(curves.plot.curves()[number, "train"][0]) == library.summary(number).step
    assert box.viewRange()[0][1] > library.summary(number).step


def test_a_spike_at_the_beginning_does_not_flatten_the_rest() -> None:
    y = np.linspace(2, 1, 1000)
    y[0] = 1e6
    assert settled([(np.arange(1000.0), y, y)], log=False)[3] < 10


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Sparse autoencoder, KL", "Sparse autoencoder,…"),
        ("Code size (units) = 8", "Code size (unit… = 8"),
        ("Data = Folder of images", "Data = Folder of im…"),
        ("Epochs = 20", "Epochs = 20"),
    ],
)
def test_in_the_legend_the_name_of_a_setting_is_cut_rather_than_its_value(title: str, shown: str) -> None:
    assert short(title, 20) == shown


def test_a_short_run_beside_a_long_one_is_not_cut_off_as_its_beginning() -> None:
    long, short = np.linspace(0.08, 0.01, 1600), np.linspace(0.6, 0.1, 44)
    view = settled([(np.arange(float(len(y))), y, y) for y in (long, short)], log=False)
    assert 0.1 < view[3] < 0.2
    nothing = np.zeros(0)
    assert settled([(np.arange(1600.0), long, long), (nothing, nothing, nothing)], log=False)[3] < 0.1


def test_no_line_leads_from_the_untrained_network_or_over_a_phase() -> None:
    assert leads_on(np.array([0.0, 10, 20, 20, 30])).tolist() == [False, True, False, True, False]
    assert not len(leads_on(np.zeros(0)))


def test_curves_follow_the_theme(qapp: QApplication, qtbot: QtBot, runs_page: RunsPage, library: Library) -> None:
    number = train(library)
    curves = show(qtbot, runs_page, library, [number])
    theme.apply(qapp, "dark")
    assert curves.plot.lines()[0].colour == theme.DARK.series[0]
    theme.apply(qapp, "light")
    assert curves.plot.lines()[0].colour == theme.LIGHT.series[0]


# -- reading ---------------------------------------------------


def test_a_run_without_points_says_why_there_are_no_curves(qtbot: QtBot, runs_page: RunsPage, library: Library) -> None:
    fill(library, 1)
    with library.transaction() as connection:
        connection.execute("DELETE FROM points")
        connection.execute("DELETE FROM evaluations")
    runs_page.set_library(library)
    runs_page.table.choose([1])
    runs_page.details.tabs.setCurrentWidget(runs_page.details.curves)
    qtbot.waitUntil(lambda: "no curves" in runs_page.details.curves.said.text())


def test_nothing_is_read_while_another_tab_is_shown(
    qtbot: QtBot, runs_page: RunsPage, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(library, 3)
    asked: list[object] = []
    monkeypatch.setattr(runs_page.details.curves.reader, "ask", lambda *what: asked.append(what))
    runs_page.set_library(library)
    runs_page.table.choose([1])
    qtbot.waitUntil(lambda: not runs_page.details.settle.isActive())
    assert not asked
    runs_page.details.tabs.setCurrentWidget(runs_page.details.curves)
    assert len(asked) == 1


def test_answers_about_runs_that_are_chosen_no_more_are_dropped(
    qtbot: QtBot, runs_page: RunsPage, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(library, 6)
    curves = show(qtbot, runs_page, library, [1])
    slow = read_history

    def read(library: Library, number: int) -> object:
        time.sleep(0.2 if number == 2 else 0)
        return slow(library, number)

    monkeypatch.setattr("aestudio.qt.pages.runs.run_curves.read", read)
    curves.set_runs(library.folder, [library.summary(2)])
    curves.set_runs(library.folder, [library.summary(3)])
    wait(qtbot, curves, [3])
    qtbot.waitUntil(lambda: not curves.reader.busy)
    assert set(curves.known) == {3}


def test_curves_are_read_away_from_the_windows_thread(
    qtbot: QtBot, runs_page: RunsPage, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    where: list[int] = []
    plain = read_history
    monkeypatch.setattr(
        "aestudio.qt.pages.runs.run_curves.read", lambda *what: where.append(get_ident()) or plain(*what)
    )
    show(qtbot, runs_page, library, [train(library)])
    assert where
    assert get_ident() not in where


def test_the_window_stays_awake_while_long_curves_are_read(
    qtbot: QtBot, runs_page: RunsPage, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(library, 4, points=10)
    for number in range(1, 5):
        long(library, number, 500_000)
    runs_page.set_library(library)
    turn, answered = Event(), []

    def read(library: Library, number: int) -> object:
        """Goes on only after the window has had a turn: tests/benchmarks/library.py says how late it may come."""
        made = read_history(library, number)
        turn.clear()
        answered.append(turn.wait(PATIENCE / 1000))
        return made

    monkeypatch.setattr("aestudio.qt.pages.runs.run_curves.read", read)
    timer = QTimer()
    timer.timeout.connect(turn.set)
    timer.start(5)
    curves = show(qtbot, runs_page, library, [1, 2, 3, 4])
    timer.stop()
    assert answered == [True] * 4
    x, y = curves.plot.curves()[1, "train"]
    assert len(x) < 4 * curves.plot.width()
    assert y.max() == pytest.approx(library.curves(1).objective.max())


def test_a_narrow_view_of_a_long_curve_shows_every_step() -> None:
    steps = np.arange(10.0 * COARSE)
    series = Series(steps, np.sin(steps).astype(np.float32))
    wide = series.within(-np.inf, np.inf, 800, log=False)
    assert len(wide[0]) <= 1600
    x, _y = series.within(100, 120, 800, log=False)
    assert x.tolist() == list(range(99, 122))


def test_a_run_that_trains_is_drawn_further_at_a_refresh(qtbot: QtBot, runs_page: RunsPage, library: Library) -> None:
    fill(library, 1)
    long(library, 1, 2000)
    library.write([1], state="training")
    curves = show(qtbot, runs_page, library, [1])
    assert 1990 <= curves.plot.curves()[1, "train"][0][-1] < 2000
    long(library, 1, 3000)
    library.write([1], updated=time.time() + 1)
    runs_page.refresh()
    qtbot.waitUntil(lambda: curves.plot.curves()[1, "train"][0][-1] >= 2990)


def test_a_library_that_cannot_be_opened_is_told_and_not_asked_for_ever(
    qtbot: QtBot, runs_page: RunsPage, library: Library, tmp_path: Path
) -> None:
    fill(library, 1)
    runs_page.set_library(library)
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "library.sqlite").write_bytes(b"no database at all" * 100)
    curves = runs_page.details.curves
    runs_page.table.choose([1])
    runs_page.details.tabs.setCurrentWidget(curves)
    qtbot.waitUntil(lambda: not runs_page.details.settle.isActive())
    curves.set_runs(broken, [library.summary(1)])
    qtbot.waitUntil(lambda: bool(alone(runs_page).failures()) and not curves.reader.busy)
    said = alone(runs_page).failures()
    assert len(said) == 1
    assert "cannot be used" in said[0]


def test_history_of_nothing_is_nothing() -> None:
    made = history(Curves())
    assert not made.train
    assert not made.held_out
