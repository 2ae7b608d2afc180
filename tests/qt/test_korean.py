"""The window in Korean: every word, room for each at every size, syllables that are typed, and Qt's own words."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import polib
import pyqtgraph as pg
import PySide6
import pytest
from PySide6.QtCore import QAbstractListModel, QCoreApplication, QFileInfo, Qt
from PySide6.QtGui import QAbstractFileIconProvider, QImage, QInputMethodEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFileDialog,
    QGraphicsTextItem,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
)
from pytestqt.qtbot import QtBot

from aestudio.core.ground import texts
from aestudio.qt import speaking, theme
from aestudio.qt.action import Action
from aestudio.qt.pages.denoise.page import DenoisePage
from aestudio.qt.pages.runs.page import RunsPage
from aestudio.qt.pages.studies.page import StudiesPage
from aestudio.qt.widgets.painted import Painted
from aestudio.qt.window import Window
from tests.core.test_korean import KOREAN
from tests.core.test_korean import said as translated
from tests.qt import seen
from tests.qt.conftest import opened_window
from tests.qt.test_looks import SIZES, used, views
from tests.qt.test_speaking import seen as words_seen
from tests.qt.test_window import stop, train

__all__ = ["used"]


@pytest.fixture(scope="module")
def korean(used: Window) -> Iterator[Window]:
    """The window after a training, in Korean."""
    used.speak("ko")
    yield used
    used.speak("en")


@cache
def english() -> frozenset[str]:
    """The texts without values that are other ones in Korean."""
    catalogue = polib.pofile(str(KOREAN), encoding="utf-8")
    return frozenset(one.msgid for one in catalogue if "{" not in one.msgid and translated(one) != one.msgid)


@pytest.mark.slow
def test_no_english_is_left_in_a_window_that_became_korean_and_none_is_lost_on_the_way_back(used: Window) -> None:
    assert list(views(used))  # leaves open the tabs that it leaves open every time
    before = words_seen(used)
    try:
        for _ in range(2):
            used.speak("ko")
            assert english_of(words_seen(used)) == set()
            assert {name: left for name in views(used) if (left := english_of(painted(used)))} == {}
            used.speak("en")
            assert english_of(words_seen(used)) == english_of(before)
            assert korean_of(words_seen(used)) == set()
            assert {name: left for name in views(used) if (left := korean_of(painted(used)))} == {}
    finally:
        used.speak("en")


def test_counts_and_lists_in_what_stands_there_follow_the_language(used: Window) -> None:
    runs, denoise = used.page(RunsPage), used.page(DenoisePage)
    picture = denoise.desk.entries[0].name
    assert runs.details.about.fact("Data") == "Digits 8×8, 8 × 8 px, grey"
    used.speak("ko")
    try:
        assert runs.details.about.fact("Data") == "숫자 8×8, 8 × 8 px, 회색조"
        assert runs.details.curves.bar.train.text() == "학습"
        assert denoise.list.item(0).text().startswith(f"{picture}\n")
        assert "결과 1개" in denoise.list.item(0).text()
        assert not re.search("[A-Za-z]{3}", denoise.ways.estimate.text())
    finally:
        used.speak("en")
    assert denoise.list.item(0).text().endswith("1 result")
    assert runs.details.about.fact("Data") == "Digits 8×8, 8 × 8 px, grey"


def painted(window: Window) -> Iterator[str]:
    """Every word of tables, lists and plots, which are no widgets of their own."""
    for view in seen.shown(window):
        if isinstance(view, QAbstractItemView) and (model := view.model()) is not None:
            for column in range(1 if isinstance(model, QAbstractListModel) else model.columnCount()):
                yield str(model.headerData(column, Qt.Orientation.Horizontal) or "")
                yield from (str(model.index(row, column).data() or "") for row in range(min(model.rowCount(), 50)))
        elif isinstance(view, pg.GraphicsView):
            for item in view.scene().items():
                if item.isVisible() and isinstance(item, pg.AxisItem):
                    yield item.labelText
                elif item.isVisible() and isinstance(item, QGraphicsTextItem):
                    yield item.toPlainText()


def english_of(words: Iterable[str]) -> set[str]:
    return {text for text in words if text in english()}


def korean_of(words: Iterable[str]) -> set[str]:
    return {text for text in words if re.search("[가-힣]", text)}


@pytest.mark.slow
def test_a_window_that_began_in_korean_becomes_english(tmp_path_factory: pytest.TempPathFactory) -> None:
    with opened_window(tmp_path_factory.mktemp("english")) as window:
        wanted = english_of(words_seen(window))
    speaking.use("ko")
    try:
        with opened_window(tmp_path_factory.mktemp("korean")) as window:
            assert english_of(words_seen(window)) == set()
            window.speak("en")
            assert english_of(words_seen(window)) == wanted
            assert korean_of(words_seen(window)) == set()
    finally:
        speaking.use("en")


def test_sentences_that_are_painted_where_there_is_nothing_follow_the_language(window: Window) -> None:
    empty = [one for one in window.findChildren(Painted) if one.isVisible() and not one.is_filled()]
    assert empty
    pictures: list[list[QImage]] = []
    for language in ("en", "ko", "en"):
        window.speak(language)
        pictures.append([one.grab().toImage() for one in empty])
    assert all(one != other for one, other in zip(*pictures[:2], strict=True))
    assert pictures[0] == pictures[2]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.slow
def test_nothing_is_cut_off_in_korean_on_any_page(qapp: QApplication, korean: Window, size: str) -> None:
    theme.apply(qapp, "light")
    korean.resize(*SIZES[size])
    found = {name: faults for name in views(korean) if (faults := seen.faults(korean))}
    assert not found, found


@pytest.mark.slow
def test_a_training_goes_on_while_the_language_changes_back_and_forth(qtbot: QtBot, window: Window) -> None:
    train(qtbot, window)
    for language in ("ko", "en", "ko"):
        reached = window.document.preview
        window.speak(language)
        qtbot.waitUntil(lambda reached=reached: window.document.preview is not reached)  # type: ignore[misc]
        assert window.document.status.running
    assert "학습" in window.progress.text() or "에포크" in window.progress.text()
    stop(qtbot, window)


def test_qts_own_dialogs_speak_korean_and_english_again(qapp: QApplication) -> None:
    try:
        speaking.use("ko")
        assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "취소"
        speaking.use("ko")
        assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "취소"
    finally:
        speaking.use("en")
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "Cancel"


def test_what_qts_own_catalogue_lacks_is_korean_in_the_file_dialog(qapp: QApplication) -> None:
    speaking.use("ko")
    try:
        dialog = QFileDialog(options=QFileDialog.Option.DontUseNativeDialog)
        said = {label.text() for label in dialog.findChildren(QLabel)}
        assert said
        assert not {text for text in said if re.search("[a-z]{3}", text)}
        assert QCoreApplication.translate("Nobody", "Salt & pepper") == "Salt & pepper"
        assert QAbstractFileIconProvider().type(QFileInfo(str(Path.home()))) == "폴더"
    finally:
        speaking.use("en")
    assert QCoreApplication.translate("QFileDialog", "&Look in:") == "&Look in:"


def test_the_catalogue_that_qt_reads_is_made_of_the_one_that_people_write(tmp_path: Path) -> None:
    written, tool = texts.folder() / "qtbase_ko.ts", Path(PySide6.__file__).parent / "lrelease"
    if not tool.is_file():
        pytest.skip("PySide6 has brought no lrelease")
    subprocess.run([tool, "-silent", written, "-qm", tmp_path / "made.qm"], check=True, timeout=120)
    assert (tmp_path / "made.qm").read_bytes() == written.with_suffix(".qm").read_bytes()


BOTH_AT_ONCE = """
from threading import Thread
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication
from aestudio.qt import speaking
app, asking = QApplication(), True
def ask():
    while asking:
        QCoreApplication.translate("QFileDialog", "&Look in:")
