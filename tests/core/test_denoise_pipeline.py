"""One picture goes the same way wherever it is cleaned: alone, in a batch, in a comparison."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aestudio.core.denoise.batch import batch
from aestudio.core.denoise.cleaning import Region
from aestudio.core.denoise.comparing import compare
from aestudio.core.denoise.files.reading import read_picture
from aestudio.core.denoise.files.writing import write_picture
from aestudio.core.denoise.noise import estimate_sigma
from aestudio.core.denoise.picture import Picture
from aestudio.core.denoise.pipeline import Cleaning, Result, scored
from aestudio.core.denoise.ways.tv import TotalVariation
from aestudio.core.ground.errors import Cancelled, DenoiseError

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
    assert made.sigma == estimate_sigma(read_picture(source)) > 0
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
