"""The documentation in the program: pages found, links followed, pictures fitted, words found, in both themes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QObject, QPoint, QSize, Qt, QUrl, Slot
from PySide6.QtGui import QColor, QDesktopServices, QImage, QTextDocument
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from aestudio.core.ground.resources import resource
from aestudio.qt import theme
from aestudio.qt.help_window import HelpWindow
from aestudio.qt.window import Window
from aestudio.studio.help_pages import LINK
from tests.present import present

PAGES = {
    "welcome.md": "# Zuerst\n\nSee [the other](other.md), [its end](other.md#the-end), [the card](../card.md), "
    "[a test](../tests/gone.md) and [the web](https://example.org/page).\n\n"
    "![A wide picture](wide.png)\n\n![Lost](no.png)",
    "other.md": "# Another page\n\nGreen apples, red apples.\n\n" + "Much to read.\n\n" * 60 + "## The end!\n\nApples.",
    "table.md": "Before the heading.\n\n## Big table\n\n| name | number |\n|---|---|\n| one | 1 |\n",
    "bare.md": "No heading here.",
}
SHIPPED = sorted(resource("docs").rglob("*.md"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "docs"
    made.mkdir()
    for name, text in PAGES.items():
        (made / name).write_text(text, encoding="utf-8")
    (tmp_path / "card.md").write_text("# A card", encoding="utf-8")
    Image.new("RGB", (3000, 300), "red").save(made / "wide.png")
    return made


def opened(qtbot: QtBot, folder: Path) -> HelpWindow:
    made = HelpWindow(folder)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    return made


@pytest.fixture
def shown(qtbot: QtBot, folder: Path) -> HelpWindow:
    return opened(qtbot, folder)


def titles(shown: HelpWindow) -> list[str]:
    return [shown.titles.item(row).text() for row in range(shown.titles.count())]


def title(shown: HelpWindow) -> str:
    """The first line of the page that is shown."""
    return shown.page.toPlainText().partition("\n")[0]


def place(shown: HelpWindow, words: str) -> QPoint:
    """Where the words stand on the page."""
    hit = shown.page.document().find(words)
    assert not hit.isNull(), words
    box = shown.page.cursorRect(hit)
    return QPoint(box.left() - 4, box.center().y())


def click(qtbot: QtBot, shown: HelpWindow, words: str) -> None:
    qtbot.mouseClick(shown.page.viewport(), Qt.MouseButton.LeftButton, pos=place(shown, words))


def search(qtbot: QtBot, shown: HelpWindow, words: str) -> None:
    shown.words.clear()
    qtbot.keyClicks(shown.words, words)


def picture(shown: HelpWindow, name: str) -> QImage:
    """What the page draws for a picture."""
    url = shown.page.document().baseUrl().resolved(QUrl(name))
    made = shown.page.document().resource(QTextDocument.ResourceType.ImageResource.value, url)
    assert isinstance(made, QImage)
    return made


# -- pages -----------------------------------------------------------------------------------------------------------


def test_the_help_menu_opens_the_documentation_beside_the_work(qtbot: QtBot, window: Window) -> None:
    window.action("documentation").trigger()
    shown = window.findChild(HelpWindow)
    assert shown is not None
    assert shown.isVisible()
    assert not shown.isModal()
    assert title(shown) == "First steps"
    shown.close()
    window.action("documentation").trigger()
    assert window.findChildren(HelpWindow) == [shown]
    assert shown.isVisible()


def test_every_page_of_the_folder_is_listed_by_its_heading_and_the_first_steps_come_first(shown: HelpWindow) -> None:
    assert titles(shown) == ["Zuerst", "Another page", "bare", "Big table"]
    assert title(shown) == "Zuerst"


def test_choosing_a_title_shows_its_page(qtbot: QtBot, shown: HelpWindow) -> None:
    qtbot.keyClick(shown.titles, Qt.Key.Key_Down)
    assert title(shown) == "Another page"


def test_pages_that_are_open_follow_the_language_of_the_window(qtbot: QtBot, window: Window) -> None:
    window.action("documentation").trigger()
    shown = present(window.findChild(HelpWindow))
    shown.open_page("plots.md")
    shown.open_page("glossary.md")
    english = titles(shown)
    try:
        window.speak("ko")
        assert title(shown) == "용어집"
        assert shown.titles.currentItem().text() == title(shown)
        assert all(re.search("[가-힣]", one) for one in titles(shown))
        assert not shown.back.isEnabled()
    finally:
        window.speak("en")
    assert titles(shown) == english
    assert title(shown) == "Glossary"


def test_a_folder_without_pages_shows_an_empty_window(qtbot: QtBot, tmp_path: Path) -> None:
    shown = opened(qtbot, tmp_path / "nowhere")
    assert titles(shown) == []
    assert shown.page.toPlainText() == ""


def test_escape_closes_it(qtbot: QtBot, shown: HelpWindow) -> None:
    qtbot.keyClick(shown.page, Qt.Key.Key_Escape)
    assert not shown.isVisible()


# -- links -----------------------------------------------------------------------------------------------------------


def test_a_link_leads_to_its_page_and_back_returns(qtbot: QtBot, shown: HelpWindow) -> None:
    assert not shown.back.isEnabled()
    click(qtbot, shown, "the other")
    assert title(shown) == "Another page"
    assert shown.titles.currentItem().text() == "Another page"
    qtbot.mouseClick(shown.back, Qt.MouseButton.LeftButton)
    assert title(shown) == "Zuerst"
    assert shown.titles.currentItem().text() == "Zuerst"
    assert not shown.back.isEnabled()


def test_a_link_to_a_heading_scrolls_to_it(qtbot: QtBot, shown: HelpWindow) -> None:
    click(qtbot, shown, "its end")
    assert title(shown) == "Another page"
    assert 0 <= place(shown, "The end!").y() <= shown.page.viewport().height()


def test_a_page_outside_of_the_list_is_shown_and_none_is_marked(qtbot: QtBot, shown: HelpWindow) -> None:
    click(qtbot, shown, "the card")
    assert title(shown) == "A card"
    assert shown.titles.currentRow() == -1


def test_a_link_to_a_file_that_is_not_there_is_plain_text(qtbot: QtBot, shown: HelpWindow) -> None:
    assert shown.page.anchorAt(place(shown, "the other"))
    assert not shown.page.anchorAt(place(shown, "a test"))
    click(qtbot, shown, "a test")
    assert title(shown) == "Zuerst"


class Browser(QObject):
    """Stands for the person's web browser."""

    def __init__(self) -> None:
        super().__init__()
        self.visited: list[str] = []

    @Slot(QUrl)
    def visit(self, url: QUrl) -> None:
        self.visited.append(url.toString())


