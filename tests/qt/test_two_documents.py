"""Two documents in the studio of a real window: both train at once, and settings are undone meanwhile."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from aestudio.core.run.events import Preview, Progress
from aestudio.core.training.every import Every
from aestudio.qt.preferences import Preferences
from aestudio.qt.window import Window
from aestudio.studio.document import Document
from aestudio.studio.events import Told
from aestudio.studio.status import State


def weights(told: list[Told]) -> set[float]:
    """Of the sparsity penalty, as the training has used it."""
    return {float(weight) for event in told if isinstance(event, Progress) for weight in event.weights[:, 1]}


def test_two_documents_train_at_once_and_an_undo_reaches_the_one_that_is_shown(qtbot: QtBot, window: Window) -> None:
    first, second = window.document, window.studio.add()
    second.begin("sparse-kl")
    qtbot.waitUntil(lambda: second.status.can_train)
    told: dict[Document, list[Told]] = {first: [], second: []}
    for document, heard in told.items():
        document.listen(heard.append)
        document.train()
    qtbot.waitUntil(lambda: all(any(isinstance(event, Preview) for event in heard) for heard in told.values()))
    assert first.status.state is second.status.state is State.TRAINING

    first.set_value("kl-sparsity.weight", 2.5)
    qtbot.waitUntil(lambda: 2.5 in weights(told[first]))
    before = len(told[first])
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert first.run.penalties[0].weight == second.run.penalties[0].weight
    qtbot.waitUntil(lambda: bool(weights(told[first][before:]) - {2.5}))
    assert 2.5 not in weights(told[second])

    moment = first.shown.snapshots.kept[0]
    first.show(moment)
    reached = [document.shown.newest for document in told]
    qtbot.waitUntil(lambda: all(one.shown.newest is not newest for one, newest in zip(told, reached, strict=True)))
    assert first.preview is moment.preview
    assert second.preview is second.shown.newest
    for document in told:
        document.stop()
    qtbot.waitUntil(lambda: first.status.state is second.status.state is State.READY)


def test_a_document_that_is_added_takes_checkpoints_as_the_person_prefers(qtbot: QtBot, window: Window) -> None:
    window.ask_preferences()
    dialog = window.findChild(Preferences)
    assert dialog is not None
    dialog.every.setText("2 epochs")
    dialog.buttons.button(QDialogButtonBox.StandardButton.Ok).click()
    assert window.studio.add().keeping == window.document.keeping
    assert window.document.keeping.every == Every(0, 2)
