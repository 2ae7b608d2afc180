"""Panes of images: linked views, selection, captions."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from aestudio.core.ground import texts
from aestudio.core.ground.texts import say
from aestudio.qt.widgets.image_canvas import View
from aestudio.qt.widgets.image_pane import ImagePane
from aestudio.qt.widgets.image_panes import ImagePanes, psnr_text
from aestudio.qt.widgets.mosaic import Mosaic
from aestudio.qt.widgets.sample_grid import grid
from aestudio.qt.widgets.tried_banner import TriedBanner
from tests.present import present
from tests.translated import Q, everything, quoted, translations

__all__ = ["everything", "translations"]  # fixtures

COUNT = 12


def samples() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    original = rng.uniform(0, 1, (COUNT, 1, 8, 8)).astype(np.float32)
    return original, original + 0.1, np.clip(original * 0.9, 0, 1)


@pytest.fixture
def panes(qtbot: QtBot) -> ImagePanes:
    made = ImagePanes()
    qtbot.addWidget(made)
    made.resize(900, 320)
    with qtbot.waitExposed(made):
        made.show()
    made.set_preview(*samples())
    return made


def shown(panes: ImagePanes) -> list[ImagePane]:
    return [panes.original, panes.corrupted, panes.reconstructed, panes.difference]


def wheel(pane: ImagePane, at: QPoint, notches: int) -> None:
    spin = QPoint(0, 120 * notches)
    event = QWheelEvent(
        QPointF(at),
        QPointF(pane.canvas.mapToGlobal(at)),
        QPoint(),
        spin,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(pane.canvas, event)


def click(qtbot: QtBot, pane: ImagePane, index: int) -> None:
    qtbot.mouseClick(pane.canvas, Qt.MouseButton.LeftButton, pos=pane.canvas.cell(index).center().toPoint())


def test_a_click_on_a_sample_enlarges_it_in_every_pane(panes: ImagePanes, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panes.selection_changed) as changed:
        click(qtbot, panes.corrupted, 5)
    assert changed.args == [5]
    assert panes.selected == 5
    assert [pane.view().enlarged for pane in shown(panes)[:3]] == [5, 5, 5]


def test_a_click_between_two_samples_takes_the_nearer_one(panes: ImagePanes, qtbot: QtBot) -> None:
    cell = panes.original.canvas.cell(2)
    beside = QPointF(cell.right() + 0.5, cell.center().y()).toPoint()
    qtbot.mouseClick(panes.original.canvas, Qt.MouseButton.LeftButton, pos=beside)
    assert panes.enlarged() == 2


def test_a_click_beside_the_grid_selects_nothing(panes: ImagePanes, qtbot: QtBot) -> None:
    qtbot.mouseClick(panes.original.canvas, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    assert panes.enlarged() is None
    assert panes.selected == 0


def test_escape_and_the_grid_button_return_to_all_samples(panes: ImagePanes, qtbot: QtBot) -> None:
    for leave in (lambda: qtbot.keyClick(panes.original.canvas, Qt.Key.Key_Escape), panes.grid_button.click):
        click(qtbot, panes.original, 3)
        assert panes.enlarged() == 3
        assert panes.grid_button.isVisible()
        leave()
        assert panes.enlarged() is None
        assert not panes.grid_button.isVisible()
    assert panes.selected == 3


def test_the_wheel_zooms_every_pane_about_the_pointer(panes: ImagePanes) -> None:
    canvas = panes.original.canvas
    point = canvas.cell(0).center()
    wheel(panes.original, point.toPoint(), 5)
    assert panes.original.view().zoom > 1.5
    assert panes.corrupted.view() == panes.original.view() == panes.reconstructed.view()
    assert canvas.cell(0).contains(point)


def test_zooming_out_ends_where_everything_fits(panes: ImagePanes) -> None:
    wheel(panes.original, QPoint(50, 50), 3)
    wheel(panes.original, QPoint(20, 90), -9)
    assert panes.original.view() == View()


def test_dragging_a_zoomed_pane_pans_all_of_them_and_selects_nothing(panes: ImagePanes, qtbot: QtBot) -> None:
    wheel(panes.original, panes.original.canvas.rect().center(), 8)
    before = panes.original.view().centre
    canvas = panes.original.canvas
    middle = canvas.rect().center()
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseMove(canvas, middle + QPoint(10, 0))
    qtbot.mouseMove(canvas, middle + QPoint(40, 0))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=middle + QPoint(40, 0))
    assert panes.original.view().centre[0] < before[0]
    assert panes.reconstructed.view() == panes.original.view()
    assert panes.enlarged() is None


def test_a_double_click_shows_everything_again(panes: ImagePanes, qtbot: QtBot) -> None:
    wheel(panes.original, QPoint(50, 50), 8)
    qtbot.mouseDClick(panes.original.canvas, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    assert panes.original.view().zoom == 1


def test_new_images_keep_zoom_and_selection(panes: ImagePanes, qtbot: QtBot) -> None:
    click(qtbot, panes.original, 4)
    wheel(panes.original, QPoint(60, 60), 3)
    view = panes.original.view()
    original, corrupted, reconstructed = samples()
    panes.set_preview(original, corrupted, reconstructed * np.float32(0.5))
    assert panes.selected == 4
    assert [pane.view() for pane in shown(panes)[:3]] == [view] * 3
    np.testing.assert_array_equal(panes.reconstructed.image_array(), reconstructed * np.float32(0.5))


def test_fewer_samples_than_before_move_the_selection_into_range(panes: ImagePanes, qtbot: QtBot) -> None:
    click(qtbot, panes.original, 9)
    panes.set_preview(*(part[:4] for part in samples()))
    assert panes.selected == 0
    assert panes.enlarged() is None


def test_arrow_keys_move_the_selection_in_every_pane(panes: ImagePanes, qtbot: QtBot) -> None:
    canvas = panes.original.canvas
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert [pane.selected() for pane in shown(panes)[:3]] == [1, 1, 1]
    qtbot.keyClick(canvas, Qt.Key.Key_Down)
    below = panes.selected
    assert below > 2
    assert canvas.cell(below).center().x() == pytest.approx(canvas.cell(1).center().x())
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    assert panes.enlarged() == below
    qtbot.keyClick(canvas, Qt.Key.Key_Left)
    assert panes.enlarged() == panes.selected == below - 1


def test_a_key_that_comes_before_new_images_are_drawn_moves_among_the_new_ones(qtbot: QtBot) -> None:
    sheet = Mosaic("")
    qtbot.addWidget(sheet)
    sheet.resize(60, 300)
    sheet.set_images(samples()[0])
    qtbot.keyClick(sheet, Qt.Key.Key_Right)
    assert sheet.selected() == 1
    qtbot.keyClick(sheet, Qt.Key.Key_Down)
    assert sheet.selected() == 1 + sheet.best_grid()[0]


def test_captions_speak_of_the_batch_and_then_of_the_sample(panes: ImagePanes, qtbot: QtBot) -> None:
    original, _corrupted, reconstructed = samples()
    assert panes.corrupted.caption() == f"PSNR of these {len(original)}: 20.0 dB"
    batch = panes.reconstructed.caption()
    assert batch == psnr_text(reconstructed, original)
    click(qtbot, panes.original, 2)
    assert panes.reconstructed.caption() == psnr_text(reconstructed[2:3], original[2:3]) != batch
    assert panes.reconstructed.caption().startswith("PSNR of this one: ")  # nothing that the score is called


def test_an_uncorrupted_image_is_called_identical(panes: ImagePanes) -> None:
    original, _corrupted, reconstructed = samples()
    panes.set_preview(original, original, reconstructed)
    assert panes.corrupted.caption() == "Identical to the original"


def test_the_difference_is_neutral_where_equal_red_where_bright_and_blue_where_dark(panes: ImagePanes) -> None:
    assert not panes.difference.isVisible()
    original = np.full((3, 1, 4, 4), 0.5, np.float32)
    made = original.copy()
    made[1] += 0.4
    made[2] -= 0.4
    panes.set_difference_visible(True)
    panes.set_preview(original, original, made)
    values = panes.difference.image_array()
    assert values is not None
    assert values.shape == (3, 1, 4, 4)
    neutral, bright, dark = panes.difference.canvas.seen(values).mean((2, 3))
    assert np.ptp(neutral) < 0.05
    assert bright[0] > bright[2] + 0.2
    assert dark[2] > dark[0] + 0.2
    assert panes.difference.caption() == f"MAE {0.8 / 3:.4f}"


def test_the_difference_joins_the_view_that_the_others_have(panes: ImagePanes, qtbot: QtBot) -> None:
    click(qtbot, panes.original, 7)
    panes.set_difference_visible(True)
    assert panes.difference.view() == panes.original.view()


def test_an_image_of_ones_own_takes_the_place_of_the_samples_until_closed(panes: ImagePanes, qtbot: QtBot) -> None:
    click(qtbot, panes.original, 6)
    own = np.random.default_rng(1).uniform(0, 1, (1, 1, 20, 30)).astype(np.float32)
    panes.show_tried(own, own, own * 0.8, ["cat.jpg"], [""])
    assert panes.banner.isVisible()
    assert panes.banner.title.text() == "cat.jpg"
    panes.set_preview(*samples())
    assert present(panes.original.image_array()).shape == (1, 1, 20, 30)
    with qtbot.waitSignal(panes.tried_closed):
        panes.banner.back.click()
    assert not panes.banner.isVisible()
    assert present(panes.original.image_array()).shape == (COUNT, 1, 8, 8)
    assert panes.enlarged() == panes.selected == 6


def test_several_images_of_ones_own_are_chosen_and_enlarged_as_samples_are(panes: ImagePanes, qtbot: QtBot) -> None:
    click(qtbot, panes.original, 6)
    own = np.random.default_rng(1).uniform(0, 1, (3, 1, 8, 8)).astype(np.float32)
    assert panes.show_tried(own, own, own, ["cat.jpg", "dog.jpg", "cow.jpg"], [""] * 3)
    assert (panes.selected, panes.enlarged()) == (0, None)
    with qtbot.waitSignal(panes.selection_changed) as chosen:
        panes.enlarge(2)
    assert chosen.args == [2]
    assert panes.banner.note.text() == "cow.jpg"
    assert not panes.show_tried(own, own, own * 0.5, ["cat.jpg", "dog.jpg", "cow.jpg"], [""] * 3)  # after more training
    assert panes.selected == panes.enlarged() == 2
    panes.go_back()
    assert panes.has_tried()
    panes.go_back()
    assert not panes.has_tried()
    assert panes.enlarged() == panes.selected == 6


def test_clearing_returns_to_the_empty_sentences(panes: ImagePanes) -> None:
    panes.clear()
    assert all(pane.image_array() is None for pane in shown(panes))
    assert panes.reconstructed.caption() == ""


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (3, 3, 40, 7), (200, 1, 28, 28)])
def test_any_shape_can_be_painted(panes: ImagePanes, shape: tuple[int, ...]) -> None:
    images = np.zeros(shape, np.float32)
    panes.set_preview(images, images, images)
    panes.grab()
    panes.resize(panes.minimumSizeHint())
    panes.grab()


def test_a_tried_image_stays_zoomed_while_training_goes_on(panes: ImagePanes) -> None:
    own = np.random.default_rng(1).uniform(0, 1, (1, 1, 20, 30)).astype(np.float32)
    panes.show_tried(own, own, own * 0.5, ["cat.jpg"], [""])
    wheel(panes.original, QPoint(60, 60), 5)
    view = panes.original.view()
    assert view.zoom > 1
    panes.show_tried(own, own, own * 0.8, ["cat.jpg"], [""])
    assert [pane.view() for pane in shown(panes)[:3]] == [view] * 3
    panes.show_tried(own, own, own * 0.8, ["dog.jpg"], [""])
    assert panes.original.view() == View()


def test_another_shape_of_the_same_image_is_shown_whole(panes: ImagePanes) -> None:
    own = np.zeros((1, 1, 20, 30), np.float32)
    panes.show_tried(own, own, own, ["cat.jpg"], [""])
    wheel(panes.original, QPoint(60, 60), 5)
    panes.show_tried(own[..., :8, :8], own[..., :8, :8], own[..., :8, :8], ["cat.jpg"], [""])
    assert panes.original.view() == View()


def test_another_image_of_the_same_name_is_another(panes: ImagePanes) -> None:
    own = np.random.default_rng(1).uniform(0, 1, (1, 1, 20, 30)).astype(np.float32)
    panes.show_tried(own, own, own, ["Pasted image"], [""])
    wheel(panes.original, QPoint(60, 60), 5)
    assert panes.original.view() != View()
    assert panes.show_tried(own[..., ::-1], own, own, ["Pasted image"], [""])
    assert panes.original.view() == View()


def test_a_tried_image_can_carry_a_note(panes: ImagePanes) -> None:
    own = np.zeros((1, 1, 8, 8), np.float32)
    panes.show_tried(own, own, own, ["cat.jpg"], ["256 × 256 fitted to 8 × 8"])
    assert panes.banner.title.text() == "cat.jpg"
    assert panes.banner.note.text() == "256 × 256 fitted to 8 × 8"
    panes.show_tried(own, own, own, ["cat.jpg"], [""])
    assert panes.banner.note.text() == ""


@pytest.mark.parametrize("width", range(700, 712))
@pytest.mark.parametrize("difference", [False, True])
def test_a_sample_lies_at_the_same_place_in_every_pane(panes: ImagePanes, width: int, difference: bool) -> None:
    panes.set_difference_visible(difference)
    panes.resize(width, 320)
    cells = [pane.canvas.cell(5) for pane in shown(panes)[: 4 if difference else 3]]
    assert cells == [cells[0]] * len(cells)


@pytest.mark.parametrize("size", [(200, 270), (280, 200), (400, 180), (230, 230)])
@pytest.mark.parametrize("count", [64, 60, 37, 12, 1])
def test_a_grid_is_a_full_rectangle_with_few_samples_left_out(size: tuple[int, int], count: int) -> None:
    columns, fit = grid(count, 8, 8, 1, QSize(*size))
    assert fit % columns == 0
    assert fit >= 0.9 * count
    rows = fit // columns
    scale = min(size[0] / (columns * 9 - 1), size[1] / (rows * 9 - 1))
    assert count < 30 or scale * scale * fit * 81 >= 0.6 * size[0] * size[1]


def test_no_sample_is_left_out_for_a_little_more_size() -> None:
    assert grid(64, 8, 8, 1, QSize(187, 240)) == (8, 64)  # where nine rows of seven would be a tenth larger


def test_what_is_left_out_of_the_grid_is_told(panes: ImagePanes) -> None:
    images = np.zeros((64, 1, 8, 8), np.float32)
    panes.resize(1100, 300)
    panes.set_preview(images, images, images)
    fit = panes.original.canvas.shown_count()
    assert panes.state.text().startswith("64 held" if fit == 64 else f"{fit} of 64 held")


def point(panes: ImagePanes, pane: ImagePane, at: QPointF) -> list[str]:
    """Moves the pointer there; what every pane says of the pixel under it."""
    QTest.mouseMove(pane.canvas, at.toPoint())
    return [each.canvas.reading() for each in shown(panes)]


def test_the_pixel_under_the_pointer_is_read_in_every_pane(panes: ImagePanes) -> None:
    panes.set_difference_visible(True)
    original, corrupted, reconstructed = samples()
    cell = panes.original.canvas.cell(5)
    at = cell.topLeft() + QPointF(3.5 * cell.width() / 8, 6.5 * cell.height() / 8)
    said = point(panes, panes.original, at)
    places = [images[5, 0, 6, 3] for images in (original, corrupted, reconstructed, reconstructed - original)]
    assert [f"x 3, y 6: {value:.3f} " in words for value, words in zip(places, said, strict=True)] == [True] * 4
    QApplication.sendEvent(panes.original.canvas, QEvent(QEvent.Type.Leave))
    assert not any(each.canvas.reading() for each in shown(panes))


def test_the_zoom_is_said_where_pixels_are_enlarged(panes: ImagePanes) -> None:
    width = panes.original.canvas.cell(0).width()
    wheel(panes.original, panes.original.canvas.rect().center(), 4)
    zoomed = panes.original.canvas.cell(0).width()
    assert zoomed > 1.5 * width
    assert panes.corrupted.canvas.reading() == f"{100 * zoomed / 8:.0f} %"


def test_what_is_read_of_a_sample_that_is_alone_is_its_own(panes: ImagePanes, qtbot: QtBot) -> None:
    click(qtbot, panes.original, 4)
    middle = QPointF(panes.original.canvas.rect().center())
    said = point(panes, panes.original, middle)[0]
    row, column = (int(said.split(f"{axis} ")[1].split(",")[0].split(":")[0]) for axis in "yx")
    assert f"{samples()[0][4, 0, row, column]:.3f}" in said


def test_colours_of_differences_are_explained_beside_them(panes: ImagePanes) -> None:
    panes.set_difference_visible(True)
    bar = panes.difference.bar
    assert bar is not None
    assert bar.isVisible()
    assert bar.accessibleName() == "Colours from −1 to 1"
    strip = bar.grab().toImage()
    middle = strip.height() // 2
    left, right = strip.pixelColor(bar.width() // 3, middle), strip.pixelColor(2 * bar.width() // 3, middle)
    assert left.blue() > left.red()
    assert right.red() > right.blue()


@pytest.mark.parametrize("names", [["cat.jpg"], ["cat.jpg", "cow.jpg"]])
def test_what_was_done_to_an_image_is_said_in_another_language(
    qtbot: QtBot, everything: Path, names: list[str]
) -> None:
    texts.remember()
    banner = TriedBanner()
    qtbot.addWidget(banner)
    notes = [say("{size} fitted to {fits}", size="9 × 9", fits="8 × 8")] * len(names)
    banner.say_of(names, notes, 0)
    texts.use(Q)
    for _preview in range(2):
        banner.say_of(names, notes, 0)
        assert quoted("9 × 9 fitted to 8 × 8") in banner.note.text()


def test_a_long_name_does_not_widen_the_banner_and_what_is_cut_off_is_in_the_tip(qtbot: QtBot) -> None:
    banner = TriedBanner()
    qtbot.addWidget(banner)
    note = "512 × 512 fitted to 8 × 8 · waiting for a model"
    banner.say_of(["a photograph of a bicycle in front of a house, 2026-11-30.jpg"], [note], 0)
    assert banner.minimumSizeHint().width() < 300
    assert banner.note.toolTip() == note
    banner.resize(1200, 40)
    banner.show()
    assert banner.title.width() >= banner.title.sizeHint().width()
