"""Every recipe in every format, on a few images of its own data, and the same pixels whichever way they are made."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from aestudio.core.data.dataset import ImageStore
from aestudio.core.data.source import Data
from aestudio.core.export.format import Format
from aestudio.core.export.pieces import Piece
from aestudio.core.ground.errors import ExportError
from aestudio.core.ground.resources import resource
from aestudio.core.model.model_file import ModelFile, some_samples
from aestudio.core.parts.slots import knobs, options
from aestudio.core.run.recipes import find
from tests.core.exports import exported, exported_once, model_file

pytestmark = pytest.mark.usefixtures("ready_python")
RECIPES = sorted(path.stem for path in resource("recipes").glob("*.toml"))
SOON = ("pt2", "safetensors")
"""The formats that take no time; the others translate, or start a Python of their own."""
CASES = [
    pytest.param(recipe, kind, marks=[] if kind in SOON else pytest.mark.slow)
    for recipe in RECIPES
    for kind in options(Format)
]

WRITTEN: defaultdict[str, dict[Piece, float]] = defaultdict(dict)
"""By recipe and part, what became of it as ONNX."""


def drawn(recipe: str) -> ModelFile:
    """A model file as training begins, with held-out images of the recipe's own data."""
    run = find(recipe).run()
    for knob in ("count", "patches"):
        if knob in knobs(run.data):
            run = run.with_value(f"data.{knob}", 250)
    images = held_out(run.data)
    return replace(model_file(run, images.shape), samples=some_samples(images))


@cache
def held_out(data: Data) -> ImageStore:
    return data.load().held_out.images


@pytest.mark.parametrize(("recipe", "kind"), CASES)
@pytest.mark.slow
def test_every_recipe_is_exported_in_every_format_and_does_what_the_model_does(
    recipe: str, kind: str, tmp_path: Path
) -> None:
    if (recipe, kind) == ("planar-denoising", "live-card"):
        with pytest.raises(ExportError, match="shows pictures"):
            exported(drawn(recipe), kind, tmp_path)
        return
    with exported_once(WRITTEN[recipe]):
        done = exported(drawn(recipe), kind, tmp_path)
    if kind == "live-card":
        assert done.bytes <= 5_000_000
    assert done.bytes == sum(file.stat().st_size for file in done.files) > 0
    if kind == "safetensors":
        assert done.parity is None
    else:
        assert done.parity is not None
        assert done.parity <= options(Format)[kind].limit
