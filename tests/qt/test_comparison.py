"""Two runs beside each other on Explore, in the real window: live ones, kept ones, and one of each."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QInputDialog, QLabel
from pytestqt.qtbot import QtBot

from aestudio.core.ground import folders
from aestudio.core.library.catalogue import Library
from aestudio.core.library.keeping import fit_and_keep
from aestudio.core.run import recipes
from aestudio.core.run.events import Finished, Progress
from aestudio.core.run.run import Run
from aestudio.qt.pages.explore.comparison_view import ComparisonView
from aestudio.qt.pages.explore.page import ExplorePage
from aestudio.qt.pages.explore.side import Side
from aestudio.qt.pages.runs.page import RunsPage
from aestudio.qt.widgets.latent_sliders import LatentSliders
from aestudio.qt.widgets.number_boxes import FloatBox
from aestudio.qt.window import Window
from aestudio.studio.document import Document
from aestudio.studio.events import Told
from aestudio.studio.series import Quantity
from aestudio.studio.status import State
from aestudio.studio.studio import Studio
from tests.present import present

WEIGHT = "penalties.kl-sparsity.weight"


def short(epochs: int = 1) -> Run:
    return recipes.find("sparse-kl").run().with_value("network.widths", [8]).with_value("epochs", epochs)


def view(window: Window) -> ComparisonView:
    return present(window.page(ExplorePage).beside)


def sides(window: Window) -> tuple[Document, Document]:
    return present(window.studio.comparison).sides


def compare(qtbot: QtBot, window: Window, epochs: int = 1) -> None:
    """A copy beside what is shown, without its penalty."""
    window.document.set_run(short(epochs))
    qtbot.waitUntil(lambda: window.document.status.can_train)
    window.action("compare").trigger()
    qtbot.waitUntil(lambda: window.document.status.can_train)
    window.document.set_value(WEIGHT, 0.0)


def trained(qtbot: QtBot, window: Window) -> None:
    window.action("train").trigger()
    qtbot.waitUntil(
        lambda: all(side.status.state is State.READY and side.preview is not None for side in sides(window))
    )


def steps(window: Window) -> list[int | None]:
    return [side.timeline.step for side in sides(window)]


def keep(*runs: Run) -> None:
    """In the library, with all their moments."""
    for run in runs:
        for event in fit_and_keep(run, run.data.load(), folder=folders.library()):
            assert not isinstance(event, Finished) or event.reason == "completed"


def test_a_copy_stands_beside_and_says_what_differs(qtbot: QtBot, window: Window) -> None:
    window.action("compare").trigger()
    left, right = sides(window)
    assert window.document is right
    assert "have the same settings so far" in view(window).differences.said.text()
    qtbot.waitUntil(lambda: right.status.can_train)
    right.set_value(WEIGHT, 0.0)
    assert [side.header.name.text() for side in view(window).sides] == ["Left: λ 0.2", "Right: λ 0"]
    boxes = view(window).differences.cells()[WEIGHT]
    assert [present(box).value() for box in boxes if isinstance(box, FloatBox)] == [0.2, 0.0]
    assert "the same images at each step" in view(window).differences.said.text()
    right.set_value("seed", 1)
    assert "the seed, the batch size or the augmentation differs" in view(window).differences.said.text()
    assert not window.action("compare").isEnabled()
    assert left.run.seed == 0


def test_both_train_and_every_part_shows_both(qtbot: QtBot, window: Window) -> None:
    compare(qtbot, window)
    trained(qtbot, window)
    assert steps(window) == [22, 22]
    both = view(window)
    curves = both.losses.plot.curves()
    assert {key for key, _ in curves} == {0, 1}
    assert len(curves[0, "train"][0]) == len(curves[1, "train"][0]) == 22
    first, second = (side.panes.reconstructed.image_array() for side in both.sides)
    assert first is not None
    assert not np.array_equal(first, present(second))
    assert np.array_equal(
        present(both.sides[0].panes.original.image_array()), present(both.sides[1].panes.original.image_array())
    )
    assert all("step 22" in side.header.state.text() for side in both.sides)
    assert sorted(present(side.shown.number) for side in sides(window)) == [1, 2]


def test_over_epochs_the_moment_is_marked_where_it_is_for_each_side(
    qtbot: QtBot, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aestudio.core.training.moment.AHEAD", 1e9)
    compare(qtbot, window)
    left, right = sides(window)
    right.set_value("batch_size", 2 * left.run.batch_size)
    trained(qtbot, window)
    losses = view(window).losses
    window.studio.show(left)
    left.timeline.go(3)
    step = present(left.shown.moment).step
    assert [mark.at for mark in losses.plot.marks] == [step]
    losses.bar.axis.choose(1)
    assert [mark.at for mark in losses.plot.marks] == [step / 22, step / 11]
    assert len({mark.row for mark in losses.plot.marks}) == 2


def test_the_curves_of_both_are_drawn_as_often_as_patience_allows(
    qtbot: QtBot, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare(qtbot, window)
    monkeypatch.setattr(window.studio.throttle, "factor", 3.0)
    view(window)._draw()
    assert view(window)._drawing.interval() == 750


def test_a_live_setting_is_changed_on_the_strip_while_both_train(qtbot: QtBot, window: Window) -> None:
    compare(qtbot, window, 10_000)
    right = sides(window)[1]
    weights: set[float] = set()

    def read(event: Told) -> None:
        if isinstance(event, Progress):
            weights.update(event.weights[:, 1].tolist())

    right.listen(read)
    window.action("train").trigger()
    qtbot.waitUntil(lambda: all(side.preview is not None and side.preview.step > 0 for side in sides(window)))
    box = view(window).differences.cells()[WEIGHT][1]
    assert isinstance(box, FloatBox)
    box.setValue(0.5)
    qtbot.waitUntil(lambda: 0.5 in weights)
    window.action("pause").trigger()
    assert {side.status.state for side in sides(window)} == {State.PAUSED}
    window.action("stop").trigger()
    qtbot.waitUntil(lambda: all(side.status.state is State.READY for side in sides(window)))
    assert len(set(steps(window))) == 1


def test_chosen_runs_are_drawn_behind_both_sides_and_taken_off_there(qtbot: QtBot, window: Window) -> None:
    keep(short().with_value(WEIGHT, 0.5))
    window.studio.behind.add((1,))
    compare(qtbot, window)
    trained(qtbot, window)
    losses = view(window).losses

    def behind() -> dict[str, int]:
        return {line.label: len(line.x) for line in losses.plot.lines() if line.behind}

    losses.refresh()
    assert behind() == {"#1": 22}
    assert losses.behind.text() == "1 run behind"
    losses.bar.choose(Quantity("score", "psnr"))
    assert behind() == {"#1": 2}
    qtbot.mouseClick(losses.behind, Qt.MouseButton.LeftButton)
    assert not behind()
    assert not losses.behind.isVisible()
    window.studio.behind.add((2,))
    assert list(behind()) == ["#2"]


def test_continue_goes_on_with_both_sides_and_asks_once_for_how_long(
    qtbot: QtBot, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare(qtbot, window)
    trained(qtbot, window)
    asked: list[str] = []

    def answer(_parent: object, _title: str, question: str, *_rest: object) -> tuple[int, bool]:
        asked.append(question)
        return 2, True

    monkeypatch.setattr(QInputDialog, "getInt", answer)
    window.action("continue").trigger()
    qtbot.waitUntil(lambda: steps(window) == [66, 66])
    qtbot.waitUntil(lambda: all(side.status.state is State.READY for side in sides(window)))
    assert len(asked) == 1
    assert [side.run.epochs for side in sides(window)] == [3, 3]
    assert sorted(present(side.shown.number) for side in sides(window)) == [1, 2]


def test_place_sample_axes_and_units_are_the_same_on_both_sides(qtbot: QtBot, window: Window) -> None:
    compare(qtbot, window)
    trained(qtbot, window)
    left, right = view(window).sides
    left.panes.enlarge(5)
    assert (right.panes.selected, right.panes.enlarged()) == (5, 5)
    right.panes.back_to_grid()
    assert left.panes.enlarged() is None
    right.panes.set_difference_visible(True)
    assert left.panes.difference_visible()

    page = window.page(ExplorePage)
    page._both.ensureWidgetVisible(left.histogram)
    left.histogram.set_per_unit(True)
    assert right.histogram.per_unit()
    qtbot.waitUntil(lambda: len(left.histogram.edges()) > 0 and len(right.histogram.edges()) > 0)
    assert np.array_equal(left.histogram.edges(), right.histogram.edges())

    unit = left.sliders.units()[0]
    slider = left.sliders.slider(unit)
    slider.setValue(slider.maximum())
    assert right.sliders.moved() == {unit}
    assert right.sliders.values()[unit] == pytest.approx(left.sliders.values()[unit])
    right.sliders.reset()
    assert not left.sliders.moved()


@pytest.fixture
def linked(qtbot: QtBot) -> Iterator[tuple[LatentSliders, LatentSliders]]:
    """The sliders of two sides, with codes of four units."""
    parent, studio = QObject(), Studio()
    left, right = Side(0, parent), Side(1, parent)
    left.link(right)
    right.link(left)
    for side in (left, right):
        for widget in (side.header, side.panes, side.histogram, side.sliders):
            qtbot.addWidget(widget)
        side.attach(studio.document)
        side.sliders.set_statistics(codes(4))
    yield left.sliders, right.sliders
    assert all(side.sliders.random.close_down(60) for side in (left, right))
    assert studio.close(60)


def codes(units: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((50, units)).astype(np.float32)


def test_sliders_of_both_sides_are_for_whole_maps_or_for_single_numbers(
    linked: tuple[LatentSliders, LatentSliders],
) -> None:
    left, right = linked
    for sliders in linked:
        sliders.set_shape((3, 2, 2))
        sliders.set_statistics(codes(12))
    left.maps.click()
    assert sorted(left.units()) == sorted(right.units()) == [0, 1, 2]
    left.slider(1).setValue(left.slider(1).maximum())
    assert right.moved() == {1}
    np.testing.assert_allclose(left.values(), right.values(), atol=1e-5)
    right.maps.click()
    assert len(left.units()) == 12
    right.clear()
    left.maps.click()  # where nothing is shown there is nothing to divide
    assert right.units() == ()


def test_a_unit_without_a_slider_at_the_other_side_gets_one_when_it_is_moved(
    linked: tuple[LatentSliders, LatentSliders],
) -> None:
    left, right = linked
    right.set_statistics(codes(4) * np.array([1, 1, 1, 0], np.float32))
    assert 3 not in right.units()
    left.unused.setChecked(True)
    left.slider(3).setValue(left.slider(3).maximum())
    assert right.units()[0] == 3
    assert right.moved() == {3}
    assert right.values()[3] == pytest.approx(left.values()[3])


def test_the_settings_button_and_the_key_go_to_the_other_side(qtbot: QtBot, window: Window) -> None:
    compare(qtbot, window)
    left, right = sides(window)
    qtbot.mouseClick(view(window).sides[0].header.settings, Qt.MouseButton.LeftButton)
    assert window.document is left
    box = window.page(ExplorePage).setup.form.editor(WEIGHT)
    assert isinstance(box, FloatBox)
    assert box.value() == 0.2
    with qtbot.waitActive(window):
        window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_F3)
    assert window.document is right
    window.page(ExplorePage).setup.sides.choose(0)
    assert window.document is left
    left.set_value("epochs", 7)
    window.action("undo").trigger()
    assert left.run.epochs == 1


def test_two_kept_runs_are_gone_through_together(qtbot: QtBot, window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aestudio.core.training.moment.AHEAD", 1e9)
    keep(short(), short().with_value(WEIGHT, 0.0))
    runs = window.page(RunsPage)
    window.show_page(runs)
    runs.refresh()
    qtbot.waitUntil(lambda: runs.model.rowCount() == 2)
    runs.table.choose([2, 1])
    assert runs.commands["compareRun"].perform()
    qtbot.waitUntil(lambda: steps(window) == [22, 22])
    assert window.shown is window.page(ExplorePage)
    assert [side.shown.number for side in sides(window)] == [1, 2]
    assert [side.header.name.text() for side in view(window).sides] == ["Left: λ 0.2", "Right: λ 0"]
    view(window).time.slider.setValue(2)
    qtbot.waitUntil(lambda: steps(window) == [2, 2])
    assert [mark.at for mark in view(window).losses.plot.marks] == [2]
    assert view(window).differences.close_comparison.isVisible()
    qtbot.mouseClick(view(window).differences.close_comparison, Qt.MouseButton.LeftButton)
    assert window.studio.documents == [window.document]
    assert window.document.shown.number == 1
    assert view(window).isHidden() or not view(window).isVisible()


def test_losses_of_a_side_are_drawn_once_it_is_known_how_many_pixels_they_are_summed_over(
    qtbot: QtBot, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare(qtbot, window)
    trained(qtbot, window)
    losses, (_left, right) = view(window).losses, sides(window)

    def highest() -> dict[object, float]:
        losses.restyle()  # draws again
        return {line.key: float(line.y.max()) for line in losses.plot.lines()}

    losses.refresh()
    drawn = highest()
    monkeypatch.setattr(Document, "dataset", None)
    assert highest() == drawn
    monkeypatch.setattr(Document, "preview", property(lambda one: None if one is right else one.shown.preview))
    assert set(highest()) == {0}


def test_a_training_is_seen_beside_a_kept_run_at_its_step(
    qtbot: QtBot, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aestudio.core.training.moment.AHEAD", 1e9)
    keep(short())
    window.document.kept.open_run(1)
    qtbot.waitUntil(lambda: window.document.preview is not None)
    compare(qtbot, window)
    left, right = sides(window)
    left.kept.open_run(1)
    qtbot.waitUntil(lambda: left.preview is not None and right.status.can_train)
    window.action("step").trigger()
    qtbot.waitUntil(lambda: steps(window) == [1, 1])
    assert left.status.state is State.READY
    assert not window.action("train").isEnabled()
    window.action("stop").trigger()
    qtbot.waitUntil(lambda: right.status.state is State.READY)


def test_one_run_of_the_library_is_put_beside_what_is_shown(qtbot: QtBot, window: Window) -> None:
    keep(short())
    first = window.document
    window.studio.compare_runs(1)
    left, right = sides(window)
    assert left is first
    qtbot.waitUntil(lambda: right.preview is not None)
    window.studio.compare_runs(77)  # there is none: what is shown stays
    assert sides(window) == (left, right)
    assert right.shown.number == 1


def test_a_window_that_is_closed_ends_both_trainings_and_keeps_both(qtbot: QtBot, window: Window) -> None:
    compare(qtbot, window, 10_000)
    window.action("train").trigger()
    qtbot.waitUntil(lambda: all(side.preview is not None and side.preview.step > 0 for side in sides(window)))
    assert len(window.leaving.losses()) == 1
    window.close()
    assert window.shut(60)
    with Library(folders.library()) as library:
        assert [(one.state, one.step > 0) for one in library.runs()] == [("stopped", True)] * 2
    assert window.habits.left_with[1] in (1, 2)


@pytest.mark.slow
def test_a_comparison_is_there_again_in_the_next_window_until_it_is_closed(qtbot: QtBot, window: Window) -> None:
    keep(short())
    window.studio.compare_runs(1)
    qtbot.waitUntil(lambda: all(side.status.state is State.READY for side in sides(window)))
    wanted = [side.run for side in sides(window)]
    window.close()
    assert window.shut(60)
    for found in (wanted, wanted[:1]):
        again = Window()
        qtbot.addWidget(again)
        again.begin()
        qtbot.waitUntil(lambda: all(side.status.state is State.READY for side in again.studio.seen))  # noqa: B023
        assert [side.run for side in again.studio.seen] == found
        assert again.studio.seen[-1].shown.number == (1 if len(found) == 2 else None)
        again.studio.end_comparison()
        again.close()
        assert again.shut(60)


def test_closing_the_comparison_asks_for_a_model_that_is_in_no_file(
    qtbot: QtBot, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare(qtbot, window)
    trained(qtbot, window)
    right = sides(window)[1]
    right.kept.unkept = right.shown.file()
    answers = iter((False, True))
    monkeypatch.setattr(window.studio, "may_replace", lambda document: document is right and next(answers))
    assert not window.studio.end_comparison()
    assert window.studio.comparison is not None
    window.action("closeComparison").trigger()
    assert window.studio.seen == (window.document,)
    right.kept.throw_away()


def test_a_side_that_is_closed_is_held_by_nothing(qtbot: QtBot, window: Window) -> None:
    compare(qtbot, window)
    trained(qtbot, window)
    gone = weakref.ref(sides(window)[1])
    window.action("closeComparison").trigger()

    def is_gone() -> bool:
        gc.collect()
        return gone() is None

    qtbot.waitUntil(is_gone)


def test_an_image_goes_through_both_models(qtbot: QtBot, window: Window) -> None:
    compare(qtbot, window)
    trained(qtbot, window)
    window.intake._try_image("mine", np.full((8, 8, 1), 0.5, np.float32))
    assert all(side.panes.has_tried() for side in view(window).sides)
    view(window).sides[0].panes.close_tried()
    assert not any(side.panes.has_tried() for side in view(window).sides)


def test_the_comparison_fits_and_scrolls_in_a_small_window_and_speaks_korean(qtbot: QtBot, window: Window) -> None:
    compare(qtbot, window)
    trained(qtbot, window)
    window.resize(960, 540)
    window.speak("ko")
    names = [side.header.name.text() for side in view(window).sides]
    said = [label.text() for label in view(window).differences.findChildren(QLabel)]
    window.speak("en")
    assert names == ["왼쪽: λ 0.2", "오른쪽: λ 0"]
    assert any("같은 이미지" in one for one in said)
    assert [side.header.name.text() for side in view(window).sides] == ["Left: λ 0.2", "Right: λ 0"]
    page = window.page(ExplorePage)
    for side in view(window).sides:
        page._both.ensureWidgetVisible(side.sliders)
        assert not side.sliders.visibleRegion().isEmpty()
    assert page.minimumSizeHint().width() <= page.width()
