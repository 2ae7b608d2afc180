"""The page Inspect alone with a snapshot made here: what the tests of its panels share."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pytestqt.qtbot import QtBot
from torch import Tensor

from aestudio.core.data.dataset import Dataset
from aestudio.core.model.trained import Model
from aestudio.core.run.events import Preview
from aestudio.qt.pages.inspect.page import InspectPage
from aestudio.qt.panel import Panel
from aestudio.qt.window import Window
from aestudio.studio.inspect.examined import Examined
from tests.core.probing import images
from tests.present import present
from tests.qt.listening import Alone
from tests.qt.test_window import stop, train

AnyPanel = TypeVar("AnyPanel", bound=Panel)


def subject(model: Model, few: Tensor | None = None, step: int = 1, **weights: Tensor) -> Examined:
    """A snapshot of a model, with some of its weights replaced."""
    few = images(40, model.shape) if few is None else few
    return Examined(model.run, model.shape, model.depth, step, model.module.snapshot() | weights, None, few)


def opened(qtbot: QtBot, kind: type[AnyPanel], width: int = 1212, height: int = 720) -> tuple[InspectPage, AnyPanel]:
    """The page alone, shown, with one of its panels in front."""
    page = InspectPage(Alone())
    # Holding the page: qtbot does not, and one that is gone before it is closed takes a running thread with it.
    qtbot.addWidget(page, before_close_func=lambda _: close(page))
    page.resize(width, height)
    with qtbot.waitExposed(page):
        page.show()
    page.choose(kind)
    panel = page.panel
    assert isinstance(panel, kind)
    return page, panel


def trained(qtbot: QtBot, window: Window, kind: type[AnyPanel]) -> tuple[AnyPanel, Preview, Dataset]:
    """A panel after a training in the window was stopped and its last model measured: with that model and its data."""
    train(qtbot, window)
    page = window.page(InspectPage)
    window.show_page(page)
    page.choose(kind)
    panel = page.panel
    assert isinstance(panel, kind)
    stop(qtbot, window)
    preview, dataset = present(window.document.preview), present(window.document.dataset)
    measured(qtbot, page)
    qtbot.waitUntil(lambda: examined(page).step == preview.step)
    return panel, preview, dataset


def close(page: Any) -> None:
    assert page.shut(60)


def measured(qtbot: QtBot, page: InspectPage, one: Examined | None = None) -> None:
    """Shows a snapshot, or goes on with the one that is there, and waits until it has been measured."""
    if one is not None:
        page.set_subject(one)
    qtbot.waitUntil(lambda: not page.observer.busy and page.measured is not None)
    assert one is None or examined(page) is one


def examined(page: InspectPage) -> Examined:
    """The snapshot that was measured last."""
    assert page.measured is not None
    return page.measured[1]


def png(path: Path) -> tuple[int, int]:
    """Width and height of a PNG file."""
    head = path.read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
