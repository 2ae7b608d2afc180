"""Two documents in the studio of a real window: both train at once, and settings are undone meanwhile."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from aestudio.core.run.events import Preview, Progress, Started
from aestudio.core.training.every import Every
from aestudio.qt.pages.explore.page import ExplorePage
from aestudio.qt.preferences import Preferences
from aestudio.qt.window import Window
from aestudio.studio.document import Document
from aestudio.studio.events import Told
from aestudio.studio.status import State
from tests.qt.listening import told


def weights(told: list[Told]) -> set[float]:
    """Of the sparsity penalty, as the training has used it."""
    return {float(weight) for event in told if isinstance(event, Progress) for weight in event.weights[:, 1]}


def test_two_documents_train_at_once_and_an_undo_reaches_the_one_that_is_shown(qtbot: QtBot, window: Window) -> None:
    first, second = window.document, window.studio.add()
    second.begin("sparse-kl")
    qtbot.waitUntil(lambda: second.status.can_train)
    both: dict[Document, list[Told]] = {first: [], second: []}
    for document, heard in both.items():
        document.listen(heard.append)
        document.train()
    qtbot.waitUntil(lambda: all(any(isinstance(event, Preview) for event in heard) for heard in both.values()))
    assert first.status.state is second.status.state is State.TRAINING

    first.set_value("kl-sparsity.weight", 2.5)
    qtbot.waitUntil(lambda: 2.5 in weights(both[first]))
    before = len(both[first])
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert first.run.penalties[0].weight == second.run.penalties[0].weight
    qtbot.waitUntil(lambda: bool(weights(both[first][before:]) - {2.5}))
    assert 2.5 not in weights(both[second])

    moment = first.shown.snapshots.kept[0]
    first.show(moment)
    reached = [document.shown.newest for document in both]
    qtbot.waitUntil(lambda: all(one.shown.newest is not newest for one, newest in zip(both, reached, strict=True)))
    assert first.preview is moment.preview
    assert second.preview is second.shown.newest
    for document in both:
        document.stop()
    qtbot.waitUntil(lambda: first.status.state is second.status.state is State.READY)


def test_a_document_that_is_shown_before_its_training_has_told_a_point_has_all_of_them(
    qtbot: QtBot, window: Window
) -> None:
    second = window.studio.add()
    second.begin("linear")
    qtbot.waitUntil(lambda: second.status.can_train)
    heard: list[Told] = []
    second.listen(heard.append)
    second.listen(lambda event: window.studio.show(second) if isinstance(event, Started) else None)
    with told(qtbot, second, Preview):
        second.train()
    qtbot.waitUntil(lambda: any(isinstance(event, Progress) for event in heard))
    second.stop()
    qtbot.waitUntil(lambda: second.status.state is State.READY)
    first = next(event.first_step for event in heard if isinstance(event, Progress))
    drawn = window.page(ExplorePage).losses
    drawn.refresh()
    assert drawn.curves()[("reconstruction", "train")][0].min() == first


def test_an_untrained_document_that_is_shown_again_has_its_images_still(qtbot: QtBot, window: Window) -> None:
    first, second, panes = window.document, window.studio.add(), window.page(ExplorePage).panes
    second.begin("linear")
    window.studio.show(second)
    qtbot.waitUntil(lambda: second.status.can_train)
    said = panes.state.text()
    assert "held-out samples" in said
    window.studio.show(first)
    assert panes.state.text() == said
    window.studio.show(second)
    assert panes.state.text() == said


def test_a_document_that_is_added_takes_checkpoints_as_the_person_prefers(qtbot: QtBot, window: Window) -> None:
    window.ask_preferences()
    dialog = window.findChild(Preferences)
    assert dialog is not None
    dialog.every.setText("2 epochs")
    dialog.buttons.button(QDialogButtonBox.StandardButton.Ok).click()
    assert window.studio.add().keeping == window.document.keeping
    assert window.document.keeping.every == Every(0, 2)