def test_a_web_link_opens_in_the_browser(qtbot: QtBot, shown: HelpWindow) -> None:
    browser = Browser()
    QDesktopServices.setUrlHandler("https", browser, "visit")  # type: ignore[arg-type]  # the stub says bytes
    try:
        click(qtbot, shown, "the web")
    finally:
        QDesktopServices.unsetUrlHandler("https")
    assert browser.visited == ["https://example.org/page"]
    assert title(shown) == "Zuerst"


# -- pictures --------------------------------------------------------------------------------------------------------


def test_a_wide_picture_is_as_wide_as_the_text_at_any_width_of_the_window(qtbot: QtBot, shown: HelpWindow) -> None:
    for width in (700, 1000):
        shown.resize(width, 600)
        qtbot.waitUntil(
            lambda: picture(shown, "wide.png").deviceIndependentSize().width() == shown.page.viewport().width(),
        )
        assert shown.page.horizontalScrollBar().maximum() == 0


def test_a_tiny_picture_is_shown_in_larger_pixels(shown: HelpWindow, folder: Path) -> None:
    Image.new("RGB", (46, 19), "red").save(folder / "tiny.png")
    assert picture(shown, "tiny.png").size() == QSize(230, 95)


def test_a_picture_that_is_not_there_is_its_description(shown: HelpWindow) -> None:
    assert shown.page.toPlainText().endswith("Lost")


@pytest.mark.parametrize("page", SHIPPED, ids=lambda page: f"{page.parent.name} {page.stem}")
def test_a_shipped_page_shows_all_of_its_pictures(qtbot: QtBot, page: Path) -> None:
    shown = opened(qtbot, page.parent)
    shown.page.setSource(QUrl.fromLocalFile(str(page)))
    for mark, _, link in LINK.findall(page.read_text(encoding="utf-8")):
        if mark:
            assert not picture(shown, link).isNull(), link


