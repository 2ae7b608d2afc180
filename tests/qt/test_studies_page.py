"""The page of studies: sweeps and layer by layer against end to end, in the real window and alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from aestudio.core.data.dataset import Dataset
from aestudio.core.probes.pca import pca
from aestudio.core.run.run import Run
from aestudio.core.theory.knobs import CODE_SIZE
from aestudio.core.theory.tradeoff import outcomes, runs
from aestudio.core.training.controls import Controls
from aestudio.qt import theme
from aestudio.qt.pages.explore.page import ExplorePage
from aestudio.qt.pages.studies.kinds.greedy import GreedyStudy
from aestudio.qt.pages.studies.kinds.rate_distortion import RateDistortionStudy
from aestudio.qt.pages.studies.kinds.tradeoff import TradeoffStudy
from aestudio.qt.pages.studies.page import StudiesPage
from aestudio.qt.pages.studies.study import Study
from aestudio.qt.widgets.line_plot import LinePlot
from aestudio.qt.widgets.sharing import cells
from aestudio.qt.window import Window
from aestudio.studio.status import State
from aestudio.studio.studies.knob_values import numbers, usual
from tests import workers
from tests.core.conftest import small_dataset
from tests.present import present
from tests.qt.listening import Alone, alone

RUN = Run.from_settings({"network": {"kind": "mlp", "widths": [6]}, "epochs": 2, "batch_size": 32})
DRAWN = Run.from_settings(
    {
        "network": {"kind": "mlp", "widths": [6]},
        "code": {"kind": "gaussian", "size": 3},
        "loss": {"kind": "cross-entropy"},
        "penalties": [{"kind": "kl-to-prior"}],
        "epochs": 1,
        "batch_size": 32,
    }
)
DEEP = Run.from_settings(
    {
        "network": {"kind": "mlp", "widths": [12, 6]},
        "schedule": {"kind": "greedy", "layer_epochs": 2},
        "epochs": 2,
        "batch_size": 32,
    }
)


@pytest.fixture
def page(qtbot: QtBot) -> Iterator[StudiesPage]:
    made = StudiesPage(Alone())
    made.set_library(None)
    qtbot.addWidget(made)
    made.resize(1212, 720)
    with qtbot.waitExposed(made):
        made.show()
    made.set_subject(RUN, small_dataset())
    yield made
    assert made.shut(60)


def finished(qtbot: QtBot, page: StudiesPage) -> None:
    qtbot.waitUntil(lambda: not page.runner.running)


def test_start_stays_where_it_is_whatever_is_said_above_it(page: StudiesPage, qtbot: QtBot) -> None:
    def place() -> QPoint:
        page.grab()  # lays out
        return page.start.mapTo(page, QPoint())

    before = place()
    page.plan.setText("A sentence that is far longer than its line. " * 8)
    assert place() == before
    page.set_subject(RUN.with_value("network.widths", [16, 8, 16]), small_dataset())
    page.choose(page.of(GreedyStudy))
    assert place() == before


def labelled() -> Dataset:
    dataset = Run.from_settings({"data": {"kind": "digits"}}).data.load()
    assert dataset.train.labels is not None
    return dataset


def test_the_status_bar_tells_of_a_study_while_it_runs_on_every_page(qtbot: QtBot, window: Window) -> None:
    studies, said = window.page(StudiesPage), window.progress.text
    before = said()
    studies.of(TradeoffStudy).epochs.setValue(5_000)
    window.show_page(studies)
    studies.start.click()
    qtbot.waitUntil(lambda: said().startswith("Trade-off: "))
    window.show_page(window.page(ExplorePage))
    first = said()
    qtbot.waitUntil(lambda: said().startswith("Trade-off: ") and said() != first)
    studies.stop.click()
    finished(qtbot, studies)
    assert said() == before


# -- what can be swept -------------------------------------------------------------------------------------------------


def test_every_number_of_a_run_can_be_swept_the_code_size_first() -> None:
    run = RUN.with_value("penalties", [{"kind": "l1"}]).with_value("corruption", "gaussian")
    found = numbers(run)
    assert found[0] == CODE_SIZE
    assert "network.widths" not in found
    assert {"penalties.l1.weight", "corruption.sigma", "optimiser.learning_rate"} <= set(found)
    assert {"epochs", "batch_size", "seed"} <= set(found)
    assert not any(path.startswith("data.") for path in found)


@pytest.mark.parametrize("path", numbers(RUN.with_value("penalties", [{"kind": "kl-sparsity"}])))
def test_the_values_that_are_offered_are_all_accepted(path: str) -> None:
    run = RUN.with_value("penalties", [{"kind": "kl-sparsity"}])
    values = usual(run, path, 64)
    assert len(runs(run, path, values)) == len(values) >= 1
    assert list(values) == sorted(set(values))


def test_code_sizes_that_are_offered_have_room_for_the_units_that_top_k_keeps(page: StudiesPage) -> None:
    page.set_subject(
        RUN.with_value("network.widths", [64]).with_value("code", {"kind": "top-k", "k": 9}), small_dataset()
    )
    assert min(page.of(TradeoffStudy).knob.chosen()) == 9
    assert page.of(TradeoffStudy).problem() == ""


def test_what_is_no_value_is_refused_in_a_sentence_and_nothing_starts(page: StudiesPage) -> None:
    for text, said in (
        ("2, many", "'many' is not a number"),
        ("", "Write some values"),
        ("2.5", "whole numbers"),
        ("nan", "finite numbers"),
        ("1e999", "finite numbers"),
    ):
        page.of(TradeoffStudy).knob.values.setText(text)
        assert said in page.of(TradeoffStudy).problem()
        assert not page.start.isEnabled()
    page.of(TradeoffStudy).knob.values.setText("2; 3 5")
    assert page.of(TradeoffStudy).knob.chosen() == (2, 3, 5)
    assert page.start.isEnabled()


def test_the_boxes_of_a_study_stand_in_one_column(page: StudiesPage) -> None:
    study = page.of(TradeoffStudy)
    boxes = (study.knob.knob, study.knob.values, study.epochs, study.seeds.box)
    assert len({box.mapTo(page, QPoint()).x() for box in boxes}) == 1


def test_the_form_of_a_study_is_whole_in_every_size(page: StudiesPage, qapp: QApplication, qtbot: QtBot) -> None:
    for percent in (150, 200):
        theme.set_scale(qapp, percent)
        card = page.across.widget(0)
        edge = QPoint(page.stop.width() - 1, 0)
        qtbot.waitUntil(lambda card=card, edge=edge: page.stop.mapTo(card, edge).x() < card.width())  # type: ignore[misc]


def test_typed_values_stay_when_another_setting_of_the_run_changes(page: StudiesPage) -> None:
    page.of(TradeoffStudy).knob.values.setText("2, 5")
    page.set_subject(RUN.with_value("epochs", 7), small_dataset())
    assert page.of(TradeoffStudy).knob.values.text() == "2, 5"
    assert page.of(TradeoffStudy).epochs.value() == 7


# -- the trade-off -----------------------------------------------------------------------------------------------------


def test_a_sweep_draws_both_errors_and_the_floor_and_fills_the_table(page: StudiesPage, qtbot: QtBot) -> None:
    page.of(TradeoffStudy).knob.values.setText("2, 4, 8")
    page.start.click()
    assert page.stop.isEnabled()
    assert not page.forms.isEnabled()
    finished(qtbot, page)
    points = page.of(TradeoffStudy).points()
    assert [(point.value, point.seed) for point in points] == [(k, seed) for seed in range(3) for k in (2, 4, 8)]
    lines = {line.name: line for line in page.of(TradeoffStudy).plot.lines()}
    found = outcomes(points)
    assert lines["training error"].y.tolist() == [present(one.training_error).mean for one in found]
    assert lines["held-out error"].y.tolist() == [present(one.held_out_error).mean for one in found]
    assert present(lines["held-out error"].error).tolist() == [present(one.held_out_error).half for one in found]
    floors = [pca(small_dataset()).floor(k)[1] for k in (2, 4, 8)]
    assert lines["PCA floor, held out"].y.tolist() == pytest.approx(floors)
    assert page.of(TradeoffStudy).table.rowCount() == 3
    assert page.bar.value() == page.bar.maximum()


def test_choosing_a_row_shows_what_its_model_makes_of_the_images(page: StudiesPage, qtbot: QtBot) -> None:
    page.of(TradeoffStudy).knob.values.setText("2, 8")
    page.begin()
    finished(qtbot, page)
    panes = page.of(TradeoffStudy).pictures.panes
    last = panes["Reconstructed"].image_array()
    page.of(TradeoffStudy).table.selectRow(0)
    first = panes["Reconstructed"].image_array()
    assert panes["Reconstructed"].caption() == "Code size 2"
    assert first is not None
    assert last is not None
    assert not np.array_equal(first, last)


def test_labelled_images_get_a_linear_probe_and_others_do_not(page: StudiesPage, qtbot: QtBot) -> None:
    assert not page.of(TradeoffStudy).probe.isEnabled()
    page.set_subject(RUN.with_value("epochs", 1), labelled())
    assert page.of(TradeoffStudy).probe.isEnabled()
    page.of(TradeoffStudy).knob.values.setText("2, 16")
    page.begin()
    finished(qtbot, page)
    accuracy = next(line for line in page.of(TradeoffStudy).plot.lines() if line.name == "linear-probe accuracy")
    assert accuracy.right
    assert accuracy.y[1] > accuracy.y[0] > 10


def test_other_settings_are_looked_at_once_and_only_by_the_study_that_is_shown(
    page: StudiesPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Study] = []
    honest = Study.problem

    def problem(study: Study) -> str:
        asked.append(study)
        return honest(study)

    monkeypatch.setattr(Study, "problem", problem)
    page.set_subject(RUN.with_value("epochs", 7).with_value("network.widths", [9]), small_dataset())
    assert asked == [page.study]
    other = next(study for study in page.studies if study is not page.study)
    page.choose(other)
    assert set(asked[1:]) == {other}


def test_before_a_study_has_begun_a_sentence_stands_in_place_of_empty_axes(page: StudiesPage, qtbot: QtBot) -> None:
    for study in page.studies:
        page.choose(study)
        assert study.form.isVisible()
        assert not study.isVisible()
        assert not page.bar.isVisible()
    page.choose(page.of(TradeoffStudy))
    page.of(TradeoffStudy).knob.values.setText("2")
    page.begin()
    assert page.of(TradeoffStudy).isVisible()
    finished(qtbot, page)


def test_each_study_says_how_it_came_out_itself(page: StudiesPage, qtbot: QtBot) -> None:
    page.set_subject(DEEP.model_copy(update={"title": "Deep one"}), small_dataset())
    page.of(TradeoffStudy).knob.values.setText("2")
    page.begin()
    page.choose(page.of(GreedyStudy))
    assert page.said.text().startswith("Trade-off: ")
    finished(qtbot, page)
    assert page.said.text() == ""
    assert not page.bar.isVisible()
    page.choose(page.of(TradeoffStudy))
    assert page.said.text().startswith("“Deep one” took ")
    assert page.bar.value() == page.bar.maximum()


def test_stopping_keeps_what_was_found(page: StudiesPage, qtbot: QtBot) -> None:
    page.of(TradeoffStudy).epochs.setValue(20_000)
    page.of(TradeoffStudy).knob.values.setText("2, 3")
    page.begin()
    qtbot.waitUntil(lambda: page.bar.value() > 0)
    page.stop.click()
    finished(qtbot, page)
    assert present(page.findChild(type(page.said), "studySaid")).text().startswith("Stopped")
    assert page.start.isEnabled()
    assert not page.stop.isEnabled()


def test_stopping_once_more_waits_for_no_scores_and_a_double_click_is_not_once_more(
    page: StudiesPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurried = threading.Event()

    def scoring(controls: Controls) -> Iterator[Any]:
        hurry = controls.hurry
        monkeypatch.setattr(controls, "hurry", lambda: (hurry(), hurried.set()))
        yield None
        assert hurried.wait(60)

    page.runner.begin(scoring)
    qtbot.waitUntil(lambda: page.runner.take() != [])
    page.pulse.wake()
    page.halt()
    assert not page.stop.isEnabled()
    page.stop.click()
    assert not hurried.is_set()
    qtbot.waitUntil(page.stop.isEnabled)
    page.stop.click()
    assert not page.stop.isEnabled()
    finished(qtbot, page)


def test_a_training_that_fails_is_a_row_that_says_why(page: StudiesPage, qtbot: QtBot) -> None:
    run = RUN.with_value("network", {"kind": "linear", "code_size": 4}).with_value("optimiser", "sgd")
    page.set_subject(run.with_value("epochs", 50), small_dataset())
    page.of(TradeoffStudy).knob.choose("optimiser.learning_rate")
    page.of(TradeoffStudy).knob.values.setText("0.001, 10")
    page.of(TradeoffStudy).seeds.box.setValue(1)
    page.begin()
    finished(qtbot, page)
    good, bad = page.of(TradeoffStudy).points()
    assert good.held_out_error is not None
    assert bad.held_out_error is None
    item = page.of(TradeoffStudy).table.item(1, 2)
    assert item is not None
    assert item.text() == "–"
    assert item.toolTip() == bad.trouble != ""
    assert "1 run failed; point at its row to read why." in page.of(TradeoffStudy).verdict.text()


# -- several seeds, and before it begins -------------------------------------------------------------------------------


def test_how_many_runs_and_how_long_is_said_before_it_begins(page: StudiesPage, qtbot: QtBot) -> None:
    page.of(TradeoffStudy).knob.values.setText("2, 4")
    assert page.plan.text() == "6 runs × 2 epochs"
    qtbot.waitUntil(lambda: page.plan.text().startswith("6 runs × 2 epochs: about "))
    page.of(TradeoffStudy).seeds.box.setValue(1)
    assert page.plan.text() == "2 runs × 2 epochs"
    qtbot.waitUntil(lambda: page.plan.text().startswith("2 runs × 2 epochs: about "))
    assert page.plan.isVisible()


def test_where_three_seeds_take_long_one_is_offered_and_the_person_may_choose_more(
    page: StudiesPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aestudio.studio.studies.estimating.estimate", lambda *_, **__: 7200.0)
    page.of(TradeoffStudy).knob.values.setText("2, 4")
    qtbot.waitUntil(lambda: page.of(TradeoffStudy).seeds.count() == 1)
    assert "1 seed, because 3 would take about 2 hours; you can choose more." in page.plan.text()
    page.of(TradeoffStudy).seeds.box.setValue(3)
    qtbot.waitUntil(lambda: page.plan.text() == "6 runs × 2 epochs: about 2 hours")
    assert page.of(TradeoffStudy).seeds.count() == 3


def test_a_sweep_of_the_seed_itself_trains_each_once(page: StudiesPage) -> None:
    study = page.of(TradeoffStudy)
    study.knob.choose("seed")
    assert not study.seeds.box.isEnabled()
    assert len(study.planned().runs) == len(study.knob.chosen())
    study.knob.choose("batch_size")
    assert study.seeds.box.isEnabled()
    assert len(study.planned().runs) == 3 * len(study.knob.chosen())


def test_the_page_says_which_run_is_trained_and_how_far_it_is(page: StudiesPage, qtbot: QtBot) -> None:
    page.of(TradeoffStudy).epochs.setValue(20_000)
    page.of(TradeoffStudy).knob.values.setText("2, 3")
    page.begin()
    qtbot.waitUntil(lambda: page.said.text().startswith("Run 1 of 6, seed 0 (Code size 2): "))
    assert not page.plan.isVisible()
    page.stop.click()
    finished(qtbot, page)
    assert page.plan.isVisible()


# -- layer by layer ----------------------------------------------------------------------------------------------------


def test_both_ways_draw_three_curves_and_four_panes(page: StudiesPage, qtbot: QtBot) -> None:
    page.set_subject(DEEP, small_dataset())
    page.choose(page.of(GreedyStudy))
    page.of(GreedyStudy).seeds.box.setValue(1)
    page.begin()
    finished(qtbot, page)
    (found,) = present(page.of(GreedyStudy).shown).found
    lines = {line.name: line for line in page.of(GreedyStudy).plot.lines()}
    assert list(lines) == ["End to end", "Layer by layer", "Layer by layer, fine-tuned"]
    assert lines["End to end"].y[-1] == found.end_to_end_fine_tuned
    assert lines["Layer by layer"].y[-1] == found.layer_by_layer
    assert lines["Layer by layer, fine-tuned"].y[-1] == found.layer_by_layer_fine_tuned
    assert lines["Layer by layer"].x[-1] == pytest.approx(2)
    assert lines["End to end"].x[-1] == lines["Layer by layer, fine-tuned"].x[-1] == pytest.approx(4)
    for pane in page.of(GreedyStudy).pictures.panes.values():
        assert pane.image_array() is not None
    marks = [mark.name for mark in page.of(GreedyStudy).plot.marks]
    assert marks == ["layer 1: 12 units", "layer 2: 6 units", "fine-tuning"]
    assert [row[0] for row in cells(page.of(GreedyStudy).table)] == ["Training", "End to end", "Layer by layer"]
    assert "One run of each says nothing" in page.of(GreedyStudy).verdict.text()
    assert f"{found.layer_by_layer_fine_tuned:.5f}" in page.of(GreedyStudy).verdict.text()


def test_the_pane_of_layer_by_layer_shows_the_model_before_fine_tuning(page: StudiesPage, qtbot: QtBot) -> None:
    page.set_subject(DEEP, small_dataset())
    page.choose(page.of(GreedyStudy))
    page.of(GreedyStudy).seeds.box.setValue(1)
    page.begin()
    finished(qtbot, page)
    (found,) = present(page.of(GreedyStudy).shown).found
    panes = page.of(GreedyStudy).pictures.panes
    original = panes["Original"].image_array()
    before, after = (panes[name].image_array() for name in ("Layer by layer", "Layer by layer, fine-tuned"))
    assert original is not None
    assert before is not None
    assert after is not None
    assert not np.array_equal(before, after)
    assert panes["Layer by layer"].caption() == f"Held-out error {found.layer_by_layer:.5f} of seed 0"


def test_one_layer_cannot_be_trained_layer_by_layer_and_a_recipe_is_offered(page: StudiesPage, qtbot: QtBot) -> None:
    page.choose(page.of(GreedyStudy))
    assert page.of(GreedyStudy).problem()
    assert not page.start.isEnabled()
    assert page.recipe.isVisible()
    page.recipe.click()
    assert alone(page).asked == [("choose_recipe", "deep-greedy")]


def test_rate_and_distortion_are_drawn_for_each_beta_and_a_row_shows_its_reconstructions(
    page: StudiesPage, qtbot: QtBot
) -> None:
    study = page.of(RateDistortionStudy)
    page.choose(study)
    page.set_subject(DRAWN, small_dataset())
    assert study.recipe() == ""
    study.values.setText("0.01, 20")
    study.seeds.box.setValue(1)
    page.start.click()
    finished(qtbot, page)
    assert study.table.rowCount() == 2
    curve, _ = study.plot.lines()
    assert len(curve.x) == 2
    assert curve.x[0] < curve.x[1]
    study.table.selectRow(0)
    assert study.pictures.panes["Reconstructed"].caption() == "β 0.01"


def test_a_code_that_is_held_to_no_prior_has_no_rate_and_a_recipe_is_offered(page: StudiesPage) -> None:
    page.choose(page.of(RateDistortionStudy))
    assert not page.start.isEnabled()
    page.recipe.click()
    assert alone(page).asked == [("choose_recipe", "vae")]


# -- in the window -----------------------------------------------------------------------------------------------------


def test_a_study_runs_beside_a_training_and_its_runs_land_in_the_library(window: Window, qtbot: QtBot) -> None:
    session, page = window.document, window.page(StudiesPage)
    window.show_page(page)
    page.of(TradeoffStudy).epochs.setValue(1)
    page.of(TradeoffStudy).knob.values.setText("2, 4")
    session.train()
    page.start.click()
    finished(qtbot, page)
    session.stop()
    qtbot.waitUntil(lambda: session.status.state is State.READY)
    library = session.shelf.library
    assert library is not None
    titles = [run.title for run in library.runs()]
    assert sum("2" in title or "4" in title for title in titles) >= 2
    numbered = [point.number for point in page.of(TradeoffStudy).points()]
    assert all(library.summary(number).state == "completed" for number in numbered)
    item = page.of(TradeoffStudy).table.item(0, 0)
    page.of(TradeoffStudy).table.itemActivated.emit(item)
    assert window.shown is window.page(ExplorePage)
    assert session.shown.number == numbered[0]


def test_choosing_another_recipe_reaches_the_page(window: Window, qtbot: QtBot) -> None:
    window.show_page(window.page(StudiesPage))
    window.document.choose_recipe("deep-greedy")
    qtbot.waitUntil(lambda: window.document.status.can_train)
    window.page(StudiesPage).choose(window.page(StudiesPage).of(GreedyStudy))
    assert window.page(StudiesPage).start.isEnabled()
    assert window.page(StudiesPage).of(GreedyStudy).layer_epochs.value() >= 1


def test_closing_the_window_asks_first_and_stops_the_study(
    window: Window, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(Window, "may_close", lambda _self, _what: bool(asked.append(1)) or len(asked) > 1)
    window.show_page(window.page(StudiesPage))
    window.page(StudiesPage).of(TradeoffStudy).epochs.setValue(5_000)
    window.page(StudiesPage).begin()
    qtbot.waitUntil(lambda: window.page(StudiesPage).bar.value() > 0)
    window.close()
    assert window.isVisible()
    window.close()
    assert len(asked) == 2
    assert window.page(StudiesPage).runner.close(0)  # nothing goes on that it would have to wait for


def test_a_study_that_is_drawn_follows_the_theme(page: StudiesPage, qtbot: QtBot, qapp: QApplication) -> None:
    page.of(TradeoffStudy).knob.values.setText("2, 4")
    page.start.click()
    finished(qtbot, page)
    theme.apply(qapp, "dark")
    drawn = [line for plot in page.of(TradeoffStudy).findChildren(LinePlot) for line in plot.lines()]
    assert drawn
    assert {line.colour for line in drawn} <= {*theme.DARK.series, theme.DARK.muted}
    assert not {line.colour for line in drawn} & {*theme.LIGHT.series, theme.LIGHT.muted}


@pytest.mark.slow
def test_runs_of_a_study_train_at_the_same_time_where_the_person_wants_it(qtbot: QtBot, page: StudiesPage) -> None:
    page.studio.jobs = 2
    page.begin()
    qtbot.waitUntil(lambda: page.said.text().startswith("2 workers"), timeout=60_000)
    qtbot.waitUntil(lambda: not page.runner.running, timeout=60_000)
    assert "Completed" in page.said.text() or "took" in page.said.text()


# -- on a cluster ------------------------------------------------------------------------------------------------------


def test_a_scheduler_that_does_not_answer_is_told_in_words(
    qtbot: QtBot, page: StudiesPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aestudio.core.cluster.cluster.SECONDS", 0.5)
    page.studio.scheduler = "tcp://127.0.0.1:1"
    page.begin()
    finished(qtbot, page)
    qtbot.waitUntil(lambda: "No scheduler answers at tcp://127.0.0.1:1" in page.said.text())


def test_a_scheduler_that_is_chosen_while_a_study_goes_on_here_is_none_of_it(qtbot: QtBot, page: StudiesPage) -> None:
    page.of(TradeoffStudy).epochs.setValue(20_000)
    page.begin()
    page.studio.scheduler = "tcp://127.0.0.1:1"
    qtbot.waitUntil(lambda: page.bar.value() > 0)
    assert "worker" not in page.said.text()
    page.stop.click()
    finished(qtbot, page)


@pytest.mark.slow
def test_a_study_on_a_cluster_shows_its_workers(qtbot: QtBot, page: StudiesPage) -> None:
    with workers.cluster() as page.studio.scheduler:
        page.begin()
        qtbot.waitUntil(lambda: page.said.text().startswith("2 workers"), timeout=60_000)
        qtbot.waitUntil(lambda: not page.runner.running, timeout=60_000)
    assert "Completed" in page.said.text() or "took" in page.said.text()
