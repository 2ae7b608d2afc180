"""A batch keeps the structure of folders, goes on where it was stopped, and passes over what cannot be cleaned."""

from __future__ import annotations

import csv
import errno
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from PIL import Image

from aestudio.core.data.skipped import Skipped
from aestudio.core.denoise.batch import Began, Cleaned, EarlierResult, Elsewhere, Ended, Event, as_json, batch
from aestudio.core.denoise.files.reading import read_picture
from aestudio.core.denoise.jobs import CleaningJob
from aestudio.core.denoise.picture import Picture, Values
from aestudio.core.denoise.pipeline import Cleaning
from aestudio.core.denoise.record import NAME, REPORT
from aestudio.core.denoise.way import NO_CALLBACKS, Callbacks, Cleaner, Way
from aestudio.core.ground import atomic
from aestudio.core.ground.errors import Cancelled, DenoiseError, ModelFileError
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.parts.slots import knob


class Invert(Way):
    """White becomes black."""

    kind: ClassVar[str] = "invert"
    title: ClassVar[str] = "Invert"
    about: ClassVar[str] = "White becomes black."
    source: ClassVar[str] = "this test"
    prepared: ClassVar[list[tuple[int, float]]] = []

    most: float = knob(1.0, "White")

    def prepare(self, pictures: Sequence[Picture], sigma: float, callbacks: Callbacks = NO_CALLBACKS) -> Cleaner:
        callbacks.report("Getting ready", 0.5)
        self.prepared.append((len(pictures), sigma))

        def clean(values: Values) -> Values:
            return np.float32(self.most) - values

        return Cleaner(clean, halo=0, note="Turned round.")


class FromAll(Invert):
    """Learns from all of a kind."""

    kind: ClassVar[str] = "from-all"
    learns: ClassVar[bool] = True
    learns_from_all: ClassVar[bool] = True


class Stumbles(Invert):
    """Fails as a bug would, on colours."""

    kind: ClassVar[str] = "stumbles"

    def prepare(self, pictures: Sequence[Picture], sigma: float, callbacks: Callbacks = NO_CALLBACKS) -> Cleaner:
        if pictures[0].channels == 3:
            raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")
        return super().prepare(pictures, sigma, callbacks)


class Others:
    """Clean every picture to one and the same."""

    def can(self, how: Cleaning) -> bool:
        return True

    def clean(
        self, how: Cleaning, jobs: Sequence[CleaningJob], quality: int | None, report: Report
    ) -> Iterator[tuple[CleaningJob, Elsewhere]]:
        for job in jobs:
            yield job, Elsewhere(job.path.read_bytes())


class NoModel(Invert):
    """Cannot be had at all."""

    kind: ClassVar[str] = "no-model"

    def prepare(self, pictures: Sequence[Picture], sigma: float, callbacks: Callbacks = NO_CALLBACKS) -> Cleaner:
        raise ModelFileError("x.safetensors does not exist.")


@pytest.fixture(autouse=True)
def _nothing_prepared() -> None:
    Invert.prepared.clear()


