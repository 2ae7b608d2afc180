"""Loading in the background: the newest wish wins, and a cancelled load says so."""

from __future__ import annotations

import threading

import pytest
from pytestqt.qtbot import QtBot

from aestudio.core.data.dataset import Dataset
from aestudio.core.data.source import Data
from aestudio.core.data.sources.digits import Digits
from aestudio.core.ground.reports import Report, unheard
from aestudio.qt.loader import Loader


class Slow(Digits):
    """Reports until it is cancelled."""

    def load(self, report: Report = unheard) -> Dataset:
        waiting = threading.Event()
        while True:
            report("Waiting", 0.5)
            waiting.wait(0.01)


class Broken(Digits):
    """Fails as a program error would."""

    def load(self, report: Report = unheard) -> Dataset:
        raise ZeroDivisionError("of the test")


@pytest.fixture
def loader(qtbot: QtBot) -> Loader:
    return Loader()


def end(qtbot: QtBot, loader: Loader, data: Data) -> tuple[Dataset | None, str]:
    with qtbot.waitSignal(loader.ended) as ended:
        loader.load(data)
    dataset, problem = ended.args
    return dataset, problem


def test_a_data_set_is_loaded_and_nothing_is_wrong(qtbot: QtBot, loader: Loader) -> None:
    dataset, problem = end(qtbot, loader, Digits())
    assert dataset is not None
    assert problem == ""


def test_what_is_being_done_is_said(qtbot: QtBot, loader: Loader) -> None:
    with qtbot.waitSignal(loader.said, check_params_cb=lambda doing, done: (doing, done) == ("Waiting", 0.5)):
        loader.load(Slow())
    assert loader.close(30)


def test_a_cancelled_load_ends_without_data_and_says_so(qtbot: QtBot, loader: Loader) -> None:
    loader.load(Slow())
    with qtbot.waitSignal(loader.ended) as ended:
        loader.cancel()
    assert ended.args == [None, "Loading Digits 8×8 was cancelled."]


def test_another_wish_replaces_the_load_that_is_under_way(qtbot: QtBot, loader: Loader) -> None:
    loader.load(Slow())
    loader.load(Slow())
    dataset, problem = end(qtbot, loader, Digits())
    assert dataset is not None
    assert problem == ""


def test_a_program_error_becomes_a_sentence(qtbot: QtBot, loader: Loader) -> None:
    assert end(qtbot, loader, Broken()) == (None, "Loading Digits 8×8 failed: of the test")


def test_closing_stops_a_load_that_is_under_way(qtbot: QtBot, loader: Loader) -> None:
    loader.load(Slow())
    assert loader.close(30)
