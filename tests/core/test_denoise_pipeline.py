"""One picture goes the same way wherever it is cleaned: alone, in a batch, in a comparison."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from PIL import Image

from aestudio.cli import main
from aestudio.core.denoise.advice import better, removed
from aestudio.core.denoise.batch import batch
from aestudio.core.denoise.cleaning import Region
from aestudio.core.denoise.comparing import compare
from aestudio.core.denoise.files.reading import read_picture
from aestudio.core.denoise.files.writing import write_picture
from aestudio.core.denoise.noise import Noise, add_noise, estimate
from aestudio.core.denoise.picture import Picture
from aestudio.core.denoise.pipeline import Cleaning, Result, scored
from aestudio.core.denoise.way import NO_CALLBACKS, Callbacks, Cleaner, Way
from aestudio.core.denoise.ways.despeckle import Despeckle
from aestudio.core.denoise.ways.model import TrainedModel
from aestudio.core.denoise.ways.nlm import NonLocalMeans
from aestudio.core.denoise.ways.photo import Photo
from aestudio.core.denoise.ways.tv import TotalVariation
from aestudio.core.ground.errors import Cancelled, DenoiseError
from aestudio.core.model.trained import Model
from aestudio.core.parts.corruptions.gaussian import GaussianNoise
from aestudio.core.parts.corruptions.salt_and_pepper import SaltAndPepper

HOW = Cleaning(TotalVariation(), strength=0.75)


def file(folder: Path) -> Path:
    """A grey ramp with noise."""
    noise = np.random.default_rng(0).normal(0, 20, (48, 64))
    Image.fromarray((np.linspace(40, 200, 64) + noise).clip(0, 255).astype(np.uint8)).save(folder / "noisy.png")
    return folder / "noisy.png"


def ramp() -> Picture:
    return Picture(np.tile(np.linspace(40, 200, 64, dtype=np.float32)[None, :, None], (48, 1, 1)) / 255, 1.0)


def test_a_picture_alone_in_a_batch_and_in_a_comparison_is_cleaned_alike(tmp_path: Path) -> None:
    source, out = file(tmp_path), tmp_path / "alone" / "noisy.png"
    made = HOW.run(source, out=out)
    list(batch([source], tmp_path / "batch", HOW))
    (compared,) = compare(read_picture(source), {"tv": HOW.way}, made.sigma, strength=HOW.strength)
    assert made.sigma == estimate(read_picture(source)).sigma > 0
    assert made.picture is not None
    assert compared.picture is not None
    for stored in (
        compared.picture.stored,
        read_picture(out).stored,
        read_picture(tmp_path / "batch" / "noisy.png").stored,
    ):
        assert np.array_equal(stored, made.picture.stored)


def test_scores_are_those_of_the_region_that_was_cleaned(tmp_path: Path) -> None:
    region = Region(8, 16, 24, 32)
    made = HOW.run(read_picture(file(tmp_path)), region=region, reference=ramp())
    whole = HOW.run(file(tmp_path), reference=ramp())
    assert made.picture is not None
    assert whole.picture is not None
    assert made.picture.stored.shape == (24, 32, 1)
    assert np.array_equal(made.picture.stored, whole.picture.stored[region.rows, region.columns])
    assert made.psnr is not None
    assert made.psnr != whole.psnr
    assert made.before is None
    assert whole.before is not None
    assert whole.psnr is not None
    assert whole.psnr > whole.before[0] + 3


def test_a_reference_of_another_size_is_refused_before_any_work(tmp_path: Path) -> None:
    small = Picture(ramp().stored[:10], 1.0)
    told: list[float | None] = []
    with pytest.raises(DenoiseError, match="choose a reference of the same picture"):
        HOW.run(
            file(tmp_path), reference=small, out=tmp_path / "out.png", report=lambda _doing, done: told.append(done)
        )
    assert told == [0.0]
    assert not (tmp_path / "out.png").exists()


def stop_at(most: int, told: list[float]) -> Callable[[str, float | None], None]:
    def report(_doing: str, fraction: float | None) -> None:
        told.append(fraction or 0.0)
        if len(told) == most:
            raise Cancelled

    return report


def test_what_is_done_only_grows_and_a_cancel_anywhere_leaves_no_file(tmp_path: Path) -> None:
    source, out, told = file(tmp_path), tmp_path / "out.png", list[float]()
    HOW.run(source, out=out, report=stop_at(0, told))
    assert told == sorted(told)
    assert told[-1] > 0.9
    out.unlink()
    for most in range(1, len(told) + 1):
        with pytest.raises(Cancelled):
            HOW.run(source, out=out, report=stop_at(most, []))
        assert not out.exists()


def test_the_mark_that_writing_begins_comes_before_the_file(tmp_path: Path) -> None:
    out, was = tmp_path / "out.png", list[bool]()
    HOW.run(file(tmp_path), out=out, begin=lambda: was.append(out.exists()))
    assert was == [False]
    assert out.exists()


def test_scores_are_of_what_is_seen_also_where_a_file_goes_beyond_black_and_white(tmp_path: Path) -> None:
    beyond = Picture(np.where(np.arange(64) % 2, 1.5, -0.5).astype(np.float32)[None, :, None].repeat(48, 0), 1.0)
    seen = Picture(beyond.stored.clip(0, 1), 1.0)
    write_picture(beyond, tmp_path / "beyond.tiff")
    assert read_picture(tmp_path / "beyond.tiff").stored.max() == 1.5
    made = HOW.run(tmp_path / "beyond.tiff", reference=seen)
    assert made.before is not None
    assert made.before[0] == float("inf")
    assert made.before[1] == pytest.approx(1.0)
    assert scored(Result("", beyond), seen).psnr == float("inf")


# -- what is told, and what is said where little was done --------------------------------------------------------------


class Telling(Way):
    """Does nothing, and remembers what it was told."""

    kind: ClassVar[str] = "telling"
    title: ClassVar[str] = "Telling"
    about: ClassVar[str] = "Does nothing."
    source: ClassVar[str] = "this test"
    heard: ClassVar[list[float]] = []

    def prepare(self, pictures: Sequence[Picture], sigma: float, callbacks: Callbacks = NO_CALLBACKS) -> Cleaner:
        self.heard.append(sigma)
        return Cleaner(lambda values: values.copy(), halo=0)


class Finding(Telling):
    """As that, and finds the noise out by itself."""

    kind: ClassVar[str] = "finding"
    finds_noise: ClassVar[bool] = True
    heard: ClassVar[list[float]] = []


def test_a_way_that_finds_the_noise_out_is_told_only_what_a_person_says() -> None:
    picture = with_noise(20)
    for way, unsaid in ((Telling(), estimate(picture).sigma), (Finding(), 0.0)):
        way.heard.clear()
        found, said = Cleaning(way).run(picture), Cleaning(way, sigma=0.3).run(picture)
        assert way.heard == [unsaid, 0.3]
        assert (found.sigma, said.sigma) == (estimate(picture).sigma, 0.3)


@pytest.mark.parametrize(
    ("noise", "level"),
    [
        (Noise(0.01, 0.009, 0.015, alike=True), 2 * 2.55),
        (Noise(0.01, 0.009, 0.015, alike=True, smoothness=2), 9),
        (Noise(0.01, 0.009, 0.015, alike=True, smoothness=3), 18),  # a camera smoothed it where it was seen
        (Noise(0.1, 0.09, 0.12, alike=True, smoothness=3), 25.5 + 6),
        (Noise(0.1, 0.08, 0.25, alike=True), 0.08 * 255 + 6),  # the rest may be texture
        (Noise(0.1, 0.09, 0.12), None),
    ],
    ids=["weak", "between", "smooth", "strong", "doubtful", "even"],
)
def test_the_photo_denoiser_is_told_of_noise_that_is_alike_in_neighbours_and_finds_out_even_noise(
    noise: Noise, level: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[float | None] = []

    def made(model: Model, channels: int, **settings: Any) -> Cleaner:
        heard.append(settings.get("sigma"))
        return Cleaner(lambda values: values.copy(), halo=0)

    monkeypatch.setattr("aestudio.core.denoise.models.cleaner_of", made)
    Cleaning(Photo(), estimate=noise).run(with_noise(20))
    assert heard
    assert all(one == (None if level is None else pytest.approx(level / 255)) for one in heard)
    heard.clear()
    Cleaning(Photo(), sigma=0.3, estimate=noise).run(with_noise(20))
    assert heard == [0.3]


def test_what_was_found_before_is_not_looked_for_again() -> None:
    known = Noise(0.123, 0.1, 0.2)
    assert Cleaning(Telling(), estimate=known).run(ramp()).sigma == 0.123
    assert Cleaning(Telling(), 0.3, estimate=known).run(ramp()).sigma == 0.3


def test_a_result_that_took_off_much_less_than_was_found_says_so_and_names_another_way() -> None:
    picture = with_noise(20)
    note = Cleaning(Telling()).run(picture).note
    assert "Only σ 0.0 of 255 was taken off where about" in note
    assert note.endswith("try Non-local means.")
    assert "say the noise level, or try Non-local means" in Cleaning(Finding()).run(picture).note
    assert Cleaning(NonLocalMeans()).run(picture).note == ""
    assert Cleaning(NonLocalMeans(), strength=0.3).run(picture).note == ""  # as little as was asked for
    assert Cleaning(Telling()).run(ramp()).note == ""  # there is nothing to take off


def test_a_result_that_left_what_may_be_detail_says_how_to_take_it_off() -> None:
    found = Noise(7 / 255, 2 / 255, 15 / 255, alike=True)

    def told(way: Way, gone_255: float, noise: Noise = found) -> str:
        return better(way, noise, gone_255 / 255)

    said = told(Finding(), 1.4)
    assert said.startswith("Only σ 1.4 of 255 was taken off where 2.0 to 15.0 was found, since the rest may be detail.")
    assert said.endswith("If it is noise, say the noise level, or try Non-local means.")
    assert told(Telling(), 1.4).endswith("If it is noise, try Non-local means.")
    assert told(Finding(), 4) == ""  # most of it is gone
    assert "where about 7.0 was found" in told(Finding(), 0.5)  # less than there is beyond doubt
    assert better(Finding(), found, 1.4 / 255, strength=0.3) == ""


def test_of_a_noise_level_that_a_person_has_said_nothing_is_said_to_have_been_found() -> None:
    assert Cleaning(Telling(), sigma=25 / 255).run(ramp()).note == ""
    assert Cleaning(NonLocalMeans(), sigma=60 / 255).run(with_noise(5)).note == ""


def test_black_and_white_dots_are_said_and_the_way_for_them_is_named() -> None:
    picture = Picture(add_noise(ramp(), SaltAndPepper(fraction=0.1)), 1.0)
    note = Cleaning(NonLocalMeans()).run(picture).note
    assert "of the pixels are black or white dots; Median of dots takes those off." in note
    assert Cleaning(Despeckle()).run(picture).note == ""


@pytest.mark.parametrize("region", [None, Region(10, 5, 100, 90)])
def test_what_was_taken_off_is_the_root_mean_square_over_all_rows(region: Region | None) -> None:
    before = Picture(np.random.default_rng(0).random((600, 100, 3), np.float32), 1.0)
    rows, columns = (slice(None), slice(None)) if region is None else (region.rows, region.columns)
    after = Picture(before.stored[rows, columns] * np.float32(0.9), 1.0)
    wanted = float(np.sqrt(np.mean((0.1 * before.stored[rows, columns]) ** 2)))
    assert removed(before, after, region) == pytest.approx(wanted, rel=1e-5)


def with_noise(sigma_255: float) -> Picture:
    """The ramp, larger."""
    values = np.tile(ramp().stored, (4, 4, 1))
    return Picture(add_noise(Picture(values, 1.0), GaussianNoise(sigma=sigma_255 / 255)), 1.0)


def test_a_noise_level_that_a_way_does_not_use_is_said_to_be_of_no_use() -> None:
    unheeded = "Median of dots does not use a noise level."
    assert unheeded in Cleaning(Despeckle(), sigma=0.1).run(ramp()).note
    assert unheeded not in Cleaning(Despeckle()).run(ramp()).note
    assert "noise level" not in Cleaning(NonLocalMeans(), sigma=0.1).run(ramp()).note


# -- the files that a way names ----------------------------------------------------------------------------------------


def test_a_model_in_the_home_folder_that_was_trained_again_is_another_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "model.safetensors").write_bytes(b"first")
    way = TrainedModel(path="~/model.safetensors")
    before = Cleaning(way)
    assert Cleaning(way) == before
    (tmp_path / "model.safetensors").write_bytes(b"trained again")
    assert Cleaning(way) != before


def test_what_shares_a_model_that_was_read_is_of_the_file_as_it_was_read(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"first")
    before = Cleaning(TrainedModel(path=str(file)))
    file.write_bytes(b"trained again while pictures were cleaned")
    assert replace(before, estimate=None) == before


def test_a_path_that_cannot_be_one_is_refused_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["denoise", "scan.png", "-o", "cleaned.png", "--model", "x" * 5000]) == 2
    assert "Traceback" not in capsys.readouterr().err
