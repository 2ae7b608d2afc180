"""The real window as a person uses it: every recipe and button, images dropped on it, closing it at a bad moment."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path
from typing import Any
from urllib.request import install_opener

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QMimeData, QPoint, QPointF, QRect, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QMenu, QWidget
from pytestqt.qtbot import QtBot

from aestudio.core.data.source import Data
from aestudio.core.ground import texts
from aestudio.core.parts.penalties.kl_sparsity import KLSparsity
from aestudio.core.parts.slots import options
from aestudio.core.run import recipes
from aestudio.core.run.events import Finished, Held, Progress, Started
from aestudio.core.run.run import Run
from aestudio.qt.helping import shortcuts
from aestudio.qt.pages.explore.page import ExplorePage
from aestudio.qt.widgets.image_pane import ImagePane
from aestudio.qt.window import Window
from aestudio.studio import own_images, recent
from aestudio.studio.events import ImagesTried
from aestudio.studio.notice import Failed
from aestudio.studio.own_images import OwnImage
from aestudio.studio.status import State
from aestudio.studio.trial import Trial
from tests.present import present
from tests.qt.listening import told
from tests.studio.heard import Heard
from tests.translated import Q, everything, quoted, translations

__all__ = ["everything", "translations"]  # fixtures
NAMES = (
    "recipeChooser",
    "dataChooser",
    "trainButton",
    "pauseButton",
    "stepButton",
    "stopButton",
    "lossPlot",
    "activationHistogram",
    "originalPane",
    "corruptedPane",
    "reconstructedPane",
    "latentSliders",
    "statusDevice",
    "statusProgress",
)


def button(window: Window, name: str) -> QAbstractButton:
    found = window.findChild(QAbstractButton, name)
    assert found is not None
    return found


def press(qtbot: QtBot, window: Window, name: str) -> None:
    qtbot.mouseClick(button(window, name), Qt.MouseButton.LeftButton)


def pane(window: Window, name: str) -> np.ndarray | None:
    found = window.findChild(ImagePane, name)
    assert found is not None
    return found.image_array()


def image_of(window: Window, name: str) -> np.ndarray:
    """The same where the pane shows something."""
    return present(pane(window, name))


def choose(qtbot: QtBot, window: Window, chooser: str, value: str) -> None:
    """Picks an entry of a chooser, as a person does, and waits until the data are there."""
    combo = window.findChild(QComboBox, chooser)
    assert combo is not None
    index = combo.findData(value)
    assert index >= 0, value
    combo.setCurrentIndex(index)
    combo.activated.emit(index)
    qtbot.waitUntil(lambda: window.document.status.state is State.READY and window.document.dataset is not None)


def points(window: Window, name: str = "reconstruction", split: str = "train") -> int:
    window.page(ExplorePage).losses.refresh()
    curve = window.page(ExplorePage).losses.curves().get((name, split))
    return 0 if curve is None else int(curve[0].max(initial=0))


def train(qtbot: QtBot, window: Window) -> None:
    """Presses Train and waits until a model that has learned a little is shown."""
    press(qtbot, window, "trainButton")
    qtbot.waitUntil(lambda: window.document.preview is not None and window.document.preview.step > 0)


def stop(qtbot: QtBot, window: Window) -> None:
    with told(qtbot, window.document, Finished):
        press(qtbot, window, "stopButton")
    qtbot.waitUntil(lambda: window.document.status.state is State.READY)


# -- the window ---------------------------------------------------


def test_a_model_in_training_is_drawn_only_where_it_is_seen_and_found_there_on_coming_back(
    qtbot: QtBot, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    explore = window.page(ExplorePage)
    train(qtbot, window)
    window.show_page(next(page for page in window.pages if page is not explore))
    drawn, given = list[object](), explore.panes.set_preview
    monkeypatch.setattr(explore.panes, "set_preview", lambda *images: (drawn.append(images), given(*images)))
    before = present(window.document.preview).step
    qtbot.waitUntil(lambda: present(window.document.preview).step > before)
    drawn.clear()  # what was begun while it was seen
    qtbot.waitUntil(lambda: present(window.document.preview).step > before + 100)
    assert not drawn
    window.show_page(explore)
    assert drawn
    stop(qtbot, window)
    assert drawn[-1][2] is present(window.document.preview).reconstructed  # type: ignore[index]


def test_every_important_widget_can_be_found_and_has_an_accessible_name(one_window: Window) -> None:
    for name in NAMES:
        found = one_window.findChild(QWidget, name)
        assert found is not None, name
        assert found.accessibleName(), name


def test_a_menu_has_together_what_belongs_together(one_window: Window) -> None:
    menus = one_window.menuBar().findChildren(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly)
    said = {menu.title(): [action.text().replace("&", "") for action in menu.actions()] for menu in menus}
    assert said["&File"][-1] == "Quit"
    edit = said["&Edit"]
    assert edit[edit.index("Clean") + 1] == "Clean all"


def test_menus_and_the_list_under_f1_follow_another_language(one_window: Window, everything: Path) -> None:
    def titles() -> list[str]:
        return [menu.text() for menu in one_window.menuBar().actions()]

    english = titles()
    texts.use(Q)
    one_window.menus.refresh()
    undo = one_window.action("undo")
    assert titles() == [quoted(title) for title in english]
    assert (undo.text(), undo.toolTip()) == ("«&Undo»", "««Undo the last change of the settings» (Ctrl+Z)»")
    said = {words for _, words in shortcuts(one_window)}
    assert {"«Undo»", "«Explore»", quoted("«Explore»: «Enlarge the sample»")} <= said
    texts.use("en")
    one_window.menus.refresh()
    assert titles() == english
    assert undo.text() == "&Undo"


def test_the_first_start_shows_images_and_is_ready_to_train(window: Window) -> None:
    assert pane(window, "originalPane") is not None
    assert pane(window, "reconstructedPane") is None
    assert button(window, "trainButton").isEnabled()
    assert not button(window, "stopButton").isEnabled()
    assert not window.action("undo").isEnabled()
    device = window.findChild(QLabel, "statusDevice")
    assert device is not None
    assert device.text()


def test_every_button_has_a_tooltip_that_names_its_key(one_window: Window) -> None:
    for name, key in (("trainButton", "F5"), ("pauseButton", "F6"), ("stepButton", "F7"), ("stopButton", "F8")):
        assert key in button(one_window, name).toolTip()


# -- training ---------------------------------------------------


@pytest.mark.parametrize("recipe", recipes.everything())
@pytest.mark.slow
def test_every_recipe_trains_before_ones_eyes(qtbot: QtBot, one_window: Window, recipe: str) -> None:
    window = one_window
    choose(qtbot, window, "recipeChooser", recipe)
    if window.document.run.network.kind.startswith("residual"):  # at its own size a step takes seconds
        for path, value in (
            ("network.channels", [4, 4]),
            ("network.blocks", 1),
            ("batch_size", 2),
            ("data.patches", 100),
            ("epochs", 1000),
        ):
            window.document.set_value(path, value)
        qtbot.waitUntil(lambda: window.document.status.can_train)
    originals = pane(window, "originalPane")
    train(qtbot, window)
    first = pane(window, "reconstructedPane")
    assert first is not None
    names = ["reconstruction", *(penalty.kind for penalty in window.document.run.penalties)]
    reached = points(window)
    qtbot.waitUntil(lambda: points(window) > reached)
    assert all(points(window, name) > 0 for name in names)
    qtbot.waitUntil(lambda: not np.array_equal(first, image_of(window, "reconstructedPane")))
    assert window.page(ExplorePage).histogram.counts().sum() > 0
    assert originals is not None
    assert image_of(window, "originalPane").shape[1:] == originals.shape[1:]
    corrupted = not np.array_equal(image_of(window, "originalPane"), image_of(window, "corruptedPane"))
    assert corrupted == (window.document.run.corruption.kind != "none")
    stop(qtbot, window)
    assert window.document.preview is not None
    assert window.notices.severity() != "error" or not window.notices.isVisible()


def test_held_out_points_join_the_curves_after_an_epoch(qtbot: QtBot, window: Window) -> None:
    train(qtbot, window)
    qtbot.waitUntil(lambda: points(window, split="held-out") > 0)
    assert points(window, "total", "held-out") > 0


def test_pause_holds_resume_goes_on_and_stop_ends(qtbot: QtBot, window: Window) -> None:
    train(qtbot, window)
    with told(qtbot, window.document, Held) as holds:
        press(qtbot, window, "pauseButton")
    assert window.document.status.state is State.PAUSED
    held = holds[0].step
    assert present(window.document.preview).step == held
    assert button(window, "pauseButton").text() == "Resume"
    with told(qtbot, window.document, Held) as holds:
        press(qtbot, window, "stepButton")
    assert holds[0].step == present(window.document.preview).step == held + 1
    press(qtbot, window, "pauseButton")
    qtbot.waitUntil(lambda: present(window.document.preview).step > held + 5)
    stop(qtbot, window)
    assert button(window, "trainButton").isEnabled()
    progress = window.findChild(QLabel, "statusProgress")
    assert progress is not None
    assert progress.text().startswith("Stopped after")


def test_step_from_rest_takes_exactly_one_step(qtbot: QtBot, window: Window) -> None:
    press(qtbot, window, "stepButton")
    qtbot.waitUntil(lambda: window.document.preview is not None and window.document.preview.step == 1)
    assert window.document.status.state is State.PAUSED
    assert points(window) == 1
    stop(qtbot, window)


def test_a_run_that_completes_says_so_and_leaves_a_model(qtbot: QtBot, window: Window) -> None:
    window.document.set_value("epochs", 2)
    with told(qtbot, window.document, Finished) as ended:
        press(qtbot, window, "trainButton")
    assert isinstance(ended[0], Finished)
    assert ended[0].reason == "completed"
    qtbot.waitUntil(lambda: window.document.status.can_train)
    assert present(window.document.preview).step == ended[0].step


def test_changing_lambda_while_training_changes_the_weighted_term(qtbot: QtBot, window: Window) -> None:
    train(qtbot, window)
    seen: list[tuple[float, float]] = []
    window.document.listen(
        lambda p: (
            seen.append((float(p.weights[-1, 1]), float(p.weighted[-1, 1] / p.terms[-1, 1])))
            if isinstance(p, Progress)
            else None
        )
    )
    window.page(ExplorePage).setup.form.path_changed.emit("penalties.kl-sparsity.weight", 2.5)
    qtbot.waitUntil(lambda: bool(seen) and seen[-1][0] == 2.5)
    assert seen[-1][1] == pytest.approx(2.5, rel=1e-5)
    assert r"2.5\," in window.page(ExplorePage).objective.latex()


def target(run: Run) -> float:
    penalty = run.penalties[0]
    assert isinstance(penalty, KLSparsity)
    return penalty.target


def test_dragging_the_line_in_the_histogram_moves_the_target(qtbot: QtBot, window: Window) -> None:
    train(qtbot, window)
    window.page(ExplorePage).histogram.move_target(0.3)
    assert target(window.document.run) == pytest.approx(0.3)
    qtbot.waitUntil(lambda: target(present(window.document.preview).run) == pytest.approx(0.3))


def test_a_knob_that_is_not_live_is_refused_while_training(qtbot: QtBot, window: Window) -> None:
    train(qtbot, window)
    before = window.document.run
    window.document.set_value("network.widths", [3])
    assert window.document.run == before
    assert "cannot change while training" in window.notices.text()


def test_an_invalid_combination_is_refused_in_words_before_training(qtbot: QtBot, window: Window) -> None:
    window.document.set_value("network.activation", "relu")
    assert not button(window, "trainButton").isEnabled()
    problem = window.findChild(QLabel, "problem")
    assert problem is not None
    assert "ends in relu" in problem.text()
    window.document.train()
    assert window.document.status.state is State.READY
    window.document.set_value("network.activation", "sigmoid")
    assert button(window, "trainButton").isEnabled()


def test_layers_trained_one_by_one_are_marked_in_the_plot(qtbot: QtBot, window: Window) -> None:
    for path, value in (
        ("network.widths", [16, 8]),
        ("schedule", {"kind": "greedy", "layer_epochs": 1}),
        ("epochs", 1),
    ):
        window.document.set_value(path, value)
    with told(qtbot, window.document, Finished):
        press(qtbot, window, "trainButton")
    assert [name for _, name in window.page(ExplorePage).losses.phases()] == ["layer 1", "layer 2", "fine-tuning"]


def test_a_run_that_blows_up_is_reported_in_a_sentence(qtbot: QtBot, window: Window) -> None:
    window.document.choose_recipe("linear")
    window.document.set_value("optimiser", {"kind": "sgd", "learning_rate": 50})
    with told(qtbot, window.document, Finished):
        press(qtbot, window, "trainButton")
    assert "not finite at step" in window.notices.text()


def test_an_error_stays_where_own_images_come_through_the_model_only_after_it(
    qtbot: QtBot, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.document.choose_recipe("linear")
    window.document.set_value("optimiser", {"kind": "sgd", "learning_rate": 50})
    window.document.shown.try_images([OwnImage("grey", np.full((8, 8, 1), 0.5, np.float32))])
    honest, go_on, heard = Trial.images, threading.Event(), Heard()
    window.document.listen(heard.append)

    def images(self: Trial, *given: Any) -> Any:
        assert go_on.wait(60)
        return honest(self, *given)

    monkeypatch.setattr(Trial, "images", images)
    with told(qtbot, window.document, Finished):
        press(qtbot, window, "trainButton")
    qtbot.waitUntil(lambda: window.document.status.state.rests)
    go_on.set()
    qtbot.waitUntil(lambda: bool(heard.of(ImagesTried)))
    assert "not finite at step" in window.notices.text()


# -- the model ---------------------------------------------------


def test_moving_a_slider_decodes_at_once_even_while_training(qtbot: QtBot, window: Window) -> None:
    train(qtbot, window)
    sliders = window.page(ExplorePage).sliders
    unit = sliders.units()[0]
    before = window.document.shown.decode(sliders.values())
    with qtbot.waitSignal(sliders.code_changed):
        sliders.move(unit, float(sliders.values()[unit]) + 1.0)
    after = window.document.shown.decode(sliders.values())
    assert before is not None
    assert after is not None
    assert float(np.abs(after - before).max()) > 1e-3
    assert window.document.status.state is State.TRAINING


def test_the_sliders_take_the_code_of_the_chosen_sample(qtbot: QtBot, window: Window) -> None:
    train(qtbot, window)
    stop(qtbot, window)
    window.page(ExplorePage).panes.selected = 5
    np.testing.assert_allclose(
        window.page(ExplorePage).sliders.values(), present(window.document.preview).code[5], atol=1e-6
    )


def write_image(path: Path, size: tuple[int, int] = (90, 60)) -> Path:
    pixels = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def carrying(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def drop(window: Window, *paths: Path) -> None:
    data = carrying(*paths)
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entered = QDragEnterEvent(QPointF(400, 300).toPoint(), Qt.DropAction.CopyAction, data, buttons, keys)
    QGuiApplication.sendEvent(window, entered)
    assert entered.isAccepted()
    QGuiApplication.sendEvent(window, QDropEvent(QPointF(400, 300), Qt.DropAction.CopyAction, data, buttons, keys))


def test_a_dropped_image_goes_through_the_panes_and_the_sliders(qtbot: QtBot, window: Window, tmp_path: Path) -> None:
    train(qtbot, window)
    stop(qtbot, window)
    codes = window.page(ExplorePage).sliders.values().copy()
    drop(window, write_image(tmp_path / "cat.png"))
    assert window.page(ExplorePage).panes.has_tried()
    assert image_of(window, "originalPane").shape == (1, 1, 8, 8)
    assert image_of(window, "reconstructedPane").shape == (1, 1, 8, 8)
    assert not np.array_equal(codes, window.page(ExplorePage).sliders.values())
    window.page(ExplorePage).panes.close_tried()
    assert image_of(window, "originalPane").shape[0] > 1


def test_several_images_that_are_dropped_or_pasted_all_go_through_the_model(
    qtbot: QtBot, window: Window, tmp_path: Path
) -> None:
    train(qtbot, window)
    stop(qtbot, window)
    names = ("one.png", "two.png", "three.png")
    images = [write_image(tmp_path / name, (40 + 10 * number, 60)) for number, name in enumerate(names)]
    drop(window, *images)
    qtbot.waitUntil(lambda: window.document.shown.own_names == names)
    panes, sliders = window.page(ExplorePage).panes, window.page(ExplorePage).sliders
    assert image_of(window, "originalPane").shape == image_of(window, "reconstructedPane").shape == (3, 1, 8, 8)
    assert window.notices.text().startswith("3 images go through the model: ")
    assert (panes.banner.title.text(), panes.banner.note.text()) == ("3 images", "one.png · 40 × 60 fitted to 8 × 8")
    first = sliders.values().copy()
    panes.enlarge(2)
    assert panes.banner.note.text() == "three.png · 60 × 60 fitted to 8 × 8"
    assert not np.array_equal(first, sliders.values())
    panes.go_back()  # to all three
    assert panes.has_tried()
    QGuiApplication.clipboard().setMimeData(carrying(*images[1:]))
    window.intake.paste()
    qtbot.waitUntil(lambda: window.document.shown.own_names == names[1:])
    panes.go_back()
    assert not panes.has_tried()
    assert image_of(window, "originalPane").shape[0] > 3


def test_several_images_wait_for_a_model_and_those_that_cannot_be_read_are_named(
    qtbot: QtBot, window: Window, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    drop(window, write_image(tmp_path / "one.png"), broken, write_image(tmp_path / "two.png"))
    qtbot.waitUntil(lambda: window.document.shown.own_names == ("one.png", "two.png"))
    assert "broken.png" in window.notices.text()
    assert window.page(ExplorePage).panes.banner.note.text().endswith("waiting for a model")
    train(qtbot, window)
    qtbot.waitUntil(lambda: pane(window, "reconstructedPane") is not None)
    assert image_of(window, "reconstructedPane").shape == (2, 1, 8, 8)


def test_of_more_images_than_are_looked_at_a_sentence_says_how_many_are_shown(
    qtbot: QtBot, window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(qtbot, window)
    stop(qtbot, window)
    monkeypatch.setattr(own_images, "MOST", 2)
    drop(window, *(write_image(tmp_path / f"{name}.png") for name in ("one", "two", "three")))
    qtbot.waitUntil(lambda: len(window.document.shown.own_names) == 2)
    assert window.notices.text() == "Of 3 images 2 go through the model. Drop a folder to train on many."


def test_a_dropped_path_that_the_system_does_not_look_at_is_told(window: Window, tmp_path: Path) -> None:
    drop(window, tmp_path / ("m" * 300))
    assert window.notices.text().endswith("cannot be opened: File name too long.")


def test_what_could_not_be_read_is_told_beside_what_was_left_out_and_those_opened_are_noted(
    qtbot: QtBot, window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(qtbot, window)
    stop(qtbot, window)
    monkeypatch.setattr(own_images, "MOST", 2)
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    one, two, three = (write_image(tmp_path / f"{name}.png") for name in ("one", "two", "three"))
    drop(window, one, broken, two, three)
    qtbot.waitUntil(lambda: len(window.document.shown.own_names) == 2)
    said = window.notices.text()
    assert said.startswith("Of 4 images 2 go through the model. Drop a folder to train on many. ")
    assert "broken.png" in said
    assert recent.used()[:2] == [one, two]


def test_an_image_that_is_dropped_while_several_are_read_stays(qtbot: QtBot, window: Window, tmp_path: Path) -> None:
    train(qtbot, window)
    stop(qtbot, window)
    drop(window, *(write_image(tmp_path / f"{name}.png") for name in ("one", "two", "three")))
    task = window.intake._several._task
    assert task is not None
    drop(window, write_image(tmp_path / "newest.png"))
    qtbot.waitUntil(lambda: not task.running)
    assert window.document.shown.own_names == ("newest.png",)
    assert "cancelled" not in window.notices.text()


def test_a_model_and_an_image_that_are_dropped_together_are_both_used(
    qtbot: QtBot, window: Window, tmp_path: Path
) -> None:
    train(qtbot, window)
    stop(qtbot, window)
    model = tmp_path / "model.safetensors"
    run = window.document.run
    assert window.document.kept.save(model)
    window.document.choose_recipe("deep-greedy")
    drop(window, write_image(tmp_path / "one.png"), model)
    assert window.document.run == run
    assert window.document.shown.own_names == ("one.png",)
    assert "is used" not in window.notices.text()


def test_an_image_dropped_before_there_is_a_model_waits_for_one(qtbot: QtBot, window: Window, tmp_path: Path) -> None:
    drop(window, write_image(tmp_path / "cat.png"))
    assert "waiting" in window.notices.text()
    assert window.page(ExplorePage).panes.has_tried()
    assert pane(window, "reconstructedPane") is None
    train(qtbot, window)
    qtbot.waitUntil(lambda: pane(window, "reconstructedPane") is not None)
    assert image_of(window, "reconstructedPane").shape == (1, 1, 8, 8)


def test_a_file_that_is_no_image_is_refused_in_a_sentence(window: Window, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"not a picture")
    drop(window, broken)
    assert "broken.png" in window.notices.text()
    assert not window.page(ExplorePage).panes.has_tried()


def test_pasting_where_nothing_was_ever_copied_is_told(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("PySide6.QtGui.QClipboard.mimeData", lambda *_: None)
    window.action("paste").trigger()
    assert window.notices.text() == "There is no image on the clipboard; copy one and paste again."


def test_a_pasted_image_goes_through_the_model(qtbot: QtBot, window: Window) -> None:
    train(qtbot, window)
    stop(qtbot, window)
    picture = QImage(20, 30, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.white)
    QGuiApplication.clipboard().setImage(picture)
    window.intake.paste()
    assert window.page(ExplorePage).panes.has_tried()
    assert float(image_of(window, "originalPane").min()) == 1.0


def test_a_dropped_folder_becomes_the_data(qtbot: QtBot, window: Window, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(6):
        write_image(folder / f"{number}.png", (40 + number, 50))
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing")
    drop(window, folder)
    qtbot.waitUntil(lambda: window.document.dataset is not None and window.document.run.data.kind == "folder")
    assert present(window.document.dataset).shape == (3, 32, 32)
    assert [Path(one.path).name for one in present(window.document.dataset).skipped] == ["broken.jpg"]
    setup = window.page(ExplorePage).setup
    assert setup.skipped.isVisibleTo(window)
    assert setup.made.text() == "6 whole images, each made 32×32 pixels large."
    assert setup.trained_on.text() == (
        "This recipe was written for other images. Here it is trained on pictures. "
        "6 whole images, each made 32×32 pixels large."
    )
    for number in range(6):
        write_image(folder / f"{number}.png", (400, 300))
    window.document.choose_data(window.document.run.data.model_copy(update={"held_out": 0.2}))
    qtbot.waitUntil(lambda: window.document.dataset is not None and "Patches" in setup.made.text())
    assert "Patches of 32×32 pixels, cut out of 6 images" in setup.trained_on.text()
    choose(qtbot, window, "dataChooser", "digits")
    assert (setup.made.text(), setup.trained_on.text()) == ("", "")


def test_other_data_are_trained_on(qtbot: QtBot, window: Window) -> None:
    choose(qtbot, window, "dataChooser", "photographs")
    train(qtbot, window)
    assert image_of(window, "reconstructedPane").shape[1:] == present(window.document.dataset).shape


def test_a_model_is_saved_and_opened_again(qtbot: QtBot, window: Window, tmp_path: Path) -> None:
    train(qtbot, window)
    stop(qtbot, window)
    path = tmp_path / "model.safetensors"
    window.document.kept.save(path)
    shown = image_of(window, "reconstructedPane").copy()
    choose(qtbot, window, "recipeChooser", "linear")
    train(qtbot, window)
    stop(qtbot, window)
    assert not np.allclose(image_of(window, "reconstructedPane"), shown)
    drop(window, path)
    qtbot.waitUntil(lambda: present(window.document.preview).run.network.kind == "mlp")
    assert window.document.run.title == recipes.find("sparse-kl").title
    np.testing.assert_allclose(image_of(window, "reconstructedPane"), shown, atol=1e-6)


def test_a_damaged_model_is_refused_and_nothing_changes(window: Window, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"\x10\x00\x00\x00\x00\x00\x00\x00{broken")
    before = window.document.run
    drop(window, path)
    assert "model.safetensors" in window.notices.text()
    assert window.document.run == before


# -- one thing after another ----------------------------------------------------------------------------------------


def test_training_on_other_data_makes_sliders_for_the_new_model(qtbot: QtBot, window: Window) -> None:
    train(qtbot, window)
    stop(qtbot, window)
    choose(qtbot, window, "dataChooser", "letters")
    assert window.document.preview is None
    assert pane(window, "reconstructedPane") is None
    train(qtbot, window)
    stop(qtbot, window)
    image = window.document.shown.decode(window.page(ExplorePage).sliders.values())
    assert image is not None
    assert image.shape == (1, 28, 28)


def test_an_image_of_ones_own_goes_with_its_model_and_never_blocks_the_next(
    qtbot: QtBot, window: Window, tmp_path: Path
) -> None:
    drop(window, write_image(tmp_path / "cat.png"))
    train(qtbot, window)
    qtbot.waitUntil(window.page(ExplorePage).panes.has_tried)
    stop(qtbot, window)
    choose(qtbot, window, "dataChooser", "photographs")
    assert image_of(window, "originalPane").shape == (1, 1, 16, 16)
    assert pane(window, "reconstructedPane") is None
    train(qtbot, window)
    drop(window, write_image(tmp_path / "dog.png"))
    assert image_of(window, "reconstructedPane").shape == (1, 1, 16, 16)
    assert image_of(window, "originalPane").shape == (1, 1, 16, 16)
    stop(qtbot, window)
    assert window.document.status.can_train


def test_other_data_after_opening_a_model_show_their_own_images(qtbot: QtBot, window: Window, tmp_path: Path) -> None:
    train(qtbot, window)
    stop(qtbot, window)
    window.document.kept.save(tmp_path / "model.safetensors")
    drop(window, tmp_path / "model.safetensors")
    choose(qtbot, window, "dataChooser", "photographs")
    assert image_of(window, "originalPane").shape[1:] == (1, 16, 16)
    assert image_of(window, "originalPane").shape[0] > 1


def test_the_status_bar_says_ready_after_other_data_were_loaded(qtbot: QtBot, window: Window) -> None:
    train(qtbot, window)
    stop(qtbot, window)
    progress = window.findChild(QLabel, "statusProgress")
    assert progress is not None
    assert progress.text().startswith("Stopped after")
    choose(qtbot, window, "dataChooser", "letters")
    assert progress.text() == "Ready"
    assert not window.action("save").isEnabled()


def test_a_model_that_other_settings_made_is_marked_as_such(qtbot: QtBot, window: Window) -> None:
    train(qtbot, window)
    stop(qtbot, window)
    assert "Still showing" not in window.page(ExplorePage).notes.text()
    choose(qtbot, window, "recipeChooser", "linear")
    assert "Still showing the model trained as “Sparse autoencoder, KL”" in window.page(ExplorePage).notes.text()


def test_a_changed_recipe_says_so_and_can_be_had_back(qtbot: QtBot, window: Window) -> None:
    changed = window.page(ExplorePage).setup.changed
    assert not changed.isVisibleTo(window)
    window.document.set_value("kl-sparsity.weight", 3)
    assert changed.isVisibleTo(window)
    qtbot.mouseClick(changed, Qt.MouseButton.LeftButton)
    assert window.document.run.penalties[0].weight == recipes.find("sparse-kl").run().penalties[0].weight


def test_the_offline_sentence_goes_when_other_data_are_there(
    qtbot: QtBot,
    window: Window,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    monkeypatch.setenv("AESTUDIO_DATA", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # nothing listens there: refused at once
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    request.addfinalizer(partial(install_opener, None))  # else every later download asks this proxy
    install_opener(None)
    with told(qtbot, window.document, Failed):
        window.document.choose_data(options(Data)["mnist"]())
    assert str(tmp_path) in window.notices.text()
    assert pane(window, "originalPane") is None
    assert not button(window, "trainButton").isEnabled()
    choose(qtbot, window, "dataChooser", "letters")
    assert not window.notices.isVisibleTo(window)


def refused(window: Window, folder: Path) -> None:
    """Drops a folder with nothing in it."""
    folder.mkdir(exist_ok=True)
    drop(window, folder)
    assert window.notices.severity() == "error"
    assert "nothing to train on" in window.notices.text()


def test_an_error_goes_when_the_next_thing_works_and_not_before(qtbot: QtBot, window: Window, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    refused(window, empty)
    choose(qtbot, window, "recipeChooser", "linear")
    assert not window.notices.text()
    refused(window, empty)
    choose(qtbot, window, "dataChooser", "letters")
    assert not window.notices.text()
    refused(window, empty)
    train(qtbot, window)
    assert not window.notices.text()
    refused(window, empty)
    step = present(window.document.preview).step
    qtbot.waitUntil(lambda: present(window.document.preview).step > step)
    assert "nothing to train on" in window.notices.text()
    window.document.set_value("batch_size", 7)
    assert "cannot change while training" in window.notices.text()
    stop(qtbot, window)
    window.document.kept.save(tmp_path / "model.safetensors")
    refused(window, empty)
    drop(window, write_image(tmp_path / "cat.png"))
    assert not window.notices.text()
    refused(window, empty)
    drop(window, tmp_path / "model.safetensors")
    assert (window.notices.severity(), window.notices.text().split()[0]) == ("info", "Opened")


def test_an_error_that_comes_and_goes_moves_nothing(qtbot: QtBot, window: Window, tmp_path: Path) -> None:
    def places() -> list[tuple[int, int, int, int]]:
        found = [window.findChild(QWidget, name) for name in NAMES]
        qtbot.waitUntil(lambda: not window.notices.text() or window.notices.height() > 30)
        QCoreApplication.sendPostedEvents()
        QCoreApplication.processEvents()
        return [(*one.mapTo(window, QPoint()).toTuple(), *one.size().toTuple()) for one in map(present, found)]

    before = places()
    refused(window, tmp_path / "empty")
    assert window.notices.isVisible()
    assert places() == before
    notices = window.notices
    around = QRect(notices.mapTo(window, QPoint()), notices.size())
    assert QRect(QPoint(), window.size()).contains(around)
    for name in ("recipeChooser", "dataChooser", "trainButton", "stopButton"):
        button = present(window.findChild(QWidget, name))
        assert not around.intersects(QRect(button.mapTo(window, QPoint()), button.size())), name
    window.resize(900, 560)
    qtbot.waitUntil(lambda: notices.mapTo(window, QPoint()).y() < around.y())
    assert QRect(QPoint(), window.size()).contains(QRect(notices.mapTo(window, QPoint()), notices.size()))


def test_a_code_that_was_made_by_hand_does_not_outlive_its_network(
    qtbot: QtBot, window: Window, tmp_path: Path
) -> None:
    sliders = window.page(ExplorePage).sliders
    train(qtbot, window)
    stop(qtbot, window)
    window.document.kept.save(tmp_path / "model.safetensors")
    sliders.randomise()
    assert sliders.moved()
    with told(qtbot, window.document, Started):
        press(qtbot, window, "continueButton")
    qtbot.waitUntil(lambda: present(window.document.preview).step > 0)
    assert sliders.moved()  # the same network, a little further
    stop(qtbot, window)
    train(qtbot, window)  # anew
    stop(qtbot, window)
    assert not sliders.moved()
    preview = present(window.document.preview)
    np.testing.assert_allclose(sliders.values(), preview.code[window.page(ExplorePage).panes.selected], atol=1e-6)
    sliders.randomise()
    drop(window, tmp_path / "model.safetensors")
    qtbot.waitUntil(lambda: not sliders.moved())
    opened = present(window.document.preview)
    np.testing.assert_allclose(sliders.values(), opened.code[window.page(ExplorePage).panes.selected], atol=1e-6)


# -- closing ---------------------------------------------------


def test_closing_during_training_asks_and_keeps_training_if_told_so(
    qtbot: QtBot, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(qtbot, window)
    monkeypatch.setattr(Window, "may_close", lambda _self, _what: False)
    assert not window.close()
    assert window.document.status.state is State.TRAINING
    monkeypatch.setattr(Window, "may_close", lambda _self, _what: True)
    assert window.close()


def test_closing_during_training_stops_the_thread(qtbot: QtBot, window: Window) -> None:
    train(qtbot, window)
    assert window.close()
    assert window.document.close(0)  # nothing goes on that it would have to wait for


def test_closing_while_data_load_stops_the_loading(qtbot: QtBot, window: Window) -> None:
    window.document.choose_recipe("denoising-gaussian")
    assert window.document.status.state is State.LOADING
    assert window.close()


def test_choosing_recipes_faster_than_data_load_ends_with_the_last_one(qtbot: QtBot, window: Window) -> None:
    for name in ("denoising-gaussian", "natural-patches", "shapes-latent", "denoising-gaussian", "linear"):
        window.document.choose_recipe(name)
    qtbot.waitUntil(lambda: window.document.status.state is State.READY and window.document.dataset is not None)
    assert present(window.document.dataset).shape == (1, 8, 8)
    assert window.document.run.network.kind == "linear"


@pytest.mark.slow
def test_the_theme_and_the_splitters_are_kept_for_the_next_start(qtbot: QtBot, window: Window) -> None:
    window.action("dark").trigger()
    window.page(ExplorePage).plots.setSizes([400, 300])
    kept = window.page(ExplorePage).plots.saveState()
    window.close()
    again = Window()
    qtbot.addWidget(again)
    assert again.action("dark").isChecked()
    assert again.page(ExplorePage).plots.saveState() == kept
    again.close()
