"""What the pages of a file are can be said where the file does not say it, and the result says it too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from aestudio.cli import main
from aestudio.core.denoise.files.axis import Axis
from aestudio.core.denoise.pages import clean_file
from aestudio.core.denoise.pipeline import Cleaning
from aestudio.core.denoise.ways.nlm import NonLocalMeans
from aestudio.core.ground.errors import DenoiseError

WAY = NonLocalMeans(patch=3, distance=1)


def stack(path: Path, **saved: Any) -> Path:
    values = np.random.default_rng(0).normal(1000, 20, (3, 24, 20)).astype(np.uint16)
    tifffile.imwrite(path, values, photometric="minisblack", **saved)
    return path


@pytest.mark.parametrize("saved", [{"metadata": None}, {}], ids=["plain", "by tifffile"])
@pytest.mark.parametrize(("axis", "letter"), [("channels", "C"), ("z", "Z"), ("time", "T")])
def test_pages_that_are_called_so_are_channels_slices_or_moments_in_the_result(
    tmp_path: Path, axis: Axis, letter: str, saved: dict[str, Any]
) -> None:
    clean_file(Cleaning(WAY, axis=axis), stack(tmp_path / "stack.tif", **saved), out=tmp_path / "clean.tif")
    plain = tmp_path / "pages.tif"
    clean_file(Cleaning(WAY), tmp_path / "stack.tif", out=plain)
    with tifffile.TiffFile(tmp_path / "clean.tif") as made:
        assert made.is_imagej
        assert made.series[0].axes == f"{letter}YX"
        assert (made.asarray() == tifffile.imread(plain)).all()
    again = clean_file(Cleaning(WAY), tmp_path / "clean.tif", out=tmp_path / "again.tif")
    assert again.pages == 3
    with tifffile.TiffFile(tmp_path / "again.tif") as kept:
        assert kept.series[0].axes == f"{letter}YX"


@pytest.mark.parametrize(
    ("saved", "sentence"),
    [
        ({"imagej": True, "metadata": {"axes": "ZYX"}}, "stack.tif says itself what its pages are"),
        ({"metadata": None, "description": "Cells, 5 March"}, "stack.tif has a description, which would be lost"),
    ],
    ids=["ImageJ", "own words"],
)
def test_what_a_file_says_itself_is_not_overruled(tmp_path: Path, saved: dict[str, Any], sentence: str) -> None:
    path = stack(tmp_path / "stack.tif", **saved)
    with pytest.raises(DenoiseError, match=sentence):
        clean_file(Cleaning(WAY, axis="channels"), path, out=tmp_path / "clean.tif")
    assert not (tmp_path / "clean.tif").exists()


def test_the_command_line_says_what_pages_are(tmp_path: Path) -> None:
    path, out = stack(tmp_path / "stack.tif", metadata=None), tmp_path / "clean.tif"
    told = ("--way", "nlm", "--set", "patch=3", "--set", "distance=1", "--pages", "z")
    assert main(["denoise", str(path), "-o", str(out), *told]) == 0
    with tifffile.TiffFile(out) as made:
        assert made.series[0].axes == "ZYX"
