"""How numbers and pictures are shown, kept from one time to the next."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from aestudio.core.ground.ini import Ini
from aestudio.qt import theme
from aestudio.qt.display import SCALES, USUAL, Display
from aestudio.qt.window import Window
from tests.qt.conftest import settle

OTHERS = {"per_pixel": False, "smoothing": 40, "colours": "viridis", "scale": 150}


def kept(folder: Path) -> Ini:
    return Ini(folder / "window.ini")


def choices(display: Display) -> dict[str, object]:
    return {name: getattr(display, name) for name in USUAL}


def test_every_choice_is_kept(tmp_path: Path) -> None:
    one, other, settings = Display(), Display(), kept(tmp_path)
    one.choose(**OTHERS)
    one.keep(settings)
    settings.save()
    other.read(kept(tmp_path))
    assert choices(other) == OTHERS


@pytest.mark.parametrize("name", USUAL)
def test_what_was_edited_to_nonsense_stays_as_usual(tmp_path: Path, name: str) -> None:
    settings = kept(tmp_path)
    settings.keep(f"display/{name}", "nonsense")
    display = Display()
    display.read(settings)
    assert choices(display) == USUAL


def test_choosing_what_holds_already_tells_nobody() -> None:
    display, told = Display(), []
    display.changed.connect(lambda: told.append(1))
    display.choose(**USUAL)
    assert not told
    display.choose(smoothing=10)
    assert told == [1]


def heights(window: Window) -> dict[int, int]:
    """Of the buttons that are seen, by their place."""
    return {place: one.height() for place, one in enumerate(window.findChildren(QAbstractButton)) if one.isVisible()}


def given(window: Window) -> list[tuple[object, ...]]:
    """What every widget was given of sizes; what layouts make of it depends on where splitters were pushed to."""
    return [
        (type(one).__name__, one.minimumSize(), one.maximumSize(), one.font().pointSizeF())
        for one in window.findChildren(QWidget)
        if one.objectName() and not one.objectName().startswith("qt_")
    ]


def test_f11_fills_the_screen_and_goes_back(window: Window) -> None:
    full = window.action("fullScreen")
    assert full.shortcut().toString() == "F11"
    for wanted in (True, False):
        full.trigger()
        assert (window.isFullScreen(), full.isChecked()) == (wanted, wanted)


def test_everything_grows_with_ctrl_plus_and_goes_back_with_ctrl_0(window: Window, qtbot: QtBot) -> None:
    before, natural = heights(window), given(window)
    rail = window.rail.width()
    for percent in SCALES[1:]:
        window.action("larger").trigger()
        QApplication.processEvents()
        assert theme.scale() == percent
        assert window.rail.width() == round(rail * percent / 100)
    assert not window.action("larger").isEnabled()
    settle(window)
    grown = heights(window)
    bigger = [place for place in before.keys() & grown.keys() if grown[place] > 1.5 * before[place]]
    assert len(bigger) > 0.8 * len(before.keys() & grown.keys())
    window.action("smaller").trigger()
    assert theme.scale() == SCALES[-2]
    window.action("natural").trigger()
    qtbot.waitUntil(lambda: given(window) == natural)  # hidden pages are dressed a little later
    assert not window.action("natural").isEnabled()


def test_what_was_given_another_size_meanwhile_keeps_it(qapp: QApplication, qtbot: QtBot) -> None:
    made = QPushButton()
    qtbot.addWidget(made)
    made.setFixedWidth(theme.px(100))
    theme.set_scale(qapp, 150)
    assert made.maximumWidth() == 150
    made.setFixedWidth(theme.px(40))
    theme.set_scale(qapp, 200)
    assert (made.minimumWidth(), made.maximumWidth()) == (80, 80)
    theme.set_scale(qapp, 100)
    assert (made.minimumWidth(), made.maximumWidth()) == (40, 40)
    assert made.maximumHeight() > 10_000


def test_hairlines_stay_hairlines(qapp: QApplication) -> None:
    theme.set_scale(qapp, 110)
    assert "1px solid" in qapp.styleSheet()
