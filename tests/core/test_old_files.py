"""Files that version 0.1.0 wrote: they open, go on and agree. tests/written_by_0_1_0/make.py.txt made them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from aestudio.core.data.dataset import to_float
from aestudio.core.export.exporting import export
from aestudio.core.export.format import Format
from aestudio.core.library.catalogue import Library
from aestudio.core.library.keeping import fit_and_keep
from aestudio.core.model import model_file
from aestudio.core.parts.slots import options
from aestudio.core.run.events import Finished, Progress
from aestudio.core.run.run import Run
from aestudio.core.training import checkpoint
from aestudio.core.training.draws import SHARED
from aestudio.core.training.fit import fit
from tests.core.conftest import small_dataset
from tests.core.trainings import Keeping, assert_goes_on_as, last, train

OLD = Path(__file__).parents[1] / "written_by_0_1_0"
MODELS = sorted(path.stem for path in (OLD / "models").glob("*.safetensors"))
CHECKPOINTS = sorted(path.stem for path in (OLD / "checkpoints").glob("*.checkpoint"))


@pytest.mark.parametrize("path", sorted((OLD / "recipes").glob("*.toml")), ids=lambda path: path.stem)
def test_a_run_toml_still_opens_and_says_the_same(path: Path) -> None:
    run = Run.from_toml(path.read_text(encoding="utf-8"))
    assert Run.from_toml(run.to_toml()) == run
    assert run.objective.kind == "sum"


@pytest.mark.parametrize("name", MODELS)
def test_a_model_file_still_opens_and_does_what_it_did(name: str) -> None:
    file = model_file.load(OLD / "models" / f"{name}.safetensors")
    wanted = np.load(OLD / "models" / f"{name}.npz")
    assert file.samples is not None
    model, images = file.model(), to_float(file.samples)
    codes = model.encode(images)
    np.testing.assert_allclose(codes.numpy(), wanted["codes"], atol=1e-5)
    np.testing.assert_allclose(model.decode(codes).numpy(), wanted["decoded"], atol=1e-5)
    np.testing.assert_allclose(model.reconstruct(images).numpy(), wanted["decoded"], atol=1e-5)
    if "tried" in wanted:
        np.testing.assert_allclose(model.try_on(images, 3)[2].numpy(), wanted["tried"], atol=1e-5)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.slow
def test_an_old_model_is_exported_and_agrees(name: str, tmp_path: Path) -> None:
    file = model_file.load(OLD / "models" / f"{name}.safetensors")
    for kind in ("script", "safetensors"):
        format = options(Format)[kind]()
        made = export(file, format, tmp_path / format.default_name())
        assert made.parity is None or made.parity <= 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_an_old_model_is_exported_as_a_graph_and_agrees(name: str, tmp_path: Path) -> None:
    file = model_file.load(OLD / "models" / f"{name}.safetensors")
    for kind in ("onnx", "pt2"):
        format = options(Format)[kind]()
        made = export(file, format, tmp_path / format.default_name())
        assert made.parity is not None
        assert made.parity <= 1e-5


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_an_old_checkpoint_goes_on_as_the_old_program_did(name: str) -> None:
    """Its one generator for all noise goes on; on another processor the losses agree to rounding."""
    kept = checkpoint.load(OLD / "checkpoints" / f"{name}.checkpoint")
    wanted = np.load(OLD / "checkpoints" / f"{name}.npz")
    rest = list(fit(kept.run, small_dataset(), resume=kept))
    assert last(rest).reason == "completed", last(rest).error
    said = np.concatenate([event.terms for event in rest if isinstance(event, Progress)])
    np.testing.assert_allclose(said, wanted["terms"][int(wanted["at"]) :], rtol=2e-3, atol=1e-4)


def test_a_training_begun_by_the_old_program_is_kept_again_and_goes_on_bit_for_bit(tmp_path: Path) -> None:
    kept = checkpoint.load(OLD / "checkpoints" / "noisy.checkpoint")
    keeping = Keeping(tmp_path, lambda asked: asked == 4)
    whole = train(kept.run, resume=kept, keeper=keeping)
    again = keeping.kept()[0]
    assert SHARED in again.draws
    assert_goes_on_as(whole, train(again.run, resume=again), again.position.step)


def test_an_old_library_still_lists_opens_and_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    shutil.copytree(OLD / "library", folder)
    with Library(folder) as library:
        runs = {one.title: one for one in library.runs()}
        assert set(runs) == {"Twelve units", "Stopped"}
        assert runs["Twelve units"].state == "completed"
        model = library.model(runs["Twelve units"].id)
        assert model.model().encode(torch.zeros(1, *model.shape)).shape == (1, 12)
        assert len(library.curves(runs["Stopped"].id).steps) == 8
        number, run = runs["Stopped"].id, library.run(runs["Stopped"].id)
    *_, end = fit_and_keep(run, small_dataset(), folder=folder, number=number)
    assert isinstance(end, Finished)
    assert (end.reason, end.step) == ("completed", 18), end.error