def grey(path: Path, value: int = 100, size: tuple[int, int] = (8, 6)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", size, value).save(path)
    return path


def album(folder: Path) -> Path:
    grey(folder / "a.png", 10)
    grey(folder / "trip" / "b.png", 20)
    grey(folder / "trip" / "day 2" / "c.bmp", 30)
    return folder


def done(events: list[Event]) -> list[str]:
    return [Path(event.path).name for event in events if isinstance(event, Cleaned)]


def skips(events: list[Event]) -> dict[str, str]:
    return {Path(event.path).name: event.reason for event in events if isinstance(event, Skipped)}


def run(inputs: Path | list[Path], out: Path, way: Way | None = None, **options: Any) -> list[Event]:
    report = options.pop("report", unheard)
    how = Cleaning(way or Invert(), **options)
    events = list(batch([inputs] if isinstance(inputs, Path) else inputs, out, how, report))
    assert isinstance(events[-1], Ended)
    assert sum(isinstance(event, Ended) for event in events) == 1
    return events


def test_a_folder_is_cleaned_into_another_of_the_same_structure(tmp_path: Path) -> None:
    events = run(album(tmp_path / "in"), tmp_path / "out")
    assert done(events) == ["a.png", "b.png", "c.bmp"]
    for name, value in (("a.png", 10), ("trip/b.png", 20), ("trip/day 2/c.bmp", 30)):
        assert read_picture(tmp_path / "out" / name).stored.max() == 255 - value
        assert read_picture(tmp_path / "in" / name).stored.max() == value
    assert events[0] == Began(3, 0, 0, 3 * 48, str(tmp_path / "out"))
    fractions = [event.done for event in events if isinstance(event, Cleaned)]
    assert fractions == pytest.approx([1 / 3, 2 / 3, 1])
    assert all(json.dumps(as_json(event), allow_nan=False) for event in events)


def test_files_and_several_folders_are_kept_apart(tmp_path: Path) -> None:
    one, two = album(tmp_path / "one"), album(tmp_path / "two")
    single = grey(tmp_path / "loose" / "a.png", 40)
    run([one, two, single, single], tmp_path / "out")
    found = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.png")}
    assert found == {"one/a.png", "one/trip/b.png", "two/a.png", "two/trip/b.png", "a.png"}


def test_two_pictures_of_one_name_both_get_a_result(tmp_path: Path) -> None:
    files = [grey(tmp_path / str(i) / name, 10 * i) for i, name in ((1, "a.png"), (2, "A.png"), (3, "a.png"))]
    run(files, tmp_path / "out")
    values = {path.name: read_picture(path).stored.max() for path in (tmp_path / "out").glob("*.png")}
    assert values == {"a.png": 245, "A (2).png": 235, "a (3).png": 225}


def test_a_format_that_cannot_be_written_gets_another_ending(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    Image.new("RGB", (3, 3), (100, 100, 90)).save(tmp_path / "in" / "logo.gif")
    run(tmp_path / "in", tmp_path / "out")
    assert read_picture(tmp_path / "out" / "logo.gif.png").stored.max() == 165


def test_hidden_files_and_other_files_of_a_folder_are_passed_over(tmp_path: Path) -> None:
    album(tmp_path / "in")
    grey(tmp_path / "in" / ".trash" / "x.png")
    grey(tmp_path / "in" / ".hidden.png")
    (tmp_path / "in" / "notes.txt").write_text("notes")
    events = run(tmp_path / "in", tmp_path / "out")
    assert done(events) == ["a.png", "b.png", "c.bmp"]
    assert skips(events) == {}


def test_bad_files_are_named_with_the_reason_and_the_rest_go_on(tmp_path: Path) -> None:
    album(tmp_path / "in")
    (tmp_path / "in" / "empty.png").touch()
    (tmp_path / "in" / "text.jpg").write_text("Dear Sir or Madam")
    whole = (tmp_path / "in" / "a.png").read_bytes()
    (tmp_path / "in" / "short.png").write_bytes(whole[:-20])
    events = run([tmp_path / "in", tmp_path / "gone.png"], tmp_path / "out")
    assert done(events) == ["a.png", "b.png", "c.bmp"]
    assert set(skips(events)) == {"empty.png", "text.jpg", "short.png", "gone.png"}
    assert all(why.endswith(".") for why in skips(events).values())
    assert events[-1].skipped == 4  # type: ignore[union-attr]


def test_a_picture_that_vanishes_after_it_was_looked_at_is_passed_over(tmp_path: Path) -> None:
    album(tmp_path / "in")
    stream = batch([tmp_path / "in"], tmp_path / "out", Cleaning(Invert()))
    assert isinstance(next(stream), Began)
    (tmp_path / "in" / "trip" / "b.png").unlink()
    events = list(stream)
    assert done(events) == ["a.png", "c.bmp"]
    assert "does not exist" in skips(events)["b.png"]


def test_a_folder_that_cannot_be_opened_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    album(tmp_path / "in")
    scan = os.scandir

    def closed(folder: str) -> Any:  # root, who may run the tests, may open every folder
        if Path(folder).name == "day 2":
            raise PermissionError(13, "Permission denied", str(folder))
        return scan(folder)

    monkeypatch.setattr(os, "scandir", closed)
    events = run(tmp_path / "in", tmp_path / "out")
    assert done(events) == ["a.png", "b.png"]
    assert skips(events) == {"day 2": "The folder cannot be opened: Permission denied."}


def test_a_way_that_stumbles_over_one_picture_goes_on_with_the_next(tmp_path: Path) -> None:
    album(tmp_path / "in")
    Image.new("RGB", (4, 4)).save(tmp_path / "in" / "colour.png")
    events = run(tmp_path / "in", tmp_path / "out", Stumbles())
    assert done(events) == ["a.png", "b.png", "c.bmp"]
    assert skips(events) == {
        "colour.png": "colour.png could not be cleaned: mat1 and mat2 shapes cannot be multiplied."
    }


def test_a_way_that_cannot_be_had_ends_the_batch_at_once(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError):
        list(batch([album(tmp_path / "in")], tmp_path / "out", Cleaning(NoModel())))


# -- going on ----------------------------------------------------------------------------------------------------------


def test_finished_pictures_are_not_done_again(tmp_path: Path) -> None:
    run(album(tmp_path / "in"), tmp_path / "out")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.png")}
    events = run(tmp_path / "in", tmp_path / "out")
    assert done(events) == []
    assert events[0] == Began(3, 3, 0, 0, str(tmp_path / "out"))
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.png")} == before
    assert Invert.prepared == [(1, 0.0)]


@pytest.mark.parametrize("change", ["way", "strength", "sigma"])
def test_another_way_or_strength_or_sigma_does_all_again(tmp_path: Path, change: str) -> None:
    run(album(tmp_path / "in"), tmp_path / "out")
    options: dict[str, Any] = {"strength": {"strength": 0.5}, "sigma": {"sigma": 0.1}}.get(change, {})
    events = run(tmp_path / "in", tmp_path / "out", Invert(most=0.8) if change == "way" else None, **options)
    assert len(done(events)) == 3


def test_a_picture_that_changed_or_whose_result_is_gone_is_done_again(tmp_path: Path) -> None:
    run(album(tmp_path / "in"), tmp_path / "out")
    grey(tmp_path / "in" / "a.png", 77, (9, 9))
    (tmp_path / "out" / "trip" / "b.png").unlink()
    assert done(run(tmp_path / "in", tmp_path / "out")) == ["a.png", "b.png"]
    assert read_picture(tmp_path / "out" / "a.png").stored.max() == 255 - 77


def test_a_stopped_batch_keeps_what_is_finished_and_goes_on_there(tmp_path: Path) -> None:
    def report(doing: str, _fraction: float | None) -> None:
        if doing == "Reading trip/b.png":
            raise Cancelled

    events = run(album(tmp_path / "in"), tmp_path / "out", report=report)
    assert done(events) == ["a.png"]
    assert events[-1].reason == "stopped"  # type: ignore[union-attr]
    assert done(run(tmp_path / "in", tmp_path / "out")) == ["b.png", "c.bmp"]


def test_a_batch_killed_between_a_result_and_its_record_goes_on(tmp_path: Path) -> None:
    run(album(tmp_path / "in"), tmp_path / "out")
    record = tmp_path / "out" / NAME
    lines = record.read_text().splitlines(keepends=True)
    record.write_text("".join(lines[:-1]) + lines[-1][:25])  # as a power cut leaves it
    assert done(run(tmp_path / "in", tmp_path / "out")) == ["c.bmp"]
    assert done(run(tmp_path / "in", tmp_path / "out")) == []


@pytest.mark.parametrize("helped", [False, True], ids=["here", "by others"])
def test_a_full_disk_ends_the_batch_instead_of_skipping_every_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, helped: bool
) -> None:
    kept = atomic.write_bytes

    def full(path: Path, content: bytes) -> None:
        if path.name == "b.png":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        kept(path, content)

    how, helpers = Cleaning(Invert()), Others() if helped else None
    with monkeypatch.context() as patched:
        patched.setattr(atomic, "write_bytes", full)
        events = list(batch([album(tmp_path / "in")], tmp_path / "out", how, helpers=helpers))
    assert done(events) == ["a.png"]
    assert not skips(events)
    ended = events[-1]
    assert isinstance(ended, Ended)
    assert ended.reason == "full"
    assert ended.problem == (
        f"{tmp_path / 'out'} has no room left for trip/b.png. Free some space and start this again: what is finished "
        "is not done again."
    )
    assert done(run(tmp_path / "in", tmp_path / "out")) == ["b.png", "c.bmp"]


def test_a_file_of_the_person_s_in_the_output_folder_is_never_written_over(tmp_path: Path) -> None:
    album(tmp_path / "in")
    mine = grey(tmp_path / "out" / "a.png", 200)
    before = mine.read_bytes()
    events = run(tmp_path / "in", tmp_path / "out")
    assert "is in the output folder already" in skips(events)["a.png"]
    assert done(events) == ["b.png", "c.bmp"]
    assert mine.read_bytes() == before


def test_the_output_folder_inside_the_input_is_not_cleaned_itself(tmp_path: Path) -> None:
    album(tmp_path / "in")
    run(tmp_path / "in", tmp_path / "in" / "cleaned")
    assert done(run(tmp_path / "in", tmp_path / "in" / "cleaned", strength=0.5)) == ["a.png", "b.png", "c.bmp"]
    assert not (tmp_path / "in" / "cleaned" / "cleaned").exists()


def test_an_input_inside_the_output_folder_is_cleaned(tmp_path: Path) -> None:
    album(tmp_path / "pictures" / "noisy")
    assert len(done(run(tmp_path / "pictures" / "noisy", tmp_path / "pictures"))) == 3


def test_results_among_the_originals_are_refused(tmp_path: Path) -> None:
    album(tmp_path / "in")
    (tmp_path / "link").symlink_to(tmp_path / "in")
    for given, out in ((tmp_path / "in", tmp_path / "in"), (tmp_path / "in", tmp_path / "link"),
                       (tmp_path / "in" / "a.png", tmp_path / "in")):  # fmt: skip
        with pytest.raises(DenoiseError, match="choose another folder"):
            list(batch([given], out, Cleaning(Invert())))
    with pytest.raises(DenoiseError, match="is a file"):
        list(batch([tmp_path / "in" / "trip"], tmp_path / "in" / "a.png", Cleaning(Invert())))


def test_nothing_to_clean_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(DenoiseError, match="There are no pictures in"):
        list(batch([tmp_path / "in"], tmp_path / "out", Cleaning(Invert())))
    with pytest.raises(DenoiseError, match="nothing to clean"):
        list(batch([], tmp_path / "out", Cleaning(Invert())))


# -- ways, noise and the report ----------------------------------------------------------------------------------------


def test_a_way_is_prepared_once_for_grey_and_once_for_colour(tmp_path: Path) -> None:
    album(tmp_path / "in")
    for name in ("b.png", "d.png"):
        Image.new("RGB", (4, 4)).save(tmp_path / "in" / name)
    run(tmp_path / "in", tmp_path / "out")
    assert [count for count, _ in Invert.prepared] == [1, 1]


def test_a_way_that_learns_from_all_gets_all_of_a_kind_at_once(tmp_path: Path) -> None:
    album(tmp_path / "in")
    for name in ("b.png", "d.png"):
        Image.new("RGB", (4, 4)).save(tmp_path / "in" / name)
    fractions: list[float] = []
    events = run(
        tmp_path / "in",
        tmp_path / "out",
        FromAll(),
        sigma=0.25,
        report=lambda _doing, fraction: fractions.append(fraction or 0.0),
    )
    assert Invert.prepared == [(3, 0.25), (2, 0.25)]
    assert len(done(events)) == 5
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1)


