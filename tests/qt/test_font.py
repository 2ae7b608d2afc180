"""The letters: the same on every machine, and none of them missing."""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontInfo, QFontMetrics, QRawFont
from PySide6.QtWidgets import QApplication

from aestudio.core.ground.resources import resource
from aestudio.qt.theme import FONT


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
    assert "SIL OPEN FONT LICENSE" in resource("fonts", "OFL.txt").read_text(encoding="utf-8")
