"""The letters: the same on every machine, and none of them missing."""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontInfo, QFontMetrics, QRawFont, QTextLayout
from PySide6.QtWidgets import QApplication

from aestudio.core.ground.resources import resource
from aestudio.qt.theme import FONT, KOREAN


def test_the_program_is_written_in_its_own_letters_whatever_the_desktop_has(qapp: QApplication) -> None:
    for weight in (QFont.Weight.Normal, QFont.Weight.DemiBold):
        font = qapp.font()
        font.setWeight(weight)
        assert QFontInfo(font).family() == FONT
    assert QFontMetrics(qapp.font()).height() >= 13


def test_the_bundled_letters_have_whatever_the_program_says() -> None:
    texts = [resource("translations", "aestudio.pot"), *resource("recipes").glob("*.toml")]
    used = {letter for file in texts for letter in file.read_text(encoding="utf-8") if letter.isprintable()}
    assert len(used) > 120
    for file in ("AEStudioSans-Regular.ttf", "AEStudioSans-Bold.ttf"):
        font = QRawFont(str(resource("fonts", file)), 10.0)
        assert not [letter for letter in sorted(used) if not font.supportsCharacter(ord(letter))], file


def test_the_fonts_are_small_and_their_licence_lies_beside_them() -> None:
    assert sum(file.stat().st_size for file in resource("fonts").glob("*.ttf")) < 2**20
    assert sum(file.stat().st_size for file in resource("fonts").glob("*.otf")) < 5 * 10**6
    for name in ("OFL.txt", "OFL-KR.txt"):
        assert "SIL OPEN FONT LICENSE" in resource("fonts", name).read_text(encoding="utf-8")


def test_every_korean_syllable_is_in_the_bundled_letters_under_a_name_of_their_own(qapp: QApplication) -> None:
    syllables = [chr(code) for code in range(ord("가"), ord("힣") + 1)]
    assert len(syllables) == 11_172
    for file in ("AEStudioSansKR-Regular.otf", "AEStudioSansKR-Bold.otf"):
        font = QRawFont(str(resource("fonts", file)), 10.0)
        assert font.familyName() == KOREAN  # the name of what it is a subset of is reserved
        assert not [one for one in [*syllables, *"ㄱㄴㅎㅏㅣ"] if not font.supportsCharacter(ord(one))], file
    assert KOREAN in qapp.font().families()


def test_what_is_written_in_korean_has_no_letter_that_the_bundled_fonts_lack(qapp: QApplication) -> None:
    fonts = [
        QRawFont(str(resource("fonts", name)), 10.0) for name in ("AEStudioSans-Bold.ttf", "AEStudioSansKR-Bold.otf")
    ]
    files = [resource("translations", "ko.po"), *resource("docs", "ko").glob("*.md")]
    used = {letter for file in files for letter in file.read_text(encoding="utf-8") if letter.isprintable()}
    lacking = [one for one in sorted(used) if not any(font.supportsCharacter(ord(one)) for font in fonts)]
    assert not lacking
    layout = QTextLayout("오토인코더 12", qapp.font())
    layout.beginLayout()
    layout.createLine()
    layout.endLayout()
    drawn = {run.rawFont().familyName() for run in layout.glyphRuns()}
    assert drawn == {FONT, KOREAN}
    assert all(0 not in run.glyphIndexes() for run in layout.glyphRuns())