def test_learning_from_all_takes_no_more_pictures_than_the_memory_holds(tmp_path: Path) -> None:
    for number in range(10):
        grey(tmp_path / "in" / f"{number}.png", size=(100, 100))
    run(tmp_path / "in", tmp_path / "out", FromAll(), budget=55_000)
    assert Invert.prepared[0][0] == 5


def test_the_report_lists_every_file_with_what_was_done(tmp_path: Path) -> None:
    album(tmp_path / "in")
    run(tmp_path / "in", tmp_path / "out", sigma=0.1)
    (tmp_path / "in" / "empty.png").touch()
    grey(tmp_path / "in" / "new.png")
    events = run(tmp_path / "in", tmp_path / "out", sigma=0.1)
    assert events[-1].report == str(tmp_path / "out" / REPORT)  # type: ignore[union-attr]
    with (tmp_path / "out" / REPORT).open(encoding="utf-8-sig", newline="") as file:
        rows = {Path(row["file"]).name: row for row in csv.DictReader(file)}
    assert {name: row["outcome"] for name, row in rows.items()} == {
        "a.png": "finished before",
        "b.png": "finished before",
        "c.bmp": "finished before",
        "new.png": "cleaned",
        "empty.png": "skipped",
    }
    assert rows["empty.png"]["reason"] == "empty.png is an empty file."
    assert rows["new.png"]["sigma_255"] == rows["b.png"]["sigma_255"] == "25.50"
    assert rows["b.png"]["result"] == "trip/b.png"


