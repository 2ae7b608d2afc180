"""Settings that the program keeps for itself: what was kept comes back, and nothing that lies in the file is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from aestudio.core.ground.ini import Ini

WRITTEN_BY_QT = r"""[General]
geometry=@ByteArray(\x1\xd9\xd0\xcb\0\x3\0\0\0\0\0\x12%40)
theme=dark

[checkpoint]
every=5min

[splitter]
explore=@ByteArray(\0\0\0\xff)
"""


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "window.ini"
    settings = Ini(path)
    for name, value in (("theme", "dark"), ("display/scale", 150), ("Odd key/with/parts", "é = ; [x]")):
        settings.keep(name, value)
    settings.keep("geometry", bytes(range(256)))
    assert settings.value("theme") == "dark"
    settings.save()
    again = Ini(path)
    assert [again.value(name) for name in ("theme", "display/scale", "Odd key/with/parts")] == [
        *("dark", "150", "é = ; [x]")
    ]
    assert again.data("geometry") == bytes(range(256))
    assert again.value("nothing") is None
    assert again.data("display/scale") is None  # no bytes were kept there


def test_two_programs_keep_what_each_has_changed(tmp_path: Path) -> None:
    one, other = Ini(tmp_path / "window.ini"), Ini(tmp_path / "window.ini")
    one.keep("theme", "dark")
    other.keep("checkpoint/every", "30s")
    one.save()
    other.save()
    again = Ini(tmp_path / "window.ini")
    assert (again.value("theme"), again.value("checkpoint/every")) == ("dark", "30s")


def test_settings_of_an_older_program_are_read_but_for_their_bytes(tmp_path: Path) -> None:
    (tmp_path / "window.ini").write_text(WRITTEN_BY_QT)
    settings = Ini(tmp_path / "window.ini")
    assert (settings.value("theme"), settings.value("checkpoint/every")) == ("dark", "5min")
    assert settings.data("geometry") is settings.data("splitter/explore") is None


@pytest.mark.parametrize(
    "content", [b"", b"theme=dark", b"[General", b"\xff\xfe\0", b"[General]\n  x\ntheme", b"[" * 2**21, b"%(theme)s"]
)
def test_a_file_that_is_damaged_holds_nothing_and_is_written_anew(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "window.ini"
    path.write_bytes(content)
    settings = Ini(path)
    assert settings.value("theme") is None
    settings.keep("theme", "light")
    settings.save()
    assert Ini(path).value("theme") == "light"


def test_a_place_that_cannot_be_written_to_troubles_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = Ini(tmp_path / "file" / "window.ini")
    settings.keep("theme", "light")
    settings.save()
    assert settings.value("theme") == "light"
