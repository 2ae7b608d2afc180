"""Every page at three sizes and in both themes: nothing cut off, covered, outside or empty, and the keyboard is
seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from aestudio.qt import theme
from aestudio.qt.pages.denoise.page import DenoisePage
from aestudio.qt.pages.explore.page import ExplorePage
from aestudio.qt.pages.inspect.page import InspectPage
from aestudio.qt.pages.latent.page import LatentPage
from aestudio.qt.pages.runs.page import RunsPage
from aestudio.qt.pages.studies.page import StudiesPage
from aestudio.qt.window import Window
from aestudio.studio.status import State
from tests.present import present
from tests.qt import seen
from tests.qt.conftest import wait_until

SIZES = {"small": (960, 540), "usual": (1280, 800), "large": (2560, 1440)}
STEPS = 20


@pytest.fixture(scope="module")
def used(one_window: Window) -> Window:
    """The window after a short training, with a picture that was cleaned and a run that is chosen."""
    window, document = one_window, one_window.document
    window.activateWindow()
    window.show_page(window.page(ExplorePage))
    document.train()
    wait_until(lambda: document.preview is not None and document.preview.step >= STEPS)
    document.stop()
    wait_until(lambda: document.status.state is State.READY)
    denoise, runs = window.page(DenoisePage), window.page(RunsPage)
    denoise.ways.choose("despeckle")
    denoise.try_sample()
    wait_until(lambda: bool(denoise.desk.entries) and not denoise.desk.running)
    denoise.clean_now()
    wait_until(lambda: denoise.has_result(whole=True) and not denoise.desk.running)
    window.show_page(runs)
    runs.refresh()
    wait_until(lambda: runs.model.rowCount() > 0)
    runs.table.choose([runs.model.run(0).id])
    return window


def views(window: Window) -> Iterator[str]:
    """Goes through all that there is to see, and names it."""
    for page in window.pages:
        window.show_page(page)
        match page:
            case InspectPage() | LatentPage():
                for place, panel in enumerate(page.panels):
                    if page.tabs.isTabVisible(place):
                        page.choose(type(panel))
                        wait_until(partial(is_measured, page))
                        yield from settled(f"{page.name}: {panel.title}")
            case RunsPage():
                tabs = page.details.tabs
                for place in range(tabs.count()):
                    tabs.setCurrentIndex(place)
                    wait_until(partial(has_settled, page))
                    yield from settled(f"{page.name}: {tabs.tabText(place)}")
            case StudiesPage():
                for place in range(page.tabs.count()):
                    page.tabs.setCurrentIndex(place)
                    yield from settled(f"{page.name}: {page.tabs.tabText(place)}")
            case _:
                yield from settled(page.name)


def is_measured(page: InspectPage | LatentPage) -> bool:
    return not page.observer.busy and (page.measured is not None or bool(page.refusal()))


def has_settled(page: RunsPage) -> bool:
    return not page.details.settle.isActive()


def settled(name: str) -> Iterator[str]:
    """After whatever the layouts have still to do; a window that puts on another theme is not painted meanwhile."""
    for _ in range(3):
        QApplication.processEvents()
    wait_until(lambda: all(top.updatesEnabled() for top in QApplication.topLevelWidgets()))
    QApplication.processEvents()
    yield name


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.slow
def test_nothing_is_cut_off_covered_or_empty_on_any_page(
    qapp: QApplication, used: Window, size: str, look: theme.ThemeMode
) -> None:
    theme.apply(qapp, look)
    used.resize(*SIZES[size])
    found = {name: faults for name in views(used) if (faults := seen.faults(used))}
    assert not found, found


@pytest.mark.parametrize("look", ["light", "dark"])
def test_a_theme_reaches_every_page(qapp: QApplication, used: Window, look: theme.ThemeMode) -> None:
    theme.apply(qapp, look)
    used.resize(*SIZES["usual"])
    ground = 255 if look == "light" else 0
    for name in views(used):
        picture = used.grab().toImage().scaled(64, 40, mode=Qt.TransformationMode.SmoothTransformation)
        greys = sorted(picture.pixelColor(x, y).lightness() for x in range(64) for y in range(40))
        assert abs(greys[len(greys) // 2] - ground) < 60, name  # most of a page is its ground


def test_whatever_can_have_the_keyboard_shows_that_it_has_it(used: Window) -> None:
    used.resize(*SIZES["large"])
    used.activateWindow()
    unseen: list[str] = []
    for name in views(used):
        unseen += [
            f"{name}: {type(one).__name__} {one.objectName() or one.accessibleName()!r}"
            for one in list(seen.shown(used))
            if one.focusPolicy() & Qt.FocusPolicy.TabFocus and one.isEnabled() and one.focusProxy() is None
            if one.visibleRegion().boundingRect() == one.rect() and not shows_focus(used, one)
        ]
    assert not unseen, unseen


def shows_focus(window: Window, one: QWidget) -> bool:
    """Whether it looks otherwise while it has the keyboard."""
    place = QRect(one.mapTo(window, one.rect().topLeft()), one.size()).adjusted(-3, -3, 3, 3)
    other = window.page(ExplorePage) if window.shown is not window.page(ExplorePage) else window.statusBar()
    other.setFocus()
    if (now := QApplication.focusWidget()) is not None:
        now.clearFocus()
    without = window.grab(place).toImage()
    one.setFocus(Qt.FocusReason.TabFocusReason)
    return one.hasFocus() and window.grab(place).toImage() != without


def test_the_keyboard_goes_from_page_to_page_in_the_rail(used: Window) -> None:
    used.activateWindow()
    page = used.page(StudiesPage)
    used.show_page(page)
    page.start.setFocus()
    buttons = used.rail.findChildren(QAbstractButton)
    for _ in range(100):
        if (at := present(QApplication.focusWidget())) in buttons:
            break
        QTest.keyClick(at, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is buttons[used.pages.index(page)]
    used.show_page(used.pages[0])
    for place, below in enumerate(used.pages[1:], 1):
        QTest.keyClick(present(QApplication.focusWidget()), Qt.Key.Key_Down)
        assert used.shown is below
        assert [one for one in buttons if one.hasFocus()] == [buttons[place]]


def test_names_of_axes_do_not_depend_on_what_was_shown_before(used: Window) -> None:
    used.resize(*SIZES["usual"])
    explore = used.page(ExplorePage)
    used.show_page(explore)
    list(settled("before"))
    before = [used.grab(QRect(one.mapTo(used, one.rect().topLeft()), one.size())).toImage() for one in plots(explore)]
    explore.panes.set_difference_visible(True)
    list(settled("with the difference"))
    explore.panes.set_difference_visible(False)
    list(settled("after"))
    after = [used.grab(QRect(one.mapTo(used, one.rect().topLeft()), one.size())).toImage() for one in plots(explore)]
    assert before == after


def plots(explore: ExplorePage) -> tuple[QWidget, QWidget]:
    return explore.losses, explore.histogram


# -- that these tests can fail -----------------------------------------------------------------------------------------


def framed(*parts: QWidget, way: type[QVBoxLayout | QHBoxLayout] = QVBoxLayout) -> QWidget:
    made = QWidget()
    row = way(made)
    for part in parts:
        row.addWidget(part)
    return made


@pytest.mark.parametrize("part", [QLabel, QPushButton, QCheckBox])
def test_a_text_without_room_is_found(qtbot: QtBot, part: type[QLabel | QPushButton | QCheckBox]) -> None:
    made = part("a sentence that is longer than forty pixels")
    window = framed(made)
    qtbot.addWidget(window)
    window.show()
    assert not seen.faults(window)
    made.setFixedWidth(40)
    QApplication.processEvents()
    assert len(seen.clipped(window)) == 1


def test_a_chosen_value_without_room_is_found(qtbot: QtBot) -> None:
    combo = QComboBox()
    combo.addItem("a value that is longer than forty pixels")
    window = framed(combo)
    qtbot.addWidget(window)
    window.show()
    assert not seen.clipped(window)
    combo.setFixedWidth(40)
    QApplication.processEvents()
    assert len(seen.clipped(window)) == 1


def test_lines_that_are_cut_off_below_are_found(qtbot: QtBot) -> None:
    words = QLabel("many words, " * 20)
    words.setWordWrap(True)
    words.setFixedSize(120, 30)
    window = framed(words)
    qtbot.addWidget(window)
    window.show()
    assert len(seen.clipped(window)) == 1


def test_what_reaches_out_or_lies_over_another_or_shows_nothing_is_found(qtbot: QtBot) -> None:
    first, second, card = QPushButton("one"), QPushButton("two"), QFrame()
    card.setProperty("role", "card")
    card.setFixedSize(60, 60)
    window = framed(first, second, card)
    qtbot.addWidget(window)
    window.show()
    assert len(seen.empty(window)) == 1
    assert not seen.overlapping(window)
    second.move(first.pos())
    assert len(seen.overlapping(window)) == 1
    second.move(window.width() - 5, 0)
    assert len(seen.outside(window)) == 1
