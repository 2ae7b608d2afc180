"""How numbers and pictures are shown, kept from one time to the next."""

from pathlib import Path

import pytest

from aestudio.core.ground.ini import Ini
from aestudio.qt.display import USUAL, Display

OTHERS = {"per_pixel": False, "smoothing": 40, "colours": "viridis", "scale": 150}


def kept(folder: Path) -> Ini:
    return Ini(folder / "window.ini")


def choices(display: Display) -> dict[str, object]:
    return {name: getattr(display, name) for name in USUAL}


def test_every_choice_is_kept(tmp_path: Path) -> None:
    one, other, settings = Display(), Display(), kept(tmp_path)
    one.choose(**OTHERS)
    one.keep(settings)
    settings.save()
    other.read(kept(tmp_path))
    assert choices(other) == OTHERS


@pytest.mark.parametrize("name", USUAL)
def test_what_was_edited_to_nonsense_stays_as_usual(tmp_path: Path, name: str) -> None:
    settings = kept(tmp_path)
    settings.keep(f"display/{name}", "nonsense")
    display = Display()
    display.read(settings)
    assert choices(display) == USUAL


def test_choosing_what_holds_already_tells_nobody() -> None:
    display, told = Display(), []
    display.changed.connect(lambda: told.append(1))
    display.choose(**USUAL)
    assert not told
    display.choose(smoothing=10)
    assert told == [1]
