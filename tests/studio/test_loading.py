"""Loading in the background: the newest wish wins, and a cancelled load says so."""

from __future__ import annotations

import threading
from typing import ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from aestudio.core.data.dataset import Dataset
from aestudio.core.data.sources.digits import Digits
from aestudio.core.ground.reports import Report, unheard
from aestudio.studio.background import plain_thread
from aestudio.studio.events import Loading
from aestudio.studio.loading import Glimpse, Loaded, Loader
from tests.studio.waiting import wait_until


class Slow(Digits):
    """Reports until it is cancelled."""

    def read(self, report: Report = unheard) -> Dataset:
        waiting = threading.Event()
        while True:
            report("Waiting", 0.5)
            waiting.wait(0.01)


class Broken(Digits):
    """Fails as a program error would."""

    def read(self, report: Report = unheard) -> Dataset:
        raise ZeroDivisionError("of the test")


class Glimpsed(Slow):
    """Shows a few images only once it is given up."""

    shown: ClassVar[threading.Event]

    def glimpse(self) -> NDArray[np.uint8]:
        assert self.shown.wait(60)
        return np.zeros((1, 1, 8, 8), np.uint8)


def until_loaded(loader: Loader) -> tuple[list[Loading], Loaded]:
    """Takes what comes until a load is over."""
    heard: list[Loading] = []
    ended: list[Loaded] = []

    def over() -> bool:
        for one in loader.take():
            match one:
                case Loading():
                    heard.append(one)
                case Loaded():
                    ended.append(one)
        return bool(ended)

    wait_until(over)
    return heard, ended[0]


@pytest.fixture
def loader() -> Loader:
    return Loader(plain_thread)


def test_a_data_set_is_loaded_and_nothing_is_wrong(loader: Loader) -> None:
    loader.load(Digits())
    _, ended = until_loaded(loader)
    assert ended.dataset is not None
    assert ended.problem == ""
    assert not loader.running


def test_what_is_being_done_is_said(loader: Loader) -> None:
    loader.load(Slow())
    wait_until(lambda: Loading("Waiting", 0.5) in loader.take())
    assert loader.close(30)


def test_a_cancelled_load_ends_without_data_and_says_so(loader: Loader) -> None:
    loader.load(Slow())
    loader.cancel()
    assert until_loaded(loader)[1] == Loaded(None, "Loading Digits 8×8 was cancelled.")


def test_another_wish_replaces_the_load_that_is_under_way(loader: Loader) -> None:
    loader.load(Slow())
    loader.load(Slow())
    loader.load(Digits())
    _, ended = until_loaded(loader)
    assert ended.dataset is not None
    assert ended.problem == ""


def test_images_of_a_load_that_is_given_up_are_not_shown(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Glimpsed, "shown", threading.Event(), raising=False)
    loader.load(Glimpsed())
    loader.load(Digits())
    Glimpsed.shown.set()
    found: list[Loading | Glimpse | Loaded] = []
    wait_until(lambda: found.extend(loader.take()) or any(isinstance(one, Loaded) for one in found))
    assert not any(isinstance(one, Glimpse) for one in found)


def test_a_program_error_becomes_a_sentence(loader: Loader) -> None:
    loader.load(Broken())
    assert until_loaded(loader)[1] == Loaded(None, "Loading Digits 8×8 failed: of the test")


def test_closing_stops_a_load_that_is_under_way(loader: Loader) -> None:
    loader.load(Slow())
    assert loader.close(30)
