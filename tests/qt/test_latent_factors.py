"""The panel Factors of the page Latent: the matrix, the scores beside their references, and its keys."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from aestudio.core.data.dataset import Dataset
from aestudio.qt.pages.latent.page import LatentPage
from aestudio.qt.pages.latent.panels.factors import FactorsPanel
from aestudio.qt.widgets.matrix_view import MatrixView
from tests.core.conftest import images
from tests.core.test_latent_factors import model_of, shapes
from tests.qt.inspecting import subject
from tests.qt.listening import Alone

__all__ = ["shapes"]


def closed(page: LatentPage) -> None:
    assert page.shut(60)


@pytest.fixture
def panel(qtbot: QtBot, shapes: Dataset) -> FactorsPanel:
    page = LatentPage(Alone())
    qtbot.addWidget(page, before_close_func=closed)
    page.resize(1100, 700)
    with qtbot.waitExposed(page):
        page.show()
    few = images(2, shapes.shape).float() / 255
    page.set_subject(replace(subject(model_of(shapes), few), dataset=shapes))
    page.choose(FactorsPanel)
    qtbot.waitUntil(lambda: page.measured is not None and not page.observer.busy)
    assert isinstance(page.panel, FactorsPanel)
    page.panel.page = page  # type: ignore[attr-defined]  # a page that is gone takes its panel with it
    return page.panel


def test_every_score_stands_beside_those_of_components_and_of_the_untrained_network(panel: FactorsPanel) -> None:
    for card in panel.cards.values():
        assert "PCA" in card.value()
        assert "untrained" in card.value()
    assert "201 held-out images" in panel.caption.text()


def test_cells_are_read_under_the_pointer_and_with_the_arrow_keys(qtbot: QtBot, panel: FactorsPanel) -> None:
    view = panel.matrix
    assert view.at(view.cell(2, 1).center()) == (2, 1)
    assert view.at(QPointF(1, 1)) is None
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Right):
        qtbot.keyClick(view, key)
    assert view.marked == (1, 1)
    assert panel.reading.text().startswith("Size, Unit 1: 0.")


def test_the_matrix_is_that_of_the_code_that_was_chosen_and_its_numbers_are_shared(panel: FactorsPanel) -> None:
    own = panel.matrix.sharing.table()
    panel.whose.choose(1)
    assert "Component 1" in panel.matrix.sharing.table()
    panel.whose.choose(2)
    assert panel.matrix.sharing.table().splitlines()[0] == own.splitlines()[0]
    assert len(own.splitlines()) == 6


def test_without_known_factors_there_is_no_such_tab(shapes: Dataset) -> None:
    assert not FactorsPanel.suits(subject(model_of(shapes)))
    assert FactorsPanel.suits(replace(subject(model_of(shapes)), dataset=shapes))


def test_no_cell_of_a_row_of_zeros_is_framed(qtbot: QtBot) -> None:
    view = MatrixView()
    qtbot.addWidget(view)
    view.resize(300, 200)
    view.show_matrix(np.array([[0.0, 0.0], [0.2, 0.1]]), ("Size", "Place"), ("Unit 0", "Unit 1"))
    seen = view.grab().toImage()

    def edge(row: int, column: int) -> QColor:
        cell = view.cell(row, column)
        return seen.pixelColor(int(cell.left() + 1.5), int(cell.center().y() - 20))

    assert edge(1, 0).lightness() < edge(1, 1).lightness() - 50
    assert edge(0, 0) == edge(0, 1)


def test_an_empty_matrix_has_no_cells(qtbot: QtBot) -> None:
    view = MatrixView("Nothing yet")
    qtbot.addWidget(view)
    assert not view.is_filled()
    assert view.at(QPointF(50, 50)) is None
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.marked is None
