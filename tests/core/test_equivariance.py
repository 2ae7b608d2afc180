"""Pictures of more than 8 bits and of floating point are cleaned alike, wherever their values lie."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from aestudio.core.denoise.files.reading import read_picture
from aestudio.core.denoise.files.writing import write_picture
from aestudio.core.denoise.pipeline import Cleaning
from aestudio.core.denoise.way import Way
from aestudio.core.parts.slots import options

SETTINGS: dict[str, dict[str, Any]] = {"zero-shot": {"steps": 100}, "blind-spot": {"steps": 20}}
WAYS = sorted(set(options(Way)) - {"model"})


def noisy(channels: int = 1) -> NDArray[np.float64]:
    """A picture of shades from 0 to 1 with noise of σ 0.08, [40, 48] or [40, 48, 3]."""
    rows, columns = np.mgrid[:40, :48]
    shades = 0.5 + 0.4 * np.sin(rows / 7) * np.cos(columns / 9)
    values = np.random.default_rng(0).normal(shades[..., None], 0.08, (40, 48, channels))
    return values.squeeze()


def cleaned(path: Path, values: NDArray[Any], way: Way) -> NDArray[np.float64]:
    tifffile.imwrite(path, values, photometric="rgb" if values.ndim == 3 else "minisblack")
    made = Cleaning(way).run(read_picture(path)).picture
    assert made is not None
    return made.stored.squeeze().astype(np.float64)


@pytest.mark.parametrize("kind", WAYS)
@pytest.mark.parametrize(("scale", "offset"), [(1e-4, 0.0), (1e4, 0.0), (1.0, -0.5), (4095.0, -300.0)])
def test_a_result_follows_the_scale_and_the_offset_of_the_picture(
    tmp_path: Path, kind: str, scale: float, offset: float
) -> None:
    way = options(Way)[kind].model_validate(SETTINGS.get(kind, {}))
    values = noisy().astype(np.float32).astype(np.float64)
    before = cleaned(tmp_path / "one.tif", values, way)
    after = cleaned(tmp_path / "other.tif", scale * values + offset, way)
    assert np.abs(after - (scale * before + offset)).max() < 1e-4 * scale * np.ptp(values)


@pytest.mark.parametrize("kind", ["photo", "nlm", "tv", "wavelet"])
def test_a_12_bit_frame_in_16_bits_is_cleaned_as_the_same_in_floating_point(tmp_path: Path, kind: str) -> None:
    way = options(Way)[kind].model_validate({})
    counts = np.rint(100 + 1000 * noisy().clip(0, 1)).astype(np.uint16)
    whole = cleaned(tmp_path / "whole.tif", counts, way)
    unit = cleaned(tmp_path / "unit.tif", counts / 65535, way)
    assert np.abs(whole - 65535 * unit).max() <= 0.51


@pytest.mark.parametrize("dtype", [np.uint16, np.int16, np.int32, np.float32, np.float64])
def test_a_way_that_changes_nothing_leaves_every_number(tmp_path: Path, dtype: Any) -> None:
    values = (1000 * noisy() - 200).clip(0 if dtype is np.uint16 else -1000).astype(dtype)
    values[3, 4] = 30_000  # a broken pixel
    tifffile.imwrite(tmp_path / "one.tif", values)
    made = Cleaning(options(Way)["tv"](), strength=0.0).run(tmp_path / "one.tif", out=tmp_path / "out.tif").picture
    assert made is not None
    assert np.array_equal(tifffile.imread(tmp_path / "out.tif"), values)


def test_pictures_of_8_bits_are_cleaned_as_they_are(tmp_path: Path) -> None:
    values = np.rint(100 + 40 * noisy()).clip(0, 255).astype(np.uint8)
    tifffile.imwrite(tmp_path / "dim.tif", values)
    picture = read_picture(tmp_path / "dim.tif")
    assert np.allclose(picture.values()[..., 0], values / 255)
    write_picture(picture, tmp_path / "out.tif")
    assert np.array_equal(tifffile.imread(tmp_path / "out.tif"), values)
