"""Light and dark, and the icons drawn in them."""

from itertools import groupby

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QTimer, Slot
from PySide6.QtGui import QColor, QImage, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QStackedWidget,
    QTableWidget,
    QVBoxLayout,
)
from pytestqt.qtbot import QtBot

from aestudio.core.ground.resources import resource
from aestudio.qt import dressing, theme
from aestudio.qt.dressing import FEW
from aestudio.qt.theme import DARK, LIGHT, Theme
from aestudio.qt.widgets.basics import IconButton, card
from aestudio.qt.widgets.equation_view import EquationView
from aestudio.qt.widgets.notice_bar import NoticeBar
from tests.present import present


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2.1."""

    def luminance(colour: str) -> float:
        seen = QColor(colour)
        rgb = (seen.redF(), seen.greenF(), seen.blueF())
        parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
def test_words_can_be_read_on_every_ground(look: Theme) -> None:
    for ground in (look.window, look.surface, look.raised):
        assert contrast(look.text, ground) >= 7
        assert contrast(look.muted, ground) >= 4.5
    assert contrast(look.accent_text, look.accent) >= 4.5
    for colour in (look.accent, look.warning, look.good, look.bad):
        assert contrast(colour, look.surface) >= 4.5


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
def test_curves_stand_out_from_the_ground_and_differ(look: Theme) -> None:
    assert len(set(look.series)) == len(look.series) >= 8
    assert all(contrast(colour, look.surface) >= 3 for colour in look.series)


def test_applying_a_theme_changes_palette_and_style_sheet(qapp: QApplication, qtbot: QtBot) -> None:
    theme.apply(qapp, "dark")
    assert theme.current() is DARK
    assert qapp.palette().color(QPalette.ColorRole.Window).name().upper() == DARK.window
    assert DARK.accent in qapp.styleSheet()
    theme.apply(qapp, "light")
    assert theme.current() is LIGHT
    assert DARK.accent not in qapp.styleSheet()


class Told(theme.Themed, QLabel):
    """Counts what it is told."""

    def __init__(self) -> None:
        super().__init__("deep down")
        self.restyled: list[str] = []
        self.dressed = 0

    def restyle(self) -> None:
        self.restyled.append(theme.current().name)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self.dressed += event.type() == QEvent.Type.StyleChange


def test_a_theme_dresses_a_widget_as_often_however_deep_it_lies(qapp: QApplication, qtbot: QtBot) -> None:
    told = Told()
    outermost = card(told)
    for _ in range(12):
        outermost = card(outermost)
    qtbot.addWidget(outermost)
    outermost.show()
    told.restyled, told.dressed = [], 0
    theme.apply(qapp, "dark")
    assert told.restyled == ["dark"]
    assert told.dressed <= 2
    theme.apply(qapp, "light")
    assert told.restyled == ["dark", "light"]


class Crowd(QFrame):
    """Many labels; writes down in which order they are dressed, laid out and painted, and in which turn of Qt."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.seen: list[tuple[str, int]] = []
        self._turn = 0
        rows = QGridLayout(self)
        for place in range(count):
            label = QLabel(str(place))
            label.installEventFilter(self)
            rows.addWidget(label, place // 20, place % 20)
        self.installEventFilter(self)
        turns = QTimer(self)
        turns.timeout.connect(self._count)
        turns.start(0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self and event.type() == QEvent.Type.LayoutRequest:
            self.seen.append(("laid out", self._turn))
        elif watched is not self and event.type() in (QEvent.Type.StyleChange, QEvent.Type.Paint):
            self.seen.append(("painted" if event.type() == QEvent.Type.Paint else "dressed", self._turn))
        return False

    @Slot()
    def _count(self) -> None:
        self._turn += 1


def test_a_crowd_is_dressed_laid_out_once_and_painted_each_in_a_turn_of_its_own(
    qapp: QApplication, qtbot: QtBot
) -> None:
    theme.apply(qapp, "light")
    crowd, count = Crowd(FEW), FEW
    qtbot.addWidget(crowd)
    with qtbot.waitExposed(crowd):
        crowd.show()
    qtbot.waitUntil(lambda: [what for what, _ in crowd.seen].count("painted") >= count)
    crowd.seen.clear()
    theme.apply(qapp, "dark")
    assert crowd.seen == []
    qtbot.waitUntil(lambda: [what for what, _ in crowd.seen].count("painted") >= count)
    assert [(what, len(list(same))) for what, same in groupby(what for what, _ in crowd.seen)][:2] == [
        *(("dressed", count), ("laid out", 1))
    ]
    turns = {what: {turn for one, turn in crowd.seen if one == what} for what, _ in crowd.seen}
    assert max(turns["dressed"]) < min(turns["painted"])


def test_a_crowd_that_is_about_to_be_seen_is_dressed_a_little_at_a_time_and_painted_when_it_is(
    qapp: QApplication, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dressing, "LONG_SLICE_SECONDS", 0.0)
    theme.apply(qapp, "light")
    both, crowd = QStackedWidget(), Crowd(FEW + 1)
    both.addWidget(QLabel("before"))
    both.addWidget(crowd)
    qtbot.addWidget(both)
    both.setCurrentWidget(crowd)
    with qtbot.waitExposed(both):
        both.show()
    qtbot.waitUntil(lambda: [what for what, _ in crowd.seen].count("painted") > FEW)
    both.setCurrentIndex(0)
    theme.apply(qapp, "dark")
    crowd.seen.clear()
    theme.finish(crowd)
    both.setCurrentWidget(crowd)
    assert "dressed" not in [what for what, _ in crowd.seen]
    qtbot.waitUntil(lambda: [what for what, _ in crowd.seen].count("painted") > FEW)
    turns = {what: {turn for one, turn in crowd.seen if one == what} for what, _ in crowd.seen}
    assert len(turns["dressed"]) > 1
    assert max(turns["dressed"]) < min(turns["painted"])


def test_what_is_hidden_wears_the_theme_soon_and_at_once_where_it_is_about_to_be_seen(
    qapp: QApplication, qtbot: QtBot
) -> None:
    both, cards = QStackedWidget(), [QFrame() for _ in range(3)]
    for one in cards:
        one.setProperty("role", "card")
        inside = QVBoxLayout(one)
        for widget in (QPushButton("Press"), QLineEdit("words"), IconButton("play", "Play"), Told()):
            inside.addWidget(widget)
        both.addWidget(one)
    qtbot.addWidget(both)
    with qtbot.waitExposed(both):
        both.show()
    for place in range(3):
        both.setCurrentIndex(place)
    theme.apply(qapp, "dark")
    theme.finish(cards[1])
    both.setCurrentIndex(1)
    at_once = both.grab().toImage()
    qtbot.waitUntil(lambda: present(cards[0].findChild(Told)).restyled[-1:] == ["dark"])
    both.setCurrentIndex(0)
    soon = both.grab().toImage()
    sheet = qapp.styleSheet()
    qapp.setStyleSheet("")
    qapp.setStyleSheet(sheet)
    for place, seen in ((0, soon), (1, at_once)):
        both.setCurrentIndex(place)
        assert seen == both.grab().toImage()
    assert seen.pixelColor(2, seen.height() // 2).name().upper() in (DARK.surface, DARK.line)


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
def test_the_style_sheet_has_no_name_left_open(qapp: QApplication, look: Theme) -> None:
    assert "@" not in theme.style_sheet(look, qapp.font())


def test_system_resolves_to_one_of_the_two(qapp: QApplication) -> None:
    theme.apply(qapp, "system")
    assert theme.mode() == "system"
    assert theme.current() in (LIGHT, DARK)


def test_every_icon_can_be_drawn_in_one_colour(qapp: QApplication) -> None:
    coloured = ("app", "arrow-", "tick-")
    files = sorted(path.stem for path in resource("icons").glob("*.svg"))
    drawn = {file: colours(theme.pixmap(file, 24, "#FF0000").toImage()) for file in files}
    assert files
    assert [file for file, seen in drawn.items() if not seen] == []
    plain = {file: seen for file, seen in drawn.items() if not file.startswith(coloured)}
    assert {file: seen for file, seen in plain.items() if seen != {"#ff0000"}} == {}


def colours(picture: QImage) -> set[str]:
    pixels = (picture.pixelColor(x, y) for x in range(picture.width()) for y in range(picture.height()))
    return {pixel.name() for pixel in pixels if pixel.alpha()}


def test_an_icon_button_is_tinted_anew_when_the_theme_changes(qapp: QApplication, qtbot: QtBot) -> None:
    theme.apply(qapp, "light")
    button = IconButton("close", "Dismiss")
    qtbot.addWidget(button)
    button.show()

    def darkest() -> int:
        image = button.icon().pixmap(24, 24).toImage()
        pixels = [image.pixelColor(x, y) for x in range(24) for y in range(24)]
        return min(pixel.lightness() for pixel in pixels if pixel.alpha() > 200)

    assert darkest() < 80
    theme.apply(qapp, "dark")
    assert darkest() > 180


def test_an_equation_is_drawn_and_described(qtbot: QtBot) -> None:
    view = EquationView()
    qtbot.addWidget(view)
    view.set_latex(r"\sum_j \mathrm{KL}(\hat\rho \,\|\, \rho_j)")
    assert view.is_drawn()
    assert view.accessibleDescription() == view.latex()
    wide = view.sizeHint()
    assert view.heightForWidth(wide.width() // 2) < wide.height()


def test_what_is_not_latex_is_shown_as_text(qtbot: QtBot) -> None:
    view = EquationView()
    qtbot.addWidget(view)
    view.set_latex(r"\frac{1")
    assert not view.is_drawn()
    assert view.sizeHint().height() > 0


def test_a_notice_shows_until_it_is_dismissed_and_the_newest_wins(qtbot: QtBot) -> None:
    bar = NoticeBar()
    qtbot.addWidget(bar)
    assert not bar.text()
    bar.show_error("The file is damaged.", "Choose another")
    bar.show_info("Saved.")
    assert (bar.text(), bar.severity()) == ("Saved.", "info")
    with qtbot.waitSignal(bar.dismissed):
        bar.dismiss()
    assert not bar.text()


def test_information_goes_by_itself(qtbot: QtBot) -> None:
    bar = NoticeBar()
    qtbot.addWidget(bar)
    bar.linger_ms = 20
    with qtbot.waitSignal(bar.dismissed):
        bar.show_info("Saved")
    assert bar.isHidden()


@pytest.mark.parametrize("say", ["show_error", "show_warning"])
def test_an_error_after_information_stays(qtbot: QtBot, say: str) -> None:
    bar = NoticeBar()
    qtbot.addWidget(bar)
    bar.linger_ms = 20
    bar.show_info("Saved")
    with qtbot.assertNotEmitted(bar.dismissed, wait=60):
        getattr(bar, say)("Failed")
    assert bar.text() == "Failed"


def test_information_that_asks_something_stays(qtbot: QtBot) -> None:
    bar = NoticeBar()
    qtbot.addWidget(bar)
    bar.linger_ms = 20
    with qtbot.assertNotEmitted(bar.dismissed, wait=60):
        bar.show_info("A newer checkpoint is there", "Load")
    assert bar.text()


def test_information_that_lies_over_a_page_goes_by_itself_whatever_it_offers(qtbot: QtBot) -> None:
    page, bar = QFrame(), NoticeBar()
    qtbot.addWidget(page)
    bar.float_over(page)
    bar.linger_ms = 20
    with qtbot.waitSignal(bar.dismissed):
        bar.show_info("Taken off the list.", "Undo")
    assert bar.isHidden()


def test_dialog_buttons_carry_no_icons(qapp: QApplication, qtbot: QtBot) -> None:
    theme.apply(qapp, "light")
    for box in (
        QMessageBox(QMessageBox.Icon.Question, "Save", "Save?", QMessageBox.StandardButton.Save),
        QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel),
    ):
        qtbot.addWidget(box)
        box.ensurePolished()
        assert all(button.icon().isNull() for button in box.findChildren(QPushButton))


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
def test_the_heads_of_a_table_leave_its_corners_round(qtbot: QtBot, qapp: QApplication, look: Theme) -> None:
    theme.apply(qapp, look.name)
    ground = QFrame()
    qtbot.addWidget(ground)
    table = QTableWidget(2, 2)
    table.setHorizontalHeaderLabels(["step", "loss"])
    table.horizontalHeader().setStretchLastSection(True)
    QVBoxLayout(ground).addWidget(table)
    ground.resize(300, 200)
    theme.finish(ground)
    present(ground)
    seen, at = ground.grab().toImage(), table.geometry()
    left, right = at.topLeft() + QPoint(1, 1), at.topRight() + QPoint(-1, 1)
    assert [seen.pixelColor(corner) for corner in (left, right)] == [QColor(look.window)] * 2
