"""Exports that fail: one sentence each, nothing is left of them, and what was there before is as it was."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import onnx
import onnxruntime
import pytest
import torch

from aestudio.core.export import onnx_file, parity, run_script
from aestudio.core.export.exporting import export
from aestudio.core.export.format import LIMIT, Format, Subject, subject
from aestudio.core.export.pieces import Piece
from aestudio.core.ground.errors import Cancelled, DataError, ExportError
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.resources import resource
from aestudio.core.model import model_file as model_files
from aestudio.core.model.model_file import ModelFile
from aestudio.core.model.trained import Model
from aestudio.core.parts.slots import options
from aestudio.core.run.run import Run
from tests.core.conftest import images
from tests.core.exports import DENSE, SPARSE, exported, format_of, model_file

pytestmark = pytest.mark.usefixtures("ready_python")
QUICK = ("pt2", "safetensors")
FORMATS = tuple(options(Format))
UNHURRIED = [*FORMATS[:3], *(pytest.param(kind, marks=pytest.mark.slow) for kind in FORMATS[3:])]
"""Scripts are run in a Python of their own, and a card makes three exports."""


@pytest.fixture
def unrun(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scripts are taken for good ones: a Python that imports torch takes seconds to start."""
    monkeypatch.setattr(run_script, "largest_difference", lambda *_: 0.0)


def refusal(file: ModelFile, kind: str, folder: Path, **more: Any) -> str:
    """What an export that fails says: one sentence, and nothing is left in the folder."""
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(ExportError) as caught:
        exported(file, kind, folder, **more)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    said = str(caught.value)
    assert "\n" not in said
    assert said.endswith(".")
    return said


# -- real images -------------------------------------------------------------------------------------------------------


def test_a_file_without_images_is_compared_on_its_own_data(tmp_path: Path) -> None:
    file = replace(model_file(), samples=None)
    done = exported(file, "pt2", tmp_path)
    assert "The model file carries no held-out images; it was compared on those of its data." in done.notes
    held_out = file.run.data.load().held_out.images
    seen = (subject(file).images * 255).round().to(torch.uint8)
    assert torch.equal(seen[0], held_out.gather(torch.tensor([0]))[0])


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_without_images_whose_data_is_gone_is_refused(kind: str, tmp_path: Path) -> None:
    run = Run.from_settings({"data": {"kind": "folder", "path": str(tmp_path / "gone")}, **DENSE})
    said = refusal(model_file(run, samples=0), kind, tmp_path)
    assert said.startswith("The model file carries no held-out images to compare the export on, and the data ")
    assert "gone" in said


def test_a_file_without_images_whose_data_has_another_size_is_refused(tmp_path: Path) -> None:
    said = refusal(model_file(DENSE, (1, 12, 12), samples=0), "pt2", tmp_path)
    assert said.endswith("are 1×8×8 images now, not 1×12×12.")


@pytest.mark.parametrize("kind", ["onnx", "pt2", "script"])
@pytest.mark.parametrize(
    "name", ["photo-denoiser", "photo-denoiser-grey", "photo-denoiser-real", "photo-denoiser-real-grey"]
)
@pytest.mark.slow
def test_a_bundled_denoiser_is_exported_where_its_photographs_are_not(name: str, kind: str, tmp_path: Path) -> None:
    done = exported(model_files.load(resource("models", f"{name}.safetensors")), kind, tmp_path)
    assert done.parity is not None
    assert done.parity <= LIMIT
    assert "The model file carries no held-out images; it was compared on a sample photograph instead." in done.notes


def test_loading_the_data_can_be_cancelled(tmp_path: Path) -> None:
    def report(doing: str, _fraction: float | None) -> None:
        if doing.startswith("Loading"):
            raise Cancelled("Cancelled.")

    with pytest.raises(Cancelled):
        exported(model_file(samples=0), "pt2", tmp_path, report=report)


