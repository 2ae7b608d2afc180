"""The panel Paths of the page Latent: images are chosen, paths shown, played and taken away."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from aestudio.qt.pages.latent.page import LatentPage
from aestudio.qt.pages.latent.panels.paths import PathsPanel
from aestudio.studio.status import TriedImage
from tests.present import present
from tests.qt.test_latent_page import looked_at, opened, shown


@pytest.fixture
def page(qtbot: QtBot) -> LatentPage:
    made = opened(qtbot)
    made.choose(PathsPanel)
    return made


@pytest.fixture
def panel(qtbot: QtBot, page: LatentPage) -> PathsPanel:
    shown(qtbot, page, looked_at())
    assert isinstance(page.panel, PathsPanel)
    return page.panel


def images(panel: PathsPanel) -> int:
    found = panel.sheet.images()
    return 0 if found is None else len(found)


def test_two_images_with_different_labels_are_joined_to_begin_with(panel: PathsPanel) -> None:
    assert panel.picker.chosen == [0, 1]
    assert images(panel) == 3 * 9
    assert [line.splitlines()[0] for line in panel.sheet.row_words()] == ["Straight", "Spherical", "Through data"]
    assert "root mean square" in panel.caption.text()
    assert "The shortest: " in panel.caption.text()


def test_where_no_path_is_shorter_than_the_others_none_is_called_so(panel: PathsPanel, page: LatentPage) -> None:
    found, (_, subject) = present(panel._found), present(page.measured)
    still = {way: replace(one, frames=np.zeros_like(one.frames)) for way, one in found.ways.items()}
    panel.show_found(replace(found, ways=still), subject)
    assert "The shortest" not in panel.caption.text()


def test_the_outlined_row_is_the_path_that_is_played(qtbot: QtBot, panel: PathsPanel) -> None:
    def outlined() -> int:
        return panel.sheet.row(panel.sheet.selected())

    panel.played.choose(2)
    assert outlined() == 2
    panel.sheet.setFocus()
    qtbot.keyClick(panel.sheet, Qt.Key.Key_Up)
    assert (outlined(), panel.played.index()) == (1, 1)


def test_a_third_image_is_chosen_with_the_keys_and_let_go_again(
    qtbot: QtBot, page: LatentPage, panel: PathsPanel
) -> None:
    panel.picker.setFocus()
    for _ in range(5):
        qtbot.keyClick(panel.picker, Qt.Key.Key_Right)
    qtbot.keyClick(panel.picker, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: images(panel) == 3 * 17)
    third = panel.picker.chosen[2]
    start = present(panel.sheet.images())[0]
    assert third not in (0, 1)
    qtbot.keyClick(panel.picker, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: images(panel) == 3 * 9)
    np.testing.assert_allclose(present(panel.sheet.images())[0], start, atol=1e-5)


def test_with_fewer_than_two_images_the_panel_says_what_to_do(qtbot: QtBot, panel: PathsPanel) -> None:
    panel.picker.none.click()
    qtbot.waitUntil(lambda: images(panel) == 0)
    assert "choose two images" in panel.caption.text()
    assert not panel.player.button.isEnabled()
    panel.picker.turn(4)
    panel.picker.turn(7)
    qtbot.waitUntil(lambda: images(panel) == 3 * 9)


def test_a_path_is_played_and_the_one_whose_row_is_clicked_next(qtbot: QtBot, panel: PathsPanel) -> None:
    panel.player.button.click()
    qtbot.waitUntil(lambda: panel.player.place() > 2)
    panel.player.button.click()
    straight = present(panel.player.picture.images())
    panel.sheet.sample_clicked.emit(2 * 9 + 3)
    assert panel.played.index() == 2
    assert not np.array_equal(present(panel.player.picture.images()), straight)


def test_an_animation_arrays_and_codes_leave_the_panel(panel: PathsPanel) -> None:
    with Image.open(io.BytesIO(panel.player.picture.sharing.content("gif"))) as read:
        assert read.n_frames == 2 * 32  # type: ignore[attr-defined]
    with np.load(io.BytesIO(panel.sheet.sharing.content("npz"))) as read:
        assert read["straight_codes"].shape == (33, 4)
        assert read["data_images"].shape == (33, 1, 8, 8)
    rows = panel.sheet.sharing.content("csv").decode().splitlines()
    assert rows[0] == "path,step,length,code_0,code_1,code_2,code_3"
    assert len(rows) == 1 + 3 * 9
    assert panel.player.picture.sharing.kinds() == ["png", "svg", "gif"]


def own(name: str, seed: int) -> TriedImage:
    picture = np.random.default_rng(seed).uniform(size=(1, 8, 8)).astype(np.float32)
    return TriedImage(name, picture, picture, picture, np.zeros(4, np.float32), "")


def test_a_picture_of_ones_own_is_offered_first_and_paths_lead_to_it(
    qtbot: QtBot, page: LatentPage, panel: PathsPanel
) -> None:
    page.shared.put([own("mine.png", 3)])
    qtbot.waitUntil(lambda: "your own: mine.png" in panel.caption.text() and not page.observer.busy)
    np.testing.assert_array_equal(present(panel.picker.images())[0], own("", 3).original)
    panel.picker.none.click()
    panel.picker.turn(0)
    panel.picker.turn(3)
    qtbot.waitUntil(lambda: images(panel) == 3 * 9)
    page.shared.put([])
    qtbot.waitUntil(lambda: images(panel) == 0 and not page.observer.busy)
    assert panel.picker.chosen == [2]
    assert "your own" not in panel.caption.text()


def test_the_same_picture_tried_by_a_newer_snapshot_measures_nothing_by_itself(
    page: LatentPage, panel: PathsPanel
) -> None:
    wanted = []
    panel.wanted.connect(lambda: wanted.append(1))
    page.shared.put([own("mine.png", 3)])
    page.shared.put([own("mine.png", 3)])
    assert len(wanted) == 1
