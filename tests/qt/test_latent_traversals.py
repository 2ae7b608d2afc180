"""The panel Traversals of the page Latent: rows in order, unused ones folded away, one of them played, what leaves."""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from aestudio.core.latent.traversals import Traversals
from aestudio.qt.pages.latent.page import LatentPage
from aestudio.qt.pages.latent.panels.traversals import TraversalsPanel
from aestudio.qt.widgets.sheet import Sheet
from aestudio.studio.inspect.examined import Examined
from tests.core.probing import model
from tests.present import present
from tests.qt.test_latent_page import looked_at, opened, shown

VARIATIONAL = {"kind": "mlp", "widths": [12]}


def with_a_silent_unit() -> Examined:
    """Unit 1 of the code hardly differs between images."""
    made = model({"kind": "linear", "code_size": 4})
    for name, weight in made.module.named_parameters():
        if weight.shape[0] == 4 and weight.dim() == 2 and "decode" not in name:
            weight.data[1] = 0
    return looked_at(made)


@pytest.fixture
def page(qtbot: QtBot) -> LatentPage:
    made = opened(qtbot)
    made.choose(TraversalsPanel)
    return made


def panel_of(page: LatentPage) -> TraversalsPanel:
    assert isinstance(page.panel, TraversalsPanel)
    return page.panel


def rows(panel: TraversalsPanel) -> int:
    return len(panel.sheet.row_words())


def test_each_unit_has_a_row_the_one_that_tells_most_first(qtbot: QtBot, page: LatentPage) -> None:
    shown(qtbot, page, looked_at(model(VARIATIONAL, code={"kind": "gaussian", "size": 3})))
    panel = panel_of(page)
    panel.unused.setChecked(True)
    qtbot.waitUntil(lambda: rows(panel) == 3)
    told = [float(words.split("KL ")[1].split()[0]) for words in panel.sheet.row_words()]
    assert told == sorted(told, reverse=True)
    assert present(panel.sheet.images()).shape == (27, 1, 8, 8)


@pytest.mark.parametrize("height", [60, 150, 400])
def test_words_beside_and_above_small_pictures_do_not_lie_over_each_other(qtbot: QtBot, height: int) -> None:
    sheet = Sheet("Nothing yet")
    qtbot.addWidget(sheet)
    sheet.resize(600, height)
    rows = [f"Unit {row}\nσ 0.14" for row in range(8)]
    sheet.set_rows(np.zeros((8, 9, 1, 8, 8), np.float32), rows, [f"{n - 4:+}.5" for n in range(9)])
    assert not sheet.grab().isNull()
    high, step = sheet.fontMetrics().height(), sheet.cell(9).top() - sheet.cell(0).top()
    written = sheet.rows_written()
    assert all((other[0] - one[0]) * step >= high * len(one[1].splitlines()) for one, other in pairwise(written))
    heads = sheet.heads_written()
    wide = sheet.fontMetrics().horizontalAdvance(heads[0][1])
    across = sheet.cell(1).left() - sheet.cell(0).left()
    assert all((other[0] - one[0]) * across > wide for one, other in pairwise(heads))
    assert (len(written), len(heads)) == ((8, 9) if height == 400 else (len(written), len(heads)))
    assert written[0][1].splitlines()[0] == "Unit 0"


def test_units_that_hardly_differ_between_images_are_folded_away_until_they_are_wanted(
    qtbot: QtBot, page: LatentPage
) -> None:
    shown(qtbot, page, with_a_silent_unit())
    panel = panel_of(page)
    assert rows(panel) == 3
    assert "1 unit hardly differs" in panel.caption.text()
    panel.unused.setChecked(True)
    qtbot.waitUntil(lambda: rows(panel) == 4)


def test_of_a_code_that_is_too_wide_for_the_sheet_the_rest_is_counted(qtbot: QtBot, page: LatentPage) -> None:
    shown(qtbot, page, looked_at(model({"kind": "linear", "code_size": 30})))
    panel = panel_of(page)
    assert rows(panel) == 10
    assert "20 more units are not shown" in panel.caption.text()
    panel.most.setValue(12)
    qtbot.waitUntil(lambda: rows(panel) == 12)


def test_the_row_that_is_chosen_is_played_and_leaves_as_a_gif(qtbot: QtBot, page: LatentPage) -> None:
    shown(qtbot, page, looked_at())
    panel = panel_of(page)
    before = present(panel._found).played.units[0]
    panel.sheet.sample_clicked.emit(9 + 2)
    qtbot.waitUntil(lambda: present(panel._found).played.units[0] != before)
    assert present(panel._found).played.units[0] == present(panel._found).rows.units[1]
    with Image.open(io.BytesIO(panel.player.picture.sharing.content("gif"))) as read:
        assert read.n_frames == 64  # type: ignore[attr-defined]
    with np.load(io.BytesIO(panel.sheet.sharing.content("npz"))) as read:
        assert read["images"].shape == (4, 9, 1, 8, 8)
    assert len(panel.sheet.sharing.content("csv").decode().splitlines()) == 5


def test_the_outlined_row_is_the_one_that_is_played_whatever_became_of_the_rows(qtbot: QtBot, page: LatentPage) -> None:
    shown(qtbot, page, looked_at())
    panel = panel_of(page)
    panel.sheet.sample_clicked.emit(9 + 2)
    unit = int(present(panel._found).rows.units[1])
    qtbot.waitUntil(lambda: int(present(panel._found).played.units[0]) == unit)
    panel.steps.setValue(5)
    qtbot.waitUntil(lambda: present(panel._found).rows.images.shape[1] == 5)
    found = present(panel._found)
    assert panel.sheet.row(panel.sheet.selected()) == 1
    panel.show_found(
        replace(found, rows=turned(found.rows)), present(page.inspection.subject)
    )  # another order tells most
    assert panel.sheet.row(panel.sheet.selected()) == len(found.rows.units) - 2
    assert panel.heading.text() == f"Played: Unit {unit}"


def turned(rows: Traversals) -> Traversals:
    """The last row first."""
    return Traversals(rows.units[::-1], rows.values[::-1], rows.images[::-1])


def test_rows_go_around_the_mean_or_an_image_and_another_one(qtbot: QtBot, page: LatentPage) -> None:
    assert not panel_of(page).another.isEnabled()
    shown(qtbot, page, looked_at())
    panel = panel_of(page)
    mean = present(panel.sheet.images())
    assert not panel.another.isEnabled()
    panel.about.choose(1)
    qtbot.waitUntil(lambda: not np.array_equal(present(panel.sheet.images()), mean))
    first = present(panel.sheet.images())
    panel.another.click()
    qtbot.waitUntil(lambda: not np.array_equal(present(panel.sheet.images()), first))