@pytest.mark.parametrize("kind", ["pt2", *UNHURRIED[3:4]])
def test_comparing_uses_every_image_of_the_file(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[torch.Tensor] = []
    honest = Model.encode

    def watched(self: Model, pictures: torch.Tensor, *more: Any) -> torch.Tensor:
        seen.append(pictures)
        return honest(self, pictures, *more)

    monkeypatch.setattr(Model, "encode", watched)
    file = model_file(samples=9)
    assert file.samples is not None
    exported(file, kind, tmp_path)
    assert {len(pictures) for pictures in seen} == {1, 3, 9}
    assert any(torch.equal((pictures * 255).round().to(torch.uint8), file.samples) for pictures in seen)


def test_other_sizes_are_compared_on_real_images_laid_side_by_side() -> None:
    pictures = images(4, (1, 8, 8)).float() / 255
    whole = parity.mosaics(pictures, 2, 12, 20)
    assert whole.shape == (2, 1, 12, 20)
    assert torch.equal(whole[0, :, :8, :8], pictures[0])
    assert torch.equal(whole[0, :, :8, 8:16], pictures[1])
    assert torch.equal(whole[0, :, 8:, 16:], pictures[1][:, :4, :4])


def test_the_data_error_of_a_source_is_an_export_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from aestudio.core.data.sources.digits import Digits

    def gone(self: Digits, report: Report = unheard) -> None:
        raise DataError("The digits are gone.")

    monkeypatch.setattr(Digits, "load", gone)
    assert refusal(model_file(samples=0), "pt2", tmp_path).endswith("cannot be had: The digits are gone.")


# -- an export that does something else is none ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("pt2", "encoder"),
        ("card", "autoencoder"),
        pytest.param("onnx", "decoder", marks=pytest.mark.slow),
        pytest.param("script", "autoencoder", marks=pytest.mark.slow),
    ],
)
def test_an_export_that_differs_from_the_model_is_refused_and_leaves_no_file(
    kind: str, part: Piece, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode, decode = Model.encode, Model.decode
    monkeypatch.setattr(Model, "encode", lambda self, pictures, *more: encode(self, pictures, *more) + 3e-5)
    monkeypatch.setattr(Model, "decode", lambda self, codes: decode(self, codes) + 3e-5)
    said = refusal(model_file(), kind, tmp_path, part=part)
    assert said.startswith("The export does not do what the model does: it differs from it by ")
    assert said.endswith("and at most 1e-05 is accepted. Nothing was written.")


@pytest.mark.parametrize("kind", ["pt2", *UNHURRIED[3:4]])
def test_weights_that_are_no_numbers_are_refused(kind: str, tmp_path: Path) -> None:
    file = model_file()
    file.weights["stages.0.b"][0] = torch.nan
    assert "differs from it by nan" in refusal(file, kind, tmp_path)


def test_a_code_may_differ_by_a_part_of_its_largest_number_and_an_image_may_not(tmp_path: Path) -> None:
    """32-bit numbers around 50 lie 4e-6 apart, so that not even torch agrees with itself to 1e-5."""
    file = model_file({"network": {"kind": "linear", "code_size": 3}})
    file.weights["stages.0.W"].mul_(40)
    file.weights["stages.0.V"].mul_(1 / 40)
    encoder, whole = subject(file, "encoder"), subject(file)
    assert encoder.scale > 10
    assert f"The code's numbers reach {encoder.scale:.3g}; " in " ".join(encoder.notes())
    assert whole.scale == subject(file, "decoder").scale == 1

    def off_by(amount: float, one: Subject) -> float:
        return parity.largest_difference(one, lambda value: one.module(value) + amount)

    assert off_by(5e-5, encoder) <= LIMIT
    with pytest.raises(ExportError, match=r"differs from it by 5e-05"):
        off_by(5e-5, whole)
    with pytest.raises(ExportError):
        off_by(2e-5 * encoder.scale, encoder)


def test_an_output_of_another_shape_is_refused() -> None:
    with pytest.raises(ExportError, match=r"gives \[2, 4\] numbers instead of \[2, 5\]"):
        parity.difference(torch.zeros(2, 4), torch.zeros(2, 5))


def test_weights_that_are_not_read_back_as_they_were_written_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.torch import load

    def moved(content: bytes) -> dict[str, torch.Tensor]:
        return {name: weight + 1 for name, weight in load(content).items()}

    monkeypatch.setattr("aestudio.core.export.formats.safetensors.load", moved)
    assert "are not those that were written" in refusal(model_file(), "safetensors", tmp_path)


def test_weights_beyond_two_gigabytes_are_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_file, "MOST_BYTES", 1000)
    said = refusal(model_file(), "onnx", tmp_path)
    assert said.startswith("An ONNX file holds up to 2 GB, and the weights of the autoencoder take ")


@pytest.mark.parametrize(
    ("library", "function", "kind", "said"),
    [
        (torch.export, "export", "pt2", "torch cannot turn the autoencoder into a graph: broken."),
        (torch.onnx, "export", "onnx", "Torch cannot write the autoencoder as ONNX: broken."),
        (onnx.checker, "check_model", "onnx", "Onnx finds the file faulty: broken."),
        (onnxruntime, "InferenceSession", "onnx", "Onnxruntime cannot run the file: broken."),
        (torch.export, "load", "pt2", "torch cannot load what it has written: broken."),
    ],
)
def test_what_a_library_stumbles_on_becomes_one_sentence(
    library: Any, function: str, kind: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: Any, **__: Any) -> None:
        raise RuntimeError("broken\nin many\nlines")

    monkeypatch.setattr(library, function, stumble)
    assert refusal(model_file(), kind, tmp_path) == said


# -- whole or not at all -----------------------------------------------------------------------------------------------


