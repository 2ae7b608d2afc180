"""Another language for tests: a catalogue that a test writes, and one in which every text stands in guillemets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polib
import pytest

from aestudio.core.ground import texts
from tests.texts import catalogue

Q = "qq"
"""A language in which every text stands in guillemets."""


def quoted(text: str) -> str:
    return f"«{text}»"


def write(folder: Path, *entries: polib.POEntry, forms: str = "nplurals=2; plural=(n != 1);") -> None:
    made = polib.POFile()
    made.metadata = {"Content-Type": "text/plain; charset=UTF-8", "Plural-Forms": forms}
    made.extend(entries)
    made.save(str(folder / f"{Q}.po"))


@pytest.fixture
def translations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of catalogues; afterwards everything is English again."""
    monkeypatch.setattr(texts, "folder", lambda: tmp_path)
    yield tmp_path
    texts.use("en")


@pytest.fixture
def everything(translations: Path) -> Path:
    """All texts of the program, each in guillemets."""
    made = catalogue()
    for entry in made:
        if entry.msgid_plural:
            entry.msgstr_plural = {0: quoted(entry.msgid), 1: quoted(entry.msgid_plural)}
        else:
            entry.msgstr = quoted(entry.msgid)
    write(translations, *made)
    return translations