def test_the_noise_of_each_picture_is_estimated_where_none_is_given(tmp_path: Path) -> None:
    noisy = np.random.default_rng(0).normal(128, 20, (64, 64)).clip(0, 255).astype(np.uint8)
    (tmp_path / "in").mkdir()
    Image.fromarray(noisy).save(tmp_path / "in" / "noisy.png")
    events = run(tmp_path / "in", tmp_path / "out")
    assert [255 * event.sigma for event in events if isinstance(event, Cleaned)] == pytest.approx([20], rel=0.1)


# -- earlier results ---------------------------------------------------------------------------------------------------


def test_earlier_results_beside_their_pictures_are_left_out_and_named(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for name in ("a.png", "a-denoised.png", "a-denoised-2.png", "b-denoised.png", "c.jpg", "c-denoised.png"):
        grey(folder / name)
    events = list(batch([folder], tmp_path / "out", Cleaning(Invert())))
    assert [one.path for one in events if isinstance(one, EarlierResult)] == [
        "a-denoised-2.png", "a-denoised.png", "c-denoised.png",
    ]  # fmt: skip
    assert sorted(one.name for one in events if isinstance(one, Cleaned)) == ["a.png", "b-denoised.png", "c.jpg"]
    ended = events[-1]
    assert isinstance(ended, Ended)
    assert ended.earlier == 3
    with (tmp_path / "out" / REPORT).open(encoding="utf-8-sig") as file:
        rows = {row["file"]: row["outcome"] for row in csv.DictReader(file)}
    assert rows["a-denoised.png"] == "earlier result"


def test_what_an_earlier_batch_has_put_into_a_folder_within_is_left_out(tmp_path: Path) -> None:
    grey(tmp_path / "in" / "a.png")
    list(batch([tmp_path / "in"], tmp_path / "in" / "first", Cleaning(Invert())))
    events = list(batch([tmp_path / "in"], tmp_path / "second", Cleaning(Invert())))
    assert [one.path for one in events if isinstance(one, EarlierResult)] == ["first/a.png"]
    assert [one.name for one in events if isinstance(one, Cleaned)] == ["a.png"]


def test_a_folder_within_the_results_of_an_earlier_batch_holds_earlier_results(tmp_path: Path) -> None:
    grey(tmp_path / "in" / "deep" / "a.png")
    list(batch([tmp_path / "in"], tmp_path / "made", Cleaning(Invert())))
    grey(tmp_path / "made" / "deep" / "new.png")
    events = list(batch([tmp_path / "made" / "deep"], tmp_path / "out", Cleaning(Invert())))
    assert [one.path for one in events if isinstance(one, EarlierResult)] == ["a.png"]
    assert [one.name for one in events if isinstance(one, Cleaned)] == ["new.png"]


def test_earlier_results_are_cleaned_where_that_is_asked_for_or_they_are_named(tmp_path: Path) -> None:
    grey(tmp_path / "in" / "a.png")
    made = grey(tmp_path / "in" / "a-denoised.png")
    for inputs, asked in (([tmp_path / "in"], True), ([made], False)):
        events = list(batch(inputs, tmp_path / f"out {asked}", Cleaning(Invert()), with_earlier=asked))
        assert "a-denoised.png" in [one.name for one in events if isinstance(one, Cleaned)]
        assert not [one for one in events if isinstance(one, EarlierResult)]


def test_a_folder_of_nothing_but_earlier_results_is_refused_with_the_reason(tmp_path: Path) -> None:
    grey(tmp_path / "in" / "a.png")
    list(batch([tmp_path / "in"], tmp_path / "made", Cleaning(Invert())))
    with pytest.raises(DenoiseError, match="are earlier results of this program"):
        list(batch([tmp_path / "made"], tmp_path / "out", Cleaning(Invert())))
