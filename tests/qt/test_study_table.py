"""The table of a study: nothing has to be scrolled sideways, and it is dragged out as every table."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QDrag, QImage, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from aestudio.core.ground import texts
from aestudio.core.ground.texts import say
from aestudio.qt import theme
from aestudio.qt.pages.studies.table import StudyTable
from aestudio.studio.studies.curves import TableRow
from aestudio.studio.studies.tradeoff import HEADINGS, TIPS
from tests.present import present
from tests.translated import Q, everything, quoted, translations

__all__ = ["everything", "translations"]  # fixtures

ROWS = [
    TableRow((f"{size}", "0.01234 ± 0.00012", "0.02345 ± 0.00023", "91.2 ± 0.4 %", "123.4", "1, 2, 3"))
    for size in (2, 8)
]


@pytest.fixture
def table(qtbot: QtBot) -> StudyTable:
    made = StudyTable("Results", HEADINGS, TIPS)
    qtbot.addWidget(made)
    made.resize(900, 200)
    made.show_rows(ROWS)
    made.show()
    return made


def seen(table: StudyTable) -> int:
    return sum(not table.isColumnHidden(place) for place in range(table.columnCount()))


def right_end(widget: QWidget, column: int, table: StudyTable) -> int:
    """Where the letters of a column end, in a picture of its heading or of its first row."""
    room = table.visualRect(table.model().index(0, column))
    picture = widget.grab(QRect(room.left(), 2, room.width(), 18)).toImage()
    ground = picture.pixelColor(1, 1)
    inked = [x for x in range(picture.width()) for y in range(picture.height()) if picture.pixelColor(x, y) != ground]
    return max(inked)


def test_headings_end_where_their_cells_end(table: StudyTable, qapp: QApplication) -> None:
    theme.apply(qapp, "light")
    table.setCurrentCell(-1, -1)
    for column in range(3):
        head = right_end(table.horizontalHeader().viewport(), column, table)
        assert abs(head - right_end(table.viewport(), column, table)) <= 2


def test_a_click_on_a_heading_sorts_by_numbers_and_the_chosen_row_stays_chosen(table: StudyTable, qtbot: QtBot) -> None:
    cells = [("16", "0.02 ± 0.01"), ("8", "0.3"), ("128", "–"), ("2", "1e-3")]
    table.show_rows([TableRow((*two, "0", "1 %", "2", "3")) for two in cells])
    assert table.chosen() == 3

    def click(column: int) -> list[str]:
        header = table.horizontalHeader()
        at = QPoint(header.sectionViewportPosition(column) + 8, header.height() // 2)
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)
        return [present(table.item(row, 0)).text() for row in range(4)]

    assert click(0) == ["2", "8", "16", "128"]
    assert (table.currentRow(), table.chosen()) == (0, 3)
    assert click(0) == ["128", "16", "8", "2"]
    assert (table.currentRow(), table.chosen()) == (3, 3)
    assert click(1) == ["2", "16", "8", "128"]


def test_the_heads_change_language_with_the_window(table: StudyTable, everything: Path) -> None:
    texts.remember()
    table.name_first(say("Code size"))
    texts.use(Q)
    QApplication.sendEvent(table, QEvent(QEvent.Type.LanguageChange))
    heads = [present(table.horizontalHeaderItem(place)) for place in range(table.columnCount())]
    assert [head.text() for head in heads] == [quoted("Code size"), *(str(text) for text in HEADINGS[1:])]
    assert heads[1].text() == quoted("Training")
    assert [head.toolTip() for head in heads] == [str(tip) for tip in TIPS]


@pytest.mark.parametrize("width", [900, 420, 300, 160])
def test_columns_without_room_are_in_the_tooltip_instead_of_beyond_the_edge(
    table: StudyTable, qtbot: QtBot, width: int
) -> None:
    table.resize(width, 200)
    qtbot.waitUntil(lambda: table.horizontalHeader().length() <= table.viewport().width())
    assert seen(table) == len(HEADINGS) if width == 900 else 1 <= seen(table) < len(HEADINGS)
    assert "1, 2, 3" in present(table.item(0, 0)).toolTip()
    table.resize(900, 200)
    assert seen(table) == len(HEADINGS)


def test_dragging_a_row_with_ctrl_takes_the_table_out_of_the_window(
    table: StudyTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    dragged: list[QDrag] = []
    monkeypatch.setattr(QDrag, "exec", lambda self, _action: dragged.append(self))
    ctrl, left = Qt.KeyboardModifier.ControlModifier, Qt.MouseButton.LeftButton
    for kind, place in ((QEvent.Type.MouseButtonPress, 30), (QEvent.Type.MouseMove, 90)):
        at = QPointF(place, 20)
        event = QMouseEvent(kind, at, table.viewport().mapToGlobal(at), left, left, ctrl)
        QApplication.sendEvent(table.viewport(), event)
    (drag,) = dragged
    assert not QImage(drag.mimeData().urls()[0].toLocalFile()).isNull()
    assert drag.mimeData().text().startswith("Value\tTraining")
