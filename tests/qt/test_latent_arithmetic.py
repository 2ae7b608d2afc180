"""The panel Arithmetic of the page Latent: ends, the direction, what it does to images, and its axis on the map."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from pytestqt.qtbot import QtBot

from aestudio.core.ground.reports import unheard
from aestudio.core.model.trained import Model
from aestudio.qt.pages.latent.page import LatentPage
from aestudio.qt.pages.latent.panels.arithmetic import AppliedDirection, ArithmeticPanel
from aestudio.qt.pages.latent.panels.grid import Found, GridPanel
from aestudio.qt.pages.latent.panels.map import MapPanel
from aestudio.studio.latent.encoded import encoded
from tests.core.probing import model
from tests.present import present
from tests.qt.test_latent_page import LINEAR, looked_at, opened, shown
from tests.qt.test_latent_paths import own


@pytest.fixture
def page(qtbot: QtBot) -> LatentPage:
    made = opened(qtbot)
    made.choose(ArithmeticPanel)
    return made


@pytest.fixture
def panel(qtbot: QtBot, page: LatentPage) -> ArithmeticPanel:
    shown(qtbot, page, looked_at())
    assert isinstance(page.panel, ArithmeticPanel)
    found = page.panel
    qtbot.waitUntil(lambda: found._found is not None and not page.observer.busy)
    return found


def test_two_labels_are_the_ends_to_begin_with_and_the_direction_goes_between_their_means(
    page: LatentPage, panel: ArithmeticPanel
) -> None:
    assert panel.ends.chosen() == ("label-0", "label-1")
    found = present(panel._found)
    labels = present(found.codes.labels)
    expected = found.codes.codes[labels == 0].mean(0) - found.codes.codes[labels == 1].mean(0)
    np.testing.assert_allclose(found.direction.vector, expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(present(page.shared.direction).vector(found.codes), found.direction.vector)
    assert present(panel.sheet.images()).shape == (4 * 9, 1, 8, 8)
    assert panel.table.words()[0][0] == "Label"
    assert "long" in panel.caption.text()


def test_a_selection_kept_on_the_map_becomes_an_end(qtbot: QtBot, page: LatentPage, panel: ArithmeticPanel) -> None:
    before = present(panel._found)
    page.shared.keep("A", np.array([3, 30, 31]), before.codes)
    qtbot.waitUntil(lambda: panel._found is not before and not page.observer.busy)
    assert panel.ends.chosen() == ("kept-A", "label-1")
    assert present(panel._found).direction.counts[0] == 3
    assert "3 images" in panel.ends.to.currentText()
    assert "Of so few images it cannot be said how certain it is" in panel.caption.text()
    assert "of 100 draws" not in panel.caption.text()


def test_a_measure_is_of_the_selections_as_they_were_when_it_was_asked_for(
    qtbot: QtBot, page: LatentPage, panel: ArithmeticPanel
) -> None:
    before = present(panel._found)
    page.shared.keep("A", np.array([3, 30, 31]), before.codes)
    qtbot.waitUntil(lambda: panel._found is not before and not page.observer.busy)
    measure = panel.measure()
    page.shared.selections.clear()
    found = measure(present(page.inspection.subject), unheard)
    assert isinstance(found, AppliedDirection)
    assert found.direction.counts[0] == 3


@pytest.mark.parametrize("kind", [MapPanel, GridPanel])
def test_a_direction_is_that_of_the_codes_of_the_newer_snapshot(
    page: LatentPage, panel: ArithmeticPanel, kind: type[MapPanel | GridPanel]
) -> None:
    old = present(panel._found).direction.vector
    looking = next(one for one in page.panels if isinstance(one, kind))
    looking.plane.kind.choose(2)
    trained = model(LINEAR)
    weights = {name: one.flip(0) for name, one in trained.module.snapshot().items()}
    newer = looked_at(Model(trained.run, trained.shape, weights))
    found = looking.measure()(newer, unheard)
    codes = encoded(newer)
    labels = present(codes.labels)
    vector = codes.codes[labels == 0].mean(0) - codes.codes[labels == 1].mean(0)
    row = (
        present(found.grid).codes
        if isinstance(found, Found)
        else present(found.plane).codes(np.array([[0, 0], [1, 0]]))
    )
    along = row[1] - row[0]
    assert along @ vector == pytest.approx(np.linalg.norm(along) * np.linalg.norm(vector), rel=1e-4)
    assert abs(vector @ old) < 0.99 * np.linalg.norm(vector) * np.linalg.norm(old)


def test_the_same_images_at_both_ends_are_no_direction_and_another_choice_mends_that(
    qtbot: QtBot, page: LatentPage, panel: ArithmeticPanel
) -> None:
    panel.ends.away.setCurrentIndex(panel.ends.to.currentIndex())
    qtbot.waitUntil(lambda: "same images" in page.refusal())
    panel.ends.away.setCurrentIndex(panel.ends.away.count() - 1)
    qtbot.waitUntil(lambda: not page.refusal() and present(panel._found).direction.counts[1] == 70)


def test_the_direction_is_applied_to_the_images_that_are_chosen(
    qtbot: QtBot, page: LatentPage, panel: ArithmeticPanel
) -> None:
    panel.picker.turn(7)
    qtbot.waitUntil(lambda: present(panel.sheet.images()).shape[0] == 9)
    found = present(panel._found)
    np.testing.assert_allclose(found.moved[0, 4], found.codes.codes[7], rtol=1e-5)  # the strength in the middle is none
    panel.most.setValue(4)
    qtbot.waitUntil(lambda: present(panel._found).strengths[-1] == 4)


def test_the_direction_is_an_axis_of_the_map(qtbot: QtBot, page: LatentPage, panel: ArithmeticPanel) -> None:
    vector = present(panel._found).direction.vector
    page.choose(MapPanel)
    qtbot.waitUntil(lambda: page.measured is not None and not page.observer.busy)
    maps = page.panel
    assert isinstance(maps, MapPanel)
    before = present(maps._found)
    maps.plane.kind.choose(2)
    qtbot.waitUntil(lambda: maps._found is not before and not page.observer.busy)
    found = present(maps._found)
    along = (found.codes.codes - found.codes.codes.mean(0)) @ vector / np.linalg.norm(vector)
    np.testing.assert_allclose(found.places[:, 0], along, atol=1e-4)


def test_without_a_direction_the_map_says_where_to_find_one(qtbot: QtBot, page: LatentPage) -> None:
    page.choose(MapPanel)
    shown(qtbot, page, looked_at())
    maps = page.panel
    assert isinstance(maps, MapPanel)
    maps.plane.kind.choose(2)
    qtbot.waitUntil(lambda: "under Arithmetic first" in page.refusal())


def test_the_direction_and_the_moved_codes_leave_the_panel(panel: ArithmeticPanel) -> None:
    with np.load(io.BytesIO(panel.sheet.sharing.content("npz"))) as read:
        assert read["direction"].shape == (4,)
        assert read["codes"].shape == (4, 9, 4)
        assert read["images"].shape == (4, 9, 1, 8, 8)
    assert len(panel.sheet.sharing.content("csv").decode().splitlines()) == 5


def test_a_picture_of_ones_own_is_offered_first_and_moved_along_the_direction(
    qtbot: QtBot, page: LatentPage, panel: ArithmeticPanel
) -> None:
    picture = own("mine.png", 3)
    page.shared.put([picture])
    qtbot.waitUntil(lambda: "your own: mine.png" in panel.caption.text() and not page.observer.busy)
    np.testing.assert_array_equal(present(panel.picker.images())[0], picture.original)
    found = present(panel._found)
    code = looked_at().model.encode(torch.from_numpy(picture.original)[None]).numpy()[0]
    np.testing.assert_allclose(found.moved[0, 4], code, rtol=1e-4, atol=1e-5)  # the first row, moved by nothing
    assert found.direction.counts == (24, 24)  # it is none of the images that the direction is found from
    panel.picker.turn(0)
    panel.picker.turn(3)
    qtbot.waitUntil(lambda: len(present(panel._found).moved) == 2)
    np.testing.assert_allclose(present(panel._found).moved[0, 4], code, rtol=1e-4, atol=1e-5)
    page.shared.put([])
    qtbot.waitUntil(lambda: len(present(panel._found).moved) == 1 and not page.observer.busy)
    assert panel.picker.chosen == [2]
    assert "your own" not in panel.caption.text()