def full_disk(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def read_only(path: object, *_: object) -> None:
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


@pytest.mark.usefixtures("unrun")
@pytest.mark.parametrize("function", ["fsync", "replace"])
@pytest.mark.parametrize("kind", [*QUICK, "script"])
def test_a_full_disk_leaves_the_old_file_whole_and_nothing_beside_it(
    kind: str, function: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exported(model_file(), kind, tmp_path)
    monkeypatch.setattr(f"aestudio.core.ground.atomic.os.{function}", full_disk)
    said = refusal(model_file(SPARSE), kind, tmp_path)
    assert said.endswith("could not be written: No space left on device. Choose another place.")


@pytest.mark.parametrize("kind", FORMATS)
def test_a_disk_that_fills_up_while_writing_is_told_in_one_sentence(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "write_bytes", full_disk)
    monkeypatch.setattr(Path, "write_text", full_disk)
    assert "could not be written: No space left on device." in refusal(model_file(), kind, tmp_path)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_folder_that_may_not_be_written_to_is_told_in_one_sentence(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may write anywhere, so the refusal is made up."""
    monkeypatch.setattr("aestudio.core.ground.atomic.os.mkdir", read_only)
    assert "could not be written: Permission denied. Choose another place." in refusal(model_file(), kind, tmp_path)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_missing_parent_folder_is_told_before_anything_is_done(kind: str, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"There is no folder .*nowhere; make it first, or choose another place\."):
        exported(model_file(), kind, tmp_path / "nowhere")


@pytest.mark.parametrize("kind", FORMATS)
def test_a_name_that_is_too_long_is_told_in_one_sentence(kind: str, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r": File name too long\. Choose another place\."):
        export(model_file(), format_of(kind), tmp_path / ("m" * 300))


def test_a_name_as_long_as_the_file_system_takes_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("m" * 255)
    assert export(model_file(), format_of("safetensors"), path).path.is_file()


@pytest.mark.parametrize("kind", [kind for kind in FORMATS if not format_of(kind).content])
def test_a_folder_in_the_place_of_a_file_is_told_with_a_name_that_would_do(kind: str, tmp_path: Path) -> None:
    format = format_of(kind)
    with pytest.raises(ExportError) as caught:
        export(model_file(), format, tmp_path)
    assert str(caught.value) == f"{tmp_path} is a folder; name a file, such as {tmp_path / format.default_name()}."


@pytest.mark.usefixtures("unrun")
@pytest.mark.parametrize("kind", [*QUICK, "script"])
def test_an_earlier_export_is_replaced(kind: str, tmp_path: Path) -> None:
    exported(model_file(), kind, tmp_path)
    second = exported(model_file(SPARSE), kind, tmp_path)
    alone = tmp_path / "alone"
    alone.mkdir()
    fresh = exported(model_file(SPARSE), kind, alone)
    for again, once in zip(second.files, fresh.files, strict=True):
        if kind != "pt2":  # torch writes another identifier into every file
            assert again.read_bytes() == once.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {second.path.name, "alone"}


def stages_of(kind: str, folder: Path) -> list[str]:
    said: list[str] = []
    exported(model_file(), kind, folder, report=lambda doing, _fraction: said.append(doing))
    return said


@pytest.mark.parametrize("kind", [pytest.param("onnx", marks=pytest.mark.slow), *QUICK])
def test_an_export_that_is_cancelled_between_any_two_stages_leaves_nothing(kind: str, tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    stages = stages_of(kind, whole)
    assert len(stages) >= 3
    work = tmp_path / "work"
    work.mkdir()
    for last in range(1, len(stages) + 1, 2 if kind == "onnx" else 1):
        left = last

        def report(_doing: str, _fraction: float | None) -> None:
            nonlocal left
            left -= 1
            if not left:
                raise Cancelled("Cancelled.")

        with pytest.raises(Cancelled):
            exported(model_file(), kind, work, report=report)
        assert not list(work.iterdir())


@pytest.mark.parametrize("kind", UNHURRIED)
def test_progress_never_runs_backwards(kind: str, tmp_path: Path) -> None:
    fractions: list[float] = []
    exported(model_file(), kind, tmp_path, report=lambda _, done: fractions.append(done) if done is not None else None)
    assert fractions == sorted(fractions)
    assert 0 <= fractions[0] <= fractions[-1] <= 1


def test_memory_that_runs_out_is_told_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: Any, **__: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(torch.export, "save", exhausted)
    assert "needs more memory than there is" in refusal(model_file(), "pt2", tmp_path)


@pytest.mark.parametrize("kind", ["script", "card"])
def test_a_part_that_a_format_does_not_have_is_refused(kind: str, tmp_path: Path) -> None:
    assert "holds the whole autoencoder, not the encoder alone" in refusal(model_file(), kind, tmp_path, part="encoder")
