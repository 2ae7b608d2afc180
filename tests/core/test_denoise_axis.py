"""What the pages of a file are can be said where the file does not say it, and the result says it too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from aestudio.cli import main
from aestudio.core.denoise.batch import Cleaned, Ended, batch
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


def mixed(folder: Path) -> Path:
    """Stacks of which one says nothing, one what its pages are, and one something else."""
    folder.mkdir()
    stack(folder / "plain.tif", metadata=None)
    stack(folder / "says it.tif", imagej=True, metadata={"axes": "TYX"})
    stack(folder / "words.tif", metadata=None, description="Cells, 5 March")
    return folder


def test_what_is_said_of_a_batch_holds_for_files_that_say_nothing_themselves(tmp_path: Path) -> None:
    events = list(batch([mixed(tmp_path / "in")], tmp_path / "out", Cleaning(WAY, axis="z")))
    axes = {}
    for name in ("plain.tif", "says it.tif"):
        with tifffile.TiffFile(tmp_path / "out" / name) as made:
            axes[name] = made.series[0].axes
    assert axes == {"plain.tif": "ZYX", "says it.tif": "TYX"}
    with tifffile.TiffFile(tmp_path / "out" / "words.tif") as made:
        assert made.pages.first.tags.valueof("ImageDescription") == "Cells, 5 March"
    notes = {event.name: event.note for event in events if isinstance(event, Cleaned)}
    assert {name for name, note in notes.items() if "a description of its own" in note} == {"words.tif"}


def test_a_batch_that_calls_pages_something_else_is_another_batch(tmp_path: Path) -> None:
    folder, out = mixed(tmp_path / "in"), tmp_path / "out"
    axes: tuple[Axis, ...] = ("z", "time", "time")
    counts = []
    for axis in axes:
        *_, end = batch([folder], out, Cleaning(WAY, axis=axis))
        assert isinstance(end, Ended)
        counts.append((end.cleaned, end.finished))
    assert counts == [(3, 0), (3, 0), (0, 3)]
    with tifffile.TiffFile(out / "plain.tif") as made:
        assert made.series[0].axes == "TYX"
