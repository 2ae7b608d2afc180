"""The tour on the real window: it points at the control that is meant, is in the way of nothing, goes on by itself."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from aestudio.qt.pages.explore.page import ExplorePage
from aestudio.qt.pages.start.page import StartPage
from aestudio.qt.tour import TourGuide, beside
from aestudio.qt.window import Window
from aestudio.studio.own_images import OwnImage
from tests.present import present


@pytest.fixture
def guide(window: Window) -> TourGuide:
    window.document.choose_recipe("linear")
    window.action("tour").trigger()
    return present(window.guide)


def target(window: Window) -> QWidget:
    return present(window.findChild(QWidget, present(present(window.guide).tour.step).target))


def where(window: Window, one: QWidget) -> QRect:
    return QRect(one.mapTo(window, QPoint()), one.size())


@pytest.mark.slow
def test_a_person_who_does_what_is_asked_for_comes_to_the_end(qtbot: QtBot, window: Window, guide: TourGuide) -> None:
    tour, explore = guide.tour, window.page(ExplorePage)

    def reached(place: int) -> None:
        qtbot.waitUntil(lambda: tour.place == place)
        if (step := tour.step) is not None:
            assert guide.text.text() == str(step.text)
            assert guide.frame.geometry().intersects(where(window, target(window)))
            assert not guide.bubble.geometry().contains(where(window, target(window)).center())

    reached(0)
    window.document.choose_recipe("sparse-kl")
    reached(1)
    qtbot.waitUntil(explore.setup.train.isEnabled)
    qtbot.mouseClick(explore.setup.train, Qt.MouseButton.LeftButton)
    reached(2)
    reached(3)
    explore.histogram.target_moved.emit(0.2)
    reached(4)
    unit = explore.sliders.units()[0]
    explore.sliders.move(unit, float(explore.sliders.high[unit]))
    reached(5)
    window.document.shown.try_images([OwnImage("mine", np.zeros((8, 8, 1), np.float32))])
    reached(6)
    window.action("inspect").trigger()
    reached(7)
    window.action("runs").trigger()
    reached(8)
    assert not guide.frame.isVisible()
    assert guide.skip.isHidden()
    qtbot.mouseClick(guide.leave, Qt.MouseButton.LeftButton)
    assert not guide.bubble.isVisible()


def test_what_is_pointed_at_can_be_clicked_through_the_frame(window: Window, guide: TourGuide) -> None:
    middle = where(window, target(window)).center()
    hit = present(window.childAt(middle))
    assert hit is target(window) or target(window).isAncestorOf(hit)


def test_on_another_page_the_way_back_is_shown(qtbot: QtBot, window: Window, guide: TourGuide) -> None:
    window.action("runs").trigger()
    button = present(window.findChild(QWidget, "explorePageButton"))
    qtbot.waitUntil(lambda: guide.frame.geometry().contains(where(window, button).center()))
    assert guide.text.text() == "The next step is on the page Explore: press here."


def test_a_window_that_is_closed_in_the_middle_of_it_makes_no_mistake(window: Window, guide: TourGuide) -> None:
    while present(guide.tour.step).page:
        guide.tour.skip()
    window.hide()
    guide.look()
    assert guide.text.text() == str(present(guide.tour.step).text)


def test_escape_ends_it_and_does_nothing_else(qtbot: QtBot, window: Window, guide: TourGuide) -> None:
    window.greet()
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert guide.bubble.isHidden()
    assert isinstance(window.shown, StartPage)


def test_the_start_page_begins_it_too_and_it_can_be_taken_again(qtbot: QtBot, window: Window) -> None:
    window.greet()
    for _ in range(2):
        qtbot.mouseClick(window.page(StartPage).tour, Qt.MouseButton.LeftButton)
        assert present(window.guide).bubble.isVisible()
        present(window.guide).end()
    assert QApplication.instance() is not None


@pytest.mark.parametrize(
    "target",
    [QRect(10, 10, 200, 40), QRect(700, 500, 90, 40), QRect(300, 5, 200, 590), QRect(0, 0, 800, 100)],
    ids=["at the left", "in the corner", "as high as the window", "as wide as the window"],
)
def test_the_bubble_stands_inside_the_window_beside_what_it_speaks_of(target: QRect) -> None:
    room, size = QRect(0, 0, 800, 600), QSize(250, 120)
    bubble = QRect(beside(target, size, room), size)
    assert room.contains(bubble)
    assert not bubble.intersects(target)