thread = Thread(target=ask)
thread.start()
for _ in range(10):
    speaking.use("ko")
    speaking.use("en")
asking = False
thread.join()
"""


def test_the_language_changes_while_qt_translates_in_another_thread() -> None:
    subprocess.run([sys.executable, "-c", BOTH_AT_ONCE], check=True, timeout=120)


def test_the_letter_that_chooses_an_entry_is_in_menus_only(qapp: QApplication) -> None:
    action = Action("save", "&Save model as…", lambda: None)
    assert action.words() == "Save model as"
    speaking.use("ko")
    try:
        assert action.words() == "모델을 다른 이름으로 저장"
    finally:
        speaking.use("en")


def test_the_desktop_says_which_language_where_no_variable_does(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AESTUDIO_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    assert [texts.preferred(system=said) for said in ("ko-KR", "ko_KR", "de-DE", "")] == ["ko", "ko", "en", "en"]
    assert texts.preferred("en", "ko-KR") == "en"
    monkeypatch.setenv("LANG", "ko_KR.UTF-8")
    assert texts.preferred(system="en-US") == "ko"


def test_korean_is_typed_into_every_field(qapp: QApplication, korean: Window) -> None:
    """A syllable grows while it is composed, and is put in when it is whole."""
    korean.resize(*SIZES["usual"])
    tried = set()
    for name in views(korean):
        for field in seen.shown(korean):
            if not isinstance(field, QLineEdit | QPlainTextEdit | QTextEdit) or id(field) in tried:
                continue
            if field.isReadOnly() or not field.isEnabled() or (isinstance(field, QLineEdit) and field.validator()):
                continue
            tried.add(id(field))
            before = text_of(field)
            for growing in ("ㅎ", "하"):
                QApplication.sendEvent(field, QInputMethodEvent(growing, []))
                assert text_of(field) == before, name
            whole = QInputMethodEvent()
            whole.setCommitString("한글")
            QApplication.sendEvent(field, whole)
            assert "한글" in text_of(field), (name, field.objectName())
            field.undo()
    assert len(tried) >= 4
    assert korean.page(RunsPage).isEnabled()
    assert korean.page(StudiesPage).isEnabled()


def text_of(field: QLineEdit | QPlainTextEdit | QTextEdit) -> str:
    return field.text() if isinstance(field, QLineEdit) else field.toPlainText()
