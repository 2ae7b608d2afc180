"""Every panel of the page Latent with odd models and data: it shows something or says why not, and never breaks."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from pytestqt.qtbot import QtBot

from aestudio.core.data.dataset import Dataset, Split
from aestudio.qt.pages.latent.page import LatentPage
from aestudio.qt.pages.latent.panels import panels
from aestudio.qt.panel import Panel
from aestudio.studio.inspect.examined import Examined
from tests.core.probing import model, store
from tests.present import present
from tests.qt.inspecting import subject
from tests.qt.test_latent_page import looked_at, opened

LINEAR = {"kind": "linear", "code_size": 4}


def two_images() -> Examined:
    """One to train on and one held out, without labels."""
    return replace(subject(model(LINEAR)), dataset=Dataset("two", Split(store(1)), Split(store(1, seed=9))))


def wide() -> Examined:
    """A code of 8 maps of 4×4."""
    return looked_at(model({"kind": "conv", "channels": [8], "code_size": 0}))


def one_number() -> Examined:
    return looked_at(model({"kind": "linear", "code_size": 1}))


def untrained() -> Examined:
    """No layer has been trained yet."""
    return replace(looked_at(), depth=0)


def not_finite() -> Examined:
    found = looked_at()
    broken = {name: torch.full_like(one, float("nan")) for name, one in found.weights.items()}
    return replace(found, weights=broken)


def without_images() -> Examined:
    return subject(model(LINEAR))


ODD = {"two images": two_images, "wide": wide, "one number": one_number}
REFUSED = {
    "untrained": (untrained, "No layer"),
    "not finite": (not_finite, "not finite"),
    "without images": (without_images, "choose its data"),
}


@pytest.fixture
def page(qtbot: QtBot) -> LatentPage:
    return opened(qtbot)


def settle(qtbot: QtBot, page: LatentPage, kind: type[Panel]) -> str:
    """The sentence in the place of a panel; empty where it shows something."""
    page.choose(kind)
    qtbot.waitUntil(lambda: not page.observer.busy and (page.measured is not None or bool(page.refusal())))
    return page.refusal()


@pytest.mark.parametrize("name", list(ODD))
def test_every_panel_shows_something_of_an_odd_model_or_says_why_not(qtbot: QtBot, page: LatentPage, name: str) -> None:
    examined = ODD[name]()
    page.set_subject(examined)
    for kind in panels():
        if kind.suits(examined):
            refusal = settle(qtbot, page, kind)
            assert not refusal or refusal.endswith("."), (kind, refusal)
            assert refusal or present(page.measured)[0] is page.panel


@pytest.mark.parametrize("name", list(REFUSED))
def test_every_panel_says_what_is_missing(qtbot: QtBot, page: LatentPage, name: str) -> None:
    made, words = REFUSED[name]
    examined = made()
    page.set_subject(examined)
    for kind in panels():
        if kind.suits(examined):
            assert words in settle(qtbot, page, kind), kind
