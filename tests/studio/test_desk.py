"""The desk of the page Denoise without a window: what becomes of pictures, and what is told of it."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from threading import Event
from typing import Any
from weakref import ref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from aestudio.core.denoise import learning
from aestudio.core.denoise.batch import batch
from aestudio.core.denoise.cleaning import Region
from aestudio.core.denoise.files.reading import read_picture
from aestudio.core.denoise.picture import Picture
from aestudio.core.denoise.pipeline import Cleaning, Result
from aestudio.core.denoise.way import Cleaner, Way
from aestudio.core.denoise.ways.blind_spot import BlindSpot
from aestudio.core.denoise.ways.model import TrainedModel
from aestudio.core.denoise.ways.zero_shot import ZeroShot
from aestudio.core.ground.errors import DenoiseError
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.model.model_file import ModelFile
from aestudio.core.parts.slots import options
from aestudio.core.run.run import Run
from aestudio.studio.denoise import desk as desks
from aestudio.studio.denoise import entries, pictures
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
from aestudio.studio.notice import Failed, Noted, Offered
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


def retrain(path: Path, seed: int) -> None:
    run, shape = Run(seed=seed), (1, 8, 8)
    ModelFile(run, shape, Autoencoder(run, shape).snapshot(), {}).save(path)


def smoother() -> Way:
    return options(Way)["nlm"]()


def test_work_is_told_from_its_begin_to_its_end(desk: Desk, heard: Heard, tmp_path: Path) -> None:
    desk.open([noisy(tmp_path / "scan.png"), tmp_path / "nothing.png"])
    idle(desk)
    assert [type(one) for one in heard if not isinstance(one, Working)] == [Busy, PicturesChanged, Busy, LeftOut]
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
    idle(desk)
    desk.clean("nlm", smoother())
    desk.open([noisy(tmp_path / "other.png")])
    assert [one.sentence for one in heard if isinstance(one, Failed)] == [
        "Something else is being done; wait for it, or cancel it first."
    ]
    idle(desk)
    assert [entry.name for entry in desk.entries] == ["scan.png"]
    assert list(present(desk.current).results) == ["nlm"]


def test_what_is_dropped_while_pictures_are_opened_is_opened_next(desk: Desk, heard: Heard, tmp_path: Path) -> None:
    desk.open([noisy(tmp_path / "scan.png")])
    desk.open([noisy(tmp_path / "other.png")])
    idle(desk)
    assert not heard.of(Failed)
    assert [entry.name for entry in desk.entries] == ["scan.png", "other.png"]


def test_a_picture_is_there_before_the_next_one_is_read(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = Event()

    def read(path: Path) -> Picture:
        if path.name == "second.png":
            assert go_on.wait(60)
        return read_picture(path)

    monkeypatch.setattr(entries, "read_picture", read)
    desk.open([noisy(tmp_path / f"{name}.png") for name in ("first", "second", "third")])

    def is_there() -> bool:
        desk.tick()
        return bool(desk.entries)

    wait_until(is_there)
    assert desk.running
    assert present(desk.current).name == "first.png"
    go_on.set()
    idle(desk)
    assert [entry.name for entry in desk.entries] == ["first.png", "second.png", "third.png"]
    assert present(desk.current).name == "first.png"


def test_a_wish_to_clean_while_pictures_are_opened_waits_for_them(desk: Desk, heard: Heard, tmp_path: Path) -> None:
    could = [desk.can_clean]
    desk.open([noisy(tmp_path / "scan.png"), noisy(tmp_path / "other.png")])
    could.append(desk.can_clean)
    assert could == [False, True]
    desk.clean("nlm", smoother())
    assert heard[-1] == Noted("Cleaning begins as soon as the pictures are ready.")
    idle(desk)
    assert list(desk.entries[0].results) == ["nlm"]
    assert not desk.entries[1].results


def test_a_wish_to_clean_that_is_said_twice_is_done_once(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cleaned: list[tuple[str, float]] = []
    honest, go_on = Cleaning.run, Event()

    def run(self: Cleaning, source: Picture, *more: Any, **named: Any) -> Result:
        cleaned.append((source.name, self.strength))
        return honest(self, source, *more, **named)

    def read(path: Path) -> Picture:
        if path.name == "second.png":
            assert go_on.wait(60)
        return read_picture(path)

    def is_there() -> bool:
        desk.tick()
        return bool(desk.entries)

    monkeypatch.setattr(Cleaning, "run", run)
    monkeypatch.setattr(entries, "read_picture", read)
    desk.open([noisy(tmp_path / f"{name}.png") for name in ("first", "second")])
    desk.clean("nlm", smoother())
    wait_until(is_there)
    desk.clean("nlm", smoother(), strength=0.5)
    desk.clean("nlm", smoother(), strength=0.7)
    go_on.set()
    idle(desk)
    assert cleaned == [("first.png", 0.7)]


def test_a_wish_to_clean_all_stays_where_the_chosen_picture_is_taken_off(
    desk: Desk, heard: Heard, tmp_path: Path
) -> None:
    desk.open([noisy(tmp_path / f"{number}.png") for number in range(3)])
    idle(desk)
    desk.open([noisy(tmp_path / "another.png")])
    desk.clean_all("nlm", smoother())
    desk.remove(0)
    idle(desk)
    assert [list(entry.results) for entry in desk.entries] == [["nlm"]] * 3


def test_a_wish_to_clean_is_dropped_where_opening_is_given_up(desk: Desk, heard: Heard, tmp_path: Path) -> None:
    desk.open([noisy(tmp_path / "scan.png"), noisy(tmp_path / "other.png")])
    desk.clean("nlm", smoother())
    desk.cancel()
    idle(desk)
    assert not heard.of(Made)
    assert not any(entry.results for entry in desk.entries)


def test_earlier_results_in_a_folder_are_not_opened_unless_they_are_named(
    desk: Desk, heard: Heard, tmp_path: Path
) -> None:
    noisy(tmp_path / "scan.png")
    made, again = (noisy(tmp_path / f"scan-denoised{number}.png") for number in ("", "-2"))
    desk.open([tmp_path])
    idle(desk)
    assert [entry.name for entry in desk.entries] == ["scan.png"]
    (left_out,) = heard.of(LeftOut)
    assert isinstance(left_out, LeftOut)
    assert sorted(left_out.reasons) == [
        f"{one.name} is an earlier result of this program; open the file itself to clean it again."
        for one in (again, made)
    ]
    desk.open([made])
    idle(desk)
    assert [entry.name for entry in desk.entries] == ["scan.png", "scan-denoised.png"]


def test_a_folder_of_results_alone_is_opened(desk: Desk, heard: Heard, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    noisy(tmp_path / "in" / "scan.png")
    list(batch([tmp_path / "in"], tmp_path / "made", Cleaning(smoother())))
    desk.open([tmp_path / "made"])
    idle(desk)
    assert [entry.name for entry in desk.entries] == ["scan.png"]


def test_a_picture_that_was_taken_off_comes_back_with_its_results(desk: Desk, heard: Heard, tmp_path: Path) -> None:
    desk.open([noisy(tmp_path / f"{name}.png") for name in ("first", "second", "third")])
    idle(desk)
    desk.choose(1)
    desk.clean("nlm", smoother())
    idle(desk)
    second = present(desk.current)
    desk.remove(1)
    offer = heard[-1]
    assert isinstance(offer, Offered)
    assert offer.sentence == "second.png was taken off the list; its file stays."
    desk.remove(0)
    assert [entry.name for entry in desk.entries] == ["third.png"]
    offer.accept()
    desk.bring_back()
    assert [entry.name for entry in desk.entries] == ["first.png", "second.png", "third.png"]
    assert list(second.results) == ["nlm"]
    assert not desk.pictures.can_bring_back


def test_a_picture_that_is_opened_again_does_not_come_back_twice(desk: Desk, tmp_path: Path) -> None:
    path = noisy(tmp_path / "scan.png")
    desk.open([path])
    idle(desk)
    desk.remove(0)
    desk.open([path])
    idle(desk)
    assert not desk.pictures.can_bring_back


def test_the_offer_of_a_picture_that_was_opened_again_brings_no_other_one_back(
    desk: Desk, heard: Heard, tmp_path: Path
) -> None:
    first, second = (noisy(tmp_path / f"{name}.png") for name in ("first", "second"))
    desk.open([first, second])
    idle(desk)
    desk.remove(0)
    desk.remove(0)
    offer = heard[-1]
    assert isinstance(offer, Offered)
    desk.open([second])
    idle(desk)
    offer.accept()
    assert [entry.name for entry in desk.entries] == ["second.png"]
    desk.bring_back()
    assert [entry.name for entry in desk.entries] == ["first.png", "second.png"]


def test_a_picture_comes_back_to_where_it_lay_though_another_that_was_gone_was_opened_again(tmp_path: Path) -> None:
    lying = pictures.Pictures()
    first, *others = [
        entries.DeskEntry(Picture(np.zeros((4, 4, 1), np.uint8), name=name), tmp_path / name) for name in "abcd"
    ]
    for one in (first, *others):
        lying.add(one)
    lying.remove(2)
    lying.remove(0)
    lying.add(first)
    lying.bring_back()
    assert [entry.name for entry in lying.entries] == ["b", "c", "d", "a"]


@given(st.lists(st.integers(0, 5), max_size=6), st.randoms())
def test_pictures_that_come_back_in_any_order_lie_as_they_lay(gone: list[int], order: Random) -> None:
    names = ["a", "b", "c", "d", "e", "f"]
    lying = pictures.Pictures()
    for name in names:
        lying.add(entries.DeskEntry(Picture(np.zeros((4, 4, 1), np.uint8), name=name)))
    taken = [one for place in gone if (one := lying.remove(place)) is not None]
    order.shuffle(taken)
    for one in taken:
        assert lying.bring_back(one) is one
        assert lying.current is one
    assert [entry.name for entry in lying.entries] == names


def test_of_pictures_taken_off_as_many_are_kept_as_memory_holds(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.open([noisy(tmp_path / f"{number}.png") for number in range(4)])
    idle(desk)
    monkeypatch.setattr(pictures, "free_memory", lambda: 4 * 2 * 48 * 64)
    for _ in range(4):
        desk.remove(0)
    while desk.pictures.can_bring_back:
        desk.bring_back()
    assert [entry.name for entry in desk.entries] == ["2.png", "3.png"]


def test_an_offer_keeps_no_picture_that_memory_has_no_room_for_and_says_so(
    desk: Desk, heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.open([noisy(tmp_path / f"{number}.png") for number in range(2)])
    idle(desk)
    monkeypatch.setattr(pictures, "free_memory", lambda: 0)
    gone = ref(desk.entries[0])
    desk.remove(0)
    offer = heard[-1]
    assert isinstance(offer, Offered)
    desk.remove(0)
    gc.collect()
    assert gone() is None
    offer.accept()
    assert heard[-1] == Noted("0.png is not kept any more; open it again.")
    assert desk.entries == []


def test_all_pictures_are_cleaned_and_each_keeps_its_result(desk: Desk, heard: Heard, tmp_path: Path) -> None:
    desk.open([noisy(tmp_path / f"{number}.png") for number in range(3)])
    idle(desk)
    desk.choose(1)
    desk.clean_all("nlm", smoother())
    idle(desk)
    assert [list(entry.results) for entry in desk.entries] == [["nlm"]] * 3
    assert heard.of(Made) == [Made("nlm")]
    assert heard[-1] == Noted("3 pictures were cleaned.")
    assert present(desk.current).name == "1.png"
    desk.save_all("nlm")
    idle(desk)
    assert heard[-1] == Noted("3 results were saved beside their pictures.")
    assert sorted(path.name for path in tmp_path.glob("*-denoised.png")) == [f"{n}-denoised.png" for n in range(3)]
    assert not desk.unsaved("nlm")


def test_a_picture_that_cannot_be_cleaned_does_not_keep_the_others_from_it(
    desk: Desk, heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.open([noisy(tmp_path / f"{number}.png") for number in range(3)])
    idle(desk)
    honest = Cleaning.run

    def run(self: Cleaning, source: Picture, *more: Any, **named: Any) -> Result:
        if source.name == "1.png":
            raise DenoiseError("The picture {name} is too odd.", name=source.name)
        return honest(self, source, *more, **named)

    monkeypatch.setattr(Cleaning, "run", run)
    desk.clean_all("nlm", smoother())
    idle(desk)
    assert heard[-1] == Failed("2 pictures were cleaned. 1 picture could not be cleaned: The picture 1.png is too odd.")
    assert desk.entries[1].results["nlm"].problem == "The picture 1.png is too odd."
    assert not desk.entries[1].unsaved


def test_a_result_that_a_second_try_does_not_give_is_not_to_be_saved(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(_self: Cleaning, _source: Picture, *_more: Any, **_named: Any) -> Result:
        raise DenoiseError("Too odd.")

    desk.open([noisy(tmp_path / "scan.png")])
    idle(desk)
    desk.clean_all("nlm", smoother())
    idle(desk)
    assert desk.unsaved("nlm") == desk.entries
    monkeypatch.setattr(Cleaning, "run", run)
    desk.clean_all("nlm", smoother())
    idle(desk)
    assert not desk.unsaved("nlm")


def test_how_far_cleaning_all_is_names_each_picture_once(desk: Desk, heard: Heard, tmp_path: Path) -> None:
    desk.open([noisy(tmp_path / f"{name}.png") for name in ("one", "two")])
    idle(desk)
    heard.clear()
    desk.clean_all("nlm", smoother())
    idle(desk)
    said = [event.doing for event in heard if isinstance(event, Working)]
    assert said[-1] == "2 of 2: Cleaning two.png"


def test_cleaning_all_that_is_cancelled_keeps_what_is_cleaned(
    desk: Desk, heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.open([noisy(tmp_path / f"{number}.png") for number in range(3)])
    idle(desk)
    honest = Cleaning.run

    def run(self: Cleaning, source: Picture, *more: Any, **named: Any) -> Result:
        if source.name == "1.png":
            desk.cancel()
        return honest(self, source, *more, **named)

    monkeypatch.setattr(Cleaning, "run", run)
    desk.clean_all("nlm", smoother())
    idle(desk)
    assert heard[-1] == Noted("Cleaning 3 pictures was cancelled. 1 picture was cleaned.")
    assert [bool(entry.results) for entry in desk.entries] == [True, False, False]


def test_cleaning_all_goes_on_with_the_pictures_that_are_not_cleaned_in_this_way(
    desk: Desk, heard: Heard, tmp_path: Path
) -> None:
    desk.open([noisy(tmp_path / f"{number}.png") for number in range(3)])
    idle(desk)
    for entry in desk.entries[:2]:
        desk.choose(desk.entries.index(entry))
        desk.clean("nlm", smoother(), strength=1.0 if entry is desk.entries[0] else 0.5)
        idle(desk)
    first = desk.entries[0].results["nlm"]
    desk.clean_all("nlm", smoother())
    idle(desk)
    assert heard[-1] == Noted("2 pictures were cleaned.")
    assert desk.entries[0].results["nlm"] is first
    desk.clean_all("nlm", smoother())
    idle(desk)
    assert heard[-1] == Noted("3 pictures were cleaned.")


def test_what_an_earlier_model_of_the_same_file_cleaned_is_cleaned_again(
    desk: Desk, heard: Heard, tmp_path: Path
) -> None:
    desk.open([noisy(tmp_path / f"{number}.png") for number in range(2)])
    idle(desk)
    retrain(tmp_path / "model.safetensors", seed=0)
    way = TrainedModel(path=str(tmp_path / "model.safetensors"))
    desk.clean("model", way)
    idle(desk)
    first = desk.entries[0].results["model"]
    retrain(tmp_path / "model.safetensors", seed=1)
    desk.clean_all("model", way)
    idle(desk)
    assert heard[-1] == Noted("2 pictures were cleaned.")
    assert desk.entries[0].results["model"] is not first
    desk.remove(0)
    desk.open([noisy(tmp_path / "2.png")])
    idle(desk)
    desk.clean_all("model", way)
    idle(desk)
    assert heard[-1] == Noted("1 picture was cleaned.")


def test_what_learns_from_many_learns_once_for_all_pictures(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned: list[int] = []
    honest = BlindSpot.prepare

    def prepare(self: BlindSpot, those: Sequence[Picture], *more: Any) -> Cleaner:
        learned.append(len(those))
        return honest(self, those, *more)

    monkeypatch.setattr(BlindSpot, "prepare", prepare)
    desk.open([noisy(tmp_path / f"{number}.png") for number in range(3)])
    idle(desk)
    desk.clean_all("blind", BlindSpot(seconds=1))
    idle(desk)
    assert learned == [3]
    assert all(entry.results["blind"].picture is not None for entry in desk.entries)


def test_what_is_learned_of_a_picture_is_not_shown_on_another(
    desk: Desk, heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desks, "LIVE_SECONDS", 0.0)
    monkeypatch.setattr(learning, "SHOWN", 0.0)
    desk.open([noisy(tmp_path / "scan.png"), noisy(tmp_path / "other.png")])
    idle(desk)
    desk.clean("learning", ZeroShot(steps=100_000, crop=16))

    def hears(kind: type, count: int) -> bool:
        desk.tick()
        return len(heard.of(kind)) >= count

    wait_until(lambda: hears(Learned, 1))
    desk.choose(1)
    heard.clear()
    wait_until(lambda: hears(Working, 3))
    desk.cancel()
    idle(desk)
    assert not heard.of(Learned)


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