@pytest.mark.parametrize("drawn", sorted(resource("docs").rglob("*.svg")), ids=lambda drawn: drawn.stem)
def test_a_shipped_drawing_has_its_own_ground_everywhere(drawn: Path) -> None:
    shown = QImage(str(drawn))
    corners = [shown.pixelColor(x, y) for x in (0, shown.width() - 1) for y in (0, shown.height() - 1)]
    assert {corner.alpha() for corner in corners} == {255}


@pytest.mark.parametrize("page", SHIPPED, ids=lambda page: f"{page.parent.name} {page.stem}")
def test_a_shipped_page_links_to_nothing_that_is_not_there(page: Path) -> None:
    shipped = [link for _, _, link in LINK.findall(page.read_text(encoding="utf-8")) if not link.startswith("http")]
    assert [link for link in shipped if not (page.parent / link.partition("#")[0]).is_file()] == []


# -- finding ---------------------------------------------------------------------------------------------------------


def test_ctrl_f_goes_to_the_find_field(qtbot: QtBot, shown: HelpWindow) -> None:
    shown.activateWindow()
    qtbot.waitUntil(shown.isActiveWindow)
    qtbot.keyClick(shown.page, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert shown.words.hasFocus()


def test_typing_selects_the_first_place_and_enter_the_next_ones_in_a_circle(qtbot: QtBot, shown: HelpWindow) -> None:
    qtbot.keyClick(shown.titles, Qt.Key.Key_Down)
    search(qtbot, shown, "apples")
    assert shown.found.text() == "3 on this page"
    places = [shown.page.textCursor().selectionStart()]
    for _ in range(3):
        assert shown.page.textCursor().selectedText().lower() == "apples"
        qtbot.keyClick(shown.words, Qt.Key.Key_Return)
        places.append(shown.page.textCursor().selectionStart())
    assert places[0] < places[1] < places[2]
    assert places[3] == places[0]


def test_enter_goes_on_with_the_next_page_that_has_the_words(qtbot: QtBot, shown: HelpWindow) -> None:
    search(qtbot, shown, "red apples")
    assert shown.found.text() == "Not on this page"
    assert title(shown) == "Zuerst"
    qtbot.keyClick(shown.words, Qt.Key.Key_Return)
    assert title(shown) == "Another page"
    assert shown.page.textCursor().selectedText() == "red apples"
    assert shown.titles.currentItem().text() == "Another page"


def test_words_that_are_nowhere_are_said_to_be(qtbot: QtBot, shown: HelpWindow) -> None:
    search(qtbot, shown, "quince")
    qtbot.keyClick(shown.words, Qt.Key.Key_Return)
    assert shown.found.text() == "On no page"
    assert title(shown) == "Zuerst"


# -- looks -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def app(qapp: QApplication) -> Iterator[QApplication]:
    yield qapp
    theme.apply(qapp, "light")


def test_a_page_that_is_open_follows_the_theme_and_keeps_what_was_found(
    qtbot: QtBot, app: QApplication, shown: HelpWindow
) -> None:
    def link_colour() -> QColor:
        hit = shown.page.document().find("the other")
        return hit.charFormat().foreground().color()

    search(qtbot, shown, "web")
    theme.apply(app, "dark")
    qtbot.waitUntil(lambda: link_colour() == QColor(theme.DARK.accent))
    theme.apply(app, "light")
    qtbot.waitUntil(lambda: link_colour() == QColor(theme.LIGHT.accent))
    assert shown.page.textCursor().selectedText() == "web"
    assert shown.found.text() == "1 on this page"


def test_the_first_row_of_a_table_stands_out(qtbot: QtBot, shown: HelpWindow) -> None:
    qtbot.keyClick(shown.titles, Qt.Key.Key_End)
    head, row = (shown.page.document().find(words).currentTable() for words in ("name", "one"))
    assert head is not None
    assert row is not None
    grounds = [head.cellAt(line, 0).format().background().color() for line in (0, 1)]
    assert grounds[0] == QColor(theme.current().raised) != grounds[1]
