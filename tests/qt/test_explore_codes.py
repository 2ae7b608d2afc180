"""The sliders of the page Explore and the codes that say how far they go."""

from __future__ import annotations

from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from aestudio.core.ground.errors import StudioError
from aestudio.core.latent.aggregate import Aggregate, aggregate
from aestudio.qt.pages.explore import many_codes
from aestudio.qt.pages.explore.page import ExplorePage
from aestudio.qt.window import Window
from aestudio.studio.status import State
from tests.present import present
from tests.qt.test_window import stop, train


def test_ranges_are_of_held_out_images_while_it_trains_and_of_many_training_images_once_it_rests(
    qtbot: QtBot, window: Window
) -> None:
    explore, document = window.page(ExplorePage), window.document
    sliders = explore.sliders
    train(qtbot, window)
    qtbot.waitUntil(lambda: "held-out images" in sliders._summary.text())
    document.pause()
    qtbot.waitUntil(lambda: document.status.state is State.PAUSED)
    qtbot.waitUntil(lambda: "training images" in sliders._summary.text())
    document.pause()
    qtbot.waitUntil(lambda: "held-out images" in sliders._summary.text())
    stop(qtbot, window)
    count = len(present(document.dataset).train)
    qtbot.waitUntil(lambda: f"ranges of {count:,} training images" in sliders._summary.text())
    window.speak("ko")
    assert f"{count:,}" in sliders._summary.text()  # what is shown again is not sought anew


def test_an_encoding_that_failed_is_tried_again_when_something_becomes_of_the_document(
    qtbot: QtBot, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[object] = []

    def fails_once(*given: Any) -> Aggregate | None:
        tries.append(given)
        if len(tries) == 1:
            raise StudioError("no memory")
        return aggregate(*given)

    monkeypatch.setattr(many_codes, "aggregate", fails_once)
    explore, document = window.page(ExplorePage), window.document
    train(qtbot, window)
    stop(qtbot, window)
    many = explore._model_reader._many
    qtbot.waitUntil(lambda: bool(tries) and not many._task.running and not many._soon.isActive())
    document.set_value("epochs", 77)
    qtbot.waitUntil(lambda: explore.sliders._values.many is not None)
    assert len(tries) == 2
