"""The page Latent: map, grid and samples of a model, by mouse and by keys."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot

from aestudio.core.data.dataset import Dataset, Split
from aestudio.core.model.trained import Model
from aestudio.core.run.run import Run
from aestudio.qt.pages.explore.page import ExplorePage
from aestudio.qt.pages.latent.map_colours import many_colours
from aestudio.qt.pages.latent.page import LatentPage
from aestudio.qt.pages.latent.panels.grid import GridPanel
from aestudio.qt.pages.latent.panels.map import MapPanel
from aestudio.qt.pages.latent.panels.samples import SamplesPanel
from aestudio.qt.pages.latent.plane_choice import UNITS
from aestudio.qt.window import Window
from aestudio.studio.inspect.examined import Examined
from tests.core.probing import model, store
from tests.present import present
from tests.qt.inspecting import subject
from tests.qt.listening import Alone
from tests.qt.test_window import drop, stop, train, write_image

LINEAR = {"kind": "linear", "code_size": 4}


def closed(page: LatentPage) -> None:
    assert page.shut(60)


def opened(qtbot: QtBot) -> LatentPage:
    """The page by itself, on the screen until the test ends."""
    made = LatentPage(Alone())
    qtbot.addWidget(made, before_close_func=closed)
    made.resize(1100, 700)
    with qtbot.waitExposed(made):
        made.show()
    return made


@pytest.fixture
def page(qtbot: QtBot) -> LatentPage:
    return opened(qtbot)


def looked_at(found: Model | None = None) -> Examined:
    """A snapshot with images that have labels."""
    held_out, trained = store(20, seed=2), store(50, seed=1)
    dataset = Dataset("random", Split(trained, torch.arange(50) % 3), Split(held_out, torch.arange(20) % 3))
    return replace(subject(found or model(LINEAR)), dataset=dataset)


def shown(qtbot: QtBot, page: LatentPage, examined: Examined) -> None:
    page.set_subject(examined)
    qtbot.waitUntil(lambda: page.measured is not None and not page.observer.busy)


def test_a_place_of_the_map_under_the_pointer_is_decoded_beside_the_nearest_image(
    qtbot: QtBot, page: LatentPage
) -> None:
    shown(qtbot, page, looked_at())
    panel = page.panel
    assert isinstance(panel, MapPanel)
    at = QPoint(panel.view.width() // 3, panel.view.height() // 2)
    qtbot.mouseMove(panel.view, at)
    qtbot.waitUntil(lambda: panel.beside.decoded.images() is not None)
    x, y = present(panel.view.place())
    assert (x, y) == pytest.approx(panel.view.place_at(at.toPointF()), abs=1e-6)
    found = present(panel._found)
    code = torch.from_numpy(present(found.plane).codes(np.array([[x, y]], np.float32)))
    np.testing.assert_allclose(
        present(panel.beside.decoded.images()), looked_at().model.decode(code).numpy(), rtol=1e-5
    )
    assert present(panel.beside.nearest.images()).shape == (1, 1, 8, 8)


def test_arrow_keys_walk_over_the_map_plus_zooms_and_escape_shows_all(qtbot: QtBot, page: LatentPage) -> None:
    shown(qtbot, page, looked_at())
    panel = page.panel
    assert isinstance(panel, MapPanel)
    whole = panel.view.window_shown()
    qtbot.keyClick(panel.view, Qt.Key.Key_Right)
    first = present(panel.view.place())
    qtbot.keyClick(panel.view, Qt.Key.Key_Right)
    assert present(panel.view.place())[0] > first[0]
    qtbot.keyClick(panel.view, Qt.Key.Key_Plus)
    assert panel.view.window_shown().half < whole.half
    qtbot.keyClick(panel.view, Qt.Key.Key_Escape)
    assert panel.view.window_shown() == whole


def test_every_dot_has_the_colour_of_its_label_and_thumbnails_stand_at_their_dots(
    qtbot: QtBot, page: LatentPage
) -> None:
    shown(qtbot, page, looked_at())
    panel = page.panel
    assert isinstance(panel, MapPanel)
    picture = panel.view.grab().toImage()
    places = panel.view.at(present(panel._found).places)
    colours = many_colours(3)
    matches = 0
    for (x, y), label in zip(places, present(present(panel._found).codes.labels), strict=True):
        if 4 < x < panel.view.width() - 4 and 4 < y < panel.view.height() - 4:
            matches += picture.pixelColor(int(x), int(y)).name().lower() == colours[label].lower()
    assert matches >= 60  # of 70: one may lie under another, or beyond the edge
    panel.thumbnails.setChecked(True)
    panel.view.grab()
    drawn = panel.view._drawn
    assert drawn
    assert len({(corner.x(), corner.y()) for _, corner, _ in drawn}) == len(drawn)
    picture = panel.view.grab().toImage()
    for dot, corner, _ in drawn:  # the frame of each is as its dot was
        if not panel.view.rect().adjusted(2, 2, -22, -4).contains(corner.toPoint()):
            continue  # seen in part
        label = int(present(present(panel._found).codes.labels)[dot])
        assert picture.pixelColor(int(corner.x()) + 20, int(corner.y()) + 2).name().lower() == colours[label].lower()
    before = {dot: (corner.x(), corner.y()) for dot, corner, _ in drawn}
    panel.view.drag(panel.view.press(QPointF()), QPointF(), QPointF(5, 3))
    panel.view.grab()
    after = {dot: (corner.x(), corner.y()) for dot, corner, _ in present(panel.view._drawn)}
    moved = {(round(after[dot][0] - x), round(after[dot][1] - y)) for dot, (x, y) in before.items() if dot in after}
    assert moved == {(5, 3)}  # images move with the map, and are not chosen anew


def test_two_units_against_each_other_are_a_plane_too_and_one_twice_is_a_sentence(
    qtbot: QtBot, page: LatentPage
) -> None:
    shown(qtbot, page, looked_at())
    panel = page.panel
    assert isinstance(panel, MapPanel)
    panel.plane.kind.choose(1)
    qtbot.waitUntil(lambda: panel._found is not None and panel._found.places.shape[1] == 2 and not page.observer.busy)
    panel.plane.second.setValue(0)
    qtbot.waitUntil(lambda: "two different units" in page.refusal())


def test_the_grid_shows_as_many_decoded_images_as_are_wanted(qtbot: QtBot, page: LatentPage) -> None:
    page.choose(GridPanel)
    shown(qtbot, page, looked_at())
    panel = page.panel
    assert isinstance(panel, GridPanel)
    panel.count.setValue(5)
    qtbot.waitUntil(lambda: panel.sheet.images() is not None and len(present(panel.sheet.images())) == 25)
    assert "nearly all images" in panel.caption.text()
    with np.load(io.BytesIO(panel.sheet.sharing.content("npz"))) as read:
        decoded = looked_at().model.decode(torch.from_numpy(read["codes"])).numpy()
        np.testing.assert_allclose(read["images"], decoded, rtol=1e-4, atol=1e-5)
    assert len(panel.sheet.sharing.content("csv").decode().splitlines()) == 26
    for width in (400, 1600):  # a place to the right stays a place to the right, however wide the window
        page.resize(width, 500)
        first, next_row = panel.sheet.cell(0), panel.sheet.cell(5)
        assert (next_row.x(), next_row.y() > first.y()) == (first.x(), True)


def test_samples_stand_beside_their_nearest_training_images_and_can_be_drawn_again(
    qtbot: QtBot, page: LatentPage
) -> None:
    page.choose(SamplesPanel)
    shown(qtbot, page, looked_at())
    panel = page.panel
    assert isinstance(panel, SamplesPanel)
    before = present(panel.drawn.images())
    assert present(panel.near.images()).shape == before.shape
    with np.load(io.BytesIO(panel.drawn.sharing.content("npz"))) as read:
        assert read["codes"].shape == (64, 4)
    assert len(panel.drawn.sharing.content("csv").decode().splitlines()) == 65
    found, (_, subject) = present(panel._found), present(page.measured)
    one = Split(store(1), None)
    panel.show_found(replace(found, searched=1), replace(subject, dataset=Dataset("one", one, one)))
    assert panel.caption.text().startswith("Nearest of 1 training image; ")
    panel.again.click()
    qtbot.waitUntil(lambda: not np.array_equal(present(panel.drawn.images()), before))
    panel.source.choose(0)  # a linear code has no prior
    qtbot.waitUntil(lambda: "no prior" in page.refusal())
    assert panel.source.isVisible()  # or nothing else could be chosen any more
    panel.source.choose(2)
    qtbot.waitUntil(lambda: not page.refusal())
    assert panel.isAncestorOf(panel.source)
    assert panel.drawn.isVisible()


def test_without_images_the_page_says_what_to_do(qtbot: QtBot, page: LatentPage) -> None:
    page.set_subject(subject(model(LINEAR)))
    qtbot.waitUntil(lambda: "choose its data" in page.refusal())


def test_the_map_follows_a_training_in_the_window(qtbot: QtBot, window: Window) -> None:
    train(qtbot, window)
    latent = window.page(LatentPage)
    window.show_page(latent)
    qtbot.waitUntil(lambda: latent.measured is not None)
    stop(qtbot, window)
    preview = present(window.document.preview)
    qtbot.waitUntil(lambda: latent.measured is not None and latent.measured[1].step == preview.step)
    assert isinstance(present(window.document.run), Run)


@pytest.mark.parametrize("hidden_before", [True, False])
def test_what_was_asked_for_is_measured_when_the_page_is_seen_again(
    qtbot: QtBot, page: LatentPage, hidden_before: bool
) -> None:
    shown(qtbot, page, looked_at())
    panel = page.panel
    assert isinstance(panel, MapPanel)
    if hidden_before:
        page.hide()
    panel.plane.kind.choose(UNITS)
    page.hide()  # a measure that goes on is given up
    page.show()
    qtbot.waitUntil(lambda: present(present(panel._found).plane).right.tolist() == [1, 0, 0, 0])


def test_a_picture_that_is_dropped_on_the_map_is_seen_there(qtbot: QtBot, window: Window, tmp_path: Path) -> None:
    train(qtbot, window)
    stop(qtbot, window)
    page = window.page(LatentPage)
    window.show_page(page)
    drop(window, write_image(tmp_path / "cat.png"), write_image(tmp_path / "dog.png", (40, 40)))
    panel = page.panel
    assert isinstance(panel, MapPanel)
    qtbot.waitUntil(lambda: sorted(name for *_, name in panel.view._marks.points) == ["cat.png", "dog.png"])
    assert window.shown is page
    page.choose(SamplesPanel)  # where no picture of one's own is seen
    drop(window, write_image(tmp_path / "cat.png"))
    assert window.page(ExplorePage).isVisible()
