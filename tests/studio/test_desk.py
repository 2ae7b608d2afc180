"""The desk of the page Denoise without a window: what becomes of pictures, and what is told of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aestudio.core.denoise.cleaning import Region
from aestudio.core.denoise.way import Way
from aestudio.core.denoise.ways.zero_shot import ZeroShot
from aestudio.core.parts.slots import options
from aestudio.studio.denoise.desk import Desk
from aestudio.studio.denoise.desk_events import (
    Busy,
    DeskEvent,
    Learned,
    LeftOut,
    Made,
    PicturesChanged,
    Working,
)
from aestudio.studio.notice import Failed, Noted
from tests.present import present
from tests.studio.waiting import wait_until


class Heard(list[DeskEvent]):
    """All that a desk has told."""

    def of(self, kind: type) -> list[DeskEvent]:
        return [event for event in self if isinstance(event, kind)]


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    assert made.close(60)


@pytest.fixture
def heard(desk: Desk) -> Heard:
    told = Heard()
    desk.listen(told.append)
    return told


def idle(desk: Desk) -> None:
    def rests() -> bool:
        desk.tick()
        return not desk.running

    wait_until(rests)


def noisy(path: Path) -> Path:
    values = np.random.default_rng(0).normal(128, 20, (48, 64)).clip(0, 255).astype(np.uint8)
    Image.fromarray(values).save(path)
    return path


def smoother() -> Way:
    return options(Way)["nlm"]()


def test_work_is_told_from_its_begin_to_its_end(desk: Desk, heard: Heard, tmp_path: Path) -> None:
    desk.open([noisy(tmp_path / "scan.png"), tmp_path / "nothing.png"])
    idle(desk)
    assert [type(one) for one in heard if not isinstance(one, Working)] == [Busy, Busy, PicturesChanged, LeftOut]
    (left_out,) = heard.of(LeftOut)
    assert isinstance(left_out, LeftOut)
    assert "nothing.png" in left_out.reasons[0]
    assert present(desk.current).name == "scan.png"


def test_a_cleaned_region_lies_within_the_picture(desk: Desk, heard: Heard, tmp_path: Path) -> None:
    desk.open([noisy(tmp_path / "scan.png")])
    idle(desk)
    entry = present(desk.current)
    desk.clean("nlm", smoother(), region=Region(8, 16, 24, 24))
    idle(desk)
    assert heard[-1] == Made("nlm, in the region")
    changed = (present(entry.results["nlm, in the region"].picture).stored != entry.picture.stored).any(axis=2)
    rows, columns = changed.any(axis=1).nonzero()[0], changed.any(axis=0).nonzero()[0]
    assert rows.min() >= 8
    assert rows.max() < 32
    assert columns.min() >= 16
    assert columns.max() < 40


def test_a_region_with_a_better_score_stands_behind_the_whole_picture(desk: Desk, tmp_path: Path) -> None:
    desk.open([noisy(tmp_path / "scan.png")])
    idle(desk)
    entry = present(desk.current)
    entry.reference = entry.picture
    desk.clean("nlm", smoother())
    idle(desk)
    desk.clean("nlm", smoother(), strength=0.1, region=Region(8, 16, 24, 24))
    idle(desk)
    whole, region = entry.results["nlm"], entry.results["nlm, in the region"]
    assert present(region.psnr) > present(whole.psnr)
    assert entry.ranked() == [whole, region]


def test_a_second_work_is_refused_and_the_first_goes_on(desk: Desk, heard: Heard, tmp_path: Path) -> None:
    desk.open([noisy(tmp_path / "scan.png")])
    desk.open([noisy(tmp_path / "other.png")])
    assert [one.sentence for one in heard if isinstance(one, Failed)] == [
        "Something else is being done; wait for it, or cancel it first."
    ]
    idle(desk)
    assert [entry.name for entry in desk.entries] == ["scan.png"]


def test_what_is_learned_is_shown_and_a_cancel_is_good_news(desk: Desk, heard: Heard, tmp_path: Path) -> None:
    desk.open([noisy(tmp_path / "scan.png")])
    idle(desk)
    desk.clean("learning", ZeroShot(steps=100_000, crop=16))

    def learned() -> bool:
        desk.tick()
        return bool(heard.of(Learned))

    wait_until(learned)
    desk.cancel()
    idle(desk)
    assert isinstance(heard[-1], Noted)
    assert "cancelled" in heard[-1].sentence
    assert present(desk.current).results == {}
