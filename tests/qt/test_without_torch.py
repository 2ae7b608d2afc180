"""What can be seen before torch is in, in a fresh process that cannot import it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.core.trainings import keep
from tests.without_torch import run

LATER = {"numpy", "filelock", "psutil", "aestudio.core.run.events", "aestudio.studio.events", "aestudio.qt.task"}
"""Modules that take long and are of no use to the first picture."""
OPENED = (
    f"""LATER = {LATER!r}
"""
    + """
import json, os
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from aestudio.qt.app import application
from aestudio.qt.pages import signs
from aestudio.qt.pages.start.card import Picture
from aestudio.qt.window import Window

app = application()
window = Window(furnished=False)
window.greet()
window.resize(1280, 800)
window.show()
QTest.qWaitForWindowExposed(window)
app.processEvents()
seen = {"first": window.shown.name, "needless": sorted(LATER & sys.modules.keys()), "rail": window.rail.titles()}
pages = {}
for sign in signs():
    if sign.early:
        if not window.has(sign):
            window.furnish(sign)
        page = pages[sign.name] = next(page for page in window.pages if isinstance(page, sign))
        window.show_page(page)
        app.processEvents()
seen["early"] = [*pages]
chooser = pages["denoise"].ways.chooser
seen["ways"] = [chooser.itemText(row) for row in range(chooser.count())]
cards = pages["start"].cards
seen["cards"] = len(cards)
seen["pictures"] = sum(any(not one._pixmap.isNull() for one in card.findChildren(Picture)) for card in cards.values())
seen["runs"] = [pages["runs"].model.run(row).title for row in range(pages["runs"].model.rowCount())]
window.show_page(pages["start"])
QTest.mouseClick(cards["linear"], Qt.MouseButton.LeftButton)
seen["then"], seen["document"] = window.shown.name, bool(window.studio.documents)
print(json.dumps(seen))
window.close()
"""
)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a person finds who looks at every early page and then chooses a recipe."""
    folder = tmp_path_factory.mktemp("start")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AESTUDIO_LIBRARY", str(folder / "library"))
        keep(folder / "library")
        ended = run(OPENED, folder)
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def test_the_start_page_is_seen_first_with_titles_and_pictures(seen: dict[str, Any]) -> None:
    assert seen["first"] == "start"
    assert seen["cards"] == seen["pictures"] > 20
    assert "Explore" in seen["rail"]


def test_the_first_picture_waits_for_nothing_that_it_does_not_show(seen: dict[str, Any]) -> None:
    assert seen["needless"] == []


def test_runs_are_listed_before_torch_is_in(seen: dict[str, Any]) -> None:
    assert seen["runs"] == ["Twelve units"]


def test_every_page_that_says_so_is_there(seen: dict[str, Any]) -> None:
    assert {"start", "denoise", "runs"} <= set(seen["early"])


def test_ways_to_denoise_can_be_read_before_torch_is_in(seen: dict[str, Any]) -> None:
    assert "Photo denoiser" in seen["ways"]
    assert "Zero-shot, on this picture" in seen["ways"]


def test_what_is_chosen_before_torch_is_in_waits_where_it_will_be_seen(seen: dict[str, Any]) -> None:
    assert seen["then"] == "explore"
    assert not seen["document"]
